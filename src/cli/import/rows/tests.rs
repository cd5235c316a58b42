use tower_rapport::identity::PseudonymKey;

use super::*;

fn read(csv: impl AsRef<[u8]>) -> Result<Rows, String> {
    read_by(csv, None)
}

fn read_by(csv: impl AsRef<[u8]>, by: Option<&str>) -> Result<Rows, String> {
    let events: Vec<Name> = ["visit", "purchase"].map(|name| name.parse().unwrap()).into();
    let key = PseudonymKey::new(b"secret");
    let pseudonym = |id| key.pseudonym("https://id", &id);
    let today = Day::from_date("2026-11-22".parse().unwrap());
    Reading { pseudonym, events: &events, by, today }.read(csv.as_ref()).map_err(|error| error.to_string())
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
fn unreadable_rows_are_named_by_line_and_by_nothing_else() {
    for (line, words) in [
        (",2026-11-01,visit", "there is no customer"),
        ("anna,,visit", "neither RFC 3339"),
        ("anna,2026-02-30,visit", "neither RFC 3339"),
        ("anna,2026-11-01T10:00:00,visit", "neither RFC 3339"),
        ("anna,1700000000,visit", "neither RFC 3339"),
        ("anna,20261101T1,visit", "neither RFC 3339"),
        ("anna,2026-11-23,visit", "in the future"),
        ("anna,2026-11-01,purchased", "none of `visit`, `purchase`"),
        ("anna,2026-11-01", "not as many fields"),
        ("2026-11-01,anna,visit", "neither RFC 3339"),
        ("visit,2026-11-01,anna", "none of `visit`"),
    ] {
        let said = read(format!("customer,time,event\nben,2026-11-01,visit\n{line}\n")).unwrap_err();
        assert!(said.starts_with("one row cannot be read") && said.contains("line 3: "), "{line}: {said}");
        assert!(said.contains(words) && !said.contains("anna"), "{line}: {said}");
    }
    let said = read(b"customer,time\nann\xff,2026-11-01\n").unwrap_err();
    assert!(said.contains("line 2: it is not UTF-8"), "{said}");
}

#[test]
fn ten_unreadable_rows_are_named_and_all_are_counted() {
    let said = read(format!("customer,time\n{}", "anna,never\n".repeat(25))).unwrap_err();
    assert!(said.starts_with("25 rows cannot be read") && said.ends_with("and 15 more"), "{said}");
    assert_eq!(said.matches("\n  line ").count(), 10);
    assert!(said.contains("line 2:") && said.contains("line 11:") && !said.contains("line 12:"), "{said}");
}

#[test]
fn a_file_without_its_columns_is_refused() {
    for (csv, words) in [
        ("", "no column `customer`"),
        ("anna,2026-11-01,visit\n", "no column `customer`"),
        ("customer,event\n", "no column `time`"),
        ("customer,time,time\n", "`time` twice"),
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
    for (by, words) in [("area", "no column `area`"), ("customer", "`customer` is no group"), ("time", "no group")] {
        let said = read_by("customer,time,shop\n", Some(by)).unwrap_err();
        assert!(said.contains(words), "{by}: {said}");
    }
    assert!(read_by("customer,time,shop,shop\n", Some("shop")).unwrap_err().contains("`shop` twice"));
}
