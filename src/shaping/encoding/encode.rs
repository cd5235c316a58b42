//! Putting a coding on again.

use std::{fmt, io};

use compression_codecs::{
    BrotliEncoder, EncodeV2, GzipEncoder, ZlibEncoder, ZstdEncoder, brotli,
    core::{
        Level,
        util::{PartialBuffer, WriteBuffer},
    },
    flate::params::FlateEncoderParams,
};

use super::Coding;

/// Puts a coding on one body. What it is given may wait in it until it is flushed.
///
/// See the example of [`Decoder`](super::Decoder).
pub struct Encoder {
    codec: Box<dyn EncodeV2 + Send + Sync>,
    block: Vec<u8>,
}

impl Encoder {
    /// An encoder at a level that is meant for answers made on the spot. There is one for every coding.
    pub fn new(coding: Coding) -> Option<Self> {
        let codec: Box<dyn EncodeV2 + Send + Sync> = match coding {
            Coding::Gzip => Box::new(GzipEncoder::new(FlateEncoderParams::from(Level::Precise(4)))),
            Coding::Deflate => Box::new(ZlibEncoder::new(FlateEncoderParams::from(Level::Precise(4)))),
            Coding::Brotli => {
                // A smaller window than the default takes less memory.
                Box::new(BrotliEncoder::new(
                    brotli::params::EncoderParams::default().quality(Level::Precise(4)).window_size(18),
                ))
            }
            Coding::Zstd => Box::new(ZstdEncoder::new(3)),
        };
        Some(Self { codec, block: vec![0; BLOCK] })
    }

    /// Takes more of the body, and appends what can leave to `out`.
    ///
    /// # Errors
    ///
    /// The codec's own; it has none for want of memory or for what it is given.
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let mut read = PartialBuffer::new(input);
        while !read.unwritten().is_empty() {
            self.give(out, |codec, write| codec.encode(&mut read, write))?;
        }
        Ok(())
    }

    /// Appends all that waits, so that a reader has everything that was written.
    ///
    /// # Errors
    ///
    /// The codec's own.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        while !self.give(out, |codec, write| codec.flush(write))? {}
        Ok(())
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// The codec's own.
    pub fn end(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        while !self.give(out, |codec, write| codec.finish(write))? {}
        Ok(())
    }

    fn give<T>(
        &mut self,
        out: &mut Vec<u8>,
        step: impl FnOnce(&mut dyn EncodeV2, &mut WriteBuffer<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut write = WriteBuffer::new_initialized(&mut self.block);
        let done = step(&mut *self.codec, &mut write)?;
        let made = write.written_len();
        out.extend_from_slice(self.block.get(..made).unwrap_or_default());
        Ok(done)
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encoder")
    }
}

const BLOCK: usize = 16 * 1024;
