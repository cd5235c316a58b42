//! The words in which the stories are told: a shop, its policy, one person, and the days.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops")]

use http::{Method, Response};
use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use tower_rapport::{
    clock::Clock,
    store::{Memory, Store},
};

pub(crate) use super::page::Page;
use super::page::{ANYBODYS, TEN};
use crate::house::{Answer, House, Pieces, is_known, token, with_token};

/// The policy of every story.
pub(crate) const POLICY: &str = r#"
[identity]
issuer   = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "PSEUDONYM" }

[identity.claims]
known_since = "registered_at"
birthdate   = "birthdate"
purposes    = "consent"

[[identity.keys]]
alg    = "HS256"
secret = { env = "JWT" }

[relationship]
pace  = "7d"
cools = { after = "90d", rhythm = 3.0 }

[[relationship.events]]
name = "purchase"
when = { method = "POST", path = "/checkout", status = "2xx" }

[[relationship.events]]
name = "complaint"
takes_stages = 1
when = { method = "POST", path = "/complaints", status = "2xx" }

[caps]
minor = { under = 18, stage = "acquainted" }

[data]
inferred         = { purpose = "personalization", from = "familiar" }
third_party      = { purpose = "cross_context", from = "trusted" }
special_category = { purpose = "special_category", from = "trusted" }

[[endpoints]]
name = "pages"
path = ["/start", "/basket", "/articles/{id}"]

[endpoints.items]
path      = "$.items[*]"
id        = "$.id"
data_at   = "$.basis"
share     = { new = 0.0, acquainted = 0.3, familiar = 0.7, trusted = 1.0 }
topic     = "$.category[0]"
per_topic = { acquainted = 1, familiar = 2 }
quiet     = { topics = ["bereavement"], as = "special_category" }

[[endpoints.fields]]
path  = "$.customer.first_name"
data  = "provided"
steps = { new = "null", familiar = "keep" }

[[endpoints.fields]]
path  = "$.items[*].reason"
data  = "observed"
steps = { acquainted = { replace = "You may like this" }, familiar = "keep" }
"#;

/// The policy without one key, which stands there once.
pub(crate) fn without(key: &str) -> String {
    let is_it = |line: &&str| line.split_once('=').is_some_and(|(name, _)| name.trim() == key);
    assert_eq!(POLICY.lines().filter(is_it).count(), 1, "`{key}`");
    POLICY.lines().filter(|line| !is_it(line)).map(|line| format!("{line}\n")).collect()
}

/// A policy in which one thing, which stands there once, reads differently.
pub(crate) fn but(policy: &str, what: &str, instead: &str) -> String {
    assert_eq!(policy.matches(what).count(), 1, "`{what}`");
    policy.replace(what, instead)
}

/// Something that the shop can show.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    pub(super) id: &'static str,
    basis: &'static str,
    topic: &'static str,
    pub(super) reason: &'static str,
}

/// An item, from what kind of data it was chosen, what it is about, and why.
pub(crate) const fn item(id: &'static str, basis: &'static str, topic: &'static str, reason: &'static str) -> Item {
    Item { id, basis, topic, reason }
}

/// One person and a shop to which this person comes, from 22 November 2026 on.
pub(crate) struct Story {
    pub(crate) house: House,
    name: String,
    agrees_to: &'static str,
    token_says: Value,
    opts_out: bool,
}

impl Story {
    /// Somebody of this name, who agrees to be remembered and to what follows from it, and a shop with this policy.
    pub(crate) fn of(name: &str, policy: &str) -> Self {
        Self::kept_in(Memory::new(), name, policy)
    }

    /// The same with a shop that has a memory already.
    pub(crate) fn kept_in(store: impl Store, name: &str, policy: &str) -> Self {
        let house = House::of(policy, store);
        let this = Self {
            house,
            name: name.to_owned(),
            agrees_to: "record personalization",
            token_says: Value::Null,
            opts_out: false,
        };
        this.would_see(&[]);
        this
    }

    pub(crate) fn agrees_to(&mut self, purposes: &'static str) {
        self.agrees_to = purposes;
    }

