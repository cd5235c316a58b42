use proptest::prelude::*;

use super::*;

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
fn days_count_and_hits_do_not() {
    assert_eq!(stage_today(&visits(std::iter::repeat_n(30, 1000))), "new");
    assert_eq!(stage_today(&visits([20, 15, 10, 5, 1])), "acquainted");
    let once = history(&ladder(), &visits(std::iter::repeat_n(30, 1000)));
    assert_eq!((once.active_days, once.count("visit")), (1, 1));
}

#[test]
fn a_stage_needs_what_all_lower_ones_need() {
    assert_eq!(stage_today(&with(visits((1..=98).step_by(8)), "purchase", &[66, 34])), "familiar");
    assert_eq!(stage_today(&with(visits((1..=98).step_by(8)), "purchase", &[66])), "acquainted");
    assert_eq!(
        stage_today(&with(visits((1..=406).step_by(15)), "purchase", &[376, 316, 256, 196, 136, 76])),
        "trusted"
    );
}

#[test]
fn one_stage_up_in_a_pace() {
    let late = with(visits([400].into_iter().chain(1..=20)), "purchase", &[6, 5, 4, 3, 2]);
    assert_eq!(stage_today(&late), "familiar");
    let ladder = ladder();
    let standing = ladder.standing(Some(&history(&ladder, &late)), ago(0), None);
    assert!(standing.paced);
}

#[test]
fn a_stage_is_gained_only_at_an_event() {
    let ladder = ladder();
    let before = history(&ladder, &visits([20, 19, 18]));
    assert_eq!(ladder.standing(Some(&before), ago(0), None).stage, Stage::LOWEST, "time alone raises nobody");
    let after = ladder.after(Some(&before), &name("visit"), ago(0), None);
    assert_eq!(ladder.standing(Some(&after), ago(0), None).stage, Stage(1));
}

#[test]
fn silence_cools_by_the_customers_own_rhythm() {
    let weekly = with(visits((100..=300).step_by(10)), "purchase", &[280, 240]);
    for (silence, stage) in [(90, "familiar"), (91, "acquainted"), (180, "acquainted"), (181, "new"), (400, "new")] {
        let shifted: Vec<_> = weekly.iter().map(|(day, event)| (day - 100 + silence, *event)).collect();
        assert_eq!(stage_today(&shifted), stage, "silent for {silence} days");
    }
    let every_two_months = with(visits((120..=540).step_by(60)), "purchase", &[300, 180]);
    assert_eq!(stage_today(&every_two_months), "familiar", "120 days are not long for somebody who comes each 60");
}

#[test]
fn one_active_day_cools_after_the_fixed_time_alone() {
    let rungs =
        vec![Rung { name: name("new"), needs: Needs::default() }, Rung { name: name("known"), needs: needs(0, 1, 0) }];
    let ladder = Ladder::new(rungs, 7, Cooling { after: 90, rhythm: 3000 }, BTreeMap::new()).unwrap();
    for (silence, level) in [(0, 1), (90, 1), (91, 0)] {
        let standing = ladder.standing(Some(&history(&ladder, &visits([silence]))), ago(0), None);
        assert_eq!(standing.stage.level(), level, "silent for {silence} days");
    }
}

#[test]
fn silence_takes_nothing_from_whom_it_finds_at_the_lowest_stage() {
    let ladder = ladder();
    for days in [&[300_u32][..], &[300, 1], &[300, 299, 100]] {
        let history = history(&ladder, &visits(days.iter().copied()));
        let standing = ladder.standing(Some(&history), ago(0), None);
        assert_eq!((standing.stage, standing.lost), (Stage(0), None), "{days:?}");
    }
    // Whoever had one has lost it, and is told so until the next is gained.
    let known = visits([300, 290, 280, 270]);
    for more in [&[][..], &[60], &[200, 60]] {
        let history = history(&ladder, &with(known.clone(), "visit", more));
        assert_eq!(ladder.standing(Some(&history), ago(0), None).lost, Some(Why::Cooled), "{more:?}");
    }
}

