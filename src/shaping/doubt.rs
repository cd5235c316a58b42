//! Why an answer cannot be shaped.

use std::{error, fmt};

/// Why an answer cannot be shaped, and where. It carries nothing of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    kind: DoubtKind,
    offset: u64,
}

/// The kinds of doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DoubtKind {
    /// There is no document: nothing, or only white space.
    Empty,
    /// The document begins with a byte order mark (RFC 8259 section 8.1).
    ByteOrderMark,
    /// A byte breaks the grammar of JSON.
    Syntax,
    /// A text is not UTF-8.
    Utf8,
    /// Arrays and objects stand in each other deeper than the limit.
    TooDeep,
    /// What must be seen whole before it can leave is larger than the limit.
    TooLarge,
    /// The document ends before it is complete.
    CutShort,
    /// Something other than white space follows the document.
    Trailing,
}

impl Doubt {
    pub(crate) fn new(kind: DoubtKind, offset: u64) -> Self {
        Self { kind, offset }
    }

    /// What is the matter.
    pub fn kind(&self) -> DoubtKind {
        self.kind
    }

    /// How many bytes of the answer were read without doubt; with [`DoubtKind::TooLarge`] about as many.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl DoubtKind {
    /// A stable word, for the label of a metric.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::ByteOrderMark => "byte_order_mark",
            Self::Syntax => "syntax",
            Self::Utf8 => "utf8",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::CutShort => "cut_short",
            Self::Trailing => "trailing",
        }
    }
}

impl fmt::Display for DoubtKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.kind {
            DoubtKind::Empty => "no document",
            DoubtKind::ByteOrderMark => "a byte order mark before the document",
            DoubtKind::Syntax => "no JSON",
            DoubtKind::Utf8 => "a text that is not utf-8",
            DoubtKind::TooDeep => "deeper than `limits.depth`",
            DoubtKind::TooLarge => "a key, a run of white space or an item larger than `limits.item`",
            DoubtKind::CutShort => "the end comes before the document is complete",
            DoubtKind::Trailing => "something follows the document",
        };
        write!(f, "{reason}, at byte {}", self.offset)
    }
}

impl error::Error for Doubt {}
