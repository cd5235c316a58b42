//! The obligations of a store hold through memory too, and a future can hold what the layer holds.

use super::*;
use crate::store::{BoxFuture, Version, contract};

#[test]
fn what_the_layer_holds_can_be_held_by_a_future() {
    fn holds<T: Send + Sync + Clone + Unpin + 'static>() {}
    fn sent<T: Future + Send + Unpin + 'static>() {}
    holds::<Relationships>();
    sent::<Reply>();
}

/// All that the layer sees of a store, seen as a store: its obligations hold through memory too.
struct Through(Relationships, Arc<dyn Store>);

impl Store for Through {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async move {
            match self.0.load(customer).await {
                Err(error) if error.kind() != StoreErrorKind::Foreign => Err(error),
                _ => self.1.load(customer).await,
            }
        })
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        Box::pin(async move {
            let replaced = self.1.replace(customer, expected, next, urgency).await?;
            self.0.invalidate(customer);
            let seen = match self.0.load(customer).await {
                // Of what cannot be read, memory knows nothing either.
                Err(error) if error.kind() == StoreErrorKind::Foreign => None,
                seen => seen?.map(|record| (*record).clone()),
            };
            let there = self.1.load(customer).await?.and_then(|stored| stored.record(customer).ok());
            // Another writer may have come between; what was seen is then not older than what this one wrote.
            if there.is_some() && seen.is_none() {
                return Err(StoreError::new(StoreErrorKind::Unavailable, "memory does not know what the store does"));
            }
            Ok(replaced)
        })
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.0.sweep(before))
    }
}

#[tokio::test]
async fn with_memory_in_front_a_store_still_keeps_the_contract() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    contract::check(Arc::new(Through(Relationships::new(store.clone(), 10), store))).await.unwrap();
    #[cfg(feature = "embedded")]
    {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(crate::store::Embedded::open(folder.path().join("rapport.redb")).unwrap());
        contract::check(Arc::new(Through(Relationships::new(store.clone(), 10), store))).await.unwrap();
    }
}
