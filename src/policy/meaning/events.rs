//! Events, and how the layer itself sees them.

use http::{Method, StatusCode};

use super::names::{name, note_doubles, required};
use crate::{
    name::Name,
    policy::{
        diagnostics::{Findings, Place},
        keys::Key,
        routes::Patterns,
        written,
    },
    relationship::History,
};

/// An event that a policy knows.
///
/// In the file one of `[[relationship.events]]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EventRule {
    /// The event's name.
    pub name: Name,
    /// How many stages it takes away.
    pub takes_stages: u8,
    /// An answer by which the layer itself sees the event.
    pub when: Option<When>,
}

/// A request and its answer by which an event is seen.
///
/// In the file `when` of an event. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct When {
    /// The request's method.
    pub method: Method,
    /// The pattern as written.
    pub path: String,
    pub(in crate::policy) pattern: Patterns,
    /// The first and the last status.
    pub status: (u16, u16),
}

impl EventRule {
    /// Whether the event is seen in a request and its answer.
    ///
    /// One that takes stages is seen in whatever way the path may be read. One that can help to raise a stage is seen
    /// only in a path that can be read in one way: to `POST /track/..%2Fcheckout`, `/track` may have answered. So it is with the case
    /// of a method.
    pub(in crate::policy) fn is_seen(&self, method: &Method, path: &str, status: StatusCode) -> bool {
        let Some(when) = &self.when else { return false };
        let (first, last) = when.status;
        let takes = self.takes_stages > 0;
        let matches = if takes { When::may_match } else { When::surely_matches };
        let is_method = when.method == *method || (takes && when.method.as_str().eq_ignore_ascii_case(method.as_str()));
        is_method && (first..=last).contains(&status.as_u16()) && matches(when, path)
    }
}

impl When {
    fn may_match(&self, path: &str) -> bool {
        self.pattern.may_match(path)
    }

    /// A last `/` stands in the path where it stands in the rule: with and without, some services have two routes.
    fn surely_matches(&self, path: &str) -> bool {
        let path = if self.path.len() > 1 && self.path.ends_with('/') { path.strip_suffix('/') } else { Some(path) };
        path.is_some_and(|path| self.pattern.surely_match(path))
    }
}

/// The events, and whether all could be read.
pub(super) fn events(relationship: &Key<written::Relationship>, findings: &Findings<'_>) -> (Vec<EventRule>, bool) {
    let events = relationship.get().map(|table| &table.events);
    let Some(key) = events.filter(|key| key.is_written()) else {
        let event = |(name, takes_stages)| EventRule { name: Name::of_literal(name), takes_stages, when: None };
        return (DEFAULT_EVENTS.map(event).into(), !relationship.is_unreadable());
    };
    let Some(list) = key.get() else { return (Vec::new(), false) };
    let read: Vec<_> = list.iter().filter_map(|key| event(key.get()?, &key.place(), findings)).collect();
    let named = list.iter().filter_map(|key| Some((key.get()?.name.get()?.as_str(), key.get()?.name.place())));
    let twice = note_doubles(named, "event", findings);
    let complete = read.len() == list.len() && !twice;
    (read, complete)
}

fn event(event: &written::Event, table: &Place, findings: &Findings<'_>) -> Option<EventRule> {
    let name = name(&event.name, table, findings);
    if name.as_ref().is_some_and(|name| *name == *History::VISIT) {
        let remedy = "leave this event out; any answered request of an endpoint is one";
        findings.error(&event.name.place(), "`visit` is built in", remedy);
        return None;
    }
    let takes = event.takes_stages.get().copied().unwrap_or(0);
    let takes_stages = u8::try_from(takes).ok().filter(|takes| *takes <= MOST_STAGES);
    if takes_stages.is_none() {
        findings.error(&event.takes_stages.place(), format!("`{takes}`: no ladder has that many"), "write 0 to 15");
    }
    let when = event.when.here().map(|(when, place)| self::when(when, &place, findings));
    let when = match when {
        Some(read) => Some(read?),
        None => None,
    };
    if event.takes_stages.is_unreadable() || event.when.is_unreadable() {
        return None;
    }
    Some(EventRule { name: name?, takes_stages: takes_stages?, when })
}

fn when(when: &written::When, table: &Place, findings: &Findings<'_>) -> Option<When> {
    let method =
        required(&when.method, table, "method", findings).and_then(|text| method(text, &when.method.place(), findings));
    let path = required(&when.path, table, "path", findings);
    let pattern = path.and_then(|path| {
        let mut pattern = Patterns::default();
        match pattern.insert(path, 0) {
            Ok(()) => Some(pattern),
            Err(error) => {
                findings.error(&when.path.place(), format!("`{path}`: {error}"), "");
                None
            }
        }
    });
    let status = match when.status.here() {
        None => (!when.status.is_unreadable()).then_some((200, 299)),
        Some((text, place)) => statuses(text).or_else(|| {
            let remedy = "write one such as `201`, or a class such as `2xx`";
            findings.error(&place, format!("`{text}`: no status"), remedy);
            None
        }),
    };
    Some(When { method: method?, path: path?.clone(), pattern: pattern?, status: status? })
}

/// A method as a client writes it.
pub(super) fn method(text: &str, place: &Place, findings: &Findings<'_>) -> Option<Method> {
    match text.parse::<Method>() {
        // Methods are case-sensitive (RFC 9110 section 9.1); one in small letters would never match.
        Ok(method) if !text.bytes().any(|byte| byte.is_ascii_lowercase()) => Some(method),
        _ => {
            findings.error(place, format!("`{text}`: no method"), "write one in capitals, such as `GET` or `POST`");
            None
        }
    }
}

fn statuses(text: &str) -> Option<(u16, u16)> {
    if let Some(class) = text.strip_suffix("xx") {
        let class = class.parse::<u16>().ok().filter(|class| (1..=5).contains(class) && text.len() == 3)?;
        return Some((class * 100, class * 100 + 99));
    }
    let one = text.parse().ok().filter(|one| (100..=599).contains(one) && text.len() == 3)?;
    Some((one, one))
}

const MOST_STAGES: u8 = 15;
const DEFAULT_EVENTS: [(&str, u8); 2] = [("purchase", 0), ("complaint", 1)];
