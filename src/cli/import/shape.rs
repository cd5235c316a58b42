//! What kind of history a file is, and where its columns stand.
//!
//! Names of columns are compared without case, spaces and signs: `Customer ID` is `customer_id`.

use csv::StringRecord;

use super::{
    parts::{AMOUNT, CUSTOMER, EVENT, ORDER, PURCHASED, Part, Shape, TIME},
    times::time,
    unreadable::{Kind, Unreadable},
};

/// Where the columns stand.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) shape: Shape,
    /// What the columns are called; nothing where no line says so.
    pub(super) names: Vec<String>,
    pub(super) customer: usize,
    pub(super) time: usize,
    pub(super) event: Option<usize>,
    /// What rows of one purchase share.
    pub(super) order: Option<usize>,
    /// What is negative where something was given back.
    pub(super) amounts: Vec<usize>,
    /// A further column that groups customers, by its name.
    pub(super) by: Option<(String, usize)>,
    /// Columns that say nothing here.
    pub(super) ignored: Vec<String>,
}

impl Columns {
    /// What a first line says. It is of the shape that is wanted, or of the one that its names are of.
    ///
    /// # Errors
    ///
    /// The line names not all of the columns, or one of them twice.
    pub(super) fn of(first: &StringRecord, wanted: Option<Shape>, by: Option<&str>) -> Result<Self, Unreadable> {
        let header = Header { names: first.iter().map(plain).collect(), first };
        let shape = wanted.map_or_else(|| header.shape(), Ok)?;
        let (customer, at) = (header.needed(shape, Part::Customer)?, header.needed(shape, Part::Time)?);
        let event = match shape {
            Shape::Own => header.place(shape, Part::Event)?,
            Shape::Transactions => None,
            Shape::Events => Some(header.needed(shape, Part::Event)?),
        };
        let order = if shape == Shape::Own { None } else { header.place(shape, Part::Order)? };
        let session = if shape == Shape::Events { header.place(shape, Part::Session)? } else { None };
        let amounts = if shape == Shape::Transactions { header.all(shape, Part::Amount) } else { Vec::new() };
        let by = by.map(|name| header.group(name, &[Some(customer), Some(at), event])).transpose()?;
        let order = order.or(session);
        let used = [Some(customer), Some(at), event, order, by.as_ref().map(|(_, place)| *place)];
        let is_used = |place: &usize| used.contains(&Some(*place)) || amounts.contains(place);
        let ignored = first.iter().enumerate().filter(|(place, _)| !is_used(place));
        let ignored = ignored.map(|(_, name)| name.to_owned()).collect();
        let names = first.iter().map(str::to_owned).collect();
        Ok(Self { shape, names, customer, time: at, event, order, amounts, by, ignored })
    }

    /// What a first line without names says, as that of a list kept apart by spaces: the customer comes first, the date is
    /// the only field that is one, and the amount the last. Nothing where the line has names.
    ///
    /// # Errors
    ///
    /// Several fields are dates; or it is to be something else than a list of transactions.
    pub(super) fn nameless(first: &StringRecord, wanted: Option<Shape>) -> Result<Option<Self>, Unreadable> {
        let dates = first.iter().enumerate().skip(1).filter(|(_, field)| time(field, None).is_ok());
        let dates: Vec<usize> = dates.map(|(place, _)| place).collect();
        let at = match (dates.as_slice(), wanted) {
            ([], _) => return Ok(None),
            ([one], None | Some(Shape::Transactions)) => *one,
            (_, None | Some(Shape::Transactions)) => return Err(Unreadable::of(Kind::ManyDates(dates.len()))),
            (_, Some(shape)) => return Err(Unreadable::of(Kind::Nameless(shape))),
        };
        let amounts = Vec::from_iter(first.len().checked_sub(1).filter(|last| *last > at));
        let (names, ignored) = (Vec::new(), Vec::new());
        let shape = Shape::Transactions;
        Ok(Some(Self { shape, names, customer: 0, time: at, event: None, order: None, amounts, by: None, ignored }))
    }

