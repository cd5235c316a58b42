//! People without a token: known again by a cookie, once they agreed to be remembered, and joined with the customer when they
//! sign in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use house::*;
use http::{HeaderMap, Method, Response, header, request};
use jiff::SignedDuration;
use serde_json::Value;
use tower_rapport::{
    clock::Clock,
    consent::Answering,
    identity::{Pseudonym, Visitor},
    relationship::{Record, SignIn},
    store::{Fault, Memory, Urgency},
};

const NAME: &str = "__Host-rapport_visitor";

/// The policy of the house, with visitors and TC strings.
fn policy() -> String {
    format!("{POLICY}\n[identity.visitors]\n[consent.tcf]\ngpp_cookies = [\"gpp\"]\n")
}

fn house() -> House {
    House::of(&policy(), Memory::new())
}

/// A browser: it keeps the visitor's cookie that it is given, and sends it.
#[derive(Default)]
struct Browser {
    cookie: Mutex<Option<String>>,
    /// Standard purposes of the TC string that it sends; none without one.
    agreed: Mutex<Option<Vec<u8>>>,
}

impl Browser {
    fn agreeing(purposes: &[u8]) -> Self {
        Self { agreed: Mutex::new(Some(purposes.to_vec())), ..Self::default() }
    }

    fn request(&self, house: &House, path: &str) -> request::Builder {
        let string = self.agreed.lock().unwrap().as_ref().map(|purposes| tc_string(house.clock.now(), purposes, &[]));
        let string = string.map(|string| format!("euconsent-v2={string}"));
        let cookies: Vec<_> = [string, self.cookie(), Some("other=1".into())].into_iter().flatten().collect();
        anybody(path).header(header::COOKIE, cookies.join("; "))
    }

    async fn ask(&self, house: &House, path: &str) -> Answer {
        self.send(house, self.request(house, path)).await
    }

    async fn sign_in(&self, house: &House, token: &str) -> Answer {
        let request = self.request(house, "/recommendations");
        self.send(house, request.header(header::AUTHORIZATION, format!("Bearer {token}"))).await
    }

    async fn send(&self, house: &House, request: request::Builder) -> Answer {
        let answer = house.ask(request).await;
        if let Some(line) = set_cookie(&answer) {
            let pair = line.split(';').next().unwrap().to_owned();
            *self.cookie.lock().unwrap() = (!line.contains("Max-Age=0;")).then_some(pair);
        }
        answer
    }

    fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap().clone()
    }

    /// Under which the house keeps whoever has this cookie.
    fn visitor(&self, house: &House) -> Visitor {
        let headers = HeaderMap::from_iter([(header::COOKIE, self.cookie().unwrap().parse().unwrap())]);
        let policy = house.layer.policy();
        let visitors = policy.identity().visitors.as_ref().unwrap();
        visitors.find(&headers, house.clock.now()).unwrap().unwrap()
    }
}

fn set_cookie(answer: &Answer) -> Option<&str> {
    let lines: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
    assert!(lines.len() <= 1, "{lines:?}");
    lines.first().map(|line| line.to_str().unwrap())
}

async fn kept(house: &House, whose: Pseudonym) -> Option<Record> {
    house.layer.flush().await;
    let stored = house.store.inner().load(whose).await.unwrap();
    stored.map(|stored| stored.record(whose).unwrap())
}

async fn evidence(house: &House, whose: Pseudonym) -> (u32, u64) {
    let history = kept(house, whose).await.and_then(|record| record.history);
    history.map_or((0, 0), |history| (history.active_days, history.count("purchase")))
}

/// A visitor who was here on so many days, and bought something on the last.
async fn regular(house: &House, days: u32) -> Browser {
    let browser = Browser::agreeing(&[1, 5, 6]);
    browser.ask(house, "/recommendations").await;
    for day in 0..days {
        if day > 0 {
            house.clock.travel(1);
        }
        browser.ask(house, "/recommendations").await;
        house.layer.flush().await;
    }
    let pays = browser.request(house, "/checkout").method(Method::POST);
    browser.send(house, pays).await;
    house.layer.flush().await;
    assert_eq!(evidence(house, browser.visitor(house).pseudonym).await, (days, 1));
    browser
}

