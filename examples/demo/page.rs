//! The page and its parts, compiled in.

use axum::{Router, response::IntoResponse, routing::get};
use http::header;

/// `GET /` and what it needs.
pub(crate) fn router() -> Router {
    [
        ("/", "text/html; charset=utf-8", include_str!("page/page.html")),
        ("/page/page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
        ("/page/main.js", SCRIPT, include_str!("page/main.js")),
        ("/page/difference.js", SCRIPT, include_str!("page/difference.js")),
        ("/page/mix.js", SCRIPT, include_str!("page/mix.js")),
        ("/page/climb.js", SCRIPT, include_str!("page/climb.js")),
        ("/page/panes.js", SCRIPT, include_str!("page/panes.js")),
        ("/page/own.js", SCRIPT, include_str!("page/own.js")),
        ("/page/three.js", SCRIPT, include_str!("page/three.js")),
        ("/page/ladder.js", SCRIPT, include_str!("page/ladder.js")),
        ("/page/policy.js", SCRIPT, include_str!("page/policy.js")),
        ("/page/shop.js", SCRIPT, include_str!("page/shop.js")),
    ]
    .into_iter()
    .fold(Router::new(), |router, (path, kind, text)| {
        let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, SELF_ONLY)];
        router.route(path, get(move || async move { (headers, text).into_response() }))
    })
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
/// Nothing comes from elsewhere, and nothing goes there.
const SELF_ONLY: &str = "default-src 'self'; img-src 'self' data:";
