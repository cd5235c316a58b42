//! The first event of a stream, of which the items fill up places elsewhere.

use bytes::Bytes;

use super::{BYTE_ORDER_MARK, DONE};

/// Looks for the first event with a document for data, in a stream that comes in pieces.
#[derive(Debug, Default)]
pub(crate) struct FirstEvent {
    /// Where the present event begins, and its present line.
    event: usize,
    line: usize,
    /// So much has been looked through.
    seen: usize,
}

impl FirstEvent {
    /// How many bytes of the stream it ends after, and its document; `None` as long as it has not ended. `stream` is all that came,
    /// of which nothing is looked through twice.
    pub(crate) fn find(&mut self, stream: &[u8]) -> Option<(usize, Bytes)> {
        while let Some(rest) = stream.get(self.seen..)
            && let Some(end) = memchr::memchr2(b'\n', b'\r', rest)
        {
            let end = self.seen + end;
            // A line feed belongs to the carriage return that ended the line.
            let is_empty = end == self.line && !stream.get(..=end)?.ends_with(b"\r\n");
            self.seen = end + 1;
            self.line = self.seen;
            if is_empty {
                if let Some(document) = document(stream.get(self.event..end)?, self.event == 0) {
                    return Some((self.seen, document));
                }
                self.event = self.seen;
            }
        }
        self.seen = stream.len();
        None
    }
}

/// The data of one event, if they are a document.
fn document(event: &[u8], is_first: bool) -> Option<Bytes> {
    let event = event.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first).unwrap_or(event);
    let lines = event.split(|byte| b"\r\n".contains(byte));
    let values =
        lines.filter_map(|line| line.strip_prefix(b"data")).filter_map(|value| match value.strip_prefix(b":") {
            Some(value) => Some(value.strip_prefix(b" ").unwrap_or(value)),
            None => value.is_empty().then_some(value),
        });
    let document = values.collect::<Vec<_>>().join(&b'\n');
    let told = document.trim_ascii();
    (!told.is_empty() && told != DONE).then(|| document.into())
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
            ("\u{feff}\n\ndata: 1\r\n\r\n", Some((15, "1"))),
            ("datax: 1\n\ndata: \n\n", None),
        ] {
            let first = first.map(|(end, json)| (end, Bytes::from_static(str::as_bytes(json))));
            assert_eq!(FirstEvent::default().find(stream.as_bytes()), first, "{stream:?}");
            let mut pieces = FirstEvent::default();
            let found = (1..=stream.len()).find_map(|length| pieces.find(&stream.as_bytes()[..length]));
            assert_eq!(found, first, "{stream:?} in pieces");
        }
    }
}
