//! A file that cannot be read, and what is said of it: line, column and value, but no customer.
//!
//! What stands where a time or an event should may be a customer's name, when columns are mixed up. So a value is shown as it
//! is only if it looks like a time; of any other its form is.

use std::{error::Error, fmt, io};

use super::parts::{Part, Shape};
use crate::cli::counted;

/// A file that cannot be read.
#[derive(Debug)]
pub(crate) struct Unreadable(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    File(io::Error),
    Empty,
    Header,
    /// The first line does not name a column. Found is what it names, if it names any.
    Missing {
        shape: Shape,
        part: Part,
        found: Option<Vec<String>>,
    },
    Twice {
        part: Part,
        found: Vec<String>,
    },
    /// Customers and times, and nothing that says what happened.
    Uncertain {
        found: Option<Vec<String>>,
    },
    /// A list without names in which several fields are dates.
    ManyDates(usize),
    /// A first line without names in what is to be of this shape.
    Nameless(Shape),
    /// No such column; the further ones that there are.
    NoGroups {
        by: String,
        further: Vec<String>,
    },
    NoGroup(String),
    ManyGroups(String),
    /// A date of which nobody said which number is the day.
    Dates(Place),
    /// It is said which number is the day, and no date leaves that open.
    NeedlessDates,
    NoPurchase(Shape),
    Rows {
        bad: Bad,
        events: Vec<String>,
    },
}

/// Rows that cannot be read: all are counted, some are named.
#[derive(Debug, Default)]
pub(super) struct Bad {
    count: usize,
    named: Vec<(Place, Fault)>,
}

/// Where something stands, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    line: u64,
    column: Option<String>,
    value: Option<Shown>,
}

/// What stands somewhere, as far as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    /// As it is.
    Itself(String),
    /// Its form: `a` for each letter, `9` for each digit.
    Form(String),
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Customer,
    Time(Shape),
    Early,
    Future,
    /// No event that there is; the nearest one, if one is near.
    Event(Option<String>),
    Length {
        found: u64,
        wanted: u64,
    },
    Text,
}

impl Unreadable {
    pub(super) const fn of(kind: Kind) -> Self {
        Self(kind)
    }
}

impl Place {
    /// A whole line.
    pub(super) const fn line(line: u64) -> Self {
        Self { line, column: None, value: None }
    }

    /// A column of a line.
    pub(super) fn column(line: u64, column: String) -> Self {
        Self { line, column: Some(column), value: None }
    }

    /// A column of a line, and what stands there.
    pub(super) fn value(line: u64, column: String, value: &str) -> Self {
        Self { value: (!value.is_empty()).then(|| Shown::of(value)), ..Self::column(line, column) }
    }
}

