//! Entity tags on the way out, and 304 for who has the body already.

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG},
    response,
};

use crate::{
    body::RapportBody,
    shaping::{
        caching,
        validators::{TagKey, is_among},
    },
    wishes::Wishes,
};

/// Gives an answer that is whole a tag, and sends none of its body to a client that has it already (RFC 9110 section 13.1.2).
///
/// The tag is of the bytes that leave, so a 304 never revives what another stage was shown. An answer that is still coming
/// has none, nor one that nobody may keep.
pub(crate) fn tagged<B>(answer: Response<RapportBody<B>>, tags: &TagKey, wishes: &Wishes) -> Response<RapportBody<B>> {
    let (mut head, body) = answer.into_parts();
    if let Some(bytes) = body.is_whole()
        && wishes.is_get
        && head.status.is_success()
        && !caching::forbids_storing(&head.headers)
    {
        let told = |name| head.headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
        let tag = tags.tag(&[b"body", told(CONTENT_TYPE), told(CONTENT_ENCODING), bytes]);
        if set_tag(&mut head, tag, wishes) {
            return Response::from_parts(head, RapportBody::nothing());
        }
    }
    Response::from_parts(head, body)
}

/// Gives what anybody gets, as it is, a tag of this layer's instead of the service's; true where the client has it already.
///
/// The service's own tag must not stand here: it may have one for what it says to somebody unknown and to a customer, and a
/// client that has the latter would take a 304 for leave to show that.
pub(crate) fn rename_tag(head: &mut response::Parts, tags: &TagKey, wishes: &Wishes) -> bool {
    let Some(tag) = head.headers.get(ETAG) else { return false };
    let tag = tags.tag(&[b"tag", tag.as_bytes()]);
    set_tag(head, tag, wishes)
}

/// Whether the head is now that of a 304.
fn set_tag(head: &mut response::Parts, tag: HeaderValue, wishes: &Wishes) -> bool {
    let has_it = wishes.is_get && head.status.is_success() && is_among(&tag, &wishes.has_already);
    head.headers.insert(ETAG, tag);
    if has_it {
        head.status = StatusCode::NOT_MODIFIED;
        forget_the_body(&mut head.headers);
    }
    has_it
}

fn forget_the_body(headers: &mut HeaderMap) {
    for name in [CONTENT_LENGTH, CONTENT_TYPE, CONTENT_ENCODING] {
        headers.remove(name);
    }
}
