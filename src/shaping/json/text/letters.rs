//! How far a piece is UTF-8 (RFC 3629).

/// How many bytes at the beginning are whole letters, where the first one is the beginning of a letter.
pub(in crate::shaping::json) fn whole(bytes: &[u8]) -> usize {
    let end = bytes.len() - cut_off(bytes);
    let (whole, _) = bytes.split_at(end);
    match simdutf8::basic::from_utf8(whole) {
        Ok(_) => end,
        Err(_) => std::str::from_utf8(whole).map_or_else(|error| error.valid_up_to(), str::len),
    }
}

/// How many bytes at the end are the beginning of a letter.
fn cut_off(bytes: &[u8]) -> usize {
    let last = bytes.iter().rev().take(3).enumerate();
    let first_of_letter = last.into_iter().find(|(_, byte)| **byte & 0b1100_0000 != 0b1000_0000);
    match first_of_letter {
        Some((behind, byte)) if usize::try_from(byte.leading_ones()).is_ok_and(|length| length > behind + 1) => {
            behind + 1
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whole_letters_end_where_the_standard_library_says(
            text in "[aä€😀]{0,40}",
            wrong in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
            end in any::<prop::sample::Index>(),
            more in vec(any::<u8>(), 0..3),
        ) {
            let mut bytes = text.into_bytes();
            bytes.truncate(end.index(bytes.len() + 1));
            bytes.extend(more);
            if let (Some((at, byte)), false) = (wrong, bytes.is_empty()) {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let expected = std::str::from_utf8(&bytes).map_or_else(|error| error.valid_up_to(), str::len);
            prop_assert_eq!(whole(&bytes), expected);
        }
    }
}
