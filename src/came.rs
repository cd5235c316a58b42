//! What came of a question: an answer's head, and where its body comes from.

use std::{future::poll_fn, pin::pin};

use bytes::Bytes;
use http::{header::CONTENT_ENCODING, response};
use http_body::Body;

use crate::{
    shaping::{
        encoding::{self, Coding, Decoder},
        events::FirstEvent,
        headers,
    },
    source::{Decoded, Source},
};

/// An answer's head, and where its body comes from.
pub(crate) struct Came<B> {
    pub(crate) head: response::Parts,
    pub(crate) body: Source<B>,
    /// The one content coding that it came in, and that was taken off.
    pub(crate) coding: Option<Coding>,
}

/// An answer that is to be read, without the codings that it came in.
pub(crate) fn opened<B: Body>((mut head, body): (response::Parts, B)) -> Came<B> {
    let (body, coding) = decoded(&mut head, body);
    Came { head, body: Source::decoded(body), coding }
}

/// A stream as far as the end of its first event. The rest is not waited for: it may never end.
pub(crate) async fn first_event_of<B>(body: B, limit: usize) -> Option<Bytes>
where
    B: Body<Data = Bytes>,
{
    let (mut body, mut stream, mut first) = (pin!(body), Vec::new(), FirstEvent::default());
    while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(data) = frame.into_data() else { continue };
        stream.extend_from_slice(&data);
        if let Some((end, _)) = first.find(&stream) {
            stream.truncate(end);
            return Some(stream.into()).filter(|stream: &Bytes| stream.len() <= limit);
        }
        if stream.len() > limit {
            break;
        }
    }
    None
}

/// Takes off the codings of a body, if all of them are known; else its head goes on to tell of them. With it comes the coding,
/// if there was just one.
pub(crate) fn decoded<B: Body>(head: &mut response::Parts, body: B) -> (Decoded<B>, Option<Coding>) {
    let codings = encoding::codings(&head.headers).unwrap_or_default();
    let Some(decoder) = Decoder::new(&codings) else {
        if !encoding::is_encoded(&head.headers) {
            head.headers.remove(CONTENT_ENCODING);
        }
        return (Decoded::new(body, None), None);
    };
    headers::forget_the_coding(&mut head.headers);
    let coding = if let [coding] = codings[..] { Some(coding) } else { None };
    (Decoded::new(body, Some(decoder)), coding)
}
