//! Of any request, what is hidden appears nowhere and changes nothing, and the rest is sent as it came.

use std::collections::BTreeSet;

use http::header::COOKIE;
use proptest::prelude::*;

use super::*;

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
