//! What becomes of the head of an answer, and what is to become of its body.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONTENT_ENCODING, SET_COOKIE},
    response,
};

use super::{AskedAs, Course, Inside, Shaping};
use crate::{
    portal::item_explanation,
    report,
    shaping::{
        Doubt, caching,
        encoding::{self, Coding, Decoder, Encoder},
        explanation::Explanation,
        headers,
        items::{Choice, Explanations},
        media::Media,
        shaper::Shaper,
    },
    unknown::forget_for_whom,
    validation,
};

/// What happens to the body of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It leaves as it is.
    Pass,
    /// There can be none.
    Nothing,
    /// It is shaped, as one of these.
    Shape(Media),
    /// It cannot be shaped.
    Unreadable,
}

impl Course {
    /// Puts the decision into the answer's head, and says what happens to its body.
    pub(crate) fn answer(&self, answer: &mut response::Parts, asked_as: AskedAs, is_empty: bool) -> Fate {
        let Some(inside) = self.inside() else { return Fate::Pass };
        let may_change = !caching::forbids_change(&answer.headers);
        if asked_as == AskedAs::Unknown && !inside.is_observed() {
            forget_for_whom(&mut answer.headers);
        }
        if inside.is_observed() {
            self.dress(answer);
            return Fate::Pass;
        }
        let is_whole = inside.is_of_a_whole_answer(answer.status);
        if is_whole && inside.lets_pass(asked_as) {
            self.dress(answer);
            let is_known = validation::rename_tag(answer, &self.setting.tags, &inside.wishes);
            return if is_known { Fate::Nothing } else { Fate::Pass };
        }
        let (media, is_encoded) = (self.media(&answer.headers, asked_as), encoding::is_encoded(&answer.headers));
        for name in &inside.endpoint.hide_in_response {
            answer.headers.remove(name);
        }
        let is_hidden = |name: &str| inside.endpoint.hide_in_response.iter().any(|hidden| hidden == name);
        headers::forget_announced(&mut answer.headers, is_hidden);
        headers::forget_the_bytes(&mut answer.headers);
        // Only what the service says is hidden.
        self.dress(answer);
        if !is_whole {
            answer.status = StatusCode::OK;
        }
        match media {
            _ if self.is_head() || has_no_body(answer.status) => return Fate::Nothing,
            _ if !is_whole => self.doubt("not_whole"),
            _ if is_empty => return Fate::Pass,
            // What anybody sees is not hidden but only put in order.
            _ => {
                let may_change = may_change || asked_as == AskedAs::Unknown;
                return inside
                    .judge(answer.status, media, may_change, is_encoded)
                    .map_or(Fate::Unreadable, Fate::Shape);
            }
        }
        Fate::Unreadable
    }

    /// What an answer that leaves as it came is read as on the side, and what takes off its codings; `None` where it is not
    /// looked at: where decisions have an effect, where this one would change nothing, where the answer is not in the sample,
    /// and where it could not be shaped.
    pub(crate) fn observe(&self, answer: &response::Parts, is_empty: bool) -> Option<(Media, Option<Decoder>)> {
        let inside = self.inside()?;
        let is_looked_at = inside.is_observed()
            && !inside.lets_pass(AskedAs::Customer)
            && !(is_empty || self.is_head() || has_no_body(answer.status))
            // The service would have been asked for the whole.
            && inside.is_of_a_whole_answer(answer.status)
            && self.setting.sample.takes();
        if !is_looked_at {
            return None;
        }
        inside.endpoint.told.observed();
        let decoder = Decoder::new(&encoding::codings(&answer.headers).unwrap_or_default());
        let is_encoded = decoder.is_none() && encoding::is_encoded(&answer.headers);
        let media = self.media(&answer.headers, AskedAs::Customer);
        let may_change = !caching::forbids_change(&answer.headers);
        Some((inside.judge(answer.status, media, may_change, is_encoded)?, decoder))
    }

    /// What puts a coding on again that was taken off, where the endpoint says so and the client takes it.
    pub(crate) fn put_on_again(&self, answer: &mut response::Parts, coding: Option<Coding>) -> Option<Encoder> {
        let inside = self.inside()?;
        let Inside { endpoint, wishes, .. } = inside;
        if !endpoint.encode_as_received {
            if coding.is_some_and(|coding| wishes.accepts.contains(coding)) {
                self.setting.placement.unpacks(&endpoint.name);
            }
            return None;
        }
        caching::vary(&mut answer.headers, &HeaderValue::from_static("accept-encoding"));
        // Of a body that the client has nothing is said anew (RFC 9110 section 15.4.5).
        let coding = coding.filter(|_| answer.status != StatusCode::NOT_MODIFIED);
        let coding = coding.filter(|coding| wishes.accepts.contains(*coding))?;
        let encoder = Encoder::new(coding)?;
        answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        Some(encoder)
    }

