//! Who asks: a verified token or a visitor's cookie, kept only as a pseudonym.
//!
//! A token comes in a header or a cookie ([`TokenSource`]), is checked against the keys of the policy ([`KeySet`]) and
//! its rules ([`TokenRules`]) by a [`Verifier`], and becomes an [`Identity`]: the customer's pseudonym and the few claims
//! that the layer reads. A token that fails is a stranger's, and its [`TokenError`] a word for a counter; it is never an
//! error of the request. People without a token may be known again by a signed cookie ([`Visitors`]). Nothing here keeps or
//! prints a token, a cookie or a customer's id.

mod algorithm;
mod birthdate;
mod carrier;
mod claims;
mod customer;
mod jwk;
#[cfg(feature = "jwks")]
mod jwks;
mod keys;
mod refusal;
mod token;
mod uniform;
mod visitor;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use birthdate::Birthdate;
pub use carrier::{TokenSource, UnknownCarrier};
pub(crate) use carrier::{find_token, is_in_header};
pub use claims::{ClaimNames, Identity, TokenRules};
pub use customer::{CustomerId, Pseudonym, PseudonymKey};
#[cfg(feature = "jwks")]
pub use jwks::{JwksError, JwksErrorKind, JwksSource};
pub use keys::{Key, KeyError, KeyErrorKind, KeySet};
pub use refusal::TokenError;
pub use token::Verifier;
pub(crate) use uniform::Uniform;
pub use visitor::{Visitor, VisitorError, Visitors};
