//! What holds a stage down.

use http::{HeaderName, HeaderValue};

use super::{
    data::stage,
    names::{Names, required},
};
use crate::{
    decision::MinorCap,
    name::Name,
    policy::{
        diagnostics::{Findings, Place},
        keys::Key,
        values, written,
    },
    relationship::Stage,
};

/// The highest stage on a channel.
///
/// In the file one of `channels` in `[caps]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelCap {
    /// The header by which the channel is known.
    pub header: HeaderName,
    /// Its value, compared exactly.
    pub value: HeaderValue,
    /// The highest stage.
    pub stage: Stage,
}

/// A share of the customers that is held at most at a stage.
///
/// In the file `[holdout]`. Who is held out does not change from one request to the next:
///
/// ```
/// use tower_rapport::{identity::Pseudonym, policy::Policy};
///
/// let written = "[holdout]\nshare = 0.1\nstage = \"new\"\noutcome = \"purchase\"\n\n";
/// let toml = format!("{written}{}", include_str!("../../../config/minimal.toml"));
/// let policy = Policy::from_toml("rapport.toml", &toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let held_out = |number: u128| policy.held_out(Pseudonym::from_bytes(number.to_be_bytes())).is_some();
/// let of_a_thousand = (0..1_000).filter(|number| held_out(*number)).count();
/// assert!((50..200).contains(&of_a_thousand));
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holdout {
    /// The share in thousandths.
    pub share: u16,
    /// The highest stage.
    pub stage: Stage,
    /// The event that is compared.
    pub outcome: Option<Name>,
}

/// The cap for minors. It holds where it is written, and else as soon as anything tells of ages: birthdates, or GPP strings.
pub(super) fn minor(
    caps: &Key<written::Caps>,
    tells_ages: bool,
    stages: &Names,
    findings: &Findings<'_>,
) -> Option<Option<MinorCap>> {
    let nothing = written::Minor::default();
    let minor = match caps.get() {
        None if caps.is_unreadable() => return None,
        Some(caps) if caps.minor.is_written() => caps.minor.get()?,
        _ if tells_ages => &nothing,
        _ => return Some(None),
    };
    let unknown_is_minor = matches!(minor.unknown.get(), Some(written::Age::Minor));
    if !tells_ages && !unknown_is_minor {
        let place = caps.get().map_or_else(Place::default, |caps| caps.minor.place());
        let remedy = "name `identity.claims.birthdate`, or write `unknown = \"minor\"`";
        findings.warn(&place, "`caps.minor` holds for nobody: no claim tells a birthdate", remedy);
    }
    let under = minor.under.get().copied().unwrap_or(18);
    let in_range = u32::try_from(under).ok().filter(|under| (1..=150).contains(under));
    if in_range.is_none() {
        findings.error(&minor.under.place(), format!("`{under}`: no age"), "write whole years from 1 to 150");
    }
    let stage = stages.at_or(&minor.stage, "acquainted", "caps.minor.stage", findings).map(stage);
    Some(Some(MinorCap { under: in_range?, stage: stage?, unknown_is_minor }))
}

pub(super) fn channels(caps: &Key<written::Caps>, stages: &Names, findings: &Findings<'_>) -> Vec<ChannelCap> {
    let list = caps.get().and_then(|caps| caps.channels.get()).map_or(&[][..], Vec::as_slice);
    let read = |key: &Key<written::Channel>| {
        let (channel, place) = key.here()?;
        let header = required(&channel.header, &place, "header", findings)
            .and_then(|text| header(text, &channel.header.place(), findings));
        let value = required(&channel.value, &place, "value", findings).and_then(|text| {
            let value = HeaderValue::from_str(text).ok();
            if value.is_none() {
                findings.error(&channel.value.place(), "no such value can stand in a header", "write visible ASCII");
            }
            value
        });
        let named = required(&channel.stage, &place, "stage", findings);
        let stage = named.and_then(|_| stages.at(&channel.stage, findings)).map(stage);
        Some(ChannelCap { header: header?, value: value?, stage: stage? })
    };
    list.iter().filter_map(read).collect()
}

pub(super) fn holdout(
    holdout: &Key<written::Holdout>,
    stages: &Names,
    events: &Names,
    findings: &Findings<'_>,
) -> Option<Holdout> {
    let table = holdout.get()?;
    let share = values::share(table.share.get().copied().unwrap_or(0.0), &table.share.place(), findings);
    let stage = stages.at_or(&table.stage, "new", "holdout.stage", findings).map(stage);
    let outcome = events.at(&table.outcome, findings).and_then(|place| events.names.get(place)).cloned();
    Some(Holdout { share: share?, stage: stage?, outcome })
}

/// The name of a header.
pub(super) fn header(text: &str, place: &Place, findings: &Findings<'_>) -> Option<HeaderName> {
    let read = text.parse().ok();
    if read.is_none() {
        let remedy = match text.trim() {
            "" => "write it behind the `:`, or between the quotes".to_owned(),
            trimmed if trimmed.parse::<HeaderName>().is_ok() => {
                format!("write `{trimmed}`, without white space around it")
            }
            _ => "write letters, digits, `-` and `_`, such as `x-channel`".to_owned(),
        };
        findings.error(place, format!("`{text}`: no header's name"), remedy);
    }
    read
}
