//! What a customer wants, read from the body of a request.
//!
//! JSON is put: `PUT /me/limit` with `{"stage": "acquainted"}`; or a form with a field of the same name. The pages have forms
//! that can only be posted, to the same path: the field `_method` says `put` or `delete`. So there is one set of paths, and no
//! page needs a script.

use std::borrow::Cow;

use http::{
    HeaderMap, Method,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{problem::Problem, route::Route, terms::Terms};
use crate::{name::Name, object::read_object, relationship::Stage};

/// What a customer wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// To be known no better than at a stage, or without such a limit.
    Limit(Option<Stage>),
    /// Nothing personal before an instant, or no pause.
    Pause(Option<Timestamp>),
    /// To agree to a purpose, or to refuse it.
    Purpose(Name, bool),
    /// To be forgotten.
    Forget,
}

impl Wish {
    /// What a request to a route wants. Bodies of DELETE say nothing.
    ///
    /// # Errors
    ///
    /// The problem with it.
    pub(crate) fn read(
        route: Route<'_>,
        method: &Method,
        headers: &HeaderMap,
        body: &[u8],
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let said = Said::read(route, method, headers, body)?;
        match (route, said) {
            (Route::Me, Said::Delete) => Ok(Self::Forget),
            (Route::Limit, Said::Delete) => Ok(Self::Limit(None)),
            (Route::Pause, Said::Delete) => Ok(Self::Pause(None)),
            (Route::Limit, Said::Put(value)) => {
                let stage = value.as_str().and_then(|name| terms.rules.ladder.stage(name));
                Ok(Self::Limit(Some(stage.ok_or(Problem::NoStage)?)))
            }
            (Route::Pause, Said::Put(value)) => {
                let until = value.as_str().and_then(end_of).ok_or(Problem::NoDate)?;
                if until <= now { Err(Problem::Past) } else { Ok(Self::Pause(Some(until))) }
            }
            (Route::Purpose(name), Said::Put(value)) => {
                let purpose = terms.rules.purposes.iter().find(|purpose| purpose.name == *name);
                let name = purpose.ok_or(Problem::NoPurpose)?.name.clone();
                let granted = match &value {
                    Value::Bool(granted) => Some(*granted),
                    Value::String(word) => word.parse().ok(),
                    _ => None,
                };
                Ok(Self::Purpose(name, granted.ok_or(Problem::NoChoice)?))
            }
            (route, _) => Err(Problem::Method(route.allowed())),
        }
    }

    /// The word for it in counters and in the address of the page after it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Limit(_) => "limit",
            Self::Pause(_) => "pause",
            Self::Purpose(_, true) => "grant",
            Self::Purpose(_, false) => "refusal",
            Self::Forget => "forget",
        }
    }
}

/// What a request says is to be done.
enum Said {
    Put(Value),
    Delete,
}

impl Said {
    fn read(route: Route<'_>, method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        if *method == Method::DELETE {
            return Ok(Self::Delete);
        }
        if headers.contains_key(CONTENT_ENCODING) {
            return Err(Problem::Media);
        }
        let member = match route {
            Route::Limit => "stage",
            Route::Pause => "until",
            Route::Purpose(_) => "granted",
            _ => "_method",
        };
        if *method == Method::POST { Self::posted(member, headers, body) } else { Self::put(member, headers, body) }
    }

    fn put(member: &'static str, headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        // Some clients leave the type out, or call everything a form; none that means something else sends JSON.
        match essence(headers).as_deref() {
            Some(FORM) if !body.trim_ascii_start().starts_with(b"{") => {
                return match Self::form(member, body)? {
                    (None, Some(value)) => Ok(Self::Put(Value::String(value))),
                    _ => Err(Problem::Malformed(member)),
                };
            }
            None | Some(FORM | "application/json") => {}
            Some(essence) if essence.ends_with("+json") => {}
            Some(_) => return Err(Problem::Media),
        }
        match read_object(body).map(|mut members| (members.remove(member), members.is_empty())) {
            Ok((Some(value), true)) => Ok(Self::Put(value)),
            _ => Err(Problem::Malformed(member)),
        }
    }

    fn posted(member: &'static str, headers: &HeaderMap, body: &[u8]) -> Result<Self, Problem> {
        if essence(headers).as_deref() != Some(FORM) {
            return Err(Problem::Media);
        }
        match Self::form(member, body)? {
            (Some("delete"), _) => Ok(Self::Delete),
            (Some("put"), Some(value)) => Ok(Self::Put(Value::String(value))),
            (Some("put"), None) => Err(Problem::Malformed(member)),
            _ => Err(Problem::Malformed("_method")),
        }
    }

    /// What `_method` says, and the other field.
    fn form(member: &'static str, body: &[u8]) -> Result<(Option<&'static str>, Option<String>), Problem> {
        let (mut does, mut value, mut more) = (None, None, false);
        for (name, text) in form_urlencoded::parse(body) {
            let field = match &*name {
                "_method" => &mut does,
                name if name == member => &mut value,
                _ => return Err(Problem::Malformed(member)),
            };
            more |= field.replace(text).is_some();
        }
        if more {
            return Err(Problem::Malformed(member));
        }
        let does = does.map(|does| ["put", "delete"].into_iter().find(|known| *known == does).unwrap_or(""));
        Ok((does, value.map(Cow::into_owned)))
    }
}

/// The media type without its parameters, in small letters.
fn essence(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().unwrap_or("unreadable");
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The first instant that is not named any more: a date is through to its end in UTC, an instant is itself.
fn end_of(text: &str) -> Option<Timestamp> {
    if text.len() == "2027-01-31".len() {
        let date: Date = text.parse().ok()?;
        // The last day of the calendar has no end that could be told.
        return Some(date.tomorrow().and_then(midnight).unwrap_or(Timestamp::MAX));
    }
    text.parse().ok()
}

/// The date that a pause is through to the end of, or the instant that ends it, as it is written in JSON.
pub(crate) fn until(end: Timestamp) -> String {
    last_day(end).map_or_else(|| end.to_string(), |date| date.to_string())
}

/// The last UTC date of a pause that ends with a day.
pub(crate) fn last_day(end: Timestamp) -> Option<Date> {
    let end = end.to_zoned(TimeZone::UTC).datetime();
    if end.date() >= FAR {
        return Some(Date::MAX);
    }
    (end.time() == jiff::civil::Time::midnight()).then(|| end.date().yesterday().ok()).flatten()
}

fn midnight(date: Date) -> Result<Timestamp, jiff::Error> {
    Ok(date.to_zoned(TimeZone::UTC)?.timestamp())
}

const FORM: &str = "application/x-www-form-urlencoded";

/// From here on the calendar is at its end.
const FAR: Date = jiff::civil::date(9999, 12, 30);

#[cfg(test)]
mod tests;
