//! What is sent when somebody unknown asks, and what never is.

use std::collections::BTreeSet;

use http::header::COOKIE;
use proptest::prelude::*;

use super::*;
use crate::{policy::Policy, shaping::DoubtKind};

const TOLD: HeaderValue = HeaderValue::from_static("stage=new;level=0;of=4");

/// An endpoint with more in its own table, as TOML.
fn endpoint(more: &str) -> Arc<Endpoint> {
    let text = format!(
        r#"
        identity = {{ issuer = "i", audience = "a", pseudonym_secret = {{ env = "A" }}, keys = [{{ alg = "HS256", secret = {{ env = "B" }} }}] }}
        store = {{ memory = {{}} }}
        [[endpoints]]
        name = "recommendations"
        path = "/recommendations"
        {more}
        "#
    );
    let policy = Policy::from_toml("rapport.toml", &text, |name| Some(format!("{name} {}", "x".repeat(32)))).unwrap();
    Arc::clone(&policy.endpoints()[0])
}

fn hiding(hide: &[&str]) -> Arc<Endpoint> {
    endpoint(&format!("request = {{ hide = {hide:?} }}"))
}

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(*name, HeaderValue::from_static(value));
    }
    headers
}

/// A request: method, URI, headers, body.
#[derive(Clone, Debug)]
struct Asked(&'static str, String, HeaderMap, String);

impl Asked {
    fn get(uri: &str, lines: &[(&'static str, &'static str)]) -> Self {
        Self("GET", uri.into(), headers(lines), String::new())
    }

    fn post(body: &str) -> Self {
        Self("POST", "/recommendations".into(), HeaderMap::new(), body.into())
    }

    fn unknown(&self, endpoint: &Endpoint) -> Result<Unknown, CannotHide> {
        let (method, uri) = (self.0.parse().unwrap(), self.1.parse().unwrap());
        Unknown::of(endpoint, &method, &uri, &self.2, &Bytes::from(self.3.clone()), &TOLD, false)
    }
}

/// What is always sent.
fn with_the_usual(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let mut all = headers(lines);
    all.insert("accept-encoding", HeaderValue::from_static("identity"));
    all.insert(PERSONALIZATION, TOLD);
    all
}

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
fn codings_are_asked_for_in_one_way_of_writing() {
    let asked = |line| Asked::get("/recommendations", &[("accept-encoding", line)]).unknown(&endpoint("")).unwrap();
    let (one, other) = (asked("br;q=0.5, gzip, exi"), asked("GZIP, br"));
    assert_eq!(one.headers["accept-encoding"], if cfg!(feature = "encoding") { "gzip, br" } else { "identity" });
    assert!(one.key == other.key);
    assert_eq!(asked("gzip").key == other.key, !cfg!(feature = "encoding"));
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

/// The parts of a request: what is sent, and what is not.
#[derive(Clone, Debug)]
struct Parts {
    query: Vec<String>,
    headers: Vec<(String, String)>,
    cookies: Vec<String>,
    members: Vec<String>,
}

const HIDE: [&str; 6] =
    ["header:x-user", "header:authorization", "cookie:session", "query:user_id", "json:$.userId", "json:$.user.*"];

fn shown() -> impl Strategy<Value = Parts> {
    let header = (prop::sample::select(vec!["x-tenant", "accept", "prefer", "x-a", "host"]), "[a-z0-9,;= ]{0,6}");
    let header = header.prop_map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    (
        prop::collection::vec("[a-z]{1,3}(=[a-z0-9+%;]{0,4})?", 0..4),
        prop::collection::vec(header, 0..5),
        prop::collection::vec("[a-z]{1,3}=[a-z0-9=]{0,4}", 0..4),
        prop::collection::vec("\"[a-z]{1,3}\":( )?[1-9]{1,2}", 0..4),
    )
        .prop_map(|(query, headers, cookies, members)| Parts { query, headers, cookies, members })
}

/// Each holds `SECRET`.
fn hidden() -> impl Strategy<Value = Parts> {
    let name = prop::sample::select(vec![
        "x-user",
        "authorization",
        "user-agent",
        "x-request-id",
        "traceparent",
        "x-b3-traceid",
        "baggage",
        "via",
        "x-real-ip",
        "x-forwarded-for",
        "cf-connecting-ip",
        "keep-alive",
        "expect",
        "range",
        "if-none-match",
        "content-digest",
        "x-listed",
    ]);
    let header = (name, "[a-z]{0,3}").prop_map(|(name, value)| (name.to_owned(), format!("{value}SECRET")));
    (
        prop::collection::vec(
            "(user_id|%75ser_id|user%5fid|%75%73%65%72_%69%64)=[a-z0-9;=]{0,3}SECRET[;a-z]{0,2}",
            0..3,
        ),
        prop::collection::vec(header, 0..6),
        prop::collection::vec("session=(\"SECRET;SECRET\"|[a-z]{0,3}SECRET| SECRET)", 0..3),
        prop::collection::vec("(\"userId\"|\"\\\\u0075serId\"):( )?(\"SECRET\"|\\{\"a\":\\[\"SECRET\"\\]\\})", 0..3),
    )
        .prop_map(|(query, headers, cookies, members)| Parts { query, headers, cookies, members })
}

/// One list put into another, at places that `at` tells.
fn mixed<T: Clone>(shown: &[T], hidden: &[T], mut at: usize) -> Vec<T> {
    let mut all = shown.to_vec();
    for one in hidden {
        all.insert(at % (all.len() + 1), one.clone());
        at /= 3;
    }
    all
}

fn asked(shown: &Parts, hidden: &Parts, at: usize) -> Asked {
    let query = mixed(&shown.query, &hidden.query, at).join("&");
    let cookies = mixed(&shown.cookies, &hidden.cookies, at).join("; ");
    let members = mixed(&shown.members, &hidden.members, at).join(",");
    let mut lines = HeaderMap::new();
    let cookies = [("cookie".to_owned(), cookies)];
    let connection = [("connection".to_owned(), "x-listed".to_owned())];
    for (name, value) in mixed(&shown.headers, &hidden.headers, at).iter().chain(&cookies).chain(&connection) {
        let (name, value) = (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        lines.append(name, value);
    }
    if lines.get(COOKIE).is_some_and(HeaderValue::is_empty) {
        lines.remove(COOKIE);
    }
    let uri = if query.is_empty() { "/recommendations".into() } else { format!("/recommendations?{query}") };
    Asked("POST", uri, lines, format!("{{{members}}}"))
}

/// All that a service can see of a call, in the order in which it sees it.
fn seen(unknown: &Unknown) -> String {
    let lines: Vec<_> = unknown.headers.iter().collect();
    format!("{} {} {lines:?} {:?}", unknown.method, unknown.uri, unknown.body)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_appears_nowhere_and_changes_nothing(
        shown in shown(), hidden in hidden(), other in hidden(), at in any::<usize>(), else_at in any::<usize>(),
    ) {
        let endpoint = hiding_all();
        let nothing = Parts { query: vec![], headers: vec![], cookies: vec![], members: vec![] };
        let one = asked(&shown, &hidden, at).unknown(&endpoint).unwrap();
        let two = asked(&shown, &other, else_at).unknown(&endpoint).unwrap();
        let plain = asked(&shown, &nothing, 0).unknown(&endpoint).unwrap();
        prop_assert!(!seen(&one).contains("SECRET"), "{}", seen(&one));
        prop_assert_eq!(seen(&one), seen(&two));
        prop_assert_eq!(seen(&one), seen(&plain));
        prop_assert!(one.key == two.key && one.key == plain.key);
    }

    #[test]
    fn calls_that_differ_in_what_is_sent_have_two_keys(one in shown(), other in shown(), hidden in hidden(), part in 0..4) {
        let endpoint = hiding_all();
        let mut mixed = one.clone();
        match part {
            0 => mixed.query = other.query,
            1 => mixed.headers = other.headers,
            2 => mixed.cookies = other.cookies,
            _ => mixed.members = other.members,
        }
        let one = asked(&one, &hidden, 0).unknown(&endpoint).unwrap();
        let mixed = asked(&mixed, &hidden, 0).unknown(&endpoint).unwrap();
        prop_assert_eq!(seen(&one) == seen(&mixed), one.key == mixed.key);
    }

    #[test]
    fn what_is_not_hidden_is_sent_as_it_came(shown in shown()) {
        let nothing = Parts { query: vec![], headers: vec![], cookies: vec![], members: vec![] };
        let asked = asked(&shown, &nothing, 0);
        let unknown = asked.unknown(&hiding_all()).unwrap();
        prop_assert_eq!(unknown.uri.to_string(), asked.1);
        prop_assert_eq!(&unknown.body, &asked.3);
        let given: BTreeSet<_> = asked.2.iter().filter(|(name, _)| *name != "connection").map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let ours = ["accept-encoding", "personalization", "content-length"];
        let sent: BTreeSet<_> = unknown.headers.iter().filter(|(name, _)| !ours.contains(&name.as_str())).map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        prop_assert_eq!(given, sent);
    }
}

/// Made once: a policy is much to read for each of thousands of cases.
fn hiding_all() -> Arc<Endpoint> {
    static ENDPOINT: std::sync::OnceLock<Arc<Endpoint>> = std::sync::OnceLock::new();
    Arc::clone(ENDPOINT.get_or_init(|| hiding(&HIDE)))
}

#[test]
fn hosts_are_kept_apart() {
    let key = |uri: &str, host: &'static str| Asked::get(uri, &[("host", host)]).unknown(&endpoint("")).unwrap().key;
    assert_ne!(key("/recommendations", "a.example"), key("/recommendations", "b.example"));
    assert_ne!(key("http://a.example/recommendations", "x"), key("http://b.example/recommendations", "x"));
    assert_eq!(key("/recommendations", "a.example"), key("/recommendations", "a.example"));
}
