//! What a treatment comes to for one value, by the byte it begins with.

use std::{borrow::Cow, num::NonZeroU64};

use crate::shaping::{
    string,
    treatment::{self, Treatment},
};

/// What stands in the place of any value.
pub(super) fn constant(treatment: &Treatment) -> Option<&[u8]> {
    match treatment {
        Treatment::Null => Some(b"null"),
        Treatment::Replace(constant) => Some(constant.as_json().as_bytes()),
        _ => None,
    }
}

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

/// Appends what a treatment shows of a scalar: a constant, or what it is coarsened to. Returns whether it is shown at all. One that
/// was too large to be looked at is empty.
pub(super) fn coarsened(treatment: &Treatment, token: &[u8], json: &mut Vec<u8>) -> bool {
    if let Treatment::RoundTo(step) = treatment
        && step.coarsen_short(token, json)
    {
        return true;
    }
    coarsened_otherwise(treatment, token, json)
}

// Apart, since numbers are mostly short.
#[inline(never)]
fn coarsened_otherwise(treatment: &Treatment, token: &[u8], json: &mut Vec<u8>) -> bool {
    let Some(first) = token.first() else { return false };
    if let Some(constant) = constant(treatment) {
        json.extend_from_slice(constant);
        return true;
    }
    if *first == b'"' {
        return string::decode(token).is_some_and(|text| coarsened_text(treatment, &text, json));
    }
    let Ok(number) = std::str::from_utf8(token) else { return false };
    let number = match treatment {
        Treatment::RoundTo(step) => step.coarsen(number),
        Treatment::Buckets(buckets) => buckets.coarsen(number),
        Treatment::GeoTo(grid) => grid.coarsen(number),
        _ => None,
    };
    json.extend_from_slice(number.as_deref().unwrap_or_default().as_bytes());
    number.is_some()
}

fn coarsened_text(treatment: &Treatment, text: &str, json: &mut Vec<u8>) -> bool {
    let coarsened = match treatment {
        Treatment::DateTo(period) => period.coarsen(text).map(Cow::Owned),
        Treatment::First(count) => Some(Cow::Borrowed(treatment::first_parts(text, *count))),
        Treatment::Initial => treatment::initial(text).map(Cow::Owned),
        Treatment::Map(mapping) => mapping.coarsen(text).map(Cow::Borrowed),
        Treatment::UrlWithout(patterns) => Some(Cow::Owned(patterns.coarsen(text))),
        _ => None,
    };
    coarsened.iter().for_each(|text| string::encode(text, json));
    coarsened.is_some()
}
