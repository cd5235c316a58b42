//! The course of one request: what the layer knows of it, and what it does at each step.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
    header::{CONTENT_ENCODING, UPGRADE},
    response,
};
use jiff::Timestamp;
use tokio::time::timeout;

use crate::{
    asked::{Asked, Carried, Known},
    consent::{SEC_GPC, State},
    decision::{Decision, Preference},
    name::Name,
    policy::{Endpoint, Mode, Unreadable},
    recording::{Recording, Writing},
    relationship::Record,
    report,
    setting::Setting,
    shaping::{
        Doubt, caching,
        encoding::{self, Coding, Encoder},
        headers,
        media::Media,
        plan::Plan,
        shaper::Shaper,
    },
    unknown::{Unknown, forget_for_whom},
    validation,
    wishes::Wishes,
};

/// One request on its way.
pub(crate) struct Course {
    setting: Arc<Setting>,
    method: Method,
    uri: Uri,
    kind: Kind,
}

/// No variant is boxed: with all that is needed in memory, a request costs no allocation for itself.
enum Kind {
    /// No endpoint covers it.
    Outside { carried: Carried, now: Timestamp },
    /// An endpoint covers it.
    Inside(Inside),
}

struct Inside {
    endpoint: Arc<Endpoint>,
    /// Whether the answer is this endpoint's, and not perhaps another's with another plan.
    certain: bool,
    asked: Asked,
    wishes: Wishes,
    decision: Decision,
    /// The decision as a header, where decisions have an effect.
    told: Option<HeaderValue>,
    plan: Arc<Plan>,
    /// Whether the visit is to be written, if it is one.
    visit_counts: bool,
}

/// What comes next.
pub(crate) enum Step {
    /// The wrapped service can be called.
    Call,
    /// The store must be asked first.
    Load(Load),
}

/// Asks the store for a relationship, no longer than `decide_within`.
pub(crate) type Load = Pin<Box<dyn Future<Output = Loaded> + Send>>;

/// What the store said of a customer; an error where it said nothing.
pub(crate) type Loaded = Result<Option<Arc<Record>>, ()>;

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
    pub(crate) plan: &'a Plan,
}

impl Course {
    pub(crate) fn begin<Q>(setting: &Arc<Setting>, request: &Request<Q>) -> Self {
        let policy = &setting.policy;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let covered = policy.endpoint(&method, uri.path());
        setting.placement.note(policy, &method, uri.path(), covered.is_some());
        let kind = match covered {
            Some(covered) => {
                let (endpoint, certain) = (Arc::clone(covered.endpoint), covered.certain);
                let asked = Asked::of(&method, request.headers(), policy, &setting.verifier, setting.clock.now());
                let wishes = Wishes::of(&method, request.headers());
                let decision = Decision::of_a_stranger(policy.rules());
                let plan = endpoint.plans.plan(decision.stage, decision.granted);
                Kind::Inside(Inside {
                    endpoint,
                    certain,
                    asked,
                    wishes,
                    decision,
                    told: None,
                    plan,
                    visit_counts: false,
                })
            }
            None if policy.events().is_empty() => {
                Kind::Outside { carried: Carried::NOTHING, now: Timestamp::UNIX_EPOCH }
            }
            None => {
                let carried = Carried::of(request.headers(), &policy.identity().sources);
                // Of nobody nothing can be written, at whatever time.
                let now = if carried.is_nothing() { Timestamp::UNIX_EPOCH } else { setting.clock.now() };
                Kind::Outside { carried, now }
            }
        };
        Self { setting: Arc::clone(setting), method, uri, kind }
    }

