//! What the customer agreed to elsewhere, and what not: TC strings, GPP strings, Global Privacy Control. They speak for the
//! purposes of their own request, never for a stage; only Global Privacy Control is remembered.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use house::*;
use http::{Method, request};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower_rapport::{
    clock::Clock,
    consent::{Answering, Remembered},
    relationship::Record,
    store::{Fault, Memory, Urgency},
};

/// The policy of the house, which reads strings.
fn policy() -> String {
    format!("{POLICY}\n[consent.tcf]\ngpp_cookies = [\"gpp\"]\n")
}

fn house() -> House {
    House::of(&policy(), Memory::new())
}

/// Anna asks, whose token says nothing of purposes, with these cookies.
fn with_cookies(cookies: &str) -> request::Builder {
    with_token("/recommendations", &token(SUBJECT, "", json!({"consent": null}))).header("cookie", cookies)
}

/// Anna asks with a TC string.
fn with_string(string: &str) -> request::Builder {
    with_cookies(&format!("euconsent-v2={string}"))
}

/// The purposes that an answer says were granted.
fn purposes(answer: &Answer) -> &str {
    let (_, rest) = answer.header("personalization").split_once("purposes=(").unwrap();
    rest.split(')').next().unwrap()
}

async fn knowing_anna() -> House {
    let house = house();
    house.know(SUBJECT, "trusted").await;
    house
}

