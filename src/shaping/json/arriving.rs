//! An item that is being read: where it began, what it says of itself, and what has to be taken back if it is not shown.

use std::{ops::Range, sync::Arc};

use super::{buffer::empty, meaning::SignAt, piece::Piece, sets::Set, text::Text};
use crate::shaping::items::{Arrived, Choice, Filling, Kind, List, Reason, Sign, Signs, Withheld};

/// What is done with the items of a body.
#[derive(Debug)]
pub(super) struct Choosing {
    pub(super) does: Does,
    /// Whether any item of the body itself was shown, and not only of the generic answer.
    pub(super) has_shown: bool,
}

#[derive(Debug)]
pub(super) enum Does {
    /// None is shown, and it is counted how many.
    Hide(u64),
    /// They are placed.
    Place { choice: Arc<Choice>, filling: Option<Arc<Filling>>, list: Box<List> },
    /// They are only looked for.
    Find(Vec<Found>),
}

/// Where an item stands in a body, in bytes, and its id.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) kind: Kind,
    /// The white space and perhaps the key before it.
    pub(super) prefix: Range<usize>,
    pub(super) json: Range<usize>,
    pub(super) id: Option<Box<[u8]>>,
}

/// An item to be chosen.
#[derive(Debug, Default)]
pub(super) struct Arriving {
    /// How many arrays and objects are open around it; `None` while no item is being read.
    pub(super) depth: Option<usize>,
    /// Where its place leads.
    pub(super) place: Set,
    /// Where it begins in the body.
    pub(super) start: u64,
    pub(super) raw: Raw,
    pub(super) said: Said,
    /// A scalar that may be a sign and is being read, and where it begins in the item.
    pub(super) saying: Option<(SignAt, usize)>,
    pub(super) trying: Option<Trying>,
    /// What stands before the item, if it is tried and began in an earlier piece.
    pub(super) prefix: Vec<u8>,
    /// What it left so far then. While a piece passes it changes places with the output, which is put here.
    pub(super) left: Vec<u8>,
}

/// An item that is walked through the rules before it is chosen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trying {
    /// It began in the present piece.
    Here {
        /// How long the output was.
        out: usize,
        /// Up to where the piece had been handed on.
        run: usize,
        /// From where on bytes waited.
        mark: usize,
    },
    /// It began in one before.
    Earlier,
}

/// The bytes of a value that is read to its end before it is known what becomes of it.
#[derive(Debug, Default)]
pub(super) struct Raw {
    /// Where it begins or goes on in the present piece.
    pub(super) from: usize,
    /// What came in pieces before, unless it is too large.
    carried: Vec<u8>,
    /// How long that was.
    length: usize,
}

/// What an item has said of itself so far: at the places where signs stand, and on the ways to them.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The places that have been passed, a bit for each.
    passed: u64,
    /// Those that have been passed more than once: they are named twice, and clients differ in which counts.
    passed_again: u64,
    /// Those where a scalar stands, and where it is one without escapes.
    scalars: u64,
    plain: u64,
    /// From where to where it stands, by place, in bytes from the beginning of the item.
    values: Vec<(usize, usize)>,
}

/// Where the signs of items stand: the label, the id, the topic.
pub(super) type SignPlaces = [SignPlace; 3];

/// Where a sign stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum SignPlace {
    /// There is none.
    #[default]
    None,
    /// At a place; on the way there are others, a bit for each.
    At(u8, u64),
    /// It can never be read.
    Unreadable,
}

impl Choosing {
    /// Whether an item that has ended, or something that is too large to be one, is shown in its own place.
    #[inline]
    pub(super) fn keeps(&mut self, item: Option<&Arrived<'_>>, kind: Kind) -> bool {
        let Does::Place { choice, list, .. } = &mut self.does else { return false };
        let keeps = list.keeps(choice, item, kind);
        self.has_shown |= keeps;
        keeps
    }

    /// How many of the body's own items were not shown.
    pub(super) fn withheld(&self) -> Withheld {
        match &self.does {
            Does::Place { list, .. } => list.withheld(),
            Does::Hide(items) => {
                let mut withheld = Withheld::default();
                withheld.add(Reason::Closed, *items);
                withheld
            }
            Does::Find(_) => Withheld::default(),
        }
    }
}

impl Arriving {
    /// Forgets all.
    pub(super) fn forget(&mut self) {
        (self.depth, self.saying, self.trying) = (None, None, None);
        self.raw.length = 0;
        empty(&mut self.raw.carried);
        empty(&mut self.prefix);
        empty(&mut self.left);
        empty(&mut self.said.values);
    }

    /// An item begins at a place in the piece, in so many arrays and objects.
    pub(super) fn begin(&mut self, depth: usize, place: Set, start: u64, at: usize) {
        self.begin_usual(at);
        self.open(depth, place, start);
        (self.saying, self.trying) = (None, None);
    }

    /// A usual item begins at a place in the piece. While it stays one nothing else has to be known of it.
    #[inline]
    pub(super) fn begin_usual(&mut self, at: usize) {
        self.said.begin();
        self.raw.begin(at);
    }

    /// An item is being read, in so many arrays and objects.
    pub(super) fn open(&mut self, depth: usize, place: Set, start: u64) {
        (self.depth, self.place, self.start) = (Some(depth), place, start);
    }

