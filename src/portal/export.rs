//! All that is kept of a customer, to take along: a consent receipt as ISO/IEC TS 27560:2023 structures it, in JSON-LD with
//! the terms of the W3C Data Privacy Vocabulary (its guide "Consent Records and Receipts as per ISO/IEC TS 27560:2023"), and
//! the relationship.
//!
//! What the standard wants and no policy says is left out: where the data is stored, under which jurisdiction, and the
//! controller's postal address. So is what nobody knows: when a token or a consent string was agreed to, and who would have
//! indicated what is unknown.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{seen::Seen, terms::Terms, wish, words::Words};
use crate::{
    consent::{Answer, Purpose, Remembered, Source, State, Status},
    identity::Pseudonym,
    relationship::{Day, History, Record, Why},
    shaping::class::DataClass,
};

/// The receipt of a customer, made in a request of theirs. No raw id is in it, nor the pseudonym, only what is made of it.
pub(crate) fn export(seen: &Seen<'_>, customer: Pseudonym, words: &Words) -> Value {
    receipt(seen, customer, words, true)
}

/// The same, made without a request: what only one could say is told as not known.
pub(super) fn export_without_request(seen: &Seen<'_>, customer: Pseudonym, words: &Words) -> Value {
    receipt(seen, customer, words, false)
}

fn receipt(seen: &Seen<'_>, customer: Pseudonym, words: &Words, has_request: bool) -> Value {
    let Seen { terms, record, now, .. } = *seen;
    let records: Vec<_> = terms
        .rules
        .purposes
        .iter()
        .map(|purpose| consent_record(seen, purpose, customer, words, has_request))
        .collect();
    let mut receipt = json!({
        "@context": context(),
        "@id": urn(customer, "receipt", now),
        "@type": "dpv:ConsentReceipt",
        "dpv:hasIdentifier": urn(customer, "receipt", now),
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#receipt",
        "dct:created": now,
        "dct:audience": { "@id": urn(customer, "customer", Timestamp::UNIX_EPOCH), "@type": "dpv:DataSubject" },
        "dpv:hasRecordOfActivity": records,
        "relationship": relationship(record),
        "policy": terms.fingerprint,
    });
    if let (Some(receipt), Some(controller)) = (receipt.as_object_mut(), controller(terms)) {
        receipt.insert("dct:publisher".into(), controller);
    }
    receipt
}

/// Consent to one purpose; where only a request could tell of it, and there was none, that is said.
fn consent_record(seen: &Seen<'_>, purpose: &Purpose, customer: Pseudonym, words: &Words, has_request: bool) -> Value {
    let Seen { terms, record, .. } = *seen;
    let answer = record.and_then(|record| record.choices.purposes.get(&purpose.name));
    let status = seen.decision.consent.status(terms.rules.purposes.set_of(purpose.name.as_str()));
    let at = answer.map_or(Timestamp::UNIX_EPOCH, |answer| answer.at);
    let id = urn(customer, purpose.name.as_str(), at);
    let mut events: Vec<Value> = answer.map(|answer| event(terms, answer)).into_iter().collect();
    if status.by.is_some_and(|by| by != Source::Customer) || answer.is_none() {
        events.push(elsewhere(seen, purpose, status));
    }
    let portal = &terms.path;
    let mut consent = json!({
        "@id": id,
        "@type": "dpv:ConsentRecord",
        "dct:identifier": id,
        "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "dpv:hasDataSubject": { "@id": urn(customer, "customer", Timestamp::UNIX_EPOCH), "@type": "dpv:DataSubject", "skos:broader": "dpv:Customer" },
        "dpv:hasLegalBasis": "dpv:ExpressedConsent",
        "dpv:hasNotice": { "@id": format!("{portal}/policy"), "@type": "dpv:ConsentNotice", "dct:language": words.tag },
        "dpv:hasProcess": process(terms, purpose, words),
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": format!("{portal}/me/purposes/{}", purpose.name),
        },
        "dpv:hasRight": [
            right("A7-3", "withdraw consent", &format!("{portal}/me/purposes/{}", purpose.name)),
            right("A15", "access", &format!("{portal}/me")),
            right("A17", "erasure", &format!("{portal}/me")),
            right("A20", "data portability", &format!("{portal}/me/export")),
        ],
        "dpv:hasConsentStatus": events,
        "dpv:hasStatus": format!("dpv:{}", status.state.term()),
    });
    if let (Some(consent), Some(controller)) = (consent.as_object_mut(), controller(terms)) {
        consent.insert("dpv:hasDataController".into(), controller);
    }
    if let (Some(consent), State::Unknown, false) = (consent.as_object_mut(), status.state, has_request) {
        consent.insert("dct:description".into(), words.texts.purpose.no_request.to_string().into());
    }
    consent
}

