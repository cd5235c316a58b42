//! The policy's own page.

use std::{borrow::Cow, iter};

use askama::Template;

use super::{
    super::{
        export::opened_by,
        terms::{PersonalChoice, Showcase, Terms},
        words::{Text, Texts, Words},
    },
    Frame, cookie, logged, places, rendered,
};
use crate::{relationship::Rung, shaping::class::DataClass};

/// Whether somebody is shown anything by a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Nobody is known, and nothing is.
    Strangers,
    /// A customer, who has turned it off.
    Off,
    /// A customer, who has not.
    On,
    /// A customer of whom the store does not tell.
    Unknown,
}

/// The policy's own page, with the switch to no profile.
pub(crate) fn policy(terms: &Terms, words: &Words, profile: Profile) -> String {
    let texts = &words.texts;
    // Where decisions are only measured, nobody knows here what somebody unknown sees.
    let observes = terms.endpoints.iter().any(|endpoint| endpoint.observed);
    let switch_says = match profile {
        Profile::Strangers if observes => texts.policy.is_stranger_observed.to_string(),
        Profile::Strangers => texts.policy.is_stranger.to_string(),
        Profile::Off => texts.policy.is_off.to_string(),
        Profile::On => texts.policy.is_on.to_string(),
        Profile::Unknown => String::new(),
    };
    rendered(&Page {
        frame: Frame::of("policy", terms, words),
        texts,
        path: &terms.path,
        profile,
        not_profiled: if terms.observed {
            &texts.policy.not_profiled_observed
        } else {
            &texts.policy.not_profiled_says
        },
        switch_says,
        endpoints: terms.endpoints.iter().map(|endpoint| showcase(endpoint, terms, words)).collect(),
        stages: stages(terms, words),
        rules: rules(terms, words),
        valid: texts.policy.valid.count(terms.valid_for.into(), &[]),
        purposes: purposes(terms, words),
        data: data(terms, words),
        retention: texts.kept.retention.count(terms.retention.into(), &[]),
        kept: logged(terms, words).into_iter().chain(cookie(terms, words)).collect(),
        version: texts.policy.name.with(&[("fingerprint", &terms.fingerprint)]),
    })
}

#[derive(Template)]
#[template(path = "policy.html")]
struct Page<'a> {
    frame: Frame<'a>,
    texts: &'a Texts,
    path: &'a str,
    profile: Profile,
    not_profiled: &'a Text,
    switch_says: String,
    endpoints: Vec<Endpoint<'a>>,
    stages: Vec<(&'a str, String)>,
    rules: Vec<String>,
    valid: String,
    purposes: Vec<Purpose<'a>>,
    data: Vec<(String, String, String)>,
    retention: String,
    /// What else is, and where.
    kept: Vec<String>,
    version: String,
}

struct Endpoint<'a> {
    name: Cow<'a, str>,
    observed: bool,
    shares: Vec<Share<'a>>,
    rules: Vec<String>,
}

struct Share<'a> {
    stage: &'a str,
    places: [bool; 10],
    percent: String,
}

struct Purpose<'a> {
    name: &'a str,
    title: &'a str,
    says: &'a str,
    opens: Vec<String>,
    denied_by_gpc: bool,
}

fn showcase<'a>(endpoint: &'a Showcase, terms: &'a Terms, words: &'a Words) -> Endpoint<'a> {
    let (name, observed) = (words.endpoint(&endpoint.name), endpoint.observed);
    let texts = &words.texts.policy;
    let Some(PersonalChoice { share, per_topic, quiet, .. }) = &endpoint.choice else {
        let says = if endpoint.has_details { &texts.no_items } else { &texts.no_rules };
        return Endpoint { name, observed, shares: Vec::new(), rules: vec![says.to_string()] };
    };
    let shares = terms.rules.ladder.rungs().iter().zip(share).map(|(rung, share)| Share {
        stage: words.stage(&rung.name),
        places: places(*share),
        percent: words.percent(*share),
    });
    let mut rules = Vec::new();
    if let Some(most) = per_topic {
        let numbers = most.iter().map(|most| if *most == u64::MAX { "∞".to_owned() } else { most.to_string() });
        rules.push(texts.per_topic.with(&[("numbers", &words.list(numbers))]));
    }
    if let Some((topics, class)) = quiet {
        let opening = terms.classes.opening(*class);
        let purpose = terms.rules.purposes.names(opening.purpose).next().map_or("–", |name| words.purpose(name));
        let topics = words.list(topics.iter().map(String::as_str));
        rules.push(texts.quiet.with(&[("purpose", purpose), ("topics", &topics)]));
    }
    Endpoint { name, observed, shares: shares.collect(), rules }
}

