//! What each row of a file means: whose it is, when, and which event; or why it is none.

use std::collections::HashSet;

use csv::StringRecord;
use jiff::Timestamp;
use tower_rapport::{
    identity::{CustomerId, Pseudonym},
    relationship::{Day, History},
};

use super::{
    parts::Shape,
    rows::{Reading, Row, Rows},
    shape::Columns,
    times::{Untimely, time},
    unreadable::{Fault, GROUPS, Kind, Place, Unreadable},
};
use crate::cli::moment::moment;

/// Rows, as they are gathered.
pub(super) struct Gathering<'a, P> {
    reading: &'a Reading<'a, P>,
    columns: Columns,
    purchase: Option<u16>,
    visit: u16,
    /// The purchases that further rows may be of.
    orders: HashSet<u128>,
    pub(super) rows: Rows,
}

impl<'a, P: Fn(CustomerId) -> Pseudonym> Gathering<'a, P> {
    /// Nothing yet, of a file with these columns.
    ///
    /// # Errors
    ///
    /// The policy does not have what the file tells of.
    pub(super) fn of(reading: &'a Reading<'a, P>, columns: Columns) -> Result<Self, Unreadable> {
        let shape = columns.shape;
        let place = |event: &str| {
            let place = reading.events.iter().position(|name| name == event)?;
            u16::try_from(place).ok()
        };
        let purchase = place(PURCHASE);
        if shape != Shape::Own && purchase.is_none() {
            return Err(Unreadable::of(Kind::NoPurchase(shape)));
        }
        let said = [
            Some(("customer", columns.customer)),
            Some(("time", columns.time)),
            columns.event.map(|event| ("event", event)),
            columns.order.map(|order| ("one purchase", order)),
        ];
        let said = said.into_iter().flatten().map(|(what, place)| format!("{what}: column {}", columns.name(place)));
        let (said, ignored) = (said.collect(), columns.ignored.clone());
        let rows = Rows { shape, ignored, columns: said, ..Rows::default() };
        let visit = place(History::VISIT).unwrap_or(0);
        Ok(Self { reading, columns, purchase, visit, orders: HashSet::new(), rows })
    }

    /// Takes a row, or passes it over.
    ///
    /// # Errors
    ///
    /// Something is wrong with the row; or with the file, as the row shows.
    pub(super) fn add(&mut self, line: u64, fields: &StringRecord) -> Result<(), Trouble> {
        let is_own = self.columns.shape == Shape::Own;
        let Some(id) = fields.get(self.columns.customer).filter(|id| !id.is_empty()) else {
            if is_own {
                let place = Place::column(line, self.columns.name(self.columns.customer));
                return Err(Trouble::Row(place, Fault::Customer));
            }
            self.rows.passed_over.guests += 1;
            return Ok(());
        };
        let (at, event) = (self.time(line, fields)?, self.event(line, fields)?);
        let is_negative = |place: &usize| fields.get(*place).is_some_and(|amount| amount.starts_with(['-', '−', '(']));
        if self.columns.amounts.iter().any(is_negative) {
            self.rows.passed_over.given_back += 1;
            return Ok(());
        }
        let customer = (self.reading.pseudonym)(CustomerId::new(id));
        if !is_own && Some(event) == self.purchase && !self.is_another(customer, fields) {
            self.rows.passed_over.same_order += 1;
            return Ok(());
        }
        let group = self.group(fields).map_err(Trouble::File)?;
        self.rows.sorted.push(Row { customer, at: at.as_microsecond(), event, group });
        Ok(())
    }

    fn time(&self, line: u64, fields: &StringRecord) -> Result<Timestamp, Trouble> {
        let (columns, shape) = (&self.columns, self.columns.shape);
        let text = fields.get(columns.time).unwrap_or_default();
        let place = || Place::value(line, columns.name(columns.time), text);
        let read = match shape {
            Shape::Own => moment(text).map_err(|_| Untimely::Unreadable),
            Shape::Transactions | Shape::Events => time(text, self.reading.dates),
        };
        match read {
            Ok(at) if Day::of(at) > self.reading.today => Err(Trouble::Row(place(), Fault::Future)),
            Ok(at) if at < EARLIEST => Err(Trouble::Row(place(), Fault::Early)),
            Ok(at) => Ok(at),
            Err(Untimely::Unreadable) => Err(Trouble::Row(place(), Fault::Time(shape))),
            Err(Untimely::Ambiguous) => Err(Trouble::File(Unreadable::of(Kind::Dates(place())))),
        }
    }

