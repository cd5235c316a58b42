//! Writes the strings of consent frameworks as a consent management platform does, from the tables of their specifications.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;

/// A TC string of TCF 2.3 for one service, made at an instant: with a PublisherTC segment that grants these standard purposes, and
/// of the publisher's own two those.
pub(crate) fn tc_string(made: Timestamp, purposes: &[u8], own: &[u8]) -> String {
    let numbers =
        |numbers: &[u8], of: u8| (1..=of).map(|number| u64::from(numbers.contains(&number))).collect::<Vec<_>>();
    let made = u64::try_from(made.as_millisecond() / 100).unwrap();
    let mut core = Bits::default();
    // Version, made, changed; platform, its version, screen, language, list.
    core.add(2, 6).add(made, 36).add(made, 36).add(300, 12).add(1, 12).add(1, 6).add(4 << 6 | 13, 12).add(100, 12);
    // Policy, service-specific, other stacks, special features; purposes of vendors; purpose 1, country.
    core.add(5, 6).add(1, 1).add(0, 1).add(0, 12).add(0, 24).add(0, 24).add(0, 1).add(3 << 6 | 4, 12);
    // No vendor, no restriction.
    core.add(0, 17).add(0, 17).add(0, 12);
    let mut publisher = Bits::default();
    publisher.add(3, 3);
    for bit in numbers(purposes, 24) {
        publisher.add(bit, 1);
    }
    publisher.add(0, 24).add(2, 6);
    for bit in numbers(own, 2) {
        publisher.add(bit, 1);
    }
    publisher.add(0, 2);
    format!("{}.{}", core.written(), publisher.written())
}

/// A GPP string with the section of California: opt-outs of sale and sharing, and what is known of children.
pub(crate) fn gpp_string(opt_outs: [u64; 2], children: [u64; 2]) -> String {
    let mut section = Bits::default();
    section
        .add(1, 6)
        .add(0, 6)
        .add(opt_outs[0], 2)
        .add(opt_outs[1], 2)
        .add(0, 18)
        .add(children[0], 2)
        .add(children[1], 2);
    // Section 8 alone: one entry, by itself, 8 in Fibonacci coding.
    let mut header = Bits::default();
    header.add(3, 6).add(1, 6).add(1, 12).add(0, 1).add(0b000_011, 6);
    format!("{}~{}", header.written(), section.add(0, 8).written())
}

#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn add(&mut self, number: u64, width: usize) -> &mut Self {
        self.0.extend((0..width).rev().map(|at| number >> at & 1 == 1));
        self
    }

    fn written(&self) -> String {
        let byte = |bits: &[bool]| bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << (7 - at));
        URL_SAFE_NO_PAD.encode(self.0.chunks(8).map(byte).collect::<Vec<u8>>())
    }
}
