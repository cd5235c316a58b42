//! The sections of the United States: who opted out, and whether there is a child.
//!
//! Source of the rules: IAB Tech Lab, "US Privacy" (version 1), "US National" (versions 1 and 2), and of the states'
//! specifications version 1.

use std::ops::RangeInclusive;

use crate::consent::bits::Bits;

/// What a section of the United States says.
pub(super) struct Us {
    pub(super) is_doubtful: bool,
    /// Also as long as it is not known.
    pub(super) opted_out: bool,
    pub(super) gpc: bool,
    pub(super) child: bool,
}

impl Us {
    const UNREAD: Self = Self { is_doubtful: true, opted_out: true, gpc: false, child: false };

    /// Section 6: the version, notice, opt-out of sale and agreement, a character each.
    pub(super) fn of_privacy_string(section: &[u8]) -> Self {
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
    pub(super) fn of_section(id: u64, section: &[u8]) -> Self {
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

const US_NATIONAL: u64 = 7;

/// The type of a sub-section with a Global Privacy Control signal.
const GPC: u64 = 1;
