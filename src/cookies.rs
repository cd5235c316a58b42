//! The cookies of a request: reading them, and taking some of them out.

use http::{HeaderMap, HeaderValue, header::COOKIE};

/// Name and value of every cookie, from all lines: HTTP/2 may cut the header at any `;` (RFC 9113 section 8.2.3).
pub(crate) fn all(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers.get_all(COOKIE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';')).filter_map(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (pair.get(..at)?.trim_ascii(), pair.get(at + 1..)?.trim_ascii());
        // RFC 6265 section 4.1.1: a value may stand in quotes.
        let bare = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        Some((name, bare.unwrap_or(value)))
    })
}

/// Takes out every cookie that has one of these names (compared exactly), from all lines. The others stay as they are
/// written; a line that had none but these goes.
pub(crate) fn take_out(headers: &mut HeaderMap, names: &[&str]) {
    if names.is_empty() {
        return;
    }
    let lines: Vec<HeaderValue> = headers.get_all(COOKIE).iter().filter_map(|line| without(line, names)).collect();
    headers.remove(COOKIE);
    for line in lines {
        headers.append(COOKIE, line);
    }
}

/// What is left of a line.
fn without(line: &HeaderValue, names: &[&str]) -> Option<HeaderValue> {
    let pairs: Vec<&[u8]> = line.as_bytes().split(|byte| *byte == b';').collect();
    let (mut left, mut rest) = (Vec::new(), pairs.as_slice());
    while let Some((pair, others)) = rest.split_first() {
        let (name, value) = parts(pair);
        rest = others;
        if names.iter().any(|hidden| hidden.as_bytes() == name) {
            let quoted = if is_open(value) {
                others.iter().position(|part| part.trim_ascii_end().ends_with(b"\""))
            } else {
                None
            };
            rest = quoted.and_then(|end| others.get(end + 1..)).unwrap_or(others);
        } else {
            left.push(*pair);
        }
    }
    if left.len() == pairs.len() {
        return Some(line.clone());
    }
    let joined = left.join(&b";"[..]);
    let joined = joined.trim_ascii();
    let mut line_left = HeaderValue::from_bytes(joined).ok().filter(|_| !joined.is_empty())?;
    line_left.set_sensitive(line.is_sensitive());
    Some(line_left)
}

/// Name and value; what has no `=` is taken for a name.
fn parts(pair: &[u8]) -> (&[u8], &[u8]) {
    let mut parts = pair.splitn(2, |byte| *byte == b'=');
    let mut next = || parts.next().unwrap_or_default().trim_ascii();
    (next(), next())
}

/// Whether a value begins with a quote and goes on behind the `;`, as some services read it (RFC 2109 section 4.1; RFC 6265
/// knows no such value). What they take for its rest goes with it.
fn is_open(value: &[u8]) -> bool {
    value.starts_with(b"\"") && (value.len() == 1 || !value.ends_with(b"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_goes_and_the_others_stay_as_they_are_written() {
        for (lines, left) in [
            (&["session=secret"][..], &[][..]),
            (&["session=secret; a=1"], &["a=1"]),
            (&["a=1; session=secret"], &["a=1"]),
            (&["a=1; session=secret; b=2"], &["a=1; b=2"]),
            (&["a=1;session=secret;b=2"], &["a=1;b=2"]),
            (&["session=secret; a=1; session=secret; session=secret"], &["a=1"]),
            (&["a=1; session=secret", "session=secret", "b=2"], &["a=1", "b=2"]),
            (&["session=secret", "old=secret"], &[]),
            (&["  session = secret ;a=1"], &["a=1"]),
            (&["session"], &[]),
            (&["session=secret=more; a=1"], &["a=1"]),
            (&["session=\"secret;secret\"; a=1"], &["a=1"]),
            (&["session=\"secret; secret; a=\"1\"; b=2"], &["b=2"]),
            (&["session=\"secret; a=1"], &["a=1"]),
            (&["session=\"secret\"; a=\"1\""], &["a=\"1\""]),
            (
                &["a=1 ;  b=\"2\";; Session=x; xsession=y; session2=z ;"],
                &["a=1 ;  b=\"2\";; Session=x; xsession=y; session2=z ;"],
            ),
            (&["a=session; b=session=x"], &["a=session; b=session=x"]),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(COOKIE, line.parse().unwrap());
            }
            take_out(&mut headers, &["session", "old"]);
            assert_eq!(headers.get_all(COOKIE).iter().collect::<Vec<_>>(), left, "{lines:?}");
        }
    }

    #[test]
    fn a_line_stays_as_sensitive_as_it_was() {
        let mut line = HeaderValue::from_static("session=secret; a=1");
        line.set_sensitive(true);
        let mut headers = HeaderMap::from_iter([(COOKIE, line)]);
        take_out(&mut headers, &["session"]);
        assert!(headers.get(COOKIE).unwrap().is_sensitive());
    }
}