fn annas(purposes: &str) -> String {
    token(SUBJECT, purposes, Value::Null)
}

// ── The cookie ───────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn where_the_generic_answer_stands_in_a_new_visitor_has_one_cookie() {
    let house = house();
    let asked = AtomicUsize::new(0);
    house.answers(move |_| {
        let body = if asked.fetch_add(1, Ordering::SeqCst) == 0 { "[broken" } else { r#"{"items":[7]}"# };
        Response::builder().header("content-type", "application/json").body(Pieces::whole(body))
    });
    let browser = Browser::agreeing(&[1, 5, 6]);
    let answer = browser.ask(&house, "/recommendations").await;
    assert_eq!((answer.body.as_str(), house.shop.seen().len()), (r#"{"items":[7]}"#, 2));
    // And it is the one under which the next visit is kept.
    browser.ask(&house, "/recommendations").await;
    assert_eq!(evidence(&house, browser.visitor(&house).pseudonym).await.0, 1);
}

#[tokio::test(start_paused = true)]
async fn only_the_services_own_headers_are_hidden() {
    let hidden = "hide = [\"header:set-cookie\", \"header:cache-control\", \"header:vary\", \"header:content-type\"]";
    let policy = policy().replace("empty  = ", &format!("response = {{ {hidden} }}\nempty  = "));
    let house = House::of(&policy, Memory::new());
    house.answers(|_| {
        let answer = Response::builder().header("content-type", "application/json").header("set-cookie", "s=1");
        answer.header("cache-control", "public").header("vary", "x-id").body(Pieces::whole(PERSONAL))
    });
    let answer = Browser::agreeing(&[1, 5, 6]).ask(&house, "/recommendations").await;
    assert!(set_cookie(&answer).unwrap().starts_with(NAME));
    assert_eq!((answer.header("cache-control"), answer.header("content-type")), ("private, no-cache", ""));
    assert_eq!(answer.header("vary"), "authorization, cookie, sec-gpc, prefer");
    assert_eq!(answer.body, AT_NEW, "it is shaped by what the service said it is");
}

#[tokio::test(start_paused = true)]
async fn nobody_gets_a_cookie_before_record_is_granted() {
    let house = house();
    let strangers = [
        (None, "no string"),
        (Some(vec![]), "nothing granted"),
        (Some(vec![1, 6]), "all but what stands for `record`"),
        (Some(vec![5, 6]), "all but keeping something on the device"),
    ];
    for (agreed, what) in strangers {
        let browser = Browser { agreed: Mutex::new(agreed), ..Browser::default() };
        assert_eq!(set_cookie(&browser.ask(&house, "/recommendations").await), None, "{what}");
    }
    let browser = Browser::agreeing(&[1, 5]);
    for (method, name, value) in
        [(Method::HEAD, "x", ""), (Method::GET, "sec-purpose", "prefetch"), (Method::GET, "authorization", "Bearer x")]
    {
        let request = browser.request(&house, "/recommendations").method(method).header(name, value);
        assert_eq!(set_cookie(&house.ask(request).await), None, "{name}: {value}");
    }
    for path in ["/elsewhere", "/checkout"] {
        assert_eq!(set_cookie(&browser.ask(&house, path).await), None, "{path}");
    }
    let signed_in =
        browser.request(&house, "/recommendations").header("authorization", format!("Bearer {}", annas("")));
    assert_eq!(set_cookie(&house.ask(signed_in).await), None, "a customer needs none");

    let answer = browser.ask(&house, "/recommendations").await;
    let line = set_cookie(&answer).unwrap();
    assert!(line.starts_with(&format!("{NAME}=")), "{line}");
    assert!(line.ends_with("; Path=/; Max-Age=15552000; Secure; HttpOnly; SameSite=Lax"), "{line}");
    assert_eq!((answer.header("cache-control"), answer.stage()), ("private, no-cache", "new"));
    house.layer.flush().await;
    assert_eq!(kept(&house, browser.visitor(&house).pseudonym).await, None, "nothing is stored before it comes back");
}

#[tokio::test(start_paused = true)]
async fn a_cookie_is_for_one_client_also_where_the_answer_is_for_all() {
    let list = r#"{"items": [{"id": 1, "reason": "Because you bought shoes"}]}"#;
    let items = "[[endpoints]]\nname = \"list\"\npath = \"/list\"\nitems = { path = \"$.items[*]\", data = \"observed\" }\n\
                 request = { hide = [\"header:authorization\", \"header:cookie\"] }\n";
    let house = House::of(&format!("{}\n{items}", policy()), Memory::new());
    house.says(list);
    let (one, other) = (Browser::agreeing(&[1, 5]), Browser::agreeing(&[1, 5]));
    let mut answers = Vec::new();
    for browser in [&one, &other] {
        answers.push(browser.ask(&house, "/list").await);
        assert_eq!(answers.last().unwrap().header("cache-control"), "private, no-cache");
    }
    assert_eq!(house.shop.was_asked().len(), 1, "the second was answered with what the first got");
    assert_ne!(one.cookie().unwrap(), other.cookie().unwrap());
    let nobody = house.ask(anybody("/list")).await;
    assert_eq!(set_cookie(&nobody), None);
}

#[tokio::test(start_paused = true)]
async fn a_visitor_grows_familiar_as_a_customer_does() {
    let house = house();
    let browser = Browser::agreeing(&[1, 5, 6]);
    let mut stages = Vec::new();
    for gap in [0, 0, 1, 5, 1, 1] {
        house.clock.travel(gap);
        stages.push(browser.ask(&house, "/recommendations").await.stage().to_owned());
        house.layer.flush().await;
    }
    assert_eq!(stages, ["new", "new", "new", "new", "acquainted", "acquainted"]);
    let answer = browser.ask(&house, "/recommendations").await;
    assert!(answer.body.contains("You may like this"), "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    // Another browser is another visitor, and one without the string agrees to nothing just now.
    assert_eq!(Browser::agreeing(&[1, 5, 6]).ask(&house, "/recommendations").await.stage(), "new");
    *browser.agreed.lock().unwrap() = None;
    let answer = browser.ask(&house, "/recommendations").await;
    assert_eq!((answer.stage(), answer.limited_by()), ("new", "consent"));
}

#[tokio::test(start_paused = true)]
async fn what_a_visitor_chose_is_kept_and_needs_no_string() {
    let house = house();
    let browser = regular(&house, 9).await;
    let whose = browser.visitor(&house).pseudonym;
    *browser.agreed.lock().unwrap() = None;
    for purpose in ["record", "personalization"] {
        answer(&house, whose, purpose, true).await;
    }
    assert_eq!(browser.ask(&house, "/recommendations").await.stage(), "acquainted");
    answer(&house, whose, "record", false).await;
    let told = browser.ask(&house, "/recommendations").await;
    assert_eq!((told.stage(), evidence(&house, whose).await), ("new", (0, 0)), "withdrawn");
    // The refusal outlives whatever a string grants; the cookie is what it is known by.
    *browser.agreed.lock().unwrap() = Some(vec![1, 5, 6]);
    for _ in 0..3 {
        browser.ask(&house, "/recommendations").await;
        house.clock.travel(1);
    }
    assert_eq!(evidence(&house, whose).await, (0, 0));
    assert_eq!(browser.visitor(&house).pseudonym, whose);
}

/// A choice in the portal.
async fn answer(house: &House, whose: Pseudonym, purpose: &str, granted: bool) {
    let (name, at) = (purpose.parse().unwrap(), house.clock.now());
    let answering = Answering { granted, at, was_granted: false, gpc: false };
    let is_record = purpose == "record";
    let change =
        move |record: Option<&Record>| Some(record.cloned().unwrap_or_default().answered(&name, is_record, answering));
    house.layer.relationships().update(whose, Urgency::Choice, change).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_cookie_lives_on_as_long_as_it_comes() {
    let house = house();
    let browser = Browser::agreeing(&[1, 5]);
    browser.ask(&house, "/recommendations").await;
    let (first, whose) = (browser.cookie().unwrap(), browser.visitor(&house).pseudonym);
    for _ in 0..20 {
        assert_eq!(set_cookie(&browser.ask(&house, "/recommendations").await), None, "not twice a day");
    }
    for _ in 0..4 {
        house.clock.travel(170);
        assert!(set_cookie(&browser.ask(&house, "/recommendations").await).is_some());
        assert_eq!(browser.visitor(&house).pseudonym, whose, "anew, for the same visitor");
    }
    let operator = Operator::watch();
    let late = anybody("/recommendations").header("cookie", first);
    assert_eq!(house.ask(late).await.stage(), "new");
    operator.counted(r#"rapport_bad_visitors_total{kind="expired"} 1"#);
    // Without consent it is let run out.
    *browser.agreed.lock().unwrap() = None;
    house.clock.travel(2);
    assert_eq!(set_cookie(&browser.ask(&house, "/recommendations").await), None);
}

#[tokio::test(start_paused = true)]
async fn a_cookie_that_proves_nothing_is_nobodys() {
    let house = house();
    let browser = regular(&house, 9).await;
    let cookie = browser.cookie().unwrap();
    assert_eq!(browser.ask(&house, "/recommendations").await.stage(), "acquainted");
    let agreed = format!("euconsent-v2={}", tc_string(house.clock.now(), &[5, 6], &[]));
    let foreign = {
        let other = House::of(&policy().replace("\"PSEUDONYM\"", "\"OTHER\""), Memory::new());
        let other_browser = Browser::agreeing(&[1, 5]);
        other_browser.ask(&other, "/recommendations").await;
        other_browser.cookie().unwrap()
    };
    let flipped = if cookie.ends_with('A') { 'E' } else { 'A' };
    let operator = Operator::watch();
    for (line, kind) in [
        (format!("{cookie}; {cookie}"), "ambiguous"),
        (format!("{cookie}; {NAME}="), "ambiguous"),
        (format!("{NAME}=visitor"), "shape"),
        (format!("{}{flipped}", &cookie[..cookie.len() - 1]), "signature"),
        (foreign, "signature"),
    ] {
        let answer = house.ask(anybody("/recommendations").header("cookie", format!("{agreed}; {line}"))).await;
        let told = (answer.body.as_str(), answer.stage(), answer.limited_by(), answer.header("cache-control"));
        assert_eq!(told, (AT_NEW, "new", "", "private, no-cache"), "{line}");
        let counters = operator.counters();
        assert!(counters.contains(&format!("rapport_bad_visitors_total{{kind=\"{kind}\"}}")), "{line}: {counters}");
    }
    // A doubtful token is not passed over for a good cookie, and a good one makes the customer.
    let bad = browser.request(&house, "/recommendations").header("authorization", "Bearer x.y.z");
    let told = house.ask(bad).await;
    assert_eq!((told.stage(), told.limited_by()), ("new", "token"));
}

#[tokio::test(start_paused = true)]
async fn the_wrapped_service_is_not_told_who_a_visitor_is() {
    let house = house();
    let browser = regular(&house, 2).await;
    let value = browser.cookie().unwrap();
    house.shop.was_asked();
    browser.ask(&house, "/elsewhere").await;
    let seen = house.shop.seen().pop().unwrap();
    assert!(seen.headers["cookie"].to_str().unwrap().contains(NAME), "what no endpoint covers passes as it came");
    house.shop.was_asked();
    browser.ask(&house, "/recommendations").await;
    browser.sign_in(&house, &annas("personalization")).await;
    house.ask(anybody("/recommendations").header("cookie", format!("a=1; {value}; {value}"))).await;
    for seen in house.shop.seen() {
        let cookies: Vec<_> = seen.headers.get_all("cookie").iter().map(|line| line.to_str().unwrap()).collect();
        assert!(!cookies.join("; ").contains(NAME) && !cookies.is_empty(), "{cookies:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn observing_sets_no_cookie() {
    let house = House::of(&format!("mode = \"observe\"\n{}", policy()), Memory::new());
    let browser = Browser::agreeing(&[1, 5]);
    assert_eq!(set_cookie(&browser.ask(&house, "/recommendations").await), None);
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_cookie_is_found_anywhere() {
    let (house, operator) = (house(), Operator::watch());
    let browser = regular(&house, 3).await;
    let cookie = browser.cookie().unwrap();
    let value = cookie.split('=').nth(1).unwrap();
    house.ask(anybody("/recommendations").header("cookie", format!("{cookie}x"))).await;
    browser.sign_in(&house, &annas("record")).await;
    assert_eq!(browser.cookie(), None, "signed in, and the cookie taken away");
    let told = format!("{}\n{}\n{:?}", operator.log(), operator.counters(), house.layer);
    assert!(!told.contains(value) && !told.contains(&value[2..24]), "{told}");
}

#[tokio::test(start_paused = true)]
async fn another_pseudonym_secret_knows_visitors_on() {
    let before = house();
    let browser = regular(&before, 9).await;
    let old = browser.visitor(&before).pseudonym;
    let next = "pseudonym_secret = { env = \"NEXT\" }\nprevious_secrets = [{ env = \"PSEUDONYM\" }]";
    let changed = policy().replace("pseudonym_secret = { env = \"PSEUDONYM\" }", next);
    let house = House::of(&changed, std::sync::Arc::clone(&before.store));
    house.clock.travel(8);
    let answer = browser.ask(&house, "/recommendations").await;
    assert_eq!(answer.stage(), "acquainted");
    assert!(set_cookie(&answer).is_some(), "signed with the new secret from now on");
    assert_eq!(kept(&house, old).await, Some(Record::default()), "nothing stays behind");
    assert_ne!(browser.visitor(&house).pseudonym, old);
    // Whoever signs in with a cookie of before joins all the same.
    let (before, token) = (self::house(), annas("record personalization"));
    let browser = regular(&before, 9).await;
    let house = House::of(&changed, std::sync::Arc::clone(&before.store));
    house.clock.travel(8);
    assert_eq!(browser.sign_in(&house, &token).await.stage(), "acquainted");
}

// ── Signing in ───────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn a_visitor_who_signs_in_is_known_as_a_customer_at_once_and_once() {
    let house = house();
    let browser = regular(&house, 9).await;
    let (cookie, whose) = (browser.cookie().unwrap(), browser.visitor(&house).pseudonym);
    let token = annas("record personalization");
    let answer = browser.sign_in(&house, &token).await;
    assert_eq!((answer.stage(), browser.cookie()), ("acquainted", None), "the cookie goes");
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (9, 1), "today's visit was the visitor's already");
    let gone = kept(&house, whose).await.unwrap();
    assert!(matches!(gone.sign_in, Some(SignIn::Joined(_))) && gone.history.is_none(), "{gone:?}");

    // A client that sends the cookie all the same.
    *browser.cookie.lock().unwrap() = Some(cookie.clone());
    for _ in 0..3 {
        let answer = browser.sign_in(&house, &token).await;
        assert!(set_cookie(&answer).unwrap().contains("Max-Age=0"), "is told again");
        *browser.cookie.lock().unwrap() = Some(cookie.clone());
    }
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (9, 1), "nothing joins twice");
    let alone = browser.ask(&house, "/recommendations").await;
    assert_eq!((alone.stage(), alone.limited_by()), ("new", ""), "and alone it is nobody's");
    assert!(set_cookie(&alone).unwrap().contains("Max-Age=0"));
    *browser.cookie.lock().unwrap() = Some(cookie);
    let pays = browser.request(&house, "/checkout").method(Method::POST);
    browser.send(&house, pays).await;
    assert_eq!(evidence(&house, whose).await, (0, 0), "nor does anything gather under it");
    // After that, the device begins anew.
    *browser.cookie.lock().unwrap() = None;
    browser.ask(&house, "/recommendations").await;
    assert_ne!(browser.visitor(&house).pseudonym, whose);
}

#[tokio::test(start_paused = true)]
async fn what_happens_while_its_visitor_signs_in_elsewhere_is_not_lost_in_silence() {
    let (house, operator) = (house(), Operator::watch());
    let browser = regular(&house, 9).await;
    let pays = browser.request(&house, "/checkout").method(Method::POST);
    house.shop.takes(Duration::from_millis(50));
    let token = annas("record personalization");
    tokio::join!(house.ask(pays), browser.sign_in(&house, &token));
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (9, 1));
    operator.counted("rapport_lost_events_total{} 1");
    operator.logged("its visitor has signed in meanwhile");
}

#[tokio::test(start_paused = true)]
async fn evidence_adds_up_and_no_day_counts_twice() {
    let house = house();
    let token = annas("record personalization");
    for _ in 0..3 {
        house.ask(with_token("/recommendations", &token)).await;
        house.layer.flush().await;
        house.clock.travel(1);
    }
    house.ask(with_token("/checkout", &token).method(Method::POST)).await;
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (4, 1));
    house.clock.travel(2);
    let browser = regular(&house, 5).await;
    browser.sign_in(&house, &token).await;
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (9, 2));
}

#[tokio::test(start_paused = true)]
async fn nothing_joins_unless_both_agreed() {
    for (visitors, customers, expected) in [
        // The string speaks for both.
        (Some(vec![1, 5, 6]), "personalization", (9, 1)),
        // The claim speaks for the customer alone, whose own visit counts.
        (None, "record personalization", (1, 0)),
        // A string that refuses does so for both.
        (Some(vec![1, 6]), "record personalization", (0, 0)),
        (None, "personalization", (0, 0)),
    ] {
        let house = house();
        let browser = regular(&house, 9).await;
        let whose = browser.visitor(&house).pseudonym;
        browser.agreed.lock().unwrap().clone_from(&visitors);
        browser.sign_in(&house, &annas(customers)).await;
        assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, expected, "{visitors:?} {customers}");
        let (joined, left) = (expected == (9, 1), evidence(&house, whose).await);
        assert_eq!((browser.cookie().is_none(), left == (0, 0)), (joined, joined), "{visitors:?} {customers}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_people_on_one_device_do_not_mix() {
    let house = house();
    let (annas, bens) = (annas("record personalization"), token("ben", "record personalization", Value::Null));
    let browser = regular(&house, 9).await;
    let cookie = browser.cookie().unwrap();
    browser.sign_in(&house, &annas).await;
    // Ben on the same device, whose browser has kept the cookie against all rules.
    *browser.cookie.lock().unwrap() = Some(cookie);
    assert_eq!(browser.sign_in(&house, &bens).await.stage(), "new");
    assert_eq!(evidence(&house, pseudonym("ben")).await, (1, 0), "his own visit");
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (9, 1));
}

#[tokio::test(start_paused = true)]
async fn who_signs_in_without_agreeing_leaves_whose_it_is_unclear() {
    let house = house();
    let browser = regular(&house, 9).await;
    let whose = browser.visitor(&house).pseudonym;
    *browser.agreed.lock().unwrap() = None;
    browser.sign_in(&house, &token("ben", "personalization", Value::Null)).await;
    assert_eq!(kept(&house, pseudonym("ben")).await, None, "nothing is stored of who did not agree");
    *browser.agreed.lock().unwrap() = Some(vec![1, 5, 6]);
    let answer = browser.sign_in(&house, &annas("record personalization")).await;
    assert_eq!(answer.stage(), "new", "it may be Ben's as well as Anna's");
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (1, 0));
    assert_eq!(browser.ask(&house, "/recommendations").await.stage(), "acquainted", "signed out, the visitor goes on");
    assert_eq!(kept(&house, whose).await.unwrap().sign_in, Some(SignIn::Unclear));
    let (writes, loads) = (house.store.replaces(), house.store.loads());
    for _ in 0..10 {
        browser.sign_in(&house, &annas("")).await;
    }
    house.layer.flush().await;
    assert_eq!((house.store.replaces(), house.store.loads()), (writes, loads), "and it is noted once");
}

#[tokio::test(start_paused = true)]
async fn who_signs_in_at_the_portal_alone_leaves_it_unclear_too() {
    let house = house();
    let browser = regular(&house, 9).await;
    *browser.agreed.lock().unwrap() = None;
    let ben = token("ben", "personalization", Value::Null);
    let looks = browser.request(&house, "/rapport/me").header(header::AUTHORIZATION, format!("Bearer {ben}"));
    assert_eq!(house.ask(looks).await.status, 200);
    let answer = browser.sign_in(&house, &annas("record personalization")).await;
    assert_eq!(answer.stage(), "new");
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_lower_caps_win() {
    let token = annas("record personalization cross_context");
    let house = house();
    house.know(SUBJECT, "trusted").await;
    let browser = regular(&house, 2).await;
    let whose = browser.visitor(&house).pseudonym;
    answer(&house, whose, "cross_context", false).await;
    let limit = |record: Option<&Record>| {
        let mut next = record.cloned().unwrap_or_default();
        next.choices.limit = Some("acquainted".parse().unwrap());
        Some(next)
    };
    house.layer.relationships().update(whose, Urgency::Choice, limit).await.unwrap();
    assert_eq!(house.ask(with_token("/recommendations", &token)).await.stage(), "trusted");
    let answer = browser.sign_in(&house, &token).await;
    let told = answer.header("personalization");
    assert!(told.starts_with("stage=acquainted") && told.contains("purposes=(record personalization)"), "{told}");
    assert_eq!(
        house.ask(with_token("/recommendations", &token)).await.stage(),
        "acquainted",
        "from now on, everywhere"
    );
}

#[tokio::test(start_paused = true)]
async fn a_join_that_is_broken_off_is_gone_on_with_and_counts_once() {
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Deaf, Fault::Held, Fault::Slow(Duration::from_secs(3))] {
        for restarts in [false, true] {
            let mut house = house();
            let browser = regular(&house, 9).await;
            let cookie = browser.cookie();
            let token = annas("record personalization");
            house.ask(with_token("/recommendations", &token)).await;
            house.layer.flush().await;
            house.store.set(fault);
            for _ in 0..3 {
                let began = tokio::time::Instant::now();
                let answer = browser.sign_in(&house, &token).await;
                assert!(began.elapsed() <= Duration::from_millis(30), "{fault:?}");
                assert_eq!((answer.stage(), browser.cookie()), ("new", cookie.clone()), "{fault:?}: not yet");
            }
            if restarts {
                house = house.reopened();
            }
            house.store.set(Fault::None);
            tokio::time::sleep(Duration::from_secs(120)).await;
            let answer = browser.sign_in(&house, &token).await;
            assert_eq!((answer.stage(), browser.cookie()), ("acquainted", None), "{fault:?}, {restarts}");
            assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (9, 1), "{fault:?}, {restarts}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_was_forgotten_gets_nothing_back_from_another_device() {
    let house = house();
    let browser = regular(&house, 9).await;
    let at = house.clock.now() + SignedDuration::from_secs(1);
    let forget = move |record: Option<&Record>| Some(record.cloned().unwrap_or_default().forgotten(at));
    house.layer.relationships().update(pseudonym(SUBJECT), Urgency::Choice, forget).await.unwrap();
    house.clock.travel(1);
    assert_eq!(browser.sign_in(&house, &annas("record personalization")).await.stage(), "new");
    assert_eq!(evidence(&house, pseudonym(SUBJECT)).await, (1, 0));
}
