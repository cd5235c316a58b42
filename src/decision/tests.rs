use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{
    consent::{Answer, Choices, Purpose, TcfPurposes},
    relationship::{Change, Cooling, Day, History, Needs, Rung},
};

const NAMES: [&str; 3] = ["record", "personalization", "cross_context"];
const NOW: &str = "2026-11-22T12:00:00Z";

fn rules() -> Rules {
    let rung = |name: &str, known_for, active_days| Rung {
        name: name.parse().unwrap(),
        needs: Needs { known_for, active_days, counts: BTreeMap::new() },
    };
    // Longer than anybody here has been seen: only a token can vouch for it.
    let rungs = vec![rung("new", 0, 0), rung("acquainted", 7, 3), rung("familiar", 60, 8), rung("trusted", 1500, 20)];
    let ladder = Ladder::new(rungs, 7, Cooling { after: 90, rhythm: 3000 }, BTreeMap::new()).unwrap();
    let purpose = |name: &str| Purpose {
        name: name.parse().unwrap(),
        says: String::new(),
        denied_by_gpc: name == "cross_context",
        tcf: TcfPurposes::of(&[], &[if name == "record" { 1 } else { 2 }]),
    };
    let purposes = Purposes::new(NAMES.map(purpose).into(), &"record".parse().unwrap(), 390).unwrap();
    let minor = Some(MinorCap { under: 18, stage: Stage::at(1), unknown_is_minor: false });
    let needed = purposes.iter().map(|purpose| purposes.set_of(purpose.name.as_str()));
    let needed = needed.fold(PurposeSet::EMPTY, PurposeSet::with);
    Rules { ladder, purposes, needed, minor }
}

fn known() -> Facts<'static> {
    Facts::of_a_customer(NOW.parse().unwrap())
}

fn ago(days: u32) -> Day {
    Day::of(NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(24 * i64::from(days)))
}

fn record(level: u8) -> Record {
    let today = Day::of(NOW.parse().unwrap());
    let history = History {
        first_seen: Day::of("2024-01-01T00:00:00Z".parse().unwrap()),
        last_seen: today,
        active_days: 30,
        last_visit: Some(today),
        counts: BTreeMap::new(),
        stage: (level > 0).then(|| rules().ladder.name(Stage::at(level)).clone()),
        changed: Some(Change { on: today, why: Why::Gained }),
        marks: Vec::new(),
        doubted_since: None,
    };
    Record { history: Some(history), ..Record::default() }
}

fn all() -> Vec<String> {
    NAMES.map(String::from).into()
}

#[test]
fn every_cap_lowers_and_says_so() {
    let rules = rules();
    let claim = all();
    let full = Facts { claim: Some(&claim), ..known() };
    let limited = |limit: &str, paused: Option<&str>| {
        let choices = Choices {
            limit: Some(limit.parse().unwrap()),
            paused_until: paused.map(|until| until.parse().unwrap()),
            ..Choices::default()
        };
        Record { choices, ..record(3) }
    };
    let of = |facts: Facts<'_>, record: &Record| {
        let decision = decide(&rules, Some(record), &facts);
        let words: Vec<_> = decision.limits.iter().map(Limit::word).collect();
        (decision.stage.level(), words.join(" "), rules.purposes.names(decision.granted).count())
    };
    let says = |level, words: &str, purposes| (level, words.to_owned(), purposes);
    assert_eq!(of(full, &record(3)), says(3, "", 3));
    assert_eq!(of(full, &limited("acquainted", None)), says(1, "limit", 3));
    assert_eq!(of(full, &limited("gone", None)), says(0, "limit", 3));
    assert_eq!(of(full, &limited("trusted", Some("2026-11-22T13:00:00Z"))), says(0, "pause", 0));
    assert_eq!(of(full, &limited("trusted", Some("2026-11-22T12:00:00Z"))), says(3, "", 3));
    assert_eq!(of(Facts { age: Some(17), ..full }, &record(3)), says(1, "minor", 3));
    assert_eq!(of(Facts { age: Some(18), ..full }, &record(3)), says(3, "", 3));
    assert_eq!(of(Facts { age: Some(17), ..full }, &limited("new", None)), says(0, "limit minor", 3));
    assert_eq!(of(Facts { channel: Some(Stage::at(2)), ..full }, &record(3)), says(2, "channel", 3));
    assert_eq!(of(Facts { holdout: Some(Stage::LOWEST), ..full }, &record(3)), says(0, "holdout", 3));
    assert_eq!(of(Facts { prefer: Some(Preference::AtMost(Stage::at(1))), ..full }, &record(3)), says(1, "prefer", 3));
    assert_eq!(of(Facts { prefer: Some(Preference::None), ..full }, &record(3)), says(0, "prefer", 0));
    assert_eq!(of(Facts { gpc: true, ..full }, &record(3)), says(3, "consent", 2));
    assert_eq!(of(Facts { claim: None, ..full }, &record(3)), says(0, "consent", 0));
    assert_eq!(of(Facts { store_silent: true, ..full }, &record(3)), says(0, "store", 0));
    assert_eq!(of(Facts { known: false, bad_token: true, ..full }, &record(3)), says(0, "token", 0));
    assert_eq!(of(full, &record(0)), says(0, "pace", 3));
}

