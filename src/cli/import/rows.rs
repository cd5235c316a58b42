//! The events of a file, in rows that are small and know no name, and what reading them needs to know.

use std::collections::BTreeSet;

use jiff::Timestamp;
use tower_rapport::{identity::Pseudonym, name::Name, relationship::Day};

use super::{parts::Shape, times::Dates};

/// One event of one customer, in 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Whose it is.
    pub(crate) customer: Pseudonym,
    /// When it happened, in microseconds since 1970.
    pub(super) at: i64,
    /// What happened: a place among the events that there are.
    pub(crate) event: u16,
    /// What a further column says of the customer: a place among the groups, counted from one.
    pub(super) group: u16,
}

impl Row {
    /// The UTC date of the event.
    pub(crate) fn day(&self) -> Day {
        Day::of(Timestamp::from_microsecond(self.at).unwrap_or_default())
    }

    /// The place among the groups, if the row says one.
    pub(crate) fn group(&self) -> Option<usize> {
        usize::from(self.group).checked_sub(1)
    }
}

/// What a file held.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    /// Customer by customer, each one's in the order of time; at the same instant as they stood in the file.
    pub(crate) sorted: Vec<Row>,
    /// As what the file was read.
    pub(crate) shape: Shape,
    /// What the column that groups customers can say.
    pub(crate) groups: Vec<String>,
    /// Names of columns that nobody asked for.
    pub(super) ignored: Vec<String>,
    /// The columns of customer, time and event, where they are not the product's own.
    pub(super) columns: Vec<String>,
    /// Events that the policy does not have, and that are visits, for whoever did them was here.
    pub(super) as_visits: BTreeSet<&'static str>,
    pub(super) passed_over: PassedOver,
}

/// Rows that are no event of a customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PassedOver {
    pub(super) guests: u64,
    pub(super) given_back: u64,
    pub(super) same_order: u64,
}

impl Rows {
    /// What one should know of how the file was read.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.sorted.is_empty() {
            notes.push("no row of the file is an event of a customer".to_owned());
        }
        let columns = self.columns.join(", ");
        match self.shape {
            Shape::Own => {}
            Shape::Transactions => {
                notes.push(format!("read as a list of transactions ({columns}): each is a `purchase`"))
            }
            Shape::Events => notes.push(format!("read as a log of events ({columns}): a view is a `visit`")),
        }
        for event in &self.as_visits {
            notes.push(format!(
                "the policy has no event `{event}`: whoever did that was here, which counts as a `visit`"
            ));
        }
        let PassedOver { guests, given_back, same_order } = self.passed_over;
        let passed_over = [
            (guests, "without a customer"),
            (given_back, "with a negative number, which is no purchase"),
            (same_order, "of a purchase that counts already"),
        ];
        let passed_over = passed_over.into_iter().filter(|(rows, _)| *rows > 0);
        notes.extend(passed_over.map(|(rows, why)| format!("passed over: {rows} rows {why}")));
        if !self.ignored.is_empty() {
            notes.push(format!("columns that say nothing here are ignored: `{}`", self.ignored.join("`, `")));
        }
        notes
    }
}

/// What reading needs to know.
pub(crate) struct Reading<'a, P> {
    /// Under which a customer is kept.
    pub(crate) pseudonym: P,
    /// The events that there are; `visit` must be one of them.
    pub(crate) events: &'a [Name],
    /// A further column that groups customers.
    pub(crate) by: Option<&'a str>,
    /// Nothing has happened after this day.
    pub(crate) today: Day,
    /// What the file is; if nobody says so, its first line does.
    pub(crate) shape: Option<Shape>,
    /// Which number is the day in dates that leave it open.
    pub(crate) dates: Option<Dates>,
}
