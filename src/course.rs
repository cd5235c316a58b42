//! The course of one request: what the layer knows of it, and what it does at each step.

mod answer;
mod happened;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri, Version, header::UPGRADE};
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::Span;

use crate::{
    asked::{Asked, Carried, Happened, Known, SigningIn},
    consent::SEC_GPC,
    cookies,
    decision::Decision,
    events::Customer,
    loading::{Found, Load, Loaded},
    lookup,
    policy::{Endpoint, Mode, Unreadable},
    portal::{Seen, explanation},
    report::{self, Entry, Line},
    setting::Setting,
    shaping::{Doubt, explanation::Explanation, headers, media::Media, plan::Plan, shaper::Shaper},
    unknown::Unknown,
    wishes::Wishes,
};

/// One request on its way.
pub(crate) struct Course {
    setting: Arc<Setting>,
    method: Method,
    uri: Uri,
    kind: Kind,
}

#[expect(
    clippy::large_enum_variant,
    reason = "a request that no endpoint covers costs no allocation, unless it carries much"
)]
enum Kind {
    /// No endpoint covers it.
    Outside { carried: Carried, now: Timestamp },
    /// An endpoint covers it. (Boxed, so that a request on its way is small: it is moved several times.)
    Inside(Box<Inside>),
}

struct Inside {
    endpoint: Arc<Endpoint>,
    /// Whether the answer is this endpoint's, and not perhaps another's with another plan.
    certain: bool,
    asked: Asked,
    begun: std::time::Instant,
    wishes: Wishes,
    /// Until when the store is waited for; none before it was asked.
    until: Option<Instant>,
    decision: Decision,
    /// The decision as a header, where decisions have an effect.
    told: Option<HeaderValue>,
    plan: Arc<Plan>,
    /// What is to be written of the request itself.
    happened: Happened,
    /// What is logged of the decision, if anything is.
    entry: Option<Arc<Entry>>,
    /// What the answer says of itself, if the endpoint says so: in which of the portal's languages, and as JSON.
    explanation: Option<(usize, String)>,
}

/// What comes next.
pub(crate) enum Step {
    /// The wrapped service can be called.
    Call,
    /// The store must be asked first.
    Load(Load),
}

/// As whom the wrapped service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As it came, and the answer leaves as it is.
    Pass,
    /// As it came, once and for all.
    Once,
    /// As it came; and as somebody unknown, if that answer cannot be shaped.
    OnceMoreInDoubt,
    /// As it came and as somebody unknown, side by side.
    Both,
    /// As somebody unknown.
    Unknown,
}

/// As whom an answer was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedAs {
    /// The customer.
    Customer,
    /// Somebody unknown, now or before.
    Unknown,
}

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

/// What an answer is shaped by.
pub(crate) struct Shaping<'a> {
    pub(crate) endpoint: &'a Arc<Endpoint>,
    pub(crate) plan: &'a Arc<Plan>,
}

impl Course {
    pub(crate) fn begin<Q>(setting: Arc<Setting>, request: &Request<Q>) -> Self {
        let policy = &setting.policy;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let covered = policy.endpoint(&method, uri.path());
        setting.placement.note(policy, &method, uri.path(), covered.map(|covered| &**covered.endpoint));
        let kind = match covered {
            Some(covered) => {
                let begun = std::time::Instant::now();
                let (endpoint, certain) = (Arc::clone(covered.endpoint), covered.certain);
                let asked = Asked::of(&method, &uri, request.headers(), policy, &setting.verifier, setting.clock.now());
                setting.tokens.look_at(asked.token(), &uri, request.headers(), policy);
                setting.sweeping.begin(&setting.relationships, policy.retention_days(), asked.now);
                let wishes = Wishes::of(&method, request.headers());
                let decision = Decision::of_a_stranger(policy.rules());
                let plan = endpoint.plans.plan(decision.stage, decision.granted);
                let languages = &policy.terms().languages;
                let explanation =
                    endpoint.explain.as_ref().map(|_| (languages.place(request.headers()), String::new()));
                Kind::Inside(Box::new(Inside {
                    endpoint,
                    certain,
                    asked,
                    begun,
                    wishes,
                    until: None,
                    decision,
                    told: None,
                    plan,
                    happened: Happened::default(),
                    entry: None,
                    explanation,
                }))
            }
            None if policy.events().is_empty() => {
                Kind::Outside { carried: Carried::NOTHING, now: Timestamp::UNIX_EPOCH }
            }
            None => {
                let carried = Carried::of(request.headers(), &setting.carried);
                // Of nobody nothing can be written, at whatever time.
                let now = if carried.is_nothing() { Timestamp::UNIX_EPOCH } else { setting.clock.now() };
                Kind::Outside { carried, now }
            }
        };
        Self { setting, method, uri, kind }
    }

    /// The span of the request, if an endpoint covers it and somebody listens.
    pub(crate) fn span(&self, version: Version) -> Span {
        let Kind::Inside(inside) = &self.kind else { return Span::none() };
        let route = || self.setting.policy.route(&inside.endpoint, self.uri.path()).map(str::to_owned);
        report::span(&self.method, version, route)
    }

