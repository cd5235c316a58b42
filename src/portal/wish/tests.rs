use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::policy::Policy;

const NOW: &str = "2026-11-22T12:00:00Z";

static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let text = include_str!("../../../config/reference.toml");
    Policy::from_toml("rapport.toml", text, |name| Some(format!("{name}, of 32 bytes at the least"))).unwrap()
});

fn read(method: &str, path: &str, media: &str, body: &str) -> Result<Wish, Problem> {
    let mut headers = HeaderMap::new();
    if !media.is_empty() {
        headers.insert(CONTENT_TYPE, media.parse().unwrap());
    }
    let method = method.parse().unwrap();
    Wish::read(Route::below(path), &method, &headers, body.as_bytes(), POLICY.terms(), NOW.parse().unwrap())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const JSON: &str = "application/json";
#[test]
fn json_is_put_and_says_what_is_wished_for() {
    for (method, path, media, body, wish) in [
        ("PUT", "/me/limit", JSON, r#"{"stage": "acquainted"}"#, Wish::Limit(Some(Stage::at(1)))),
        ("PUT", "/me/limit", "", r#"{"stage": "new"}"#, Wish::Limit(Some(Stage::LOWEST))),
        (
            "PUT",
            "/me/limit",
            "Application/JSON; charset=utf-8",
            r#"{"stage":"trusted"}"#,
            Wish::Limit(Some(Stage::at(3))),
        ),
        ("DELETE", "/me/limit", "", "", Wish::Limit(None)),
        ("DELETE", "/me/limit", "text/plain", "whatever", Wish::Limit(None)),
        ("PUT", "/me/pause", JSON, r#"{"until": "2027-01-31"}"#, Wish::Pause(Some(instant("2027-02-01T00:00:00Z")))),
        ("PUT", "/me/pause", JSON, r#"{"until": "2026-11-22"}"#, Wish::Pause(Some(instant("2026-11-23T00:00:00Z")))),
        (
            "PUT",
            "/me/pause",
            JSON,
            r#"{"until": "2027-01-31T18:00:00+01:00"}"#,
            Wish::Pause(Some(instant("2027-01-31T17:00:00Z"))),
        ),
        ("PUT", "/me/pause", JSON, r#"{"until": "9999-12-31"}"#, Wish::Pause(Some(Timestamp::MAX))),
        ("DELETE", "/me/pause", "", "", Wish::Pause(None)),
        // As curl sends it, and what it would mean.
        ("PUT", "/me/pause", FORM, r#" {"until": "2027-01-31"}"#, Wish::Pause(Some(instant("2027-02-01T00:00:00Z")))),
        ("PUT", "/me/pause", FORM, "until=2027-01-31", Wish::Pause(Some(instant("2027-02-01T00:00:00Z")))),
        ("PUT", "/me/purposes/record", FORM, "granted=false", Wish::Purpose(name("record"), false)),
        ("PUT", "/me/purposes/record", JSON, r#"{"granted": true}"#, Wish::Purpose(name("record"), true)),
        ("PUT", "/me/purposes/record", JSON, r#"{"granted": false}"#, Wish::Purpose(name("record"), false)),
        ("DELETE", "/me", "", "", Wish::Forget),
    ] {
        assert_eq!(read(method, path, media, body), Ok(wish), "{method} {path} {body}");
    }
}

#[test]
fn a_form_is_posted_to_the_same_path_and_says_the_method() {
    for (path, body, wish) in [
        ("/me/limit", "_method=put&stage=acquainted", Wish::Limit(Some(Stage::at(1)))),
        ("/me/limit", "stage=acquainted&_method=put", Wish::Limit(Some(Stage::at(1)))),
        ("/me/limit", "_method=delete", Wish::Limit(None)),
        ("/me/pause", "_method=put&until=2027-01-31", Wish::Pause(Some(instant("2027-02-01T00:00:00Z")))),
        ("/me/pause", "_method=put&until=2027-01-31T18%3A00%3A00Z", Wish::Pause(Some(instant("2027-01-31T18:00:00Z")))),
        ("/me/purposes/personalization", "_method=put&granted=false", Wish::Purpose(name("personalization"), false)),
        ("/me", "_method=delete", Wish::Forget),
    ] {
        assert_eq!(read("POST", path, FORM, body), Ok(wish), "{path} {body}");
    }
}

#[test]
fn what_is_wrong_has_its_own_problem() {
    use Problem::{Malformed, Media, Method, NoChoice, NoDate, NoPurpose, NoStage, Past};
    for (method, path, media, body, problem) in [
        ("PUT", "/me/limit", JSON, r#"{"stage": "nonsense"}"#, NoStage),
        ("PUT", "/me/limit", JSON, r#"{"stage": "none"}"#, NoStage),
        ("PUT", "/me/limit", JSON, r#"{"stage": 1}"#, NoStage),
        ("PUT", "/me/limit", JSON, r#"{"stage": null}"#, NoStage),
        ("PUT", "/me/limit", JSON, r#"{"stages": "new"}"#, Malformed("stage")),
        ("PUT", "/me/limit", JSON, r#"{"stage": "new", "more": 1}"#, Malformed("stage")),
        ("PUT", "/me/limit", JSON, r#"{"stage": "new", "stage": "trusted"}"#, Malformed("stage")),
        ("PUT", "/me/limit", JSON, r#"{"stage": "trusted", "st\u0061ge": "new"}"#, Malformed("stage")),
        ("PUT", "/me/limit", JSON, r#"{}"#, Malformed("stage")),
        ("PUT", "/me/limit", JSON, r#"["new"]"#, Malformed("stage")),
        ("PUT", "/me/limit", JSON, "", Malformed("stage")),
        ("PUT", "/me/limit", JSON, r#"{"stage": "new"} x"#, Malformed("stage")),
        ("PUT", "/me/limit", FORM, "_method=put&stage=new", Malformed("stage")),
        ("PUT", "/me/limit", FORM, "_method=delete", Malformed("stage")),
        ("PUT", "/me/limit", FORM, "stage=new&stage=new", Malformed("stage")),
        ("PUT", "/me/limit", FORM, "until=2027-01-31", Malformed("stage")),
        ("PUT", "/me/limit", FORM, r#"{"stage": "new""#, Malformed("stage")),
        ("PUT", "/me/limit", "multipart/form-data", "stage=new", Media),
        ("PUT", "/me/limit", "text/plain", r#"{"stage": "new"}"#, Media),
        ("PUT", "/me/pause", JSON, r#"{"until": "tomorrow"}"#, NoDate),
        ("PUT", "/me/pause", JSON, r#"{"until": "2027-02-30"}"#, NoDate),
        ("PUT", "/me/pause", JSON, r#"{"until": "2027-01-31T18:00:00"}"#, NoDate),
        ("PUT", "/me/pause", JSON, r#"{"until": 1801000000}"#, NoDate),
        ("PUT", "/me/pause", JSON, r#"{"until": "2026-11-21"}"#, Past),
        ("PUT", "/me/pause", JSON, r#"{"until": "2026-11-22T12:00:00Z"}"#, Past),
        ("PUT", "/me/purposes/nonsense", JSON, r#"{"granted": true}"#, NoPurpose),
        ("PUT", "/me/purposes/Record", JSON, r#"{"granted": true}"#, NoPurpose),
        ("PUT", "/me/purposes/record", JSON, r#"{"granted": "yes"}"#, NoChoice),
        ("PUT", "/me/purposes/record", JSON, r#"{"granted": 1}"#, NoChoice),
        ("POST", "/me/limit", JSON, r#"{"stage": "new"}"#, Media),
        ("POST", "/me/limit", "", "_method=put&stage=new", Media),
        ("POST", "/me/limit", FORM, "stage=new", Malformed("_method")),
        ("POST", "/me/limit", FORM, "_method=put", Malformed("stage")),
        ("POST", "/me/limit", FORM, "_method=patch&stage=new", Malformed("_method")),
        ("POST", "/me/limit", FORM, "_method=put&_method=delete&stage=new", Malformed("stage")),
        ("POST", "/me/limit", FORM, "_method=put&stage=new&stage=trusted", Malformed("stage")),
        ("POST", "/me/limit", FORM, "_method=put&stage=new&more=1", Malformed("stage")),
        ("POST", "/me/purposes/record", FORM, "_method=delete", Method("PUT, POST, OPTIONS")),
        ("POST", "/me", FORM, "_method=put", Malformed("_method")),
    ] {
        assert_eq!(read(method, path, media, body), Err(problem), "{method} {path} {media} {body}");
    }
}

#[test]
fn a_body_in_a_coding_is_not_guessed_at() {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
    let read = Wish::read(Route::Limit, &Method::PUT, &headers, br#"{"stage":"new"}"#, POLICY.terms(), instant(NOW));
    assert_eq!(read, Err(Problem::Media));
}

#[test]
fn a_pause_is_told_as_it_was_set() {
    for text in ["2027-01-31", "2027-01-31T18:00:00Z", "9999-12-31", "2026-12-31T23:59:59.5Z"] {
        assert_eq!(until(end_of(text).unwrap()), text);
    }
    assert_eq!(until(end_of("2027-02-01T00:00:00Z").unwrap()), "2027-01-31", "which is the same");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_body_is_too_strange(body in prop::collection::vec(any::<u8>(), 0..80), form: bool, path in 0usize..4, method in 0usize..3) {
        let path = ["/me/limit", "/me/pause", "/me/purposes/record", "/me"][path];
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, if form { FORM } else { JSON }.parse().unwrap());
        let method = [Method::PUT, Method::POST, Method::DELETE][method].clone();
            let _ = Wish::read(Route::below(path), &method, &headers, &body, POLICY.terms(), instant(NOW));
    }

    #[test]
    fn a_pause_that_is_set_as_it_was_told_is_the_same(second in -377_705_023_201i64..253_402_207_200, nano in 0i32..1_000_000_000) {
        let end = Timestamp::new(second, nano).unwrap();
        let again = end_of(&until(end)).unwrap();
        prop_assert!(again == end || last_day(end) == Some(Date::MAX) && again == Timestamp::MAX);
    }
}
