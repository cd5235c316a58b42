//! What the demo does to a request and an answer on their way, in the place of a browser and of a site of one's own.

use axum::{body::Body, response::Response};
use http::{
    HeaderValue, Request,
    header::{CONTENT_SECURITY_POLICY, COOKIE},
};

/// A page cannot send `Sec-GPC`, only a browser with the setting on can. The demo's switch asks for it by a cookie, so that
/// it holds for the customer's own page, too; nobody behind this door sees that cookie.
pub(crate) fn signalled(mut request: Request<Body>) -> Request<Body> {
    let cookies = request.headers().get(COOKIE).and_then(|line| line.to_str().ok()).unwrap_or_default();
    let (switch, others): (Vec<_>, Vec<_>) = cookies.split("; ").partition(|pair| *pair == SWITCH);
    let others = HeaderValue::try_from(others.join("; "));
    if !switch.is_empty()
        && let Ok(others) = others
    {
        request.headers_mut().insert(COOKIE, others);
        request.headers_mut().insert("sec-gpc", HeaderValue::from_static("1"));
    }
    request
}

/// The layer's portal stands in nobody's frame. The demo shows it in its own page, so it says so for this one site.
pub(crate) fn framed_here(mut response: Response) -> Response {
    let rules = response.headers().get(CONTENT_SECURITY_POLICY).and_then(|line| line.to_str().ok());
    let opened = rules.map(|rules| rules.replace("frame-ancestors 'none'", "frame-ancestors 'self'"));
    if let Some(Ok(opened)) = opened.map(HeaderValue::try_from) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, opened);
    }
    response
}

const SWITCH: &str = "demo-gpc=1";
