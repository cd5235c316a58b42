//! An item that is being read: where it began, what it says of itself, and what has to be taken back if it is not shown.

use std::{ops::Range, sync::Arc};

use super::said::{Said, Says};
use crate::shaping::{
    items::{Arrived, Basis, Choice, Explanations, Filling, Kind, List, Reason, Signs, Withheld},
    json::{
        buffer::empty,
        sets::{Set, meaning::SignAt},
        text::piece::Piece,
    },
};

/// What is done with the items of a body.
#[derive(Debug)]
pub(in crate::shaping::json) struct Choosing {
    pub(in crate::shaping::json) does: Does,
    /// Whether any item of the body itself was shown, and not only of the generic answer; where all are, from the beginning.
    pub(in crate::shaping::json) has_shown: bool,
}

#[derive(Debug)]
pub(in crate::shaping::json) enum Does {
    /// None is shown, and it is counted how many.
    Hide(u64),
    /// Each keeps its place, and says why it is shown.
    Keep(Arc<Choice>),
    /// They are placed.
    Place { choice: Arc<Choice>, filling: Option<Arc<Filling>>, list: Box<List> },
    /// They are only looked for.
    Find(Vec<Found>),
}

/// Where an item stands in a body, in bytes, its id, and what it says of what chose it.
#[derive(Debug)]
pub(in crate::shaping::json) struct Found {
    pub(in crate::shaping::json) kind: Kind,
    /// The white space and perhaps the key before it.
    pub(in crate::shaping::json) prefix: Range<usize>,
    pub(in crate::shaping::json) json: Range<usize>,
    pub(in crate::shaping::json) id: Option<Box<[u8]>>,
    pub(in crate::shaping::json) label: Option<Box<[u8]>>,
}

/// An item to be chosen.
#[derive(Debug, Default)]
pub(in crate::shaping::json) struct Arriving {
    /// How many arrays and objects are open around it; `None` while no item is being read.
    pub(in crate::shaping::json) depth: Option<usize>,
    /// Where its place leads.
    pub(in crate::shaping::json) place: Set,
    /// Where it begins in the body.
    pub(in crate::shaping::json) start: u64,
    pub(in crate::shaping::json) raw: Raw,
    pub(in crate::shaping::json) said: Said,
    /// A scalar that may be a sign and is being read, and where it begins in the item.
    pub(in crate::shaping::json) saying: Option<(SignAt, usize)>,
    pub(in crate::shaping::json) trying: Option<Trying>,
    /// What stands before the item, if it is tried and began in an earlier piece.
    pub(in crate::shaping::json) prefix: Vec<u8>,
    /// What it left so far then. While a piece passes it changes places with the output, which is put here.
    pub(in crate::shaping::json) left: Vec<u8>,
}

/// An item that is walked through the rules before it is chosen.
#[derive(Clone, Copy, Debug)]
pub(in crate::shaping::json) enum Trying {
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
pub(in crate::shaping::json) struct Raw {
    /// Where it begins or goes on in the present piece.
    pub(in crate::shaping::json) from: usize,
    /// What came in pieces before, unless it is too large.
    carried: Vec<u8>,
    /// How long that was.
    length: usize,
}

impl Choosing {
    /// Whether an item that has ended, or something that is too large to be one, is shown in its own place.
    #[inline]
    pub(in crate::shaping::json) fn keeps(&mut self, item: Option<&Arrived<'_>>, kind: Kind) -> bool {
        let Does::Place { choice, list, .. } = &mut self.does else { return false };
        let keeps = list.keeps(choice, item, kind);
        self.has_shown |= keeps;
        keeps
    }

    /// How many of the body's own items were not shown.
    pub(in crate::shaping::json) fn withheld(&self) -> Withheld {
        match &self.does {
            Does::Place { list, .. } => list.withheld(),
            Does::Hide(items) => {
                let mut withheld = Withheld::default();
                withheld.add(Reason::Closed, *items);
                withheld
            }
            Does::Keep(_) | Does::Find(_) => Withheld::default(),
        }
    }

    /// The same for a document in a string: nothing is chosen there, and where all items keep their places they do so, too.
    pub(in crate::shaping::json) fn in_strings(&self) -> Option<Self> {
        match &self.does {
            Does::Keep(choice) => Some(Self { does: Does::Keep(Arc::clone(choice)), ..*self }),
            Does::Hide(_) | Does::Place { .. } | Does::Find(_) => None,
        }
    }

    /// What items say of why they are shown, if they do.
    pub(in crate::shaping::json) fn explanations(&self) -> Option<&Arc<Explanations>> {
        match &self.does {
            Does::Keep(choice) | Does::Place { choice, .. } => choice.explanations(),
            Does::Hide(_) | Does::Find(_) => None,
        }
    }

