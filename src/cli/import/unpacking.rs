//! Bytes that may come packed: exports of events are large, and most tools write them as gzip.

use std::io::{self, Cursor, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

/// What a source says, unpacked where it begins as gzip does. Its bytes decide, whatever it is called: no CSV begins like
/// that, and a download may have been unpacked on the way and have kept its name.
///
/// # Errors
///
/// The source cannot be read.
pub(super) fn unpacked<'a>(mut source: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut head = Vec::with_capacity(GZIP.len());
    source.by_ref().take(GZIP.len() as u64).read_to_end(&mut head)?;
    let is_gzip = head == GZIP;
    let whole = Cursor::new(head).chain(source);
    Ok(if is_gzip { Box::new(Gzip(MultiGzDecoder::new(whole))) } else { Box::new(whole) })
}

/// Several files in a row are one, as gzip itself has it.
struct Gzip<R>(MultiGzDecoder<R>);

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                io::Error::new(ErrorKind::UnexpectedEof, "it is gzip and breaks off before its end; fetch it once more")
            }
            ErrorKind::InvalidInput | ErrorKind::InvalidData => {
                io::Error::new(ErrorKind::InvalidData, format!("it is gzip and damaged: {error}"))
            }
            _ => error,
        })
    }
}

const GZIP: [u8; 2] = [0x1f, 0x8b];