// ── TC strings ───────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn a_tc_string_grants_the_purposes_that_its_own_stand_for() {
    let house = knowing_anna().await;
    let now = house.clock.now();
    for (standard, own, granted, stage) in [
        (&[1, 5, 6][..], &[1][..], "record personalization cross_context", "trusted"),
        (&[5, 6], &[], "record personalization", "trusted"),
        (&[5], &[2], "record", "trusted"),
        (&[6], &[], "personalization", "new"),
        (&[1, 2, 3, 4, 7, 8, 9, 10, 11], &[], "", "new"),
        (&[], &[], "", "new"),
    ] {
        let answer = house.ask(with_string(&tc_string(now, standard, own))).await;
        assert_eq!((purposes(&answer), answer.stage()), (granted, stage), "{standard:?} {own:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_link_on_another_sites_page_grants_nothing() {
    let house = House::of(
        &policy()
            .replace("pseudonym_secret", "tokens = [\"header:authorization\", \"cookie:session\"]\npseudonym_secret"),
        Memory::new(),
    );
    let now = house.clock.now();
    let (all, some) = (tc_string(now, &[5, 6], &[1]), tc_string(now, &[5], &[]));
    let session = token(SUBJECT, "", json!({"consent": null}));
    let ask = |string: &str, cookie: &str, site: &'static str| {
        let path = format!("/recommendations?gdpr_consent={string}");
        anybody(&path).header("cookie", format!("session={session}{cookie}")).header("sec-fetch-site", site)
    };
    let with_header = |mode: &'static str| {
        let request = ask(&all, "", "cross-site").header("sec-fetch-mode", mode);
        request.header("authorization", format!("Bearer {session}"))
    };
    for (request, granted) in [
        (ask(&all, "", "same-origin"), "record personalization cross_context"),
        (ask(&all, "", "same-site"), "record personalization cross_context"),
        (ask(&all, "", "cross-site"), ""),
        (ask(&all, &format!("; euconsent-v2={some}"), "cross-site"), "record"),
        (ask(&some, &format!("; euconsent-v2={all}"), "cross-site"), "record"),
        (with_header("cors"), "record personalization cross_context"),
        // A gateway may have made the header of a cookie.
        (with_header("navigate"), ""),
        (with_header("no-cors"), ""),
    ] {
        let shown = format!("{:?}", request.headers_ref().unwrap());
        assert_eq!(purposes(&house.ask(request).await), granted, "{shown}");
    }
    // Nor where no endpoint covers the path.
    let ben = token("ben", "", json!({"consent": null}));
    for (site, bought) in [("cross-site", 0), ("same-origin", 1)] {
        let pays = anybody(&format!("/checkout?gdpr_consent={all}")).method(Method::POST);
        house.ask(pays.header("cookie", format!("session={ben}")).header("sec-fetch-site", site)).await;
        assert_eq!(house.happened("ben", "purchase").await, bought, "{site}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_doubtful_tc_string_says_nothing_and_is_counted() {
    let (house, operator) = (knowing_anna().await, Operator::watch());
    let now = house.clock.now();
    let good = tc_string(now, &[5, 6], &[]);
    let days = |days: i64| now + SignedDuration::from_hours(24 * days);
    for string in [
        &good[..20],
        &good[..good.len() - 1],
        &format!("{good}.{}", good.split('.').nth(1).unwrap()),
        good.split('.').next().unwrap(),
        &good.replacen('C', "D", 1),
        &"C".repeat(5_000),
        &tc_string(days(2), &[5, 6], &[]),
        &tc_string(days(-391), &[5, 6], &[]),
    ] {
        let answer = house.ask(with_string(string)).await;
        let told = (answer.stage(), answer.limited_by(), purposes(&answer));
        assert_eq!(told, ("new", "consent", ""), "{string}");
    }
    for (kind, count) in
        [("shape", 2), ("segments", 1), ("publisher", 1), ("version", 1), ("too_long", 1), ("future", 1)]
    {
        operator.counted(&format!(r#"rapport_bad_consent_strings_total{{framework="tcf",kind="{kind}"}} {count}"#));
    }
    // A claim that grants is none the less for it; a good string that refuses is one more who speaks.
    let claims = |string: &str| anna("/recommendations").header("cookie", format!("euconsent-v2={string}"));
    assert_eq!(purposes(&house.ask(claims("garbage")).await), "record personalization");
    assert_eq!(purposes(&house.ask(claims(&tc_string(now, &[5], &[]))).await), "record");
}

#[tokio::test(start_paused = true)]
async fn a_tc_string_speaks_for_its_own_request_and_raises_nobody() {
    let house = house();
    let string = tc_string(house.clock.now(), &(1..=24).collect::<Vec<_>>(), &[1, 2]);
    for _ in 0..50 {
        assert_eq!(house.ask(with_string(&string)).await.stage(), "new", "however often, and whatever it grants");
    }
    house.layer.flush().await;
    let kept = house.kept(SUBJECT).await.unwrap();
    assert_eq!(kept.choices, Record::default().choices, "what it says is not kept");
    assert_eq!(kept.history.unwrap().active_days, 1);
    assert_eq!(house.ask(with_cookies("a=1")).await.limited_by(), "consent", "and does not hold without it");
}

#[tokio::test(start_paused = true)]
async fn a_tc_string_lets_an_event_be_stored_also_where_no_endpoint_covers_it() {
    let house = house();
    let pays = |purposes: &[u8]| {
        let string = tc_string(house.clock.now(), purposes, &[]);
        let token = token(SUBJECT, "", json!({"consent": null}));
        with_token("/checkout", &token).method(Method::POST).header("cookie", format!("euconsent-v2={string}"))
    };
    house.ask(pays(&[6])).await;
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, 0);
    house.ask(pays(&[5])).await;
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, 1);
}

// ── GPP strings ──────────────────────────────────────────────────────────────────────────────

/// Anna asks, whose token grants whatever there is, with a GPP string.
fn with_gpp(string: &str) -> request::Builder {
    let token = token(SUBJECT, "record personalization cross_context", Value::Null);
    with_token("/recommendations", &token).header("cookie", format!("gpp={string}"))
}

#[tokio::test(start_paused = true)]
async fn an_opt_out_refuses_what_global_privacy_control_refuses() {
    let house = knowing_anna().await;
    let all = "record personalization cross_context";
    for (opt_outs, granted) in
        [([0, 0], all), ([2, 2], all), ([1, 2], "record personalization"), ([0, 1], "record personalization")]
    {
        let answer = house.ask(with_gpp(&gpp_string(opt_outs, [0, 0]))).await;
        assert_eq!((purposes(&answer), answer.stage()), (granted, "trusted"), "{opt_outs:?}");
        let told = house.shop.seen().pop().unwrap().headers.contains_key("sec-gpc");
        assert_eq!(told, granted != all, "the service is told to opt the customer out");
    }
    assert_eq!(purposes(&house.ask(with_gpp("")).await), all);
    for string in ["DBABRg~BVYAAAA", "DBABTA~1YYN"] {
        assert_eq!(purposes(&house.ask(with_gpp(string)).await), "record personalization", "{string}");
    }
    let operator = Operator::watch();
    // What cannot be read may be an opt-out.
    assert_eq!(purposes(&house.ask(with_gpp("garbage")).await), "record personalization");
    operator.counted(r#"rapport_bad_consent_strings_total{framework="gpp",kind="unreadable"} 1"#);
    // It is one of its own request: nothing of it is kept.
    house.layer.flush().await;
    assert_eq!(house.kept(SUBJECT).await.unwrap().choices, Record::default().choices);
}

#[tokio::test(start_paused = true)]
async fn a_known_child_is_a_minor_also_without_a_birthdate() {
    let house = knowing_anna().await;
    for (children, stage, limited_by) in
        [([0, 0], "trusted", ""), ([1, 0], "acquainted", "minor"), ([0, 2], "acquainted", "minor")]
    {
        let answer = house.ask(with_gpp(&gpp_string([2, 2], children))).await;
        assert_eq!((answer.stage(), answer.limited_by()), (stage, limited_by), "{children:?}");
    }
    // Nor does one who says to be of age make the child older.
    let grown = token(SUBJECT, "record personalization", json!({"birthdate": "1980-01-01"}));
    let child = format!("gpp={}", gpp_string([2, 2], [2, 2]));
    let answer = house.ask(with_token("/recommendations", &grown).header("cookie", child)).await;
    assert_eq!(answer.stage(), "acquainted");
}

// ── Global Privacy Control ───────────────────────────────────────────────────────────────────

const ALL: &str = "record personalization cross_context";

/// Anna asks on one of her devices, with the signal or without.
fn on_a_device(purposes: &str, gpc: bool) -> request::Builder {
    let request = with_token("/recommendations", &token(SUBJECT, purposes, Value::Null));
    if gpc { request.header("sec-gpc", "1") } else { request }
}

/// Anna answers in her portal, in a request with the signal or without.
async fn answers(house: &House, purpose: &str, granted: bool, gpc: bool) {
    let (purpose, at) = (purpose.parse().unwrap(), house.clock.now());
    let answering = Answering { granted, at, was_granted: false, gpc };
    let change = move |record: Option<&Record>| {
        Some(record.cloned().unwrap_or_default().answered(&purpose, purpose == "record", answering))
    };
    house.layer.relationships().update(pseudonym(SUBJECT), Urgency::Choice, change).await.unwrap();
}

async fn remembered(house: &House) -> Option<Remembered> {
    house.layer.flush().await;
    house.kept(SUBJECT).await.and_then(|record| record.choices.gpc.get("cross_context").copied())
}

#[tokio::test(start_paused = true)]
async fn a_signal_holds_on_the_customers_other_devices_where_record_is_granted() {
    let house = knowing_anna().await;
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), ALL);
    assert_eq!(purposes(&house.ask(on_a_device(ALL, true)).await), "record personalization");
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), "record personalization", "at once");
    assert_eq!(remembered(&house).await, Some(Remembered::Since(house.clock.now())));
    let house = house.reopened();
    let answer = house.ask(on_a_device(ALL, false)).await;
    assert_eq!((purposes(&answer), answer.stage()), ("record personalization", "trusted"), "and after a restart");
    assert!(house.shop.seen().pop().unwrap().headers.contains_key("sec-gpc"), "and the service is told");
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_not_remembered_without_record() {
    let house = knowing_anna().await;
    let asked = house.ask(on_a_device("personalization cross_context", true)).await;
    assert_eq!(purposes(&asked), "personalization", "it holds for its own request");
    assert_eq!(remembered(&house).await, None);
    let asked = house.ask(on_a_device("personalization cross_context", false)).await;
    assert_eq!(purposes(&asked), "personalization cross_context", "and not for others");
    let stranger = House::of(&policy(), Memory::new());
    stranger.ask(anybody("/recommendations").header("sec-gpc", "1")).await;
    stranger.layer.flush().await;
    assert_eq!(stranger.store.replaces(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_written_once() {
    let house = knowing_anna().await;
    house.layer.flush().await;
    let before = house.store.replaces();
    house.ask(on_a_device(ALL, true)).await;
    house.layer.flush().await;
    assert_eq!(house.store.replaces(), before + 1, "together with the visit of the day");
    let loads = house.store.loads();
    for _ in 0..20 {
        house.ask(on_a_device(ALL, true)).await;
    }
    house.layer.flush().await;
    assert_eq!((house.store.replaces(), house.store.loads()), (before + 1, loads), "and not again");
    let since = remembered(&house).await;
    house.clock.travel(1);
    house.ask(on_a_device(ALL, true)).await;
    assert_eq!(remembered(&house).await, since, "nor the day after, with the next visit");
    assert_eq!(house.store.replaces(), before + 2);
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_remembered_whatever_becomes_of_the_answer_and_of_the_store() {
    let house = knowing_anna().await;
    house.ask(on_a_device(ALL, true).method(Method::HEAD)).await;
    assert!(remembered(&house).await.is_some(), "HEAD is no visit");

    let house = knowing_anna().await;
    house.ask(on_a_device(ALL, false)).await;
    house.store.set(Fault::Down);
    house.ask(on_a_device(ALL, true)).await;
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), "record personalization", "before it is written");
    house.store.set(Fault::None);
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert!(remembered(&house).await.is_some(), "and is written at last");
}

#[tokio::test(start_paused = true)]
async fn a_remembered_signal_ends_where_the_customer_grants_the_purpose_without_it() {
    let house = knowing_anna().await;
    house.ask(on_a_device(ALL, true)).await;
    // Granted in a request with the signal: stored, and still refused.
    answers(&house, "cross_context", true, true).await;
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), "record personalization");
    assert!(house.kept(SUBJECT).await.unwrap().choices.purposes["cross_context"].granted);
    // Another purpose is another matter.
    answers(&house, "personalization", true, false).await;
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), "record personalization");
    answers(&house, "cross_context", true, false).await;
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), ALL);
    // The device with the signal goes on refusing for itself, and the customer's own word stands on the others.
    assert_eq!(purposes(&house.ask(on_a_device(ALL, true)).await), "record personalization");
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), ALL);
    // Until the customer refuses: then the next signal is remembered again.
    answers(&house, "cross_context", false, false).await;
    house.ask(on_a_device(ALL, true)).await;
    assert!(matches!(remembered(&house).await, Some(Remembered::Since(_))));
}