#[test]
fn the_first_event_after_a_silence_makes_cooling_last_and_restarts_the_pace() {
    let ladder = ladder();
    let familiar = with(visits((200..=300).step_by(10)), "purchase", &[280, 240]);
    let back = history(&ladder, &with(familiar.clone(), "visit", &[10]));
    let standing = ladder.standing(Some(&back), ago(10), None);
    assert_eq!((standing.stage, standing.paced, standing.lost), (Stage(0), true, Some(Why::Cooled)));
    for (days, level) in [(4, 0), (3, 1)] {
        let later = history(&ladder, &with(familiar.clone(), "visit", &[10, days]));
        assert_eq!(ladder.standing(Some(&later), ago(days), None).stage.level(), level);
    }
}

#[test]
fn an_event_that_takes_stages_does_so_at_once_and_restarts_the_pace() {
    let familiar = with(visits((2..=98).step_by(8)), "purchase", &[66, 34]);
    assert_eq!(stage_today(&with(familiar.clone(), "complaint", &[4])), "acquainted");
    assert_eq!(stage_today(&with(familiar.clone(), "complaint", &[4, 3])), "new");
    assert_eq!(stage_today(&with(with(familiar, "complaint", &[20]), "visit", &[1])), "familiar", "made good again");
}

/// Somebody familiar, whose last event was ten days ago.
fn familiar() -> History {
    let familiar = history(&ladder(), &with(visits((10..=98).step_by(8)), "purchase", &[66, 34]));
    assert_eq!(ladder().standing(Some(&familiar), ago(10), None).stage, Stage(2));
    familiar
}

#[test]
fn what_lies_ahead_is_doubted_until_its_day_comes() {
    let (ladder, ahead) = (ladder(), familiar());
    for (days, level, missing) in
        [(9, 2, None), (10, 2, None), (11, 2, None), (12, 0, Some(7)), (30, 0, Some(7)), (999, 0, Some(7))]
    {
        let standing = ladder.standing(Some(&ahead), ago(days), None);
        assert_eq!(standing.stage.level(), level, "{days} days ago");
        let next = ladder.next(Some(&ahead), Stage::LOWEST, ago(days), None).unwrap();
        assert_eq!(next.missing.get("pace").copied().filter(|_| missing.is_some()), missing, "{days} days ago");
    }
}

#[test]
fn a_clock_that_was_behind_leaves_nothing_but_counts() {
    let ladder = ladder();
    for (visited, bought) in [(&[30][..], &[][..]), (&[30, 29, 28], &[30, 26]), (&[990, 985], &[984]), (&[12], &[13])] {
        let mut known = familiar();
        let mut doubts = with(visits(visited.iter().copied()), "purchase", bought);
        doubts.sort_by_key(|(days, _)| std::cmp::Reverse(*days));
        for (days, event) in doubts {
            known = ladder.after(Some(&known), &name(event), ago(days), None);
            assert_eq!(ladder.standing(Some(&known), ago(days), None).stage, Stage::LOWEST);
        }
        assert!(ladder.visit_counts(Some(&known), ago(10), None), "the doubt is to end");
        let known = ladder.after(Some(&known), &name("visit"), ago(10), None);
        let mut expected = familiar();
        let purchases = expected.counts.get_mut(&name("purchase")).unwrap();
        *purchases += bought.len() as u64;
        assert_eq!(known, expected);
    }
}

