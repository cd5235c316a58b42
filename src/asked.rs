//! What one request says of its customer: token, signals, wishes. Gathered once, owned, used again for the answer.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::Timestamp;

use crate::{
    consent,
    decision::{Decision, Facts, Preference, Rules, decide},
    identity::{Identity, TokenSource, Verifier, find_token},
    name::Name,
    policy::Policy,
    relationship::{Day, Record, Stage},
    report,
};

/// What one request says of its customer.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) carries_identity: bool,
    pub(crate) prefer: Option<Preference>,
    pub(crate) visit: bool,
    bad_token: bool,
    now: Timestamp,
    gpc: bool,
    channel: Option<Stage>,
}

impl Asked {
    /// Reads the headers of a request. A token that proves nothing makes a stranger and is counted.
    pub(crate) fn of(
        method: &Method,
        headers: &HeaderMap,
        policy: &Policy,
        verifier: &Verifier,
        now: Timestamp,
    ) -> Self {
        let identity = match find_token(&policy.identity().sources, headers) {
            Ok(None) => Ok(None),
            Ok(Some(token)) => verifier.verify(token, now).map(Some),
            Err(error) => Err(error),
        };
        let bad_token = identity.as_ref().is_err_and(|error| {
            report::bad_token(error.kind());
            true
        });
        let identity = identity.ok().flatten();
        Self {
            carries_identity: bad_token || identity.is_some(),
            identity,
            bad_token,
            now,
            gpc: policy.consent().gpc && consent::opts_out(headers),
            channel: policy.channel_cap(headers),
            prefer: preference(headers, policy.rules()),
            visit: method != Method::HEAD && !is_prefetch(headers),
        }
    }

    /// The decision for this request, given what the store knows of its customer.
    pub(crate) fn decide(&self, rules: &Rules, known: Known<'_>) -> Decision {
        let (record, store_silent) = match known {
            Known::Record(record) => (record, false),
            Known::Silence => (None, true),
        };
        decide(rules, record, &self.facts(store_silent))
    }

    /// Whether this request's visit is to be written, as far as is known when it is decided: the first one of a day is.
    pub(crate) fn visit_counts(&self, rules: &Rules, known: Known<'_>, decision: &Decision) -> bool {
        let history = match known {
            Known::Record(_) if !decision.may_record => return false,
            Known::Record(record) => record.and_then(|record| record.history.as_ref()),
            Known::Silence => None,
        };
        let vouched = self.identity.as_ref().and_then(|identity| identity.known_since);
        self.visit && rules.ladder.visit_counts(history, Day::of(self.now), vouched)
    }

    /// The customer's record after a visit or none, and after events; none where nothing may be stored or nothing changes.
    ///
    /// Whether it may be stored is decided by the record as it is when it is written, not as it was when the request
    /// came: a refusal in between counts.
    pub(crate) fn record_after(
        &self,
        rules: &Rules,
        record: Option<&Record>,
        visit: bool,
        events: &[Name],
    ) -> Option<Record> {
        let vouched = self.identity.as_ref()?.known_since;
        if !decide(rules, record, &self.facts(false)).may_record {
            return None;
        }
        let (ladder, day) = (&rules.ladder, Day::of(self.now));
        let known = record.and_then(|record| record.history.as_ref());
        let mut history = if visit { ladder.after_visit(known, day, vouched) } else { None };
        for event in events {
            history = Some(ladder.after(history.as_ref().or(known), event, day, vouched));
        }
        let choices = record.cloned().unwrap_or_default();
        history.map(|history| Record { history: Some(history), ..choices })
    }

    fn facts(&self, store_silent: bool) -> Facts<'_> {
        let identity = self.identity.as_deref();
        Facts {
            now: self.now,
            known: identity.is_some(),
            bad_token: self.bad_token,
            store_silent,
            visit: self.visit,
            known_since: identity.and_then(|identity| identity.known_since),
            age: identity.and_then(|identity| identity.birthdate.age_on(Day::of(self.now))).map(u32::from),
            claim: identity.and_then(|identity| identity.purposes.as_deref()),
            gpc: self.gpc,
            channel: self.channel,
            prefer: self.prefer,
        }
    }
}

/// The header lines that say who asks, kept while the wrapped service works on a request that no endpoint covers: it may
/// answer with an event. Copying a line takes no memory, and most requests have one; many take a map.
#[derive(Clone, Debug)]
pub(crate) enum Carried {
    Few([Option<(HeaderName, HeaderValue)>; 3]),
    Many(HeaderMap),
}

