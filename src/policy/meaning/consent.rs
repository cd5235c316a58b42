//! Purposes, and where consent to them comes from.

use super::names::{Names, all, name, note_doubles};
use crate::{
    consent::{Carriers, Purpose, Purposes, Segment, TcfPurposes},
    name::Name,
    policy::{
        diagnostics::{Findings, Place},
        keys::Key,
        values, written,
    },
};

/// How consent is kept and read, beside the purposes themselves.
///
/// In the file `[consent]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConsentSettings {
    /// The purpose without which nothing is stored.
    pub record: Name,
    /// The number of days that a stored grant holds.
    pub valid_for_days: u32,
    /// The number of days before the portal invites to grant again.
    pub re_ask_after_days: u32,
    /// Whether `Sec-GPC: 1` refuses purposes.
    pub gpc: bool,
    /// Whether it does on the customer's other devices, too.
    pub gpc_remember: bool,
    /// The date of the statement about Global Privacy Control, if the policy says one.
    pub gpc_last_update: Option<jiff::civil::Date>,
    /// How TCF and GPP strings are read, if they are.
    pub tcf: Option<Carriers>,
}

pub(super) fn consent(
    consent: &Key<written::Consent>,
    findings: &Findings<'_>,
) -> (Names, Option<(Purposes, ConsentSettings)>) {
    let nothing = written::Consent::default();
    let table = consent.get().unwrap_or(&nothing);
    let (names, list) = purposes(&table.purposes, findings);
    let record = names.at_or(&table.record, "record", "consent.record", findings);
    let valid_for = values::days(&table.valid_for, "390d", findings);
    let re_ask = values::days(&table.re_ask_after, "365d", findings);
    let no_gpc = written::Gpc::default();
    let gpc = table.gpc.get().unwrap_or(&no_gpc);
    let last_update = match gpc.last_update.here() {
        None => Some(None),
        Some((text, place)) => match text.parse() {
            Ok(date) if text.len() == 10 => Some(Some(date)),
            _ => {
                findings.error(&place, format!("`{text}`: no date"), "write one such as `2026-11-22`");
                None
            }
        },
    };
    let tcf = table.tcf.get().map(|table| tcf(table, findings));
    let has_counterpart = |purpose: &Purpose| !purpose.tcf.is_empty();
    if tcf.is_some() && list.as_ref().is_some_and(|list| !list.iter().any(has_counterpart)) {
        let message = "`consent.tcf`: no TC string grants anything: no purpose says which TCF purposes it stands for";
        findings.warn(&table.tcf.place(), message, "write `tcf = { purposes = [6] }` or the like at a purpose");
    }
    let read = || {
        let record = names.names.get(record?)?.clone();
        let purposes = Purposes::new(list?, &record, valid_for?).ok()?;
        let settings = ConsentSettings {
            record,
            valid_for_days: valid_for?,
            re_ask_after_days: re_ask?,
            gpc: gpc.honour.get().copied().unwrap_or(true),
            gpc_remember: gpc.remember.get().copied().unwrap_or(true),
            gpc_last_update: last_update?,
            tcf,
        };
        Some((purposes, settings))
    };
    let read = read();
    (names, read)
}

fn purposes(key: &Key<Vec<Key<written::Purpose>>>, findings: &Findings<'_>) -> (Names, Option<Vec<Purpose>>) {
    let names = |names, complete| Names { what: "purpose", names, complete, place: key.place() };
    if !key.is_written() {
        let list: Vec<_> = DEFAULT_PURPOSES.iter().map(default_purpose).collect();
        return (names(list.iter().map(|purpose| purpose.name.clone()).collect(), true), Some(list));
    }
    let written = key.get().map_or(&[][..], Vec::as_slice);
    if written.len() > 64 {
        findings.error(&key.place(), format!("{} purposes; there can be 64", written.len()), "join some");
    }
    let read = |key: &Key<written::Purpose>| {
        let purpose = key.get()?;
        let tcf = purpose.tcf.get();
        let standard = numbers(tcf.map(|tcf| &tcf.purposes), 11, findings);
        let custom = numbers(tcf.map(|tcf| &tcf.custom), 63, findings);
        let name = name(&purpose.name, &key.place(), findings)?;
        let says = purpose.says.get().cloned().unwrap_or_default();
        let denied_by_gpc = purpose.denied_by_gpc.get().copied().unwrap_or(false);
        Some(Purpose { name, says, denied_by_gpc, tcf: TcfPurposes::of(&standard?, &custom?) })
    };
    let list: Vec<_> = written.iter().filter_map(read).collect();
    let named = written.iter().filter_map(|key| Some((key.get()?.name.get()?.as_str(), key.get()?.name.place())));
    note_doubles(named, "purpose", findings);
    let complete = list.len() == written.len() && key.get().is_some();
    (names(list.iter().map(|purpose| purpose.name.clone()).collect(), complete), complete.then_some(list))
}

