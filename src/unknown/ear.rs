//! Hearing an answer while it passes, so that all who ask the same have it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response};
use http_body::Frame;
use tokio::time::Instant;
use tower::BoxError;

use super::{Answer, Flight};
use crate::shaping::{Doubt, encoding::Coding};

/// Hears an answer while it passes, and shares it if it ends in time and is not too long.
///
/// Where the answer breaks off or is late, or whoever asked goes away, somebody else who waits asks: a client that reads
/// slowly says nothing of the answer.
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
    /// Hears at most `room` bytes, and no longer than `until`. (Boxed, so that a body to which nobody listens is small.)
    pub(crate) fn new(
        flight: Flight,
        head: &response::Parts,
        coding: Option<Coding>,
        room: usize,
        until: Instant,
        keep_for: Duration,
    ) -> Box<Self> {
        let (status, headers) = (head.status, head.headers.clone());
        Box::new(Self { flight, status, headers, coding, heard: Vec::new(), room, until, keep_for })
    }

    /// Hears what a read gave. Nobody hears any more once there is nothing left to share.
    pub(crate) fn hear(ear: &mut Option<Box<Self>>, read: Option<&Result<Frame<Bytes>, BoxError>>) {
        let (Some(read), Some(Self { heard, room, until, .. })) = (read, ear.as_deref_mut()) else { return };
        if read.as_ref().is_err_and(|error| error.is::<Doubt>()) {
            return Self::give_up(ear);
        }
        let data = read.as_ref().ok().and_then(Frame::data_ref);
        match data {
            Some(data) if Instant::now() <= *until && data.len() <= *room => {
                *room -= data.len();
                heard.extend_from_slice(data);
            }
            Some(_) if Instant::now() <= *until => {
                if let Some(ear) = ear.take() {
                    ear.flight.alone(ear.keep_for);
                }
            }
            _ => drop(ear.take()),
        }
    }

    /// What is heard cannot be read: whoever waits asks for themselves, all at once, and not one after the other.
    pub(crate) fn give_up(ear: &mut Option<Box<Self>>) {
        if let Some(ear) = ear.take() {
            ear.flight.alone(Duration::ZERO);
        }
    }

    /// Until when it is heard.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// Shares what was heard, at its end.
    pub(crate) fn share(ear: &mut Option<Box<Self>>) {
        let Some(ear) = ear.take() else { return };
        let Self { flight, status, headers, coding, heard, keep_for, until, .. } = *ear;
        if Instant::now() <= until {
            flight.share(Arc::new(Answer::new(status, headers, coding, heard.into())), keep_for);
        }
    }
}
