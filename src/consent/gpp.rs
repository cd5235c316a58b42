//! GPP strings: the sections of several frameworks in one string, as a consent management platform of the IAB Global
//! Privacy Platform writes it.
//!
//! Source of the rules: IAB Tech Lab, "Global Privacy Platform String" (header, Fibonacci ranges), "US Privacy" (version 1), and
//! of the sections' specifications "US National" (versions 1 and 2) and those of the states (version 1).
//!
//! A header names the sections in their order, and `~` parts them. Read are 2 (a TC string) and those of the United States, 6 to 27;
//! 1 and 3 to 5 say nothing of opt-outs. What the sections of the United States say can only take away. Where anything in a string
//! is doubtful, what can be read of it takes away, and nothing of it gives; and where an opt-out may stand that cannot be read, it
//! counts as one.

use std::ops::RangeInclusive;

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

/// What a section of the United States says.
struct Us {
    is_doubtful: bool,
    /// Also as long as it is not known.
    opted_out: bool,
    gpc: bool,
    child: bool,
}

impl Us {
    const UNREAD: Self = Self { is_doubtful: true, opted_out: true, gpc: false, child: false };

    /// Section 6: the version, notice, opt-out of sale and agreement, a character each.
    fn of_privacy_string(section: &[u8]) -> Self {
        let is_told = |letter: &u8| matches!(letter, b'Y' | b'N' | b'-');
        match section {
            [b'1', said @ ..] if said.len() == 3 && said.iter().all(is_told) => {
                Self { is_doubtful: false, opted_out: said.get(1) == Some(&b'Y'), ..Self::UNREAD }
            }
            _ => Self::UNREAD,
        }
    }

    /// Another one: a core, and perhaps sub-sections, of which one may tell of a Global Privacy Control signal. Some have a header of
    /// their own before the core.
    fn of_section(id: u64, section: &[u8]) -> Self {
        let mut us = Self::UNREAD;
        let mut parts = section.split(|byte| *byte == b'.');
        let mut next = || Bits::new(parts.next().unwrap_or_default());
        let mut first = next();
        let is_headed = HEADED.contains(&id) && first.clone().take(6) == Some(id);
        // What it tells of the sub-sections makes no difference here.
        if is_headed && first.take(12) != Some(id << 6 | 1) {
            return us;
        }
        let mut core = if is_headed { next() } else { first };
        us.is_doubtful = us.core(id, is_headed, &mut core).is_none() || !core.is_over();
        for part in parts {
            let mut bits = Bits::new(part);
            let signal = if bits.take(2) == Some(GPC) { bits.flag() } else { None };
            let is_read = signal.is_some() && bits.is_over();
            us.gpc |= signal == Some(true) && (is_read || !has_sensitive_part(id));
            us.is_doubtful |= !is_read && !has_sensitive_part(id);
        }
        us
    }

    /// The core: after its version, or behind a header that of an agreement, fields of two bits.
    fn core(&mut self, id: u64, is_headed: bool, bits: &mut Bits<'_>) -> Option<()> {
        let is_longer = bits.has(VERSION_2_BITS);
        let version = bits.take(6)?;
        let Fields(before, opt_outs, sensitive, children, after) = match (id, version) {
            // Version 2 has more kinds of sensitive data, and one more age. The public implementations write it with a 1, too, and
            // know it by its length.
            (US_NATIONAL, 1) if !is_longer => Fields(6, 3, 12, 2, 4),
            (US_NATIONAL, 1 | 2) => Fields(6, 3, 16, 3, 4),
            (id, version) if version == 1 || is_headed => of_state(id)?,
            _ => return None,
        };
        bits.skip(before * 2)?;
        let mut opted_out = false;
        for _ in 0..opt_outs {
            // 1 for an opt-out and 2 for none. There is no 3; in doubt it is one, too.
            opted_out |= matches!(bits.take(2)?, 1 | 3);
        }
        self.opted_out = opted_out;
        bits.skip(sensitive * 2)?;
        for _ in 0..children {
            // There is a child as soon as it is not 0: 1 and 2 tell whether somebody consented.
            self.child |= bits.take(2)? != 0;
        }
        bits.skip(after * 2)
    }
}

/// How many fields a core has: those before the opt-outs (notices, and in some the agreement of the parties), opt-outs of sale, sharing
/// and targeted advertising, sensitive data, known children, and those after them.
struct Fields(usize, usize, usize, usize, usize);

/// The fields of a state's section.
fn of_state(id: u64) -> Option<Fields> {
    Some(match id {
        // California.
        8 => Fields(3, 2, 9, 2, 4),
        // Virginia.
        9 => Fields(3, 2, 8, 1, 3),
        // Colorado.
        10 => Fields(3, 2, 7, 1, 3),
        // Utah, Iowa.
        11 | 18 => Fields(4, 2, 8, 1, 3),
        // Connecticut.
        12 => Fields(3, 2, 8, 3, 3),
        // Florida, Montana, New Hampshire.
        13 | 14 | 20 => Fields(3, 2, 8, 3, 4),
        // Oregon.
        15 => Fields(3, 2, 11, 3, 4),
        // Texas, Nebraska, Tennessee, Minnesota.
        16 | 19 | 22 | 23 => Fields(3, 2, 8, 1, 4),
        // Delaware.
        17 => Fields(3, 2, 9, 5, 4),
        // New Jersey.
        21 => Fields(3, 2, 10, 5, 4),
        // Maryland.
        24 => Fields(5, 2, 0, 0, 1),
        // Indiana, Kentucky, Rhode Island.
        25..=27 => Fields(5, 2, 0, 1, 1),
        _ => return None,
    })
}

/// Whether sensitive data stand in a sub-section of their own, which tells nothing here.
fn has_sensitive_part(id: u64) -> bool {
    matches!(id, 25..=27)
}

/// The sections that have a header of their own. (Some writers leave it out.)
const HEADED: RangeInclusive<u64> = 24..=27;

/// How long the core of version 2 is.
const VERSION_2_BITS: usize = 70;

const TCF_EU: u64 = 2;
const US_PRIVACY: u64 = 6;
const US_NATIONAL: u64 = 7;

/// The type of a sub-section with a Global Privacy Control signal.
const GPC: u64 = 1;

const LONGEST: usize = 4 * 1024;

#[cfg(test)]
mod tests;
