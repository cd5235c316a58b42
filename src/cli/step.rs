//! How a path is written.

/// A member's step of a path (RFC 9535 section 2.5.1).
pub(super) fn step(name: &str) -> String {
    let is_short = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_short {
        return format!(".{name}");
    }
    let escaped: String = name.chars().flat_map(escape).collect();
    format!("['{escaped}']")
}

/// A letter between single quotes.
fn escape(letter: char) -> Vec<char> {
    match letter {
        '\'' | '\\' => vec!['\\', letter],
        control if control < ' ' => format!("\\u{:04x}", u32::from(control)).chars().collect(),
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_name_is_quoted() {
        assert_eq!([step("a_1"), step("it's"), step("1"), step("\n")], [".a_1", "['it\\'s']", "['1']", "['\\u000a']"]);
    }
}
