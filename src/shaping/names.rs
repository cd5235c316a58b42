//! Which of a few names a key is: one look into a table, and no name is compared that is not likely the one.
//!
//! The table is worked out so that names stand where their first and last bytes say. The names are the operator's, so what a
//! body brings can only miss.

use std::ops::Range;

/// A table of names and what each stands for.
#[derive(Clone, Debug)]
pub(super) struct Names<T> {
    /// A power of two of places, at most half of them taken, and room behind them for a run of names.
    places: Box<[Option<Place<T>>]>,
    /// Spreads the names.
    factor: u64,
    /// By how much a product is shifted to be an index.
    shift: u32,
    /// How many places after its own a name may stand.
    reach: usize,
    /// How long the longest name is.
    longest: usize,
    /// The bits of the names, so that most others need not be looked for.
    bits: u64,
}

#[derive(Clone, Debug)]
struct Place<T> {
    ends: Ends,
    name: Box<[u8]>,
    value: T,
}

/// A name as the table compares it: up to sixteen bytes are told apart by their ends alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ends {
    first: u64,
    last: u64,
    /// All bytes between them, mixed.
    between: u64,
    length: usize,
}

impl<T: Copy> Names<T> {
    /// Each name once.
    pub(super) fn new(names: impl IntoIterator<Item = (Box<[u8]>, T)>) -> Self {
        let names: Vec<_> =
            names.into_iter().map(|(name, value)| Place { ends: Ends::of(&name), name, value }).collect();
        let tables = FACTORS.iter().map(|factor| Self::spread(&names, *factor));
        let least = tables.min_by_key(|table| table.reach);
        least.unwrap_or(Self { places: [].into(), factor: 0, shift: 0, reach: 0, longest: 0, bits: 0 })
    }

    /// What the name stands for that these bytes of a piece are.
    #[inline(always)]
    pub(super) fn get(&self, piece: &[u8], name: Range<usize>) -> Option<&T> {
        if self.bits & bit(piece, &name) == 0 { None } else { self.find(piece, name) }
    }

    #[inline]
    fn find(&self, piece: &[u8], name: Range<usize>) -> Option<&T> {
        if name.len() > self.longest {
            return None;
        }
        let ends = Ends::within(piece, &name);
        let home = ends.home(self.factor, self.shift);
        for at in home..=home + self.reach {
            let place = self.places.get(at)?.as_ref()?;
            if place.ends == ends && (ends.length <= 16 || piece.get(name.clone()) == Some(&*place.name)) {
                return Some(&place.value);
            }
        }
        None
    }

    fn spread(names: &[Place<T>], factor: u64) -> Self {
        let size = (names.len() * 2).next_power_of_two();
        let shift = u64::BITS - size.trailing_zeros().max(1);
        let (mut places, mut reach) = (vec![None; size.max(2)], 0);
        for place in names {
            let home = place.ends.home(factor, shift);
            // Beyond the end there is room for a run of names that meet there.
            let mut at = home;
            while places.get(at).is_some_and(Option::is_some) {
                at += 1;
            }
            if at >= places.len() {
                places.resize(at + 1, None);
            }
            if let Some(free) = places.get_mut(at) {
                *free = Some(place.clone());
            }
            reach = reach.max(at - home);
        }
        places.resize(places.len() + reach, None);
        let longest = names.iter().map(|place| place.name.len()).max().unwrap_or(0);
        let bits = names.iter().fold(0, |bits, place| bits | bit(&place.name, &(0..place.name.len())));
        Self { places: places.into(), factor, shift, reach, longest, bits }
    }
}

impl Ends {
    fn of(name: &[u8]) -> Self {
        Self::within(name, &(0..name.len()))
    }

    #[inline]
    fn within(piece: &[u8], name: &Range<usize>) -> Self {
        let length = name.len();
        let first = match eight(piece, name.start) {
            Some(first) if length >= 8 => first,
            Some(first) => first & !(u64::MAX << (8 * length)),
            None => few(piece.get(name.clone()).unwrap_or_default()),
        };
        let last = if length > 8 { eight(piece, name.end.saturating_sub(8)).unwrap_or_default() } else { 0 };
        let between = if length > 16 { mixed(piece.get(name.start + 8..name.end - 8).unwrap_or_default()) } else { 0 };
        Self { first, last, between, length }
    }

