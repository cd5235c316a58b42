use std::{collections::BTreeSet, sync::LazyLock};

use super::*;
use crate::{
    consent::Choices,
    decision::{Facts, decide},
    name::Name,
    policy::Policy,
    relationship::{Change, Day, Mark, Stage},
};

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = include_str!("../../../config/reference.toml");
    Policy::from_toml("rapport.toml", text, |name| Some(format!("{name}, of 32 bytes at the least"))).unwrap()
});

const ANNA: Pseudonym = Pseudonym::from_bytes(*b"a customer's own");

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn full() -> Record {
    let answer = |granted, was_granted, text| Answer { granted, at: at(text), was_granted };
    Record {
        history: Some(History {
            first_seen: Day::of(at("2024-01-02T00:00:00Z")),
            last_seen: Day::of(at("2026-11-20T00:00:00Z")),
            active_days: 77,
            last_visit: Some(Day::of(at("2026-11-19T00:00:00Z"))),
            counts: [(name("visit"), 70), (name("purchase"), 9)].into(),
            stage: Some(name("familiar")),
            changed: Some(Change { on: Day::of(at("2025-05-05T00:00:00Z")), why: Why::Taken }),
            marks: vec![Mark::from_bytes([3; 8])],
            doubted_since: Some(Day::of(at("2026-11-02T00:00:00Z"))),
        }),
        choices: Choices {
            limit: Some(name("acquainted")),
            paused_until: Some(at("2027-02-01T00:00:00Z")),
            purposes: [
                (name("record"), answer(true, false, "2026-01-01T08:00:00Z")),
                (name("personalization"), answer(true, true, "2026-02-02T08:00:00Z")),
                (name("special_category"), answer(false, true, "2026-03-03T08:00:00Z")),
            ]
            .into(),
            gpc: [(name("cross_context"), Remembered::Since(at("2026-04-04T08:00:00Z")))].into(),
        },
        forgotten: Some(at("2023-12-31T00:00:00Z")),
        ..Record::default()
    }
}

fn exported(record: Option<&Record>) -> Value {
    let now = at("2026-11-22T12:00:00Z");
    let claim = ["record".to_owned()];
    let facts = Facts { claim: Some(&claim), ..Facts::of_a_customer(now) };
    let decision = decide(POLICY.rules(), record, &facts);
    let seen = Seen { terms: POLICY.terms(), record, decision: &decision, own: Stage::LOWEST, vouched: None, now };
    export(&seen, ANNA, POLICY.terms().languages.of(&http::HeaderMap::new()))
}

#[test]
fn all_that_is_kept_is_told() {
    let export = exported(Some(&full()));
    assert_eq!(
        export["relationship"],
        json!({
            "history": {
                "first_seen": "2024-01-02", "last_seen": "2026-11-20", "last_visit": "2026-11-19", "active_days": 77,
                "events": { "visit": 70, "purchase": 9 }, "events_marked": 1, "stage": "familiar", "doubted_since": "2026-11-02",
                "last_change": { "on": "2025-05-05", "why": "taken" },
            },
            "limit": "acquainted",
            "paused_until": "2027-01-31",
            "answers": {
                "record": { "granted": true, "at": "2026-01-01T08:00:00Z", "was_granted": false },
                "personalization": { "granted": true, "at": "2026-02-02T08:00:00Z", "was_granted": true },
                "special_category": { "granted": false, "at": "2026-03-03T08:00:00Z", "was_granted": true },
            },
            "global_privacy_control": { "cross_context": { "refused_since": "2026-04-04T08:00:00Z" } },
            "forgotten": "2023-12-31T00:00:00Z",
            "signed_in": false,
            "joined_visitors": 0,
        })
    );
    assert_eq!(exported(None)["relationship"], Value::Null);
}

