//! How events lead up and down.

use super::*;

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
fn an_event_that_takes_stages_does_so_at_once_and_restarts_the_pace() {
    let familiar = with(visits((2..=98).step_by(8)), "purchase", &[66, 34]);
    assert_eq!(stage_today(&with(familiar.clone(), "complaint", &[4])), "acquainted");
    assert_eq!(stage_today(&with(familiar.clone(), "complaint", &[4, 3])), "new");
    assert_eq!(stage_today(&with(with(familiar, "complaint", &[20]), "visit", &[1])), "familiar", "made good again");
}

#[test]
fn where_an_event_finds_no_stage_to_take_none_is_said_to_be_lost() {
    let ladder = ladder();
    let standing = |events: &[(u32, &str)]| ladder.standing(Some(&history(&ladder, events)), ago(0), None);
    let waits = |lost| Standing { stage: Stage::LOWEST, paced: true, lost };
    let met = visits([24, 20, 14]);
    assert_eq!(standing(&with(met.clone(), "complaint", &[2])), waits(Some(Why::Taken)));
    assert_eq!(
        standing(&with(met, "complaint", &[5, 2])),
        waits(Some(Why::Taken)),
        "the second found none, the first one"
    );
    assert_eq!(standing(&with(visits([20, 16]), "complaint", &[2])), waits(None), "but the pace begins anew");
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
fn what_is_missing_for_the_next_stage_is_told() {
    let ladder = ladder();
    let told = ladder.next(Some(&history(&ladder, &visits([5, 1]))), Stage::LOWEST, ago(0), None).unwrap();
    assert_eq!(told.stage, "acquainted");
    assert_eq!(told.missing, [("active_days".to_owned(), 1), ("known_for".to_owned(), 2)].into());
    let vouched = ladder.next(None, Stage::LOWEST, ago(0), Some(ago(900))).unwrap();
    assert_eq!(vouched.missing, [("active_days".to_owned(), 3)].into(), "the first visit finds the waiting done");
    assert!(ladder.next(None, Stage(3), ago(0), None).is_none());
}
