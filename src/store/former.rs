//! Customers who were known under an earlier secret stay known: their record moves to the present pseudonym.

use std::sync::Arc;

use super::{Relationships, StoreError, StoreErrorKind, Urgency};
use crate::{
    consent::Choices,
    identity::Pseudonym,
    relationship::{Day, History, Record},
};

impl Relationships {
    /// What is known of a customer, who may have been known under former pseudonyms, the latest first.
    ///
    /// The first record that is found there is moved. The move is not cut off where the caller goes away, and what stood
    /// under the former pseudonym is cleared only once it stands under the present one.
    ///
    /// # Errors
    ///
    /// The store could not be asked, or could not write.
    pub(crate) async fn load_moved(
        &self,
        customer: Pseudonym,
        former: &[Pseudonym],
    ) -> Result<Option<Arc<Record>>, StoreError> {
        if former.is_empty() {
            return self.load(customer).await;
        }
        let (relationships, former) = (self.clone(), former.to_vec());
        let moving = tokio::spawn(async move { relationships.moved(customer, &former).await });
        moving.await.map_err(|error| StoreError::caused(StoreErrorKind::Unavailable, "a move was broken off", error))?
    }

    async fn moved(&self, customer: Pseudonym, former: &[Pseudonym]) -> Result<Option<Arc<Record>>, StoreError> {
        let known = self.load(customer).await?;
        // A blank record is left where somebody was known before: the secrets may have been changed back.
        if known.as_ref().is_some_and(|record| !record.is_blank()) {
            return Ok(known);
        }
        for former in former {
            let Some(earlier) = self.load(*former).await?.filter(|record| !record.is_blank()) else { continue };
            let moved = Arc::clone(&earlier);
            let change = move |present: Option<&Record>| Some(joined(present, &moved));
            let known = self.update(customer, Urgency::Choice, change).await?;
            // Only what was moved is cleared: another node may have written there since.
            let clear = move |now: Option<&Record>| (now == Some(&*earlier)).then(Record::default);
            self.update(*former, Urgency::Choice, clear).await?;
            return Ok(known);
        }
        Ok(known)
    }
}

/// The earlier record, and what has come under the present pseudonym since: the later answer of each kind counts.
fn joined(present: Option<&Record>, earlier: &Record) -> Record {
    let Some(present) = present else { return earlier.clone() };
    let mut purposes = earlier.choices.purposes.clone();
    for (name, answer) in &present.choices.purposes {
        if purposes.get(name).is_none_or(|before| before.at <= answer.at) {
            purposes.insert(name.clone(), *answer);
        }
    }
    let mut gpc = earlier.choices.gpc.clone();
    gpc.extend(present.choices.gpc.clone());
    Record {
        history: longer(present, earlier),
        choices: Choices {
            limit: present.choices.limit.clone().or_else(|| earlier.choices.limit.clone()),
            paused_until: present.choices.paused_until.max(earlier.choices.paused_until),
            purposes,
            gpc,
        },
        forgotten: present.forgotten.max(earlier.forgotten),
        sign_in: present.sign_in.or(earlier.sign_in),
        visitors: earlier.visitors.iter().chain(&present.visitors).copied().collect(),
    }
}

/// The history that began first, unless it was forgotten since.
fn longer(present: &Record, earlier: &Record) -> Option<History> {
    let stands = |history: &&History| present.forgotten.is_none_or(|at| Day::of(at) < history.last_seen);
    let earlier = earlier.history.as_ref().filter(stands);
    [present.history.as_ref(), earlier].into_iter().flatten().min_by_key(|history| history.first_seen).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{consent::Answer, store::Memory};

    fn limited(to: &str) -> Record {
        Record { choices: Choices { limit: Some(to.parse().unwrap()), ..Choices::default() }, ..Record::default() }
    }

    async fn put(relationships: &Relationships, customer: Pseudonym, record: Record) {
        relationships.update(customer, Urgency::Choice, move |_| Some(record.clone())).await.unwrap();
    }

    #[tokio::test]
    async fn a_record_moves_once_and_leaves_nothing_behind() {
        let relationships = Relationships::new(Arc::new(Memory::default()), 100);
        let [now, last, before] = [1, 2, 3].map(|byte| Pseudonym::from_bytes([byte; 16]));
        put(&relationships, last, limited("acquainted")).await;
        put(&relationships, before, limited("new")).await;
        let known = relationships.load_moved(now, &[last, before]).await.unwrap();
        assert_eq!(known.as_deref(), Some(&limited("acquainted")));
        assert_eq!(relationships.load(now).await.unwrap().as_deref(), Some(&limited("acquainted")));
        assert_eq!(relationships.load(last).await.unwrap().as_deref(), Some(&Record::default()));
        assert_eq!(
            relationships.load_moved(now, &[last, before]).await.unwrap().as_deref(),
            Some(&limited("acquainted"))
        );
    }

    #[tokio::test]
    async fn a_secret_that_comes_back_brings_its_customers_back() {
        let relationships = Relationships::new(Arc::new(Memory::default()), 100);
        let [a, b] = [1, 2].map(|byte| Pseudonym::from_bytes([byte; 16]));
        put(&relationships, a, limited("acquainted")).await;
        for (now, before) in [(b, a), (a, b), (b, a)] {
            let known = relationships.load_moved(now, &[before]).await.unwrap();
            assert_eq!(known.as_deref(), Some(&limited("acquainted")));
        }
    }

    #[tokio::test]
    async fn a_stranger_has_nothing_to_move() {
        let relationships = Relationships::new(Arc::new(Memory::default()), 100);
        let [now, last] = [1, 2].map(|byte| Pseudonym::from_bytes([byte; 16]));
        assert_eq!(relationships.load_moved(now, &[last]).await.unwrap(), None);
    }

    #[test]
    fn what_was_refused_before_stays_refused() {
        let answer = |granted, at: &str| Answer { granted, at: at.parse().unwrap(), was_granted: false };
        let record = |purposes: &[(&str, Answer)]| Record {
            choices: Choices {
                purposes: purposes.iter().map(|(name, answer)| (name.parse().unwrap(), *answer)).collect(),
                ..Choices::default()
            },
            ..Record::default()
        };
        let earlier =
            record(&[("a", answer(false, "2026-01-01T00:00:00Z")), ("b", answer(false, "2026-03-01T00:00:00Z"))]);
        let present =
            record(&[("a", answer(true, "2026-02-01T00:00:00Z")), ("b", answer(true, "2026-02-01T00:00:00Z"))]);
        let joined = joined(Some(&present), &earlier);
        let granted: Vec<_> = joined.choices.purposes.values().map(|answer| answer.granted).collect();
        assert_eq!(granted, [true, false]);
    }
}