    /// What a column is called, as errors name it: by its place, where it has no name.
    pub(super) fn name(&self, place: usize) -> String {
        self.names.get(place).map_or_else(|| (place + 1).to_string(), |name| format!("`{name}`"))
    }
}

/// A first line that names columns.
struct Header<'a> {
    first: &'a StringRecord,
    names: Vec<String>,
}

impl Header<'_> {
    /// The shape that the names are of.
    fn shape(&self) -> Result<Shape, Unreadable> {
        let has = |shape, part| !self.all(shape, part).is_empty();
        let is_own = has(Shape::Own, Part::Customer) && has(Shape::Own, Part::Time);
        let is_foreign = has(Shape::Events, Part::Customer) && has(Shape::Events, Part::Time);
        let says_events = has(Shape::Events, Part::Event);
        // A column that says what happened under another name must not be passed over: all would be visits.
        let is_own = is_own && (has(Shape::Own, Part::Event) || !says_events);
        if is_own || !is_foreign {
            return Ok(Shape::Own);
        }
        if says_events {
            return Ok(Shape::Events);
        }
        // A purchase raises a stage: that rows are purchases is not assumed, something must say so.
        if has(Shape::Transactions, Part::Order) || has(Shape::Transactions, Part::Amount) || self.dates_purchases() {
            return Ok(Shape::Transactions);
        }
        Err(Unreadable::of(Kind::Uncertain { found: self.found() }))
    }

    fn dates_purchases(&self) -> bool {
        let times = self.all(Shape::Transactions, Part::Time);
        let name = |place: usize| self.names.get(place).is_some_and(|name| PURCHASED.contains(&name.as_str()));
        times.into_iter().any(name)
    }

    fn needed(&self, shape: Shape, part: Part) -> Result<usize, Unreadable> {
        let missing = || Unreadable::of(Kind::Missing { shape, part, found: self.found() });
        self.place(shape, part)?.ok_or_else(missing)
    }

    /// The only place of a part, if it has one.
    fn place(&self, shape: Shape, part: Part) -> Result<Option<usize>, Unreadable> {
        let all = self.all(shape, part);
        match all.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            many => {
                let found = many.iter().filter_map(|place| self.first.get(*place)).map(str::to_owned).collect();
                Err(Unreadable::of(Kind::Twice { part, found }))
            }
        }
    }

    fn all(&self, shape: Shape, part: Part) -> Vec<usize> {
        let words = part.words(shape);
        let named = self.names.iter().enumerate().filter(|(_, name)| words.contains(&name.as_str()));
        named.map(|(place, _)| place).collect()
    }

    fn group(&self, by: &str, known: &[Option<usize>]) -> Result<(String, usize), Unreadable> {
        let exactly = || self.first.iter().map(|name| name == by).collect::<Vec<_>>();
        let plainly = || self.names.iter().map(|name| *name == plain(by)).collect::<Vec<_>>();
        let named = Some(exactly()).filter(|named| named.contains(&true)).unwrap_or_else(plainly);
        let places: Vec<usize> = (0..).zip(named).filter(|(_, is_named)| *is_named).map(|(place, _)| place).collect();
        let name = |place: &usize| self.first.get(*place).unwrap_or_default().to_owned();
        match places.as_slice() {
            [] => {
                let further = (0..self.first.len()).filter(|place| !known.contains(&Some(*place)));
                let further = further.map(|place| name(&place)).collect();
                Err(Unreadable::of(Kind::NoGroups { by: by.to_owned(), further }))
            }
            [place] if known.contains(&Some(*place)) => Err(Unreadable::of(Kind::NoGroup(by.to_owned()))),
            [place] => Ok((by.to_owned(), *place)),
            many => Err(Unreadable::of(Kind::Twice { part: Part::Group, found: many.iter().map(name).collect() })),
        }
    }

    /// What the line names; nothing where it seems to be no header, for then it may name a customer.
    fn found(&self) -> Option<Vec<String>> {
        let is_name = |field: &str| field.chars().any(char::is_alphabetic) && time(field, None).is_err();
        let all = self.first.iter().all(is_name) && !self.first.is_empty();
        let is_header = [CUSTOMER, TIME, PURCHASED, EVENT, ORDER, AMOUNT]
            .iter()
            .any(|words| self.names.iter().any(|name| words.contains(&name.as_str())));
        (all && is_header).then(|| self.first.iter().map(str::to_owned).collect())
    }
}

