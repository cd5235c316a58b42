//! What the client of one request says of the form of its answer, and not of whose it is.

use http::{
    HeaderMap, HeaderValue, Method,
    header::{IF_MODIFIED_SINCE, IF_NONE_MATCH},
};

use crate::{
    lookup::{has, lines},
    shaping::encoding::Accepted,
};

/// The form that an answer should have.
pub(crate) struct Wishes {
    /// Whether it is GET that is asked for: the tags of bodies are told to no other method.
    pub(crate) is_get: bool,
    /// The lines that name the bodies which the client has already; none but with GET.
    pub(crate) has_already: Vec<HeaderValue>,
    /// Whether the client keeps a body, and may take a 304 for leave to use it.
    pub(crate) is_conditional: bool,
    /// The codings that it takes.
    pub(crate) accepts: Accepted,
}

impl Wishes {
    /// Reads the headers of a request. Where they wish nothing, this takes no memory.
    pub(crate) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let is_get = method == Method::GET;
        let has_already = if is_get { lines(headers, &IF_NONE_MATCH).cloned().collect() } else { Vec::new() };
        let is_conditional = has(headers, &IF_NONE_MATCH) || has(headers, &IF_MODIFIED_SINCE);
        Self { is_get, has_already, is_conditional, accepts: Accepted::of(headers) }
    }
}
