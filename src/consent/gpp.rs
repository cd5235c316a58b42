//! GPP strings: the sections of several frameworks in one string, as a consent management platform of the IAB Global
//! Privacy Platform writes it.
//!
//! Source of the rules: IAB Tech Lab, "Global Privacy Platform String" (header, Fibonacci ranges), "US National" (versions 1
//! and 2) and "California" of the sections' specifications.
//!
//! A header names the sections in their order, and `~` parts them. Read are 2 (a TC string), 7 (US national) and 8
//! (California). What the sections of the United States say can only take away. Where anything in a string is doubtful,
//! what can be read of it takes away, and nothing of it gives.

use super::{
    bits::Bits,
    tcf::{TcError, TcString},
};

/// A GPP string, as far as it can be read.
///
/// ```
/// use tower_rapport::consent::GppString;
///
/// let string = GppString::read(b"DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA");
/// assert!(matches!(string.tcf, Some(Ok(_))) && !string.is_doubtful && !string.opted_out);
/// assert!(GppString::read(b"DBABMA").is_doubtful, "it announces a section that is not there");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GppString {
    /// Whether something in it cannot be read: then it gives nothing.
    pub is_doubtful: bool,
    /// The TC string of section 2.
    pub tcf: Option<Result<TcString, TcError>>,
    /// Whether the customer opted out of sale, sharing or targeted advertising.
    pub opted_out: bool,
    /// Whether it repeats a Global Privacy Control signal.
    pub gpc: bool,
    /// Whether the business knows that it speaks with a child, whether or not somebody consented for the child.
    pub child: bool,
}

impl GppString {
    /// Reads a string. Takes no memory, and time in the string's length.
    ///
    /// Of a string of more than 4 KiB nothing is read.
    pub fn read(text: &[u8]) -> Self {
        if text.len() > LONGEST {
            return Self { is_doubtful: true, ..Self::default() };
        }
        let mut parts = text.split(|byte| *byte == b'~');
        let Some(header) = parts.next().map(Bits::new).and_then(Header::read) else {
            return Self { is_doubtful: true, ..Self::default() };
        };
        let mut string = Self { is_doubtful: !header.is_right, ..Self::default() };
        let mut count = 0;
        for (place, section) in parts.enumerate() {
            count = place + 1;
            match header.places.iter().find(|(_, own)| *own == Some(place)) {
                Some((TCF_EU, _)) => string.tcf = Some(TcString::read(section)),
                Some((US_NATIONAL, _)) => string.hear(section, us_national),
                Some((CALIFORNIA, _)) => string.hear(section, california),
                _ => {}
            }
        }
        string.is_doubtful |= count != header.count;
        string
    }

    /// A section of the United States: its core, and perhaps a sub-section with a Global Privacy Control signal.
    fn hear(&mut self, section: &[u8], core: fn(&mut Us, &mut Bits<'_>) -> Option<()>) {
        let mut parts = section.split(|byte| *byte == b'.');
        let mut us = Us::default();
        let core_read = parts.next().map(Bits::new).and_then(|mut bits| {
            core(&mut us, &mut bits)?;
            bits.is_over().then_some(())
        });
        self.opted_out |= us.opted_out;
        self.child |= us.child;
        self.is_doubtful |= core_read.is_none();
        for part in parts {
            let mut bits = Bits::new(part);
            let signal = if bits.take(2) == Some(GPC) { bits.flag() } else { None };
            self.gpc |= signal == Some(true);
            self.is_doubtful |= signal.is_none() || !bits.is_over();
        }
    }
}

/// Which sections there are, and where those stand that are read.
struct Header {
    is_right: bool,
    count: usize,
    places: [(u64, Option<usize>); 3],
}

impl Header {
    /// A header of type 3 and version 1; of another one nothing is known. Where its list of sections breaks off, it is known
    /// as far as it goes.
    fn read(mut bits: Bits<'_>) -> Option<Self> {
        if bits.take(6)? != 3 || bits.take(6)? != 1 {
            return None;
        }
        let mut header = Self { is_right: false, count: 0, places: READ.map(|id| (id, None)) };
        header.is_right = header.list(&mut bits).is_some() && bits.is_over();
        Some(header)
    }

