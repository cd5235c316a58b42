//! Templates that are filled by what the members of an item show, which have been read and have not left.

use std::{borrow::Cow, ops::Range};

use super::{
    Walk,
    inside::Inside,
    unit::{fill, scalar},
};
use crate::shaping::json::{
    compiled::Compiled,
    deed::coarsened,
    sets::{Manner, Set},
    state::{noted::Noted, said::Says},
    text::Text,
};

impl Walk<'_> {
    /// Fills in a template by what members show that have been read.
    pub(super) fn fills(&mut self, rule: u32, noted: &[Noted]) -> bool {
        let (plan, text) = (self.plan, self.piece.text);
        let Some(room) = &mut self.state.filling else { return false };
        // Of several members of one name the last one counts.
        let value = |slot| noted.iter().rev().find_map(|member| shown_at(plan, text, slot, member))?;
        fill(plan.template(rule), value, room, self.out).is_some()
    }
}

/// What a member shows of the value that templates read by this number, as text: nothing if it is hidden or no scalar. `None` if
/// the value is not there.
fn shown_at<'p>(plan: &Compiled, text: Text<'p>, slot: usize, member: &Noted) -> Option<Option<Cow<'p, str>>> {
    let Noted { places, way } = member;
    let token = |value: Range<usize>| text.bytes.get(value).unwrap_or_default();
    if plan.sets.meaning(way.to).and_then(|meaning| meaning.slot) == Some(slot) {
        return Some(match way.manner {
            Manner::IsRead => scalar(token(places.start..places.end)),
            Manner::IsCoarsened(rule, _) => coarse_scalar(plan, rule, token(places.start..places.end)).map(Cow::Owned),
            _ => None,
        });
    }
    if way.manner != Manner::IsRead || places.says != Says::Nothing {
        return None;
    }
    let (mut last, nodes) = (None, Vec::new());
    Inside { plan, text, nodes }.see(Set::Known(way.to), places.start, &mut |meaning, value| {
        if meaning.slot == Some(slot) {
            last = Some(value);
        }
    });
    last.map(|value| scalar(token(value)))
}

/// What a rule coarsens a scalar to, as text.
fn coarse_scalar(plan: &Compiled, rule: u32, token: &[u8]) -> Option<String> {
    let mut json = Vec::new();
    let is_shown = coarsened(plan.treatment(rule)?, token, &mut json);
    is_shown.then(|| scalar(&json).map(Into::into))?
}
