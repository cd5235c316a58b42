//! What several sources together say of each purpose.
//!
//! A purpose is granted when some source grants it and none refuses it. A source that does not mention a purpose says
//! nothing of it, and a grant that has grown too old counts as none.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{
    choices::{Choices, Remembered},
    purposes::{PurposeSet, Purposes},
    signals::{GppSays, TcfPurposes, TcfSays},
    status::{Source, State, Status},
};

/// All that a request and the store say of consent.
///
/// See the example of [`Purposes`].
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// What a token's claim lists as granted; `None` without a token or without that claim.
    pub claim: Option<&'a [String]>,
    /// What the request's TC strings say.
    pub tcf: TcfSays,
    /// What the request's GPP strings say beside them.
    pub gpp: GppSays,
    /// Whether the request carries `Sec-GPC: 1` and the policy honours it.
    pub gpc: bool,
    /// What the customer chose before.
    pub choices: Option<&'a Choices>,
    /// The present instant, which makes old grants expire.
    pub now: Timestamp,
}

/// What the sources say together.
///
/// See the example of [`Purposes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// The purposes that some source grants and none refuses.
    pub granted: PurposeSet,
    /// Those of them that were granted when the request came, and not by an answer of a moment later: what happened before a
    /// grant is nothing to be stored.
    pub granted_before: PurposeSet,
    given: Said,
    refused: Said,
    expired: Said,
    renewed: PurposeSet,
    withdrawn: PurposeSet,
    invalidated: PurposeSet,
    doubtful: PurposeSet,
}

/// Who says one thing, of which purposes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Said {
    customer: PurposeSet,
    claim: PurposeSet,
    tcf: PurposeSet,
    gpp: PurposeSet,
    gpc: PurposeSet,
}

impl Purposes {
    /// What all sources say together.
    ///
    /// See the example of [`Purposes`].
    pub fn merge(&self, sources: &Sources<'_>) -> Consent {
        let mut consent = Consent::default();
        let mut recent = PurposeSet::default();
        for (place, purpose) in self.iter().enumerate() {
            if sources.claim.is_some_and(|listed| listed.iter().any(|name| purpose.name == *name.as_str())) {
                consent.given.claim.add(place);
            }
            consent.hear_tcf(place, purpose.tcf, &sources.tcf);
            if purpose.denied_by_gpc && sources.gpp.opted_out {
                consent.refused.gpp.add(place);
            }
            let remembered = sources.choices.and_then(|choices| choices.gpc.get(&purpose.name));
            if purpose.denied_by_gpc && (sources.gpc || matches!(remembered, Some(Remembered::Since(_)))) {
                consent.refused.gpc.add(place);
            }
            let Some(answer) = sources.choices.and_then(|choices| choices.purposes.get(&purpose.name)) else {
                continue;
            };
            let age = sources.now.duration_since(answer.at);
            match answer.granted {
                false => {
                    consent.refused.customer.add(place);
                    if answer.was_granted {
                        consent.withdrawn.add(place);
                    }
                }
                true if age > self.valid_for() => consent.expired.customer.add(place),
                // A clock went wrong somewhere, and in doubt there is less.
                true if age < -AHEAD => consent.invalidated.add(place),
                true => {
                    consent.given.customer.add(place);
                    if answer.was_granted {
                        consent.renewed.add(place);
                    }
                    if age.is_negative() {
                        recent.add(place);
                    }
                }
            }
        }
        let refused = consent.refused.all();
        let before = Said { customer: consent.given.customer.without(recent), ..consent.given };
        consent.granted = consent.given.all().without(refused);
        consent.granted_before = before.all().without(refused);
        consent
    }
}

impl Consent {
    /// Consent of a person about whom no source says anything.
    pub const NONE: Self = Self {
        granted: PurposeSet::EMPTY,
        granted_before: PurposeSet::EMPTY,
        given: Said::NOTHING,
        refused: Said::NOTHING,
        expired: Said::NOTHING,
        renewed: PurposeSet::EMPTY,
        withdrawn: PurposeSet::EMPTY,
        invalidated: PurposeSet::EMPTY,
        doubtful: PurposeSet::EMPTY,
    };

    /// Where the purpose of a set of one stands, and who says so.
    ///
    /// Whoever refuses is named before whoever grants, and the customer before all others.
    pub fn status(&self, purpose: PurposeSet) -> Status {
        let is = |set: PurposeSet| !purpose.is_empty() && set.contains(purpose);
        let by = |state, source| Status { state, by: Some(source) };
        if let Some(source) = self.refused.by(purpose) {
            let withdrawn = source == Source::Customer && is(self.withdrawn);
            return by(if withdrawn { State::Withdrawn } else { State::Refused }, source);
        }
        if let Some(source) = self.given.by(purpose) {
            let renewed = source == Source::Customer && is(self.renewed);
            return by(if renewed { State::Renewed } else { State::Given }, source);
        }
        match self.expired.by(purpose) {
            Some(source) => by(State::Expired, source),
            None if is(self.invalidated) => by(State::Invalidated, Source::Customer),
            None if is(self.doubtful) => by(State::Unknown, Source::Tcf),
            None => Status { state: State::Unknown, by: None },
        }
    }

    /// The purposes that some source refuses.
    pub(crate) fn refused(&self) -> PurposeSet {
        self.refused.all()
    }

    /// What TC strings say of a purpose for which all of the `needed` TCF purposes stand.
    fn hear_tcf(&mut self, place: usize, needed: TcfPurposes, tcf: &TcfSays) {
        let TcfSays { granted, refused, expired, is_doubtful } = *tcf;
        match () {
            () if needed.is_empty() => {}
            () if !needed.intersection(refused).is_empty() => self.refused.tcf.add(place),
            () if granted.contains(needed) => self.given.tcf.add(place),
            () if !needed.intersection(expired).is_empty() && granted.union(expired).contains(needed) => {
                self.expired.tcf.add(place);
            }
            () if is_doubtful => self.doubtful.add(place),
            () => {}
        }
    }
}

impl Said {
    const NOTHING: Self = Self {
        customer: PurposeSet::EMPTY,
        claim: PurposeSet::EMPTY,
        tcf: PurposeSet::EMPTY,
        gpp: PurposeSet::EMPTY,
        gpc: PurposeSet::EMPTY,
    };

    fn of(&self, source: Source) -> PurposeSet {
        match source {
            Source::Customer => self.customer,
            Source::Claim => self.claim,
            Source::Tcf => self.tcf,
            Source::Gpp => self.gpp,
            Source::Gpc => self.gpc,
        }
    }

    fn all(&self) -> PurposeSet {
        Source::ALL.into_iter().fold(PurposeSet::EMPTY, |all, source| all.with(self.of(source)))
    }

    /// The first who says it of a purpose.
    fn by(&self, purpose: PurposeSet) -> Option<Source> {
        Source::ALL.into_iter().find(|source| !purpose.is_empty() && self.of(*source).contains(purpose))
    }
}

/// By how much the clock of whoever stored a grant may be ahead.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests;
