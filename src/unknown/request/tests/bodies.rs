//! Bodies from which something is hidden.

use super::*;
use crate::shaping::DoubtKind;

#[test]
fn a_body_from_which_nothing_can_be_taken_is_not_sent() {
    let endpoint = endpoint(
        r#"
        request = { hide = ["json:$..userId"] }
        limits = { depth = 3, request = "1KiB", item = "4MiB" }
        "#,
    );
    let long = format!("{{\"{}\": 1}}", "k".repeat(1100));
    for (body, doubt) in [
        ("userId=secret", DoubtKind::Syntax),
        ("{\"userId\": \"secret\"", DoubtKind::CutShort),
        ("{\"userId\": \"secret\"} {\"userId\": 2}", DoubtKind::Trailing),
        (" ", DoubtKind::Empty),
        ("\u{feff}{}", DoubtKind::ByteOrderMark),
        ("[[[[1]]]]", DoubtKind::TooDeep),
        (&long, DoubtKind::TooLarge),
    ] {
        let refused = Asked::post(body).unknown(&endpoint).unwrap_err();
        assert_eq!(refused.kind(), CannotHideKind::Body);
        assert_eq!(refused.doubt.unwrap().kind(), doubt, "{body}");
        assert!(!format!("{refused} {refused:?}").contains("secret"));
    }
    // Go's and .NET's readers do not mind the case of names.
    let refused = Asked::post("{\"USERID\": \"secret\"}").unknown(&endpoint).unwrap_err();
    assert_eq!((refused.kind(), refused.doubt), (CannotHideKind::Body, None));
    // A reader of forms would find the parameter in it.
    for (media, is_sent) in [
        ("application/x-www-form-urlencoded", false),
        ("Multipart/Form-Data; boundary=x", false),
        ("text/plain", true),
        ("application/json", true),
    ] {
        let mut asked = Asked::post("{\"a\":\"&userId=5&\"}");
        asked.2.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(media));
        assert_eq!(asked.unknown(&endpoint).is_ok(), is_sent, "{media}");
    }
    for (body, sent) in [
        ("", ""),
        ("{\"userId\": 1}", "{}"),
        ("{\"\\u0075ser\\u0049d\": 1, \"a\": 0.10}", "{ \"a\": 0.10}"),
        ("{\"userId\": 1, \"userId\": 2}", "{}"),
        ("[[{\"userId\": 1}]]", "[[{}]]"),
    ] {
        assert_eq!(Asked::post(body).unknown(&endpoint).unwrap().body, sent);
    }
    assert_eq!(Asked::post("userId=secret").unknown(&hiding(&[])).unwrap().body, "userId=secret");
}

#[test]
fn a_body_is_as_long_as_it_says() {
    let length =
        |asked: &Asked, endpoint: &Endpoint| asked.unknown(endpoint).unwrap().headers.get(CONTENT_LENGTH).cloned();
    let mut asked = Asked::post("{\"userId\": 1}");
    asked.2.insert(CONTENT_LENGTH, HeaderValue::from_static("13"));
    assert_eq!(length(&asked, &hiding(&["json:$.userId"])).unwrap(), "2");
    assert_eq!(length(&asked, &hiding(&[])).unwrap(), "13");
    asked.3.clear();
    assert_eq!(length(&asked, &hiding(&[])), None);
}
