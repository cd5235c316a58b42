//! Who asks: a verified token, kept only as a pseudonym.

mod customer;

pub use customer::{CustomerId, Pseudonym, PseudonymKey};
