//! One short name for all that a policy means.
//!
//! The meaning is spelled as one JSON document with sorted keys, in the words of the policy file, and hashed. What two
//! files write differently and mean alike (an order of keys, a default, `$.a` and `$['a']`) is spelled alike. Secrets are
//! not part of it, nor is where they are kept; nor what decides and shows nothing: where relationships are kept, how many of
//! them in memory, how the binary serves, and where is told what was done.

use serde_json::{Value, json};

use super::meaning::{
    At, ConsentSettings, Endpoint, EventRule, Hidden, IdentitySettings, ItemData, Items, Keys, Meaning, Methods, Mode,
    Nested, spell,
};
use crate::{
    consent::{Segment, TcfPurposes},
    name::Name,
    shaping::class::DataClass,
};

/// 16 hex digits of BLAKE3 over the meaning.
pub(super) fn fingerprint(meaning: &Meaning) -> String {
    blake3::hash(spelled(meaning).to_string().as_bytes()).to_hex().chars().take(16).collect()
}

fn spelled(meaning: &Meaning) -> Value {
    let names: Vec<_> = meaning.rules.ladder.rungs().iter().map(|rung| &rung.name).collect();
    json!({
        "mode": mode(meaning.mode),
        "identity": identity(&meaning.identity),
        "consent": consent(&meaning.consent, meaning),
        "relationship": {
            "pace": meaning.pace,
            "retention": meaning.retention,
            "cools": [meaning.cooling.after, meaning.cooling.rhythm],
            "events": meaning.events.iter().map(event).collect::<Vec<_>>(),
        },
        "stages": stages(meaning),
        "caps": {
            "minor": meaning.rules.minor.map(|minor| json!([minor.under, minor.stage.level(), minor.unknown_is_minor])),
            "channels": meaning.channels.iter().map(|channel| {
                json!([channel.header.as_str(), String::from_utf8_lossy(channel.value.as_bytes()), channel.stage.level()])
            }).collect::<Vec<_>>(),
        },
        "holdout": meaning.holdout.as_ref().map(|held| json!([held.share, held.stage.level(), held.outcome.as_ref()])),
        "data": DataClass::ALL.map(|class| {
            let opening = meaning.classes.opening(class);
            let purpose: Vec<_> = meaning.rules.purposes.names(opening.purpose).collect();
            json!([class.name(), purpose, opening.from.level()])
        }),
        "endpoints": meaning.endpoints.iter().map(|one| endpoint(one, &names)).collect::<Vec<_>>(),
        "store": {
            "max_staleness": milliseconds(meaning.store.max_staleness),
            "decide_within": milliseconds(meaning.store.decide_within),
        },
        "portal": {
            "path": meaning.portal.path,
            "texts": meaning.portal.texts.is_some(),
            "controller": meaning.portal.controller.as_ref().map(|controller| [&controller.name, &controller.contact]),
        },
        "report": { "header": meaning.report.header },
    })
}

fn identity(identity: &IdentitySettings) -> Value {
    let (rules, claims) = (&identity.rules, &identity.rules.claims);
    json!({
        "issuer": rules.issuer,
        "audience": rules.audience,
        "leeway": milliseconds(rules.leeway),
        "claims": [Some(&claims.subject), claims.known_since.as_ref(), claims.birthdate.as_ref(), claims.purposes.as_ref()],
        "tokens": identity.sources.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "keys": match &identity.keys {
            Keys::Here(set) => json!(set.keys().iter().map(|key| json!([key.algorithm().name(), key.kid()])).collect::<Vec<_>>()),
            #[cfg(feature = "jwks")]
            Keys::At(source) => json!(format!("{source:?}")),
        },
        "visitors": identity.visitors.as_ref().map(|visitors| json!([visitors.cookie(), milliseconds(visitors.max_age())])),
    })
}

