//! What all requests of a layer share.

use std::sync::Arc;

use http::HeaderValue;
use tower::BoxError;

use crate::{
    clock::{Clock, SystemClock},
    decision::Decision,
    identity::Verifier,
    policy::{IdentitySettings, Keys, Policy},
    report::{self, Decided, Seldom},
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
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether the layer answers the customer's own routes.
    pub(crate) answers_portal: bool,
    /// What was said of the store.
    pub(crate) told: Arc<Seldom>,
}

impl Setting {
    pub(crate) fn new(policy: Policy, store: Arc<dyn Store>) -> Result<Self, BoxError> {
        for warning in policy.warnings().iter() {
            tracing::warn!("{warning}");
        }
        let verifier = verifier(policy.identity(), policy.store().cached_tokens)?;
        let relationships = Relationships::new(store, policy.store().cached_relationships);
        let stranger = Decision::of_a_stranger(policy.rules());
        let stranger_told = report::decision_header(policy.rules(), &stranger, policy.fingerprint());
        let decided = Arc::new(Decided::new(&policy.rules().ladder));
        let shared = Shared::new(policy.store().cached_generic);
        Ok(Self {
            policy: Arc::new(policy),
            verifier,
            relationships,
            sweeping: Arc::default(),
            shared,
            stranger_told,
            decided,
            clock: Arc::new(SystemClock),
            answers_portal: true,
            told: Arc::default(),
        })
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
