//! Members that have been read and leave, except for what became of some.

use super::{
    Walk,
    inside::{Look, says},
    unit::fill,
    usual::{Members, Terms},
};
use crate::shaping::{
    DoubtKind,
    json::{
        compiled::Compiled,
        deed::coarsened,
        sets::{
            Set,
            way::{Manner, Way},
        },
        state::{Destination, State, arriving::Arriving, noted::Noted, said::Says},
        text::Text,
    },
    treatment::Treatment,
};

/// What leaves of members.
struct Shown {
    /// Whether the bytes before the present member leave, up to its comma.
    leaves: bool,
    /// Whether any member of the object was shown.
    any: bool,
}

impl Walk<'_> {
    /// Lets members leave that were read from the present byte on, as far as they are shown, and goes behind them.
    pub(super) fn let_members_leave(&mut self, members: &Members, terms: &Terms) -> Result<(), DoubtKind> {
        self.hear();
        match self.state.frames.last().map(|frame| frame.shown > 0) {
            Some(any) if terms.is_ruled => {
                let any = self.ruled_members_leave(members, any)?;
                self.state.frames.last_mut().into_iter().for_each(|frame| frame.shown = u64::from(any));
            }
            _ => self.state.noted.clear(),
        }
        self.piece.at = members.end;
        Ok(())
    }

    /// Hears what members that have been read say of the item.
    #[inline(always)]
    pub(super) fn hear(&mut self) {
        let State { noted, item, .. } = &mut *self.state;
        for Noted { places, way } in noted.all() {
            let Some(sign) = way.sign else { continue };
            item.says(sign, places.says, places.start..places.end);
            if sign.goes_on && places.says == Says::Nothing {
                hear_inside(self.plan, self.piece.text, item, places.start, way);
            }
        }
    }

    /// Lets members leave where rules hold; was any member of their object shown before? Returns whether any has been then. What they
    /// say of the item has been heard.
    pub(super) fn ruled_members_leave(&mut self, members: &Members, any: bool) -> Result<bool, DoubtKind> {
        if let (Destination::Waiting(mark), false, b',') =
            (self.state.destination, any, self.piece.text.byte(members.start))
        {
            // The next member will be the first one shown, without a comma.
            self.hand_on(mark);
            self.piece.run = members.start + 1;
        }
        let mut shown = Shown { leaves: self.state.destination == Destination::Out, any };
        let mut noted = std::mem::take(&mut self.state.noted);
        let passed = self.pass_noted(noted.all(), members, &mut shown);
        noted.clear();
        self.state.noted = noted;
        passed?;
        if shown.leaves {
            self.state.destination = Destination::Out;
        }
        Ok(shown.any)
    }

    /// Lets members leave, except for what became of some.
    fn pass_noted(&mut self, noted: &[Noted], members: &Members, shown: &mut Shown) -> Result<(), DoubtKind> {
        let (mut run, mut behind) = (self.piece.run, members.start);
        for member in noted {
            if matches!(member.way.manner, Manner::Leaves | Manner::IsRead) {
                continue;
            }
            shown.leave(behind < member.places.at);
            behind = member.places.end;
            self.state.met.count_known(member.way.to);
            let is_shown = match member.way.manner {
                Manner::IsCoarsened(rule, _) => self.coarsened_at(rule, member, run),
                Manner::IsWalked => {
                    self.walked_at(member, run)?;
                    true
                }
                _ => false,
            };
            if is_shown {
                run = member.places.end;
                shown.leave(true);
                continue;
            }
            let to = match self.state.destination {
                // Before the first one: its white space is its own.
                Destination::Waiting(mark) if self.piece.text.byte(member.places.at) != b',' => mark,
                _ => member.places.at,
            };
            if run < to {
                self.out.extend_from_slice(self.piece.bytes(run, to));
            }
            // The comma behind it leaves with the next member, unless that is the first one shown.
            let is_first = !shown.any && self.piece.text.byte(member.places.end) == b',';
            run = member.places.end + usize::from(is_first);
            self.state.destination = Destination::Waiting(member.places.end);
            shown.leaves = false;
        }
        self.piece.run = run;
        shown.leave(behind < members.end);
        Ok(())
    }

    /// Coarsens a value, or puts a constant or a template in its place, before which bytes leave from `run` on. Returns whether it is
    /// shown; else nothing has left.
    // Apart, so that what those need that are left out stays in registers.
    #[inline(never)]
    fn coarsened_at(&mut self, rule: u32, member: &Noted, run: usize) -> bool {
        let Some(treatment) = self.plan.treatment(rule) else { return false };
        let before = self.out.len();
        self.out.extend_from_slice(self.piece.bytes(run, member.places.start));
        let token = self.piece.bytes(member.places.start, member.places.end);
        let is_shown = match treatment {
            Treatment::Text(_) => fill(self.plan, self.state, rule, self.out).is_some(),
            _ => coarsened(treatment, token, self.out),
        };
        if !is_shown {
            self.out.truncate(before);
        }
        is_shown
    }
}

/// Hears what is said of the item in an array or object.
#[inline(never)]
fn hear_inside(plan: &Compiled, text: Text<'_>, item: &mut Arriving, at: usize, way: &Way) {
    Look::new(plan, text).see(Set::Known(way.to), at, &mut |meaning, value| {
        if let Some(sign) = meaning.sign {
            item.says(sign, says(text, value.start), value);
        }
    });
}

impl Shown {
    /// Are some more members shown?
    #[inline]
    fn leave(&mut self, some: bool) {
        self.any |= some;
        self.leaves |= some;
    }
}
