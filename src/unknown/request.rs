//! What the wrapped service is asked when somebody unknown asks the same.

use std::{error, fmt, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
    uri::{Authority, PathAndQuery},
};

use super::{key::Key, names, query, unsent};
use crate::{
    consent::{self, SEC_GPC},
    cookies,
    lookup::is_read_as,
    policy::{Endpoint, Hidden},
    report::PERSONALIZATION,
    shaping::{
        Doubt, headers,
        json::{JsonShaper, Limits},
    },
};

/// A request as somebody unknown makes it, without its body's type.
///
/// It has these parts and no others: what else a request carries here, extensions above all, may say who asks.
pub(crate) struct Unknown {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) key: Key,
}

impl Unknown {
    /// The request without all that [`unsent`] and `request.hide` name.
    ///
    /// `told` is the stranger's own `Personalization` header. `Sec-GPC: 1` is sent where the request has it, whatever is
    /// hidden or named by `Connection`, and where `opts_out` says that the customer chose it. What `generic.send` names is
    /// put in last.
    ///
    /// # Errors
    ///
    /// Something that `hide` names stands where it cannot be taken out.
    pub(crate) fn of(
        endpoint: &Endpoint,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &Bytes,
        told: &HeaderValue,
        opts_out: bool,
    ) -> Result<Self, CannotHide> {
        let uri = address(endpoint, uri)?;
        let body = document(endpoint, headers, body)?;
        let mut sent = without_the_hidden(endpoint, headers);
        headers::ask_whole(&mut sent);
        headers::ask_without_conditions(&mut sent);
        sent.insert(PERSONALIZATION, told.clone());
        for (name, value) in &endpoint.generic_send {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                sent.insert(name, value.clone());
            }
        }
        if opts_out || consent::opts_out(headers) {
            sent.insert(SEC_GPC, HeaderValue::from_static("1"));
        }
        sent.remove(CONTENT_LENGTH);
        if !body.is_empty() {
            sent.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let headers = in_order(&sent);
        let key = Key::of(method, &uri, &headers, &body);
        Ok(Self { method: method.clone(), uri, headers, body, key })
    }
}

/// The URI without the parameters that are hidden, and without a name and password before the host (deprecated by RFC 9110
/// section 4.2.4, and the same as an `Authorization` where it is understood).
fn address(endpoint: &Endpoint, uri: &Uri) -> Result<Uri, CannotHide> {
    let names = names(endpoint, |hidden| match hidden {
        Hidden::Query(name) => Some(name),
        _ => None,
    });
    let mut parts = uri.clone().into_parts();
    if let Some((_, host)) = uri.authority().and_then(|authority| authority.as_str().rsplit_once('@')) {
        parts.authority = Some(Authority::try_from(host).map_err(|_| CannotHide::ADDRESS)?);
    }
    if let Some(query) = uri.query().filter(|_| !names.is_empty()) {
        let left = match query::without(query, &names) {
            Some(left) => PathAndQuery::try_from(format!("{}?{left}", uri.path())),
            None => PathAndQuery::try_from(uri.path()),
        };
        parts.path_and_query = Some(left.map_err(|_| CannotHide::ADDRESS)?);
    }
    Uri::from_parts(parts).map_err(|_| CannotHide::ADDRESS)
}

/// The body without the values that are hidden. Where one may stand under its name in another case, which the paths do not
/// meet, nothing can be taken out for sure.
fn document(endpoint: &Endpoint, headers: &HeaderMap, body: &Bytes) -> Result<Bytes, CannotHide> {
    let Some(plan) = endpoint.hide_in_body.as_ref().filter(|_| !body.is_empty()) else { return Ok(body.clone()) };
    let limits = Limits { item: endpoint.limits.request, ..endpoint.limits.json() };
    let mut shaper = JsonShaper::new(Arc::clone(plan), limits);
    let mut out = Vec::with_capacity(body.len());
    let shaped = shaper.write(body, &mut out).and_then(|()| shaper.end(&mut out));
    shaped.map_err(|doubt| CannotHide { kind: CannotHideKind::Body, doubt: Some(doubt) })?;
    let paths = endpoint.hide_in_request.iter().filter_map(|hidden| match hidden {
        Hidden::Json(path) => Some(path),
        _ => None,
    });
    if is_form(headers) || names::stands_in_another_case(body, paths) {
        return Err(CannotHide { kind: CannotHideKind::Body, doubt: None });
    }
    Ok(out.into())
}

/// Whether a body says that it is a form: in what is JSON, too, a reader of forms finds parameters.
fn is_form(headers: &HeaderMap) -> bool {
    let says = |line: &HeaderValue| {
        let line = line.as_bytes().to_ascii_lowercase();
        FORMS.iter().any(|form| memchr::memmem::find(&line, form).is_some())
    };
    headers.get_all(CONTENT_TYPE).iter().any(says)
}

const FORMS: [&[u8]; 2] = [b"application/x-www-form-urlencoded", b"multipart/"];

fn without_the_hidden(endpoint: &Endpoint, headers: &HeaderMap) -> HeaderMap {
    let of_connection = unsent::named_by_connection(headers);
    let hidden = |name: &HeaderName| {
        *name != SEC_GPC
            && endpoint
                .hide_in_request
                .iter()
                .any(|hidden| matches!(hidden, Hidden::Header(own) if is_read_as(name, own.as_str())))
    };
    let sent = |name: &HeaderName| !unsent::is_unsent(name) && !of_connection.contains(name) && !hidden(name);
    let mut left: HeaderMap =
        headers.iter().filter(|(name, _)| sent(name)).fold(HeaderMap::new(), |mut left, (name, value)| {
            left.append(name, value.clone());
            left
        });
    let cookies = names(endpoint, |hidden| match hidden {
        Hidden::Cookie(name) => Some(name),
        _ => None,
    });
    cookies::take_out(&mut left, &cookies);
    if endpoint.hide_in_body.is_some() {
        headers::forget_the_digests(&mut left);
    }
    left
}

fn names(endpoint: &Endpoint, one: impl Fn(&Hidden) -> Option<&String>) -> Vec<&str> {
    endpoint.hide_in_request.iter().filter_map(one).map(String::as_str).collect()
}

/// The same headers in an order that does not tell what stood between them.
fn in_order(headers: &HeaderMap) -> HeaderMap {
    let mut lines: Vec<(&HeaderName, &HeaderValue)> = headers.iter().collect();
    lines.sort_by_key(|(name, _)| name.as_str());
    let mut ordered = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in lines {
        ordered.append(name, value.clone());
    }
    ordered
}

/// Nothing of it but the method: the rest says what a person asked, and perhaps who.
impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unknown").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Something that `request.hide` names cannot be taken out. It carries nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CannotHide {
    kind: CannotHideKind,
    /// What is wrong with the body.
    doubt: Option<Doubt>,
}

/// In which part of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CannotHideKind {
    /// The address cannot be written without it.
    Address,
    /// The body is not the JSON document that the rules are for, or names in another case what they hide.
    Body,
}

impl CannotHide {
    const ADDRESS: Self = Self { kind: CannotHideKind::Address, doubt: None };

    /// In which part it stands.
    pub(crate) fn kind(&self) -> CannotHideKind {
        self.kind
    }
}

impl fmt::Display for CannotHide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind() {
            CannotHideKind::Address => "the address cannot be written without what `request.hide` names",
            CannotHideKind::Body => "the body is no JSON document that values can be taken out of for sure",
        })
    }
}

impl error::Error for CannotHide {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.doubt.as_ref().map(|doubt| doubt as _)
    }
}

#[cfg(test)]
mod tests;
