//! Usual items with templates: all their members have been read before any leaves, and so has what templates read.

use super::{Walk, inside::Look, unit::scalar, usual::Members};
use crate::shaping::{
    DoubtKind,
    json::{
        compiled::Compiled,
        deed::coarsened,
        sets::{
            Set,
            way::{Manner, Scalars},
        },
        state::{
            Destination, State, Unit,
            frame::Frame,
            noted::{Noted, Places},
            said::Says,
        },
    },
    treatment::Treatment,
};

impl Walk<'_> {
    /// Lets the members of an item leave in which templates may have to be filled; `frame` is the item's.
    pub(super) fn unit_leaves(&mut self, frame: Frame, members: &Members) -> Result<(), DoubtKind> {
        if self.may_fill() {
            self.remember_noted();
        }
        self.state.unit = Some(Unit::Shaped { room: self.state.limits.item });
        self.state.frames.push(frame);
        let left = self.ruled_members_leave(members, false);
        self.state.frames.pop();
        self.state.unit = None;
        left.map(drop)
    }

    /// Whether a template may have to be filled in members that have been read.
    fn may_fill(&self) -> bool {
        self.state.noted.all().iter().any(|member| match member.way.manner {
            Manner::IsWalked => true,
            Manner::IsCoarsened(rule, Scalars::Texts) => matches!(self.plan.treatment(rule), Some(Treatment::Text(_))),
            _ => false,
        })
    }

    /// Remembers what templates read of members that have been read, as it is shown.
    fn remember_noted(&mut self) {
        let (plan, text, State { noted, remembered, .. }) = (self.plan, self.piece.text, &mut *self.state);
        remembered.begin();
        for Noted { places: Places { start, end, says, .. }, way } in noted.all() {
            if way.manner == Manner::Leaves {
                continue;
            }
            if let Some(slot) = plan.sets.meaning(way.to).and_then(|meaning| meaning.slot) {
                match way.manner {
                    Manner::IsRead => remembered.set(slot, scalar(text.between(*start, *end)).as_deref()),
                    Manner::IsCoarsened(rule, _) => {
                        remembered.set(slot, coarse_scalar(plan, rule, text.between(*start, *end)).as_deref());
                    }
                    _ => remembered.set(slot, None),
                }
            }
            if way.manner == Manner::IsRead && *says == Says::Nothing {
                Look::new(plan, text).see(Set::Known(way.to), *start, &mut |meaning, value| {
                    if let Some(slot) = meaning.slot {
                        remembered.set(slot, scalar(text.between(value.start, value.end)).as_deref());
                    }
                });
            }
        }
    }

    /// Walks through an array or object in which rules act, before which bytes leave from `run` on. It has been read, and lies whole in
    /// the piece, so that nothing in it can be wrong or too large.
    #[inline(never)]
    pub(super) fn walked_at(&mut self, member: &Noted, run: usize) -> Result<(), DoubtKind> {
        let Places { start, end, .. } = member.places;
        self.out.extend_from_slice(self.piece.bytes(run, start));
        (self.state.child, self.state.destination) = (Set::Known(member.way.to), Destination::Out);
        std::mem::swap(&mut self.state.noted, &mut self.state.noted_inside);
        let walked = self.walk_through_value(self.piece.bytes(start, end));
        std::mem::swap(&mut self.state.noted, &mut self.state.noted_inside);
        walked
    }
}

/// What a rule coarsens a scalar to, as text.
fn coarse_scalar(plan: &Compiled, rule: u32, token: &[u8]) -> Option<String> {
    let mut json = Vec::new();
    let is_shown = coarsened(plan.treatment(rule)?, token, &mut json);
    is_shown.then(|| scalar(&json).map(Into::into))?
}
