use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::consent::{Answer, Answering, Purpose};

const NOW: &str = "2026-11-22T12:00:00Z";

fn purposes() -> Purposes {
    let purpose = |name: &str, denied_by_gpc, tcf| Purpose {
        name: name.parse().unwrap(),
        says: String::new(),
        denied_by_gpc,
        tcf,
    };
    let list = vec![
        purpose("record", false, TcfPurposes::of(&[5], &[])),
        purpose("personalization", false, TcfPurposes::default()),
        purpose("cross_context", true, TcfPurposes::of(&[6], &[1])),
    ];
    Purposes::new(list, &"record".parse().unwrap(), 390).unwrap()
}

fn nothing() -> Sources<'static> {
    let (tcf, gpp) = (TcfSays::default(), GppSays::default());
    Sources { claim: None, tcf, gpp, gpc: false, choices: None, now: now() }
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn chose(name: &str, answer: Answer) -> Choices {
    Choices { purposes: [(name.parse().unwrap(), answer)].into(), ..Choices::default() }
}

fn answer(granted: bool, at: &str, was_granted: bool) -> Answer {
    Answer { granted, at: at.parse().unwrap(), was_granted }
}

fn remembered(remembered: Remembered) -> Choices {
    Choices { gpc: [("cross_context".parse().unwrap(), remembered)].into(), ..Choices::default() }
}

fn of_cross_context(sources: &Sources<'_>) -> (State, Option<Source>) {
    let (all, consent) = (purposes(), purposes().merge(sources));
    let Status { state, by } = consent.status(all.set_of("cross_context"));
    assert_eq!(consent.granted.contains(all.set_of("cross_context")), state.is_granted(), "{sources:?}");
    (state, by)
}

#[test]
fn each_source_has_its_say_and_each_state_its_word() {
    let both = TcfPurposes::of(&[6], &[1]);
    let listed = [String::from("cross_context")];
    let claim = Sources { claim: Some(&listed), ..nothing() };
    let chosen = |granted, at, was_granted| chose("cross_context", answer(granted, at, was_granted));
    let (given, renewed) = (chosen(true, NOW, false), chosen(true, NOW, true));
    let (refused, withdrawn) =
        (chosen(false, "2020-01-01T00:00:00Z", false), chosen(false, "2020-01-01T00:00:00Z", true));
    let (long_ago, to_come) = (chosen(true, "2025-10-01T00:00:00Z", true), chosen(true, "2027-01-01T00:00:00Z", true));
    let since = remembered(Remembered::Since(now()));
    let lifted = remembered(Remembered::Lifted);
    let by = |choices| Sources { choices: Some(choices), ..nothing() };
    let tcf = |tcf| Sources { tcf, ..nothing() };
    let grants = TcfSays { granted: both, ..TcfSays::default() };
    let half = TcfSays { granted: TcfPurposes::of(&[6], &[]), ..TcfSays::default() };
    let refuses = TcfSays { refused: TcfPurposes::of(&[], &[1]), ..half };
    let expired = TcfSays { expired: both, ..TcfSays::default() };
    let half_expired = TcfSays { expired: TcfPurposes::of(&[], &[1]), ..half };
    let doubtful = TcfSays { is_doubtful: true, ..TcfSays::default() };
    let opted_out = GppSays { opted_out: true, child: false };
    use State::*;
    for (sources, state, source) in [
        (nothing(), Unknown, None),
        (claim, Given, Some(Source::Claim)),
        (by(&given), Given, Some(Source::Customer)),
        (by(&renewed), Renewed, Some(Source::Customer)),
        (by(&refused), Refused, Some(Source::Customer)),
        (by(&withdrawn), Withdrawn, Some(Source::Customer)),
        (by(&long_ago), Expired, Some(Source::Customer)),
        (by(&to_come), Invalidated, Some(Source::Customer)),
        (by(&since), Refused, Some(Source::Gpc)),
        (by(&lifted), Unknown, None),
        (tcf(grants), Given, Some(Source::Tcf)),
        (tcf(half), Unknown, None),
        (tcf(refuses), Refused, Some(Source::Tcf)),
        (tcf(expired), Expired, Some(Source::Tcf)),
        (tcf(half_expired), Expired, Some(Source::Tcf)),
        (tcf(doubtful), Unknown, Some(Source::Tcf)),
        (Sources { gpp: opted_out, ..nothing() }, Refused, Some(Source::Gpp)),
        (Sources { gpp: GppSays { opted_out: false, child: true }, ..nothing() }, Unknown, None),
        (Sources { gpc: true, ..nothing() }, Refused, Some(Source::Gpc)),
        // One who refuses outweighs all who grant.
        (Sources { choices: Some(&refused), tcf: grants, ..claim }, Refused, Some(Source::Customer)),
        (Sources { choices: Some(&since), tcf: grants, ..claim }, Refused, Some(Source::Gpc)),
        (Sources { choices: Some(&renewed), tcf: refuses, ..claim }, Refused, Some(Source::Tcf)),
        (Sources { choices: Some(&renewed), gpp: opted_out, ..claim }, Refused, Some(Source::Gpp)),
        (Sources { choices: Some(&renewed), gpc: true, ..claim }, Refused, Some(Source::Gpc)),
        // Who says nothing takes nothing away.
        (Sources { choices: Some(&long_ago), ..claim }, Given, Some(Source::Claim)),
        (Sources { choices: Some(&to_come), tcf: doubtful, ..claim }, Given, Some(Source::Claim)),
        (Sources { choices: Some(&given), tcf: expired, ..nothing() }, Given, Some(Source::Customer)),
        (Sources { choices: Some(&lifted), ..claim }, Given, Some(Source::Claim)),
        (Sources { choices: Some(&lifted), gpc: true, ..claim }, Refused, Some(Source::Gpc)),
    ] {
        assert_eq!(of_cross_context(&sources), (state, source), "{sources:?}");
    }
    for other in ["Cross_context", "cross_context ", "cross"] {
        let listed = [String::from(other)];
        assert_eq!(of_cross_context(&Sources { claim: Some(&listed), ..nothing() }), (Unknown, None), "{other}");
    }
}

