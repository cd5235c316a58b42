//! Taking codings off: a chain of decoders, bytes in, bytes out, no more at once than a block each.
//!
//! However much a coding unfolds to, that block is all that is kept of it, beside the codec's own window (at most 16 MiB, of
//! brotli; 8 MiB of zstd, 32 KiB of the others). How much comes of it in all is bounded too: a body that unfolds to more
//! than a MiB and to more than 200 times of what was read is a bomb.

use std::{fmt, io};

use bytes::{Buf, Bytes};
use compression_codecs::{
    BrotliDecoder, DecodeV2, GzipDecoder, ZlibDecoder, ZstdDecoder,
    core::util::{PartialBuffer, WriteBuffer},
    zstd::params::DParameter,
};

use super::Coding;
use crate::shaping::{Doubt, DoubtKind};

/// Takes the codings off one body.
///
/// ```
/// use bytes::Bytes;
/// use tower_rapport::shaping::encoding::{Coding, Decoder, Encoder, Progress};
///
/// let (mut encoder, mut encoded) = (Encoder::new(Coding::Zstd).ok_or("no such coding")?, Vec::new());
/// encoder.write(b"[1, 2, 3]", &mut encoded)?;
/// encoder.end(&mut encoded)?;
///
/// let (mut decoder, mut input) = (Decoder::new(&[Coding::Zstd]).ok_or("no coding")?, Bytes::from(encoded));
/// let mut decoded = Vec::new();
/// while decoder.step(&mut input, &mut decoded)? == Progress::Some {} // a block each time, however much it unfolds to
/// decoder.end()?; // it was not cut short
/// assert_eq!(decoded, b"[1, 2, 3]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Decoder {
    /// The one that was put on last stands first.
    stages: Vec<Stage>,
    block: Vec<u8>,
    read: u64,
    made: u64,
}

/// What a step gave.
///
/// See the example of [`Decoder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something was done. There may be more to be done without further input.
    Some,
    /// There is nothing left to be read.
    Hungry,
}

struct Stage {
    coding: Coding,
    codec: Box<dyn DecodeV2 + Send + Sync>,
    /// What the stage before made, for all but the first.
    input: Bytes,
    has_begun: bool,
    has_ended: bool,
    /// Whether the codec may have more to give, because a block was full.
    is_full: bool,
}

impl Decoder {
    /// Takes these codings off, which stand in the order in which they were put on; `None` where there is none.
    pub fn new(codings: &[Coding]) -> Option<Self> {
        let stages: Vec<Stage> = codings.iter().rev().copied().map(Stage::new).collect();
        (!stages.is_empty()).then(|| Self { stages, block: vec![0; BLOCK], read: 0, made: 0 })
    }

    /// Goes on by no more than a block: takes what it can use from `input`, and appends what it unfolds to to `out`.
    ///
    /// # Errors
    ///
    /// The body is not what its codings say, goes on after their end, or unfolds to too much.
    pub fn step(&mut self, input: &mut Bytes, out: &mut Vec<u8>) -> Result<Progress, Doubt> {
        let last = self.stages.len().saturating_sub(1);
        for at in (0..self.stages.len()).rev() {
            let (first, [stage, rest @ ..]) = (at == 0, self.stages.get_mut(at..).unwrap_or_default()) else { break };
            let mut own = std::mem::take(&mut stage.input);
            let source = if first { &mut *input } else { &mut own };
            let before = source.len();
            let made = stage.step(source, &mut self.block);
            let taken = before - source.len();
            stage.input = own;
            if first {
                self.read += taken as u64;
            }
            let Some(made) = made.map_err(|_| Doubt::new(DoubtKind::Encoding, self.read))? else { continue };
            self.made += made.len() as u64;
            if self.made > ALWAYS && self.made / RATIO > self.read {
                return Err(Doubt::new(DoubtKind::Bomb, self.read));
            }
            match rest.first_mut() {
                _ if at == last => out.extend_from_slice(made),
                Some(next) => next.input = Bytes::copy_from_slice(made),
                None => {}
            }
            return Ok(Progress::Some);
        }
        Ok(Progress::Hungry)
    }

    /// Ends the body. What was empty from the start is empty.
    ///
    /// # Errors
    ///
    /// The body was cut short.
    pub fn end(&self) -> Result<(), Doubt> {
        let is_open = |stage: &Stage| stage.has_begun && !stage.has_ended;
        if self.stages.iter().any(is_open) { Err(Doubt::new(DoubtKind::Encoding, self.read)) } else { Ok(()) }
    }
}

impl Stage {
    fn new(coding: Coding) -> Self {
        let codec: Box<dyn DecodeV2 + Send + Sync> = match coding {
            Coding::Gzip => Box::new(GzipDecoder::new()),
            Coding::Deflate => Box::new(ZlibDecoder::new()),
            Coding::Brotli => Box::new(BrotliDecoder::new()),
            Coding::Zstd => Box::new(ZstdDecoder::new_with_params(&[DParameter::window_log_max(ZSTD_WINDOW)])),
        };
        Self { coding, codec, input: Bytes::new(), has_begun: false, has_ended: false, is_full: false }
    }

    /// What one call of the codec made; `None` where it has nothing to do.
    fn step<'a>(&mut self, input: &mut Bytes, block: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        if input.is_empty() && !self.is_full {
            return Ok(None);
        }
        if self.has_ended {
            // A gzip body is a series of members, a zstd body one of frames. Nothing else may follow an end.
            if !matches!(self.coding, Coding::Gzip | Coding::Zstd) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.codec.reinit()?;
            self.has_ended = false;
        }
        let was_full = std::mem::take(&mut self.is_full);
        self.has_begun = true;
        let mut read = PartialBuffer::new(&input[..]);
        let mut write = WriteBuffer::new_initialized(block);
        self.has_ended = self.codec.decode(&mut read, &mut write)?;
        self.is_full = !self.has_ended && write.has_no_spare_space();
        let (taken, made) = (read.written_len(), write.written_len());
        if taken == 0 && made == 0 && !was_full {
            return Err(io::ErrorKind::InvalidData.into());
        }
        input.advance(taken);
        Ok(Some(block.get(..made).unwrap_or_default()))
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codings: Vec<Coding> = self.stages.iter().map(|stage| stage.coding).collect();
        f.debug_struct("Decoder").field("codings", &codings).finish_non_exhaustive()
    }
}

/// What is unfolded in one step.
const BLOCK: usize = 32 * 1024;

/// As much as this may come of anything, and of more than that 200 bytes of each byte: Apache's own measure
/// (`DeflateInflateRatioLimit` of mod_deflate).
const ALWAYS: u64 = 1 << 20;
const RATIO: u64 = 200;

/// RFC 9659: 8 MiB, as a power of two.
const ZSTD_WINDOW: u32 = 23;
