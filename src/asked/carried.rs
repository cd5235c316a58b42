//! What is kept of a request that no endpoint covers while the wrapped service works on it: the answer may tell of an event.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header::COOKIE};

use super::{SEC_FETCH_MODE, SEC_FETCH_SITE};
use crate::{consent, identity::TokenSource, policy::Policy};

/// The header lines that say who asks and what they agree to. Copying a line takes no memory, and most requests have one; many
/// take a map.
#[derive(Clone, Debug)]
pub(crate) enum Carried {
    /// At most one line of each of the first names, in their order.
    Few([Option<HeaderValue>; 5]),
    Many(HeaderMap),
}

impl Carried {
    /// The names of the lines that are kept under a policy.
    pub(crate) fn names(policy: &Policy) -> Arc<[HeaderName]> {
        let reads_strings = policy.consent().tcf.is_some();
        Self::names_of(&policy.identity().sources, reads_strings, policy.identity().visitors.is_some())
    }

    fn names_of(sources: &[TokenSource], reads_strings: bool, has_visitors: bool) -> Arc<[HeaderName]> {
        let tokens = sources.iter().map(TokenSource::header);
        let cookies = (reads_strings || has_visitors).then_some(COOKIE);
        let site = reads_strings.then_some([SEC_FETCH_SITE, SEC_FETCH_MODE]);
        let mut names: Vec<HeaderName> = Vec::new();
        for name in tokens.chain([consent::SEC_GPC]).chain(cookies).chain(site.into_iter().flatten()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.into()
    }

    /// The lines of a request; `None` where there are none.
    pub(crate) fn of(headers: &HeaderMap, names: &[HeaderName]) -> Option<Self> {
        if !headers.keys().any(|name| names.contains(name)) {
            return None;
        }
        let mut few = [const { None }; 5];
        for (place, name) in names.iter().enumerate() {
            for value in headers.get_all(name) {
                match few.get_mut(place) {
                    Some(free @ None) => *free = Some(value.clone()),
                    _ => return Some(Self::Many(all(headers, names))),
                }
            }
        }
        Some(Self::Few(few))
    }

    /// The lines as headers. The names must be those by which they were kept.
    pub(crate) fn headers(&self, names: &[HeaderName]) -> HeaderMap {
        match self {
            Self::Few(values) => {
                names.iter().zip(values).filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect()
            }
            Self::Many(headers) => headers.clone(),
        }
    }
}

fn all(headers: &HeaderMap, names: &[HeaderName]) -> HeaderMap {
    let lines = headers.iter().filter(|(name, _)| names.contains(name));
    lines.map(|(name, value)| (name.clone(), value.clone())).collect()
}

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
            let carried = |all: &HeaderMap, names: &[HeaderName]| {
                Carried::of(all, names).map_or_else(HeaderMap::new, |carried| carried.headers(names))
            };
            let names = Carried::names_of(&sources, false, false);
            let before = carried(&all, &names);
            assert_eq!(before, all);
            all.append("accept", HeaderValue::from_static("*/*"));
            assert_eq!(carried(&all, &names), before, "nothing else is carried");
            let cookies = Carried::names_of(&[], false, true);
            assert_eq!(carried(&all, &cookies).contains_key("cookie"), all.contains_key("cookie"));
        }
    }
}