#[test]
fn opting_out_leaves_first_party_purposes() {
    let all = purposes();
    let claim = ["record", "personalization", "cross_context"].map(String::from);
    let claimed = Sources { claim: Some(&claim), ..nothing() };
    let gpp = GppSays { opted_out: true, child: false };
    for sources in [Sources { gpc: true, ..claimed }, Sources { gpp, ..claimed }] {
        let granted = all.merge(&sources).granted;
        let names: Vec<_> = all.names(granted).map(|name| name.as_str()).collect();
        assert_eq!(names, ["record", "personalization"]);
    }
}

#[test]
fn a_purpose_that_no_tcf_purpose_stands_for_is_none_of_a_strings_business() {
    let all = purposes();
    let everything = TcfPurposes::of(&(1..=24).collect::<Vec<_>>(), &(1..=63).collect::<Vec<_>>());
    for tcf in
        [TcfSays { granted: everything, ..TcfSays::default() }, TcfSays { refused: everything, ..TcfSays::default() }]
    {
        let status = all.merge(&Sources { tcf, ..nothing() }).status(all.set_of("personalization"));
        assert_eq!(status, Status { state: State::Unknown, by: None });
    }
}

#[test]
fn what_came_before_a_grant_is_nothing_to_be_stored() {
    let all = purposes();
    for (at, before) in [("2026-11-22T11:59:59Z", true), (NOW, true), ("2026-11-22T12:00:00.001Z", false)] {
        let choices = chose("record", answer(true, at, false));
        let consent = all.merge(&Sources { choices: Some(&choices), ..nothing() });
        assert!(consent.granted.contains(all.record()), "{at}");
        assert_eq!(consent.granted_before.contains(all.record()), before, "{at}");
        let claim = [String::from("record")];
        let consent = all.merge(&Sources { choices: Some(&choices), claim: Some(&claim), ..nothing() });
        assert!(consent.granted_before.contains(all.record()), "{at}: the claim had granted it");
    }
}

#[test]
fn a_grant_lifts_what_is_remembered_only_in_a_request_without_the_signal() {
    let name = "cross_context".parse().unwrap();
    let mut choices = remembered(Remembered::Since(now()));
    let grant = Answering { granted: true, at: now(), was_granted: false, gpc: true };
    choices.answer(&name, grant);
    assert_eq!(
        of_cross_context(&Sources { choices: Some(&choices), ..nothing() }).1,
        Some(Source::Gpc),
        "and is stored"
    );
    assert!(choices.purposes[&name].granted);
    choices.answer(&name, Answering { gpc: false, ..grant });
    let lifted = Sources { choices: Some(&choices), ..nothing() };
    assert_eq!(of_cross_context(&lifted), (State::Given, Some(Source::Customer)));
    assert_eq!(of_cross_context(&Sources { gpc: true, ..lifted }), (State::Refused, Some(Source::Gpc)), "here and now");
    choices.answer(&name, Answering { granted: false, was_granted: true, gpc: false, ..grant });
    assert_eq!(choices.gpc.len(), 0, "the next signal is remembered again");
    assert_eq!(
        of_cross_context(&Sources { choices: Some(&choices), ..nothing() }),
        (State::Withdrawn, Some(Source::Customer))
    );
}

