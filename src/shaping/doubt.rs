//! Why an answer cannot be shaped.

use std::{error, fmt};

/// Why an answer cannot be shaped, and where. It carries nothing of the answer.
///
/// What has left until then may be shown; what follows may not. See the example of [`DoubtKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubt {
    kind: DoubtKind,
    offset: u64,
}

/// The kinds of doubt.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::shaping::{DoubtKind, json::{JsonPlan, JsonShaper, Limits}};
///
/// let mut shaper = JsonShaper::new(Arc::new(JsonPlan::new([], None)), Limits::default());
/// let mut out = Vec::new();
/// let doubt = shaper.write(b"{\"a\": 1,, \"b\": 2}", &mut out).unwrap_err();
/// assert_eq!((doubt.kind(), doubt.offset(), doubt.kind().as_str()), (DoubtKind::Syntax, 8, "syntax"));
/// assert_eq!(out, b"{\"a\": 1,", "a prefix of an allowed answer");
/// assert_eq!(shaper.end(&mut out), Err(doubt), "and nothing more");
/// ```
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
    /// What must be seen whole before it can leave (a key, white space before a value, an item with templates) is larger
    /// than the limit.
    TooLarge,
    /// The document ends before it is complete.
    CutShort,
    /// Something other than white space follows the document.
    Trailing,
    /// What stands around the documents of a stream is not what keeps them apart.
    Framing,
    /// The bytes are not what their content coding says, or go on after its end.
    Encoding,
    /// The bytes unfold to far too much.
    Bomb,
    /// Tags of HTML do not fit together, or browsers understand them in more than one way.
    Markup,
    /// A page does not say that it is UTF-8.
    Charset,
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
            Self::Framing => "framing",
            Self::Encoding => "encoding",
            Self::Bomb => "bomb",
            Self::Markup => "markup",
            Self::Charset => "charset",
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
        let at = self.offset;
        match self.kind {
            DoubtKind::Empty => write!(f, "no document in {at} bytes"),
            DoubtKind::ByteOrderMark => f.write_str("a byte order mark before the document"),
            DoubtKind::Syntax => write!(f, "not JSON, at byte {at}"),
            DoubtKind::Utf8 => write!(f, "not UTF-8, at byte {at}"),
            DoubtKind::TooDeep => write!(f, "nested deeper than `limits.depth`, at byte {at}"),
            DoubtKind::TooLarge => write!(f, "more than `limits.item` has to be kept, near byte {at}"),
            DoubtKind::CutShort => write!(f, "cut short after {at} bytes"),
            DoubtKind::Trailing => write!(f, "more after the end of the document, at byte {at}"),
            DoubtKind::Framing => write!(f, "neither a document nor what stands around one, at byte {at}"),
            DoubtKind::Encoding => write!(f, "not encoded as `content-encoding` says, at encoded byte {at}"),
            DoubtKind::Bomb => write!(f, "unfolds to more than 200 times its size, at encoded byte {at}"),
            DoubtKind::Markup => write!(f, "tags that do not close what was opened last, near byte {at}"),
            DoubtKind::Charset => f.write_str("a page that does not say that it is UTF-8"),
        }
    }
}

impl error::Error for Doubt {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_says_what_and_where() {
        for (kind, text) in [
            (DoubtKind::Empty, "no document in 3 bytes"),
            (DoubtKind::ByteOrderMark, "a byte order mark before the document"),
            (DoubtKind::Syntax, "not JSON, at byte 3"),
            (DoubtKind::Utf8, "not UTF-8, at byte 3"),
            (DoubtKind::TooDeep, "nested deeper than `limits.depth`, at byte 3"),
            (DoubtKind::TooLarge, "more than `limits.item` has to be kept, near byte 3"),
            (DoubtKind::CutShort, "cut short after 3 bytes"),
            (DoubtKind::Trailing, "more after the end of the document, at byte 3"),
            (DoubtKind::Framing, "neither a document nor what stands around one, at byte 3"),
            (DoubtKind::Encoding, "not encoded as `content-encoding` says, at encoded byte 3"),
            (DoubtKind::Bomb, "unfolds to more than 200 times its size, at encoded byte 3"),
            (DoubtKind::Markup, "tags that do not close what was opened last, near byte 3"),
            (DoubtKind::Charset, "a page that does not say that it is UTF-8"),
        ] {
            assert_eq!(Doubt::new(kind, 3).to_string(), text);
        }
    }
}