#[tokio::test(start_paused = true)]
async fn a_signal_holds_for_its_own_request_only_where_the_policy_says_so() {
    let house = House::of(&format!("{POLICY}\n[consent.gpc]\nremember = false\n"), Memory::new());
    house.know(SUBJECT, "trusted").await;
    assert_eq!(purposes(&house.ask(on_a_device(ALL, true)).await), "record personalization");
    assert_eq!(purposes(&house.ask(on_a_device(ALL, false)).await), ALL);
    assert_eq!(remembered(&house).await, None);
    let deaf = House::of(&format!("{POLICY}\n[consent.gpc]\nhonour = false\n"), Memory::new());
    deaf.know(SUBJECT, "trusted").await;
    assert_eq!(purposes(&deaf.ask(on_a_device(ALL, true)).await), ALL);
    assert_eq!(remembered(&deaf).await, None);
}

// ── What came before ─────────────────────────────────────────────────────────────────────────

fn pays(purposes: &str) -> request::Builder {
    with_token("/checkout", &token(SUBJECT, purposes, Value::Null)).method(Method::POST)
}

async fn purchases(house: &House) -> u64 {
    house.layer.flush().await;
    house.happened(SUBJECT, "purchase").await
}

#[tokio::test(start_paused = true)]
async fn what_happens_while_record_is_unknown_is_not_collected_and_no_grant_brings_it_back() {
    let house = House::new();
    for _ in 0..5 {
        house.ask(pays("personalization")).await;
        house.ask(on_a_device("personalization", false)).await;
        house.clock.travel(1);
    }
    house.layer.flush().await;
    assert_eq!((house.kept(SUBJECT).await, house.store.replaces()), (None, 0), "nothing is written at all");
    answers(&house, "record", true, false).await;
    house.ask(pays("personalization")).await;
    let kept = house.kept(SUBJECT).await.unwrap().history.unwrap();
    assert_eq!((kept.count("purchase"), kept.active_days), (1, 1), "what comes after the grant, and no more");
}