fn any_purposes() -> impl Strategy<Value = TcfPurposes> {
    (any::<[bool; 3]>(), any::<bool>()).prop_map(|(standard, custom)| {
        let numbers: Vec<_> = [5, 6, 7].into_iter().zip(standard).filter(|(_, has)| *has).map(|(n, _)| n).collect();
        TcfPurposes::of(&numbers, if custom { &[1] } else { &[] })
    })
}

fn any_tcf() -> impl Strategy<Value = TcfSays> {
    let sets = (any_purposes(), any_purposes(), any_purposes());
    (sets, any::<bool>()).prop_map(|((granted, refused, expired), is_doubtful)| {
        // No string grants and refuses the same.
        let granted = TcfPurposes::of(
            &granted.standard().filter(|n| !refused.standard().any(|r| r == *n)).collect::<Vec<_>>(),
            &granted.custom().filter(|n| !refused.custom().any(|r| r == *n)).collect::<Vec<_>>(),
        );
        TcfSays { granted, refused, expired, is_doubtful }
    })
}

fn any_choices() -> impl Strategy<Value = Choices> {
    let answers = prop::collection::vec(prop::option::of((any::<bool>(), -500_i64..60, any::<bool>())), 3);
    let gpc = prop::option::of(any::<bool>());
    (answers, gpc).prop_map(|(answers, gpc)| {
        let names = ["record", "personalization", "cross_context"];
        let answered = names.into_iter().zip(answers).filter_map(|(name, answer)| {
            let (granted, days, was_granted) = answer?;
            let at = now() + SignedDuration::from_hours(24 * days);
            Some((name.parse().unwrap(), Answer { granted, at, was_granted }))
        });
        let remembered = gpc.map(|lifted| if lifted { Remembered::Lifted } else { Remembered::Since(now()) });
        let gpc = remembered.into_iter().map(|remembered| ("cross_context".parse().unwrap(), remembered)).collect();
        Choices { purposes: answered.collect(), gpc, ..Choices::default() }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// What is granted is granted by its state, and by somebody; who refuses is never overheard.
    #[test]
    fn the_states_and_the_grants_agree(
        claim in prop::collection::vec(prop::sample::select(vec!["record", "personalization", "cross_context"]), 0..3),
        tcf in any_tcf(), opted_out: bool, gpc: bool, choices in prop::option::of(any_choices()),
    ) {
        let claim: Vec<String> = claim.into_iter().map(String::from).collect();
        let sources = Sources {
            claim: Some(&claim), tcf, gpp: GppSays { opted_out, child: false }, gpc, choices: choices.as_ref(), now: now(),
        };
        let (all, consent) = (purposes(), purposes().merge(&sources));
        prop_assert!(consent.granted.contains(consent.granted_before));
        for purpose in all.iter() {
            let set = all.set_of(purpose.name.as_str());
            let Status { state, by } = consent.status(set);
            prop_assert_eq!(consent.granted.contains(set), state.is_granted());
            prop_assert!(by.is_some() || state == State::Unknown);
            prop_assert!(COME_UP.contains(&state), "{}", state);
            if purpose.denied_by_gpc && (gpc || opted_out) {
                prop_assert!(state.is_refusal());
            }
        }
    }

    /// Of several strings the stricter counts: one more never grants what was not granted.
    #[test]
    fn one_more_string_never_gives(one in any_tcf(), other in any_tcf()) {
        let granted = |tcf| purposes().merge(&Sources { tcf, ..nothing() }).granted;
        prop_assert!(granted(one).contains(granted(one.and(other))));
        prop_assert_eq!(one.and(other), other.and(one));
    }
}

const COME_UP: [State; 7] = [
    State::Unknown,
    State::Refused,
    State::Given,
    State::Renewed,
    State::Expired,
    State::Invalidated,
    State::Withdrawn,
];

#[test]
fn the_documentation_says_which_states_come_up() {
    let said: BTreeSet<&str> =
        include_str!("../mod.rs").lines().filter_map(|line| line.strip_prefix("//! | `")?.split('`').next()).collect();
    assert_eq!(said, COME_UP.iter().map(|state| state.word()).collect());
}
