//! Looking on while an answer leaves as it came: what would have become of it?
//!
//! The shaper reads each frame when it has come and before it is handed on, untouched; what it makes is thrown away. So nothing
//! waits and nothing is kept but what the shaper keeps. Doubt ends the looking on, and nothing else.

use std::sync::Arc;

use bytes::Bytes;
use http::{header::CONTENT_LENGTH, response};
use http_body::Frame;
use tower::BoxError;

use crate::{
    course::Course,
    shaping::{
        Doubt,
        encoding::{Decoder, Progress},
        shaper::Shaper,
    },
    tally::Tally,
};

/// Reads a body on the side.
pub(crate) struct Aside {
    /// `None` where it comes in no coding.
    decoder: Option<Decoder>,
    shaper: Shaper,
    tally: Tally,
    out: Vec<u8>,
    is_empty: bool,
    /// How many bytes are still to come, where the answer says so: who has read them may not read on to the end.
    left: Option<u64>,
}

/// Why nothing more is read.
enum End {
    /// The body has ended.
    Whole,
    Doubt(Doubt),
    /// Another one, which is of no byte.
    Cause(&'static str),
}

impl Aside {
    /// For an answer in observe mode whose body would be shaped if decisions had an effect, if it is in the sample.
    pub(crate) fn of(course: &Course, answer: &response::Parts, is_empty: bool) -> Option<Box<Self>> {
        let (media, decoder) = course.observe(answer, is_empty)?;
        let shaping = course.shaping()?;
        let (endpoint, plan) = (Arc::clone(shaping.endpoint), Arc::clone(shaping.plan));
        // As if there were no generic answer: nobody is asked for one here.
        let chosen = plan.choice().map(|choice| (Arc::clone(choice), None));
        let shaper = Shaper::by(media, &plan, endpoint.limits.json(), chosen);
        let tally = Tally::new(endpoint, plan, course.entry(), answer.status.is_success());
        let length = answer.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Some(Box::new(Self { decoder, shaper, tally, out: Vec::new(), is_empty: true, left: length }))
    }

    /// Looks at what one read of the body gave, which may be the last one.
    pub(crate) fn look_at(aside: &mut Option<Box<Self>>, read: Option<&Result<Frame<Bytes>, BoxError>>, is_last: bool) {
        let Some(this) = aside else { return };
        let looked = match read {
            Some(Ok(frame)) => frame.data_ref().map_or(Ok(()), |data| this.take(data)),
            Some(Err(_)) => Err(End::Cause("service")),
            None => Ok(()),
        };
        let is_last = is_last || this.left == Some(0);
        let end = match looked.and_then(|()| if is_last { this.end() } else { Ok(()) }) {
            Ok(()) => return,
            Err(end) => end,
        };
        match end {
            End::Whole => this.tally.end(&this.shaper),
            End::Doubt(doubt) => drop(this.tally.doubt(doubt)),
            End::Cause(cause) => this.tally.endpoint.told.doubt(cause),
        }
        *aside = None;
    }

    fn take(&mut self, data: &Bytes) -> Result<(), End> {
        self.is_empty &= data.is_empty();
        self.left = self.left.map(|left| left.saturating_sub(data.len() as u64));
        let mut room = MOST_AT_ONCE;
        let Some(mut decoder) = self.decoder.take() else { return self.shape(data, &mut room) };
        let (mut rest, mut block) = (data.clone(), Vec::new());
        while decoder.step(&mut rest, &mut block).map_err(End::Doubt)? == Progress::Some {
            self.shape(&block, &mut room)?;
            block.clear();
        }
        self.decoder = Some(decoder);
        Ok(())
    }

    fn shape(&mut self, data: &[u8], room: &mut usize) -> Result<(), End> {
        *room = room.checked_sub(data.len()).ok_or(End::Cause("too_much_at_once"))?;
        for piece in data.chunks(PIECE) {
            self.tally.time(|| self.shaper.write(piece, &mut self.out)).map_err(End::Doubt)?;
            self.out.clear();
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), End> {
        // No body hides nothing.
        if !self.is_empty {
            self.decoder.as_ref().map_or(Ok(()), Decoder::end).map_err(End::Doubt)?;
            self.tally.time(|| self.shaper.end(&mut self.out)).map_err(End::Doubt)?;
            return Err(End::Whole);
        }
        Ok(())
    }
}

/// What comes at once is looked at at once, and others wait meanwhile: so much takes milliseconds. Of an answer of which more
/// comes at once nothing is known.
const MOST_AT_ONCE: usize = 4 << 20;

/// How much is in the making at once.
const PIECE: usize = 64 * 1024;