    /// The token says more than who it is.
    pub(crate) fn token_says(&mut self, claims: Value) {
        self.token_says = claims;
    }

    /// The browser says `Sec-GPC: 1` from now on.
    pub(crate) fn opts_out(&mut self) {
        self.opts_out = true;
    }

    /// What the shop would show this person from now on if nobody held it back: these items, everyday things up to ten,
    /// and a greeting. Whom it does not know it shows ten things that anybody sees.
    pub(crate) fn would_see(&self, items: &[Item]) {
        let everyday = EVERYDAY.map(|id| item(id, "observed", id, "Because you bought the like"));
        let json = |&Item { id, basis, topic, reason }: &Item| -> Value {
            json!({"id": id, "basis": basis, "category": [topic], "reason": reason})
        };
        let items: Vec<_> = items.iter().chain(&everyday).take(TEN).map(json).collect();
        let theirs = json!({"customer": {"first_name": self.name}, "items": items}).to_string();
        let anybodys = (1..=TEN).map(|n| json!({"id": format!("{ANYBODYS}{n}")})).collect::<Vec<_>>();
        let anybodys = json!({"items": anybodys}).to_string();
        self.house.answers(move |head| {
            let says = if is_known(head) { &theirs } else { &anybodys };
            Response::builder().header("content-type", "application/json").body(Pieces::whole(says.clone()))
        });
    }

    // ── What happens ─────────────────────────────────────────────────────────────────────────

    /// The person comes to the start page.
    pub(crate) async fn visits(&self) -> Page {
        self.opens("/start").await
    }

    /// The person opens a page of the shop.
    pub(crate) async fn opens(&self, page: &str) -> Page {
        let answer = self.asks(Method::GET, page).await;
        Page::of(&self.name, answer, self.house.shop.seen())
    }

    pub(crate) async fn buys(&self) {
        self.asks(Method::POST, "/checkout").await;
    }

    pub(crate) async fn complains(&self) {
        self.asks(Method::POST, "/complaints").await;
    }

    async fn asks(&self, method: Method, path: &str) -> Answer {
        let token = token(&self.name, self.agrees_to, self.token_says.clone());
        let session = format!("session=of-{}; theme=dark", self.name);
        let request = with_token(path, &token).header("cookie", session).method(method);
        let request = if self.opts_out { request.header("sec-gpc", "1") } else { request };
        self.house.shop.was_asked();
        let answer = self.house.ask(request).await;
        self.house.layer.flush().await;
        answer
    }

    pub(crate) fn days_pass(&self, days: i64) {
        self.house.clock.travel(days);
    }

    /// The days pass until this one.
    pub(crate) fn on(&self, date: &str) {
        let today = self.house.clock.now().to_zoned(TimeZone::UTC).date();
        let day: Date = date.parse().unwrap();
        let ahead = day.duration_since(today);
        assert!(ahead > SignedDuration::ZERO, "{date} is not after {today}");
        self.days_pass(ahead.as_hours() / 24);
    }

    /// The person comes so many times, from today on every few days, and buys something on the first of these days.
    pub(crate) async fn comes(&self, times: usize, every: i64, buying: usize) -> Page {
        let mut page = None;
        for time in 0..times {
            if time > 0 {
                self.days_pass(every);
            }
            if time < buying {
                self.buys().await;
            }
            page = Some(self.visits().await);
        }
        page.unwrap()
    }

    /// Three visits in two weeks.
    pub(crate) async fn becomes_acquainted(&self) -> Page {
        self.comes(3, 8, 0).await.at("acquainted")
    }

    /// Nine visits in nine weeks, and two purchases.
    pub(crate) async fn becomes_familiar(&self) -> Page {
        self.comes(9, 8, 2).await.at("familiar")
    }

    /// Twenty visits in a good year, and five purchases.
    pub(crate) async fn becomes_trusted(&self) -> Page {
        self.comes(20, 20, 5).await.at("trusted")
    }
}

const EVERYDAY: [&str; TEN] =
    ["socks", "soap", "bread", "pens", "rice", "candles", "paper", "towels", "tea", "batteries"];
