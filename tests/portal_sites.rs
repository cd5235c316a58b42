//! Other sites: nothing they can make a browser send changes anything, whoever says who asks.

mod house;

use house::*;
use http::{Method, request};
use serde_json::Value;
use tower_rapport::store::Memory;

/// A house that knows its customers by a header, and by a cookie.
fn with_cookies() -> House {
    let tokens = "audience = \"shop\"\ntokens = [\"header:authorization\", \"cookie:session\"]";
    let policy = POLICY.replace("audience = \"shop\"", tokens);
    House::of(&policy, Memory::new())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Cookie,
    Header,
}

/// What a browser tells of the page that makes a request.
const OWN: [&[(&str, &str)]; 4] = [
    &[("sec-fetch-site", "same-origin"), ("origin", "https://shop.example")],
    &[("sec-fetch-site", "none")],
    &[("origin", "https://shop.example")],
    &[("referer", "https://shop.example/rapport/me")],
];

const FOREIGN: [&[(&str, &str)]; 7] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "same-site"), ("origin", "https://blog.shop.example")],
    &[("sec-fetch-site", "cross-site")],
    &[("origin", "https://evil.example")],
    &[("origin", "null")],
    &[("referer", "https://evil.example/https://shop.example/")],
    &[("origin", "https://evil.example"), ("referer", "https://shop.example/")],
];

fn request(says: Says, method: &str, path: &str, more: &[(&str, &str)]) -> request::Builder {
    let token = token(SUBJECT, "record personalization", Value::Null);
    let mut request = anybody(&format!("/rapport{path}")).method(method).header("host", "shop.example");
    request = match says {
        Says::Cookie => request.header("cookie", format!("a=b; session={token}")),
        Says::Header => request.header("authorization", format!("Bearer {token}")),
    };
    let media = if method == "POST" { "application/x-www-form-urlencoded" } else { "application/json" };
    request = request.header("content-type", media);
    more.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

const CHANGES: [(&str, &str, &str); 8] = [
    ("PUT", "/me/limit", r#"{"stage": "new"}"#),
    ("DELETE", "/me/limit", ""),
    ("PUT", "/me/pause", r#"{"until": "9999-12-31"}"#),
    ("PUT", "/me/purposes/record", r#"{"granted": true}"#),
    ("DELETE", "/me", ""),
    ("POST", "/me/limit", "_method=put&stage=new"),
    ("POST", "/me/purposes/personalization", "_method=put&granted=true"),
    ("POST", "/me", "_method=delete"),
];

async fn is_done(says: Says, (method, path, body): (&str, &str, &str), more: &[(&str, &str)]) -> bool {
    let house = with_cookies();
    house.know(SUBJECT, "trusted").await;
    let before = house.kept(SUBJECT).await;
    let answer = house.ask_with(request(says, method, path, more), body).await;
    if answer.status == 403 {
        assert!(answer.body.contains("cross_site"), "{}", answer.body);
        assert_eq!(house.kept(SUBJECT).await, before, "{method} {path}: nothing is changed");
        assert_eq!(house.ask(anna("/recommendations")).await.stage(), "trusted", "{method} {path}: nor in force");
        return false;
    }
    assert!(answer.status.is_success() || answer.status.is_redirection(), "{} {}", answer.status, answer.body);
    true
}

#[tokio::test(start_paused = true)]
async fn where_a_cookie_says_who_asks_only_the_own_pages_change_anything() {
    for change in CHANGES {
        for own in OWN {
            assert!(is_done(Says::Cookie, change, own).await, "{change:?} {own:?}");
        }
        for foreign in FOREIGN {
            assert!(!is_done(Says::Cookie, change, foreign).await, "{change:?} {foreign:?}");
        }
        assert!(!is_done(Says::Cookie, change, &[]).await, "{change:?}: who says nothing is no browser of today");
    }
}

#[tokio::test(start_paused = true)]
async fn where_a_header_says_it_only_a_form_has_to_come_from_the_own_pages() {
    for change in CHANGES {
        for own in OWN {
            assert!(is_done(Says::Header, change, own).await, "{change:?} {own:?}");
        }
        for foreign in FOREIGN {
            // No page can send the header; a gateway may make it of a cookie, and a form can be sent to a gateway.
            assert_eq!(is_done(Says::Header, change, foreign).await, change.0 != "POST", "{change:?} {foreign:?}");
        }
        assert!(is_done(Says::Header, change, &[]).await, "{change:?}: a program");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_only_read_may_be_asked_from_anywhere_and_can_be_loaded_by_nobody() {
    let house = with_cookies();
    house.know(SUBJECT, "trusted").await;
    for path in ["/me", "/me/export", "/policy"] {
        for foreign in FOREIGN {
            let answer = house.ask(request(Says::Cookie, "GET", path, foreign)).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
            assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_changes_nothing() {
    let house = with_cookies();
    house.know(SUBJECT, "trusted").await;
    let own = OWN[0];
    for path in ["/me?_method=delete", "/me?stage=new", "/me?done=forget", "/me/export?_method=delete"] {
        for method in [Method::GET, Method::HEAD] {
            house.ask(request(Says::Cookie, method.as_str(), path, own)).await;
        }
    }
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "trusted");
}