impl Carried {
    /// Nothing is said.
    pub(crate) const NOTHING: Self = Self::Few([None, None, None]);

    /// Whether nothing is said.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Few([None, ..]))
    }

    /// The lines of a request.
    pub(crate) fn of(headers: &HeaderMap, sources: &[TokenSource]) -> Self {
        let names = || sources.iter().map(TokenSource::header).chain([consent::SEC_GPC]);
        let mut few: [Option<(HeaderName, HeaderValue)>; 3] = [None, None, None];
        let mut room = 0;
        for name in names() {
            if few.iter().flatten().any(|(known, _)| *known == name) {
                continue;
            }
            for value in headers.get_all(&name) {
                match few.get_mut(room) {
                    Some(line) => *line = Some((name.clone(), value.clone())),
                    None => return Self::many(headers, names()),
                }
                room += 1;
            }
        }
        Self::Few(few)
    }

    fn many(headers: &HeaderMap, names: impl Iterator<Item = HeaderName>) -> Self {
        let mut many = HeaderMap::new();
        for name in names {
            if !many.contains_key(&name) {
                for value in headers.get_all(&name) {
                    many.append(&name, value.clone());
                }
            }
        }
        Self::Many(many)
    }

    /// The lines as headers.
    pub(crate) fn headers(&self) -> HeaderMap {
        match self {
            Self::Few(lines) => lines.iter().flatten().cloned().collect(),
            Self::Many(headers) => headers.clone(),
        }
    }
}

/// What the store said of a customer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Known<'a> {
    /// This, or nothing.
    Record(Option<&'a Record>),
    /// It did not answer, or not in time.
    Silence,
}

/// The preference `personalization` (RFC 7240 section 2): the first one counts, another's are not ours.
fn preference(headers: &HeaderMap, rules: &Rules) -> Option<Preference> {
    let lines = headers.get_all(PREFER).iter().filter_map(|line| line.to_str().ok());
    let preferences = lines.flat_map(unquoted_parts).filter_map(|one| one.split(';').next()?.split_once('='));
    let mut ours = preferences.filter(|(name, _)| name.trim().eq_ignore_ascii_case("personalization"));
    let (_, word) = ours.next()?;
    Preference::of(word.trim().trim_matches('"'), &rules.ladder)
}

/// The members of a list, parted at commas that stand in no quoted string.
fn unquoted_parts(line: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(move |c: char| {
        let quote = c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        quoted ^= quote;
        c == ',' && !quoted
    })
}

/// Whether a browser fetches ahead of a click that may never come (Fetch, the `Sec-Purpose` header).
fn is_prefetch(headers: &HeaderMap) -> bool {
    let purposes = headers.get_all(SEC_PURPOSE).iter().filter_map(|line| line.to_str().ok());
    purposes.flat_map(|line| line.split([',', ';'])).any(|word| word.trim().eq_ignore_ascii_case("prefetch"))
}

const PREFER: HeaderName = HeaderName::from_static("prefer");

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn whoever_asks_is_carried_in_however_many_lines() {
        let sources = ["header:authorization", "cookie:session", "cookie:old"].map(|source| source.parse().unwrap());
        for lines in [
            &[][..],
            &[("authorization", "Bearer x")],
            &[("cookie", "a=1"), ("cookie", "session=2"), ("sec-gpc", "1")],
            &[("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3"), ("cookie", "d=4"), ("cookie", "session=5")],
        ] {
            let mut all = headers(lines);
            let carried = Carried::of(&all, &sources).headers();
            assert_eq!(carried, all);
            all.append("accept", HeaderValue::from_static("*/*"));
            assert_eq!(Carried::of(&all, &sources).headers(), carried, "nothing else is carried");
        }
    }

    #[test]
    fn a_comma_within_quotes_parts_nothing() {
        let parts = |line| unquoted_parts(line).map(str::trim).collect::<Vec<_>>();
        assert_eq!(
            parts(r#"foo="a,personalization=x", personalization=none"#),
            [r#"foo="a,personalization=x""#, "personalization=none"]
        );
        assert_eq!(parts(r#"foo="a\",b", c"#), [r#"foo="a\",b""#, "c"]);
        assert_eq!(parts("a, b"), ["a", "b"]);
    }
}
