//! What all requests of a layer share.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, header::COOKIE};
use tower::BoxError;

use crate::{
    asked::Carried,
    clock::{Clock, SystemClock},
    consent::SEC_GPC,
    decision::Decision,
    identity::{TokenSource, Verifier},
    placement::Placement,
    policy::{IdentitySettings, Keys, Policy},
    relationship::MarkKeys,
    report::{self, Decided, DecisionHeaders, Log, Sample, Seldom},
    shaping::validators::TagKey,
    store::{Relationships, Store},
    sweeping::Sweeping,
    tokens::Tokens,
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
    /// What is told of decisions, the client and the wrapped service.
    pub(crate) headers: Arc<DecisionHeaders>,
    /// What the wrapped service is told of somebody unknown.
    pub(crate) stranger_told: HeaderValue,
    pub(crate) decided: Arc<Decided>,
    /// The headers of a request on which answers depend.
    pub(crate) varies: HeaderValue,
    /// The headers of a request that are kept where no endpoint covers it.
    pub(crate) carried: Arc<[HeaderName]>,
    pub(crate) tags: TagKey,
    /// Makes what is kept of the ids of events.
    pub(crate) marks: Arc<MarkKeys>,
    /// Where decisions are logged.
    pub(crate) log: Arc<Log>,
    /// Which answers in observe mode are shaped on the side.
    pub(crate) sample: Arc<Sample>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What was said of the store.
    pub(crate) told: Arc<Seldom>,
    /// What was said of where the layer stands.
    pub(crate) placement: Arc<Placement>,
    /// What was said of tokens.
    pub(crate) tokens: Arc<Tokens>,
}

impl Setting {
    pub(crate) fn new(policy: Policy, store: Arc<dyn Store>) -> Result<Self, BoxError> {
        let relationships = Relationships::new(store, policy.store().cached_relationships);
        relationships.hearing().into_iter().for_each(|hearing| report::follow(hearing.watch()));
        let told = Arc::default();
        let log = Arc::new(Log::open(&policy.report().decisions, &told));
        let verifier = verifier(&policy)?;
        Ok(Self::over(relationships, policy, verifier, log, told))
    }

    /// The same for another policy over the same relationships.
    ///
    /// # Errors
    ///
    /// What it changes holds for a process that starts.
    pub(crate) fn reloaded(&self, policy: Policy) -> Result<Self, BoxError> {
        if let Some(why) = self.keeps_from(&policy) {
            return Err(why.into());
        }
        let Self { clock, told, sweeping, log, tokens, .. } = self.clone();
        // Keys that were fetched are not fetched again: until they came, everybody would be a stranger.
        let verifier =
            if has_fetched_as(&self.policy, &policy) { Arc::clone(&self.verifier) } else { verifier(&policy)? };
        let placement = Arc::new(self.placement.reloaded(&policy));
        let next = Self::over(self.relationships.clone(), policy, verifier, log, told);
        Ok(Self { clock, sweeping, placement, tokens, ..next })
    }

    /// What keeps another policy from being put in force while this one is.
    fn keeps_from(&self, policy: &Policy) -> Option<&'static str> {
        let (store, next) = (self.policy.store(), policy.store());
        let (identity, others) = (self.policy.identity(), policy.identity());
        // What a shared store forgets, it was told when it was opened.
        let is_told_of_retention = self.relationships.hearing().is_some();
        [
            (
                !store.kind.is_same(&next.kind)
                    || (store.max_staleness, store.cached_relationships) != (next.max_staleness, next.cached_relationships),
                "its `[store]` is another one; start anew to change where relationships are kept, `max_staleness` or \
                 `cache.relationships`",
            ),
            (
                is_told_of_retention && self.policy.retention_days() != policy.retention_days(),
                "its `retention` is another one, and the store was told of it when it was opened; start anew to change it",
            ),
            (
                // What is under way would be written under names that nobody looks at any more.
                (&identity.pseudonyms, &identity.former) != (&others.pseudonyms, &others.former),
                "its `pseudonym_secret` or `previous_secrets` are others; start anew to change them",
            ),
            (
                self.policy.report().decisions != policy.report().decisions,
                "its `report.decisions` is another one, and the log was opened at the start; start anew to change it",
            ),
        ]
        .into_iter()
        .find_map(|(differs, why)| differs.then_some(why))
    }

    fn over(
        relationships: Relationships,
        policy: Policy,
        verifier: Arc<Verifier>,
        log: Arc<Log>,
        told: Arc<Seldom>,
    ) -> Self {
        for warning in policy.warnings().iter() {
            tracing::warn!("{warning}");
        }
        let stranger = Decision::of_a_stranger(policy.rules());
        let stranger_told = report::decision_header(policy.rules(), &stranger, policy.fingerprint());
        let decided = Arc::new(Decided::new(&policy.rules().ladder));
        let shared = Shared::new(policy.store().cached_generic);
        let varies = varies(&policy);
        let carried = Carried::names(&policy);
        let tags = TagKey::new(policy.identity().pseudonyms.for_another_use("tower-rapport 2026 entity tag"));
        let marks = Arc::new(marks(policy.identity()));
        let sample = Arc::new(Sample::new(policy.report().sample));
        let placement = Arc::new(Placement::of(&policy));
        Self {
            policy: Arc::new(policy),
            verifier,
            relationships,
            sweeping: Arc::default(),
            shared,
            headers: Arc::default(),
            stranger_told,
            decided,
            varies,
            carried,
            tags,
            marks,
            log,
            sample,
            clock: Arc::new(SystemClock),
            told,
            placement,
            tokens: Arc::default(),
        }
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

/// Whether two policies fetch the same keys, and ask the same of tokens.
#[cfg(feature = "jwks")]
fn has_fetched_as(one: &Policy, other: &Policy) -> bool {
    let (one, other) = (one.identity(), other.identity());
    let are_fetched = matches!((&one.keys, &other.keys), (Keys::At(source), Keys::At(next)) if source == next);
    are_fetched && one.rules == other.rules
}

#[cfg(not(feature = "jwks"))]
fn has_fetched_as(_: &Policy, _: &Policy) -> bool {
    false
}

fn verifier(policy: &Policy) -> Result<Arc<Verifier>, BoxError> {
    let (identity, remembered) = (policy.identity(), policy.store().cached_tokens);
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
