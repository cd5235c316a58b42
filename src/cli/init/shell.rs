//! How the name of a file is written for a shell.

/// The name as one word of a POSIX shell, which no command takes for an option.
pub(super) fn word(file: &str) -> String {
    let file = if file.starts_with('-') { format!("./{file}") } else { file.to_owned() };
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+:@%".contains(letter);
    if !file.is_empty() && file.chars().all(is_plain) {
        return file;
    }
    // Between single quotes nothing has a meaning but the next one.
    format!("'{}'", file.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_otherwise_is_quoted() {
        for plain in ["rapport.toml", "../a-b/rapport_2.toml", "/etc/rapport/v1.2+x@y:z%.toml"] {
            assert_eq!(word(plain), plain);
        }
        for (file, written) in [
            ("my policy.toml", "'my policy.toml'"),
            ("~/a", "'~/a'"),
            ("a*", "'a*'"),
            ("#a", "'#a'"),
            ("a=b", "'a=b'"),
            ("größe", "'größe'"),
            ("it's", r"'it'\''s'"),
            ("a\nb", "'a\nb'"),
            ("", "''"),
            ("-a", "./-a"),
        ] {
            assert_eq!(word(file), written);
        }
    }
}
