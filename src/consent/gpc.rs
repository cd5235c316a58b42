//! Global Privacy Control, the request header `Sec-GPC`.

use http::{HeaderMap, HeaderName};

use crate::lookup;

/// The name of the request header.
pub(crate) const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// Whether a request opts out.
///
/// Only the value `1` does, exactly as written, in any of the header's lines: the specification gives no other value a
/// meaning (Global Privacy Control, section "The `Sec-GPC` Header Field").
pub(crate) fn opts_out(headers: &HeaderMap) -> bool {
    lookup::lines(headers, &SEC_GPC).any(|value| value.as_bytes() == b"1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exactly_one_opts_out_in_any_line() {
        for (lines, out) in [
            (&["1"][..], true),
            (&["0", "1"], true),
            (&[], false),
            (&["0"], false),
            (&["true"], false),
            (&["1, 0"], false),
            (&["\"1\""], false),
            (&["11"], false),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("sec-gpc", line.parse().unwrap());
            }
            assert_eq!(opts_out(&headers), out, "{lines:?}");
        }
    }
}