    /// A range of ascending numbers, each told as its distance from the one before.
    fn list(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let mut last = 0_u64;
        for _ in 0..bits.take(12)? {
            let is_group = bits.flag()?;
            let first = last.checked_add(fibonacci(bits)?)?;
            last = if is_group { first.checked_add(fibonacci(bits)?)? } else { first };
            for (id, place) in &mut self.places {
                if (first..=last).contains(id) {
                    *place = self.count.checked_add(usize::try_from(*id - first).ok()?);
                }
            }
            self.count = self.count.checked_add(usize::try_from(last - first).ok()?)?.checked_add(1)?;
        }
        Some(())
    }
}

/// A number in Fibonacci coding: a bit for each Fibonacci number from 1, 2, 3, 5 on, and one more set bit at its end.
fn fibonacci(bits: &mut Bits<'_>) -> Option<u64> {
    let (mut this, mut next) = (1_u64, 2_u64);
    let (mut number, mut was_set) = (0_u64, false);
    loop {
        match (bits.flag()?, was_set) {
            (true, true) => return Some(number),
            (is_set, _) => {
                number = if is_set { number.checked_add(this)? } else { number };
                was_set = is_set;
            }
        }
        (this, next) = (next, this.checked_add(next)?);
    }
}

/// What a section of the United States says.
#[derive(Default)]
struct Us {
    opted_out: bool,
    child: bool,
}

impl Us {
    /// So many fields of two bits, 1 for an opt-out and 2 for none. There is no 3; in doubt it is one, too.
    fn opt_outs(&mut self, bits: &mut Bits<'_>, count: usize) -> Option<()> {
        for _ in 0..count {
            self.opted_out |= matches!(bits.take(2)?, 1 | 3);
        }
        Some(())
    }

    /// So many fields of two bits, of which each says that there is a child as soon as it is not 0: 1 and 2 tell whether
    /// somebody consented.
    fn children(&mut self, bits: &mut Bits<'_>, count: usize) -> Option<()> {
        for _ in 0..count {
            self.child |= bits.take(2)? != 0;
        }
        Some(())
    }
}

/// Section 7. Version 2 has more kinds of sensitive data, and one more age. The public implementations write it with a 1, too,
/// and know it by its length.
fn us_national(us: &mut Us, bits: &mut Bits<'_>) -> Option<()> {
    let is_longer = bits.has(VERSION_2_BITS);
    let (sensitive, ages) = match (bits.take(6)?, is_longer) {
        (1, false) => (12, 2),
        (1, true) | (2, _) => (16, 3),
        _ => return None,
    };
    // Six notices.
    bits.skip(6 * 2)?;
    // Sale, sharing, targeted advertising.
    us.opt_outs(bits, 3)?;
    bits.skip(sensitive * 2)?;
    us.children(bits, ages)?;
    // Other uses, and three fields of the agreement between the parties.
    bits.skip(4 * 2)
}

/// Section 8.
fn california(us: &mut Us, bits: &mut Bits<'_>) -> Option<()> {
    if bits.take(6)? != 1 {
        return None;
    }
    // Three notices.
    bits.skip(3 * 2)?;
    // Sale, sharing.
    us.opt_outs(bits, 2)?;
    bits.skip(9 * 2)?;
    us.children(bits, 2)?;
    bits.skip(4 * 2)
}

/// How long the core of version 2 is.
const VERSION_2_BITS: usize = 70;

const TCF_EU: u64 = 2;
const US_NATIONAL: u64 = 7;
const CALIFORNIA: u64 = 8;
const READ: [u64; 3] = [TCF_EU, US_NATIONAL, CALIFORNIA];

/// The type of a sub-section with a Global Privacy Control signal.
const GPC: u64 = 1;

const LONGEST: usize = 4 * 1024;

#[cfg(test)]
mod tests;
