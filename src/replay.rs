//! The body of a request, kept so that it can be asked twice.

use std::{
    fmt,
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The body of a request, as the wrapped service gets it: as it came, frame by frame; or read before, where the same may
    /// be asked a second time.
    ///
    /// A service that takes one kind of body only gets it with `tower::util::MapRequest`, or tower-http's
    /// `MapRequestBodyLayer`, below the layer.
    ///
    /// ```
    /// use axum::body::Body;
    /// use http::Request;
    /// use tower::{Layer, Service, ServiceBuilder};
    /// use tower_rapport::{RapportLayer, RequestBody};
    ///
    /// /// Puts the layer around a service that takes no body but axum's.
    /// fn around<S>(layer: RapportLayer, service: S) -> impl Service<Request<Body>>
    /// where
    ///     S: Service<Request<Body>, Response = http::Response<Body>, Error: Send, Future: Send> + Clone + Send + 'static,
    /// {
    ///     let as_axum_has_it = |request: Request<RequestBody<Body>>| request.map(Body::new);
    ///     ServiceBuilder::new().layer(layer).map_request(as_axum_has_it).service(service)
    /// }
    /// ```
    pub struct RequestBody<Q>
    where
        Q: Body,
    {
        #[pin]
        kind: Kind<Q>,
        drops_trailers: bool,
    }
}