/// A name without case, spaces and signs.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str, wanted: Option<Shape>) -> Result<Columns, String> {
        Columns::of(&StringRecord::from_iter(header.split(',')), wanted, None).map_err(|error| error.to_string())
    }

    #[test]
    fn a_header_says_what_shape_it_is_of() {
        for (header, shape, places) in [
            ("customer,time,event", Shape::Own, (0, 1, Some(2), None)),
            ("Time,Customer", Shape::Own, (1, 0, None, None)),
            ("customer_id,date,number_of_cds,dollar_value", Shape::Transactions, (0, 1, None, None)),
            (
                "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
                Shape::Transactions,
                (6, 4, None, Some(0)),
            ),
            ("t_dat,customer_id,article_id,price,sales_channel_id", Shape::Transactions, (1, 0, None, None)),
            ("user_id,order_date", Shape::Transactions, (0, 1, None, None)),
            ("customer,time,Event_Type", Shape::Events, (0, 1, Some(2), None)),
            ("customer,time,EVENT,action", Shape::Own, (0, 1, Some(2), None)),
            (
                "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at",
                Shape::Transactions,
                (1, 3, None, Some(0)),
            ),
            ("timestamp,visitorid,event,itemid,transactionid", Shape::Events, (1, 0, Some(2), Some(4))),
            (
                "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session",
                Shape::Events,
                (7, 0, Some(1), Some(8)),
            ),
        ] {
            let columns = read(header, None).unwrap();
            let found = (columns.customer, columns.time, columns.event, columns.order);
            assert_eq!((columns.shape, found), (shape, places), "{header}");
        }
    }

    #[test]
    fn what_is_wanted_is_read_as_such() {
        assert_eq!(read("customer,time,event", Some(Shape::Events)).unwrap().shape, Shape::Events);
        assert_eq!(read("customer,time", Some(Shape::Transactions)).unwrap().shape, Shape::Transactions);
        let said = read("user_id,date,amount", Some(Shape::Own)).unwrap_err();
        assert!(said.contains("no column `customer`"), "{said}");
    }

    #[test]
    fn what_is_uncertain_is_not_guessed() {
        for (header, words) in [
            ("customer_id,date", "`--shape transactions`"),
            ("customer_id,user_id,order_date", "more than one column for the customer: `customer_id`, `user_id`"),
            ("user_id,order_date,purchase_date", "more than one column for the time: `order_date`, `purchase_date`"),
            ("shopper_name,order_date,total", "found are `shopper_name`, `order_date`, `total`"),
            ("user_id,bought,total", "found are `user_id`, `bought`, `total`"),
        ] {
            let said = read(header, None).unwrap_err();
            assert!(said.contains(words), "{header}: {said}");
        }
        let said = read("anna,2026-11-01,12.00", None).unwrap_err();
        assert!(!said.contains("anna") && said.contains("none of its fields is a name"), "{said}");
    }

    #[test]
    fn a_list_without_names_begins_with_its_customer() {
        let nameless = |line: &str, wanted| {
            let first = StringRecord::from_iter(line.split_whitespace());
            Columns::nameless(&first, wanted).map_err(|error| error.to_string())
        };
        let columns = nameless(" 00001 19970101  1   11.77", None).unwrap().unwrap();
        assert_eq!((columns.customer, columns.time, columns.amounts), (0, 1, vec![3]));
        let columns = nameless(" 00004 0001 19970101  2   29.33", None).unwrap().unwrap();
        assert_eq!((columns.customer, columns.time, columns.amounts), (0, 2, vec![4]));
        assert!(nameless("customer_id date number_of_cds dollar_value", None).unwrap().is_none());
        assert!(nameless("1 19970101 19970102", None).unwrap_err().contains("2 of its fields"));
        assert!(nameless("1 19970101", Some(Shape::Events)).unwrap_err().contains("names no columns"));
    }
}
