//! Days that cannot be: from a clock that ran ahead, or has fallen behind.

use super::*;

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
fn a_clock_that_goes_back_makes_no_day() {
    let ladder = ladder();
    let now = history(&ladder, &visits([20, 15, 10]));
    let back = ladder.after(Some(&now), &name("visit"), ago(12), None);
    assert_eq!((back.active_days, back.last_seen, back.count("visit")), (3, ago(10), 3));
}