#[test]
fn an_earlier_clock_that_goes_on_for_a_pace_is_believed() {
    let (ladder, mut known) = (ladder(), familiar());
    for days in [400, 399, 394] {
        let counts = ladder.visit_counts(Some(&known), ago(days), None);
        assert_eq!(counts, days == 400, "nothing is written that says nothing new");
        known = ladder.after(Some(&known), &name("visit"), ago(days), None);
        assert_eq!((known.last_seen, known.doubted_since), (ago(10), Some(ago(400))));
    }
    // One that goes back yet again is another one.
    let back = ladder.after(Some(&known), &name("visit"), ago(401), None);
    assert!(ladder.visit_counts(Some(&known), ago(401), None));
    assert_eq!(back.doubted_since, Some(ago(401)));

    let before = (known.active_days, known.count("purchase"));
    assert!(ladder.visit_counts(Some(&known), ago(393), None));
    let known = ladder.after(Some(&known), &name("visit"), ago(393), None);
    assert_eq!((known.active_days, known.count("purchase")), (before.0 + 1, before.1), "what happened stays counted");
    assert_eq!((known.first_seen, known.last_seen, known.doubted_since), (familiar().first_seen, ago(393), None));
    assert!(ladder.standing(Some(&known), ago(393), None).stage <= Stage(1));
}

#[test]
fn what_takes_stages_does_so_whatever_the_clock_says() {
    let ladder = ladder();
    let complained = ladder.after(Some(&familiar()), &name("complaint"), ago(30), None);
    assert_eq!(ladder.standing(Some(&complained), ago(30), None).stage, Stage::LOWEST);
    let later = ladder.standing(Some(&complained), ago(9), None);
    assert_eq!((later.stage, later.lost), (Stage(1), Some(Why::Taken)));
    assert!(later.paced, "from the last day that was known");
    // And where the earlier clock is believed, the pace counts from the complaint.
    let mut known = ladder.after(Some(&familiar()), &name("visit"), ago(40), None);
    known = ladder.after(Some(&known), &name("complaint"), ago(34), None);
    for (days, believed) in [(33, false), (28, false), (27, true)] {
        known = ladder.after(Some(&known), &name("visit"), ago(days), None);
        assert_eq!(known.last_seen == ago(days), believed, "{days} days ago");
    }
}

#[test]
fn a_vouched_day_saves_the_waiting_and_not_the_visits() {
    let ladder = ladder();
    let mut history = None;
    for (days, level) in [(3, 0), (2, 0), (1, 1), (0, 1)] {
        let next = ladder.after(history.as_ref(), &name("visit"), ago(days), Some(ago(900)));
        assert_eq!(ladder.standing(Some(&next), ago(days), Some(ago(900))).stage.level(), level);
        history = Some(next);
    }
}

#[test]
fn a_clock_that_goes_back_makes_no_day() {
    let ladder = ladder();
    let now = history(&ladder, &visits([20, 15, 10]));
    let back = ladder.after(Some(&now), &name("visit"), ago(12), None);
    assert_eq!((back.active_days, back.last_seen, back.count("visit")), (3, ago(10), 3));
}

#[test]
fn what_is_missing_for_the_next_stage_is_told() {
    let ladder = ladder();
    let told = ladder.next(Some(&history(&ladder, &visits([5, 1]))), Stage::LOWEST, ago(0), None).unwrap();
    assert_eq!(told.stage, "acquainted");
    assert_eq!(told.missing, [("active_days".to_owned(), 1), ("known_for".to_owned(), 2)].into());
    assert!(ladder.next(None, Stage(3), ago(0), None).is_none());
}

#[test]
fn whoever_was_silent_misses_the_whole_pace_whenever_the_last_step_was() {
    let ladder = ladder();
    let history = history(&ladder, &visits([200, 190, 180, 170]));
    let standing = ladder.standing(Some(&history), ago(0), None);
    assert_eq!((standing.stage, standing.paced), (Stage::LOWEST, true));
    let told = ladder.next(Some(&history), standing.stage, ago(0), None).unwrap();
    assert_eq!(told.missing, [("pace".to_owned(), 7)].into(), "the next visit brings no stage");
    assert_eq!(ladder.after(Some(&history), &name("visit"), ago(0), None).stage, None);
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
