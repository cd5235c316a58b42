//! Reads members and notes what is not only to leave. Nothing leaves here, and of what is known of the answer nothing changes
//! but how far a value was read that the piece cuts.

use std::mem;

use fearless_simd::{dispatch, prelude::*};

use super::{Members, Next, Terms};
use crate::shaping::json::{
    sets::{
        self, Set, Sets,
        way::{Manner, Way, Whole},
    },
    state::{
        Cut, Tried,
        expect::Expect,
        nest::Nest,
        noted::{Noted, NotedMembers, Places},
        order::{Expected, Order},
        said::Says,
        turn::Turn,
    },
    text::{Text, piece::Piece},
    walk::{
        inside::{is_container, says},
        skim::{MANY, Skimmed, scalars, skim},
    },
};

/// What members are read with.
pub(super) struct Reading<'r, 'p> {
    pub(super) text: Text<'p>,
    pub(super) terms: &'r Terms,
    pub(super) values: Values<'r>,
}

/// With what arrays and objects are read to their end.
pub(super) struct Values<'r> {
    pub(super) nest: &'r mut Nest,
    pub(super) tried: &'r mut Option<Tried>,
    pub(super) turns: &'r mut Order<Turn>,
}

/// How far members have been read whose keys are expected.
#[derive(Clone, Copy)]
pub(super) struct Reached<'k> {
    pub(super) at: usize,
    pub(super) last: &'k Expected<Way>,
    /// How many there were, and how many of them are noted.
    pub(super) hits: u64,
    pub(super) noted: usize,
}

