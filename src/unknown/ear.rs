//! Hearing an answer while it passes, so that all who ask the same have it.

use std::{mem, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response};
use http_body::{Body, Frame};
use tokio::time::Instant;

use super::{Answer, Flight};
use crate::shaping::encoding::Coding;

/// Hears an answer while it passes, and shares it if it ends in time and is not too long.
///
/// Where the answer breaks off, or whoever asked goes away, somebody else who waits asks.
pub(crate) struct Ear {
    flight: Flight,
    status: StatusCode,
    headers: HeaderMap,
    coding: Option<Coding>,
    heard: Vec<u8>,
    room: usize,
    until: Instant,
    keep_for: Duration,
}

impl Ear {
    /// Hears at most `room` bytes, and no longer than `until`.
    pub(crate) fn new(
        flight: Flight,
        head: &response::Parts,
        coding: Option<Coding>,
        room: usize,
        until: Instant,
        keep_for: Duration,
    ) -> Self {
        let (status, headers) = (head.status, head.headers.clone());
        Self { flight, status, headers, coding, heard: Vec::new(), room, until, keep_for }
    }

    /// Hears what a read gave. Nobody hears any more once there is nothing left to share.
    pub(crate) fn hear<E>(ear: &mut Option<Self>, read: Option<&Result<Frame<Bytes>, E>>) {
        match (read, &mut *ear) {
            (_, None) => {}
            (None, Some(_)) => Self::share(ear),
            (Some(Err(_)), Some(_)) => drop(ear.take()),
            (Some(Ok(frame)), Some(Self { heard, room, until, .. })) => match frame.data_ref() {
                Some(data) if data.len() <= *room && Instant::now() <= *until => {
                    *room -= data.len();
                    heard.extend_from_slice(data);
                }
                // Too long, too late, or with trailers, which are not kept.
                _ => {
                    if let Some(Self { flight, keep_for, .. }) = ear.take() {
                        flight.alone(keep_for);
                    }
                }
            },
        }
    }

    /// Shares what was heard, if the body says that it has ended: who reads it need not ask again.
    pub(crate) fn at_the_end(ear: &mut Option<Self>, body: &impl Body) {
        if body.is_end_stream() {
            Self::share(ear);
        }
    }

    fn share(ear: &mut Option<Self>) {
        let Some(Self { flight, status, headers, coding, heard, keep_for, until, .. }) = mem::take(ear) else { return };
        if Instant::now() > until {
            return flight.alone(keep_for);
        }
        flight.share(Arc::new(Answer::new(status, headers, coding, heard.into())), keep_for);
    }
}
