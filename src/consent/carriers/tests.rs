use http::header::COOKIE;

use super::*;
use crate::consent::{TcfPurposes, tcf::tests as tcf};

const NOW: &str = "2026-11-22T12:00:00Z";

fn carriers() -> Carriers {
    Carriers {
        cookies: vec!["euconsent-v2".into(), "old".into()],
        query: vec!["gdpr_consent".into(), "a b".into()],
        segment: Segment::Publisher,
        gpp_cookies: vec!["gpp".into()],
    }
}

fn read_by(judging: Judging, cookies: &[&str], query: &str) -> (Signals, Vec<Doubtful>) {
    let mut headers = HeaderMap::new();
    for line in cookies {
        headers.append(COOKIE, line.parse().unwrap());
    }
    let uri = format!("/recommendations?{query}").parse().unwrap();
    let mut notes = Vec::new();
    let signals = carriers().read(&headers, &uri, judging, |doubtful| notes.push(doubtful));
    (signals, notes)
}

fn judging() -> Judging {
    let valid_for = SignedDuration::from_hours(24 * 390);
    Judging { valid_for, now: NOW.parse().unwrap(), honours_gpc: true }
}

fn read(cookies: &[&str], query: &str) -> Signals {
    read_by(judging(), cookies, query).0
}

/// A string of today that grants these purposes and of the publisher's own two the first.
fn string(purposes: &[u64]) -> String {
    tcf::granting(NOW, purposes).written()
}

fn granted(signals: Signals) -> Vec<u8> {
    signals.tcf.granted.standard().collect()
}

#[test]
fn a_string_stands_in_a_cookie_or_a_parameter_by_its_exact_name() {
    let text = string(&[1, 5]);
    let encoded = text.replace('.', "%2E").replacen('C', "%43", 1);
    for (cookies, query) in [
        (vec![format!("euconsent-v2={text}")], String::new()),
        (vec![format!("a=1; euconsent-v2=\"{text}\"; b=2")], String::new()),
        (vec!["a=1".into(), format!("old={text}")], String::new()),
        (vec![format!("euconsent-v2={encoded}")], String::new()),
        (vec![], format!("gdpr_consent={text}")),
        (vec![], format!("x=1&gdpr_consent={encoded}&y=2")),
        (vec![], format!("gdpr%5Fconsent={text}")),
        (vec![], format!("a%20b={text}")),
        // The same twice is no disagreement.
        (vec![format!("euconsent-v2={text}; old={text}")], format!("gdpr_consent={text}")),
    ] {
        let cookies: Vec<_> = cookies.iter().map(String::as_str).collect();
        assert_eq!(granted(read(&cookies, &query)), [1, 5], "{cookies:?} {query}");
    }
    for (cookie, query) in [
        (format!("Euconsent-v2={text}"), format!("GDPR_consent={text}")),
        (format!("euconsent={text}"), format!("gdpr_consent_={text}")),
        (format!("x=euconsent-v2={text}"), format!("x=gdpr_consent={text}")),
        (String::from("a=1"), String::new()),
    ] {
        assert_eq!(read(&[&cookie], &query), Signals::default(), "{cookie} {query}");
    }
}

#[test]
fn of_strings_that_disagree_the_stricter_counts() {
    let (one, other) = (string(&[1, 5, 6]), string(&[5, 7]));
    let both = read(&[&format!("euconsent-v2={one}; old={other}")], "");
    assert_eq!(granted(both), [5]);
    assert!(both.tcf.refused.contains(TcfPurposes::of(&[1, 6, 7], &[2])), "{both:?}");
    let in_two_places = read(&[&format!("euconsent-v2={one}")], &format!("gdpr_consent={other}"));
    assert_eq!(in_two_places, both);
    let twice = read(&[&format!("euconsent-v2={one}; euconsent-v2={other}")], "");
    assert_eq!(twice, both);

    // One that does not count, or is too old, is stricter than one that grants; a refusal stands.
    let old = tcf::granting("2025-01-01T00:00:00Z", &[1, 5]).written();
    for doubtful in ["", "x", &one[..20], &"C".repeat(5_000), &format!("{one}%"), &old] {
        let signals = read(&[&format!("euconsent-v2={one}")], &format!("gdpr_consent={doubtful}"));
        assert_eq!(granted(signals), [0; 0], "{doubtful}");
        assert!(signals.tcf.refused.contains(TcfPurposes::of(&[2], &[2])), "{doubtful}");
        assert_eq!(signals.tcf.is_doubtful, doubtful != old, "{doubtful}");
    }
}

#[test]
fn what_does_not_count_is_told() {
    let (good, notes) = read_by(judging(), &[&format!("euconsent-v2={}", string(&[5]))], "");
    assert!(!good.tcf.is_doubtful && notes.is_empty());
    let long = "C".repeat(4_097);
    let line = format!("euconsent-v2=x; old={long}; gpp=z; euconsent-v2={}%", string(&[5]));
    let (_, notes) = read_by(judging(), &[&line], "gdpr_consent");
    let tcf = |error| Doubtful::Tcf(error);
    let expected =
        [tcf(TcError::Version), tcf(TcError::TooLong), Doubtful::Gpp, tcf(TcError::Shape), tcf(TcError::Shape)];
    assert_eq!(notes, expected);
}

#[test]
fn a_gpp_string_opts_out_and_carries_a_tc_string() {
    let usnat = "BVVVkkkklWA";
    let text = string(&[1, 5]);
    let gpp = |value: &str| read(&[&format!("gpp={value}")], "");
    let opted_out = GppSays { opted_out: true, child: true };
    assert_eq!(gpp(&format!("DBABLA~{usnat}")), Signals { gpp: opted_out, ..Signals::default() });
    assert_eq!(gpp(&format!("DBABLA%7E{usnat}")), Signals { gpp: opted_out, ..Signals::default() });
    assert_eq!(granted(gpp(&format!("DBABM~{text}"))), [1, 5]);
    // Beside a TC string in its own cookie, the stricter counts.
    let beside = |gpp: &str| read(&[&format!("euconsent-v2={}; gpp={gpp}", string(&[1, 5, 6]))], "");
    assert_eq!(granted(beside(&format!("DBABM~{text}"))), [1, 5]);
    assert_eq!(granted(beside(&format!("DBABLA~{usnat}"))), [1, 5, 6]);
    // A doubtful one grants nothing, and refuses what can be read of it; of one in which nothing can be read nothing follows.
    let doubtful = beside(&format!("DBABM~{text}~BAAA"));
    assert_eq!((granted(doubtful), doubtful.tcf.is_doubtful), (vec![], true));
    assert!(doubtful.tcf.refused.contains(TcfPurposes::of(&[6], &[])));
    assert_eq!(granted(beside("garbage")), [1, 5, 6]);
}

#[test]
fn a_repeated_global_privacy_control_signal_counts_where_the_signal_does() {
    let line = "gpp=DBABLA~BAAAAAAAAQA.YA";
    for honours_gpc in [true, false] {
        let (signals, _) = read_by(Judging { honours_gpc, ..judging() }, &[line], "");
        assert_eq!(signals.gpp, GppSays { opted_out: honours_gpc, child: false });
    }
}
