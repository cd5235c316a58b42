//! What was acknowledged is there after a loss of power at any moment.
//!
//! The store works on a [`Disk`] that notes what is asked of it. From its steps come the images that a loss of power may leave:
//! at every wait for the disk and between, in the midst of making the file anew, and in the midst of opening such an image.

use std::collections::BTreeMap;

use super::{
    disk::{Chances, Disk, Files, Platter, Step},
    *,
};
use crate::relationship::{History, Record};

pub(super) const NAME: &str = "rapport.redb";

pub(super) fn customer(n: u64) -> Pseudonym {
    Pseudonym::from_bytes([n.to_be_bytes(), [7; 8]].concat().try_into().unwrap())
}

pub(super) fn last_seen(date: &str, count: u64) -> Record {
    let day = Day::from_date(date.parse().unwrap());
    let history = History {
        first_seen: day,
        last_seen: day,
        active_days: 1,
        last_visit: None,
        counts: [("purchase".parse().unwrap(), count)].into(),
        stage: None,
        changed: None,
        marks: Vec::new(),
        doubted_since: None,
    };
    Record { history: Some(history), ..Record::default() }
}

fn count_in(n: u64, stored: &Stored) -> Option<u64> {
    Some(stored.record(customer(n)).ok()?.history?.count("purchase"))
}

/// What may be found of each customer: what was acknowledged last, or anything that was asked for since.
#[derive(Default)]
pub(super) struct Promised(pub(super) BTreeMap<u64, Vec<Option<u64>>>);

impl Promised {
    fn follow(&mut self, step: &Step) {
        match step {
            Step::Asked { customer, count } => self.of(*customer).push(*count),
            Step::Acknowledged { customer, count } => {
                let states = self.of(*customer);
                let at = states.iter().rposition(|state| state == count).unwrap();
                states.drain(..at);
            }
            _ => {}
        }
    }

    fn of(&mut self, customer: u64) -> &mut Vec<Option<u64>> {
        self.0.entry(customer).or_insert_with(|| vec![None])
    }

    /// Opens what is on a disk, and answers the steps of that.
    fn is_kept_on(&self, files: Files, when: &str) -> Vec<Step> {
        let disk = Disk::new(files, Duration::ZERO);
        let file = File::open(&disk.path(NAME)).unwrap_or_else(|error| panic!("{when}: {error:?}"));
        self.is_kept_in(&file, when);
        file.close();
        disk.steps()
    }

    pub(super) fn is_kept_in(&self, file: &File, when: &str) {
        for (n, may_be) in &self.0 {
            let found = file.load(customer(*n)).unwrap_or_else(|error| panic!("{when}: {error:?}"));
            let found = found.map(|stored| count_in(*n, &stored).unwrap());
            assert!(may_be.contains(&found), "{when}: {found:?} is found of {n}, and not one of {may_be:?}");
        }
    }
}

/// Writes of some customers at a time, a sweep now and then. The file is made anew as often as this lets it.
async fn work(urgencies: &[Urgency], every: Duration) -> Vec<Step> {
    let disk = Disk::new(Files::default(), Duration::from_micros(300));
    let store = Embedded::open_rewriting(&disk.path(NAME), every).unwrap();
    let mut chances = Chances(every.as_micros().try_into().unwrap());
    let mut written = BTreeMap::new();
    for round in 1..=ROUNDS {
        let together = 1 + chances.below(if round % 8 == 1 { CUSTOMERS } else { 6 });
        let who: std::collections::BTreeSet<_> = (0..together).map(|_| chances.below(CUSTOMERS)).collect();
        let urgency = urgencies[usize::try_from(chances.below(urgencies.len() as u64)).unwrap()];
        let writes = who.into_iter().map(|n| {
            // A count that nobody else ever has.
            let count = round * CUSTOMERS + n;
            let last = if n % 5 == 0 { "2020-01-01" } else { "2026-11-22" };
            let next = Stored::new(customer(n), &last_seen(last, count));
            let expected = written.insert(n, next.version());
            let (store, disk) = (&store, &disk);
            async move {
                disk.note(Step::Asked { customer: n, count: Some(count) });
                let replaced = store.replace(customer(n), expected, next, urgency).await.unwrap();
                assert_eq!(replaced, Replaced::Written);
                disk.note(Step::Acknowledged { customer: n, count: Some(count) });
            }
        });
        join_all(writes).await;
        if round % 12 == 0 {
            let silent: Vec<_> = written.extract_if(.., |n, _| n % 5 == 0).map(|(n, _)| n).collect();
            silent.iter().for_each(|n| disk.note(Step::Asked { customer: *n, count: None }));
            store.sweep(Day::from_date("2021-01-01".parse().unwrap())).await.unwrap();
            silent.iter().for_each(|n| disk.note(Step::Acknowledged { customer: *n, count: None }));
        }
        tokio::time::sleep(Duration::from_millis(chances.below(3))).await;
    }
    drop(store);
    disk.steps()
}

async fn join_all(futures: impl Iterator<Item = impl Future<Output = ()>>) {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

/// Loses power at these moments and some between, and looks what is left.
fn lose_power(steps: &[Step], seed: u64) {
    let (mut platter, mut promised) = (Platter::new(Files::default()), Promised::default());
    let mut images = 0;
    for (at, step) in steps.iter().enumerate() {
        let mut chances = Chances(seed ^ (at as u64) << 8);
        let times = match step {
            Step::Synced { .. } | Step::NamesKept => 2,
            step if step.is_of_names() => 3,
            _ => chances.below(6) / 5,
        };
        for time in 0..times {
            let when = format!("seed {seed}, before step {at} of {}, image {time}", steps.len());
            let image = platter.crash(&mut chances);
            images += 1;
            let is_lost_again = chances.below(8) == 0;
            let kept = is_lost_again.then(|| image.clone());
            let opening = promised.is_kept_on(image, &when);
            if let Some(image) = kept {
                let until = usize::try_from(chances.below(opening.len() as u64 + 1)).unwrap();
                let mut again = Platter::new(image);
                opening.iter().take(until).for_each(|step| again.follow(step));
                promised
                    .is_kept_on(again.crash(&mut chances), &format!("{when}, and again before step {until} of that"));
                images += 1;
            }
        }
        platter.follow(step);
        promised.follow(step);
    }
    let renamed = steps.iter().filter(|step| matches!(step, Step::Renamed { .. })).count();
    let synced = steps.iter().filter(|step| matches!(step, Step::Synced { .. })).count();
    eprintln!("{} steps, {synced} waits, made anew {renamed} times, {images} images", steps.len());
}

const CUSTOMERS: u64 = 200;
const ROUNDS: u64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn choices_survive_a_loss_of_power() {
    lose_power(&work(&[Urgency::Choice], Duration::from_secs(60)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_survive_a_loss_of_power() {
    lose_power(&work(&[Urgency::Event], Duration::from_secs(61)).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_the_file_is_made_anew_survives_a_loss_of_power() {
    let steps = work(&[Urgency::Choice, Urgency::Event, Urgency::Visit], Duration::from_millis(2)).await;
    lose_power(&steps, 3);
}
