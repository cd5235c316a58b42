//! An answer, as a client reads it.

use std::fmt;

use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) trailers: Option<HeaderMap>,
    /// The error with which the body ended.
    pub(crate) broke: Option<String>,
    pub(crate) extensions: http::Extensions,
}

impl Answer {
    pub(crate) async fn read<B>(response: Response<B>) -> Self
    where
        B: Body<Data = bytes::Bytes> + Unpin,
        B::Error: fmt::Display,
    {
        let (head, mut body) = response.into_parts();
        let (mut bytes, mut trailers, mut broke) = (Vec::new(), None, None);
        while let Some(frame) = body.frame().await {
            match frame.map(http_body::Frame::into_data) {
                Ok(Ok(data)) => bytes.extend_from_slice(&data),
                Ok(Err(frame)) => trailers = frame.into_trailers().ok(),
                Err(error) => {
                    broke = Some(error.to_string());
                    break;
                }
            }
        }
        let (status, headers, extensions) = (head.status, head.headers, head.extensions);
        Self { status, headers, body: String::from_utf8(bytes).unwrap(), trailers, broke, extensions }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The stage that the answer says it was made for.
    pub(crate) fn stage(&self) -> &str {
        let (_, rest) = self.header("personalization").split_once("stage=").unwrap_or_default();
        rest.split(';').next().unwrap_or_default()
    }

    /// What the answer says held it back.
    pub(crate) fn limited_by(&self) -> &str {
        let (_, rest) = self.header("personalization").split_once("limited-by=(").unwrap_or_default();
        rest.split(')').next().unwrap_or_default()
    }
}