#[test]
fn stored_consent_that_is_too_old_leaves_the_stage_but_for_that_to_record() {
    let at = |name: &str, days: u32| {
        let at = NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_hours(24 * i64::from(days));
        (name.parse().unwrap(), Answer { granted: true, at, was_granted: false })
    };
    for (record_days, other_days, level) in [(1, 1, 3), (1, 400, 3), (400, 1, 0)] {
        let purposes = [at("record", record_days), at("personalization", other_days)].into();
        let record = Record { choices: Choices { purposes, ..Choices::default() }, ..record(3) };
        let decision = decide(&rules(), Some(&record), &known());
        assert_eq!(decision.stage.level(), level, "{record_days} {other_days}");
        assert!(decision.limits.has(Limit::Consent));
    }
}

#[test]
fn without_the_record_purpose_nothing_is_stored_and_the_stage_is_the_lowest() {
    let claim = vec!["personalization".to_owned()];
    let decision = decide(&rules(), Some(&record(3)), &Facts { claim: Some(&claim), visit: true, ..known() });
    assert_eq!((decision.stage, decision.earned, decision.may_record), (Stage::LOWEST, Stage::LOWEST, false));
    assert!(!decision.granted.is_empty(), "other purposes stand as they were given");
}

#[test]
fn a_pause_closes_the_answer_and_not_the_record() {
    let claim = all();
    let mut paused = record(3);
    paused.choices.paused_until = Some("2027-01-01T00:00:00Z".parse().unwrap());
    assert!(decide(&rules(), Some(&paused), &Facts { claim: Some(&claim), ..known() }).may_record);
}

/// The inputs of one decision, as a property test draws them.
#[derive(Clone, Debug)]
struct Inputs {
    level: u8,
    active_days: u32,
    /// Days since the last event, and since the last change of stage.
    silent_for: u32,
    changed: u32,
    /// Years that the token vouches for.
    vouched: Option<u8>,
    bad_token: bool,
    known: bool,
    store_silent: bool,
    visit: bool,
    age: Option<u32>,
    claimed: Vec<bool>,
    refused: Vec<bool>,
    chosen: Vec<bool>,
    gpc: bool,
    limit: Option<u8>,
    paused: bool,
    channel: Option<u8>,
    holdout: Option<u8>,
    prefer: Option<Option<u8>>,
}

fn inputs() -> impl Strategy<Value = Inputs> {
    let caps = (
        prop::option::of(0_u8..4),
        any::<bool>(),
        prop::option::of(0_u8..4),
        prop::option::of(0_u8..4),
        prop::option::of(prop::option::of(0_u8..4)),
    );
    let facts = (0_u8..4, 0_u32..30, any::<bool>(), any::<bool>(), any::<bool>(), prop::option::of(0_u32..40));
    let flags = || prop::collection::vec(any::<bool>(), 3);
    let past = (0_u32..200, 0_u32..30, prop::option::of(0_u8..5), any::<bool>());
    let consent = (flags(), flags(), flags(), any::<bool>());
    (facts, past, consent, caps).prop_map(|(facts, past, (claimed, refused, chosen, gpc), caps)| {
        let (silent_for, changed, vouched, bad_token) = past;
        let (level, active_days, known, store_silent, visit, age) = facts;
        let (limit, paused, channel, holdout, prefer) = caps;
        Inputs {
            level,
            active_days,
            silent_for,
            changed,
            vouched,
            bad_token,
            known,
            store_silent,
            visit,
            age,
            claimed,
            refused,
            chosen,
            gpc,
            limit,
            paused,
            channel,
            holdout,
            prefer,
        }
    })
}

