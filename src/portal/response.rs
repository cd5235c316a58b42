//! The head around an answer of the portal, and in which form it comes.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_LOCATION, CONTENT_SECURITY_POLICY,
        CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    },
};
use http_body_util::Full;
use serde::Serialize;

use super::{
    done, export, me::Me, negotiation, page, problem::Problem, seen::Seen, statement, terms::Terms, words::Words,
};
use crate::identity::Pseudonym;

/// An answer of the portal.
pub(crate) type Reply = Response<Full<Bytes>>;

/// In which form and language a client wants an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner<'a> {
    terms: &'a Terms,
    words: &'a Words,
    page: bool,
}

impl<'a> Manner<'a> {
    /// What the headers of a request prefer.
    pub(crate) fn of(headers: &HeaderMap, terms: &'a Terms) -> Self {
        Self { terms, words: terms.languages.of(headers), page: negotiation::prefers_a_page(headers) }
    }

    /// What is said of a relationship; on a page, after an act that a word names.
    pub(crate) fn me(self, seen: &Seen<'_>, word: Option<&str>) -> Reply {
        let mut me = Me::of(seen, self.words);
        let notice = word.and_then(|word| done::done(word, seen, &me, self.words));
        let mut reply = if self.page {
            self.html(StatusCode::OK, page::me(seen, &me, self.words, notice, None))
        } else {
            me.done = notice.map(|notice| notice.says);
            self.json(StatusCode::OK, "application/json", &me)
        };
        insert(&mut reply, CONTENT_LOCATION, &format!("{}/me", self.terms.path));
        reply
    }

    /// All that is kept, as a file.
    pub(crate) fn export(self, seen: &Seen<'_>, customer: Pseudonym) -> Reply {
        let receipt = export::export(seen, customer, self.words);
        let text = serde_json::to_vec_pretty(&receipt).unwrap_or_default();
        let mut reply = self.answer(StatusCode::OK, "application/ld+json", text.into());
        insert(&mut reply, CONTENT_DISPOSITION, "attachment; filename=\"rapport.jsonld\"");
        reply
    }

    /// How it all works; on a page, with the switch to no profile.
    pub(crate) fn policy(self, profile: page::Profile) -> Reply {
        if self.page {
            return self.html(StatusCode::OK, page::policy(self.terms, self.words, profile));
        }
        self.json(StatusCode::OK, "application/json", &statement::statement(self.terms, self.words))
    }

    /// That Global Privacy Control is honoured, where it is.
    pub(crate) fn gpc(self) -> Reply {
        match statement::gpc(self.terms) {
            Some(statement) => self.json(StatusCode::OK, "application/json", &statement),
            None => self.problem(Problem::Nowhere),
        }
    }

    /// What could not be done.
    pub(crate) fn problem(self, problem: Problem) -> Reply {
        let mut reply = if self.page {
            self.html(problem.status(), page::problem(problem, self.terms, self.words))
        } else {
            let detail = problem.json(self.terms, self.words);
            self.json(problem.status(), "application/problem+json", &detail)
        };
        match problem {
            // RFC 6750 section 3.1: no error where nothing was tried.
            Problem::Unknown => insert(&mut reply, WWW_AUTHENTICATE, "Bearer"),
            Problem::BadToken => insert(&mut reply, WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""),
            Problem::Method(allowed) => insert(&mut reply, ALLOW, allowed),
            problem => {
                if let Some(seconds) = problem.retry_after() {
                    insert(&mut reply, RETRY_AFTER, seconds);
                }
            }
        }
        reply
    }

    /// What is in force, where it could not be stored; the page shows both.
    pub(crate) fn unsaved(self, seen: &Seen<'_>) -> Reply {
        let mut reply = self.problem(Problem::Unsaved);
        if self.page {
            let me = Me::of(seen, self.words);
            let says = Problem::Unsaved.says(self.terms, self.words);
            *reply.body_mut() = Full::from(page::me(seen, &me, self.words, None, Some(says)));
        }
        reply
    }

    /// The page after a form: `word` names what was done.
    pub(crate) fn done(self, word: &str) -> Reply {
        let mut reply = self.answer(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
        reply.headers_mut().remove(CONTENT_TYPE);
        // The word is a name of the policy's, or one of three.
        insert(&mut reply, LOCATION, &format!("{}/me?done={word}#done", self.terms.path));
        reply
    }

    fn html(self, status: StatusCode, text: String) -> Reply {
        let mut reply = self.answer(status, "text/html; charset=utf-8", text.into());
        insert(&mut reply, CONTENT_SECURITY_POLICY, PAGE_POLICY);
        reply
    }

    fn json(self, status: StatusCode, media: &'static str, value: &impl Serialize) -> Reply {
        self.answer(status, media, serde_json::to_vec(value).unwrap_or_default().into())
    }

    fn answer(self, status: StatusCode, media: &'static str, bytes: Bytes) -> Reply {
        let mut reply = bare(status, media, bytes);
        insert(&mut reply, CONTENT_LANGUAGE, &self.words.tag);
        insert(&mut reply, VARY, "accept, accept-language, authorization, cookie");
        insert(&mut reply, CACHE_CONTROL, "no-store");
        reply
    }
}

/// How the pages look. Its address changes with it.
pub(crate) fn style() -> Reply {
    let mut reply = bare(StatusCode::OK, "text/css; charset=utf-8", Bytes::from_static(page::STYLE.as_bytes()));
    insert(&mut reply, CACHE_CONTROL, "public, max-age=31536000, immutable");
    reply
}

/// What a resource knows to do.
pub(crate) fn options(allowed: &'static str) -> Reply {
    let mut reply = nothing(StatusCode::NO_CONTENT);
    insert(&mut reply, ALLOW, allowed);
    reply
}

/// Another address.
pub(crate) fn moved_to(address: &str) -> Reply {
    let mut reply = nothing(StatusCode::PERMANENT_REDIRECT);
    insert(&mut reply, LOCATION, address);
    reply
}

/// A status alone.
fn nothing(status: StatusCode) -> Reply {
    let mut reply = bare(status, "text/plain", Bytes::new());
    reply.headers_mut().remove(CONTENT_TYPE);
    insert(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

fn bare(status: StatusCode, media: &'static str, bytes: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(bytes));
    *reply.status_mut() = status;
    insert(&mut reply, CONTENT_TYPE, media);
    insert(&mut reply, X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(&mut reply, CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    // `no-referrer` would make the browser send `Origin: null` with the forms (Fetch, "append a request Origin header").
    insert(&mut reply, REFERRER_POLICY, "same-origin");
    insert(&mut reply, CROSS_ORIGIN_RESOURCE_POLICY, "same-origin");
    reply
}

fn insert(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// No script, no inline style, nothing from elsewhere, and in nobody's frame.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                           frame-ancestors 'none'";

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
