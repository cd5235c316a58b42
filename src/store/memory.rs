//! Relationships that live as long as the process.

use std::{
    collections::HashMap,
    future::ready,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{BoxFuture, Replaced, Silence, Store, StoreError, Stored, Urgency, Version, silence};
use crate::{identity::Pseudonym, relationship::Day};

/// Keeps relationships in memory: for tests, demos and the curious.
///
/// **Not durable.** Everything, choices too, ends with the process, and nothing bounds how much is kept but
/// [`sweep`](Store::sweep).
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::{RapportLayer, policy::Policy, store::Memory};
///
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let layer = RapportLayer::new(policy, Arc::new(Memory::new()))?; // in place of the store that the policy names
/// # Ok::<(), tower::BoxError>(())
/// ```
#[derive(Debug, Default)]
pub struct Memory {
    kept: Mutex<HashMap<Pseudonym, Stored>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<Pseudonym, Stored>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Memory {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(ready(Ok(self.kept().get(&customer).cloned())))
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        _: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        let mut kept = self.kept();
        let found = kept.get(&customer).map(Stored::version);
        let replaced = if found == expected || found == Some(next.version()) {
            kept.insert(customer, next);
            Replaced::Written
        } else {
            Replaced::Conflict(kept.get(&customer).cloned())
        };
        Box::pin(ready(Ok(replaced)))
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        let mut swept = 0;
        self.kept().retain(|customer, stored| {
            let silence = stored.record(*customer).map_or(Silence::Keep, |record| silence(&record, before));
            swept += u64::from(silence != Silence::Keep);
            if let Silence::Lessen(left) = &silence {
                *stored = Stored::new(*customer, left);
            }
            silence != Silence::Remove
        });
        Box::pin(ready(Ok(swept)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::contract;

    #[tokio::test]
    async fn memory_keeps_the_contract() {
        contract::check(Arc::new(Memory::new())).await.unwrap();
    }
}
