//! What a customer's rows make of what is already known. Pure.

use std::{mem, ops::AddAssign};

use tower_rapport::{
    name::Name,
    relationship::{Day, Ladder, Record},
};

use super::rows::Row;

/// Which rows count, and how.
pub(crate) struct Telling {
    /// What events do to a stage.
    pub(crate) ladder: Ladder,
    /// The events that rows point at.
    pub(crate) events: Vec<Name>,
    /// The purpose without which nothing is remembered.
    pub(crate) record: Name,
}

/// How many rows became history, and why the others did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Rows that became history.
    pub(crate) imported: u64,
    /// Rows not later than what was known of their customer.
    pub(crate) known: u64,
    /// The same of customers of whom no earlier day was known than that of some row, so that it cannot have been imported before.
    pub(crate) preceded: u64,
    /// Rows of customers who refused to be remembered.
    pub(crate) refused: u64,
    /// Rows not later than the day on which their customer asked to be forgotten or, after that, agreed anew.
    pub(crate) forgotten: u64,
    /// Customers for whom something was imported.
    pub(crate) customers: u64,
}

impl Telling {
    /// The record of a customer after the customer's rows, which stand in the order of time; none where it stays as it is.
    pub(crate) fn of(&self, record: Option<&Record>, rows: &[Row]) -> (Option<Record>, Tally) {
        let mut tally = Tally::default();
        let mut next = record.cloned().unwrap_or_default();
        let known = next.history.as_ref().map(|history| (history.first_seen, history.last_seen));
        let answer = next.choices.purposes.get(&self.record);
        // Between a refusal and the next agreement nothing was to be stored either. Of agreements the latest alone is known.
        let agreed = answer.filter(|answer| answer.granted).map(|answer| answer.at);
        let (mut is_preceded, forgotten) = (false, next.forgotten.max(next.forgotten.and(agreed)));
        if answer.is_some_and(|answer| !answer.granted) {
            tally.refused = rows.len() as u64;
            return (None, tally);
        }
        for row in rows {
            let day = row.day();
            if forgotten.is_some_and(|forgotten| day <= Day::of(forgotten)) {
                tally.forgotten += 1;
            } else if let Some((first, last)) = known
                && day <= last
            {
                is_preceded |= day < first;
                tally.known += 1;
            } else if let Some(event) = self.events.get(usize::from(row.event)) {
                next.history = Some(self.ladder.after(next.history.as_ref(), event, day, None));
                tally.imported += 1;
            }
        }
        if is_preceded {
            tally.preceded = mem::take(&mut tally.known);
        }
        tally.customers = u64::from(tally.imported > 0);
        ((tally.imported > 0).then_some(next), tally)
    }
}

impl Tally {
    /// Rows that did not become history.
    pub(crate) const fn skipped(&self) -> u64 {
        self.known + self.preceded + self.refused + self.forgotten
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.imported += other.imported;
        self.known += other.known;
        self.preceded += other.preceded;
        self.refused += other.refused;
        self.forgotten += other.forgotten;
        self.customers += other.customers;
    }
}

#[cfg(test)]
mod tests;
