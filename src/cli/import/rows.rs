//! Reads the events of a CSV file into rows that are small and know no name.
//!
//! The first line names the columns: `customer` and `time`, in any order, and `event`, which may be left out and is then
//! `visit`. A further column may group customers. A time is RFC 3339 or a date. A row that cannot be
//! read spoils the file: half of an import is worse than none.

use std::{error::Error, fmt, io::Read};

use csv::{ErrorKind, Position, StringRecord, Trim};
use jiff::Timestamp;
use tower_rapport::{
    identity::{CustomerId, Pseudonym},
    name::Name,
    relationship::Day,
};

use crate::cli::moment::moment;

/// One event of one customer, in 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Whose it is.
    pub(crate) customer: Pseudonym,
    /// When it happened, in microseconds since 1970.
    at: i64,
    /// What happened: a place among the events that there are.
    pub(crate) event: u16,
    /// What a further column says of the customer: a place among the groups, counted from one.
    group: u16,
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
    /// Names of columns that nobody asked for.
    pub(crate) ignored: Vec<String>,
    /// What the column that groups customers can say.
    pub(crate) groups: Vec<String>,
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
}

impl<P: Fn(CustomerId) -> Pseudonym> Reading<'_, P> {
    /// Reads a file whole.
    ///
    /// # Errors
    ///
    /// The file cannot be read, its columns are not these, or some rows are unreadable. All of those are counted.
    pub(crate) fn read(&self, file: impl Read) -> Result<Rows, Unreadable> {
        let mut reader = csv::ReaderBuilder::new().trim(Trim::All).buffer_capacity(AT_ONCE).from_reader(file);
        let columns = Columns::of(reader.headers().map_err(Unreadable::from_csv)?, self.by)?;
        let mut rows = Rows { ignored: columns.ignored.clone(), ..Rows::default() };
        let mut bad = Vec::new();
        let mut line = StringRecord::new();
        loop {
            match reader.read_record(&mut line) {
                Ok(false) => break,
                Ok(true) => match self.row(&columns, &line) {
                    Ok(row) => {
                        let group = columns.group(&line, &mut rows.groups)?;
                        rows.sorted.push(Row { group, ..row });
                    }
                    Err(fault) => bad.push((line.position().map_or(0, Position::line), fault)),
                },
                Err(error) => bad.push(fault_of(error)?),
            }
        }
        if !bad.is_empty() {
            let events = self.events.iter().map(ToString::to_string).collect();
            return Err(Unreadable(Kind::Rows { bad, events }));
        }
        rows.sorted.sort_by_key(|row| (u128::from_be_bytes(*row.customer.as_bytes()), row.at));
        Ok(rows)
    }

    fn row(&self, columns: &Columns, line: &StringRecord) -> Result<Row, Fault> {
        let customer = line.get(columns.customer).filter(|id| !id.is_empty()).ok_or(Fault::Customer)?;
        let at = moment(line.get(columns.time).unwrap_or_default()).map_err(|_| Fault::Time)?;
        if Day::of(at) > self.today {
            return Err(Fault::Future);
        }
        let event = columns.event.and_then(|column| line.get(column)).filter(|name| !name.is_empty());
        let event = event.unwrap_or(tower_rapport::relationship::History::VISIT);
        let event = self.events.iter().position(|name| name == event).ok_or(Fault::Event)?;
        Ok(Row {
            customer: (self.pseudonym)(CustomerId::new(customer)),
            at: at.as_microsecond(),
            event: u16::try_from(event).map_err(|_| Fault::Event)?,
            group: 0,
        })
    }
}

/// Where the columns stand.
struct Columns {
    customer: usize,
    time: usize,
    event: Option<usize>,
    by: Option<(String, usize)>,
    ignored: Vec<String>,
}

impl Columns {
    fn of(header: &StringRecord, by: Option<&str>) -> Result<Self, Unreadable> {
        let place = |name: &str| match header.iter().filter(|column| *column == name).count() {
            0 | 1 => Ok(header.iter().position(|column| column == name)),
            _ => Err(Unreadable(Kind::Twice(name.to_owned()))),
        };
        let needed = |name| place(name)?.ok_or(Unreadable(Kind::Missing(name)));
        let (customer, time, event) = (needed("customer")?, needed("time")?, place("event")?);
        let by = match by {
            Some(name) => {
                Some((name.to_owned(), place(name)?.ok_or_else(|| Unreadable(Kind::NoGroups(name.to_owned())))?))
            }
            None => None,
        };
        let known = [Some(customer), Some(time), event];
        if let Some((name, _)) = by.as_ref().filter(|(_, place)| known.contains(&Some(*place))) {
            return Err(Unreadable(Kind::NoGroup(name.clone())));
        }
        let is_known = |place| known.contains(&Some(place)) || by.as_ref().is_some_and(|(_, by)| *by == place);
        let others = header.iter().enumerate().filter(|(place, _)| !is_known(*place));
        let ignored = others.map(|(_, name)| name.to_owned()).collect();
        Ok(Self { customer, time, event, by, ignored })
    }

