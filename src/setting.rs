//! What all requests of a layer share.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header::COOKIE};
use tower::BoxError;

use crate::{
    clock::{Clock, SystemClock},
    consent::SEC_GPC,
    decision::Decision,
    identity::{TokenSource, Verifier},
    placement::Placement,
    policy::{IdentitySettings, Keys, Policy},
    relationship::MarkKeys,
    report::{self, Decided, Log, Seldom},
    shaping::validators::TagKey,
    store::{Relationships, Store},
    sweeping::Sweeping,
    unknown::Shared,
};

/// A policy, and what is kept in memory under it.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) policy: Arc<Policy>,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) relationships: Relationships,
    pub(crate) sweeping: Arc<Sweeping>,
    /// Answers to somebody unknown.
    pub(crate) shared: Shared,
    /// What the wrapped service is told of somebody unknown.
    pub(crate) stranger_told: HeaderValue,
    pub(crate) decided: Arc<Decided>,
    /// The headers of a request on which answers depend.
    pub(crate) varies: HeaderValue,
    pub(crate) tags: TagKey,
    /// Makes what is kept of the ids of events.
    pub(crate) marks: Arc<MarkKeys>,
    /// Where decisions are logged.
    pub(crate) log: Arc<Log>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether the layer answers the customer's own routes.
    pub(crate) answers_portal: bool,
    /// What was said of the store.
    pub(crate) told: Arc<Seldom>,
    /// What was said of where the layer stands.
    pub(crate) placement: Arc<Placement>,
}

impl Setting {
    pub(crate) fn new(policy: Policy, store: Arc<dyn Store>) -> Result<Self, BoxError> {
        let relationships = Relationships::new(store, policy.store().cached_relationships);
        relationships.hearing().into_iter().for_each(|hearing| report::follow(hearing.watch()));
        let told = Arc::default();
        let log = Arc::new(Log::open(&policy.report().decisions, &told));
        Self::over(relationships, policy, log, told)
    }

    /// The same for another policy over the same relationships.
    pub(crate) fn reloaded(&self, policy: Policy) -> Result<Self, BoxError> {
        let (now, next) = (self.policy.store(), policy.store());
        if (&now.kind, now.max_staleness, now.cached_relationships)
            != (&next.kind, next.max_staleness, next.cached_relationships)
        {
            return Err(
                "its `[store]` is another one, and only a process that starts can open it; start anew to change where \
                        relationships are kept, `max_staleness` or `cache.relationships`"
                    .into(),
            );
        }
        if self.policy.report().decisions != policy.report().decisions {
            return Err(
                "its `report.decisions` is another one, and the log is opened when a process starts; start anew".into(),
            );
        }
        // What is under way would be written under a name that nobody looks at any more.
        let secrets = |policy: &Policy| {
            let identity = policy.identity();
            let keys = [&identity.pseudonyms].into_iter().chain(&identity.former);
            keys.map(|key| key.for_another_use("tower-rapport 2026 same secret")).collect::<Vec<_>>()
        };
        if secrets(&self.policy) != secrets(&policy) {
            return Err("its `pseudonym_secret` or `previous_secrets` are others; start anew to change them".into());
        }
        if self.relationships.hearing().is_some() && self.policy.retention_days() != policy.retention_days() {
            return Err(
                "its `retention` is another one, which a shared store is told when a process starts; start anew".into(),
            );
        }
        // Keys that were fetched are not fetched again: until they came, everybody would be a stranger.
        let verified = |policy: &Policy| format!("{:?} {:?}", policy.identity().rules, policy.identity().keys);
        let same_keys = has_fetched(&policy) && verified(&self.policy) == verified(&policy);
        let Self { clock, told, sweeping, answers_portal, log, verifier, .. } = self.clone();
        let next = Self::over(self.relationships.clone(), policy, log, told)?;
        let verifier = if same_keys { verifier } else { next.verifier };
        Ok(Self { clock, sweeping, answers_portal, verifier, ..next })
    }

    fn over(relationships: Relationships, policy: Policy, log: Arc<Log>, told: Arc<Seldom>) -> Result<Self, BoxError> {
        for warning in policy.warnings().iter() {
            tracing::warn!("{warning}");
        }
        let verifier = verifier(policy.identity(), policy.store().cached_tokens)?;
        let stranger = Decision::of_a_stranger(policy.rules());
        let stranger_told = report::decision_header(policy.rules(), &stranger, policy.fingerprint());
        let decided = Arc::new(Decided::new(&policy.rules().ladder));
        let shared = Shared::new(policy.store().cached_generic);
        let varies = varies(&policy);
        let tags = TagKey::new(policy.identity().pseudonyms.for_another_use("tower-rapport 2026 entity tag"));
        let marks = Arc::new(marks(policy.identity()));
        Ok(Self {
            policy: Arc::new(policy),
            verifier,
            relationships,
            sweeping: Arc::default(),
            shared,
            stranger_told,
            decided,
            varies,
            tags,
            marks,
            log,
            clock: Arc::new(SystemClock),
            answers_portal: true,
            told,
            placement: Arc::default(),
        })
    }
}

/// Whatever of a request's headers says who asks, and what they agree to. A cache that knows this gives nobody another's answer.
fn varies(policy: &Policy) -> HeaderValue {
    let (identity, consent) = (policy.identity(), policy.consent());
    let tokens = identity.sources.iter().map(TokenSource::header);
    let channels = policy.channels().iter().map(|cap| cap.header.clone());
    let has_cookies = identity.visitors.is_some() || consent.tcf.is_some();
    let cookies = has_cookies.then_some(COOKIE);
    let mut names: Vec<HeaderName> = Vec::new();
    for name in tokens.chain(cookies).chain(channels).chain([SEC_GPC, HeaderName::from_static("prefer")]) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let line = names.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ");
    HeaderValue::try_from(line).unwrap_or(HeaderValue::from_static("*"))
}

/// What was marked under an earlier secret is known again.
fn marks(identity: &IdentitySettings) -> MarkKeys {
    let keys = [&identity.pseudonyms].into_iter().chain(&identity.former);
    MarkKeys::new(keys.map(|key| key.for_another_use("tower-rapport 2026 event mark")))
}

/// Whether its keys are fetched.
fn has_fetched(policy: &Policy) -> bool {
    match policy.identity().keys {
        Keys::Here(_) => false,
        #[cfg(feature = "jwks")]
        Keys::At(_) => true,
    }
}

fn verifier(identity: &IdentitySettings, remembered: u64) -> Result<Arc<Verifier>, BoxError> {
    let (rules, pseudonyms) = (identity.rules.clone(), identity.pseudonyms.clone());
    let former = identity.former.iter().cloned();
    Ok(match &identity.keys {
        Keys::Here(keys) => Arc::new(Verifier::new(keys.clone(), rules, pseudonyms, remembered).with_former(former)),
        #[cfg(feature = "jwks")]
        Keys::At(source) => {
            let verifier = Arc::new(Verifier::without_keys(rules, pseudonyms, remembered).with_former(former));
            verifier.follow(source.clone())?;
            verifier
        }
    })
}
