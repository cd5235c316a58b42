//! What an item says of itself while it is read, and where: its label, its id, its topic.

use std::{
    fmt::{self, Debug, Formatter},
    ops::Range,
};

use crate::shaping::{
    items::{Sign, Signs},
    json::sets::meaning::SignAt,
};

/// What the present item has said of itself so far: at the places where signs stand, and on the ways to them.
#[derive(Default)]
pub(in crate::shaping::json) struct Said {
    /// The number of the item, counted from 1 over all bodies: so what an earlier one said is never taken for what it says.
    item: u64,
    /// The places that were passed more than once, a bit for each: they are named twice, and clients differ in which counts.
    passed_again: u64,
    places: Vec<Passed>,
}

/// How a place was passed last.
#[derive(Clone, Copy, Default)]
struct Passed {
    /// In which item.
    item: u64,
    says: Says,
    /// From where to where the scalar stands, in bytes from the beginning of the item.
    start: usize,
    end: usize,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::shaping::json) enum Says {
    /// An array or object.
    #[default]
    Nothing,
    Scalar,
    /// A scalar that is no string with escapes.
    Plain,
}

/// Where the signs of items stand: the label, the id, the topic.
pub(in crate::shaping::json) type SignPlaces = [SignPlace; 3];

/// Where a sign stands.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::shaping::json) enum SignPlace {
    /// There is none.
    #[default]
    None,
    /// At a place; on the way there are others, a bit for each.
    At(u8, u64),
    /// It can never be read.
    Unreadable,
}

impl Said {
    /// Another item begins.
    #[inline]
    pub(in crate::shaping::json) fn begin(&mut self) {
        (self.item, self.passed_again) = (self.item + 1, 0);
    }

    /// The item passes a place; a scalar that is known stands there.
    #[inline]
    pub(in crate::shaping::json) fn passes(&mut self, sign: SignAt, says: Says, scalar: Range<usize>) {
        let place = usize::from(sign.place % MOST_PLACES);
        if place >= self.places.len() {
            self.make_room(place);
        }
        let Some(passed) = self.places.get_mut(place) else { return };
        if passed.item == self.item {
            self.passed_again |= 1 << place;
        }
        *passed = Passed { item: self.item, says, start: scalar.start, end: scalar.end };
    }

    #[cold]
    fn make_room(&mut self, place: usize) {
        self.places.resize(place + 1, Passed::default());
    }

    /// The scalar that was passed last at a place stands there.
    pub(in crate::shaping::json) fn stands(&mut self, sign: SignAt, scalar: Range<usize>) {
        if let Some(passed) = self.places.get_mut(usize::from(sign.place % MOST_PLACES)) {
            (passed.start, passed.end) = (scalar.start, scalar.end);
        }
    }

    /// What the item said of itself, by the bytes of the whole item.
    #[inline(always)]
    pub(in crate::shaping::json) fn signs<'r>(&self, places: &SignPlaces, item: &'r [u8]) -> Signs<'r> {
        let [label, id, topic] = places;
        Signs { label: self.sign(label, item), id: self.sign(id, item), topic: self.sign(topic, item) }
    }

    #[inline(always)]
    fn sign<'r>(&self, place: &SignPlace, item: &'r [u8]) -> Sign<'r> {
        let (place, way) = match place {
            SignPlace::None => return Sign::Missing,
            SignPlace::Unreadable => return Sign::Unreadable,
            SignPlace::At(place, way) => (*place, *way),
        };
        if self.passed_again & way != 0 {
            return Sign::Unreadable;
        }
        let passed = self.places.get(usize::from(place)).filter(|passed| passed.item == self.item);
        let Some(passed) = passed else { return Sign::Missing };
        let Some(json) = item.get(passed.start..passed.end) else { return Sign::Unreadable };
        match passed.says {
            Says::Nothing => Sign::Unreadable,
            Says::Scalar => Sign::of(json),
            Says::Plain => Sign::plain(json),
        }
    }
}

// Where something stood in an earlier item is nobody's business.
impl Debug for Said {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said").field("passed_again", &self.passed_again).finish_non_exhaustive()
    }
}

impl SignPlace {
    /// Whether the sign stands there, and not only the way leads through.
    pub(in crate::shaping::json) fn stands_at(self, sign: SignAt) -> bool {
        matches!(self, Self::At(place, _) if place == sign.place)
    }

    /// The sign stands at this place, or the way to it leads through.
    pub(in crate::shaping::json) fn lead_through(&mut self, place: u8) {
        let way = if let Self::At(_, way) = self { *way } else { 0 };
        *self = Self::At(place, way | 1 << (place % MOST_PLACES));
    }
}

/// How many places there may be of signs and on the ways to them.
pub(in crate::shaping::json) const MOST_PLACES: u8 = 64;