/// What is done for a purpose.
fn process(terms: &Terms, purpose: &Purpose, words: &Words) -> Value {
    let set = terms.rules.purposes.set_of(purpose.name.as_str());
    let is_record = terms.rules.purposes.record() == set;
    let (broader, mut data) = if is_record {
        (
            "dpv:CustomerRelationshipManagement",
            vec![json!({ "@type": "dpv:ObservedPersonalData", "dct:description": "days and counts" })],
        )
    } else {
        ("dpv:Personalisation", Vec::new())
    };
    data.extend(opened_by(terms, purpose).filter_map(personal_data).map(|term| json!(term)));
    json!({
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "skos:broader": broader,
            "dct:title": purpose.name,
            "dct:description": words.purpose_says(purpose),
        },
        "dpv:hasPersonalData": data,
        "dpv:hasProcessing": if is_record { ["dpv:Record", "dpv:Store"] } else { ["dpv:Use", "dpv:Profiling"] },
        "dpv:hasRecipient": "dpv:DataController",
        "dpv:hasStorageCondition": { "@type": "dpv:StorageDuration", "dpv:hasDuration": days(terms.retention) },
    })
}

/// The classes of data that a purpose opens.
pub(super) fn opened_by(terms: &Terms, purpose: &Purpose) -> impl Iterator<Item = DataClass> {
    let set = terms.rules.purposes.set_of(purpose.name.as_str());
    DataClass::ALL.into_iter().skip(1).filter(move |class| terms.classes.opening(*class).purpose == set)
}

/// An answer of the customer.
fn event(terms: &Terms, answer: &Answer) -> Value {
    let state = match (answer.granted, answer.was_granted) {
        (true, false) => State::Given,
        (true, true) => State::Renewed,
        (false, false) => State::Refused,
        (false, true) => State::Withdrawn,
    };
    let mut event = json!({
        "@type": [format!("dpv:{}", state.term()), "dpv:ExpressedConsent"],
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": method(Source::Customer),
        "dpv:isIndicatedAtTime": answer.at,
    });
    if let Some(event) = event.as_object_mut().filter(|_| answer.granted) {
        let duration = json!({ "@type": "dpv:TemporalDuration", "rdf:value": days(terms.valid_for) });
        event.insert("dpv:hasDuration".into(), duration);
    }
    event
}

/// What is so by anything but an answer here. What nobody has said was indicated by nobody, and when a token or a consent
/// string was agreed to is not known: of signals alone there is a time.
fn elsewhere(seen: &Seen<'_>, purpose: &Purpose, status: Status) -> Value {
    let mut event = json!({ "@type": format!("dpv:{}", status.state.term()) });
    let said_by = status.by.filter(|_| status.state != State::Unknown);
    if let (Some(event), Some(by)) = (event.as_object_mut(), said_by) {
        event.insert("dpv:isIndicatedBy".into(), "dpv:DataSubject".into());
        event.insert("dpv:hasIndicationMethod".into(), method(by).into());
        if by == Source::Gpc {
            let remembered = seen.record.and_then(|record| record.choices.gpc.get(&purpose.name));
            let at = if let Some(Remembered::Since(at)) = remembered { *at } else { seen.now };
            event.insert("dpv:isIndicatedAtTime".into(), json!(at));
        }
    }
    event
}

/// All of the record, so that nothing is kept that is not told.
fn relationship(record: Option<&Record>) -> Value {
    let Some(Record { history, choices, forgotten, sign_in, visitors }) = record else { return Value::Null };
    let answers = choices.purposes.iter().map(|(name, answer)| {
        (name.to_string(), json!({ "granted": answer.granted, "at": answer.at, "was_granted": answer.was_granted }))
    });
    let gpc = choices.gpc.iter().map(|(name, remembered)| {
        let remembered = match remembered {
            Remembered::Since(at) => json!({ "refused_since": at }),
            Remembered::Lifted => json!("lifted"),
        };
        (name.to_string(), remembered)
    });
    json!({
        "history": history.as_ref().map(past),
        "limit": choices.limit,
        "paused_until": choices.paused_until.map(wish::until),
        "answers": answers.collect::<serde_json::Map<_, _>>(),
        "global_privacy_control": gpc.collect::<serde_json::Map<_, _>>(),
        "forgotten": forgotten,
        "signed_in": sign_in.is_some(),
        "joined_visitors": visitors.len(),
    })
}

