//! JSON strings as text and back (RFC 8259 section 7).

use std::borrow::Cow;

/// The text of a string token with its quotes, which has been checked; `None` where a surrogate stands alone, for then it
/// is no text.
pub(super) fn decode(token: &[u8]) -> Option<Cow<'_, str>> {
    let inner = std::str::from_utf8(token).ok()?.strip_prefix('"')?.strip_suffix('"')?;
    let Some(first) = memchr::memchr(b'\\', inner.as_bytes()) else { return Some(Cow::Borrowed(inner)) };
    let (plain, mut rest) = inner.split_at(first);
    let mut text = String::with_capacity(inner.len());
    text.push_str(plain);
    while let Some(escape) = rest.strip_prefix('\\') {
        let (letter, after) = escaped(escape)?;
        text.push(letter);
        let (plain, next) = after.split_at(memchr::memchr(b'\\', after.as_bytes()).unwrap_or(after.len()));
        text.push_str(plain);
        rest = next;
    }
    Some(Cow::Owned(text))
}

/// Appends a text as a JSON string: escaped is what must be.
pub(super) fn encode(text: &str, json: &mut Vec<u8>) {
    json.push(b'"');
    encode_inside(text, json);
    json.push(b'"');
}

/// Appends a part of a text as it stands inside of a JSON string.
pub(super) fn encode_inside(text: &str, json: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f)) {
        let (plain, after) = rest.split_at(at);
        json.extend_from_slice(plain);
        let Some((byte, after)) = after.split_first() else { return };
        match byte {
            b'\n' => json.extend_from_slice(b"\\n"),
            b'\r' => json.extend_from_slice(b"\\r"),
            b'\t' => json.extend_from_slice(b"\\t"),
            ..=0x1f => json.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            byte => json.extend_from_slice(&[b'\\', *byte]),
        }
        rest = after;
    }
    json.extend_from_slice(rest);
}

/// The character after a backslash, and what follows it.
fn escaped(escape: &str) -> Option<(char, &str)> {
    let (kind, after) = escape.split_at_checked(1)?;
    let letter = match kind {
        "b" => '\x08',
        "f" => '\x0c',
        "n" => '\n',
        "r" => '\r',
        "t" => '\t',
        "u" => {
            let (first, after) = unit(after)?;
            if !(0xd800..0xdc00).contains(&first) {
                return Some((char::from_u32(first.into())?, after));
            }
            let (second, after) = unit(after.strip_prefix("\\u")?)?;
            return Some((char::decode_utf16([first, second]).next()?.ok()?, after));
        }
        same => same.chars().next()?,
    };
    Some((letter, after))
}

fn unit(text: &str) -> Option<(u16, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_read_and_lone_surrogates_are_no_text() {
        for (token, text) in [
            (r#""plain""#, Some("plain")),
            (r#""fir\u0073t_name""#, Some("first_name")),
            (r#""\"\\\/\b\f\n\r\t""#, Some("\"\\/\x08\x0c\n\r\t")),
            (r#""a\uD83D\uDE00b""#, Some("a😀b")),
            (r#""\uD83D""#, None),
            (r#""\uD83Dx\uDE00""#, None),
            (r#""\uDE00""#, None),
        ] {
            assert_eq!(decode(token.as_bytes()).as_deref(), text, "{token}");
        }
    }

    proptest! {
        #[test]
        fn every_text_survives_the_way_out_and_back(text: String) {
            let mut json = Vec::new();
            encode(&text, &mut json);
            prop_assert_eq!(decode(&json), Some(Cow::Borrowed(text.as_str())));
            prop_assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), text);
        }
    }
}