    /// A value begins at the present byte where a sign may stand, or on the way to one.
    #[inline]
    pub(super) fn may_say(&mut self, sign: SignAt, piece: &Piece<'_>) {
        let is_scalar = !matches!(piece.present(), b'{' | b'[');
        self.said.pass(sign, is_scalar);
        if is_scalar {
            self.saying = Some((sign, self.raw.length(piece)));
        }
    }

    /// An array or object begins where a sign may stand, or on the way to one.
    #[inline]
    pub(super) fn is_on_the_way(&mut self, sign: SignAt) {
        self.said.pass(sign, false);
    }

    /// The scalar that may be a sign ends before the present byte.
    pub(super) fn has_said(&mut self, piece: &Piece<'_>) {
        if let Some((sign, start)) = self.saying.take() {
            self.said.set(sign, (start, self.raw.length(piece)));
        }
    }

    /// The scalar that stands there in the piece may be a sign.
    #[inline]
    pub(super) fn says(&mut self, sign: SignAt, text: Text<'_>, scalar: Range<usize>) {
        self.said.pass(sign, true);
        self.said.plain |= u64::from(text.is_plain(&scalar)) << (sign.place % MOST_PLACES);
        self.said.set(sign, (self.raw.length_at(scalar.start), self.raw.length_at(scalar.end)));
    }
}

impl Said {
    /// What the item said of itself, by the bytes of the whole item.
    #[inline(always)]
    pub(super) fn signs<'r>(&self, places: &SignPlaces, item: &'r [u8]) -> Signs<'r> {
        let [label, id, topic] = places;
        Signs { label: self.sign(label, item), id: self.sign(id, item), topic: self.sign(topic, item) }
    }

    fn begin(&mut self) {
        (self.passed, self.passed_again, self.scalars, self.plain) = (0, 0, 0, 0);
    }

    #[inline]
    fn pass(&mut self, sign: SignAt, is_scalar: bool) {
        let place = 1 << (sign.place % MOST_PLACES);
        self.passed_again |= self.passed & place;
        self.passed |= place;
        self.scalars |= if is_scalar { place } else { 0 };
    }

    #[inline]
    fn set(&mut self, sign: SignAt, value: (usize, usize)) {
        let place = usize::from(sign.place);
        if self.values.len() <= place {
            self.values.resize(place + 1, (0, 0));
        }
        if let Some(known) = self.values.get_mut(place) {
            *known = value;
        }
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
        let is_in = |places: u64| places >> (place % MOST_PLACES) & 1 == 1;
        if !is_in(self.scalars) {
            return if is_in(self.passed) { Sign::Unreadable } else { Sign::Missing };
        }
        let json =
            self.values.get(usize::from(place)).and_then(|(start, end)| item.get(*start..*end)).unwrap_or_default();
        if is_in(self.plain) { Sign::plain(json) } else { Sign::of(json) }
    }
}

impl SignPlace {
    /// The sign stands at this place, or the way to it leads through.
    pub(super) fn lead_through(&mut self, place: u8) {
        let way = if let Self::At(_, way) = self { *way } else { 0 };
        *self = Self::At(place, way | 1 << (place % MOST_PLACES));
    }
}

impl Found {
    /// An item that begins at a place in the body, behind so many bytes of white space and key.
    pub(super) fn new(kind: Kind, start: u64, before: usize, json: &[u8], signs: &Signs<'_>) -> Self {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let (prefix, json) = (start.saturating_sub(before)..start, start..start.saturating_add(json.len()));
        Self { kind, prefix, json, id: signs.id.text().map(Into::into) }
    }
}

impl Raw {
    /// It begins at a place in the present piece.
    pub(super) fn begin(&mut self, at: usize) {
        self.from = at;
        self.carried.clear();
        self.length = 0;
    }

    /// Whether some of it came in pieces before.
    pub(super) fn is_carried(&self) -> bool {
        self.length > 0
    }

    /// What was kept of it.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.carried)
    }

    /// How long it is up to the present byte.
    pub(super) fn length(&self, piece: &Piece<'_>) -> usize {
        self.length_at(piece.at)
    }

    /// How long it is up to a place in the piece.
    #[inline]
    fn length_at(&self, at: usize) -> usize {
        self.length + at.saturating_sub(self.from)
    }

    /// Keeps what came of it before the present byte, since the piece goes away. Returns whether it is at most so long.
    pub(super) fn carry(&mut self, piece: &Piece<'_>, most: usize) -> bool {
        let bytes = piece.bytes(self.from, piece.at);
        self.length = self.length(piece);
        self.from = 0;
        let fits = self.length <= most;
        if fits {
            self.carried.extend_from_slice(bytes);
        } else {
            self.carried = Vec::new();
        }
        fits
    }

    /// The whole of it, if it is at most so long; it ends before the present byte.
    #[inline]
    pub(super) fn whole<'r>(&'r mut self, piece: &Piece<'r>, most: usize) -> Option<&'r [u8]> {
        if self.length == 0 {
            return Some(piece.bytes(self.from, piece.at)).filter(|bytes| bytes.len() <= most);
        }
        self.carry(piece, most).then_some(&*self.carried)
    }
}

/// How many places there may be of signs and on the ways to them.
pub(super) const MOST_PLACES: u8 = 64;
