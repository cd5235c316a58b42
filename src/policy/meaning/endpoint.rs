//! An endpoint: which answers are shaped, and how.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

use super::items::Items;
use crate::{
    policy::written,
    report::Told,
    shaping::{
        class::DataClass,
        json::{self, JsonPlan},
        path::Path,
        plan::Plans,
    },
};

/// Answers that are shaped, and how.
///
/// In the file one of `[[endpoints]]`. See the example of [`Policy`](crate::policy::Policy), and for what happens to an answer that of
/// [`Plan`](crate::shaping::plan::Plan).
#[derive(Debug)]
#[non_exhaustive]
pub struct Endpoint {
    /// The endpoint's own name.
    pub name: String,
    /// The path patterns, as written.
    pub paths: Vec<String>,
    /// Whether decisions have an effect here.
    pub mode: Mode,
    /// The methods whose answers are shaped.
    pub methods: Methods,
    /// What takes the place of an answer that cannot be shaped.
    pub unreadable: Unreadable,
    /// The empty answer where that is JSON: one value.
    pub empty: Bytes,
    /// What one answer may take up.
    pub limits: Limits,
    /// What happens to the fields.
    pub plans: Plans,
    /// The items.
    pub items: Option<Items>,
    /// All that leaves below the highest stage beside what a field's step shows; everything without it.
    pub only: Option<Vec<Path>>,
    /// What the wrapped service is not told when nothing personal may be chosen.
    pub hide_in_request: Vec<Hidden>,
    /// What of that stands in JSON bodies, compiled; none where nothing does.
    pub(crate) hide_in_body: Option<Arc<JsonPlan>>,
    /// The headers that an answer loses while its plan hides anything.
    pub hide_in_response: Vec<HeaderName>,
    /// How long a generic answer is shared.
    pub generic_keep_for: Duration,
    /// The headers with which a generic answer is asked.
    pub generic_send: BTreeMap<String, HeaderValue>,
    /// Whether what came compressed is compressed again.
    pub encode_as_received: bool,
    /// Documents within strings.
    pub nested: Vec<(Path, Nested)>,
    /// Where the answer carries its own explanation, and whether each item does.
    pub explain: Option<(Path, bool)>,
    /// The classes of data that its rules are about.
    pub(in crate::policy) uses: Vec<DataClass>,
    /// What is told of its answers.
    pub(crate) told: Told,
    /// The field rules as the fingerprint counts them.
    pub(in crate::policy) spelled_fields: Value,
    /// The rules for HTML, likewise.
    pub(in crate::policy) spelled_html: Value,
}

impl Endpoint {
    /// The empty answer and its content type; in the place of a page, where pages are shaped here, one with nothing on it, for a
    /// browser would show JSON as a text.
    pub(crate) fn empty_answer(&self, instead_of_page: bool) -> (HeaderValue, Bytes) {
        if instead_of_page && self.plans.html().is_some() {
            return (HeaderValue::from_static("text/html; charset=utf-8"), Bytes::from_static(EMPTY_PAGE));
        }
        (HeaderValue::from_static("application/json"), self.empty.clone())
    }
}

/// A page with nothing on it.
const EMPTY_PAGE: &[u8] =
    b"<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title></title></head><body></body></html>";

/// The endpoint that a request belongs to, as far as its path tells.
///
/// See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Covered<'a> {
    /// The endpoint.
    pub endpoint: &'a Arc<Endpoint>,
    /// Whether no other endpoint would have the same effect on the request. Services understand such a path as
    /// `/a/..%2Fb` in different ways; where `/a` and `/b` belong to two endpoints, the plan of neither fits for sure.
    pub certain: bool,
}

/// Whether decisions have an effect.
///
/// In the file `mode`, of all or of an endpoint. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Answers are shaped.
    #[default]
    Enforce,
    /// Decisions are made, told and measured, and change nothing.
    Observe,
}

