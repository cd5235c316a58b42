use std::sync::LazyLock;

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::*;
use crate::{
    consent::{GppSays, TcfSays},
    decision::{Facts, Preference, decide},
    identity::Pseudonym,
    policy::Policy,
    portal::{Account, account::account, page, wish::until},
    relationship::{Change, Day, History, Record, Stage, Why},
};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = include_str!("../../../config/reference.toml");
    Policy::from_toml("rapport.toml", text, |name| Some(format!("{name}, of 32 bytes at the least"))).unwrap()
});

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn ago(days: i64) -> Day {
    Day::of(now() - SignedDuration::from_hours(24 * days))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Somebody known for a while, at a stage since some days.
fn known(stage: &str, for_days: i64, active_days: u32, purchases: u64, since: i64) -> Record {
    let history = History {
        first_seen: ago(for_days),
        last_seen: ago(1),
        active_days,
        last_visit: Some(ago(1)),
        counts: [(name("visit"), u64::from(active_days)), (name("purchase"), purchases)].into(),
        stage: (stage != "new").then(|| name(stage)),
        changed: Some(Change { on: ago(since), why: Why::Gained }),
        marks: Vec::new(),
        doubted_since: None,
    };
    Record { history: Some(history), ..Record::default() }
}

#[test]
fn whom_silence_took_back_was_known_better() {
    let is = |record: &Record, later: i64| {
        let at = now() + SignedDuration::from_hours(24 * later);
        POLICY.account(Pseudonym::from_bytes([7; 16]), Some(record), at).is
    };
    let record = known("acquainted", 98, 13, 2, 34);
    assert_eq!(is(&record, 0), "We are acquainted.");
    assert_eq!(is(&record, 300), "We have known each other better.");
    assert_eq!(is(&known("new", 0, 1, 0, 0), 0), "We hardly know each other yet.");
}

#[test]
fn an_operator_is_told_what_stands_at_the_head_of_the_customers_own_page() {
    let limited = |record: &mut Record| record.choices.limit = Some(name("new"));
    let paused = |record: &mut Record| record.choices.paused_until = Some(Timestamp::MAX);
    for (lower, holdout, expected) in [
        ((|_: &mut Record| {}) as fn(&mut Record), None, "We are familiar with each other."),
        (limited, None, "We keep to the stage “new”."),
        (paused, None, "Everything personal is paused."),
        (|_| {}, Some(Stage::at(1)), "We keep to the stage “acquainted”."),
    ] {
        let mut record = known("familiar", 98, 13, 2, 34);
        lower(&mut record);
        let terms = POLICY.terms();
        let account = account(terms, holdout, Some(&record), now());
        assert_eq!(account.is, expected);
        let (record, decision) = (Some(&record), &account.decision);
        let seen = Seen { terms, record, decision, own: decision.stage, vouched: None, now: now() };
        let words = terms.languages.at(0);
        let page = page::me(&seen, &Me::of(&seen, words), words, None, None);
        assert!(page.contains(&format!("<h1 id=\"standing\">{expected}</h1>")), "{expected}: {page}");
    }
}

struct Asking<'a> {
    claim: &'a [&'a str],
    gpc: bool,
    age: Option<u32>,
    prefer: Option<Preference>,
}

const USUAL: Asking<'static> = Asking { claim: &["record", "personalization"], gpc: false, age: None, prefer: None };

fn told(record: Option<&Record>, asking: &Asking<'_>, language: &str) -> Value {
    let claim: Vec<String> = asking.claim.iter().map(ToString::to_string).collect();
    let facts = Facts {
        now: now(),
        known: true,
        bad_token: false,
        store_silent: false,
        visit: false,
        known_since: None,
        age: asking.age,
        claim: Some(&claim),
        tcf: TcfSays::default(),
        gpp: GppSays::default(),
        gpc: asking.gpc,
        channel: None,
        holdout: None,
        prefer: asking.prefer,
    };
    let decision = decide(POLICY.rules(), record, &facts);
    let own = decide(POLICY.rules(), record, &Facts { prefer: None, ..facts }).stage;
    let seen = Seen { terms: POLICY.terms(), record, decision: &decision, own, vouched: None, now: now() };
    let mut headers = http::HeaderMap::new();
    headers.insert("accept-language", language.parse().unwrap());
    serde_json::to_value(Me::of(&seen, POLICY.terms().languages.of(&headers))).unwrap()
}

fn because(me: &Value) -> Vec<&str> {
    me["because"].as_array().unwrap().iter().map(|reason| reason.as_str().unwrap()).collect()
}

