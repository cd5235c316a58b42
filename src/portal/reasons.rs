//! Why the stage is what it is, in words: what it rests on, what holds it back, what the next one needs. Pure.

use jiff::civil::Date;

use super::{
    seen::Seen,
    wish,
    words::{Text, Words},
};
use crate::{
    consent::PurposeSet,
    decision::Limit,
    relationship::{Day, History, Next, Stage, Why},
};

/// How well the two know each other: the heading of the customer's own page. Whom silence or an act took back to the beginning
/// was known better.
pub(crate) fn is(seen: &Seen<'_>, words: &Words) -> String {
    let (texts, decision) = (&words.texts, seen.decision);
    let stage = [("stage", words.stage(&decision.stage_name))];
    let was_higher = decision.limits.has(Limit::Cooled) || decision.limits.has(Limit::Taken);
    match () {
        () if seen.is_preview() => texts.me.as_if.with(&stage),
        () if seen.pause().is_some() => texts.me.paused.to_string(),
        () if decision.stage < decision.earned => texts.me.held.with(&stage),
        () if decision.stage == Stage::LOWEST && was_higher => texts.stage.again.to_string(),
        () => words.is_at(&decision.stage_name),
    }
}

/// What the stage rests on.
pub(crate) fn because(seen: &Seen<'_>, words: &Words) -> Vec<String> {
    let (texts, mut reasons) = (&words.texts.because, Vec::new());
    let today = Day::of(seen.now);
    if let Some(forgotten) = seen.record.and_then(|record| record.forgotten) {
        reasons.push(texts.forgotten.with(&[("date", &words.date(Day::of(forgotten).date()))]));
    }
    // Said where it says more than what was seen here.
    let is_earlier = |since: &Day| seen.history().is_none_or(|history| *since < history.first_seen);
    if let Some(since) = seen.vouched.filter(|_| seen.is_remembered()).filter(is_earlier) {
        reasons.push(texts.vouched.with(&[("date", &words.date(since.date()))]));
    }
    if seen.record.is_none_or(|record| record.history.is_none()) {
        reasons.push(texts.nothing.to_string());
    }
    let Some(history) = seen.history() else { return reasons };
    let days = today.days_since(history.first_seen);
    reasons.push(match days {
        0 => texts.first_today.to_string(),
        _ => texts.known_for.count(days.into(), &[("date", &words.date(history.first_seen.date()))]),
    });
    reasons.push(texts.active_days.count(history.active_days.into(), &[]));
    for (event, times) in history.counts.iter().filter(|(event, _)| **event != *History::VISIT) {
        let text = texts.events.get(event.as_str()).unwrap_or(&texts.event);
        reasons.push(text.count(*times, &[("event", event.as_str())]));
    }
    reasons
}

/// What holds it back.
pub(crate) fn limits(seen: &Seen<'_>, words: &Words) -> Vec<String> {
    limits_but(None, seen, words)
}

/// The same without one that is said elsewhere.
pub(crate) fn limits_but(said: Option<Limit>, seen: &Seen<'_>, words: &Words) -> Vec<String> {
    let limits = seen.decision.limits.iter().filter(|limit| Some(*limit) != said);
    limits.filter_map(|limit| limit_in_words(limit, seen, words)).collect()
}

/// What stands before the next stage: a sentence, and the needs that it lists.
pub(crate) fn next(next: Option<&Next>, seen: &Seen<'_>, words: &Words) -> (String, Vec<String>) {
    let texts = &words.texts.me;
    let Some(next) = next else { return (texts.highest.to_string(), Vec::new()) };
    // What is missing cannot come while nothing is counted.
    let missing = if seen.is_remembered() { missing(next, seen, words) } else { Vec::new() };
    let text = match () {
        () if !seen.is_remembered() => &texts.next_stranger,
        () if seen.decision.stage < seen.decision.earned => &texts.next_held,
        () if missing.is_empty() => &texts.next_waits,
        () => &texts.next,
    };
    (text.with(&[("stage", words.stage(&next.stage))]), missing)
}

/// What the next stage needs.
fn missing(next: &Next, seen: &Seen<'_>, words: &Words) -> Vec<String> {
    let texts = &words.texts.missing;
    // Time first, then acts.
    let place = |what: &str| TIME.iter().position(|time| *time == what).unwrap_or(TIME.len());
    let mut needs: Vec<_> = next.missing.iter().collect();
    needs.sort_by_key(|(what, _)| place(what));
    let in_words = |(what, number): (&String, &u64)| {
        let text = match what.as_str() {
            "known_for" => &texts.known_for,
            "active_days" => &texts.active_days,
            "pace" if seen.begins_anew() => &texts.pace_again,
            "pace" => &texts.pace,
            event => texts.events.get(event).unwrap_or(&texts.event),
        };
        text.count(*number, &[("event", what)])
    };
    needs.into_iter().map(in_words).collect()
}

/// The pause, with the text for its kind of end.
pub(crate) fn pause(until: jiff::Timestamp, words: &Words, [date, instant, open]: [&Text; 3]) -> String {
    match wish::last_day(until) {
        Some(Date::MAX) => open.to_string(),
        Some(last) => date.with(&[("date", &words.date(last))]),
        None => instant.with(&[("time", &until.to_string())]),
    }
}

fn limit_in_words(limit: Limit, seen: &Seen<'_>, words: &Words) -> Option<String> {
    let texts = &words.texts.limits;
    let record = seen.record;
    Some(match limit {
        Limit::Consent if !seen.is_remembered() => texts.record.to_string(),
        Limit::Consent => {
            let granted = seen.decision.consent.granted;
            let purposes = &seen.terms.rules.purposes;
            let is_closed = |set: PurposeSet| seen.terms.rules.needed.contains(set) && !granted.contains(set);
            let closed = purposes.iter().filter(|purpose| is_closed(purposes.set_of(purpose.name.as_str())));
            let closed = words.list(closed.map(|purpose| words.purpose(&purpose.name)));
            texts.consent.with(&[("purposes", &closed)])
        }
        Limit::Limit => {
            let stage = record?.choices.limit.as_ref()?;
            texts.limit.with(&[("stage", words.stage(stage))])
        }
        Limit::Pause => pause(seen.pause()?, words, [&texts.pause, &texts.pause_until, &texts.pause_open]),
        Limit::Minor => texts.minor.to_string(),
        Limit::Channel => texts.channel.to_string(),
        Limit::Pace if seen.begins_anew() => texts.pace_again.count(seen.terms.pace.into(), &[]),
        Limit::Pace => {
            let history = seen.history()?;
            let next = seen.terms.rules.ladder.paced_since(history, Day::of(seen.now))?.plus(seen.terms.pace);
            let next = words.date(next.date());
            // A stage that silence took is lost before the day from which the pace counts; at the lowest there may have been none.
            match history.changed.filter(|change| change.why == Why::Gained && history.stage.is_some()) {
                Some(step) => texts.pace.with(&[("date", &words.date(step.on.date())), ("next", &next)]),
                None => texts.pace_from.with(&[("next", &next)]),
            }
        }
        Limit::Cooled => texts.cooled.to_string(),
        Limit::Taken => texts.taken.to_string(),
        Limit::Prefer => texts.prefer.to_string(),
        Limit::Holdout => texts.holdout.to_string(),
        // There is no page then.
        Limit::Store | Limit::Token => return None,
    })
}

/// What is needed that is no event.
const TIME: [&str; 3] = ["known_for", "active_days", "pace"];
