//! What all requests of a layer share.

use std::sync::Arc;

use tower::BoxError;

use crate::{
    clock::{Clock, SystemClock},
    identity::Verifier,
    policy::{IdentitySettings, Keys, Policy},
    report::Seldom,
    store::{Relationships, Store},
    unknown::Shared,
};

/// A policy, and what is kept in memory under it.
#[derive(Clone)]
pub(crate) struct Setting {
    pub(crate) policy: Arc<Policy>,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) relationships: Relationships,
    /// Answers to somebody unknown.
    #[expect(dead_code, reason = "the layer asks as somebody unknown next")]
    pub(crate) shared: Shared,
    pub(crate) clock: Arc<dyn Clock>,
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
        let shared = Shared::new(policy.store().cached_generic);
        Ok(Self {
            policy: Arc::new(policy),
            verifier,
            relationships,
            shared,
            clock: Arc::new(SystemClock),
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