    #[inline]
    fn home(self, factor: u64, shift: u32) -> usize {
        let mixed = (self.first ^ self.last.rotate_left(29) ^ self.between).wrapping_mul(factor);
        usize::try_from(mixed >> shift).unwrap_or(usize::MAX)
    }
}

/// The bit of a name among 64, by its ends and its length.
#[inline(always)]
fn bit(piece: &[u8], name: &Range<usize>) -> u64 {
    let [first, last] = [name.start, name.end.wrapping_sub(1)].map(|at| piece.get(at).copied().map_or(0, usize::from));
    if name.is_empty() { 1 } else { 1 << ((first + 5 * last + 8 * name.len()) % 64) }
}

/// Eight bytes from a place on, if there are so many.
#[inline]
fn eight(piece: &[u8], at: usize) -> Option<u64> {
    piece.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

fn mixed(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |all: u64, byte| (all ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Up to eight bytes, at the end of a piece.
fn few(name: &[u8]) -> u64 {
    let short = |bytes: Option<&[u8; 2]>| bytes.map_or(0, |bytes| u64::from(u16::from_le_bytes(*bytes)));
    let long = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    // The first and the last ones may be partly the same.
    match name.len() {
        0 => 0,
        1 => name.first().copied().map_or(0, u64::from),
        length @ 2..4 => short(name.first_chunk()) | short(name.last_chunk()) << (8 * (length - 2)),
        length @ 4..8 => long(name.first_chunk()) | long(name.last_chunk()) << (8 * (length - 4)),
        _ => eight(name, 0).unwrap_or_default(),
    }
}

/// Odd, with their bits well mixed: the first 64 bits behind the point of √2, √3, √5, √7.
const FACTORS: [u64; 4] = [0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::btree_map, prelude::*, sample::select};

    use super::*;

    fn get(names: &Names<u32>, name: &str) -> [Option<u32>; 2] {
        let quoted = format!("\"{name}\":");
        [names.get(name.as_bytes(), 0..name.len()), names.get(quoted.as_bytes(), 1..name.len() + 1)]
            .map(Option::<&u32>::copied)
    }

    #[test]
    fn ten_thousand_names_stand_near_their_places() {
        let names: Vec<_> = (0..10_000_u32).map(|at| (format!("image_url_number_{at}_large"), at)).collect();
        let table = Names::new(names.iter().map(|(name, at)| (name.as_bytes().into(), *at)));
        assert!(table.reach < 64, "{}", table.reach);
        assert!(names.iter().all(|(name, at)| get(&table, name) == [Some(*at); 2]));
        assert_eq!(get(&table, "image_url_number_10000_large"), [None; 2]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_name_is_found_if_it_is_there(
            names in btree_map("[ab]{0,20}|.{0,20}", any::<u32>(), 0..30),
            other in "[ab]{0,20}|.{0,20}",
        ) {
            let table = Names::new(names.iter().map(|(name, value)| (name.as_bytes().into(), *value)));
            let known: BTreeMap<_, _> = names.clone();
            for name in known.keys().chain([&other]) {
                prop_assert_eq!(get(&table, name), [names.get(name).copied(); 2], "{}", name);
            }
        }

        #[test]
        fn a_name_with_another_ending_is_not_found(
            name in "[a-c]{17,40}",
            at in any::<prop::sample::Index>(),
            byte in select(&b"xyz"[..]),
        ) {
            let table = Names::new([(name.as_bytes().into(), 7)]);
            let mut other = name.clone().into_bytes();
            let at = at.index(other.len());
            other[at] = byte;
            prop_assert_eq!(get(&table, &String::from_utf8(other).unwrap()), [None; 2]);
            prop_assert_eq!(get(&table, &name), [Some(7); 2]);
        }
    }
}
