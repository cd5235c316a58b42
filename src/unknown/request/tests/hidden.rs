//! What is hidden is not sent, and nothing else of a request changes.

use super::*;

#[test]
fn by_default_neither_authorization_nor_cookies_are_sent() {
    let asked = Asked::get(
        "/recommendations?page=2",
        &[
            ("authorization", "Bearer secret"),
            ("cookie", "session=secret"),
            ("cookie", "a=1"),
            ("host", "shop.example"),
            ("accept", "application/json"),
            ("prefer", "personalization=none"),
            ("x-tenant", "one"),
            ("x-tenant", "two"),
        ],
    );
    let unknown = asked.unknown(&endpoint("")).unwrap();
    assert_eq!(unknown.method, Method::GET);
    assert_eq!(unknown.uri, "/recommendations?page=2");
    assert_eq!(unknown.body, "");
    let rest = [
        ("host", "shop.example"),
        ("accept", "application/json"),
        ("prefer", "personalization=none"),
        ("x-tenant", "one"),
        ("x-tenant", "two"),
    ];
    assert_eq!(unknown.headers, with_the_usual(&rest));
    assert_eq!(format!("{unknown:?}"), "Unknown { method: GET, .. }");
}

#[test]
fn what_is_hidden_is_not_sent() {
    let endpoint =
        hiding(&["header:x-user", "header:Authorization", "cookie:session", "query:user_id", "json:$.user.id"]);
    let asked = Asked(
        "POST",
        "/recommendations?a=1&user_id=secret&b=2".into(),
        headers(&[
            ("x-user", "secret"),
            ("x-user", "secret"),
            ("authorization", "secret"),
            ("cookie", "a=1; session=secret"),
            ("content-digest", "sha-256=:secret:"),
            ("signature", "secret"),
            ("content-length", "60"),
        ]),
        r#"{"user": {"id": "secret", "n": 1.0}, "page": 2}"#.into(),
    );
    let unknown = asked.unknown(&endpoint).unwrap();
    assert_eq!(unknown.uri, "/recommendations?a=1&b=2");
    assert_eq!(unknown.body, r#"{"user": { "n": 1.0}, "page": 2}"#);
    let length = unknown.body.len();
    let mut expected = with_the_usual(&[("cookie", "a=1")]);
    expected.insert(CONTENT_LENGTH, HeaderValue::from(length));
    assert_eq!(unknown.headers, expected);
}

#[test]
fn no_query_is_left_alone_and_no_other_byte_changes() {
    let endpoint = hiding(&["query:user_id"]);
    for (uri, sent) in [
        ("/p?user_id=7", "/p"),
        ("/p?user_id=7&", "/p"),
        ("/p%2F/../q?x=%7e&user_id=7&y=a+b", "/p%2F/../q?x=%7e&y=a+b"),
        ("http://shop.example/p?user_id=7", "http://shop.example/p"),
        ("http://anna:secret@shop.example:81/p?a", "http://shop.example:81/p?a"),
        ("*", "*"),
        ("shop.example:80", "shop.example:80"),
    ] {
        let unknown = Asked::get(uri, &[]).unknown(&endpoint).unwrap();
        assert_eq!(unknown.uri.to_string(), sent.parse::<Uri>().unwrap().to_string(), "{uri}");
    }
}
