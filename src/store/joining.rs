//! A visitor signs in: what is known of the visitor joins what is known of the customer, once.
//!
//! Two records are changed, and nothing changes both at once. So the visitor's is claimed for this customer first, the
//! customer's then takes the evidence in and notes whose it was, and the visitor's says at last that it has gone. Where that is
//! broken off, the next request with the same two goes on from there: nothing counts twice, nothing that was acknowledged is
//! lost, and nobody else gets it.

use std::sync::Arc;

use super::{Relationships, StoreError, StoreErrorKind, Urgency};
use crate::{
    identity::Pseudonym,
    relationship::{Day, Record, SignIn},
};

impl Relationships {
    /// Joins a visitor's evidence with a customer's, and answers with the customer's record then; `None` where there is
    /// nothing to join, because it has joined already, somebody else, or cannot be told whose it is.
    ///
    /// `take` makes one record of the customer's and the visitor's, or says that the customer does not agree to it any more:
    /// then the evidence ends all the same. The work is not cut off where the caller goes away.
    ///
    /// # Errors
    ///
    /// The store could not be asked, or could not write. What has been done by then stays done, and is gone on from.
    pub(crate) async fn join<F>(
        &self,
        customer: Pseudonym,
        visitor: Pseudonym,
        on: Day,
        take: F,
    ) -> Result<Option<Option<Arc<Record>>>, StoreError>
    where
        F: Fn(Option<&Record>, &Record) -> Option<Record> + Send + Sync + 'static,
    {
        let relationships = self.clone();
        let joining = tokio::spawn(async move { relationships.joined(customer, visitor, on, Arc::new(take)).await });
        joining
            .await
            .map_err(|error| StoreError::caused(StoreErrorKind::Unavailable, "a join was broken off", error))?
    }

    /// Notes that somebody signed in whose evidence a visitor's may not join, so that it joins nobody's: in force here at once.
    pub(crate) fn leave_unclear(&self, visitor: Pseudonym) {
        let unclear = |record: Option<&Record>| {
            let open = record.filter(|record| record.sign_in.is_none() && record.history.is_some())?;
            Some(Record { sign_in: Some(SignIn::Unclear), ..open.clone() })
        };
        drop(self.lower(visitor, unclear));
    }

