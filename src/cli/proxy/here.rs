//! What is answered here, so that the service is not asked.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header::ALLOW};
use http_body_util::{Either, Full};

use super::{Answer, words};

/// The answer to a request that goes no further.
pub(super) fn answered<B>(request: &mut Request<B>) -> Option<Response<Answer>> {
    if request.method() == Method::TRACE {
        // It would come back with the tokens that were in it, and those that others put there on the way.
        let mut answer = words(StatusCode::METHOD_NOT_ALLOWED, "requests are not traced");
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
        return Some(answer);
    }
    (request.method() == Method::OPTIONS && is_last_hop(request.headers_mut())).then(|| {
        let mut answer = Response::new(Either::Right(Full::<Bytes>::default()));
        *answer.status_mut() = StatusCode::NO_CONTENT;
        answer
    })
}

/// Whether a request may take no further hop (RFC 9110, section 7.6.2). If it may, this one is counted.
fn is_last_hop(headers: &mut HeaderMap) -> bool {
    let left = headers.get(MAX_FORWARDS).and_then(|line| line.to_str().ok()?.parse::<u64>().ok());
    if let Some(less) = left.and_then(|left| left.checked_sub(1)) {
        headers.insert(MAX_FORWARDS, less.into());
    }
    left == Some(0)
}

const MAX_FORWARDS: HeaderName = HeaderName::from_static("max-forwards");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hop_is_counted() {
        for (said, is_last, then) in
            [("0", true, "0"), ("1", false, "0"), ("10", false, "9"), ("-1", false, "-1"), ("x", false, "x")]
        {
            let mut headers = HeaderMap::from_iter([(MAX_FORWARDS, HeaderValue::from_static(said))]);
            assert_eq!((is_last_hop(&mut headers), &headers[MAX_FORWARDS]), (is_last, &then.parse().unwrap()));
        }
        assert!(!is_last_hop(&mut HeaderMap::new()));
    }
}
