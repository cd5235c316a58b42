use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::{
    consent::Remembered,
    decision::{Decision, Facts, Rules, decide},
    policy::Policy,
    relationship::{Day, History},
};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = include_str!("../../../config/reference.toml");
    Policy::from_toml("rapport.toml", text, |name| Some(format!("{name}, of 32 bytes at the least"))).unwrap()
});

fn rules() -> &'static Rules {
    POLICY.rules()
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + day * 86_400).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A wish of day 100.
fn choosing(wish: Wish) -> Choosing {
    let purpose = match &wish {
        Wish::Purpose(name, _) => rules().purposes.set_of(name.as_str()),
        _ => crate::consent::PurposeSet::EMPTY,
    };
    Choosing {
        at: at(100),
        gpc: false,
        is_record: !purpose.is_empty() && purpose == rules().purposes.record(),
        stages: stages(&rules().ladder),
        stands: Arc::new(move |record| decision(record, at(100)).consent.granted.contains(purpose)),
        wish,
    }
}

/// What is decided for somebody whose account agrees to everything.
fn decision(record: Option<&Record>, now: Timestamp) -> Decision {
    let claim = rules().purposes.iter().map(|purpose| purpose.name.to_string()).collect::<Vec<_>>();
    let facts = Facts { claim: Some(&claim), ..Facts::of_a_customer(now) };
    decide(rules(), record, &facts)
}

/// Whether one decision shows no more than another.
fn shows_no_more(less: &Decision, more: &Decision) -> bool {
    less.stage <= more.stage && more.granted.contains(less.granted)
}

fn trusted() -> Record {
    let mut history = History {
        first_seen: Day::of(at(-900)),
        last_seen: Day::of(at(99)),
        active_days: 300,
        last_visit: Some(Day::of(at(99))),
        counts: [(name("visit"), 300), (name("purchase"), 30)].into(),
        stage: Some(name("trusted")),
        changed: None,
        marks: Vec::new(),
        doubted_since: None,
    };
    history.changed =
        Some(crate::relationship::Change { on: Day::of(at(-100)), why: crate::relationship::Why::Gained });
    Record { history: Some(history), ..Record::default() }
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let purpose =
        || prop::sample::select(vec!["record", "personalization", "cross_context", "special_category"]).prop_map(name);
    prop_oneof![
        prop::option::of((0u8..4).prop_map(Stage::at)).prop_map(Wish::Limit),
        prop::option::of((101i64..300).prop_map(at)).prop_map(Wish::Pause),
        (purpose(), any::<bool>()).prop_map(|(purpose, granted)| Wish::Purpose(purpose, granted)),
        Just(Wish::Forget),
    ]
}

