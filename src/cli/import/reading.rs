//! Reads the events of a file into rows.
//!
//! The first line names the columns, of one of three shapes: `customer`, `time` and `event`, which may be left out and is then
//! `visit`; a list of transactions; a log of events. A further column may group customers. A row that cannot be read spoils
//! the file: half of an import is worse than none. Rows that are what others have to expect in their exports, and no event of
//! a customer, are counted: those of guests, of what was given back, and further ones of the same order.

use std::io::Read;

use csv::StringRecord;
use tower_rapport::identity::{CustomerId, Pseudonym};

use super::{
    gathering::{Gathering, Trouble},
    lines::{Broken, Lines},
    parts::Shape,
    rows::{Reading, Rows},
    shape::Columns,
    unreadable::{Bad, Fault, Kind, Place, Unreadable},
};

impl<P: Fn(CustomerId) -> Pseudonym> Reading<'_, P> {
    /// Reads a file whole.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its columns are not these, or some rows are unreadable. All of those are counted.
    pub(crate) fn read(&self, file: impl Read) -> Result<Rows, Unreadable> {
        let mut lines = Lines::of(file).map_err(|error| Unreadable::of(Kind::File(error)))?;
        let mut fields = StringRecord::new();
        let first = match lines.next(&mut fields) {
            Ok(first) => first,
            Err(Broken::File(error)) => return Err(Unreadable::of(Kind::File(error))),
            Err(_) => return Err(Unreadable::of(Kind::Header)),
        };
        let nameless = if lines.is_spaced() { Columns::nameless(&fields, self.shape)? } else { None };
        let mut next = first.filter(|_| nameless.is_some());
        if let (Some(by), true) = (self.by, nameless.is_some()) {
            return Err(Unreadable::of(Kind::NoGroups { by: by.to_owned(), further: Vec::new() }));
        }
        if first.is_none() {
            return Err(Unreadable::of(Kind::Empty));
        }
        let columns = nameless.map_or_else(|| Columns::of(&fields, self.shape, self.by), Ok)?;
        if columns.shape == Shape::Own && self.dates.is_some() {
            return Err(Unreadable::of(Kind::NeedlessDates));
        }
        let mut gathering = Gathering::of(self, columns)?;
        let mut bad = Bad::default();
        loop {
            let line = match next.take().map_or_else(|| lines.next(&mut fields), |line| Ok(Some(line))) {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(Broken::Length { line, found, wanted }) => {
                    bad.add(Place::line(line), Fault::Length { found, wanted });
                    continue;
                }
                Err(Broken::Text(line)) => {
                    bad.add(Place::line(line), Fault::Text);
                    continue;
                }
                Err(Broken::File(error)) => return Err(Unreadable::of(Kind::File(error))),
            };
            match gathering.add(line, &fields) {
                Ok(()) => {}
                Err(Trouble::Row(place, fault)) => bad.add(place, fault),
                Err(Trouble::File(unreadable)) => return Err(unreadable),
            }
        }
        if !bad.is_none() {
            let events = self.events.iter().map(ToString::to_string).collect();
            return Err(Unreadable::of(Kind::Rows { bad, events }));
        }
        let mut rows = gathering.rows;
        rows.sorted.sort_by_key(|row| (u128::from_be_bytes(*row.customer.as_bytes()), row.at));
        Ok(rows)
    }
}

#[cfg(test)]
mod tests;
