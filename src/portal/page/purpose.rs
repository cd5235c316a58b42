//! One purpose on the customer's own page: where it stands, who says so, and the two buttons.

use jiff::Timestamp;

use super::super::{
    me::Standing,
    seen::Seen,
    words::{Text, Words},
};
use crate::{
    consent::{Source, State},
    name::Name,
    relationship::Day,
};

/// One purpose.
pub(super) struct Row {
    pub(super) name: Name,
    pub(super) title: String,
    pub(super) says: String,
    pub(super) why: String,
    pub(super) state: String,
    pub(super) class: &'static str,
    pub(super) agreed: bool,
    pub(super) refused: bool,
    pub(super) agree: String,
    pub(super) refuse: String,
}

/// The row of a purpose.
pub(super) fn row(purpose: &Standing, seen: &Seen<'_>, words: &Words) -> Row {
    let texts = &words.texts.purpose;
    let title = words.purpose(&purpose.name).to_owned();
    let about = [("purpose", &*title)];
    let answer = seen.record.and_then(|record| record.choices.purposes.get(&purpose.name));
    Row {
        name: purpose.name.clone(),
        says: purpose.says.clone(),
        why: why(purpose, seen, words),
        state: if purpose.granted { &texts.in_force } else { &texts.not_in_force }.to_string(),
        class: if purpose.granted { "yes" } else { "no" },
        agreed: answer.is_some_and(|answer| answer.granted),
        refused: answer.is_some_and(|answer| !answer.granted),
        agree: texts.agree_to.with(&about),
        refuse: texts.refuse_to.with(&about),
        title,
    }
}

/// Who says what of a purpose, since when, and until when it holds.
fn why(purpose: &Standing, seen: &Seen<'_>, words: &Words) -> String {
    let texts = &words.texts.purpose;
    let date = |at: Timestamp| words.date(Day::of(at).date());
    let answered = purpose.answered.map(date).unwrap_or_default();
    let by = purpose.by.and_then(|by| source(by, words)).map(ToString::to_string).unwrap_or_default();
    let (by, on) = ([("by", &*by)], [("date", &*answered)]);
    let own = purpose.by == Some(Source::Customer);
    let mut says = match purpose.state {
        State::Given if own => texts.given.with(&on),
        State::Renewed => texts.renewed.with(&on),
        State::Given => texts.given_by.with(&by),
        State::Withdrawn if own => texts.withdrawn.with(&on),
        State::Refused if own => texts.refused.with(&on),
        State::Refused if let Some(since) = purpose.remembered_since.filter(|_| purpose.by == Some(Source::Gpc)) => {
            texts.gpc_since.with(&[("date", &date(since))])
        }
        State::Refused | State::Withdrawn | State::Revoked => texts.refused_by.with(&by),
        State::Expired if own => texts.expired.with(&on),
        State::Expired => texts.expired_by.with(&by),
        State::Invalidated => texts.invalidated.to_string(),
        State::Unknown if purpose.by.is_some() => texts.doubtful.with(&by),
        State::Unknown | State::Requested | State::RequestDeferred => texts.unknown.to_string(),
    };
    let mut add = |more: String| {
        says.push(' ');
        says.push_str(&more);
    };
    if purpose.in_vain {
        add(texts.in_vain.to_string());
    }
    if let Some(until) = purpose.until.filter(|_| own) {
        add(texts.until.with(&[("date", &date(until))]));
    }
    match purpose.ask_from {
        Some(from) if !purpose.granted && from > seen.now => add(texts.not_invited.with(&[("date", &date(from))])),
        _ if purpose.may_ask && purpose.state == State::Unknown => add(texts.invited.to_string()),
        _ => {}
    }
    says
}

fn source(by: Source, words: &Words) -> Option<&Text> {
    let texts = &words.texts.sources;
    match by {
        Source::Customer => None,
        Source::Claim => Some(&texts.claim),
        Source::Tcf => Some(&texts.tcf),
        Source::Gpp => Some(&texts.gpp),
        Source::Gpc => Some(&texts.gpc),
    }
}
