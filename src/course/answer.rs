//! What becomes of the head of an answer, and what is to become of its body.

use http::{
    HeaderName, HeaderValue, Method, StatusCode,
    header::{CONTENT_ENCODING, SET_COOKIE},
    response,
};

use super::{AskedAs, Course, Fate, Inside, Kind};
use crate::{
    policy::Mode,
    report,
    shaping::{
        caching,
        encoding::{self, Coding, Encoder},
        headers,
    },
    unknown::forget_for_whom,
    validation,
};

impl Course {
    /// Puts the decision into the answer's head, and says what happens to its body.
    pub(crate) fn answer(&self, answer: &mut response::Parts, asked_as: AskedAs, is_empty: bool) -> Fate {
        let Kind::Inside(inside) = &self.kind else { return Fate::Pass };
        let may_change = !caching::forbids_change(&answer.headers);
        if asked_as == AskedAs::Unknown && inside.endpoint.mode == Mode::Enforce {
            forget_for_whom(&mut answer.headers);
        }
        self.dress(answer);
        if inside.endpoint.mode == Mode::Observe {
            return Fate::Pass;
        }
        let is_whole = inside.is_of_a_whole_answer(answer.status, &self.method);
        if is_whole && inside.lets_pass(asked_as) {
            let is_known = validation::rename_tag(answer, &self.setting.tags, &inside.wishes);
            return if is_known { Fate::Nothing } else { Fate::Pass };
        }
        for name in &inside.endpoint.hide_in_response {
            answer.headers.remove(name);
        }
        headers::forget_announced(&mut answer.headers, &inside.endpoint.hide_in_response);
        let (media, is_encoded) = (self.media(&answer.headers, asked_as), encoding::is_encoded(&answer.headers));
        headers::forget_the_bytes(&mut answer.headers);
        if !is_whole {
            answer.status = StatusCode::OK;
        }
        match media {
            _ if self.is_head() || has_no_body(answer.status) => return Fate::Nothing,
            _ if !is_whole => self.doubt("not_whole"),
            _ if is_empty => return Fate::Pass,
            _ if !inside.certain => self.doubt("path"),
            // Nobody may change it, so nothing of it may leave. What anybody sees is not hidden but only put in order.
            _ if !may_change && asked_as == AskedAs::Customer => self.doubt("no_transform"),
            _ if is_encoded => self.doubt("encoding"),
            Some(media) => return Fate::Shape(media),
            None if answer.status.is_success() => self.doubt("content_type"),
            None => self.doubt("status"),
        }
        Fate::Unreadable
    }

    /// What puts a coding on again that was taken off, where the endpoint says so and the client takes it.
    pub(crate) fn put_on_again(&self, answer: &mut response::Parts, coding: Option<Coding>) -> Option<Encoder> {
        let Kind::Inside(Inside { endpoint, wishes, .. }) = &self.kind else { return None };
        if !endpoint.encode_as_received {
            return None;
        }
        caching::vary(&mut answer.headers, &HeaderValue::from_static("accept-encoding"));
        let coding = coding.filter(|coding| wishes.accepts.contains(*coding))?;
        let encoder = Encoder::new(coding)?;
        answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        Some(encoder)
    }

    /// Puts the decision into the head of an answer.
    pub(crate) fn dress(&self, answer: &mut response::Parts) {
        let Kind::Inside(inside) = &self.kind else { return };
        answer.extensions.insert(inside.decision.clone());
        let Some(told) = &inside.told else { return };
        if self.setting.policy.report().header {
            answer.headers.insert(report::PERSONALIZATION, told.clone());
            headers::expose(&mut answer.headers, &report::PERSONALIZATION);
        } else {
            answer.headers.remove(report::PERSONALIZATION);
        }
        caching::vary(&mut answer.headers, &self.setting.varies);
        if inside.explanation.is_some() {
            caching::vary(&mut answer.headers, &HeaderValue::from_static("accept-language"));
        }
        if let Some(applied) = inside.asked.preference_applied(&self.setting.policy) {
            answer.headers.append(PREFERENCE_APPLIED, applied);
        }
        let cookie = self.visitor_cookie(inside);
        if inside.asked.carries_identity || cookie.is_some() {
            caching::keep_private(&mut answer.headers);
        }
        if let Some(cookie) = cookie {
            answer.headers.append(SET_COOKIE, cookie);
        }
    }

    /// What the client's visitor cookie is to be, if another one.
    fn visitor_cookie(&self, inside: &Inside) -> Option<HeaderValue> {
        let visitor = inside.asked.visitor.visitor();
        let visitors = visitor.and_then(|visitor| self.setting.relationships.peek(visitor.pseudonym).flatten());
        inside.asked.cookie(&self.setting.policy, &inside.decision, visitors.as_deref())
    }
}

impl Inside {
    /// Whether a status belongs to an answer as it was asked for: no part of one (206), no leave to use a body that the client
    /// has, which may be of another stage (304), no other protocol or any other word before the answer (1xx).
    fn is_of_a_whole_answer(&self, status: StatusCode, method: &Method) -> bool {
        let revives = status == StatusCode::NOT_MODIFIED && self.wishes.is_conditional && self.only_reads(method);
        !(revives || status == StatusCode::PARTIAL_CONTENT || status.is_informational())
    }
}

/// Answers whose head is all there is (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}

/// RFC 7240 section 3.
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
