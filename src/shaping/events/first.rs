//! The first event of a stream, of which the items fill up places elsewhere.

use bytes::Bytes;

use super::{BYTE_ORDER_MARK, DONE};

/// The first event with a document for data, and how many bytes of the stream it ends after; `None` as long as it has not
/// ended.
pub(crate) fn first_event(stream: &[u8]) -> Option<(usize, Bytes)> {
    let mut data: Vec<&[u8]> = Vec::new();
    let mut rest = stream.strip_prefix(BYTE_ORDER_MARK).unwrap_or(stream);
    while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
        let (line, after) = rest.split_at(end);
        rest = match after {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => after,
        };
        if line.is_empty() {
            let document = data.join(&b'\n');
            let told = document.trim_ascii();
            if !told.is_empty() && told != DONE {
                return Some((stream.len() - rest.len(), document.into()));
            }
            data.clear();
        } else if let Some(value) = line.strip_prefix(b"data") {
            match value.strip_prefix(b":") {
                Some(value) => data.push(value.strip_prefix(b" ").unwrap_or(value)),
                None if value.is_empty() => data.push(value),
                None => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_event_is_the_first_with_a_document_once_it_has_ended() {
        for (stream, first) in [
            ("", None),
            ("data: {}", None),
            ("data: {}\n", None),
            ("data: {}\n\n", Some((10, "{}"))),
            (": hello\n\nevent: x\n\ndata: {\ndata:}\n\ndata: 2\n\n", Some((35, "{\n}"))),
            ("\u{feff}data\r\n\r\ndata: [DONE]\r\rdata: 1\r\r", Some((34, "1"))),
            ("datax: 1\n\ndata: \n\n", None),
        ] {
            let is = first_event(stream.as_bytes());
            assert_eq!(is.as_ref().map(|(end, json)| (*end, std::str::from_utf8(json).unwrap())), first, "{stream:?}");
        }
    }
}
