//! The course of one request: what the layer knows of it, and what it does at each step.

mod answer;
mod call;
mod deciding;
mod happened;

use std::sync::Arc;

use http::{HeaderValue, Method, Request, Uri, Version, uri::PathAndQuery};
use jiff::Timestamp;
use tokio::time::Instant;
use tracing::Span;

pub(crate) use self::{answer::Fate, call::Way, deciding::Step};
use crate::{
    asked::{Asked, Carried, Happened, Named},
    decision::Decision,
    policy::{Covered, Endpoint, Mode},
    report::{self, Entry},
    setting::Setting,
    shaping::plan::Plan,
    wishes::Wishes,
};

/// One request on its way.
pub(crate) struct Course {
    setting: Arc<Setting>,
    kind: Kind,
}

#[expect(
    clippy::large_enum_variant,
    reason = "a request that no endpoint covers costs no allocation, unless it carries much"
)]
enum Kind {
    /// No endpoint covers it, and nothing can be written of it.
    Nobodys,
    /// No endpoint covers it, and its answer may tell of an event.
    Outside(Outside),
    /// An endpoint covers it. (Boxed, so that a request on its way is small: it is moved several times.)
    Inside(Box<Inside>),
}

struct Outside {
    method: Method,
    /// (Not the whole of its address, so that this is small.)
    target: PathAndQuery,
    named: Named,
    carried: Carried,
    now: Timestamp,
}

struct Inside {
    service: u32,
    method: Method,
    uri: Uri,
    /// The methods for which it wants to be taken beside its own.
    named: Named,
    endpoint: Arc<Endpoint>,
    /// Whether the answer is this endpoint's, and not perhaps another's with another plan.
    certain: bool,
    /// Whether it changes nothing at the service, in any way in which that may take it.
    only_reads: bool,
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

/// As whom an answer was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedAs {
    /// The customer.
    Customer,
    /// Somebody unknown, now or before.
    Unknown,
}

/// What an answer is shaped by.
pub(crate) struct Shaping<'a> {
    pub(crate) endpoint: &'a Arc<Endpoint>,
    pub(crate) plan: &'a Arc<Plan>,
}

impl Course {
    /// `service` tells the services apart around which a layer is put.
    pub(crate) fn begin<Q>(setting: Arc<Setting>, service: u32, request: &Request<Q>) -> Self {
        let policy = &setting.policy;
        let (method, uri, headers) = (request.method(), request.uri(), request.headers());
        let (minds_methods, name) = (policy.minds_methods(), || Named::of(method, headers, uri.query()));
        let named = if minds_methods { name() } else { Named::default() };
        let covered = policy.endpoint_of_any(method, named.methods(), uri.path());
        setting.placement.note(policy, method, uri.path(), covered.map(|covered| &**covered.endpoint));
        let kind = match covered {
            Some(covered) => {
                let named = if minds_methods { named } else { name() };
                Kind::Inside(Box::new(Inside::begin(&setting, service, covered, request, named)))
            }
            None if policy.events().is_empty() => Kind::Nobodys,
            None => Carried::of(headers, &setting.carried).map_or(Kind::Nobodys, |carried| {
                let target = uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/"));
                Kind::Outside(Outside { method: method.clone(), target, named, carried, now: setting.clock.now() })
            }),
        };
        Self { setting, kind }
    }

    /// The span of the request, if an endpoint covers it and somebody listens.
    pub(crate) fn span(&self, version: Version) -> Span {
        let Some(inside) = self.inside() else { return Span::none() };
        let route = || self.setting.policy.route(&inside.endpoint, inside.uri.path()).map(str::to_owned);
        report::span(&inside.method, version, route)
    }

    /// Whether an answer leaves as it is.
    pub(crate) fn lets_pass(&self, asked_as: AskedAs) -> bool {
        self.inside().is_none_or(|inside| inside.lets_pass(asked_as))
    }

    /// What the answer is shaped by.
    pub(crate) fn shaping(&self) -> Option<Shaping<'_>> {
        self.inside().map(|inside| Shaping { endpoint: &inside.endpoint, plan: &inside.plan })
    }

    /// What the client wishes of the answer's form; `None` where the answer leaves as it is.
    pub(crate) fn wishes(&self) -> Option<&Wishes> {
        self.inside().map(|inside| &inside.wishes)
    }

    /// What is logged of the decision, if anything is.
    pub(crate) fn entry(&self) -> Option<Arc<Entry>> {
        self.inside()?.entry.clone()
    }

    /// Whether the answer is a head alone; no where no endpoint covers the request.
    pub(crate) fn is_head(&self) -> bool {
        self.inside().is_some_and(|inside| inside.method == Method::HEAD)
    }

    pub(crate) fn setting(&self) -> &Setting {
        &self.setting
    }

    /// Tells the operator that an answer cannot be shaped.
    pub(crate) fn doubt(&self, cause: &'static str) {
        if let Some(inside) = self.inside() {
            inside.endpoint.told.doubt(cause);
        }
    }

    fn inside(&self) -> Option<&Inside> {
        match &self.kind {
            Kind::Inside(inside) => Some(inside),
            Kind::Nobodys | Kind::Outside(_) => None,
        }
    }
}

impl Inside {
    fn begin<Q>(setting: &Setting, service: u32, covered: Covered<'_>, request: &Request<Q>, named: Named) -> Self {
        let begun = std::time::Instant::now();
        let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers());
        let policy = &setting.policy;
        let endpoint = Arc::clone(covered.endpoint);
        let only_reads = endpoint.methods.may_only_read(&method, named.methods());
        let asked = Asked::of(&method, &uri, headers, policy, &setting.verifier, setting.clock.now());
        setting.tokens.look_at(asked.token(), &uri, headers, policy);
        setting.sweeping.begin(&setting.relationships, policy.retention_days(), asked.now);
        let wishes = Wishes::of(&method, headers);
        let decision = Decision::of_a_stranger(policy.rules());
        let plan = endpoint.plans.plan(decision.stage, decision.granted);
        let languages = &policy.terms().languages;
        let explanation = endpoint.explain.as_ref().map(|_| (languages.place(headers), String::new()));
        Self {
            service,
            method,
            uri,
            named,
            endpoint,
            certain: covered.certain,
            only_reads,
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
        }
    }

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
}
