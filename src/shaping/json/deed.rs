//! What a treatment comes to for one value, by the byte it begins with.

use std::num::NonZeroU64;

use super::string;
use crate::shaping::treatment::{self, Treatment};

/// What a treatment comes to for a value of a known type.
pub(super) enum Deed {
    Show { first: Option<NonZeroU64> },
    LeaveOut,
    Coarsen(u32),
    Shelve(u32),
}

/// What a coarsening does to a value that begins with this byte.
pub(super) fn deed(treatment: &Treatment, rule: u32, byte: u8) -> Deed {
    match (treatment, byte) {
        (Treatment::Keep, _) => Deed::Show { first: None },
        (Treatment::First(first), b'[') => Deed::Show { first: Some(*first) },
        (Treatment::GeoTo(_), b'[') => Deed::Shelve(rule),
        (Treatment::RoundTo(_) | Treatment::Buckets(_) | Treatment::GeoTo(_), b'-' | b'0'..=b'9') => {
            Deed::Coarsen(rule)
        }
        (
            Treatment::DateTo(_)
            | Treatment::First(_)
            | Treatment::Initial
            | Treatment::Map(_)
            | Treatment::UrlWithout(_),
            b'"',
        ) => Deed::Coarsen(rule),
        _ => Deed::LeaveOut,
    }
}

/// A number or string as a coarsening shows it; `None` where it is removed.
pub(super) fn coarsened(treatment: &Treatment, token: &[u8]) -> Option<Vec<u8>> {
    if token.first() != Some(&b'"') {
        let number = std::str::from_utf8(token).ok()?;
        let number = match treatment {
            Treatment::RoundTo(step) => step.coarsen(number),
            Treatment::Buckets(buckets) => buckets.coarsen(number),
            Treatment::GeoTo(grid) => grid.coarsen(number),
            _ => None,
        };
        return number.map(String::into_bytes);
    }
    let text = string::decode(token)?;
    let mut json = Vec::with_capacity(token.len());
    match treatment {
        Treatment::DateTo(period) => string::encode(&period.coarsen(&text)?, &mut json),
        Treatment::First(count) => string::encode(treatment::first_parts(&text, *count), &mut json),
        Treatment::Initial => string::encode(&treatment::initial(&text)?, &mut json),
        Treatment::Map(mapping) => string::encode(mapping.coarsen(&text)?, &mut json),
        Treatment::UrlWithout(patterns) => string::encode(&patterns.coarsen(&text), &mut json),
        _ => return None,
    }
    Some(json)
}
