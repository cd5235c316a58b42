//! Durations, sizes and shares as people write them.

use std::time::Duration;

use super::{
    diagnostics::{Findings, Place},
    keys::Key,
};

/// A duration such as `"30s"`, or its default.
pub(super) fn duration(key: &Key<String>, default: &str, findings: &Findings<'_>) -> Option<Duration> {
    match duration_or_none(key, default, findings)? {
        Duration::ZERO => {
            let (text, place) = written(key, default, findings)?;
            refuse(findings, &place, text, "no time at all", "the shortest is `1ms`")
        }
        duration => Some(duration),
    }
}

/// The same where no time at all, `"0s"`, has a meaning too.
pub(super) fn duration_or_none(key: &Key<String>, default: &str, findings: &Findings<'_>) -> Option<Duration> {
    let (text, place) = written(key, default, findings)?;
    let read = amount(text).and_then(|(number, unit)| {
        let (_, milliseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
        number.checked_mul(*milliseconds)
    });
    match read {
        Some(milliseconds @ 0..=LONGEST) => Some(Duration::from_millis(milliseconds)),
        Some(_) => refuse(findings, &place, text, "too long", "the longest is `36500d`"),
        None => {
            refuse(findings, &place, text, "not a duration", "write one such as `25ms`, `30s`, `10m`, `12h` or `7d`")
        }
    }
}

/// A number of whole days such as `"7d"`, or its default. At least one day.
pub(super) fn days(key: &Key<String>, default: &str, findings: &Findings<'_>) -> Option<u32> {
    let (text, place) = written(key, default, findings)?;
    match days_of(text, &place, findings)? {
        0 => refuse(findings, &place, text, "no day at all", "the shortest is `1d`"),
        days => Some(days),
    }
}

/// A number of whole days, 0 among them.
pub(super) fn days_of(text: &str, place: &Place, findings: &Findings<'_>) -> Option<u32> {
    match amount(text) {
        Some((number, "d")) => match u32::try_from(number) {
            Ok(days @ 0..=36_500) => Some(days),
            _ => refuse(findings, place, text, "too long", "the longest is `36500d`"),
        },
        Some((_, unit)) if UNITS.iter().any(|(name, _)| *name == unit) => {
            let remedy = "differences of dates are counted here, so write whole days, such as `7d`";
            refuse(findings, place, text, "not a number of days", remedy)
        }
        _ => refuse(findings, place, text, "not a duration", "write whole days, such as `7d`"),
    }
}

/// A number of bytes such as `"64KiB"`, or its default.
pub(super) fn size(key: &Key<String>, default: &str, findings: &Findings<'_>) -> Option<usize> {
    let (text, place) = written(key, default, findings)?;
    let read = amount(text).and_then(|(number, unit)| {
        let (_, factor) = SIZES.iter().find(|(name, _)| *name == unit)?;
        usize::try_from(number).ok()?.checked_mul(*factor)
    });
    match read {
        Some(0) => refuse(findings, &place, text, "no room for anything", "the least is `1B`"),
        Some(bytes) if bytes <= LARGEST => Some(bytes),
        Some(_) => refuse(findings, &place, text, "too large", "the most is `64GiB`"),
        None => refuse(findings, &place, text, "not a size", "write one such as `64KiB` or `1MiB`"),
    }
}

/// A number from 0 to 1 in thousandths.
pub(super) fn share(number: f64, place: &Place, findings: &Findings<'_>) -> Option<u16> {
    if !(0.0..=1.0).contains(&number) {
        return refuse(
            findings,
            place,
            &number.to_string(),
            "not a share",
            "write a number from 0 to 1, such as `0.3`",
        );
    }
    let remedy = "shares are counted in thousandths; write three places at most";
    let read = thousandths(number).and_then(|read| u16::try_from(read).ok());
    read.or_else(|| refuse(findings, place, &number.to_string(), "too fine", remedy))
}

/// A number with at most three places behind the point, times 1000.
pub(super) fn thousandths(number: f64) -> Option<u32> {
    let text = number.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction:0<3}");
    (fraction.len() <= 3).then(|| digits.parse().ok()).flatten()
}

fn written<'a>(key: &'a Key<String>, default: &'a str, findings: &Findings<'_>) -> Option<(&'a str, Place)> {
    if key.is_unreadable() {
        findings.advise(&key.place(), format!("as in `\"{default}\"`"));
        return None;
    }
    Some((key.get().map_or(default, |text| text), key.place()))
}

fn amount(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit))
}

fn refuse<T>(findings: &Findings<'_>, place: &Place, value: &str, wrong: &str, remedy: &str) -> Option<T> {
    findings.error(place, format!("`{value}`: {wrong}"), remedy);
    None
}

const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1000), ("m", 60 * 1000), ("h", 60 * 60 * 1000), ("d", 24 * 60 * 60 * 1000)];
const LONGEST: u64 = 36_500 * 24 * 60 * 60 * 1000;
const SIZES: [(&str, usize); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];
const LARGEST: usize = 64 << 30;
