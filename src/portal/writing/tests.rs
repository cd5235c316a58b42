use std::sync::Mutex;

use super::*;
use crate::{
    consent::Answer,
    name::Name,
    portal::Wish,
    relationship::Stage,
    store::{Fault, Faulty, Memory},
};

const ANNA: Pseudonym = Pseudonym::from_bytes([1; 16]);
const BEFORE: Pseudonym = Pseudonym::from_bytes([2; 16]);
const ONLY_ANNA: Whose<'static> = Whose { customer: ANNA, former: &[] };
const ANNA_OF_BEFORE: Whose<'static> = Whose { customer: ANNA, former: &[BEFORE] };

fn choosing(wish: Wish) -> Choosing {
    Choosing {
        is_record: matches!(&wish, Wish::Purpose(name, _) if *name == *"record"),
        wish,
        at: "2026-11-22T12:00:00Z".parse().unwrap(),
        gpc: false,
        stages: ["new", "acquainted", "familiar", "trusted"].map(name).into(),
        stands: Arc::new(|_| true),
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at_most(level: u8) -> Choosing {
    choosing(Wish::Limit(Some(Stage::at(level))))
}

fn grant(granted: bool) -> Choosing {
    choosing(Wish::Purpose(name("personalization"), granted))
}

struct House {
    store: Arc<Faulty>,
    relationships: Relationships,
}

fn house() -> House {
    of(Arc::new(Faulty::new(Memory::new())))
}

fn of(store: Arc<Faulty>) -> House {
    House { relationships: Relationships::new(Arc::clone(&store) as Arc<_>, 100), store }
}

impl House {
    async fn write(&self, choosing: &Choosing) -> Done {
        write(&self.relationships, ONLY_ANNA, choosing).await
    }

    async fn kept(&self, customer: Pseudonym) -> Option<Record> {
        self.store.inner().load(customer).await.unwrap().map(|stored| stored.record(customer).unwrap())
    }

    async fn limit(&self) -> Option<String> {
        self.kept(ANNA).await.and_then(|record| record.choices.limit).map(|limit| limit.to_string())
    }

    /// The limit that is in force on this node.
    fn in_force(&self) -> Option<String> {
        let record = self.relationships.peek(ANNA).flatten();
        record.and_then(|record| record.choices.limit.clone()).map(|limit| limit.to_string())
    }
}

#[tokio::test(start_paused = true)]
async fn a_choice_is_acknowledged_once_it_is_durable() {
    let house = house();
    for (choosing, limit) in [
        (at_most(2), Some("familiar")),
        (at_most(1), Some("acquainted")),
        (at_most(1), Some("acquainted")),
        (at_most(3), Some("trusted")),
        (choosing(Wish::Limit(None)), None),
        (choosing(Wish::Limit(None)), None),
    ] {
        assert!(matches!(house.write(&choosing).await, Done::Durable(_)), "{:?}", choosing.wish);
        assert_eq!(house.limit().await.as_deref(), limit, "{:?}", choosing.wish);
    }
}

#[tokio::test(start_paused = true)]
async fn what_lowers_is_in_force_while_it_cannot_be_written_and_is_tried_on() {
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Held, Fault::Slow(Duration::from_secs(60))] {
        let house = house();
        assert!(matches!(house.write(&at_most(2)).await, Done::Durable(_)));
        house.store.set(fault);
        assert!(matches!(house.write(&at_most(1)).await, Done::InForce), "{fault:?}");
        assert_eq!(house.in_force().as_deref(), Some("acquainted"), "{fault:?}");
        house.store.set(Fault::None);
        sleep(Duration::from_secs(120)).await;
        assert_eq!(house.limit().await.as_deref(), Some("acquainted"), "{fault:?}: written at last");
    }
}

#[tokio::test(start_paused = true)]
async fn what_raises_is_not_in_force_before_it_is_written_and_does_not_come_back_later() {
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Slow(Duration::from_secs(60))] {
        for raising in [at_most(3), choosing(Wish::Limit(None))] {
            let house = house();
            assert!(matches!(house.write(&at_most(1)).await, Done::Durable(_)));
            house.store.set(fault);
            let done = house.write(&raising).await;
            assert!(matches!(done, Done::Failed), "{fault:?} {done:?}");
            assert_ne!(house.in_force().as_deref(), Some("trusted"), "{fault:?}");
            house.store.set(Fault::None);
            sleep(Duration::from_secs(600)).await;
            house.relationships.flush().await;
            assert_eq!(
                house.limit().await.as_deref(),
                Some("acquainted"),
                "{fault:?}: whoever was told no is not raised later"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_nodes_that_lower_the_lower_one_holds_and_a_raise_sees_what_the_other_wrote() {
    let store = Arc::new(Faulty::new(Memory::new()));
    let (here, there) = (of(Arc::clone(&store)), of(store));
    assert!(matches!(here.write(&at_most(2)).await, Done::Durable(_)));
    assert_eq!(here.relationships.load(ANNA).await.unwrap().unwrap().choices.limit, Some(name("familiar")));
    assert!(matches!(there.write(&at_most(0)).await, Done::Durable(_)));
    // This node still remembers `familiar`, above which `acquainted` is a lowering.
    assert!(matches!(here.write(&at_most(1)).await, Done::Durable(_)), "a wish to raise, made of what is kept now");
    assert_eq!(here.limit().await.as_deref(), Some("acquainted"));
}

#[tokio::test(start_paused = true)]
async fn a_raise_over_what_another_node_has_just_lowered_is_a_conflict() {
    let store = Arc::new(Faulty::new(Memory::new()));
    let (here, there) = (of(Arc::clone(&store)), of(Arc::clone(&store)));
    assert!(matches!(here.write(&grant(false)).await, Done::Durable(_)));
    // The grant is read here, and written only after the other node has changed the same choice.
    store.set(Fault::Slow(Duration::from_millis(200)));
    let granting = grant(true);
    let (granted, ()) = tokio::join!(here.write(&granting), async {
        sleep(Duration::from_millis(250)).await;
        let change = |record: Option<&Record>| {
            let mut next = record.cloned().unwrap_or_default();
            let refused = Answer { granted: false, at: "2026-11-22T12:00:01Z".parse().unwrap(), was_granted: true };
            next.choices.purposes.insert(name("personalization"), refused);
            Some(next)
        };
        store.set(Fault::None);
        there.relationships.lower(ANNA, change).await.unwrap();
    });
    assert!(matches!(granted, Done::Conflict), "{granted:?}");
    assert!(!here.kept(ANNA).await.unwrap().choices.purposes[&name("personalization")].granted);
}

#[tokio::test(start_paused = true)]
async fn of_many_choices_at_once_none_is_lost() {
    let store = Arc::new(Faulty::new(Memory::new()));
    let nodes = [(); 4].map(|()| Arc::new(of(Arc::clone(&store))));
    store.set(Fault::Slow(Duration::from_millis(7)));
    let done = Arc::new(Mutex::new(0));
    let tasks: Vec<_> = (0..100)
        .map(|number| {
            let (node, done) = (Arc::clone(&nodes[number % 4]), Arc::clone(&done));
            let wish = match number % 5 {
                0 => at_most(1),
                1 => choosing(Wish::Pause(Some("2027-01-01T00:00:00Z".parse().unwrap()))),
                2 => choosing(Wish::Purpose(name("cross_context"), false)),
                3 => choosing(Wish::Purpose(name(&format!("purpose-{number}")), false)),
                _ => choosing(Wish::Purpose(name(&format!("purpose-{number}")), true)),
            };
            tokio::spawn(async move {
                let outcome = node.write(&wish).await;
                assert!(matches!(outcome, Done::Durable(_)), "{:?}: {outcome:?}", wish.wish);
                *done.lock().unwrap() += 1;
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*done.lock().unwrap(), 100);
    let choices = nodes[0].kept(ANNA).await.unwrap().choices;
    assert_eq!(choices.limit, Some(name("acquainted")));
    assert_eq!(choices.paused_until, Some("2027-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(choices.purposes.len(), 1 + 40);
    assert_eq!(choices.purposes.values().filter(|answer| answer.granted).count(), 20);
}

#[tokio::test(start_paused = true)]
async fn whoever_was_known_under_an_earlier_secret_takes_all_along() {
    let kept = || {
        let refused = Answer { granted: false, at: "2026-01-01T00:00:00Z".parse().unwrap(), was_granted: false };
        let mut record = Record::default();
        record.choices.purposes.insert(name("cross_context"), refused);
        record
    };
    for fault in [Fault::None, Fault::Down] {
        let house = house();
        let put = move |_: Option<&Record>| Some(kept());
        house.relationships.update(BEFORE, Urgency::Choice, put).await.unwrap();
        let house = of(house.store);
        house.store.set(fault);
        let done = write(&house.relationships, ANNA_OF_BEFORE, &at_most(1)).await;
        assert_eq!(matches!(done, Done::Durable(_)), fault == Fault::None, "{done:?}");
        house.store.set(Fault::None);
        sleep(Duration::from_secs(300)).await;
        let record = house.kept(ANNA).await.unwrap();
        assert_eq!(record.choices.limit, Some(name("acquainted")), "{fault:?}");
        assert!(!record.choices.purposes[&name("cross_context")].granted, "{fault:?}: nothing was left behind");
        assert!(house.kept(BEFORE).await.unwrap().is_blank(), "{fault:?}");
    }
}
