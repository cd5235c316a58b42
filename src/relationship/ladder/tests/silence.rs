//! What silence takes, and from whom.

use super::*;

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
fn a_stage_that_silence_left_is_so_since_the_day_that_took_it() {
    let ladder = ladder();
    let weekly = with(visits((200..=1000).step_by(10)), "purchase", &[980, 940, 900, 860, 820]);
    let history = history(&ladder, &weekly);
    assert_eq!(ladder.since(&history, ago(200)), history.changed.map(|change| change.on));
    for days in (0..110).rev() {
        let stage_on = |days: u32| ladder.standing(Some(&history), ago(days), None).stage;
        let first = (days..200).find(|earlier| stage_on(earlier + 1) != stage_on(days)).unwrap();
        assert_eq!(ladder.since(&history, ago(days)), Some(ago(first)), "{days} days ago");
    }
}

#[test]
fn since_when_it_is_a_stage_is_said_only_where_it_is_kept() {
    let ladder = ladder();
    let since = |events: &[(u32, &str)]| ladder.since(&history(&ladder, events), ago(0));
    let familiar = with(visits((200..=300).step_by(10)), "purchase", &[280, 240]);
    assert_eq!(since(&visits([300, 1])), Some(ago(300)), "nothing was ever gained");
    assert_eq!(since(&with(familiar.clone(), "visit", &[20])), None, "cooled on a day that is not kept");
    let recent = with(visits((1..=101).step_by(10)), "purchase", &[81, 41]);
    assert_eq!(since(&with(recent.clone(), "complaint", &[1])), Some(ago(1)), "taken");
    assert_eq!(since(&with(visits([3]), "complaint", &[1])), Some(ago(3)), "there was nothing to take");
    assert_eq!(ladder.since(&history(&ladder, &recent), ago(30)), None, "its last day lies ahead");
}
