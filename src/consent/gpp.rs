//! GPP strings: the sections of several frameworks in one string, as a consent management platform of the IAB Global
//! Privacy Platform writes it.
//!
//! Source of the rules: IAB Tech Lab, "Global Privacy Platform String" (header, Fibonacci ranges), and the sections' own
//! specifications.
//!
//! A header names the sections in their order, and `~` parts them. Read are 2 (a TC string) and those of the United States, 6 to 27;
//! 1 and 3 to 5 say nothing of opt-outs. What the sections of the United States say can only take away. Where anything in a string
//! is doubtful, what can be read of it takes away, and nothing of it gives; and where an opt-out may stand that cannot be read, it
//! counts as one.

mod us;

use self::us::Us;
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
/// assert!(GppString::read(b"DBABRg~BVYAAAA").opted_out, "somebody in Virginia did");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GppString {
    /// Whether something in it cannot be read: then it gives nothing.
    pub is_doubtful: bool,
    /// The TC string of section 2.
    pub tcf: Option<Result<TcString, TcError>>,
    /// Whether the customer opted out of sale, sharing or targeted advertising, or may have, where that cannot be read.
    pub opted_out: bool,
    /// Whether it repeats a Global Privacy Control signal.
    pub gpc: bool,
    /// Whether the business knows that it speaks with a child, whether or not somebody consented for the child.
    pub child: bool,
}

impl GppString {
    /// Reads a string. Takes no memory, and time in the string's length.
    ///
    /// Of a string of more than 4 KiB nothing is read. One that is empty says nothing.
    pub fn read(text: &[u8]) -> Self {
        let unread = Self { is_doubtful: true, opted_out: !text.is_empty(), ..Self::default() };
        if text.len() > LONGEST {
            return unread;
        }
        let mut parts = text.split(|byte| *byte == b'~');
        let Some(header) = parts.next().map(Bits::new).and_then(Header::read) else {
            return unread;
        };
        let (mut string, mut ids, mut count) = (Self::default(), header.ids(), 0);
        for section in parts {
            count += 1;
            string.hear(ids.next(), section);
        }
        let lacks_one = count < header.count && ids.chain([header.beyond]).any(may_opt_out);
        string.opted_out |= !header.is_right || lacks_one;
        string.is_doubtful |= !header.is_right || count != header.count;
        string
    }

    /// A section, by its number, if the header names one for it.
    fn hear(&mut self, id: Option<u64>, section: &[u8]) {
        let us = match id {
            Some(TCF_EU) => {
                self.tcf = Some(TcString::read(section));
                return;
            }
            Some(id) if !may_opt_out(id) => return,
            Some(US_PRIVACY) => Us::of_privacy_string(section),
            id => Us::of_section(id.unwrap_or(u64::MAX), section),
        };
        self.is_doubtful |= us.is_doubtful;
        self.opted_out |= us.opted_out;
        self.gpc |= us.gpc;
        self.child |= us.child;
    }
}

/// Whether a section may say that the customer opted out; those that are not known may.
fn may_opt_out(id: u64) -> bool {
    !matches!(id, 0..=5)
}

/// Which sections there are.
#[derive(Default)]
struct Header {
    is_right: bool,
    count: usize,
    /// Those below 64, a bit for each.
    named: u64,
    /// One of the others; 0 where there is none.
    beyond: u64,
}

impl Header {
    /// A header of type 3 and version 1; of another one nothing is known. Where its list of sections breaks off, it is known
    /// as far as it goes.
    fn read(mut bits: Bits<'_>) -> Option<Self> {
        if bits.take(6)? != 3 || bits.take(6)? != 1 {
            return None;
        }
        let mut header = Self::default();
        header.is_right = header.list(&mut bits).is_some() && bits.is_over();
        Some(header)
    }

    /// The sections below 64, in their order.
    fn ids(&self) -> impl Iterator<Item = u64> + use<> {
        let named = self.named;
        (1..u64::BITS.into()).filter(move |id| named >> id & 1 == 1)
    }

    /// A range of ascending numbers, each told as its distance from the one before.
    fn list(&mut self, bits: &mut Bits<'_>) -> Option<()> {
        let mut last = 0_u64;
        for _ in 0..bits.take(12)? {
            let is_group = bits.flag()?;
            let first = last.checked_add(fibonacci(bits)?)?;
            last = if is_group { first.checked_add(fibonacci(bits)?)? } else { first };
            (first..=last).take_while(|id| *id < u64::BITS.into()).for_each(|id| self.named |= 1 << id);
            if last >= u64::BITS.into() {
                self.beyond = last;
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

const TCF_EU: u64 = 2;
const US_PRIVACY: u64 = 6;

const LONGEST: usize = 4 * 1024;

#[cfg(test)]
mod tests;
