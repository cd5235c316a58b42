//! Strings changed at random, as an attacker or a broken proxy changes them: bytes turned, taken out, put in, doubled, cut off,
//! and parts of other strings put in their place.

use std::env;

/// Calls back with `RAPPORT_MUTATIONS` mutated strings, 200,000 where nothing is said, and tells how many there were. Always the
/// same ones.
pub(super) fn each(seeds: &[Vec<u8>], mut read: impl FnMut(&[u8])) -> u64 {
    let count = env::var("RAPPORT_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(200_000);
    let mut dice = Dice(0x5eed_0fc0_75e7_0bad);
    let mut text = Vec::new();
    for _ in 0..count {
        text.clone_from(&seeds[dice.below(seeds.len())]);
        for _ in 0..=dice.below(4) {
            mutate(&mut text, seeds, &mut dice);
        }
        read(&text);
    }
    count
}

fn mutate(text: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(text.len() + 1);
    match dice.below(8) {
        0 | 1 if at < text.len() => text[at] = LETTERS[dice.below(LETTERS.len())],
        2 if at < text.len() => text[at] ^= 1 << dice.below(8),
        3 if at < text.len() => drop(text.remove(at)),
        4 => text.insert(at, LETTERS[dice.below(LETTERS.len())]),
        5 => text.truncate(at),
        6 => {
            let other = &seeds[dice.below(seeds.len())];
            let from = dice.below(other.len() + 1);
            text.truncate(at);
            text.extend_from_slice(&other[from..]);
        }
        7 => {
            let end = (at + dice.below(40)).min(text.len());
            let doubled = text[at..end].to_vec();
            text.splice(at..at, doubled);
        }
        _ => {}
    }
}

/// An xorshift generator: the same strings in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~=%\0\xff";