#[test]
fn the_whole_object_is_as_the_design_says() {
    let mut record = known("familiar", 98, 13, 2, 34);
    let answer = |granted, at: &str| Answer { granted, at: at.parse().unwrap(), was_granted: false };
    record.choices.purposes = [
        (name("personalization"), answer(true, "2026-05-01T10:00:00Z")),
        (name("special_category"), answer(false, "2026-06-01T10:00:00Z")),
    ]
    .into();
    assert_eq!(
        told(Some(&record), &USUAL, "en"),
        json!({
            "stage": "familiar", "level": 2, "of": 4,
            "because": [
                "We have known each other since 16 August 2026, for 98 days.",
                "You were here on 13 days.",
                "You bought 2 times.",
                "Without consent this stays closed: Data from elsewhere, Sensitive data.",
            ],
            "limited_by": ["consent"],
            "next": { "stage": "trusted", "missing": { "known_for": 267, "active_days": 7, "purchase": 3 } },
            "limit": null,
            "paused_until": null,
            "purposes": {
                "record": {
                    "granted": true, "by": "claim", "state": "given", "answered": null, "in_vain": false, "remembered_since": null, "until": null,
                    "may_ask": false, "says": "Remember when you were here and what you bought, as counts and days.",
                },
                "personalization": {
                    "granted": true, "by": "customer", "state": "given", "answered": "2026-05-01T10:00:00Z", "in_vain": false, "remembered_since": null,
                    "until": "2027-05-26T10:00:00Z", "may_ask": false,
                    "says": "Choose what we show you from what you told us and did here.",
                },
                "cross_context": {
                    "granted": false, "by": null, "state": "unknown", "answered": null, "in_vain": false, "remembered_since": null, "until": null,
                    "may_ask": true, "says": "Use what others know about you.",
                },
                "special_category": {
                    "granted": false, "by": "customer", "state": "refused", "answered": "2026-06-01T10:00:00Z", "in_vain": false, "remembered_since": null,
                    "until": null, "may_ask": false, "says": "Use what concerns your health, beliefs or family events.",
                },
            },
            "kept": {
                "first_seen": "2026-08-16", "last_seen": "2026-11-21", "active_days": 13,
                "events": { "purchase": 2, "visit": 13 }, "stage_since": "2026-10-19", "forgotten": null,
            },
        })
    );
}

#[test]
fn somebody_new_is_told_that_nothing_is_kept_and_all_that_is_missing() {
    let me = told(None, &USUAL, "en");
    assert_eq!((&me["stage"], &me["level"]), (&json!("new"), &json!(0)));
    assert_eq!(because(&me)[0], "We have noted nothing of you yet.");
    assert_eq!(me["next"], json!({ "stage": "acquainted", "missing": { "known_for": 7, "active_days": 3 } }));
    assert_eq!(
        me["kept"],
        json!({ "first_seen": null, "last_seen": null, "active_days": 0, "events": {}, "stage_since": null, "forgotten": null })
    );
}

#[test]
fn whatever_holds_it_back_is_said_with_its_date() {
    let trusted = || known("trusted", 900, 300, 30, 100);
    let with = |change: fn(&mut Record)| {
        let mut record = trusted();
        change(&mut record);
        record
    };
    for (record, asking, word, says) in [
        (
            with(|record| record.choices.limit = Some(name("acquainted"))),
            USUAL,
            "limit",
            "You set a limit: never more than “acquainted”.",
        ),
        (
            with(|record| record.choices.paused_until = Some("2027-02-01T00:00:00Z".parse().unwrap())),
            USUAL,
            "pause",
            "You have paused everything personal, up to and including 31 January 2027.",
        ),
        (
            with(|record| record.choices.paused_until = Some("2027-02-01T18:30:00Z".parse().unwrap())),
            USUAL,
            "pause",
            "You have paused everything personal until 2027-02-01T18:30:00Z (UTC).",
        ),
        (
            with(|record| record.choices.paused_until = Some(Timestamp::MAX)),
            USUAL,
            "pause",
            "You have paused everything personal until you end the pause.",
        ),
        (trusted(), Asking { age: Some(15), ..USUAL }, "minor", "You are, or may be, too young for more."),
        (
            known("acquainted", 900, 300, 30, 3),
            USUAL,
            "pace",
            "The last step was on 19 November 2026. The next one is possible from 26 November 2026 on.",
        ),
        (
            with(|record| record.history.as_mut().unwrap().last_seen = ago(120)),
            USUAL,
            "cooled",
            "You were away for long, so we have become more reserved again.",
        ),
        (
            with(|record| record.history.as_mut().unwrap().last_seen = ago(120)),
            USUAL,
            "pace",
            "The next step is possible 7 days after you come again.",
        ),
        (
            with(|record| {
                let history = record.history.as_mut().unwrap();
                history.changed = Some(Change { on: ago(3), why: Why::Cooled });
                history.stage = Some(name("familiar"));
            }),
            USUAL,
            "pace",
            "The next step is possible from 26 November 2026 on.",
        ),
        (
            with(|record| record.history.as_mut().unwrap().changed = Some(Change { on: ago(100), why: Why::Taken })),
            USUAL,
            "taken",
            "After something that went wrong we have taken a step back.",
        ),
        (
            trusted(),
            Asking { prefer: Some(Preference::None), ..USUAL },
            "prefer",
            "You asked to see it as if we knew each other less.",
        ),
        (
            trusted(),
            Asking { claim: &["personalization"], ..USUAL },
            "consent",
            "Without consent to being remembered, we stay strangers.",
        ),
    ] {
        let me = told(Some(&record), &asking, "en");
        assert!(me["limited_by"].as_array().unwrap().contains(&json!(word)), "{me}");
        assert!(because(&me).contains(&says), "{says}: {me}");
    }
}

