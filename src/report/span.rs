//! The span of a request, in the words of OpenTelemetry's semantic conventions for HTTP servers.
//!
//! It has no path and no query, which the conventions would have: ids stand in them. What a client can choose is in none of its
//! fields, and nothing says who asks.

use http::{Method, StatusCode, Version};
use tracing::{Level, Span, field::Empty};

/// A span for a request to a route, which is asked for only where somebody listens.
pub(crate) fn span(method: &Method, version: Version, route: impl FnOnce() -> Option<String>) -> Span {
    if !tracing::span_enabled!(target: TARGET, Level::DEBUG) {
        return Span::none();
    }
    let (method, route) = (known(method), route());
    // What is no method of HTTP is no part of a name.
    let first = if method == OTHER { "HTTP" } else { method };
    let name = route.as_ref().map_or_else(|| first.to_owned(), |route| format!("{first} {route}"));
    tracing::debug_span!(
        target: TARGET,
        "request",
        otel.name = name,
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        network.protocol.version = number(version),
        http.response.status_code = Empty,
        otel.status_code = Empty,
        "error.type" = Empty,
    )
}

/// The head of the answer is there; `None` where the service gave none.
pub(crate) fn answered(span: &Span, status: Option<StatusCode>) {
    if span.is_disabled() {
        return;
    }
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    if status.is_none_or(|status| status.is_server_error()) {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", status.as_ref().map_or(OTHER, StatusCode::as_str));
    }
}

/// The methods that the conventions know (RFC 9110, RFC 5789, and QUERY).
fn known(method: &Method) -> &'static str {
    const METHODS: [&str; 10] =
        ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}

fn number(version: Version) -> Option<&'static str> {
    Some(match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_11 => "1.1",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => return None,
    })
}

const OTHER: &str = "_OTHER";

/// For filters: `RUST_LOG=info,tower_rapport::http=debug`.
const TARGET: &str = "tower_rapport::http";
