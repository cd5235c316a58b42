//! Names of query parameters, as the least strict of readers compares them.

use std::iter;

use percent_encoding::percent_decode_str;

/// The parameters of a query, each as it is written, and its value. Some services part them at `;` too (HTML 4.01 appendix
/// B.2.2).
pub(crate) fn all(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split(['&', ';']).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Whether a name, as it is written in a query, may be read as this one: percent-decoded, `+` for a space (URL Standard,
/// `application/x-www-form-urlencoded`). Some readers do not mind case (ASP.NET); one reads a dot, a space or an open bracket as
/// `_`, and a bracket that is closed or a zero as the end of the name (PHP). Takes no memory.
pub(crate) fn is_named(written: &str, name: &str) -> bool {
    let spaced = written
        .split('+')
        .enumerate()
        .flat_map(|(place, part)| iter::once(b' ').take(usize::from(place > 0)).chain(percent_decode_str(part)));
    let mut letters = spaced.skip_while(|byte| *byte == b' ');
    let same = |byte: u8| if matches!(byte, b'.' | b' ' | b'[') { b'_' } else { byte.to_ascii_lowercase() };
    let begins_so = name.bytes().all(|byte| letters.next().is_some_and(|letter| same(letter) == same(byte)));
    begins_so && letters.next().is_none_or(|letter| matches!(letter, b'[' | 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_in_many_ways() {
        for written in [
            "user_id",
            "USER_ID",
            "%75ser%5Fid",
            "user.id",
            "user id",
            "user+id",
            "+user_id",
            "%20user_id",
            "user[id",
            "user%5Bid",
            "user_id[]",
            "user_id%5Ba%5D",
            "user_id%00x",
        ] {
            assert!(is_named(written, "user_id"), "{written}");
        }
        for written in ["", "user", "user_id2", "xuser_id", "user%2Bid", "userid", "x[user_id]", "user_id+", "%zz"] {
            assert!(!is_named(written, "user_id"), "{written}");
        }
        assert!(is_named("[method", "_method") && is_named("user%20id", "user id"));
    }
}
