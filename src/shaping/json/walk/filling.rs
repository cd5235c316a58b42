//! Templates that are filled by what the members of an item show, which have been read and have not left.

use std::{borrow::Cow, mem, ops::Range};

use super::{
    Walk,
    inside::Inside,
    unit::{fill, scalar},
    usual::Members,
};
use crate::shaping::json::{
    compiled::Compiled,
    deed::coarsened,
    sets::{Manner, Set},
    state::{
        Destination, State, Unit,
        arriving::Raw,
        frame::Frame,
        noted::{Noted, Places},
        said::Says,
    },
    text::Text,
};

impl Walk<'_> {
    /// Lets the members of an item leave in which templates may have to be filled.
    pub(super) fn unit_leaves(&mut self, frame: Frame, members: &Members) {
        self.state.filling = Some(self.state.limits.item);
        self.state.frames.push(frame);
        self.ruled_members_leave(members, false);
        self.state.frames.pop();
        (self.state.unit, self.state.filling) = (None, None);
    }

    /// Fills in a template by what members show that have been read.
    pub(super) fn fills(&mut self, rule: u32, noted: &[Noted]) -> bool {
        let (plan, text, State { unit, filling, .. }) = (self.plan, self.piece.text, &mut *self.state);
        let Some(room) = filling else { return false };
        let value = |slot: usize| match unit.as_ref() {
            Some(unit) => unit.values.get(slot)?.as_deref().map(Cow::Borrowed),
            None => shown(plan, text, slot, noted),
        };
        fill(plan.template(rule), value, room, self.out).is_some()
    }

    /// Walks through an array or object in which rules act, before which bytes leave from `run` on. Returns whether it is shown; else
    /// nothing has left.
    #[inline(never)]
    pub(super) fn walked_at(&mut self, member: &Noted, run: usize, noted: &[Noted]) -> bool {
        let (plan, text, Places { start, end, .. }) = (self.plan, self.piece.text, member.places);
        if self.state.unit.is_none() {
            let slots = 0..plan.slots.unwrap_or_default();
            let values = slots.map(|slot| shown(plan, text, slot, noted).map(Into::into)).collect();
            self.state.unit = Some(Unit { looks_through: false, raw: Raw::default(), values });
        }
        let (before, open) = (self.out.len(), self.state.frames.len());
        self.out.extend_from_slice(self.piece.bytes(run, start));
        (self.state.child, self.state.destination) = (Set::Known(member.way.to), Destination::Out);
        mem::swap(&mut self.state.noted, &mut self.state.noted_inside);
        let walked = self.walk_through(self.piece.bytes(start, end), |walk| {
            let meaning = plan.meaning(walk.state.child, &walk.state.nodes);
            walk.value(meaning)
        });
        mem::swap(&mut self.state.noted, &mut self.state.noted_inside);
        if walked.is_err() {
            // It has been read, so that nothing can be wrong but that it is too large.
            self.out.truncate(before);
            self.state.frames.truncate(open);
            self.state.noted_inside.clear();
        }
        walked.is_ok()
    }
}

/// What members show of the value that templates read by this number, as text. Of several members of one name the last one counts.
fn shown<'p>(plan: &Compiled, text: Text<'p>, slot: usize, noted: &[Noted]) -> Option<Cow<'p, str>> {
    noted.iter().rev().find_map(|member| shown_at(plan, text, slot, member))?
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