    /// Decides, if all that is needed is in memory.
    pub(crate) fn decide_at_once(&mut self) -> Step {
        let Kind::Inside(inside) = &mut self.kind else { return Step::Call };
        match Found::in_memory(&self.setting, &inside.asked) {
            Some(found) => inside.decide(&self.setting, &Loaded::Found(found)),
            None => {
                let until = inside.until(&self.setting);
                Step::Load(Found::load(&self.setting, &inside.asked, until))
            }
        }
    }

    /// Decides with what the store said.
    pub(crate) fn decide(&mut self, loaded: &Loaded) -> Step {
        match &mut self.kind {
            Kind::Inside(inside) => inside.decide(&self.setting, loaded),
            Kind::Outside { .. } => Step::Call,
        }
    }

    /// As whom the wrapped service is asked.
    pub(crate) fn way(&self) -> Way {
        let Kind::Inside(inside) = &self.kind else { return Way::Pass };
        let endpoint = &inside.endpoint;
        let twice = inside.certain && endpoint.methods.may_ask_twice(&self.method);
        match inside.plan.choice() {
            _ if inside.is_observed() => Way::Pass,
            Some(choice) if twice && !choice.is_open() => Way::Unknown,
            _ if inside.lets_pass(AskedAs::Customer) => Way::Pass,
            // The answer to HEAD has no items.
            Some(choice) if twice && choice.is_filled() && self.method != Method::HEAD => Way::Both,
            _ if twice && endpoint.unreadable == Unreadable::Generic => Way::OnceMoreInDoubt,
            _ => Way::Once,
        }
    }

    /// Whether an answer leaves as it is.
    pub(crate) fn lets_pass(&self, asked_as: AskedAs) -> bool {
        match &self.kind {
            Kind::Inside(inside) => inside.lets_pass(asked_as),
            Kind::Outside { .. } => true,
        }
    }

    /// What the answer is shaped by.
    pub(crate) fn shaping(&self) -> Option<Shaping<'_>> {
        match &self.kind {
            Kind::Inside(inside) => Some(Shaping { endpoint: &inside.endpoint, plan: &inside.plan }),
            Kind::Outside { .. } => None,
        }
    }

    /// What an answer says of itself.
    pub(crate) fn explanation(&self) -> Option<Explanation> {
        let Kind::Inside(inside) = &self.kind else { return None };
        let Inside { endpoint, explanation, .. } = &**inside;
        let (_, said) = explanation.as_ref()?;
        Some(Explanation::new(endpoint.explain.as_ref()?.0.member()?, said))
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

    /// What the client wishes of the answer's form; `None` where the answer leaves as it is.
    pub(crate) fn wishes(&self) -> Option<&Wishes> {
        match &self.kind {
            Kind::Inside(inside) => Some(&inside.wishes),
            Kind::Outside { .. } => None,
        }
    }

    /// What is logged of the decision, if anything is.
    pub(crate) fn entry(&self) -> Option<Arc<Entry>> {
        match &self.kind {
            Kind::Inside(inside) => inside.entry.clone(),
            Kind::Outside { .. } => None,
        }
    }

    /// Whether the answer is a head alone.
    pub(crate) fn is_head(&self) -> bool {
        self.method == Method::HEAD
    }

    pub(crate) fn setting(&self) -> &Setting {
        &self.setting
    }

    /// Tells the wrapped service what was decided, and asks it for an answer that can be read here.
    pub(crate) fn tell<Q>(&self, request: &mut Request<Q>) {
        let Kind::Inside(inside) = &self.kind else { return };
        request.extensions_mut().insert(inside.decision.clone());
        if let Some(told) = &inside.told {
            if let (true, Some(visitors)) =
                (inside.asked.visitor.has_cookie(), &self.setting.policy.identity().visitors)
            {
                // Made here for this layer alone; whoever knew it could follow the visitor.
                cookies::take_out(request.headers_mut(), &[visitors.cookie()]);
                // A handler that records an event of the visitor finds nobody in the headers.
                if let Some(customer) = Customer::of(inside.asked.clone()) {
                    request.extensions_mut().insert(customer);
                }
            }
            request.headers_mut().insert(report::PERSONALIZATION, told.clone());
            if self.opts_out(&inside.decision) {
                request.headers_mut().insert(SEC_GPC, HeaderValue::from_static("1"));
            }
            // What follows another protocol's handshake could not be read here.
            lookup::take(request.headers_mut(), &UPGRADE);
            if !inside.lets_pass(AskedAs::Customer) {
                headers::ask_whole(request.headers_mut());
                if inside.only_reads(&self.method) {
                    headers::ask_without_conditions(request.headers_mut());
                }
            }
        }
    }

    /// The same request as somebody unknown makes it; `None` where what is hidden stands in it and cannot be taken out.
    pub(crate) fn unknown(&self, headers: &HeaderMap, body: &Bytes) -> Option<Unknown> {
        let Kind::Inside(inside) = &self.kind else { return None };
        let (told, opts_out) = (&self.setting.stranger_told, self.opts_out(&inside.decision));
        let unknown = Unknown::of(&inside.endpoint, &self.method, &self.uri, headers, body, told, opts_out);
        unknown.map_err(|_| self.doubt("request")).ok()
    }

    /// The same, of a request whose body is too long to be kept; `None` where something in it is to be hidden.
    pub(crate) fn unknown_but_for_its_body(&self, headers: &HeaderMap) -> Option<Unknown> {
        if matches!(&self.kind, Kind::Inside(inside) if inside.endpoint.hide_in_body.is_some()) {
            self.doubt("request");
            return None;
        }
        self.unknown(headers, &Bytes::new())
    }

    /// Tells the operator that an answer cannot be shaped.
    pub(crate) fn doubt(&self, cause: &'static str) {
        if let Kind::Inside(inside) = &self.kind {
            inside.endpoint.told.doubt(cause);
        }
    }

    /// Whether the service is told to opt the customer out: a purpose that Global Privacy Control refuses is refused, by
    /// whomever.
    fn opts_out(&self, decision: &Decision) -> bool {
        self.setting.policy.rules().purposes.has_denied_by_gpc(decision.consent.refused())
    }
}