#[tokio::test(start_paused = true)]
async fn what_waits_to_be_written_is_not_let_in_by_a_grant_that_comes_meanwhile() {
    let house = House::new();
    // The first thing heard of this customer; nothing can be asked or written just now, so it is tried again.
    house.store.set(Fault::Down);
    house.ask(pays("personalization")).await;
    house.clock.travel(1);
    let at = house.clock.now();
    let granted = Answering { granted: true, at, was_granted: false, gpc: false };
    // Another node writes the grant.
    let elsewhere = Record::default().answered(&"record".parse().unwrap(), true, granted);
    put(&house, &elsewhere).await;
    house.store.set(Fault::None);
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    assert_eq!(purchases(&house).await, 0, "the purchase was before the grant");
    house.layer.relationships().invalidate(pseudonym(SUBJECT));
    house.ask(pays("personalization")).await;
    assert_eq!(purchases(&house).await, 1);
}

#[tokio::test(start_paused = true)]
async fn what_waits_to_be_written_does_not_outlive_being_forgotten() {
    let house = knowing_anna().await;
    house.store.set(Fault::Down);
    house.ask(pays("record")).await;
    // Another node forgets her.
    put(&house, &Record::default().forgotten(house.clock.now() + SignedDuration::from_secs(1))).await;
    house.store.set(Fault::None);
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    assert_eq!(purchases(&house).await, 0);
}

