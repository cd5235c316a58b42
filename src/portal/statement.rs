//! How it all works: the object of `GET /policy`, and the statement about Global Privacy Control. Pure.
//!
//! It says what Article 27 of the Digital Services Act (Regulation (EU) 2022/2065) wants said of a recommender system: the
//! main parameters, which here are the stage, the purposes and the class of the data, and their relative weight, which is
//! the share of places that may be chosen by them; and where its options are. The one without a profile (Article 38) is the
//! pause.

use serde_json::{Map, Value, json};

use super::{
    export::opened_by,
    terms::{PersonalChoice, Showcase, Terms},
    words::Words,
};
use crate::shaping::class::DataClass;

/// How it all works.
pub(crate) fn statement(terms: &Terms, words: &Words) -> Value {
    let rules = &terms.rules;
    let portal = &terms.path;
    json!({
        "policy": terms.fingerprint,
        "controller": terms.controller.as_ref().map(|controller| json!({ "name": controller.name, "contact": controller.contact })),
        "purposes": rules.purposes.iter().map(|purpose| json!({
            "name": purpose.name,
            "says": words.purpose_says(purpose),
            "opens": opened_by(terms, purpose).map(DataClass::name).collect::<Vec<_>>(),
            "remembers": rules.purposes.record() == rules.purposes.set_of(purpose.name.as_str()),
            "denied_by_gpc": purpose.denied_by_gpc,
        })).collect::<Vec<_>>(),
        "consent": { "valid_for_days": terms.valid_for, "re_ask_after_days": terms.re_ask_after },
        "data": DataClass::ALL.into_iter().skip(1).map(|class| {
            let opening = terms.classes.opening(class);
            json!({
                "class": class.name(),
                "purpose": rules.purposes.names(opening.purpose).next(),
                "from": rules.ladder.name(opening.from),
            })
        }).collect::<Vec<_>>(),
        "stages": rules.ladder.rungs().iter().map(|rung| {
            let mut needs = Map::new();
            for (what, days) in [("known_for", rung.needs.known_for), ("active_days", rung.needs.active_days)] {
                if days > 0 {
                    needs.insert(what.into(), days.into());
                }
            }
            needs.extend(rung.needs.counts.iter().map(|(event, times)| (event.to_string(), json!(times))));
            json!({ "name": rung.name, "needs": needs })
        }).collect::<Vec<_>>(),
        "pace_days": terms.pace,
        "cools": { "after_days": terms.cooling.after, "rhythm": f64::from(terms.cooling.rhythm) / 1000.0 },
        "retention_days": terms.retention,
        "log": terms.log.map(|log| json!({ "keep_days": log.days })),
        "visitors": terms.visitors.as_ref().map(|cookie| json!({ "cookie": cookie.name, "max_age_days": cookie.days })),
        "events": terms.events.iter().map(|(name, takes)| json!({ "name": name, "takes_stages": takes })).collect::<Vec<_>>(),
        "caps": {
            "minor": rules.minor.map(|minor| json!({
                "under": minor.under,
                "stage": rules.ladder.name(minor.stage),
                "unknown_is_minor": minor.unknown_is_minor,
            })),
            "channels": terms.channels.iter().map(|stage| rules.ladder.name(*stage)).collect::<Vec<_>>(),
            "holdout": terms.holdout.map(|(share, stage)| json!({
                "share": f64::from(share) / 1000.0,
                "stage": rules.ladder.name(stage),
            })),
        },
        "endpoints": terms.endpoints.iter().map(|endpoint| showcase(endpoint, terms)).collect::<Vec<_>>(),
        "not_profiled": {
            "put": format!("{portal}/me/pause"),
            "body": { "until": "9999-12-31" },
            "delete": format!("{portal}/me/pause"),
            "once": "Prefer: personalization=none",
        },
        "gpc": terms.gpc.is_some(),
    })
}

/// The statement about Global Privacy Control (its specification, "GPC Support Representation"); none where the signal is not
/// honoured: then there is nothing to state.
pub(crate) fn gpc(terms: &Terms) -> Option<Value> {
    let statement = terms.gpc?;
    let mut object = json!({ "gpc": true });
    if let (Some(object), Some(date)) = (object.as_object_mut(), statement.last_update) {
        object.insert("lastUpdate".into(), json!(date));
    }
    Some(object)
}

fn showcase(endpoint: &Showcase, terms: &Terms) -> Value {
    let ladder = &terms.rules.ladder;
    let by_stage = |values: &mut dyn Iterator<Item = Value>| -> Map<String, Value> {
        ladder.rungs().iter().map(|rung| rung.name.to_string()).zip(values).collect()
    };
    let Some(PersonalChoice { share, per_topic, quiet, .. }) = &endpoint.choice else {
        return json!({ "name": endpoint.name, "observed": endpoint.observed });
    };
    json!({
        "name": endpoint.name,
        "observed": endpoint.observed,
        "share": by_stage(&mut share.iter().map(|share| json!(f64::from(*share) / 1000.0))),
        "per_topic": per_topic.as_ref().map(|most| by_stage(&mut most.iter().map(|most| json!(most)))),
        "quiet": quiet.as_ref().map(|(topics, class)| json!({ "topics": topics, "as": class.name() })),
    })
}
