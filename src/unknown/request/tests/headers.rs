//! Headers that are added, and those that are never sent.

use super::*;

#[test]
fn the_opt_out_is_never_removed_and_is_added() {
    let endpoint = hiding(&["header:sec-gpc"]);
    let signal = |lines: &[(&'static str, &'static str)], opts_out| {
        let (method, uri) = (Method::GET, Uri::from_static("/recommendations"));
        let unknown = Unknown::of(&endpoint, &method, &uri, &headers(lines), &Bytes::new(), &TOLD, opts_out).unwrap();
        unknown.headers.get_all(SEC_GPC).iter().map(|line| line.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(signal(&[("sec-gpc", "1")], false), ["1"]);
    assert_eq!(signal(&[("sec-gpc", "0"), ("sec-gpc", "1")], false), ["1"]);
    assert_eq!(signal(&[("sec-gpc", "1"), ("connection", "sec-gpc")], false), ["1"]);
    assert_eq!(signal(&[("sec-gpc", "0")], false), ["0"]);
    assert_eq!(signal(&[("sec-gpc", "0")], true), ["1"]);
    assert_eq!(signal(&[], true), ["1"]);
    assert!(signal(&[], false).is_empty());
}

#[test]
fn what_the_operator_sends_wins_and_what_a_client_says_of_itself_does_not() {
    let endpoint = endpoint(
        r#"
        request = { hide = ["header:authorization"] }
        generic = { send = { authorization = { env = "GENERIC_TOKEN" }, x-user-agent = { env = "A" } } }
        "#,
    );
    let asked = Asked::get(
        "/recommendations",
        &[
            ("authorization", "secret"),
            ("x-user-agent", "one"),
            ("personalization", "stage=trusted"),
            ("connection", "personalization"),
        ],
    );
    let sent = asked.unknown(&endpoint).unwrap().headers;
    let all = |name| sent.get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(all("authorization"), [&format!("GENERIC_TOKEN {}", "x".repeat(32))]);
    assert_eq!(all("x-user-agent"), [&format!("A {}", "x".repeat(32))]);
    assert_eq!(all("personalization"), [TOLD]);
}

#[test]
fn a_whole_answer_is_asked_for() {
    let lines =
        [("if-none-match", "\"v1\""), ("if-modified-since", "x"), ("range", "bytes=0-1"), ("accept-encoding", "exi")];
    let unknown = Asked::get("/recommendations", &lines).unknown(&endpoint("")).unwrap();
    assert_eq!(unknown.headers, with_the_usual(&[]));
}

#[test]
fn what_speaks_of_the_way_is_not_sent_nor_what_connection_names() {
    let lines = [
        ("connection", "close, x-one"),
        ("connection", "X-Two"),
        ("x-one", "1"),
        ("x-two", "2"),
        ("x-three", "3"),
        ("te", "trailers"),
        ("traceparent", "00-1-2-01"),
        ("x-forwarded-for", "192.0.2.1"),
        ("user-agent", "it"),
        ("accept-language", "de"),
    ];
    let unknown = Asked::get("/recommendations", &lines).unknown(&endpoint("")).unwrap();
    assert_eq!(unknown.headers, with_the_usual(&[("x-three", "3"), ("accept-language", "de")]));
}