    /// Puts the decision into the head of an answer.
    pub(crate) fn dress(&self, answer: &mut response::Parts) {
        let Some(inside) = self.inside() else { return };
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

    /// What an answer says of itself.
    pub(crate) fn explanation(&self) -> Option<Explanation> {
        let inside = self.inside()?;
        let Inside { endpoint, explanation, .. } = inside;
        let (_, said) = explanation.as_ref()?;
        Some(Explanation::new(endpoint.explain.as_ref()?.0.member()?, said))
    }

    /// How the items of an answer are chosen, and whether they say why they are shown; `None` where nothing is done with them.
    pub(crate) fn choice(&self, status: StatusCode, media: Media, asked_as: AskedAs) -> Option<Arc<Choice>> {
        let choice = self.shaping()?.plan.choice()?;
        let is_chosen = asked_as == AskedAs::Customer;
        let explanations = if status.is_success() { self.explanations(choice, media) } else { None };
        match explanations {
            Some(said) if is_chosen => Some(Arc::new(Choice::clone(choice).explained(said))),
            Some(said) => Some(Arc::new(Choice::clone(choice).explained(said).of_anybodys())),
            None => is_chosen.then(|| Arc::clone(choice)),
        }
    }

    /// What items say of why they are shown, if they do.
    fn explanations(&self, choice: &Choice, media: Media) -> Option<Arc<Explanations>> {
        let inside = self.inside()?;
        let Inside { endpoint, explanation, .. } = inside;
        let (into, _) = endpoint.explain.as_ref().filter(|(_, per_item)| *per_item)?;
        let (language, _) = explanation.as_ref()?;
        // A document that is the item itself carries the explanation of the answer.
        let has_place = match media {
            Media::Json => !choice.items_are_documents(),
            Media::Lines | Media::Sequence | Media::Events => true,
            Media::Html { .. } => false,
        };
        let words = self.setting.policy.terms().languages.at(*language);
        let name = into.member().filter(|_| has_place)?;
        Some(Arc::new(Explanations::new(name, choice.items().bases(), |basis| item_explanation(basis, words))))
    }

    /// What an answer is made of, as far as it can be shaped.
    pub(crate) fn media(&self, answer: &HeaderMap, asked_as: AskedAs) -> Option<Media> {
        self.shaping()?.plan.media(answer, asked_as == AskedAs::Customer)
    }

    /// Whether the body of an answer to somebody unknown can be read. The operator is told why not.
    pub(crate) fn can_read(&self, media: Media, body: &[u8]) -> bool {
        let Some(Shaping { endpoint, plan }) = self.shaping() else { return false };
        let read = Shaper::try_on(media, plan, endpoint.limits.json(), body);
        let tell = |doubt: &Doubt| {
            endpoint.told.doubt_at(doubt.kind().as_str(), doubt.offset());
        };
        read.inspect_err(tell).is_ok()
    }

    /// What the client's visitor cookie is to be, if another one.
    fn visitor_cookie(&self, inside: &Inside) -> Option<HeaderValue> {
        let visitor = inside.asked.visitor.visitor();
        let visitors = visitor.and_then(|visitor| self.setting.relationships.peek(visitor.pseudonym).flatten());
        inside.asked.cookie(&self.setting.policy, &inside.decision, visitors.as_deref())
    }
}

impl Inside {
    /// As what a body is shaped; `None` where it cannot be. The operator is told why not.
    fn judge(&self, status: StatusCode, media: Option<Media>, may_change: bool, is_encoded: bool) -> Option<Media> {
        let cause = match media {
            _ if !self.certain => "path",
            // Nobody may change it, so nothing of it may leave.
            _ if !may_change => "no_transform",
            _ if is_encoded => "encoding",
            Some(media) => return Some(media),
            None if status.is_success() => "content_type",
            None => {
                self.endpoint.told.doubt_of_error(status);
                return None;
            }
        };
        self.endpoint.told.doubt(cause);
        None
    }

    /// Whether a status belongs to an answer as it was asked for: no part of one (206), no leave to use a body that the client
    /// has, which may be of another stage (304), no other protocol or any other word before the answer (1xx).
    fn is_of_a_whole_answer(&self, status: StatusCode) -> bool {
        let revives = status == StatusCode::NOT_MODIFIED && self.wishes.is_conditional && self.only_reads;
        !(revives || status == StatusCode::PARTIAL_CONTENT || status.is_informational())
    }
}

/// Answers whose head is all there is (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}

/// RFC 7240 section 3.
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