fn decided(inputs: &Inputs) -> Decision {
    let rules = rules();
    let mut record = record(inputs.level);
    if let Some(history) = &mut record.history {
        history.active_days = inputs.active_days.max(1);
        history.last_seen = ago(inputs.silent_for);
        history.last_visit = Some(history.last_seen);
        history.changed = Some(Change { on: ago(inputs.silent_for + inputs.changed), why: Why::Gained });
    }
    record.choices.limit = inputs.limit.map(|level| rules.ladder.name(Stage::at(level)).clone());
    record.choices.paused_until = inputs.paused.then(|| "2027-01-01T00:00:00Z".parse().unwrap());
    for (place, name) in NAMES.iter().enumerate() {
        if inputs.refused[place] || inputs.chosen[place] {
            let answer = Answer { granted: !inputs.refused[place], at: NOW.parse().unwrap(), was_granted: false };
            record.choices.purposes.insert(name.parse().unwrap(), answer);
        }
    }
    let claim: Vec<String> =
        NAMES.iter().zip(&inputs.claimed).filter(|(_, listed)| **listed).map(|(name, _)| name.to_string()).collect();
    let facts = Facts {
        known: inputs.known,
        bad_token: inputs.bad_token,
        known_since: inputs.vouched.map(|years| ago(365 * u32::from(years))),
        store_silent: inputs.store_silent,
        visit: inputs.visit,
        age: inputs.age,
        claim: Some(&claim),
        gpc: inputs.gpc,
        channel: inputs.channel.map(Stage::at),
        holdout: inputs.holdout.map(Stage::at),
        prefer: inputs.prefer.map(|most| most.map_or(Preference::None, |level| Preference::AtMost(Stage::at(level)))),
        ..known()
    };
    decide(&rules, Some(&record), &facts)
}

/// Takes something away from the inputs: one of many ways, chosen by `way`.
fn less(inputs: &Inputs, way: usize) -> Inputs {
    let mut less = inputs.clone();
    match way {
        0 => less.level = less.level.saturating_sub(1),
        1 => less.known = false,
        2 => less.store_silent = true,
        3 => less.age = Some(less.age.unwrap_or(18).saturating_sub(1)),
        4..=6 => less.claimed[way - 4] = false,
        7..=9 => less.refused[way - 7] = true,
        10 => less.gpc = true,
        11 => less.limit = Some(less.limit.unwrap_or(3).saturating_sub(1)),
        12 => less.paused = true,
        13 => less.channel = Some(less.channel.unwrap_or(3).saturating_sub(1)),
        14 => less.prefer = Some(None),
        15 => less.prefer = less.prefer.map_or(Some(Some(2)), |most| Some(most.map(|level| level.saturating_sub(1)))),
        16 => less.visit = false,
        18 => less.holdout = Some(less.holdout.unwrap_or(3).saturating_sub(1)),
        17 => less.vouched = less.vouched.map(|years| years.saturating_sub(1)),
        _ => less.chosen = vec![false; 3],
    }
    less
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Promise 3, over all inputs of the decision.
    #[test]
    fn less_of_anything_never_shows_more(inputs in inputs(), ways in prop::collection::vec(0_usize..20, 1..4)) {
        let more = decided(&inputs);
        let less = decided(&ways.into_iter().fold(inputs, |inputs, way| less(&inputs, way)));
        prop_assert!(less.stage <= more.stage);
        prop_assert!(more.granted.contains(less.granted));
        prop_assert!(more.may_record || !less.may_record);
    }

    /// The stage is never above the earned one, and whatever is below it is explained.
    #[test]
    fn what_is_held_back_is_explained(inputs in inputs()) {
        let decision = decided(&inputs);
        prop_assert!(decision.stage <= decision.earned);
        prop_assert!(decision.stage == decision.earned || decision.limits != Limits::default());
    }
}
