//! What the grammar lets come next (RFC 8259 sections 2 to 5).

/// What may come next, besides white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum Expect {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Colon,
    CommaOrEnd,
    Nothing,
}