impl Inside {
    /// Whether the answer leaves as it is. Where its plan may be another endpoint's, that is never known.
    fn lets_pass(&self, asked_as: AskedAs) -> bool {
        let changes_nothing = match asked_as {
            AskedAs::Customer => self.plan.changes_nothing(),
            AskedAs::Unknown => self.plan.rules_change_nothing(),
        };
        self.certain && changes_nothing
    }

    /// Whether decisions have no effect here.
    fn is_observed(&self) -> bool {
        self.endpoint.mode == Mode::Observe
    }

    /// Whether a method changes nothing at the service.
    fn only_reads(&self, method: &Method) -> bool {
        self.endpoint.methods.may_ask_twice(method)
    }

    /// Decides. Where a visitor signed in as the customer, what is known of both is joined first.
    fn decide(&mut self, setting: &Setting, loaded: &Loaded) -> Step {
        let rules = setting.policy.rules();
        let (known, visitors) = match loaded {
            Loaded::Found(found) => (Known::Record(found.record.as_deref()), found.visitors.as_deref()),
            Loaded::Silence => (Known::Silence, None),
            Loaded::NotJoined => {
                self.explain(setting, Known::Record(None));
                self.is_decided(setting);
                return Step::Call;
            }
        };
        self.decision = self.asked.decide(rules, known);
        self.happened = self.asked.happens(rules, known, &self.decision);
        let told = || setting.headers.of(rules, &self.decision, setting.policy.fingerprint());
        self.told = (!self.is_observed()).then(told);
        self.plan = self.endpoint.plans.plan(self.decision.stage, self.decision.granted);
        self.explain(setting, known);
        self.log(setting, known);
        match self.asked.sign_in(rules, &self.decision, visitors) {
            SigningIn::Joins => {
                let until = self.until(setting);
                if let Some(join) = Found::join(setting, &self.asked, until) {
                    return Step::Load(join);
                }
            }
            SigningIn::Unclear => {
                if let Some(visitor) = self.asked.visitor.visitor() {
                    setting.relationships.leave_unclear(visitor.pseudonym);
                }
            }
            SigningIn::Nothing => {}
        }
        self.is_decided(setting);
        Step::Call
    }

    fn is_decided(&self, setting: &Setting) {
        setting.decided.count(&self.decision, self.is_observed());
        report::decision_took(self.begun.elapsed());
    }

    /// Begins a line of the decision log, or writes it anew where a join decides again.
    fn log(&mut self, setting: &Setting, known: Known<'_>) {
        if setting.log.is_off() {
            return;
        }
        let policy = &setting.policy;
        let customer = self.asked.identity.as_ref().map(|identity| identity.customer);
        let (facts, record) = self.asked.given(known);
        let (name, fingerprint) = (&self.endpoint.name, policy.fingerprint());
        let line = Line::of(policy.rules(), fingerprint, name, customer, &facts, record, &self.decision);
        let line = line.observed(self.is_observed());
        match self.entry.as_mut().and_then(Arc::get_mut) {
            Some(entry) => entry.say(line),
            None => self.entry = Some(Arc::new(Entry::new(line, Arc::clone(&setting.log)))),
        }
    }

    fn explain(&mut self, setting: &Setting, known: Known<'_>) {
        let Some((language, said)) = &mut self.explanation else { return };
        let record = if let Known::Record(record) = known { record } else { None };
        let terms = setting.policy.terms();
        let own = self.asked.without_preference().decide(&terms.rules, known).stage;
        let vouched = self.asked.identity.as_ref().and_then(|identity| identity.known_since);
        let seen = Seen { terms, record, decision: &self.decision, own, vouched, now: self.asked.now };
        *said = explanation(&seen, terms.languages.at(*language));
    }

    fn until(&mut self, setting: &Setting) -> Instant {
        *self.until.get_or_insert_with(|| Instant::now() + setting.policy.store().decide_within)
    }
}
