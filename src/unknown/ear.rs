//! Hearing an answer while it passes, so that all who ask the same have it.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, response};
use http_body::Frame;
use tokio::time::Instant;

use super::{Answer, Flight};
use crate::shaping::encoding::Coding;

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
        let (Some(read), Some(Self { heard, room, until, .. })) = (read, &mut *ear) else { return };
        let data = read.as_ref().ok().and_then(Frame::data_ref);
        match data {
            Some(data) if Instant::now() <= *until && data.len() <= *room => {
                *room -= data.len();
                heard.extend_from_slice(data);
            }
            Some(_) if Instant::now() <= *until => {
                if let Some(Self { flight, keep_for, .. }) = ear.take() {
                    flight.alone(keep_for);
                }
            }
            _ => drop(ear.take()),
        }
    }

    /// Shares what was heard, at its end.
    pub(crate) fn share(ear: &mut Option<Self>) {
        let Some(Self { flight, status, headers, coding, heard, keep_for, until, .. }) = ear.take() else { return };
        if Instant::now() <= until {
            flight.share(Arc::new(Answer::new(status, headers, coding, heard.into())), keep_for);
        }
    }
}
