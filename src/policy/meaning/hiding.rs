//! Reads what an endpoint hides: of a request from the wrapped service, and of an answer's head from whoever asks.

use std::sync::Arc;

use http::{HeaderName, header};

use super::{caps, consent::token, endpoint::Hidden, identity::IdentitySettings, names::list};
use crate::{
    consent::SEC_GPC,
    identity::TokenSource,
    policy::{diagnostics::Findings, keys::Key, written},
    shaping::{json::JsonPlan, path::Path, treatment::Treatment},
};

/// What the wrapped service is not told; tokens and the cookie of visitors are always among it.
pub(super) fn hidden(
    key: &Key<written::RequestRule>,
    identities: Option<&IdentitySettings>,
    findings: &Findings<'_>,
) -> Option<Vec<Hidden>> {
    let mut hidden = match key.get().map(|table| &table.hide) {
        Some(hide) if hide.is_written() => list(hide, |key| one_hidden(key, findings))?,
        _ => vec![Hidden::Header(header::AUTHORIZATION), Hidden::Header(header::COOKIE)],
    };
    let tokens = identities.into_iter().flat_map(|identity| &identity.sources).map(|token| match token {
        TokenSource::Header(name) => Hidden::Header(name.clone()),
        TokenSource::Cookie(name) => Hidden::Cookie(name.clone()),
    });
    let visitors = identities.and_then(|identity| identity.visitors.as_ref());
    let cookie = visitors.map(|visitors| Hidden::Cookie(visitors.cookie().to_owned()));
    for identity in tokens.chain(cookie) {
        if !hidden.contains(&identity) {
            hidden.push(identity);
        }
    }
    Some(hidden)
}

fn one_hidden(key: &Key<String>, findings: &Findings<'_>) -> Option<Hidden> {
    let (written, place) = key.here()?;
    match written.split_once(':') {
        Some(("header" | "cookie" | "query", name)) if is_pattern(name, key, findings) => None,
        Some(("header", name)) => {
            let name = caps::header(name, &place, findings)?;
            if name == SEC_GPC {
                findings.warn(&place, "`sec-gpc` is never hidden: it says what the customer refuses", "leave it out");
            }
            Some(Hidden::Header(name))
        }
        Some(("cookie", name)) => token(name, &place, findings).map(Hidden::Cookie),
        Some(("query", name)) => token(name, &place, findings).map(Hidden::Query),
        Some(("json", path)) => match Path::parse(path) {
            Ok(path) => Some(Hidden::Json(path)),
            Err(error) => {
                findings.error(&place, format!("`{path}`: {error}"), "");
                None
            }
        },
        _ => {
            let remedy = match written.split_once(':') {
                Some(("path", _)) => {
                    "what stands in a path cannot be hidden; let the service read it from a header or the query"
                }
                _ => "write `header:NAME`, `cookie:NAME`, `query:NAME` or `json:PATH`",
            };
            findings.error(&place, format!("`{written}`: no part of a request"), remedy);
            None
        }
    }
}

/// What an answer's head loses.
pub(super) fn hidden_headers(key: &Key<written::ResponseRule>, findings: &Findings<'_>) -> Option<Vec<HeaderName>> {
    let Some(table) = key.get() else { return Some(Vec::new()) };
    list(&table.hide, |key| {
        let (written, place) = key.here()?;
        let Some(name) = written.strip_prefix("header:") else {
            let message = format!("`{written}`: no part of an answer's head");
            findings.error(&place, message, "write `header:NAME`");
            return None;
        };
        if is_pattern(name, key, findings) { None } else { caps::header(name, &place, findings) }
    })
}

/// Whether a name looks like one for many, which is noted then: it would hide the one that is called so, and no other.
fn is_pattern(name: &str, key: &Key<String>, findings: &Findings<'_>) -> bool {
    let is_pattern = name.contains('*');
    if is_pattern {
        let cookies = key.get().is_some_and(|written| written.starts_with("cookie:"));
        let remedy = match cookies {
            true => "write each name, or `header:cookie` for all cookies",
            false => "write each name",
        };
        findings.error(&key.place(), format!("`{name}`: no name; `*` stands for nothing here"), remedy);
    }
    is_pattern
}

/// The plan that takes what is hidden out of JSON bodies.
pub(super) fn hidden_in_body(hidden: &[Hidden]) -> Option<Arc<JsonPlan>> {
    let paths = hidden.iter().filter_map(|one| match one {
        Hidden::Json(path) => Some((path.clone(), Treatment::Remove)),
        _ => None,
    });
    let rules: Vec<_> = paths.collect();
    (!rules.is_empty()).then(|| Arc::new(JsonPlan::new(rules, None)))
}