fn past(history: &History) -> Value {
    let History { first_seen, last_seen, active_days, last_visit, counts, stage, changed, marks, doubted_since } =
        history;
    json!({
        "first_seen": first_seen.date(),
        "last_seen": last_seen.date(),
        "last_visit": last_visit.map(|day| day.date()),
        "active_days": active_days,
        "events": counts,
        "events_marked": marks.len(),
        "stage": stage,
        "doubted_since": doubted_since.map(Day::date),
        "last_change": changed.map(|change| {
            let why = match change.why {
                // Nothing was gained, and nothing taken: there was nothing that a silence could take.
                Why::Gained if stage.is_none() => "silence",
                Why::Gained => "gained",
                Why::Cooled => "cooled",
                Why::Taken => "taken",
            };
            json!({ "on": change.on.date(), "why": why })
        }),
    })
}

fn controller(terms: &Terms) -> Option<Value> {
    let controller = terms.controller.as_ref()?;
    Some(json!({
        "@type": ["dpv:Organisation", "dpv:DataController"],
        "dpv:hasName": controller.name,
        "dpv:hasContact": controller.contact,
    }))
}

fn right(article: &str, title: &str, at: &str) -> Value {
    json!({ "@type": ["dpv:DataSubjectRight", format!("eu-gdpr:{article}")], "dct:title": title, "dpv:isExercisedAt": at })
}

/// How somebody said it.
fn method(by: Source) -> &'static str {
    match by {
        Source::Customer => "choice in the customer's own portal",
        Source::Claim => "claim of a signed token",
        Source::Tcf => "TC string of the IAB Transparency & Consent Framework",
        Source::Gpp => "string of the IAB Global Privacy Platform",
        Source::Gpc => "Global Privacy Control",
    }
}

fn personal_data(class: DataClass) -> Option<&'static str> {
    match class {
        DataClass::None => None,
        DataClass::Provided => Some("dpv:ProvidedPersonalData"),
        DataClass::Observed => Some("dpv:ObservedPersonalData"),
        DataClass::Inferred => Some("dpv:InferredPersonalData"),
        DataClass::ThirdParty => Some("dpv:CollectedPersonalData"),
        DataClass::SpecialCategory => Some("dpv:SpecialCategoryPersonalData"),
    }
}

/// A duration of ISO 8601.
fn days(days: u32) -> String {
    format!("P{days}D")
}

/// A name for a thing of a customer that leads back to nobody: a UUID of version 8 (RFC 9562 section 5.8) over what it is.
fn urn(customer: Pseudonym, what: &str, at: Timestamp) -> String {
    let mut hash = blake3::Hasher::new_derive_key("tower-rapport 2026 consent record id");
    hash.update(customer.as_bytes()).update(at.to_string().as_bytes()).update(what.as_bytes());
    let mut id = [0; 16];
    hash.finalize_xof().fill(&mut id);
    let [.., seventh, _, ninth, _, _, _, _, _, _, _] = &mut id;
    *seventh = *seventh & 0x0f | 0x80;
    *ninth = *ninth & 0x3f | 0x80;
    let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// What the names mean. The relationship has no terms in the vocabulary: it is JSON within JSON-LD.
fn context() -> Value {
    let mut context = json!({
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "relationship": { "@id": "dct:hasPart", "@type": "@json" },
        "policy": "dct:isVersionOf",
    });
    if let Some(context) = context.as_object_mut() {
        let named = |name: &&str| ((*name).to_owned(), json!({ "@type": "@id" }));
        context.extend(NAMES_OF_THINGS.iter().map(named));
        let dated = |name: &&str| ((*name).to_owned(), json!({ "@type": "xsd:dateTime" }));
        context.extend(INSTANTS.iter().map(dated));
    }
    context
}

/// What is the name of a thing, and not a text.
const NAMES_OF_THINGS: [&str; 9] = [
    "dct:conformsTo",
    "dpv:hasLegalBasis",
    "dpv:hasPersonalData",
    "dpv:hasProcessing",
    "dpv:hasRecipient",
    "dpv:hasStatus",
    "dpv:isExercisedAt",
    "dpv:isIndicatedBy",
    "skos:broader",
];

const INSTANTS: [&str; 2] = ["dct:created", "dpv:isIndicatedAtTime"];

#[cfg(test)]
mod tests;
