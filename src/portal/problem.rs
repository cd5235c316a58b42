//! What keeps a request from being done, as a problem detail (RFC 9457).

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{terms::Terms, words::Words};

/// What keeps a request from being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Nobody is named.
    Unknown,
    /// A token that proves nothing.
    BadToken,
    /// Made by another site's page.
    Foreign,
    /// No such route.
    Nowhere,
    /// The route knows no such method.
    Method(&'static str),
    /// A body in another format.
    Media,
    /// A body that is too long.
    TooLong,
    /// A body that does not end.
    TooSlow,
    /// A body that does not say what it should.
    Malformed(&'static str),
    /// No such stage.
    NoStage,
    /// No such purpose.
    NoPurpose,
    /// No date, no instant.
    NoDate,
    /// A date that is over.
    Past,
    /// Neither agreed nor refused.
    NoChoice,
    /// Changed elsewhere at the same moment.
    Conflict,
    /// The store did not answer; nothing is changed.
    Unavailable,
    /// The store has more to do than it may keep waiting; nothing is changed.
    Busy,
    /// In force on this node, and not known to be stored.
    Unsaved,
}

impl Problem {
    /// The status that says it.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Unknown | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::Foreign => StatusCode::FORBIDDEN,
            Self::Nowhere => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Media => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NoStage | Self::NoPurpose | Self::NoDate | Self::Past | Self::NoChoice => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Conflict => StatusCode::CONFLICT,
            Self::Unavailable | Self::Busy | Self::Unsaved => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The word for it, for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unknown => "no_identity",
            Self::BadToken => "bad_token",
            Self::Foreign => "cross_site",
            Self::Nowhere => "no_such_route",
            Self::Method(_) => "method_not_allowed",
            Self::Media => "unsupported_media_type",
            Self::TooLong => "too_long",
            Self::TooSlow => "too_slow",
            Self::Malformed(_) => "malformed",
            Self::NoStage => "no_such_stage",
            Self::NoPurpose => "no_such_purpose",
            Self::NoDate => "no_date",
            Self::Past => "date_is_over",
            Self::NoChoice => "no_choice",
            Self::Conflict => "changed_meanwhile",
            Self::Unavailable => "store_unavailable",
            Self::Busy => "store_busy",
            Self::Unsaved => "not_yet_durable",
        }
    }

    /// What is wrong and what to do, in words.
    pub(crate) fn says(self, terms: &Terms, words: &Words) -> String {
        let texts = &words.texts.problem;
        match self {
            Self::Unknown => texts.unknown.to_string(),
            Self::BadToken => texts.bad_token.to_string(),
            Self::Foreign => texts.foreign.to_string(),
            Self::Nowhere => texts.nowhere.with(&[("path", &format!("{}/me", terms.path))]),
            Self::Method(allowed) => texts.method.with(&[("methods", allowed)]),
            Self::Media => texts.media.to_string(),
            Self::TooLong => texts.too_long.count(LONGEST_BODY as u64, &[]),
            Self::TooSlow => texts.too_slow.to_string(),
            Self::Malformed(member) => texts.malformed.with(&[("member", member)]),
            Self::NoStage => texts.no_stage.with(&[("stages", &words.list(ticked(stages(terms))))]),
            Self::NoPurpose => texts.no_purpose.with(&[("purposes", &words.list(ticked(purposes(terms))))]),
            Self::NoDate => texts.no_date.to_string(),
            Self::Past => texts.past.to_string(),
            Self::NoChoice => texts.no_choice.to_string(),
            Self::Conflict => texts.conflict.to_string(),
            Self::Unavailable => texts.unavailable.to_string(),
            Self::Busy => texts.busy.to_string(),
            Self::Unsaved => texts.unsaved.to_string(),
        }
    }

    /// The problem detail. Its type is `about:blank`, so that its title is the status' own; `code` tells problems of one
    /// status apart.
    pub(crate) fn json(self, terms: &Terms, words: &Words) -> Map<String, Value> {
        let status = self.status();
        let mut detail = Map::new();
        detail.insert("title".into(), json!(status.canonical_reason()));
        detail.insert("status".into(), json!(status.as_u16()));
        detail.insert("code".into(), json!(self.code()));
        detail.insert("detail".into(), json!(self.says(terms, words)));
        match self {
            Self::NoStage => drop(detail.insert("stages".into(), stages(terms).collect())),
            Self::NoPurpose => drop(detail.insert("purposes".into(), purposes(terms).collect())),
            Self::Unsaved => {
                detail.insert("in_force".into(), json!(true));
                detail.insert("durable".into(), json!(false));
            }
            _ => {}
        }
        detail
    }

    /// After how many seconds it may be worth to try again.
    pub(crate) fn retry_after(self) -> Option<&'static str> {
        (self.status() == StatusCode::SERVICE_UNAVAILABLE).then_some("3")
    }
}

fn stages(terms: &Terms) -> impl Iterator<Item = &str> {
    terms.rules.ladder.rungs().iter().map(|rung| rung.name.as_str())
}

fn purposes(terms: &Terms) -> impl Iterator<Item = &str> {
    terms.rules.purposes.iter().map(|purpose| purpose.name.as_str())
}

fn ticked<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = String> {
    names.map(|name| format!("`{name}`"))
}

/// The longest body, in bytes: room for a choice and much more.
pub(crate) const LONGEST_BODY: usize = 4096;
