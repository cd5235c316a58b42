mod climbing;
mod clock;
mod silence;

use proptest::prelude::*;

use super::*;
use crate::relationship::{Day, Why};

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn needs(known_for: u32, active_days: u32, purchases: u64) -> Needs {
    let counts = if purchases > 0 { [(name("purchase"), purchases)].into() } else { BTreeMap::new() };
    Needs { known_for, active_days, counts }
}

/// The ladder of the reference configuration.
pub(super) fn ladder() -> Ladder {
    let rung = |text, needs| Rung { name: name(text), needs };
    let rungs = vec![
        rung("new", Needs::default()),
        rung("acquainted", needs(7, 3, 0)),
        rung("familiar", needs(60, 8, 2)),
        rung("trusted", needs(365, 20, 5)),
    ];
    Ladder::new(rungs, 7, Cooling { after: 90, rhythm: 3000 }, [(name("complaint"), 1)].into()).unwrap()
}

/// Days are counted back from today, which is day 1000.
pub(super) fn ago(days: u32) -> Day {
    Day::of(jiff::Timestamp::from_second(86_400 * (1000 - i64::from(days))).unwrap())
}

pub(super) fn history(ladder: &Ladder, events: &[(u32, &str)]) -> History {
    let mut events = events.to_vec();
    events.sort_by_key(|(days, _)| std::cmp::Reverse(*days));
    let mut history = None;
    for (days, event) in events {
        history = Some(ladder.after(history.as_ref(), &name(event), ago(days), None));
    }
    history.unwrap()
}

fn stage_today(events: &[(u32, &str)]) -> String {
    let ladder = ladder();
    let standing = ladder.standing(Some(&history(&ladder, events)), ago(0), None);
    ladder.name(standing.stage).to_string()
}

pub(super) fn visits(days: impl IntoIterator<Item = u32>) -> Vec<(u32, &'static str)> {
    days.into_iter().map(|day| (day, "visit")).collect()
}

pub(super) fn with(
    mut events: Vec<(u32, &'static str)>,
    event: &'static str,
    days: &[u32],
) -> Vec<(u32, &'static str)> {
    events.extend(days.iter().map(|day| (*day, event)));
    events
}

#[test]
fn a_stage_that_the_ladder_does_not_have_is_the_lowest() {
    let ladder = ladder();
    let mut history = history(&ladder, &visits([20, 15, 10, 5, 1]));
    history.stage = Some(name("bosom_friend"));
    assert_eq!(ladder.standing(Some(&history), ago(0), None).stage, Stage::LOWEST);
}

#[test]
fn stages_that_make_no_ladder_are_refused() {
    let rung = |text, needs| Rung { name: name(text), needs };
    let cooling = Cooling { after: 90, rhythm: 3000 };
    let make = |rungs, cooling| Ladder::new(rungs, 7, cooling, BTreeMap::new()).err();
    let two = || vec![rung("new", Needs::default()), rung("known", needs(1, 1, 0))];
    assert_eq!(Ladder::new(two(), 0, cooling, BTreeMap::new()).err(), Some(LadderError::NoPace));
    assert_eq!(make(two(), cooling), None);
    assert_eq!(make(two().into_iter().take(1).collect(), cooling), Some(LadderError::NumberOfStages));
    assert_eq!(make([two(), two()].concat(), cooling), Some(LadderError::NameTwice));
    assert_eq!(make(two().into_iter().rev().collect(), cooling), Some(LadderError::LowestNeeds));
    assert_eq!(make(two(), Cooling { after: 0, rhythm: 0 }), Some(LadderError::CoolsAtOnce));
}

/// A history: on each of some days a visit, and perhaps purchases.
fn histories() -> impl Strategy<Value = Vec<(u32, u8)>> {
    prop::collection::btree_map(0_u32..500, 0_u8..4, 1..40)
        .prop_map(|days| days.into_iter().rev().collect::<Vec<(u32, u8)>>())
}

fn play(ladder: &Ladder, days: &[(u32, u8)], vouched: Option<Day>) -> Vec<u8> {
    let mut history: Option<History> = None;
    let mut levels = Vec::new();
    for (day, purchases) in days {
        for event in std::iter::once("visit").chain(std::iter::repeat_n("purchase", usize::from(*purchases))) {
            history = Some(ladder.after(history.as_ref(), &name(event), ago(*day), vouched));
        }
        levels.push(ladder.standing(history.as_ref(), ago(*day), vouched).stage.level());
    }
    for later in [30, 91, 200] {
        levels.push(ladder.standing(history.as_ref(), ago(0).plus(later), vouched).stage.level());
    }
    levels
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Promise 3, over histories: with the same days, fewer events or a later start never show more.
    #[test]
    fn fewer_acts_and_a_shorter_acquaintance_never_show_more(
        more in histories(), fewer in prop::collection::vec(0_u8..4, 40), since in 0_u32..900, later in 0_u32..900,
    ) {
        let ladder = ladder();
        let less: Vec<_> = more.iter().zip(&fewer).map(|((day, many), few)| (*day, *few.min(many))).collect();
        let (early, late) = (ago(500 + since.max(later)), ago(500 + since.min(later)));
        let pairs = play(&ladder, &less, Some(late)).into_iter().zip(play(&ladder, &more, Some(early)));
        for (less, more) in pairs {
            prop_assert!(less <= more);
        }
    }

    /// Promise 10: an event seen again on the same day raises nobody by itself.
    #[test]
    fn repeating_a_visit_changes_nothing(days in histories(), times in 1_usize..5) {
        let ladder = ladder();
        let mut history: Option<History> = None;
        for (day, _) in days {
            let once = ladder.after(history.as_ref(), &name("visit"), ago(day), None);
            let mut often = once.clone();
            for _ in 0..times {
                often = ladder.after(Some(&often), &name("visit"), ago(day), None);
            }
            prop_assert_eq!(&once, &often);
            prop_assert_eq!(ladder.after_visit(history.as_ref(), ago(day), None), Some(once.clone()));
            prop_assert_eq!(ladder.after_visit(Some(&once), ago(day), None), None);
            history = Some(once);
        }
    }

    /// Between any two gains lie at least `pace` days.
    #[test]
    fn nobody_climbs_faster_than_the_pace(days in histories()) {
        let ladder = ladder();
        let mut history: Option<History> = None;
        let mut gained: Option<(Stage, Day)> = None;
        for (day, purchases) in days {
            for event in std::iter::once("visit").chain(std::iter::repeat_n("purchase", usize::from(purchases))) {
                let before = ladder.standing(history.as_ref(), ago(day), None).stage;
                let next = ladder.after(history.as_ref(), &name(event), ago(day), None);
                let after = ladder.standing(Some(&next), ago(day), None).stage;
                prop_assert!(after <= before.up());
                if after > before {
                    if let Some((_, last)) = gained {
                        prop_assert!(ago(day).days_since(last) >= 7);
                    }
                    gained = Some((after, ago(day)));
                }
                history = Some(next);
            }
        }
    }
}
