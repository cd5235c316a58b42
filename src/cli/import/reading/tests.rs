use tower_rapport::{identity::PseudonymKey, name::Name, relationship::Day};

use super::*;
use crate::cli::import::{
    parts::Shape,
    rows::{PassedOver, Row},
    times::Dates,
};

fn read(csv: impl AsRef<[u8]>) -> Result<Rows, String> {
    read_by(csv, None)
}

fn read_by(csv: impl AsRef<[u8]>, by: Option<&str>) -> Result<Rows, String> {
    read_as(csv, by, None)
}

fn read_as(csv: impl AsRef<[u8]>, by: Option<&str>, dates: Option<Dates>) -> Result<Rows, String> {
    let events: Vec<Name> = ["visit", "purchase"].map(|name| name.parse().unwrap()).into();
    let reading = Reading { events: &events, ..reading(by, None, dates) };
    reading.read(csv.as_ref()).map_err(|error| error.to_string())
}

fn reading(
    by: Option<&str>,
    shape: Option<Shape>,
    dates: Option<Dates>,
) -> Reading<'_, impl Fn(CustomerId) -> Pseudonym + use<>> {
    let key = PseudonymKey::new(b"secret");
    let pseudonym = move |id| key.pseudonym("https://id", &id);
    let today = Day::from_date("2026-11-22".parse().unwrap());
    Reading { pseudonym, events: &[], by, today, shape, dates }
}

fn anna() -> Pseudonym {
    PseudonymKey::new(b"secret").pseudonym("https://id", &CustomerId::new("anna"))
}

/// Days and events, in the order in which they will be applied.
fn told(rows: &Rows) -> Vec<(String, u16)> {
    rows.sorted.iter().map(|row| (row.day().to_string(), row.event)).collect()
}

#[test]
fn columns_may_stand_in_any_order_and_event_may_be_missing() {
    for csv in [
        "customer,time,event\nanna,2026-11-01,visit\n",
        "time,event,customer\n2026-11-01T23:30:00Z,,anna",
        "time , customer\r\n 2026-11-02T00:30:00+02:00 , anna \r\n\r\n",
        "\u{feff}customer,time\n\"anna\",2026-11-01t10:00:00z\n",
        "shop,customer,time,note\nx,anna,2026-11-01,\"a,\nb\"\n",
    ] {
        let rows = read(csv).unwrap();
        assert_eq!(told(&rows), [("2026-11-01".to_owned(), 0)], "{csv}");
        assert_eq!(rows.sorted[0].customer, anna(), "{csv}");
    }
    assert_eq!(read("shop,customer,time,note\n").unwrap().ignored, ["shop", "note"]);
    assert_eq!(read("customer,time\n").unwrap().notes(), ["no row of the file is an event of a customer"]);
    assert!(read("customer,time\nanna,2026-11-01\n").unwrap().notes().is_empty());
}

#[test]
fn rows_are_sorted_by_time_and_keep_their_order_within_an_instant() {
    let rows = read(concat!(
        "customer,time,event\n",
        "anna,2026-11-03,purchase\n",
        "anna,2026-11-01T10:00:00.000002Z,purchase\n",
        "anna,2026-11-03,visit\n",
        "anna,2026-11-01T12:00:00.000001+02:00,visit\n",
    ))
    .unwrap();
    let told = told(&rows);
    let told: Vec<_> = told.iter().map(|(day, event)| (day.as_str(), *event)).collect();
    assert_eq!(told, [("2026-11-01", 0), ("2026-11-01", 1), ("2026-11-03", 1), ("2026-11-03", 0)]);
}

#[test]
fn each_customer_stands_together() {
    let lines: String = (0..100).map(|n| format!("c{},2026-01-01\n", n % 7)).collect();
    let rows = read(format!("customer,time\n{lines}")).unwrap().sorted;
    assert_eq!(rows.chunk_by(|a, b| a.customer == b.customer).count(), 7);
}