    /// What happened, as a place among the events that there are.
    fn event(&mut self, line: u64, fields: &StringRecord) -> Result<u16, Trouble> {
        let text = self.columns.event.and_then(|column| fields.get(column)).unwrap_or_default();
        let place = |word: &str| {
            let place = self.reading.events.iter().position(|name| name == word)?;
            u16::try_from(place).ok()
        };
        // Names of events have no capitals.
        let word = text.to_lowercase();
        let known = match self.columns.shape {
            Shape::Transactions => self.purchase,
            Shape::Own if text.is_empty() => Some(self.visit),
            Shape::Own => place(&word),
            Shape::Events => {
                let meant = MEANINGS.iter().find(|(words, _)| words.contains(&word.as_str())).map(|(_, event)| *event);
                let known = place(&word).or_else(|| meant.and_then(place));
                if let (None, Some(event)) = (known, meant) {
                    self.rows.as_visits.insert(event);
                }
                known.or_else(|| meant.map(|_| self.visit))
            }
        };
        known.ok_or_else(|| {
            let near =
                self.reading.events.iter().find(|name| strsim::damerau_levenshtein(name.as_str(), &word) <= NEAR);
            let place = self
                .columns
                .event
                .map_or_else(|| Place::line(line), |column| Place::value(line, self.columns.name(column), text));
            Trouble::Row(place, Fault::Event(near.map(ToString::to_string)))
        })
    }

    /// Whether a purchase is another one than those before it: rows that share an order are one.
    fn is_another(&mut self, customer: Pseudonym, fields: &StringRecord) -> bool {
        let order = self.columns.order.and_then(|column| fields.get(column)).filter(|order| !order.is_empty());
        order.is_none_or(|order| {
            let mut hash = blake3::Hasher::new();
            let mut mark = [0; 16];
            hash.update(customer.as_bytes()).update(order.as_bytes()).finalize_xof().fill(&mut mark);
            self.orders.insert(u128::from_be_bytes(mark))
        })
    }

    /// The place of what a line says of its customer, counted from one; 0 where it says nothing.
    fn group(&mut self, fields: &StringRecord) -> Result<u16, Unreadable> {
        let Some((name, place)) = &self.columns.by else { return Ok(0) };
        let Some(value) = fields.get(*place).filter(|value| !value.is_empty()) else { return Ok(0) };
        let groups = &mut self.rows.groups;
        let known = groups.iter().position(|group| group == value);
        let place = known.unwrap_or_else(|| {
            groups.push(value.to_owned());
            groups.len() - 1
        });
        if place >= GROUPS {
            return Err(Unreadable::of(Kind::ManyGroups(name.clone())));
        }
        Ok(u16::try_from(place + 1).unwrap_or(0))
    }
}

/// Why a row is not taken.
pub(super) enum Trouble {
    /// Something of it is wrong.
    Row(Place, Fault),
    /// It shows that the file cannot be read.
    File(Unreadable),
}

/// What logs call things, plainly, and the event that it is; the last ones are visits where the policy does not have them.
const MEANINGS: [(&[&str], &str); 4] = [
    (&["visit", "view", "pageview", "page_view", "product_view", "detail_view"], History::VISIT),
    (&["purchase", "transaction", "order", "buy"], PURCHASE),
    (&["cart", "addtocart", "add_to_cart"], "cart"),
    (&["remove_from_cart", "removefromcart"], "remove_from_cart"),
];

const PURCHASE: &str = "purchase";

/// Nothing that a policy is about happened earlier: what is said to is a zero, or a date misread.
const EARLIEST: Timestamp = Timestamp::constant(631_152_000, 0);

/// A word in which so few letters are others is near.
const NEAR: usize = 2;
