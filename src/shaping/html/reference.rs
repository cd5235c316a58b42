//! Character references (HTML standard, section 13.5), as far as they are needed to read a URL or a short text.

/// The text that is written with character references; `None` where it has one that is not known here. Of the named ones
/// those are known that text is escaped with.
pub(super) fn decode(written: &str) -> Option<String> {
    let (mut text, mut rest) = (String::with_capacity(written.len()), written);
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        rest = after;
        let end = after.find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '#')).unwrap_or(after.len());
        let (name, follows) = after.split_at_checked(end)?;
        match (name.strip_prefix('#'), follows.strip_prefix(';')) {
            _ if name.is_empty() => text.push('&'),
            (Some(number), Some(behind)) => {
                text.push(numbered(number)?);
                rest = behind;
            }
            (None, Some(behind)) => {
                text.push(named(name)?);
                rest = behind;
            }
            // A parameter of a URL: what is followed by `=` is no reference.
            (None, None) if follows.starts_with('=') => text.push('&'),
            _ => return None,
        }
    }
    text.push_str(rest);
    Some(text)
}

/// A text as it is written in an attribute or between tags.
pub(super) fn encode(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            _ => written.push(letter),
        }
    }
    written
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => return None,
    })
}

/// Of the numbers that browsers read otherwise than as they stand, none is known here.
fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|letter| *letter != '\r' && !matches!(letter, '\0' | '\u{80}'..='\u{9f}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_or_it_is_not() {
        for (written, text) in [
            ("a & b", Some("a & b")),
            ("/p?a=1&b=2", Some("/p?a=1&b=2")),
            ("/p?a=1&amp;b=2", Some("/p?a=1&b=2")),
            ("&#65;&#x42;&#X43;&apos;&quot;&lt;&gt;", Some("ABC'\"<>")),
            ("&copy=1", Some("&copy=1")),
            ("tom&", Some("tom&")),
            ("&eacute;", None),
            ("?a&copy", None),
            ("&#65", None),
            ("&#x110000;", None),
            ("&#128;", None),
            ("&#0;", None),
            ("&#;", None),
            ("&#+5;", None),
        ] {
            assert_eq!(decode(written).as_deref(), text, "{written}");
        }
        let text = "a<b>&\"c'";
        assert_eq!(decode(&encode(text)).as_deref(), Some(text));
    }
}
