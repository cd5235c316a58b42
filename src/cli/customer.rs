//! A customer whom an operator names, and what is kept of one.

use tower_rapport::{
    identity::{CustomerId, Pseudonym},
    policy::Policy,
    relationship::Record,
};

use super::{Failure, runtime, store::existing};

/// Under what a customer is kept with the present secret, and then with earlier ones, the latest first.
pub(super) fn names(policy: &Policy, customer: String) -> Vec<Pseudonym> {
    let (identity, customer) = (policy.identity(), CustomerId::new(customer));
    let keys = [&identity.pseudonyms].into_iter().chain(&identity.former);
    keys.map(|key| key.pseudonym(&identity.rules.issuer, &customer)).collect()
}

/// What is kept of a customer. Nothing is changed by asking.
pub(super) fn kept(policy: &Policy, names: &[Pseudonym]) -> Result<Option<Record>, Failure> {
    let runtime = runtime()?;
    let entered = runtime.enter();
    let store = existing(policy)?;
    drop(entered);
    runtime.block_on(async {
        for name in names {
            let stored = store.load(*name).await;
            let stored = stored.map_err(|cause| {
                Failure::caused("the store cannot be asked; see that it runs, and that `[store]` names it", cause)
            })?;
            let Some(stored) = stored else { continue };
            let unreadable = |cause| Failure::caused("what is kept of this customer cannot be read", cause);
            let record = stored.record(*name).map_err(unreadable)?;
            if !record.is_blank() {
                return Ok(Some(record));
            }
        }
        Ok(None)
    })
}