    async fn joined<F>(
        &self,
        customer: Pseudonym,
        visitor: Pseudonym,
        on: Day,
        take: Arc<F>,
    ) -> Result<Option<Option<Arc<Record>>>, StoreError>
    where
        F: Fn(Option<&Record>, &Record) -> Option<Record> + Send + Sync + 'static,
    {
        let claim = move |record: Option<&Record>| {
            let open = record.cloned().unwrap_or_default();
            open.sign_in.is_none().then_some(Record { sign_in: Some(SignIn::Joining(customer)), ..open })
        };
        let claimed = self.update(visitor, Urgency::Choice, claim).await?;
        let Some(evidence) = claimed.filter(|record| record.sign_in == Some(SignIn::Joining(customer))) else {
            return Ok(None);
        };
        let took_in = move |record: Option<&Record>| {
            if record.is_some_and(|record| record.visitors.contains(&visitor)) {
                return None;
            }
            let mut joined = take(record, &evidence)?;
            joined.visitors.push(visitor);
            let too_many = joined.visitors.len().saturating_sub(Record::VISITORS);
            joined.visitors.drain(..too_many);
            Some(joined)
        };
        let known = self.update(customer, Urgency::Choice, took_in).await?;
        let gone = move |_: Option<&Record>| Some(Record { sign_in: Some(SignIn::Joined(on)), ..Record::default() });
        self.update(visitor, Urgency::Choice, gone).await?;
        Ok(Some(known))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::task::JoinSet;

    use super::*;
    use crate::{
        name::Name,
        relationship::History,
        store::{Fault, Faulty, Memory, Store},
    };

    const PURCHASES: u64 = 3;

    fn customer(number: u8) -> Pseudonym {
        Pseudonym::from_bytes([number; 16])
    }

    fn today() -> Day {
        Day::from_date("2026-11-22".parse().unwrap())
    }

    fn bought(count: u64) -> Record {
        let day = today();
        let counts = [(Name::of_literal("purchase"), count)].into();
        let history = History {
            first_seen: day,
            last_seen: day,
            active_days: 1,
            last_visit: None,
            counts,
            stage: None,
            changed: None,
            marks: Vec::new(),
            doubted_since: None,
        };
        Record { history: Some(history), ..Record::default() }
    }

    fn purchases(record: Option<&Record>) -> u64 {
        record.and_then(|record| record.history.as_ref()).map_or(0, |history| history.count("purchase"))
    }

    /// Adds up, so that whatever counts twice is seen.
    fn sum(record: Option<&Record>, visitors: &Record) -> Option<Record> {
        let sum = bought(purchases(record) + purchases(Some(visitors)));
        Some(Record { visitors: record.map(|record| record.visitors.clone()).unwrap_or_default(), ..sum })
    }

    async fn kept(store: &dyn Store, whose: Pseudonym) -> Option<Record> {
        store.load(whose).await.unwrap().map(|stored| stored.record(whose).unwrap())
    }

    #[tokio::test]
    async fn a_visitor_joins_one_customer_once() {
        let relationships = Relationships::new(Arc::new(Memory::default()), 100);
        let (anna, ben, visitor) = (customer(1), customer(2), customer(3));
        for (whose, count) in [(anna, 1), (visitor, PURCHASES)] {
            relationships.update(whose, Urgency::Choice, move |_| Some(bought(count))).await.unwrap();
        }
        let joined = relationships.join(anna, visitor, today(), sum).await.unwrap().unwrap();
        assert_eq!(purchases(joined.as_deref()), 1 + PURCHASES);
        for whose in [anna, ben] {
            assert!(relationships.join(whose, visitor, today(), sum).await.unwrap().is_none());
        }
        let gone = relationships.load(visitor).await.unwrap().unwrap();
        assert_eq!(*gone, Record { sign_in: Some(SignIn::Joined(today())), ..Record::default() });
        assert_eq!(relationships.load(anna).await.unwrap().unwrap().visitors, [visitor]);
    }

    #[tokio::test]
    async fn whoever_does_not_agree_any_more_takes_nothing_in_and_the_evidence_ends() {
        let relationships = Relationships::new(Arc::new(Memory::default()), 100);
        let (anna, visitor) = (customer(1), customer(3));
        relationships.update(visitor, Urgency::Choice, |_| Some(bought(PURCHASES))).await.unwrap();
        let known = relationships.join(anna, visitor, today(), |_, _| None).await.unwrap().unwrap();
        assert_eq!((known, relationships.load(anna).await.unwrap()), (None, None));
        assert_eq!(purchases(relationships.load(visitor).await.unwrap().as_deref()), 0);
    }

    #[tokio::test]
    async fn a_record_names_the_latest_visitors_only() {
        let relationships = Relationships::new(Arc::new(Memory::default()), 100);
        for number in 0..40 {
            relationships.join(customer(100), customer(number), today(), sum).await.unwrap().unwrap();
        }
        let named = relationships.load(customer(100)).await.unwrap().unwrap().visitors.clone();
        assert_eq!(named, (24..40).map(customer).collect::<Vec<_>>());
    }

    /// Two nodes, two customers, one visitor, and a store that does whatever a store can do wrong.
    #[tokio::test(start_paused = true)]
    async fn whatever_fails_and_whoever_is_faster_it_counts_once() {
        let faults = [Fault::None, Fault::Down, Fault::ReadOnly, Fault::Deaf, Fault::Slow(Duration::from_millis(7))];
        for round in 0_usize..400 {
            let kept_in = Arc::new(Memory::default());
            let stores = [(); 2].map(|()| Arc::new(Faulty::new(Arc::clone(&kept_in))));
            let nodes = [0, 1].map(|node: usize| Relationships::new(Arc::clone(&stores[node]) as Arc<dyn Store>, 100));
            let (anna, ben, visitor) = (customer(1), customer(2), customer(3));
            nodes[0].update(visitor, Urgency::Choice, |_| Some(bought(PURCHASES))).await.unwrap();
            let mut joins = JoinSet::new();
            for attempt in 0..6 {
                let (node, whose) = (attempt % 2, if (round / 5 + attempt) % 3 == 0 { ben } else { anna });
                stores[node].set(faults[(round + attempt * attempt) % faults.len()]);
                let node = nodes[node].clone();
                joins.spawn(async move { node.join(whose, visitor, today(), sum).await.is_ok() });
                tokio::time::sleep(Duration::from_millis((round * 7 + attempt * 3) as u64 % 11)).await;
            }
            stores.iter().for_each(|store| store.set(Fault::None));
            while joins.join_next().await.is_some() {}
            tokio::time::sleep(Duration::from_secs(120)).await;
            for node in &nodes {
                node.flush().await;
                // What the other node has done is heard of.
                [anna, ben, visitor].into_iter().for_each(|whose| node.invalidate(whose));
                for whose in [anna, ben] {
                    node.join(whose, visitor, today(), sum).await.unwrap();
                }
            }
            let (annas, bens) = (kept(&*kept_in, anna).await, kept(&*kept_in, ben).await);
            let counts = (purchases(annas.as_ref()), purchases(bens.as_ref()));
            assert!(counts == (PURCHASES, 0) || counts == (0, PURCHASES), "round {round}: {counts:?}");
            let gone = kept(&*kept_in, visitor).await.unwrap();
            assert_eq!(gone, Record { sign_in: Some(SignIn::Joined(today())), ..Record::default() }, "round {round}");
        }
    }
}