    /// On what it rests that the item that has ended keeps its place.
    pub(in crate::shaping::json) fn basis(&self) -> Basis {
        match &self.does {
            Does::Place { list, .. } => list.basis(),
            Does::Keep(_) | Does::Hide(_) | Does::Find(_) => Basis::ANYBODYS,
        }
    }
}

impl Arriving {
    /// Forgets all.
    pub(in crate::shaping::json) fn forget(&mut self) {
        (self.depth, self.saying, self.trying) = (None, None, None);
        self.raw.length = 0;
        empty(&mut self.raw.carried);
        empty(&mut self.prefix);
        empty(&mut self.left);
    }

    /// An item begins at a place in the piece, in so many arrays and objects.
    pub(in crate::shaping::json) fn begin(&mut self, depth: usize, place: Set, start: u64, at: usize) {
        self.begin_usual(at);
        self.open(depth, place, start);
        (self.saying, self.trying) = (None, None);
    }

    /// A usual item begins at a place in the piece. While it stays one nothing else has to be known of it.
    #[inline]
    pub(in crate::shaping::json) fn begin_usual(&mut self, at: usize) {
        self.said.begin();
        self.raw.begin(at);
    }

    /// An item is being read, in so many arrays and objects.
    pub(in crate::shaping::json) fn open(&mut self, depth: usize, place: Set, start: u64) {
        (self.depth, self.place, self.start) = (Some(depth), place, start);
    }

    /// A value begins at the present byte where a sign may stand, or on the way to one.
    #[inline]
    pub(in crate::shaping::json) fn may_say(&mut self, sign: SignAt, piece: &Piece<'_>) {
        if matches!(piece.present(), b'{' | b'[') {
            self.is_on_the_way(sign);
        } else {
            self.said.passes(sign, Says::Scalar, 0..0);
            self.saying = Some((sign, self.raw.length(piece)));
        }
    }

    /// An array or object begins where a sign may stand, or on the way to one.
    #[inline]
    pub(in crate::shaping::json) fn is_on_the_way(&mut self, sign: SignAt) {
        self.said.passes(sign, Says::Nothing, 0..0);
    }

    /// The scalar that may be a sign ends before the present byte.
    pub(in crate::shaping::json) fn has_said(&mut self, piece: &Piece<'_>) {
        if let Some((sign, start)) = self.saying.take() {
            self.said.stands(sign, start..self.raw.length(piece));
        }
    }

    /// The scalar that stands there in the piece may be a sign.
    #[inline]
    pub(in crate::shaping::json) fn says(&mut self, sign: SignAt, says: Says, scalar: Range<usize>) {
        self.said.passes(sign, says, self.raw.length_at(scalar.start)..self.raw.length_at(scalar.end));
    }
}

impl Found {
    /// An item that begins at a place in the body, behind so many bytes of white space and key.
    pub(in crate::shaping::json) fn new(kind: Kind, start: u64, before: usize, json: &[u8], signs: &Signs<'_>) -> Self {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let (prefix, json) = (start.saturating_sub(before)..start, start..start.saturating_add(json.len()));
        let [id, label] = [signs.id, signs.label].map(|sign| sign.text().map(Into::into));
        Self { kind, prefix, json, id, label }
    }
}

impl Raw {
    /// It begins at a place in the present piece.
    #[inline]
    pub(in crate::shaping::json) fn begin(&mut self, at: usize) {
        self.from = at;
        self.carried.clear();
        self.length = 0;
    }

    /// Whether some of it came in pieces before.
    pub(in crate::shaping::json) fn is_carried(&self) -> bool {
        self.length > 0
    }

    /// What was kept of it.
    pub(in crate::shaping::json) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.carried)
    }

    /// How long it is up to the present byte.
    pub(in crate::shaping::json) fn length(&self, piece: &Piece<'_>) -> usize {
        self.length_at(piece.at)
    }

    /// How long it is up to a place in the piece.
    #[inline]
    fn length_at(&self, at: usize) -> usize {
        self.length + at.saturating_sub(self.from)
    }

    /// Keeps what came of it before the present byte, since the piece goes away. Returns whether it is at most so long.
    pub(in crate::shaping::json) fn carry(&mut self, piece: &Piece<'_>, most: usize) -> bool {
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
    pub(in crate::shaping::json) fn whole<'r>(&'r mut self, piece: &Piece<'r>, most: usize) -> Option<&'r [u8]> {
        if self.length == 0 {
            return Some(piece.bytes(self.from, piece.at)).filter(|bytes| bytes.len() <= most);
        }
        self.carry(piece, most).then_some(&*self.carried)
    }
}