#[test]
fn what_is_said_of_a_stage_is_true_of_the_one_that_silence_left() {
    let told_with = |change: fn(&mut Record)| {
        let mut record = known("trusted", 900, 300, 30, 400);
        change(&mut record);
        told(Some(&record), &USUAL, "en")
    };
    let since = |me: &Value| me["kept"]["stage_since"].clone();
    assert_eq!(since(&told_with(|_| {})), json!("2025-10-18"));
    let cooled = told_with(|record| record.history.as_mut().unwrap().last_seen = ago(100));
    assert_eq!(
        (&cooled["stage"], since(&cooled)),
        (&json!("familiar"), json!("2026-11-13")),
        "91 days after the last visit"
    );
    assert!(!because(&cooled).iter().any(|reason| reason.contains("last step")), "{cooled}");
    let limited = told_with(|record| record.choices.limit = Some(name("new")));
    assert_eq!(since(&limited), Value::Null, "at the stage that the limit leaves nobody has arrived");
}

#[test]
fn who_is_not_remembered_is_not_told_to_come_for_the_next_stage() {
    let mut record = known("new", 2, 1, 0, 2);
    let account = |record: &Record| POLICY.account(Pseudonym::from_bytes([7; 16]), Some(record), now());
    assert_eq!(account(&record).missing.len(), 3, "days, visits and the pace");
    record.choices.purposes.insert(name("record"), Answer { granted: false, at: now(), was_granted: false });
    let Account { next, missing, .. } = account(&record);
    assert_eq!(missing, [""; 0]);
    let says = "The next stage would be “acquainted”. Nothing counts for it without consent to being remembered.";
    assert_eq!(next, says);
}

#[test]
fn where_only_a_cap_holds_it_back_nothing_is_missing() {
    let mut record = known("trusted", 900, 300, 30, 100);
    assert_eq!(told(Some(&record), &USUAL, "en")["next"], Value::Null, "there is no higher stage");
    record.choices.limit = Some(name("acquainted"));
    assert_eq!(told(Some(&record), &USUAL, "en")["next"], json!({ "stage": "familiar", "missing": {} }));
}

#[test]
fn a_grant_against_a_refusal_from_elsewhere_says_who_refuses() {
    let mut record = known("trusted", 900, 300, 30, 100);
    let granted = Answer { granted: true, at: now(), was_granted: false };
    record.choices.purposes.insert(name("cross_context"), granted);
    let purpose = &told(Some(&record), &Asking { gpc: true, ..USUAL }, "en")["purposes"]["cross_context"];
    assert_eq!(
        (&purpose["granted"], &purpose["by"], &purpose["in_vain"]),
        (&json!(false), &json!("gpc"), &json!(true))
    );
    let purpose = &told(Some(&record), &USUAL, "en")["purposes"]["cross_context"];
    assert_eq!(
        (&purpose["granted"], &purpose["by"], &purpose["in_vain"]),
        (&json!(true), &json!("customer"), &json!(false))
    );
}

#[test]
fn nobody_is_asked_again_before_the_time_has_come() {
    for (days, granted, may_ask) in
        [(0, false, false), (364, false, false), (365, false, true), (364, true, false), (400, true, true)]
    {
        let mut record = known("new", 900, 1, 0, 900);
        let answer = Answer { granted, at: now() - SignedDuration::from_hours(24 * days), was_granted: false };
        record.choices.purposes.insert(name("cross_context"), answer);
        let purpose = &told(Some(&record), &USUAL, "en")["purposes"]["cross_context"];
        assert_eq!(purpose["may_ask"], json!(may_ask), "{days} {granted} {purpose}");
    }
}

#[test]
fn it_is_said_in_the_language_of_the_customer() {
    let me = told(Some(&known("familiar", 98, 1, 1, 34)), &USUAL, "de-AT, en;q=0.5");
    assert_eq!(
        because(&me)[..3],
        [
            "Wir kennen uns seit dem 16. August 2026, 98 Tage.",
            "Sie waren an einem Tag hier.",
            "Sie haben einmal gekauft."
        ]
    );
    assert_eq!(me["purposes"]["cross_context"]["says"], json!("Nutzen, was andere über Sie wissen."));
}

#[test]
fn a_pause_that_is_over_is_none() {
    let mut record = known("trusted", 900, 300, 30, 100);
    record.choices.paused_until = Some(now());
    assert_eq!(told(Some(&record), &USUAL, "en")["paused_until"], Value::Null);
    record.choices.paused_until = Some(now() + SignedDuration::from_secs(1));
    assert_eq!(told(Some(&record), &USUAL, "en")["paused_until"], json!(until(now() + SignedDuration::from_secs(1))));
}
