//! TC strings, written as the tables of the specification order their bits.

mod cost;
mod counts;
mod published;
mod shape;
mod tables;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::*;

const NOW: &str = "2026-11-22T12:00:00Z";
const VALID_FOR: SignedDuration = SignedDuration::from_hours(24 * 390);

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn deciseconds(instant: &str) -> u64 {
    u64::try_from(at(instant).as_millisecond() / 100).unwrap()
}

fn numbers(purposes: TcfPurposes) -> (Vec<u8>, Vec<u8>) {
    (purposes.standard().collect(), purposes.custom().collect())
}

/// A list of vendors as it is written: the highest, and a bit for each or ranges.
#[derive(Clone, Debug)]
enum Vendors {
    Bits(Vec<bool>),
    Ranges(Ranges),
}

type Ranges = Vec<(u16, Option<u16>)>;

/// All fields of a string.
#[derive(Clone, Debug)]
pub(in crate::consent) struct Fields {
    version: u64,
    created: u64,
    last_updated: u64,
    policy_version: u64,
    is_service_specific: bool,
    consent: u64,
    interest: u64,
    vendors: [Vendors; 2],
    restrictions: Vec<(u64, u64, Ranges)>,
    publisher: Option<(u64, u64, Vec<bool>, Vec<bool>)>,
    disclosed: Option<Vendors>,
    allowed: Option<Vendors>,
}

/// Bits as the tables of the specification order them.
#[derive(Default)]
struct Writer(Vec<bool>);

impl Writer {
    fn number(&mut self, number: u64, width: usize) -> &mut Self {
        self.0.extend((0..width).rev().map(|at| number >> at & 1 == 1));
        self
    }

    fn bits(&mut self, bits: &[bool]) -> &mut Self {
        self.0.extend(bits);
        self
    }

    fn vendors(&mut self, vendors: &Vendors) -> &mut Self {
        match vendors {
            Vendors::Bits(bits) => self.number(bits.len() as u64, 16).number(0, 1).bits(bits),
            Vendors::Ranges(ranges) => self.number(u64::from(u16::MAX), 16).number(1, 1).ranges(ranges),
        }
    }

    fn ranges(&mut self, ranges: &[(u16, Option<u16>)]) -> &mut Self {
        self.number(ranges.len() as u64, 12);
        for (first, last) in ranges {
            self.number(last.is_some().into(), 1).number((*first).into(), 16);
            if let Some(last) = last {
                self.number((*last).into(), 16);
            }
        }
        self
    }

    fn written(&self) -> String {
        let bytes: Vec<u8> = self
            .0
            .chunks(8)
            .map(|bits| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at)))
            .collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl Fields {
    fn core(&self) -> String {
        let mut core = Writer::default();
        core.number(self.version, 6).number(self.created, 36).number(self.last_updated, 36);
        core.number(300, 12).number(7, 12).number(1, 6).number(4 << 6 | 13, 12).number(100, 12);
        core.number(self.policy_version, 6).number(self.is_service_specific.into(), 1).number(0, 1).number(0xfff, 12);
        core.number(self.consent, 24).number(self.interest, 24).number(1, 1).number(3 << 6 | 4, 12);
        core.vendors(&self.vendors[0]).vendors(&self.vendors[1]);
        core.number(self.restrictions.len() as u64, 12);
        for (purpose, kind, ranges) in &self.restrictions {
            core.number(*purpose, 6).number(*kind, 2).ranges(ranges);
        }
        core.written()
    }

    fn segments(&self) -> Vec<String> {
        let vendors = |kind, vendors: &Vendors| Writer::default().number(kind, 3).vendors(vendors).written();
        let disclosed = self.disclosed.as_ref().map(|list| vendors(1, list));
        let allowed = self.allowed.as_ref().map(|list| vendors(2, list));
        let publisher = self.publisher.as_ref().map(|(consent, interest, own_consent, own_interest)| {
            let mut segment = Writer::default();
            segment.number(3, 3).number(*consent, 24).number(*interest, 24).number(own_consent.len() as u64, 6);
            segment.bits(own_consent).bits(own_interest).written()
        });
        [disclosed, allowed, publisher].into_iter().flatten().collect()
    }

    pub(in crate::consent) fn written(&self) -> String {
        [vec![self.core()], self.segments()].concat().join(".")
    }
}

/// A string of today that grants purposes 1, 5 and 6, and of the publisher's own two the first.
fn good() -> Fields {
    granting(NOW, &[1, 5, 6])
}

/// A string that was made at this instant and grants these purposes, and of the publisher's own two the first.
pub(in crate::consent) fn granting(made: &str, purposes: &[u64]) -> Fields {
    let bits = |numbers: &[u64]| numbers.iter().fold(0, |bits, number| bits | 1 << (24 - number));
    Fields {
        version: 2,
        created: deciseconds(made),
        last_updated: deciseconds(made),
        policy_version: 5,
        is_service_specific: true,
        consent: bits(&[2]),
        interest: 0,
        vendors: [Vendors::Bits(vec![true; 10]), Vendors::Ranges(vec![(3, Some(9)), (12, None)])],
        restrictions: vec![(2, 1, vec![(7, None)])],
        publisher: Some((bits(purposes), 0, vec![true, false], vec![false, false])),
        disclosed: Some(Vendors::Bits(vec![true; 20])),
        allowed: None,
    }
}

fn says(fields: &Fields, segment: Segment) -> Result<TcfSays, TcError> {
    TcString::read(fields.written().as_bytes())?.says(segment, VALID_FOR, at(NOW))
}