// Inlined into what `dispatch` makes for each kind of processor.
impl Reading<'_, '_> {
    /// Reads members whose keys are expected, and notes those that may not only leave. Returns how far they go, and the next one if
    /// its key is expected.
    #[inline(always)]
    pub(super) fn expected<'k, S: Simd>(
        mut self,
        simd: S,
        keys: &'k [Expected<Way>],
        room: &mut [Noted],
        mut reached: Reached<'k>,
    ) -> (Reached<'k>, Option<Next>) {
        let text = self.text;
        loop {
            let mut key = None;
            reached = self.plain(simd, keys, room, reached, &mut key);
            let Reached { at, last, hits, noted } = reached;
            if key.is_none()
                && let Some(window) = text.last_window(at)
            {
                key = last.next(simd, keys, window);
            }
            let Some(key) = key else { return (reached, None) };
            let start = at + key.length();
            let end = self.value(simd, &key.means, start);
            let places = Places { at, start, end, says: says(text, start) };
            let is_usual = end > 0 && (key.is_plain || self.notes(room.get_mut(noted), places, &key.means));
            if !is_usual {
                return (reached, Some(Next { number: key.number(), start }));
            }
            reached = Reached { at: end, last: key, hits: hits + 1, noted: noted + usize::from(!key.is_plain) };
            if text.byte(end) == b'}' {
                return (reached, None);
            }
        }
    }

    /// The same while their values are plain scalars. Where one is not, its key is `stopped` at.
    // Nothing is called here but what is inlined, so that all stays in registers.
    #[inline(always)]
    fn plain<'k, S: Simd>(
        &self,
        simd: S,
        keys: &'k [Expected<Way>],
        room: &mut [Noted],
        reached: Reached<'k>,
        stopped: &mut Option<&'k Expected<Way>>,
    ) -> Reached<'k> {
        let text = self.text;
        let Reached { mut at, mut last, mut hits, mut noted } = reached;
        while let Some(window) = text.window(at)
            && let Some(key) = last.next(simd, keys, window)
        {
            let start = at + key.length();
            let Some(end) = text.plain_scalar(start, window.from(key.length())) else {
                *stopped = Some(key);
                break;
            };
            if !key.is_plain {
                let places = Places { at, start, end, says: Says::Plain };
                if !self.notes(room.get_mut(noted), places, &key.means) {
                    *stopped = Some(key);
                    break;
                }
                noted += 1;
            }
            (at, last, hits) = (end, key, hits + 1);
        }
        Reached { at, last, hits, noted }
    }

    #[inline(always)]
    pub(super) fn unexpected<S: Simd>(
        mut self,
        simd: S,
        ways: &sets::Members,
        mut order: Option<&mut Order<Way>>,
        noted: &mut NotedMembers,
        members: &mut Members,
        first: Option<usize>,
    ) -> bool {
        let (text, mut any) = (self.text, false);
        loop {
            let at = members.end;
            let is_first = first == Some(at);
            if !is_first && text.byte(at) != b',' {
                return any;
            }
            let quote = if is_first { at } else { text.indentation(simd, at + 1) };
            if text.byte(quote) != b'"' {
                return any;
            }
            let Some(name) = text.plain_name(quote).filter(|name| text.byte(name.end + 1) == b':') else { return any };
            let start = text.indentation(simd, name.end + 2);
            let way = ways.get(text.bytes, name).unwrap_or(&ways.other);
            let scalar = match text.chunk(start) {
                Some(bytes) => text.plain_scalar(start, bytes),
                None => None,
            };
            let end = match scalar {
                Some(end) => end,
                None => self.value(simd, way, start),
            };
            if end == 0 {
                return any;
            }
            if !way.only_leaves() {
                let places = Places { at, start, end, says: says(text, start) };
                if !self.notes(noted.room().first_mut(), places, way) {
                    return any;
                }
                noted.add(1);
            }
            any = true;
            members.end = end;
            if let Some(order) = order.as_mut().filter(|order| order.learns()) {
                let before = text.between(at, start);
                if order.learn_member(before, *way) {
                    return true;
                }
            }
        }
    }

    /// Reads a member behind `at` whose value is an array or object in which rules act, and notes it. Returns where it stands, and
    /// what its key means. If it begins at `first` it has no comma.
    pub(super) fn ruled(
        &mut self,
        sets: &Sets,
        noted: &mut NotedMembers,
        at: usize,
        first: Option<usize>,
    ) -> Option<(Places, Way)> {
        let Set::Known(object) = self.terms.set else { return None };
        let (text, ways, room) = (self.text, sets.members(object)?, noted.room().first_mut()?);
        let is_first = first == Some(at);
        let quote = if is_first { at } else { text.blanks(at + 1) };
        if (!is_first && text.byte(at) != b',') || text.byte(quote) != b'"' {
            return None;
        }
        let name = text.plain_name(quote).filter(|name| text.byte(name.end + 1) == b':')?;
        let start = text.blanks(name.end + 2);
        let way = *ways.get(text.bytes, name).unwrap_or(&ways.other);
        let is_walked = way.manner == Manner::Leaves && way.whole != Whole::Yes;
        if !is_container(text.byte(start)) || !is_walked || sets.meaning(way.to)?.reads_inside {
            return None;
        }
        let Values { nest, tried, turns } = &mut self.values;
        let end = skimmed(text, start, nest, tried, turns, self.terms.room);
        if end == 0 {
            return None;
        }
        let places = Places { at, start, end, says: Says::Nothing };
        *room = Noted { places, way: Way { manner: Manner::IsWalked, ..way } };
        noted.add(1);
        Some((places, way))
    }

    /// Notes a member that may not only leave, if there is room. Returns whether it is usual; else nothing has happened.
    #[inline(always)]
    fn notes(&self, room: Option<&mut Noted>, places: Places, way: &Way) -> bool {
        let Some(member) = room else { return false };
        if !matches!(way.manner, Manner::Leaves) {
            let fits = match way.manner {
                Manner::IsCoarsened(_, of) => of.is_begun_by(self.text.byte(places.start)),
                manner => !matches!(manner, Manner::Other | Manner::IsWalked),
            };
            if !fits || !self.terms.may_change {
                return false;
            }
        }
        *member = Noted { places, way: *way };
        true
    }

    /// Where the value ends that begins here, if it lies whole in the piece and is a scalar, or an array or object of which the same
    /// becomes; else 0.
    #[inline(always)]
    fn value<S: Simd>(&mut self, simd: S, way: &Way, start: usize) -> usize {
        let text = self.text;
        if !is_container(text.byte(start)) {
            return text.other_scalar(start).unwrap_or(0);
        }
        if way.whole != Whole::Yes || !way.manner.takes_all() {
            return array_of_scalars(text, way, start, self.terms.room);
        }
        if self.terms.room > 0
            && let Some(end) = scalars(simd, text, start, MANY)
        {
            return end;
        }
        let Values { nest, tried, turns } = &mut self.values;
        skimmed(text, start, nest, tried, turns, self.terms.room)
    }
}

/// Where an array of scalars ends that leave as it does, though rules may act in others; else 0.
#[inline(never)]
fn array_of_scalars(text: Text<'_>, way: &Way, start: usize, room: usize) -> usize {
    if way.whole != Whole::IfScalars || text.byte(start) != b'[' || room == 0 {
        return 0;
    }
    let first = text.blanks(start + 1);
    if text.byte(first) == b']' {
        return first + 1;
    }
    dispatch!(text.level, simd => scalars(simd, text, start, usize::MAX)).unwrap_or(0)
}

/// Where a value ends that begins here, if it lies whole in the piece; else 0.
#[inline(never)]
fn skimmed(
    text: Text<'_>,
    start: usize,
    nest: &mut Nest,
    tried: &mut Option<Tried>,
    turns: &mut Order<Turn>,
    room: usize,
) -> usize {
    if tried.as_ref().is_some_and(|tried| tried.start == start) {
        return 0;
    }
    let mut piece = Piece { at: start, ..Piece::new(text) };
    let cut = match skim(&mut piece, nest, turns, Expect::Value, room) {
        Ok(Skimmed::Whole) => return piece.at,
        Ok(Skimmed::Cut(expect)) => Some(Cut { end: piece.at, expect, nest: mem::take(nest) }),
        Err(_) => {
            nest.clear();
            None
        }
    };
    *tried = Some(Tried { start, cut });
    0
}