impl Bad {
    /// Counts a row, and names it if it is among the first.
    pub(super) fn add(&mut self, place: Place, fault: Fault) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push((place, fault));
        }
    }

    pub(super) const fn is_none(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        self.column.iter().try_for_each(|column| write!(f, ", column {column}"))?;
        match &self.value {
            Some(Shown::Itself(value)) => write!(f, ", `{value}`"),
            Some(Shown::Form(form)) => write!(f, ", of the form `{form}`"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::File(_) => f.write_str("the file cannot be read"),
            Kind::Empty => f.write_str("the file is empty; its first line names the columns, as `customer,time,event`"),
            Kind::Header => f.write_str("the first line is not UTF-8; save the file as UTF-8"),
            Kind::Missing { shape, part, found } => missing(f, *shape, *part, found.as_deref()),
            Kind::Twice { part: Part::Group, found } => {
                write!(
                    f,
                    "the first line has more than one such column: {}; give each a name of its own",
                    quoted(found)
                )
            }
            Kind::Twice { part, found } => {
                write!(f, "the first line names more than one column for the {part}: {}; leave one", quoted(found))
            }
            Kind::Uncertain { found } => {
                f.write_str("nothing in the first line says what its rows are")?;
                told(f, found.as_deref())?;
                f.write_str("; if they are purchases, say `--shape transactions`")
            }
            Kind::ManyDates(count) => {
                write!(
                    f,
                    "the first line names no columns, and {count} of its fields are dates; write a first line that names them"
                )
            }
            Kind::Nameless(shape) => {
                write!(f, "the first line names no columns, which a file of the shape `{shape}` needs")
            }
            Kind::NoGroups { by, further } => {
                write!(f, "the first line names no column `{by}`, which was to group customers; ")?;
                match further.as_slice() {
                    [] => f.write_str("it names no further column: add one to the file, or leave `--by` out"),
                    further => write!(f, "`--by` can name {}", quoted(further)),
                }
            }
            Kind::NoGroup(name) => {
                write!(
                    f,
                    "the column `{name}` is no group of customers, it says what happened; name a further one with `--by`"
                )
            }
            Kind::ManyGroups(name) => {
                write!(f, "the column `{name}` says more than {GROUPS} things; a group is what many customers share")
            }
            Kind::Dates(place) => {
                write!(f, "{place}: which number is the day? Say `--dates mdy` or `--dates dmy`")
            }
            Kind::NeedlessDates => {
                write!(
                    f,
                    "the file is of the shape `{}`, whose dates begin with the year, as in `2026-11-22`; write them so and leave \
                     `--dates` out, or say with `--shape` that it is a list of transactions or a log of events",
                    Shape::Own
                )
            }
            Kind::NoPurchase(shape) => {
                write!(
                    f,
                    "the policy has no event `purchase`, which files of the shape `{shape}` tell of; write one in `[[relationship.events]]`"
                )
            }
            Kind::Rows { bad, events } => rows(f, bad, events),
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

fn missing(f: &mut fmt::Formatter<'_>, shape: Shape, part: Part, found: Option<&[String]>) -> fmt::Result {
    if shape == Shape::Own {
        write!(f, "the first line names no column `{part}`")?;
        told(f, found)?;
        return f.write_str(
            "; write `customer,time,event` there, in any order; or, of a list of transactions or a log of events, names such \
             as `customer_id`, `order_date`, `amount` or `user_id`, `event_time`, `event_type`",
        );
    }
    write!(f, "the first line names no column for the {part}")?;
    told(f, found)?;
    write!(f, "; looked for (without case and signs) were {}", quoted(&part.words(shape)))
}

/// What was found in the first line.
fn told(f: &mut fmt::Formatter<'_>, found: Option<&[String]>) -> fmt::Result {
    match found {
        Some(found) => write!(f, "; found are {}", quoted(found)),
        None => f.write_str(
            "; none of its fields is a name that is known (they are not shown, for they could be a customer's)",
        ),
    }
}

fn rows(f: &mut fmt::Formatter<'_>, bad: &Bad, events: &[String]) -> fmt::Result {
    match bad.count {
        1 => f.write_str("one row cannot be read, so none was taken")?,
        many => write!(f, "{many} rows cannot be read, so none was taken")?,
    }
    for (place, fault) in &bad.named {
        write!(f, "\n  {place}: ")?;
        match fault {
            Fault::Customer => f.write_str("there is no customer")?,
            Fault::Time(Shape::Own) => {
                f.write_str("the time is neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date (`2026-11-22`)")?;
            }
            Fault::Time(_) => f.write_str("that is no time")?,
            Fault::Early => f.write_str("the time lies before 1990")?,
            Fault::Future => f.write_str("the time lies in the future")?,
            Fault::Event(near) => {
                write!(f, "the event is none of {}", quoted(events))?;
                near.iter().try_for_each(|near| write!(f, "; is it `{near}`?"))?;
            }
            Fault::Length { found, wanted } => {
                let fields = counted(found, "field");
                write!(
                    f,
                    "it has {fields}, and the first line {wanted}; write as many, and close each `\"` that is opened"
                )?;
            }
            Fault::Text => f.write_str("it is not UTF-8")?,
        }
    }
    match bad.count.saturating_sub(bad.named.len()) {
        0 => {}
        more => write!(f, "\n  and {more} more")?,
    }
    let has_forms = bad.named.iter().any(|(place, _)| matches!(place.value, Some(Shown::Form(_))));
    match has_forms {
        true => f.write_str(
            "\n  (a form has `a` for each letter and `9` for each digit: what stands there could be a name)",
        ),
        false => Ok(()),
    }
}

fn quoted(names: &[impl AsRef<str>]) -> String {
    let names = names.iter().map(|name| format!("`{}`", name.as_ref().replace(char::is_control, "\u{fffd}")));
    names.collect::<Vec<_>>().join(", ")
}

impl Shown {
    /// A value, shortened: what looks like a time as it is, of all else the form.
    fn of(value: &str) -> Self {
        let letters = value.chars().filter(|letter| letter.is_alphabetic()).count();
        let parts = value.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty()).count();
        let is_time = parts > 1
            && (letters == 0 || ["T", "Z", "UTC", "AM", "PM"].iter().any(|word| letters <= 3 && value.contains(word)));
        let form = |letter: char| match letter {
            letter if letter.is_control() => '\u{fffd}',
            letter if is_time => letter,
            letter if letter.is_alphabetic() => 'a',
            letter if letter.is_numeric() => '9',
            sign => sign,
        };
        let mut text: String = value.chars().take(LONGEST).map(form).collect();
        if value.chars().nth(LONGEST).is_some() {
            text.push('…');
        }
        if is_time { Self::Itself(text) } else { Self::Form(text) }
    }
}

/// So many unreadable rows are named.
const NAMED: usize = 10;

/// So many letters of a value are shown.
const LONGEST: usize = 32;

/// So many groups can be compared.
pub(super) const GROUPS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_only_if_it_looks_like_a_time() {
        for (value, expected) in [
            ("31.12.2026", "31.12.2026"),
            ("2026-13-01 10:00:00 UTC", "2026-13-01 10:00:00 UTC"),
            ("2026-11-01T10:00:00", "2026-11-01T10:00:00"),
            ("anna", "aaaa"),
            ("1700000000", "9999999999"),
            ("Anna-1-2", "aaaa-9-9"),
            ("anna.b1@shop2.example", "aaaa.a9@aaaa9.aaaaaaa"),
            ("\u{7}", "\u{fffd}"),
            ("abcdefghijklmnopqrstuvwxyzabcdefghi", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…"),
        ] {
            let shown = if expected == value { Shown::Itself } else { Shown::Form };
            assert_eq!(Shown::of(value), shown(expected.to_owned()), "{value}");
        }
    }
}
