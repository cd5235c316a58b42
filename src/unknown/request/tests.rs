//! What is sent when somebody unknown asks, and what never is.

mod any_request;
mod bodies;
mod headers;
mod hidden;
mod keys;

use super::*;
use crate::policy::Policy;

const TOLD: HeaderValue = HeaderValue::from_static("stage=new;level=0;of=4");

/// An endpoint with more in its own table, as TOML.
fn endpoint(more: &str) -> Arc<Endpoint> {
    let text = format!(
        r#"
        identity = {{ issuer = "i", audience = "a", pseudonym_secret = {{ env = "A" }}, keys = [{{ alg = "HS256", secret = {{ env = "B" }} }}] }}
        store = {{ memory = {{}} }}
        [[endpoints]]
        name = "recommendations"
        path = "/recommendations"
        {more}
        "#
    );
    let policy = Policy::from_toml("rapport.toml", &text, |name| Some(format!("{name} {}", "x".repeat(32)))).unwrap();
    Arc::clone(&policy.endpoints()[0])
}

fn hiding(hide: &[&str]) -> Arc<Endpoint> {
    endpoint(&format!("request = {{ hide = {hide:?} }}"))
}

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

/// A request: method, URI, headers, body.
#[derive(Clone, Debug)]
struct Asked(&'static str, String, HeaderMap, String);

impl Asked {
    fn get(uri: &str, lines: &[(&'static str, &'static str)]) -> Self {
        Self("GET", uri.into(), headers(lines), String::new())
    }

    fn post(body: &str) -> Self {
        Self("POST", "/recommendations".into(), HeaderMap::new(), body.into())
    }

    fn unknown(&self, endpoint: &Endpoint) -> Result<Unknown, CannotHide> {
        let (method, uri) = (self.0.parse().unwrap(), self.1.parse().unwrap());
        Unknown::of(endpoint, &method, &uri, &self.2, &Bytes::from(self.3.clone()), &TOLD, false)
    }
}

/// What is always sent.
fn with_the_usual(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut all = headers(lines);
    all.insert("accept-encoding", HeaderValue::from_static("identity"));
    all.insert(PERSONALIZATION, TOLD);
    all
}