#[test]
fn each_purpose_has_a_consent_record_with_the_fields_that_the_standard_wants() {
    let export = exported(Some(&full()));
    assert_eq!(export["@type"], "dpv:ConsentReceipt");
    let records = export["dpv:hasRecordOfActivity"].as_array().unwrap();
    let states: Vec<_> = records
        .iter()
        .map(|record| {
            (
                record["dpv:hasProcess"]["dpv:hasPurpose"]["dct:title"].as_str().unwrap(),
                record["dpv:hasStatus"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("record", "dpv:ConsentGiven"),
            ("personalization", "dpv:RenewedConsentGiven"),
            ("cross_context", "dpv:ConsentRefused"),
            ("special_category", "dpv:ConsentWithdrawn"),
        ]
    );
    for record in records {
        for field in [
            "dct:identifier",
            "dct:conformsTo",
            "dpv:hasDataSubject",
            "dpv:hasDataController",
            "dpv:hasNotice",
            "dpv:hasProcess",
            "dpv:hasConsentControl",
            "dpv:hasRight",
            "dpv:hasConsentStatus",
            "dpv:hasLegalBasis",
        ] {
            assert!(!record[field].is_null(), "{field}: {record}");
        }
        let process = &record["dpv:hasProcess"];
        for field in [
            "dpv:hasPurpose",
            "dpv:hasPersonalData",
            "dpv:hasProcessing",
            "dpv:hasRecipient",
            "dpv:hasStorageCondition",
        ] {
            assert!(!process[field].is_null(), "{field}: {process}");
        }
        for event in record["dpv:hasConsentStatus"].as_array().unwrap() {
            assert!(event["dpv:isIndicatedAtTime"].is_string() && event["dpv:isIndicatedBy"].is_string(), "{event}");
        }
    }
    let given = &records[0]["dpv:hasConsentStatus"][0];
    assert_eq!(given["dpv:isIndicatedAtTime"], "2026-01-01T08:00:00Z");
    assert_eq!(given["dpv:hasDuration"], json!({ "@type": "dpv:TemporalDuration", "rdf:value": "P390D" }));
    assert_eq!(records[2]["dpv:hasConsentStatus"][0]["dpv:hasIndicationMethod"], "Global Privacy Control");
}

#[test]
fn nothing_says_that_somebody_indicated_what_nobody_did() {
    let statuses = |record: Option<&Record>| -> Vec<Value> {
        let export = exported(record);
        export["dpv:hasRecordOfActivity"]
            .as_array()
            .unwrap()
            .iter()
            .map(|own| own["dpv:hasConsentStatus"].clone())
            .collect()
    };
    let by_claim = json!([{
        "@type": "dpv:ConsentGiven",
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": "claim of a signed token",
    }]);
    let unknown = json!([{ "@type": "dpv:ConsentUnknown" }]);
    assert_eq!(statuses(None), [by_claim, unknown.clone(), unknown.clone(), unknown]);
    // A signal is of its own time, remembered or not.
    let signal = &statuses(Some(&full()))[2][0];
    assert_eq!(signal["dpv:isIndicatedAtTime"], "2026-04-04T08:00:00Z", "{signal}");
}

#[test]
fn without_a_request_is_said_that_only_one_could_tell() {
    let receipt = POLICY.receipt(ANNA, Some(&full()), at("2026-11-22T12:00:00Z"));
    let of = |receipt: &Value, place: usize| receipt["dpv:hasRecordOfActivity"][place]["dct:description"].clone();
    assert_eq!(
        [0, 1, 2, 3].map(|place| of(&receipt, place)),
        [const { Value::Null }; 4],
        "all of it is answered or signalled"
    );
    let unanswered = Record { choices: Choices::default(), ..full() };
    let receipt = POLICY.receipt(ANNA, Some(&unanswered), at("2026-11-22T12:00:00Z"));
    let says = of(&receipt, 0);
    assert!(says.as_str().unwrap().contains("this was made without you"), "{says}");
    assert_eq!(of(&exported(Some(&unanswered)), 1), Value::Null, "a request said nothing of it, and that is known");
}

#[test]
fn nothing_in_it_leads_back_to_whoever_it_is_about() {
    let text = exported(Some(&full())).to_string();
    assert!(!text.contains(&ANNA.to_string()), "the pseudonym: {text}");
    let ids: BTreeSet<&str> = text.split("urn:uuid:").skip(1).map(|rest| &rest[..36]).collect();
    assert_eq!(ids.len(), 1 + 1 + 4, "the receipt, the customer, and one for each purpose");
    for id in ids {
        let bytes = id.as_bytes();
        assert!(bytes[14] == b'8' && b"89ab".contains(&bytes[19]), "{id}: a UUID of version 8");
    }
    assert_eq!(exported(Some(&full())), exported(Some(&full())), "the same thing has the same name");
}

/// Every name in it is one that the context gives a meaning, or a keyword, or within the JSON of the relationship.
#[test]
fn every_name_has_a_meaning() {
    let export = exported(Some(&full()));
    let context = export["@context"].as_object().unwrap();
    let known = |name: &str| {
        name.starts_with('@')
            || context.contains_key(name)
            || name.split_once(':').is_some_and(|(prefix, _)| context.contains_key(prefix))
    };
    fn walk(value: &Value, known: &dyn Fn(&str) -> bool) {
        match value {
            Value::Object(object) => {
                for (name, value) in
                    object.iter().filter(|(name, _)| !["@context", "relationship"].contains(&name.as_str()))
                {
                    assert!(known(name), "{name}");
                    walk(value, known);
                }
            }
            Value::Array(array) => array.iter().for_each(|value| walk(value, known)),
            _ => {}
        }
    }
    walk(&export, &known);
}
