//! Entity tags of shaped answers, and whether a client has one of them already.
//!
//! The service's own tag does not leave where a plan hides anything: it may be a hash of the body that came, with which a
//! reader could test guesses of what is hidden. The tag of a shaped answer is a hash of the bytes that leave, which its reader
//! has anyway. The hash is keyed, so that a tag in the log of some proxy, where the body is not, tells no more: without the
//! key nobody can test whether a body that they make up has that tag.
//!
//! Tags are weak (RFC 9110 section 8.8.1). What would need a strong one (ranges, `If-Match`) is not offered for shaped
//! answers, and a compression layer further out, which makes other bytes of the same content, is right to leave a weak
//! one as it is.

use bytes::Bytes;
use highway::{HighwayHash, HighwayHasher, Key};
use http::HeaderValue;

/// Makes tags. Nodes with one `pseudonym_secret` make the same.
// By HighwayHash (Alakuijala, Cox and Wassenberg, arXiv 1612.06257), with 128 bits. It is less studied than BLAKE3 and SipHash-1-3,
// but for 12 KiB they take four and nearly three times as long, and the latter a third of the time that shaping takes.
#[derive(Clone)]
pub(crate) struct TagKey([u64; 4]);

impl TagKey {
    /// A key of tags.
    pub(crate) fn new(key: [u8; 32]) -> Self {
        let mut words = [0; 4];
        let (bytes, _) = key.as_chunks();
        words.iter_mut().zip(bytes).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        Self(words)
    }

    /// The tag of all that is among `parts`; where one ends counts too.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> HeaderValue {
        let mut hash = HighwayHasher::new(Key(self.0));
        for part in parts {
            hash.append(&(part.len() as u64).to_le_bytes());
            hash.append(part);
        }
        let hash = hash.finalize128().map(u64::to_be_bytes);
        let digit = |four: u8| HEX.get(usize::from(four)).copied().unwrap_or_default();
        let mut tag = Vec::with_capacity(36);
        tag.extend_from_slice(b"W/\"");
        tag.extend(hash.as_flattened().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
        tag.push(b'"');
        HeaderValue::from_maybe_shared(Bytes::from(tag)).unwrap_or(HeaderValue::from_static("W/\"\""))
    }
}

/// Whether `If-None-Match` names a tag: by weak comparison, over all its lines, or by `*` (RFC 9110 sections 8.8.3.2 and
/// 13.1.2). What stands behind something that is no tag does not count.
pub(crate) fn is_among<'a>(tag: &HeaderValue, lines: impl IntoIterator<Item = &'a HeaderValue>) -> bool {
    let Some(tag) = opaque(tag.as_bytes()).map(|(tag, _)| tag) else { return false };
    lines.into_iter().any(|line| {
        let mut rest = line.as_bytes();
        loop {
            rest = rest.trim_ascii_start();
            if let Some(after) = rest.strip_prefix(b",") {
                rest = after;
            } else if rest.trim_ascii_end() == b"*" {
                return true;
            } else {
                match opaque(rest) {
                    Some((one, _)) if one == tag => return true,
                    Some((_, after)) => rest = after,
                    None => return false,
                }
            }
        }
    })
}

/// Whether a list may name a tag that [`TagKey`] made.
pub(crate) fn may_be_ours<'a>(lines: impl IntoIterator<Item = &'a HeaderValue>) -> bool {
    let is_ours = |tag: &[u8]| tag.len() == 32 && tag.iter().all(u8::is_ascii_hexdigit);
    lines.into_iter().any(|line| line.as_bytes().split(|byte| *byte == b'"').any(is_ours))
}

/// What stands between the quotes of a tag, and what follows it.
fn opaque(tag: &[u8]) -> Option<(&[u8], &[u8])> {
    let tag = tag.strip_prefix(b"W/").unwrap_or(tag).strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', tag)?;
    Some((tag.get(..end)?, tag.get(end + 1..)?))
}

const HEX: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_by_weak_comparison_in_any_list() {
        let tag = HeaderValue::from_static("W/\"a\"");
        for (lines, found) in [
            (&["\"a\""][..], true),
            (&["W/\"a\""], true),
            (&["\"b\", W/\"a\""], true),
            (&["\"b\"", "\"c\",\"a\""], true),
            (&[" , ,\"a\" "], true),
            (&["\"x,\", \"a\""], true),
            (&["*"], true),
            (&[" * "], true),
            (&["\"b\""], false),
            (&["\"A\""], false),
            (&["\"aa\""], false),
            (&["a"], false),
            (&["w/\"a\""], false),
            (&["\"b, \"a\""], false),
            (&["nonsense, \"a\""], false),
            (&["\"a"], false),
            (&["**"], false),
            (&[""], false),
            (&[], false),
        ] {
            let values: Vec<_> = lines.iter().copied().map(HeaderValue::from_static).collect();
            assert_eq!(is_among(&tag, &values), found, "{lines:?}");
        }
        assert!(is_among(&HeaderValue::from_static("\"a\""), &[HeaderValue::from_static("W/\"a\"")]));
        assert!(!is_among(&HeaderValue::from_static("a"), &[HeaderValue::from_static("*")]));
    }

    #[test]
    fn another_key_another_byte_and_another_border_make_another_tag() {
        let (key, other) = (TagKey::new([1; 32]), TagKey::new([2; 32]));
        let tag = key.tag(&[b"ab", b"c"]);
        assert_eq!(tag, key.tag(&[b"ab", b"c"]));
        assert_eq!((tag.len(), &tag.as_bytes()[..3]), (36, &b"W/\""[..]));
        assert!(may_be_ours([&HeaderValue::from_static("\"v1\""), &tag]));
        assert!(!may_be_ours(&[HeaderValue::from_static("\"v1\", W/\"0123\"")]));
        for different in [key.tag(&[b"a", b"bc"]), key.tag(&[b"ab", b"d"]), other.tag(&[b"ab", b"c"])] {
            assert_ne!(tag, different);
        }
    }
}