fn numbers(list: Option<&Key<Vec<Key<u64>>>>, most: u8, findings: &Findings<'_>) -> Option<Vec<u8>> {
    let list = list.and_then(Key::get).map_or(&[][..], Vec::as_slice);
    let read = |key: &Key<u64>| {
        let (number, place) = key.here()?;
        let read = u8::try_from(*number).ok().filter(|read| (1..=most).contains(read));
        if read.is_none() {
            findings.error(&place, format!("`{number}`: no such TCF purpose"), format!("there are 1 to {most}"));
        }
        read
    };
    let mut numbers = all(list.iter().map(read))?;
    numbers.sort_unstable();
    numbers.dedup();
    Some(numbers)
}

fn tcf(table: &written::Tcf, findings: &Findings<'_>) -> Carriers {
    let list = |key: &Key<Vec<Key<String>>>, default: &[&str]| match key.get() {
        None => default.iter().map(ToString::to_string).collect(),
        Some(list) => list.iter().filter_map(|key| token(key.get()?, &key.place(), findings)).collect(),
    };
    let segment = match table.segment.get() {
        Some(written::TcfSegment::PublisherOrCore) => Segment::PublisherOrCore,
        Some(written::TcfSegment::Publisher) | None => Segment::Publisher,
    };
    Carriers {
        cookies: list(&table.cookies, &["euconsent-v2"]),
        query: list(&table.query, &["gdpr_consent"]),
        segment,
        gpp_cookies: list(&table.gpp_cookies, &[]),
    }
}

/// The name of a cookie or a query parameter.
pub(super) fn token(text: &str, place: &Place, findings: &Findings<'_>) -> Option<String> {
    if text.is_empty() {
        findings.error(place, "a name is missing", "write it behind the `:`, or between the quotes");
        return None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}&#".contains(&byte)) {
        findings.error(
            place,
            format!("`{text}`: no such name can stand in a request"),
            "write letters, digits, `-` and `_`",
        );
        return None;
    }
    Some(text.to_owned())
}

/// A purpose of a policy that writes none.
struct Default {
    name: &'static str,
    says: &'static str,
    denied_by_gpc: bool,
    standard: &'static [u8],
    custom: &'static [u8],
}

fn default_purpose(default: &Default) -> Purpose {
    Purpose {
        name: Name::of_literal(default.name),
        says: default.says.into(),
        denied_by_gpc: default.denied_by_gpc,
        tcf: TcfPurposes::of(default.standard, default.custom),
    }
}

const DEFAULT_PURPOSES: [Default; 4] = [
    Default {
        name: "record",
        says: "Remember when you were here and what you bought, as counts and days.",
        denied_by_gpc: false,
        standard: &[5],
        custom: &[],
    },
    Default {
        name: "personalization",
        says: "Choose what we show you from what you told us and did here.",
        denied_by_gpc: false,
        standard: &[6],
        custom: &[],
    },
    Default {
        name: "cross_context",
        says: "Use what others know about you.",
        denied_by_gpc: true,
        standard: &[],
        custom: &[1],
    },
    Default {
        name: "special_category",
        says: "Use what concerns your health, beliefs or family events.",
        denied_by_gpc: false,
        standard: &[],
        custom: &[],
    },
];
