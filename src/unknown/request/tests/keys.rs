//! Which calls may share an answer.

use super::*;

#[test]
fn codings_are_asked_for_in_one_way_of_writing() {
    let asked = |line| Asked::get("/recommendations", &[("accept-encoding", line)]).unknown(&endpoint("")).unwrap();
    let (one, other) = (asked("br;q=0.5, gzip, exi"), asked("GZIP, br"));
    assert_eq!(one.headers["accept-encoding"], if cfg!(feature = "encoding") { "gzip, br" } else { "identity" });
    assert!(one.key == other.key);
    assert_eq!(asked("gzip").key == other.key, !cfg!(feature = "encoding"));
}

#[test]
fn hosts_are_kept_apart() {
    let key = |uri: &str, host: &'static str| Asked::get(uri, &[("host", host)]).unknown(&endpoint("")).unwrap().key;
    assert_ne!(key("/recommendations", "a.example"), key("/recommendations", "b.example"));
    assert_ne!(key("http://a.example/recommendations", "x"), key("http://b.example/recommendations", "x"));
    assert_eq!(key("/recommendations", "a.example"), key("/recommendations", "a.example"));
}