/// The methods whose answers are shaped.
///
/// In the file `methods` of an endpoint. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Methods {
    /// All.
    All,
    /// These. Others pass unshaped.
    Only(Vec<Method>),
}

/// What takes the place of an answer that cannot be shaped.
///
/// In the file `unreadable` of an endpoint. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreadable {
    /// The generic answer, then the empty one.
    Generic,
    /// The empty answer.
    Empty,
    /// Status 502.
    Refuse,
}

/// What one answer may take up, in bytes.
///
/// In the file `limits` of an endpoint. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// One item.
    pub item: usize,
    /// How deep values may be nested.
    pub depth: u32,
    /// What is held back before the first byte leaves.
    pub hold: usize,
    /// A request body from which something is hidden.
    pub request: usize,
    /// A generic answer that is kept.
    pub generic: usize,
}

/// Something of a request that the wrapped service is not told.
///
/// In the file one of `hide` in `[endpoints.request]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hidden {
    /// A header.
    Header(HeaderName),
    /// A cookie.
    Cookie(String),
    /// A query parameter.
    Query(String),
    /// A value in a JSON body.
    Json(Path),
}

/// What a string holds.
///
/// In the file one of `nested` of an endpoint. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nested {
    /// A JSON document.
    Json,
    /// An HTML document.
    Html,
}

impl<'a> Covered<'a> {
    pub(in crate::policy) fn by(endpoint: &'a Arc<Endpoint>) -> Self {
        Self { endpoint, certain: true }
    }

    /// With another reading of the path, which names this endpoint: whichever has an effect counts.
    pub(in crate::policy) fn or(self, other: &'a Arc<Endpoint>) -> Self {
        match (self.endpoint.mode, other.mode) {
            (_, _) if Arc::ptr_eq(self.endpoint, other) => self,
            (Mode::Enforce, Mode::Observe) => self,
            (Mode::Observe, Mode::Enforce) => Self::by(other),
            (_, _) => Self { certain: false, ..self },
        }
    }
}

impl Limits {
    /// Those that hold for the shaper.
    pub(crate) fn json(&self) -> json::Limits {
        json::Limits { item: self.item, depth: usize::try_from(self.depth).unwrap_or(usize::MAX) }
    }
}

impl Methods {
    /// Whether answers to a method are shaped. With GET, HEAD is: its headers are those of the answer to GET (RFC 9110
    /// section 9.3.2), length and ETag among them. Some services do not mind the case of a method, against section 9.1.
    pub fn shapes(&self, method: &Method) -> bool {
        let is = |of: &Method| is_like(of, method);
        match self {
            Self::All => true,
            Self::Only(list) => list.iter().any(is) || (is(&Method::HEAD) && list.contains(&Method::GET)),
        }
    }

    /// Whether a request of this method changes nothing at the service, or one of those that it names beside it does not.
    pub(crate) fn may_only_read(&self, method: &Method, named: &[Method]) -> bool {
        let is_read = |method: &Method| {
            self.may_ask_twice(method) || SAFE.iter().any(|safe| method.as_str().eq_ignore_ascii_case(safe))
        };
        is_read(method) || named.iter().any(is_read)
    }

    /// Whether a method is asked as somebody unknown, too: GET, HEAD, and what is named.
    pub fn may_ask_twice(&self, method: &Method) -> bool {
        [Method::GET, Method::HEAD].contains(method) || matches!(self, Self::Only(list) if list.contains(method))
    }
}

/// The safe methods whose answers are content of the service's own (RFC 9110 section 9.2.1, and its registry).
const SAFE: [&str; 6] = ["GET", "HEAD", "PROPFIND", "QUERY", "REPORT", "SEARCH"];

fn is_like(method: &Method, other: &Method) -> bool {
    method.as_str().eq_ignore_ascii_case(other.as_str())
}

impl From<written::Mode> for Mode {
    fn from(mode: written::Mode) -> Self {
        match mode {
            written::Mode::Enforce => Self::Enforce,
            written::Mode::Observe => Self::Observe,
        }
    }
}
