//! The keys: `PREFIX{PSEUDONYM}`, the pseudonym as 32 hex digits. What stands in braces decides the slot in a cluster.

use std::sync::Arc;

use crc16::{State, XMODEM};

use crate::identity::Pseudonym;

/// How the keys of a store are called.
#[derive(Clone, Debug)]
pub(super) struct Keys(Arc<str>);

impl Keys {
    pub(super) fn new(prefix: &str) -> Self {
        Self(prefix.into())
    }

    /// Where a customer is kept.
    pub(super) fn of(&self, customer: Pseudonym) -> String {
        format!("{}{{{customer}}}", self.0)
    }

    /// Who is kept there, if anybody.
    pub(super) fn customer(&self, key: &[u8]) -> Option<Pseudonym> {
        let digits = key.strip_prefix(self.0.as_bytes())?.strip_prefix(b"{")?.strip_suffix(b"}")?;
        let digits = <&[u8; 32]>::try_from(digits).ok()?;
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Pseudonym::from_bytes(bytes))
    }

    /// What all customers' keys begin with, and no other.
    pub(super) fn tracked(&self) -> String {
        format!("{}{{", self.0)
    }

    /// A key by which the master of a slot is asked whether it is one. Not among those that are tracked.
    pub(super) fn beat(&self, slot: u16) -> String {
        self.beside("beat", slot)
    }

    /// A key that one node has while it sweeps the master of a slot.
    pub(super) fn sweeping(&self, slot: u16) -> String {
        self.beside("sweeping", slot)
    }

    fn beside(&self, what: &str, wanted: u16) -> String {
        let tags = (0_u32..).map(|number| number.to_string());
        let tag = tags.into_iter().find(|tag| slot_of(tag.as_bytes()) == wanted).unwrap_or_default();
        format!("{}{what}:{{{tag}}}", self.0)
    }
}

/// The slot of a customer.
pub(super) fn slot(customer: Pseudonym) -> u16 {
    slot_of(customer.to_string().as_bytes())
}

fn slot_of(tag: &[u8]) -> u16 {
    State::<XMODEM>::calculate(tag) % SLOTS
}

/// How many slots a cluster has.
pub(super) const SLOTS: u16 = 16_384;

/// Whether this can be what keys begin with: braces would decide the slot, and stars would match others' keys.
pub(super) fn is_prefix(prefix: &str) -> bool {
    prefix.len() <= 64 && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":._-/".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_leads_back_to_its_customer_and_no_other_does() {
        let (keys, anna) = (Keys::new("shop:"), Pseudonym::from_bytes([0xab; 16]));
        let key = keys.of(anna);
        assert_eq!(key, "shop:{abababababababababababababababab}");
        assert_eq!(keys.customer(key.as_bytes()), Some(anna));
        assert!(key.starts_with(&keys.tracked()));
        for other in [&key[1..], &key[..key.len() - 1], "shop:{zz}", "shop:beat:{1}", "", "shop:{\u{e9}\u{e9}}"] {
            assert_eq!(keys.customer(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(slot_of(b"123456789"), 0x31c3);
        for wanted in [0, 1, 8_000, SLOTS - 1] {
            let key = Keys::new("a:").beat(wanted);
            let tag = key.split(['{', '}']).nth(1).unwrap();
            assert_eq!(slot_of(tag.as_bytes()), wanted);
            assert!(!key.starts_with("a:{"));
        }
    }

    #[test]
    fn a_prefix_has_nothing_in_it_that_means_something() {
        assert!(is_prefix("rapport:") && is_prefix("") && is_prefix("shop.eu/live_1-"));
        assert!(!is_prefix("a{b}") && !is_prefix("a*") && !is_prefix("a b") && !is_prefix(&"a".repeat(65)));
    }
}