    /// Decides, if all that is needed is in memory.
    pub(crate) fn decide_at_once(&mut self) -> Step {
        let Kind::Inside(inside) = &mut self.kind else { return Step::Call };
        let Some(identity) = &inside.asked.identity else {
            inside.decide(&self.setting, Known::Record(None));
            return Step::Call;
        };
        let relationships = &self.setting.relationships;
        match relationships.peek(identity.customer) {
            Some(record) if identity.former.is_empty() || record.as_ref().is_some_and(|record| !record.is_blank()) => {
                inside.decide(&self.setting, Known::Record(record.as_deref()));
                Step::Call
            }
            _ => {
                let (relationships, identity) = (relationships.clone(), Arc::clone(identity));
                let told = Arc::clone(&self.setting.told);
                let within = self.setting.policy.store().decide_within;
                Step::Load(Box::pin(async move {
                    let known = relationships.load_moved(identity.customer, &identity.former);
                    let loaded = timeout(within, known).await.map_err(|_| "late");
                    let loaded = loaded.and_then(|loaded| loaded.map_err(|error| error.kind().word()));
                    loaded.map_err(|cause| report::store_trouble(&told, cause))
                }))
            }
        }
    }

    /// Decides with what the store said.
    pub(crate) fn decide(&mut self, loaded: &Loaded) {
        if let Kind::Inside(inside) = &mut self.kind {
            let known = match loaded {
                Ok(record) => Known::Record(record.as_deref()),
                Err(()) => Known::Silence,
            };
            inside.decide(&self.setting, known);
        }
    }

