use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header::COOKIE;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::{signed::WRITTEN, *};
use crate::identity::CustomerId;

const ISSUER: &str = "https://id.shop.example";

fn visitors_of(secret: &str, former: &[&str]) -> Visitors {
    let keys = former.iter().map(|secret| PseudonymKey::new(secret.as_bytes()));
    Visitors::new("rapport_visitor", 180 * A_DAY, ISSUER, &PseudonymKey::new(secret.as_bytes()), keys)
}

fn visitors() -> Visitors {
    visitors_of("this year's", &["last year's"])
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

/// What a client keeps of a `Set-Cookie` line, and sends back.
fn kept(line: &HeaderValue) -> String {
    line.to_str().unwrap().split(';').next().unwrap().to_owned()
}

fn find(visitors: &Visitors, cookies: &[&str], now: Timestamp) -> Result<Option<Visitor>, VisitorError> {
    let mut headers = HeaderMap::new();
    for line in cookies {
        headers.append(COOKIE, line.parse().unwrap());
    }
    visitors.find(&headers, now)
}

#[test]
fn who_brings_the_cookie_back_is_the_same_visitor() {
    let visitors = visitors();
    let visitor = visitors.begin(now()).unwrap();
    let line = visitors.set(&visitor, now());
    let cookie = kept(&line);
    let attributes = "; Path=/; Max-Age=15552000; Secure; HttpOnly; SameSite=Lax";
    assert_eq!(line.to_str().unwrap(), format!("{cookie}{attributes}"));
    assert!(cookie.starts_with("__Host-rapport_visitor=") && line.is_sensitive());
    assert_eq!(find(&visitors, &[&cookie], now()), Ok(Some(visitor.clone())));
    assert_eq!(find(&visitors, &["a=1", &format!("b=2; {cookie}; c=3")], days(180)).unwrap().unwrap(), visitor);
    assert_ne!(visitors.begin(now()).unwrap().pseudonym, visitor.pseudonym);
    let removal = "__Host-rapport_visitor=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax";
    assert_eq!(visitors.remove().to_str().unwrap(), removal);
    assert_eq!(find(&visitors, &[&kept(&visitors.remove())], now()), Err(VisitorError::Shape));
}

#[test]
fn the_name_has_a_prefix_that_browsers_guard() {
    for (name, whole) in [
        ("rapport_visitor", "__Host-rapport_visitor"),
        ("__Host-v", "__Host-v"),
        ("__host-v", "__host-v"),
        ("__Secure-v", "__Secure-v"),
        ("v", "__Host-v"),
    ] {
        let visitors = Visitors::new(name, A_DAY, ISSUER, &PseudonymKey::new(b"x"), []);
        assert_eq!(visitors.cookie(), whole);
    }
}

#[test]
fn a_cookie_that_proves_nothing_is_nobodys() {
    let visitors = visitors();
    let cookie = kept(&visitors.set(&visitors.begin(now()).unwrap(), now()));
    let name = "__Host-rapport_visitor";
    let other_issuer = Visitors { issuer: "https://id.other.example".into(), ..visitors.clone() };
    let foreign = [&visitors_of("another", &[]), &other_issuer]
        .map(|other| kept(&other.set(&other.begin(now()).unwrap(), now())));
    for (cookies, at, expected) in [
        (vec![&*cookie, &cookie], now(), VisitorError::Ambiguous),
        (vec![&format!("{cookie}; {name}=x")], now(), VisitorError::Ambiguous),
        (vec![&format!("{name}=")], now(), VisitorError::Shape),
        (vec![&format!("{name}=x")], now(), VisitorError::Shape),
        (vec![&format!("{cookie}A")], now(), VisitorError::Shape),
        (vec![&format!("{cookie}=")], now(), VisitorError::Shape),
        (vec![&format!("{cookie}{}", "A".repeat(9_000))], now(), VisitorError::Shape),
        (vec![&cookie[..cookie.len() - 4]], now(), VisitorError::Shape),
        (vec![&*foreign[0]], now(), VisitorError::Signature),
        (vec![&*foreign[1]], now(), VisitorError::Signature),
        (vec![&*cookie], days(181), VisitorError::Expired),
        (vec![&*cookie], days(-2), VisitorError::Future),
    ] {
        assert_eq!(find(&visitors, &cookies, at), Err(expected), "{cookies:?}");
    }
    let unprefixed = cookie.replace("__Host-", "");
    assert_eq!(find(&visitors, &["a=1", &unprefixed], now()), Ok(None), "another cookie is none of ours");
}

#[test]
fn who_was_known_under_an_earlier_secret_is_known_on_and_signed_anew() {
    let before = visitors_of("last year's", &[]);
    let visitor = before.begin(now()).unwrap();
    let cookie = kept(&before.set(&visitor, now()));
    let found = find(&visitors(), &[&cookie], now()).unwrap().unwrap();
    assert_eq!(&*found.former, [visitor.pseudonym]);
    assert_ne!(found.pseudonym, visitor.pseudonym);
    assert!(visitors().is_to_be_renewed(&found, now()) && !before.is_to_be_renewed(&visitor, now()));
    let anew = find(&visitors(), &[&kept(&visitors().set(&found, now()))], now()).unwrap().unwrap();
    assert_eq!((anew.pseudonym, anew.former), (found.pseudonym, found.former));
}

#[test]
fn a_cookie_is_set_anew_once_a_day() {
    let visitors = visitors();
    let visitor = visitors.begin(now()).unwrap();
    let hours = |hours| now() + SignedDuration::from_hours(hours);
    for (at, renewed) in [(hours(0), false), (hours(23), false), (hours(24), true), (hours(400), true)] {
        assert_eq!(visitors.is_to_be_renewed(&visitor, at), renewed, "{at}");
    }
    assert!(!visitors.is_to_be_renewed(&visitor, hours(-5)), "a clock that is behind");
    let short = Visitors { max_age: Duration::from_secs(7_200), ..visitors };
    assert!(short.is_to_be_renewed(&visitor, hours(1)));
}

#[test]
fn a_visitor_and_a_customer_are_never_kept_as_one() {
    let secret = PseudonymKey::new(b"this year's");
    let visitors = visitors();
    let visitor = visitors.begin(now()).unwrap();
    let id = String::from_utf8_lossy(&visitor.id).into_owned();
    let cookie = kept(&visitors.set(&visitor, now()));
    // Whatever somebody may be called elsewhere.
    for name in [id, cookie.clone(), cookie.split('=').nth(1).unwrap().into(), visitor.pseudonym.to_string()] {
        for issuer in [ISSUER, ""] {
            assert_ne!(secret.pseudonym(issuer, &CustomerId::new(name.clone())), visitor.pseudonym);
        }
    }
}

#[test]
fn nothing_of_a_cookie_is_printed() {
    let visitors = visitors();
    let visitor = visitors.begin(now()).unwrap();
    let printed = format!("{visitors:?} {visitor:?} {:?}", visitors.set(&visitor, now()));
    let value = kept(&visitors.set(&visitor, now()));
    assert!(!printed.contains(value.split('=').nth(1).unwrap()), "{printed}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// One bit of a cookie changed, and it is nobody's.
    #[test]
    fn a_forged_cookie_is_nobodys(bit in 0_usize..WRITTEN * 8) {
        let visitors = visitors();
        let cookie = kept(&visitors.set(&visitors.begin(now()).unwrap(), now()));
        let (name, value) = cookie.split_once('=').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(value).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let forged = format!("{name}={}", URL_SAFE_NO_PAD.encode(bytes));
        prop_assert!(find(&visitors, &[&forged], now()).is_err());
    }

    #[test]
    fn any_value_is_a_cookie_or_none(value in "[A-Za-z0-9_=-]{0,90}") {
        let line = format!("__Host-rapport_visitor={value}");
        prop_assert!(find(&visitors(), &[&line], now()).is_err());
    }
}
