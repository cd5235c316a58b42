//! The course of one request: what the layer knows of it, and what it does at each step.

use std::{pin::Pin, sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Uri, response};
use tokio::time::timeout;

use crate::{
    asked::{Asked, Carried, Known},
    decision::{Decision, Preference},
    identity::Identity,
    name::Name,
    policy::{Endpoint, Mode},
    relationship::Record,
    report,
    setting::Setting,
    shaping::{headers, json::JsonPlan},
    store::{Relationships, StoreError, Urgency},
};

/// One request on its way.
pub(crate) struct Course {
    setting: Arc<Setting>,
    method: Method,
    uri: Uri,
    kind: Kind,
}

#[expect(clippy::large_enum_variant, reason = "a request that no endpoint covers allocates nothing")]
enum Kind {
    /// No endpoint covers it.
    Outside { carried: Carried },
    /// An endpoint covers it.
    Inside(Box<Inside>),
}

struct Inside {
    endpoint: Arc<Endpoint>,
    asked: Asked,
    decision: Decision,
    plan: Arc<JsonPlan>,
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

/// Ends when the events of an answer are durable, or `decide_within` has run out.
pub(crate) type Writing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What happens to the body of an answer.
pub(crate) enum Fate {
    /// It leaves as it is.
    Pass,
    /// It is shaped.
    Shape(Arc<JsonPlan>, Arc<Endpoint>),
    /// It cannot be shaped.
    Unreadable(Arc<Endpoint>),
}

impl Course {
    pub(crate) fn begin<Q>(setting: &Arc<Setting>, request: &Request<Q>) -> Self {
        let policy = &setting.policy;
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let kind = match policy.endpoint(uri.path()).filter(|endpoint| endpoint.methods.shapes(&method)) {
            Some(endpoint) => {
                let endpoint = Arc::clone(endpoint);
                let asked = Asked::of(&method, request.headers(), policy, &setting.verifier, setting.clock.now());
                let decision = Decision::of_a_stranger(policy.rules());
                let plan = endpoint.plans.plan(decision.stage, decision.granted);
                Kind::Inside(Box::new(Inside { endpoint, asked, decision, plan }))
            }
            None if policy.events().is_empty() => Kind::Outside { carried: Carried::default() },
            None => Kind::Outside { carried: Carried::of(request.headers(), &policy.identity().sources) },
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
            Some(record) if record.is_some() || identity.former.is_empty() => {
                inside.decide(&self.setting, Known::Record(record.as_deref()));
                Step::Call
            }
            _ => {
                let load = load(relationships.clone(), Arc::clone(identity));
                let within = self.setting.policy.store().decide_within;
                Step::Load(Box::pin(async move {
                    let loaded = timeout(within, load).await.map_err(|_| "late");
                    loaded.and_then(|loaded| loaded.map_err(|error| error.kind().word())).map_err(report::store_trouble)
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

    /// Tells the wrapped service what was decided, and asks it for an answer that can be read here.
    pub(crate) fn tell<Q>(&self, request: &mut Request<Q>) {
        let Kind::Inside(inside) = &self.kind else { return };
        request.extensions_mut().insert(inside.decision.clone());
        if inside.endpoint.mode == Mode::Enforce {
            request.headers_mut().insert(report::PERSONALIZATION, self.header(&inside.decision));
            if !inside.plan.changes_nothing() {
                headers::ask_whole(request.headers_mut());
            }
        }
    }

    /// Takes the events of an answer and begins to write them; with them, or on its own, the visit.
    ///
    /// A visit is not waited for: it is lost without harm.
    pub(crate) fn record(&self, answer: &mut response::Parts) -> Option<Writing> {
        let events = self.events(answer);
        let (asked, visit) = match &self.kind {
            Kind::Inside(inside) => (inside.asked.clone(), inside.asked.visit && answer.status.is_success()),
            Kind::Outside { .. } if events.is_empty() => return None,
            Kind::Outside { carried } => {
                let Setting { policy, verifier, clock, .. } = &*self.setting;
                (Asked::of(&self.method, &carried.headers(), policy, verifier, clock.now()), false)
            }
        };
        let customer = asked.identity.as_ref()?.customer;
        let counted = events.is_empty() && visit && self.visit_is_counted(&asked);
        if counted || (events.is_empty() && !visit) {
            return None;
        }
        let urgency = if events.is_empty() { Urgency::Visit } else { Urgency::Event };
        let waits = !events.is_empty();
        let policy = Arc::clone(&self.setting.policy);
        let change = move |record: Option<&Record>| asked.record_after(policy.rules(), record, visit, &events);
        let write = self.setting.relationships.update(customer, urgency, change);
        let within = self.setting.policy.store().decide_within;
        waits.then(|| durable(write, within))
    }

    /// Puts the decision into the answer's head, and says what happens to its body.
    pub(crate) fn answer(&self, answer: &mut response::Parts, is_empty: bool) -> Fate {
        let Kind::Inside(inside) = &self.kind else { return Fate::Pass };
        answer.extensions.insert(inside.decision.clone());
        if inside.endpoint.mode == Mode::Observe {
            return Fate::Pass;
        }
        if self.setting.policy.report().header {
            answer.headers.insert(report::PERSONALIZATION, self.header(&inside.decision));
        }
        if let Some(prefer) = inside.asked.prefer {
            answer.headers.append("preference-applied", self.preference_applied(prefer));
        }
        if inside.asked.carries_identity {
            headers::keep_private(&mut answer.headers);
        }
        if inside.plan.changes_nothing() {
            return Fate::Pass;
        }
        let readable = headers::announce_json(&answer.headers);
        headers::forget_the_bytes(&mut answer.headers);
        match () {
            () if is_empty => Fate::Pass,
            () if readable => Fate::Shape(Arc::clone(&inside.plan), Arc::clone(&inside.endpoint)),
            () => {
                report::doubt(&inside.endpoint.name, "content_type");
                Fate::Unreadable(Arc::clone(&inside.endpoint))
            }
        }
    }

    /// The events that an answer tells of: in its header, which never leaves, and by the rules that the request fits.
    fn events(&self, answer: &mut response::Parts) -> Vec<Name> {
        let policy = &self.setting.policy;
        let told = answer.headers.remove(PERSONALIZATION_EVENT);
        let mut events: Vec<Name> = Vec::new();
        if let Some(told) = told {
            match told.to_str().ok().and_then(|name| policy.event(name.trim())) {
                Some(event) => events.push(event.name.clone()),
                None => tracing::warn!("the wrapped service told of an event that the policy does not have"),
            }
        }
        for event in policy.events_seen(&self.method, self.uri.path(), answer.status) {
            if !events.contains(event) {
                events.push(event.clone());
            }
        }
        events
    }

    /// Whether a visit would change nothing, as far as is known here: then nothing is written.
    fn visit_is_counted(&self, asked: &Asked) -> bool {
        let customer = asked.identity.as_ref().map(|identity| identity.customer);
        let known = customer.and_then(|customer| self.setting.relationships.peek(customer));
        known.is_some_and(|record| {
            asked.record_after(self.setting.policy.rules(), record.as_deref(), true, &[]).is_none()
        })
    }

    fn header(&self, decision: &Decision) -> HeaderValue {
        report::decision_header(self.setting.policy.rules(), decision, self.setting.policy.fingerprint())
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
    fn decide(&mut self, setting: &Setting, known: Known<'_>) {
        let rules = setting.policy.rules();
        self.decision = self.asked.decide(rules, known);
        self.plan = self.endpoint.plans.plan(self.decision.stage, self.decision.granted);
        report::decided(rules, &self.decision);
    }
}

/// What is known of a customer. Who was known under an earlier secret is known on: the record moves to the present one.
async fn load(relationships: Relationships, identity: Arc<Identity>) -> Result<Option<Arc<Record>>, StoreError> {
    let known = relationships.load(identity.customer).await?;
    if known.is_some() {
        return Ok(known);
    }
    for former in &identity.former {
        if let Some(record) = relationships.load(*former).await?.filter(|record| **record != Record::default()) {
            let moved = move |present: Option<&Record>| present.is_none().then(|| Record::clone(&record));
            let known = relationships.update(identity.customer, Urgency::Choice, moved).await?;
            relationships.update(*former, Urgency::Choice, |_| Some(Record::default())).await?;
            return Ok(known);
        }
    }
    Ok(None)
}

/// Waits for a write, not for ever. The write goes on by itself.
fn durable<E>(write: impl Future<Output = Result<Option<Arc<Record>>, E>> + Send + 'static, within: Duration) -> Writing
where
    E: std::fmt::Display + Send + 'static,
{
    Box::pin(async move {
        match timeout(within, write).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!(%error, "an event could not be stored"),
            Err(_) => report::late_event(),
        }
    })
}

/// How the wrapped service tells of an event.
const PERSONALIZATION_EVENT: &str = "personalization-event";