    /// As whom the wrapped service is asked.
    pub(crate) fn way(&self) -> Way {
        let Kind::Inside(inside) = &self.kind else { return Way::Pass };
        let endpoint = &inside.endpoint;
        let twice = inside.certain && endpoint.methods.may_ask_twice(&self.method);
        match inside.plan.choice() {
            _ if endpoint.mode == Mode::Observe => Way::Pass,
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
            Kind::Inside(Inside { endpoint, plan, .. }) => Some(Shaping { endpoint, plan }),
            Kind::Outside { .. } => None,
        }
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
            report::doubt_at(&endpoint.told, &endpoint.name, doubt.kind().as_str(), doubt.offset());
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
            request.headers_mut().insert(report::PERSONALIZATION, told.clone());
            if self.opts_out(&inside.decision) {
                request.headers_mut().insert(SEC_GPC, HeaderValue::from_static("1"));
            }
            // What follows another protocol's handshake could not be read here.
            request.headers_mut().remove(UPGRADE);
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

    /// Takes the events of an answer and begins to write them, and the visit.
    ///
    /// What the wrapped service tells somebody unknown is never an event of the customer.
    pub(crate) fn record(&self, answer: &mut response::Parts, asked_as: AskedAs) -> Option<Writing> {
        if let Kind::Inside(Inside { endpoint, asked, .. }) = &self.kind {
            let is_one_customers = asked_as == AskedAs::Customer && asked.identity.is_some();
            self.setting.placement.look_at(&endpoint.name, &answer.headers, is_one_customers);
        }
        let told = answer.headers.remove(report::PERSONALIZATION_EVENT).filter(|_| asked_as == AskedAs::Customer);
        let events = self.events(answer.status, told.as_ref());
        let visit = answer.status.is_success() && self.visit_counts();
        self.write(visit, events)
    }

    /// Begins to write the visit of a customer who is answered without the wrapped service's help: else whom a service does
    /// not answer before it may know who asks would never become better known.
    pub(crate) fn record_visit(&self) {
        // It is lost without harm, so nobody waits for it.
        let _nothing = self.write(self.visit_counts(), Vec::new());
    }

    fn visit_counts(&self) -> bool {
        matches!(&self.kind, Kind::Inside(inside) if inside.visit_counts)
    }

    fn write(&self, visit: bool, events: Vec<Name>) -> Option<Writing> {
        if !visit && events.is_empty() {
            return None;
        }
        let asked = match &self.kind {
            Kind::Inside(inside) => inside.asked.clone(),
            Kind::Outside { carried, now } => {
                let Setting { policy, verifier, .. } = &*self.setting;
                Asked::of(&self.method, &carried.headers(), policy, verifier, *now)
            }
        };
        Recording::of(&self.setting, asked, visit, events)?.begin()
    }

    /// Puts the decision into the answer's head, and says what happens to its body.
    pub(crate) fn answer(&self, answer: &mut response::Parts, asked_as: AskedAs, is_empty: bool) -> Fate {
        let Kind::Inside(inside) = &self.kind else { return Fate::Pass };
        let may_change = !caching::forbids_change(&answer.headers);
        self.dress(answer);
        if inside.endpoint.mode == Mode::Observe {
            return Fate::Pass;
        }
        if asked_as == AskedAs::Unknown {
            forget_for_whom(&mut answer.headers);
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
        if let Some(prefer) = inside.asked.prefer {
            answer.headers.append(PREFERENCE_APPLIED, self.preference_applied(prefer));
        }
        if inside.asked.carries_identity {
            caching::keep_private(&mut answer.headers);
        }
    }

    /// Tells the operator that an answer cannot be shaped.
    pub(crate) fn doubt(&self, cause: &'static str) {
        if let Kind::Inside(inside) = &self.kind {
            report::doubt(&inside.endpoint.told, &inside.endpoint.name, cause);
        }
    }

    /// The events that an answer tells of: in its header, which never leaves, and by the rules that the request fits.
    fn events(&self, status: StatusCode, told: Option<&HeaderValue>) -> Vec<Name> {
        let policy = &self.setting.policy;
        let mut events: Vec<Name> = Vec::new();
        if let Some(told) = told {
            match told.to_str().ok().and_then(|name| policy.event(name.trim())) {
                Some(event) => events.push(event.name.clone()),
                None => tracing::warn!("the wrapped service told of an event that the policy does not have"),
            }
        }
        for event in policy.events_seen(&self.method, self.uri.path(), status) {
            if !events.contains(event) {
                events.push(event.clone());
            }
        }
        events
    }

    /// Whether the service is told to opt the customer out: a purpose that Global Privacy Control refuses is refused, by this
    /// request or by the customer's stored choice.
    fn opts_out(&self, decision: &Decision) -> bool {
        let purposes = &self.setting.policy.rules().purposes;
        let refused = |name: &Name| {
            let state = decision.consent.state(purposes.set_of(name.as_str()));
            matches!(state, State::RefusedByCustomer | State::RefusedByGpc)
        };
        purposes.iter().any(|purpose| purpose.denied_by_gpc && refused(&purpose.name))
    }

    fn preference_applied(&self, prefer: Preference) -> HeaderValue {
        let word = match prefer {
            Preference::None => "none",
            Preference::AtMost(stage) => self.setting.policy.rules().ladder.name(stage).as_str(),
        };
        HeaderValue::try_from(format!("personalization={word}")).unwrap_or(HeaderValue::from_static("personalization"))
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

    /// Whether a method changes nothing at the service.
    fn only_reads(&self, method: &Method) -> bool {
        self.endpoint.methods.may_ask_twice(method)
    }

    /// Whether a status belongs to an answer as it was asked for: no part of one (206), no leave to use a body that the client
    /// has, which may be of another stage (304), no other protocol or any other word before the answer (1xx).
    fn is_of_a_whole_answer(&self, status: StatusCode, method: &Method) -> bool {
        let revives = status == StatusCode::NOT_MODIFIED && self.wishes.is_conditional && self.only_reads(method);
        !(revives || status == StatusCode::PARTIAL_CONTENT || status.is_informational())
    }

    fn decide(&mut self, setting: &Setting, known: Known<'_>) {
        let rules = setting.policy.rules();
        self.decision = self.asked.decide(rules, known);
        self.visit_counts = self.asked.visit_counts(rules, known, &self.decision);
        self.told = (self.endpoint.mode == Mode::Enforce)
            .then(|| report::decision_header(rules, &self.decision, setting.policy.fingerprint()));
        self.plan = self.endpoint.plans.plan(self.decision.stage, self.decision.granted);
        setting.decided.count(&self.decision);
    }
}

/// Answers whose head is all there is (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
fn has_no_body(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
}

/// RFC 7240 section 3.
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