prop_compose! {
    fn any_record()(
        known in any::<bool>(),
        limit in prop::option::of(prop::sample::select(vec!["new", "acquainted", "familiar", "trusted", "gone"])),
        paused in prop::option::of(0i64..300),
        answers in prop::collection::btree_map(prop::sample::select(vec!["record", "personalization", "cross_context"]), (any::<bool>(), 0i64..100), 0..3),
        gpc in any::<bool>(),
        forgotten in prop::option::of(0i64..120),
    ) -> Option<Record> {
        let answers = answers.into_iter().map(|(purpose, (granted, day))| (name(purpose), Answer { granted, at: at(day), was_granted: false }));
        let choices = Choices {
            limit: limit.map(name),
            paused_until: paused.map(at),
            purposes: answers.collect(),
            gpc: gpc.then(|| (name("cross_context"), Remembered::Since(at(3)))).into_iter().collect(),
        };
        let base = if known { trusted() } else { Record::default() };
        let record = Record { choices, forgotten: forgotten.map(at), ..base };
        (!record.is_blank()).then_some(record)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn what_lowers_shows_no_more_than_before_now_and_later(record in any_record(), wish in any_wish(), later in 0i64..400) {
        if let Some(lowered) = choosing(wish).lower(record.as_ref()) {
            let now = at(100 + later);
            prop_assert!(shows_no_more(&decision(Some(&lowered), now), &decision(record.as_ref(), now)));
        }
    }

    #[test]
    fn what_lowers_can_be_done_twice_and_in_any_order(record in any_record(), one in any_wish(), other in any_wish()) {
        let after = |record: Option<Record>, wish: &Wish| choosing(wish.clone()).lower(record.as_ref()).or(record);
        let once = after(record.clone(), &one);
        prop_assert_eq!(after(once.clone(), &one), once, "twice");
        let (there, back) = (after(after(record.clone(), &one), &other), after(after(record, &other), &one));
        // Whether a purpose stood granted is told of the moment; what is decided is the same in any order.
        for now in [at(100), at(150), at(299)] {
            let (there, back) = (decision(there.as_ref(), now), decision(back.as_ref(), now));
            prop_assert_eq!((there.stage, there.granted), (back.stage, back.granted));
        }
    }

    #[test]
    fn a_wish_is_done_once_it_has_lowered_and_raised(record in any_record(), wish in any_wish()) {
        let choosing = choosing(wish);
        let lowered = choosing.lower(record.as_ref()).or(record);
        let raised = choosing.raise(lowered.as_ref(), &choosing.part(lowered.as_ref()));
        prop_assert!(choosing.is_done(raised.as_ref()), "{:?}", raised);
        prop_assert!(choosing.is_done(raised.as_ref()) || !choosing.only_raises());
    }

    #[test]
    fn nothing_is_raised_where_the_same_choice_was_changed_meanwhile(
        record in any_record(), wish in any_wish(), meanwhile in any_wish(),
    ) {
        let (choosing, other) = (choosing(wish), choosing(meanwhile));
        let seen = choosing.part(record.as_ref());
        let changed = other.raise(record.as_ref(), &other.part(record.as_ref()));
        if choosing.part(changed.as_ref()) != seen {
            prop_assert_eq!(choosing.raise(changed.as_ref(), &seen), None);
        }
    }
}

#[test]
fn who_withdraws_record_or_is_forgotten_leaves_only_what_lowers() {
    let mut record = trusted();
    let answer = |granted| Answer { granted, at: at(1), was_granted: false };
    record.choices.purposes = [(name("personalization"), answer(true)), (name("cross_context"), answer(false))].into();
    record.choices.limit = Some(name("familiar"));
    for (wish, left) in
        [(Wish::Forget, &["cross_context"][..]), (Wish::Purpose(name("record"), false), &["cross_context", "record"])]
    {
        let next = choosing(wish.clone()).lower(Some(&record)).unwrap();
        assert_eq!(next.history, None, "{wish:?}");
        assert_eq!(next.choices.purposes.keys().map(Name::as_str).collect::<Vec<_>>(), left, "{wish:?}");
        assert_eq!(next.choices.limit, record.choices.limit, "{wish:?}");
    }
    let next = choosing(Wish::Purpose(name("personalization"), false)).lower(Some(&record)).unwrap();
    assert_eq!(next.history, record.history, "another purpose takes nothing away");
}

#[test]
fn what_was_refused_stays_refused_since_then() {
    let refused = Answer { granted: false, at: at(1), was_granted: true };
    let choices = Choices { purposes: [(name("cross_context"), refused)].into(), ..Choices::default() };
    let record = Record { choices, ..trusted() };
    let again = choosing(Wish::Purpose(name("cross_context"), false)).lower(Some(&record)).unwrap();
    assert_eq!(again, record);
}

#[test]
fn an_answer_says_what_stood_before_it() {
    for (granted, had, was_granted) in
        [(true, Some(true), true), (true, Some(false), false), (false, None, true), (false, Some(true), true)]
    {
        let answer = |granted| Answer { granted, at: at(1), was_granted: false };
        let purposes = had.map(|had| (name("personalization"), answer(had))).into_iter().collect();
        let record = Record { choices: Choices { purposes, ..Choices::default() }, ..trusted() };
        let choosing = choosing(Wish::Purpose(name("personalization"), granted));
        let next = choosing.raise(Some(&record), &choosing.part(Some(&record))).unwrap();
        let answer = next.choices.purposes[&name("personalization")];
        assert_eq!((answer.granted, answer.was_granted, answer.at), (granted, was_granted, at(100)), "{had:?}");
    }
}