/// Writes past this node.
async fn put(house: &House, record: &Record) {
    use tower_rapport::store::{Replaced, Stored};
    let store = house.store.inner();
    let before = store.load(pseudonym(SUBJECT)).await.unwrap().map(|stored| stored.version());
    let replaced = store
        .replace(pseudonym(SUBJECT), before, Stored::new(pseudonym(SUBJECT), record), Urgency::Choice)
        .await
        .unwrap();
    assert_eq!(replaced, Replaced::Written);
}

#[tokio::test(start_paused = true)]
async fn who_withdraws_record_leaves_the_refusal_and_nothing_else() {
    let house = knowing_anna().await;
    house.ask(on_a_device(ALL, true)).await;
    answers(&house, "personalization", true, false).await;
    answers(&house, "record", false, false).await;
    let kept = house.kept(SUBJECT).await.unwrap();
    assert_eq!(kept.history, None);
    assert_eq!(kept.choices.purposes.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["record"]);
    assert!(kept.choices.gpc.contains_key("cross_context"), "the signal was a refusal, too");
    // Whatever claims grant from now on.
    for _ in 0..3 {
        let answer = house.ask(on_a_device(ALL, false)).await;
        assert_eq!((answer.stage(), purposes(&answer)), ("new", "personalization"));
        house.ask(pays(ALL)).await;
    }
    assert_eq!(purchases(&house).await, 0);
}