#[test]
fn unreadable_rows_are_named_by_line_and_column_and_by_no_name() {
    for (line, words) in [
        (",2026-11-01,visit", "there is no customer"),
        ("anna,,visit", "neither RFC 3339"),
        ("anna,2026-02-30,visit", "neither RFC 3339"),
        ("anna,2026-11-01T10:00:00,visit", "column `time`, `2026-11-01T10:00:00`: the time is neither RFC 3339"),
        ("anna,1989-12-31,visit", "column `time`, `1989-12-31`: the time lies before 1990"),
        ("anna,1700000000,visit", "neither RFC 3339"),
        ("anna,20261101T1,visit", "neither RFC 3339"),
        ("anna,2026-11-23,visit", "in the future"),
        (
            "anna,2026-11-01,purchased",
            "column `event`, of the form `aaaaaaaaa`: the event is none of `visit`, `purchase`; is it `purchase`?",
        ),
        ("anna,2026-11-01", "it has 2 fields, and the first line 3"),
        ("2026-11-01,anna,visit", "neither RFC 3339"),
        ("visit,2026-11-01,anna", "none of `visit`"),
    ] {
        let said = read(format!("customer,time,event\nben,2026-11-01,visit\n{line}\n")).unwrap_err();
        assert!(said.starts_with("one row cannot be read") && said.contains("line 3"), "{line}: {said}");
        assert!(said.contains(words) && !said.contains("anna"), "{line}: {said}");
    }
    let said = read(b"customer,time\nann\xff,2026-11-01\n").unwrap_err();
    assert!(said.contains("line 2: it is not UTF-8"), "{said}");
}

#[test]
fn ten_unreadable_rows_are_named_and_all_are_counted() {
    let said = read(format!("customer,time\n{}", "anna,never\n".repeat(25))).unwrap_err();
    assert!(said.starts_with("25 rows cannot be read") && said.contains("\n  and 15 more\n"), "{said}");
    assert_eq!(said.matches("\n  line ").count(), 10);
    assert!(said.contains("line 2,") && said.contains("line 11,") && !said.contains("line 12,"), "{said}");
}

#[test]
fn a_file_without_its_columns_is_refused() {
    for (csv, words) in [
        ("", "the file is empty"),
        ("anna,2026-11-01,visit\n", "no column `customer`"),
        ("customer,event\n", "no column `time`"),
        ("customer,time,time\n", "more than one column for the time: `time`, `time`"),
    ] {
        let said = read(csv).unwrap_err();
        assert!(said.contains(words) && !said.contains("anna"), "{csv}: {said}");
    }
}

#[test]
fn a_column_that_groups_customers_says_a_few_things_and_no_names() {
    let rows =
        read_by("customer,time,shop\nanna,2026-11-01,\nanna,2026-11-02, south\nanna,2026-11-03,north\n", Some("shop"));
    let rows = rows.unwrap();
    assert_eq!((rows.groups, rows.ignored), (vec!["south".to_owned(), "north".to_owned()], Vec::new()));
    assert_eq!(rows.sorted.iter().map(Row::group).collect::<Vec<_>>(), [None, Some(0), Some(1)]);
    let lines = |count: usize| (0..count).map(|n| format!("anna,2026-11-01,{n}\n")).collect::<String>();
    assert_eq!(read_by(format!("customer,time,shop\n{}", lines(64)), Some("shop")).unwrap().groups.len(), 64);
    let many = read_by(format!("customer,time,shop\n{}", lines(65)), Some("shop")).unwrap_err();
    assert!(many.contains("`shop` says more than 64 things"), "{many}");
    assert!(read_by("anna 19970101 1 9.95\n", Some("shop")).unwrap_err().contains("no column `shop`"));
    for (by, words) in [("area", "no column `area`"), ("customer", "`customer` is no group"), ("time", "no group")] {
        let said = read_by("customer,time,shop\n", Some(by)).unwrap_err();
        assert!(said.contains(words), "{by}: {said}");
    }
    assert!(read_by("customer,time,shop,shop\n", Some("shop")).unwrap_err().contains("such column: `shop`, `shop`"));
    let plainly = read_by("customer,time,Sales Region\nanna,2026-11-01,north\n", Some("sales_region")).unwrap();
    assert_eq!((plainly.groups, plainly.ignored), (vec!["north".to_owned()], Vec::new()));
    let said = read_by("customer,time,shop,region\n", Some("regoin")).unwrap_err();
    assert!(said.ends_with("`--by` can name `shop`, `region`"), "{said}");
}