/// The stages, and what each needs. Only the lowest is where everybody begins.
fn stages<'a>(terms: &'a Terms, words: &'a Words) -> Vec<(&'a str, String)> {
    let texts = &words.texts.policy;
    let nothing = iter::once(&texts.needs_none).chain(iter::repeat(&texts.needs_no_more));
    let stage = |(rung, nothing): (&'a Rung, &Text)| {
        (words.stage(&rung.name), needs(rung, words).unwrap_or_else(|| nothing.to_string()))
    };
    terms.rules.ladder.rungs().iter().zip(nothing).map(stage).collect()
}

/// What a stage needs of its own, if it needs anything.
fn needs(rung: &Rung, words: &Words) -> Option<String> {
    let (texts, needs) = (&words.texts.policy, &rung.needs);
    let mut list = Vec::new();
    if needs.known_for > 0 {
        list.push(texts.known.count(needs.known_for.into(), &[]));
    }
    if needs.active_days > 0 {
        list.push(texts.active.count(needs.active_days.into(), &[]));
    }
    for (event, times) in &needs.counts {
        list.push(texts.events.get(event.as_str()).unwrap_or(&texts.event).count(*times, &[("event", event.as_str())]));
    }
    (!list.is_empty()).then(|| words.list(list))
}

fn rules(terms: &Terms, words: &Words) -> Vec<String> {
    let texts = &words.texts.policy;
    let rhythm = words.number(f64::from(terms.cooling.rhythm) / 1000.0);
    let mut rules = vec![
        texts.pace.count(terms.pace.into(), &[]),
        texts.cools.count(terms.cooling.after.into(), &[("rhythm", &rhythm)]),
    ];
    for (event, takes) in terms.events.iter().filter(|(_, takes)| *takes > 0) {
        let text = texts.taking.get(event.as_str()).unwrap_or(&texts.takes);
        rules.push(text.count((*takes).into(), &[("event", event.as_str())]));
    }
    if let Some(minor) = terms.rules.minor {
        let stage = words.stage(terms.rules.ladder.name(minor.stage));
        rules.push(texts.minor.count(minor.under.into(), &[("stage", stage)]));
        if minor.unknown_is_minor {
            rules.push(texts.minor_unknown.to_string());
        }
    }
    if !terms.channels.is_empty() {
        rules.push(texts.channels.to_string());
    }
    if let Some((share, stage)) = terms.holdout {
        let stage = words.stage(terms.rules.ladder.name(stage));
        rules.push(texts.holdout.with(&[("share", &words.percent(share)), ("stage", stage)]));
    }
    rules
}

fn purposes<'a>(terms: &'a Terms, words: &'a Words) -> Vec<Purpose<'a>> {
    let texts = &words.texts.policy;
    let purpose = |purpose: &'a crate::consent::Purpose| {
        let mut opens: Vec<String> = Vec::new();
        if terms.rules.purposes.record() == terms.rules.purposes.set_of(purpose.name.as_str()) {
            opens.push(texts.opens_memory.to_string());
        }
        opens.extend(opened_by(terms, purpose).map(|class| class_in_words(class, words)));
        Purpose {
            name: purpose.name.as_str(),
            title: words.purpose(&purpose.name),
            says: words.purpose_says(purpose),
            opens,
            denied_by_gpc: purpose.denied_by_gpc,
        }
    };
    terms.rules.purposes.iter().map(purpose).collect()
}

fn data(terms: &Terms, words: &Words) -> Vec<(String, String, String)> {
    let rules = &terms.rules;
    let data = |class: DataClass| {
        let opening = terms.classes.opening(class);
        let purpose = rules.purposes.names(opening.purpose).next().map_or("–", |name| words.purpose(name));
        (class_in_words(class, words), purpose.to_owned(), words.stage(rules.ladder.name(opening.from)).to_owned())
    };
    DataClass::ALL.into_iter().skip(1).map(data).collect()
}

fn class_in_words(class: DataClass, words: &Words) -> String {
    words.texts.data.get(class.name()).map_or_else(|| class.name().to_owned(), ToString::to_string)
}
