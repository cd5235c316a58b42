//! What the store knows of whoever asks: from memory if it is there, asked for if it is not, and joined where a visitor signs
//! in. None of it takes longer than `decide_within`.

use std::{pin::Pin, sync::Arc};

use tokio::time::{Instant, timeout_at};

use crate::{
    asked::{Asked, Visiting},
    identity::Pseudonym,
    relationship::{Day, Record, SignIn},
    report,
    setting::Setting,
    store::{Relationships, StoreError},
};

/// Asks the store, no longer than `decide_within`.
pub(crate) type Load = Pin<Box<dyn Future<Output = Loaded> + Send>>;

/// What the store said.
pub(crate) enum Loaded {
    /// What it knows.
    Found(Found),
    /// Nothing, or not in time.
    Silence,
    /// Two records are not one yet. What was decided before stands; the work goes on.
    NotJoined,
}

/// What is known of whoever asks.
#[derive(Clone, Default)]
pub(crate) struct Found {
    /// The record of the customer, or of the visitor where nobody signed in.
    pub(crate) record: Option<Arc<Record>>,
    /// The record of the visitor who signed in as the customer.
    pub(crate) visitors: Option<Arc<Record>>,
}

impl Found {
    /// What memory holds of all that is needed to decide; none where it does not hold all.
    pub(crate) fn in_memory(setting: &Setting, asked: &Asked) -> Option<Self> {
        let Some(identity) = &asked.identity else { return Some(Self::default()) };
        let record = remembered(&setting.relationships, identity.customer, &identity.former)?;
        let visitors = match &asked.visitor {
            Visiting::SignsIn(visitor) => remembered(&setting.relationships, visitor.pseudonym, &visitor.former)?,
            _ => None,
        };
        Some(Self { record, visitors })
    }

    /// Asks for what memory does not hold.
    pub(crate) fn load(setting: &Setting, asked: &Asked, until: Instant) -> Load {
        let relationships = setting.relationships.clone();
        let (identity, visiting) = (asked.identity.clone(), asked.visitor.clone());
        let told = Arc::clone(&setting.told);
        Box::pin(async move {
            let loading = async {
                let Some(identity) = identity else { return Ok(Self::default()) };
                let record = relationships.load_moved(identity.customer, &identity.former).await?;
                let visitors = match visiting {
                    Visiting::SignsIn(visitor) => relationships.load_moved(visitor.pseudonym, &visitor.former).await?,
                    _ => None,
                };
                Ok(Self { record, visitors })
            };
            let loaded = timeout_at(until, loading).await.map_err(|_| "late");
            match loaded.and_then(|loaded| loaded.map_err(|error: StoreError| error.kind().word())) {
                Ok(found) => Loaded::Found(found),
                Err(cause) => {
                    report::store_trouble(&told, cause);
                    Loaded::Silence
                }
            }
        })
    }

    /// Joins what is known of a visitor with what is known of the customer who signed in.
    pub(crate) fn join(setting: &Setting, asked: &Asked, until: Instant) -> Option<Load> {
        let (Visiting::SignsIn(visitor), Some(identity)) = (&asked.visitor, &asked.identity) else { return None };
        let (relationships, policy) = (setting.relationships.clone(), Arc::clone(&setting.policy));
        let (customer, visitor) = (identity.customer, visitor.pseudonym);
        let (asked, on) = (asked.clone(), Day::of(asked.now));
        let take = move |record: Option<&Record>, visitors: &Record| asked.joined(policy.rules(), record, visitors);
        Some(Box::pin(async move {
            match timeout_at(until, relationships.join(customer, visitor, on, take)).await {
                Ok(Ok(Some(record))) => {
                    let gone = Record { sign_in: Some(SignIn::Joined(on)), ..Record::default() };
                    Loaded::Found(Self { record, visitors: Some(Arc::new(gone)) })
                }
                Ok(Ok(None) | Err(_)) | Err(_) => Loaded::NotJoined,
            }
        }))
    }
}

/// What memory holds of somebody. Who may still be kept under a former pseudonym is not known before that was looked for.
fn remembered(relationships: &Relationships, customer: Pseudonym, former: &[Pseudonym]) -> Option<Option<Arc<Record>>> {
    let record = relationships.peek(customer)?;
    (former.is_empty() || record.as_ref().is_some_and(|record| !record.is_blank())).then_some(record)
}