/// What CDNOW's customers bought, as researchers pass it on: kept apart by spaces, with names and without.
#[test]
fn a_list_that_spaces_keep_apart_is_one_of_purchases() {
    let lines = " 00001 19970101  1   11.77\r\n 00002 19970112  1   12.00\r\n 00002 19970112  5   77.00\r\n";
    for csv in [lines.to_owned(), format!(" customer_id  date number_of_cds  dollar_value\r\n{lines}")] {
        let rows = read(&csv).unwrap();
        assert_eq!((rows.shape, rows.sorted.len()), (Shape::Transactions, 3), "{csv}");
        assert!(rows.sorted.iter().all(|row| row.event == 1), "{csv}");
        let mut days: Vec<_> = rows.sorted.iter().map(|row| row.day().to_string()).collect();
        days.sort_unstable();
        assert_eq!(days, ["1997-01-01", "1997-01-12", "1997-01-12"], "{csv}");
        assert!(rows.notes()[0].contains("list of transactions"), "{csv}");
    }
}

#[test]
fn a_list_of_invoices_counts_each_once_and_nothing_that_came_back() {
    let csv = concat!(
        "Invoice,StockCode,Quantity,InvoiceDate,Price,Customer ID\n",
        "489434,85048,12,12/1/2010 7:45,6.95,anna\n",
        "489434,79323P,12,12/1/2010 7:45,6.75,anna\n",
        "489435,22350,1,12/2/2010 7:46,2.55,anna\n",
        "C489436,22350,-1,12/3/2010 7:46,2.55,anna\n",
        "489437,22350,1,12/4/2010 7:46,2.55,\n",
    );
    let said = read(csv).unwrap_err();
    assert!(said.contains("line 2, column `InvoiceDate`, `12/1/2010 7:45`: which number is the day?"), "{said}");
    let rows = read_as(csv, None, Some(Dates::Mdy)).unwrap();
    let told = told(&rows);
    let told: Vec<_> = told.iter().map(|(day, event)| (day.as_str(), *event)).collect();
    assert_eq!(told, [("2010-12-01", 1), ("2010-12-02", 1)]);
    assert_eq!(rows.passed_over, PassedOver { guests: 1, given_back: 1, same_order: 1 });
    assert_eq!(rows.notes().len(), 5, "{:?}", rows.notes());
}

#[test]
fn a_log_of_events_is_visits_and_purchases() {
    let retail = concat!(
        "timestamp,visitorid,event,itemid,transactionid\n",
        "1433221332117,anna,view,355908,\n",
        "1433221999827,anna,addtocart,355908,\n",
        "1433222531378,anna,transaction,355908,17\n",
        "1433222531378,anna,transaction,248676,17\n",
    );
    let store = concat!(
        "event_time,event_type,product_id,price,user_id,user_session\n",
        "2015-06-02 05:02:12 UTC,view,44600062,35.79,anna,72d76fde\n",
        "2015-06-02 05:03:12 UTC,cart,44600062,35.79,anna,72d76fde\n",
        "2015-06-02 05:04:12 UTC,purchase,44600062,35.79,anna,72d76fde\n",
        "2015-06-02 05:04:12 UTC,purchase,44600063,3.79,anna,72d76fde\n",
    );
    for csv in [retail, store] {
        let rows = read(csv).unwrap();
        let found: Vec<_> = told(&rows).into_iter().map(|(day, event)| (day == "2015-06-02", event)).collect();
        assert_eq!((rows.shape, found), (Shape::Events, vec![(true, 0), (true, 0), (true, 1)]), "{csv}");
        assert_eq!(rows.passed_over, PassedOver { same_order: 1, ..PassedOver::default() });
        assert!(rows.notes().iter().any(|note| note.contains("no event `cart`")), "{:?}", rows.notes());
        let said = read(csv.replace("view", "anna")).unwrap_err();
        assert!(said.contains("line 2, column `event") && !said.contains("anna"), "{said}");
    }
}

#[test]
fn an_event_of_the_policy_is_itself_in_a_log() {
    let events: Vec<Name> = ["visit", "purchase", "cart", "rating"].map(|name| name.parse().unwrap()).into();
    let reading = Reading { events: &events, ..reading(None, None, None) };
    let rows = reading.read(&b"user;event_type;date\nanna;AddToCart;2026-01-01\nanna;rating;2026-01-02\n"[..]).unwrap();
    assert_eq!(rows.sorted.iter().map(|row| row.event).collect::<Vec<_>>(), [2, 3]);
    let events = [events[0].clone()];
    let none = Reading { events: &events, ..reading };
    let said = none.read(&b"user_id,order_date\nanna,2026-01-01\n"[..]).unwrap_err().to_string();
    assert!(said.contains("the policy has no event `purchase`"), "{said}");
}