    /// The place of what a line says of its customer, counted from one; 0 where it says nothing.
    fn group(&self, line: &StringRecord, groups: &mut Vec<String>) -> Result<u16, Unreadable> {
        let Some((name, place)) = &self.by else { return Ok(0) };
        let Some(value) = line.get(*place).filter(|value| !value.is_empty()) else { return Ok(0) };
        let known = groups.iter().position(|group| group == value);
        let place = known.unwrap_or_else(|| {
            groups.push(value.to_owned());
            groups.len() - 1
        });
        if place >= GROUPS {
            return Err(Unreadable(Kind::ManyGroups(name.clone())));
        }
        Ok(u16::try_from(place + 1).unwrap_or(0))
    }
}

/// What is wrong with a line, if it is the line that is wrong.
fn fault_of(error: csv::Error) -> Result<(u64, Fault), Unreadable> {
    let line = error.position().map_or(0, Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths { .. } => Ok((line, Fault::Length)),
        ErrorKind::Utf8 { .. } => Ok((line, Fault::Text)),
        _ => Err(Unreadable::from_csv(error)),
    }
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Customer,
    Time,
    Future,
    Event,
    Length,
    Text,
}

/// A file that cannot be read. Its text names lines, and nothing that stands in them.
#[derive(Debug)]
pub(crate) struct Unreadable(Kind);

#[derive(Debug)]
enum Kind {
    File(csv::Error),
    Header,
    Missing(&'static str),
    Twice(String),
    NoGroups(String),
    NoGroup(String),
    ManyGroups(String),
    Rows { bad: Vec<(u64, Fault)>, events: Vec<String> },
}

impl Unreadable {
    fn from_csv(error: csv::Error) -> Self {
        Self(if error.is_io_error() { Kind::File(error) } else { Kind::Header })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bad, events) = match &self.0 {
            Kind::File(_) => return f.write_str("the file cannot be read"),
            Kind::Header => return f.write_str("the first line is no text"),
            Kind::Missing(name) => {
                return write!(f, "the first line names no column `{name}`; it is `customer,time,event`, in any order");
            }
            Kind::Twice(name) => return write!(f, "the first line names the column `{name}` twice"),
            Kind::NoGroups(name) => {
                return write!(f, "the first line names no column `{name}`, which was to group customers");
            }
            Kind::NoGroup(name) => {
                return write!(f, "the column `{name}` is no group of customers; name a further one");
            }
            Kind::ManyGroups(name) => {
                return write!(
                    f,
                    "the column `{name}` says more than {GROUPS} things; a group is what many customers share"
                );
            }
            Kind::Rows { bad, events } => (bad, events),
        };
        let rows = if bad.len() == 1 { "one row" } else { "rows" };
        match bad.len() {
            1 => write!(f, "{rows} cannot be read, so none was taken")?,
            many => write!(f, "{many} {rows} cannot be read, so none was taken")?,
        }
        for (line, fault) in bad.iter().take(NAMED) {
            write!(f, "\n  line {line}: ")?;
            match fault {
                Fault::Customer => f.write_str("there is no customer")?,
                Fault::Time => f.write_str("the time is neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date")?,
                Fault::Future => f.write_str("the time lies in the future")?,
                Fault::Event => write!(f, "the event is none of `{}`", events.join("`, `"))?,
                Fault::Length => f.write_str("it has not as many fields as the first line")?,
                Fault::Text => f.write_str("it is not UTF-8")?,
            }
        }
        match bad.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl Error for Unreadable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Kind::File(error) => Some(error),
            _ => None,
        }
    }
}

/// So many unreadable rows are named.
const NAMED: usize = 10;

/// So many groups can be compared.
const GROUPS: usize = 64;

/// So many bytes are read at a time.
const AT_ONCE: usize = 256 * 1024;

#[cfg(test)]
mod tests;