pin_project! {
    #[project = KindNow]
    enum Kind<Q>
    where
        Q: Body,
    {
        AsItCame { #[pin] body: Q },
        Kept { bytes: Bytes, then: Then<Q> },
    }
}

/// What follows the bytes that were kept.
enum Then<Q: Body> {
    /// (Boxed, so that a body is small: few have trailers.)
    End(Option<Box<HeaderMap>>),
    /// More than may be kept.
    Rest(Pin<Box<Q>>),
    Failed(Option<Q::Error>),
}

/// Reads a body, as far as `limit` bytes. With it comes all that is in it, if that is not more.
pub(crate) async fn keep<Q>(body: Q, limit: usize) -> (RequestBody<Q>, Option<Bytes>)
where
    Q: Body<Data = Bytes>,
{
    if body.is_end_stream() {
        return (RequestBody::as_it_came(body), Some(Bytes::new()));
    }
    if body.size_hint().lower() > limit as u64 {
        return (RequestBody::as_it_came(body), None);
    }
    let (mut body, mut kept) = (Box::pin(body), Vec::new());
    let then = loop {
        match poll_fn(|cx| body.as_mut().poll_frame(cx)).await.map(|read| read.map(Frame::into_data)) {
            Some(Ok(Ok(data))) => {
                // Copied: a frame may be one byte of a large piece of memory.
                kept.extend_from_slice(&data);
                if kept.len() > limit {
                    break Then::Rest(body);
                }
            }
            Some(Ok(Err(frame))) => break Then::End(frame.into_trailers().ok().map(Box::new)),
            Some(Err(error)) => break Then::Failed(Some(error)),
            None => break Then::End(None),
        }
    };
    let bytes = Bytes::from(kept);
    let whole = matches!(then, Then::End(_)).then(|| bytes.clone());
    (RequestBody { kind: Kind::Kept { bytes, then }, drops_trailers: false }, whole)
}

impl<Q: Body> RequestBody<Q> {
    pub(crate) fn as_it_came(body: Q) -> Self {
        Self { kind: Kind::AsItCame { body }, drops_trailers: false }
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { kind: Kind::Kept { bytes, then: Then::End(None) }, drops_trailers: false }
    }

    /// The same without what follows it: that may say who asks.
    pub(crate) fn without_trailers(self) -> Self {
        Self { drops_trailers: true, ..self }
    }
}

impl<Q> Body for RequestBody<Q>
where
    Q: Body<Data = Bytes>,
{
    type Data = Bytes;
    type Error = Q::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Q::Error>>> {
        let this = self.project();
        let read = match this.kind.project() {
            KindNow::AsItCame { body } => ready!(body.poll_frame(cx)),
            KindNow::Kept { bytes, .. } if !bytes.is_empty() => Some(Ok(Frame::data(mem::take(bytes)))),
            KindNow::Kept { then, .. } => match then {
                Then::End(trailers) => trailers.take().map(|trailers| Ok(Frame::trailers(*trailers))),
                Then::Rest(rest) => ready!(rest.as_mut().poll_frame(cx)),
                Then::Failed(error) => error.take().map(Err),
            },
        };
        let is_dropped = *this.drops_trailers && matches!(&read, Some(Ok(frame)) if frame.is_trailers());
        Poll::Ready(read.filter(|_| !is_dropped))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::AsItCame { body } => body.is_end_stream(),
            Kind::Kept { bytes, then } => {
                bytes.is_empty()
                    && match then {
                        Then::End(trailers) => trailers.is_none(),
                        Then::Rest(rest) => rest.is_end_stream(),
                        Then::Failed(error) => error.is_none(),
                    }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::AsItCame { body } => body.size_hint(),
            Kind::Kept { bytes, then } => {
                let kept = bytes.len() as u64;
                let rest = match then {
                    Then::End(_) => SizeHint::with_exact(0),
                    Then::Rest(rest) => rest.size_hint(),
                    Then::Failed(_) => SizeHint::new(),
                };
                let mut hint = SizeHint::new();
                hint.set_lower(kept.saturating_add(rest.lower()));
                if let Some(upper) = rest.upper() {
                    hint.set_upper(kept.saturating_add(upper));
                }
                hint
            }
        }
    }
}

impl<Q: Body> fmt::Debug for RequestBody<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::AsItCame { .. } => "RequestBody(as it came)",
            Kind::Kept { .. } => "RequestBody(kept)",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::{BodyExt, Channel, Full};

    use super::*;

    async fn bytes(body: RequestBody<Channel<Bytes, Broken>>) -> Result<(String, bool), Broken> {
        let collected = body.collect().await?;
        let trailers = collected.trailers().is_some();
        Ok((String::from_utf8(collected.to_bytes().to_vec()).unwrap(), trailers))
    }

    #[derive(Debug, PartialEq, Eq)]
    struct Broken;

    /// A body in these pieces, with trailers or an error at its end.
    fn sent(pieces: &[&'static str], trailers: bool, breaks: bool) -> Channel<Bytes, Broken> {
        let (mut sender, body) = Channel::new(8);
        for piece in pieces {
            sender.try_send(Frame::data(Bytes::from_static(piece.as_bytes()))).unwrap();
        }
        if trailers {
            sender.try_send(Frame::trailers(HeaderMap::new())).unwrap();
        }
        if breaks {
            sender.abort(Broken);
        }
        body
    }

    #[tokio::test]
    async fn what_is_not_too_long_is_there_twice() {
        let (body, whole) = keep(sent(&["{\"a\":", "", "1}"], true, false), 7).await;
        assert_eq!(whole.as_deref(), Some(&b"{\"a\":1}"[..]));
        assert_eq!(body.size_hint().exact(), Some(7));
        assert_eq!(bytes(body).await, Ok(("{\"a\":1}".into(), true)));
    }

    #[tokio::test]
    async fn what_is_too_long_is_there_once_and_whole() {
        let (body, whole) = keep(sent(&["abc", "def", "ghi"], true, false), 5).await;
        assert_eq!((whole, body.size_hint().lower()), (None, 6));
        assert_eq!(bytes(body).await, Ok(("abcdefghi".into(), true)));
        let (body, whole) = keep(Full::new(Bytes::from_static(b"abcdef")), 5).await;
        assert!(whole.is_none() && matches!(body.kind, Kind::AsItCame { .. }), "that was known before it was read");
    }

    #[tokio::test]
    async fn what_breaks_off_breaks_off() {
        let (body, whole) = keep(sent(&["abc"], false, true), 5).await;
        assert_eq!((whole, bytes(body).await), (None, Err(Broken)));
    }

    #[tokio::test]
    async fn nothing_is_nothing() {
        let (body, whole) = keep(http_body_util::Empty::<Bytes>::new(), 5).await;
        assert_eq!((whole, body.is_end_stream(), body.size_hint().exact()), (Some(Bytes::new()), true, Some(0)));
        let body: RequestBody<Full<Bytes>> = RequestBody::whole(Bytes::new());
        assert!(
            body.is_end_stream() && Ok::<_, Infallible>(body.collect().await.unwrap().to_bytes()) == Ok(Bytes::new())
        );
    }
}