fn consent(consent: &ConsentSettings, meaning: &Meaning) -> Value {
    let numbers = |tcf: TcfPurposes| (tcf.standard().collect::<Vec<_>>(), tcf.custom().collect::<Vec<_>>());
    let purposes = meaning.rules.purposes.iter();
    json!({
        "record": consent.record,
        "valid_for": consent.valid_for_days,
        "re_ask_after": consent.re_ask_after_days,
        "gpc": [json!(consent.gpc), json!(consent.gpc_remember), json!(consent.gpc_last_update.map(|date| date.to_string()))],
        "tcf": consent.tcf.as_ref().map(|tcf| json!([
            tcf.cookies, tcf.query, tcf.segment == Segment::PublisherOrCore, tcf.gpp_cookies
        ])),
        "purposes": purposes
            .map(|purpose| json!([purpose.name, purpose.says, purpose.denied_by_gpc, numbers(purpose.tcf)]))
            .collect::<Vec<_>>(),
    })
}

fn stages(meaning: &Meaning) -> Vec<Value> {
    let rung = |rung: &crate::relationship::Rung| {
        json!([rung.name, rung.needs.known_for, rung.needs.active_days, rung.needs.counts])
    };
    meaning.rules.ladder.rungs().iter().map(rung).collect()
}

fn event(event: &EventRule) -> Value {
    let when = event.when.as_ref().map(|when| json!([when.method.as_str(), when.path, when.status]));
    json!([event.name, event.takes_stages, when])
}

fn endpoint(endpoint: &Endpoint, stages: &[&Name]) -> Value {
    let limits = &endpoint.limits;
    json!({
        "name": endpoint.name,
        "path": endpoint.paths,
        "mode": mode(endpoint.mode),
        "methods": match &endpoint.methods {
            Methods::All => json!("all"),
            Methods::Only(list) => json!(list.iter().map(|method| method.as_str()).collect::<Vec<_>>()),
        },
        "unreadable": format!("{:?}", endpoint.unreadable).to_lowercase(),
        "empty": String::from_utf8_lossy(&endpoint.empty),
        "limits": [json!(limits.item), json!(limits.depth), json!(limits.hold), json!(limits.request), json!(limits.generic)],
        "only": endpoint.only.as_ref().map(|only| only.iter().map(spell).collect::<Vec<_>>()),
        "encode": endpoint.encode_as_received,
        "request": endpoint.hide_in_request.iter().map(hidden).collect::<Vec<_>>(),
        "response": endpoint.hide_in_response.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        "generic": {
            "keep_for": milliseconds(endpoint.generic_keep_for),
            "send": endpoint.generic_send.keys().collect::<Vec<_>>(),
        },
        "items": endpoint.items.as_ref().map(|items| self::items(items, stages)),
        "fields": endpoint.spelled_fields,
        "html": endpoint.spelled_html,
        "nested": endpoint.nested.iter().map(|(path, kind)| json!([spell(path), *kind == Nested::Json])).collect::<Vec<_>>(),
        "explain": endpoint.explain.as_ref().map(|(into, per_item)| json!([spell(into), per_item])),
    })
}

fn items(items: &Items, stages: &[&Name]) -> Value {
    json!({
        "path": at(&items.at),
        "id": items.id.as_ref().map(at),
        "data": match &items.data {
            ItemData::All(class) => json!(class.name()),
            ItemData::Labelled { at, words, unlabelled } => {
                let words: Vec<_> = words.iter().map(|(word, class)| [word, class.name()]).collect();
                json!([self::at(at), words, unlabelled.name()])
            }
        },
        "share": stages.iter().zip(&items.share).collect::<Vec<_>>(),
        "fill": items.filled,
        "topic": items.topic.as_ref().map(at),
        "per_topic": items.per_topic,
        "quiet": items.quiet.as_ref().map(|(topics, class)| json!([topics, class.name()])),
    })
}

fn at(at: &At) -> String {
    match at {
        At::Path(path) => spell(path),
        At::Html(selector) => format!("html {selector}"),
    }
}

fn hidden(hidden: &Hidden) -> String {
    match hidden {
        Hidden::Header(name) => format!("header:{name}"),
        Hidden::Cookie(name) => format!("cookie:{name}"),
        Hidden::Query(name) => format!("query:{name}"),
        Hidden::Json(path) => format!("json:{}", spell(path)),
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Observe => "observe",
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
