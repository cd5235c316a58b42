//! One run of the demo: the shop, the layer around it, and the clock of both.

use std::{
    error::Error,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{Router, body::Body, response::Response};
use http::{Method, Request, header};
use tower::{BoxError, ServiceExt};
use tower_rapport::{
    RapportLayer,
    clock::Clock,
    decision::Decision,
    identity::CustomerId,
    policy::{Diagnostics, Policy},
    relationship::Record,
};

use crate::{
    diary::Diary,
    people::{self, Past, Person},
    service,
    session::{self, Session},
    shop::Shop,
    travel::Traveller,
    twin::Twins,
};

/// The shop as it answers by itself, and as its customers meet it.
pub(crate) struct World {
    pub(crate) clock: Traveller,
    pub(crate) shop: Arc<Shop>,
    pub(crate) layer: RapportLayer,
    /// The service that the layer wraps, without the layer.
    pub(crate) raw: Router,
    /// The same service behind the layer.
    pub(crate) wrapped: Router,
    /// The same service behind the same policy, for the customers' twins.
    twins: Twins,
    /// What became of everybody.
    pub(crate) diary: Diary,
    /// The policy in force, as it is written.
    written: RwLock<String>,
}

/// Why a policy is not put in force.
pub(crate) enum Refused {
    /// It is none.
    Wrong(Diagnostics),
    /// It says what only a start can change.
    ForNow(BoxError),
}

impl World {
    /// Opens the shop and lets the prepared people live through their past.
    pub(crate) async fn begin() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let people = people::prepared();
        let clock = Traveller::days_before(0);
        let shop = Arc::new(Shop::open());
        let layer = RapportLayer::open(policy(POLICY)?)?.with_clock(clock.clone());
        let raw = service::router(Arc::clone(&shop), clock.clone());
        let wrapped = raw.clone().layer(layer.clone());
        let twins = Twins::of(policy(POLICY)?, raw.clone(), clock.clone())?;
        let written = RwLock::new(POLICY.to_owned());
        let diary = Diary::default();
        let world = Self { clock, shop, layer, raw, wrapped, twins, diary, written };
        world.live_through(&people).await?;
        Ok(world)
    }

    /// Whoever asks the shop by itself, without the layer.
    pub(crate) async fn ask_the_recommender(&self, request: Request<Body>) -> Response {
        answered(self.raw.clone().oneshot(request).await)
    }

    /// Whoever asks the shop as its customers do. What became of them is noted.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Response {
        let session = Session::read(request.headers());
        let response = answered(self.wrapped.clone().oneshot(request).await);
        if let Some(session) = session {
            let (record, decided) = (self.record(&session).await, response.extensions().get::<Decision>());
            self.diary.note(&session, self.layer.policy(), record, decided, self.clock.now());
        }
        response
    }

    /// What the layer keeps of whoever has a session.
    pub(crate) async fn record(&self, session: &Session) -> Option<Arc<Record>> {
        // The visit that brought the page here may still be on its way.
        self.layer.flush().await;
        let policy = self.layer.policy();
        let customer = policy.identity().pseudonyms.pseudonym(&session.iss, &CustomerId::new(&session.sub));
        self.layer.relationships().load(customer).await.ok().flatten()
    }

    /// What the same customer would get at a stage, if they had come so far.
    pub(crate) async fn ask_at(&self, stage: &str, request: Request<Body>) -> Response {
        let record = match Session::read(request.headers()) {
            Some(session) => self.record(&session).await,
            None => None,
        };
        let choices = record.map(|record| record.choices.clone()).unwrap_or_default();
        self.twins.ask(stage, choices, request).await
    }

    /// The policy in force, as it is written.
    pub(crate) fn policy(&self) -> String {
        self.written.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another policy in force, for whoever asks from now on.
    pub(crate) fn put_in_force(&self, text: String) -> Result<(), Refused> {
        let (own, twins) = (policy(&text), policy(&enforced(&text)));
        let (own, twins) = (own.map_err(Refused::Wrong)?, twins.map_err(Refused::Wrong)?);
        self.layer.reload(own).map_err(Refused::ForNow)?;
        self.twins.reload(twins).map_err(Refused::ForNow)?;
        *self.written.write().unwrap_or_else(PoisonError::into_inner) = text;
        Ok(())
    }

    /// The past is no record written by hand: every visit and every purchase is a request to the wrapped service, on its
    /// day, in the order of days.
    async fn live_through(&self, people: &[Person]) -> Result<(), Box<dyn Error + Send + Sync>> {
        people.iter().for_each(|person| self.shop.open_file(person.clone()));
        let mut deeds: Vec<_> =
            people.iter().flat_map(|person| deeds(&person.past).map(move |deed| (person, deed))).collect();
        deeds.sort_by_key(|(_, (days_ago, _))| std::cmp::Reverse(*days_ago));
        for (person, (days_ago, deed)) in deeds {
            self.clock.go_to_days_before(days_ago);
            let cookie =
                Session::of(person, &self.clock, &person.consent).cookie().ok_or("a token cannot be signed")?;
            let response = self.ask(deed.request(&cookie)?).await;
            let status = response.status();
            axum::body::to_bytes(response.into_body(), usize::MAX).await?;
            if !status.is_success() {
                return Err(format!("{} could not live through day {days_ago}: {status}", person.id).into());
            }
        }
        self.layer.flush().await;
        self.clock.go_to_days_before(0);
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Deed {
    Visit,
    Wish(&'static str),
    Buy(&'static str),
    Limit(&'static str),
}

impl Deed {
    fn request(self, cookie: &str) -> Result<Request<Body>, http::Error> {
        let (method, path, body) = match self {
            Self::Visit => (Method::GET, "/recommendations", Body::empty()),
            Self::Wish(id) => (Method::POST, "/wishes", Body::from(format!(r#"{{"id":"{id}"}}"#))),
            Self::Buy(id) => (Method::POST, "/checkout", Body::from(format!(r#"{{"id":"{id}"}}"#))),
            Self::Limit(stage) => (Method::PUT, "/rapport/me/limit", Body::from(format!(r#"{{"stage":"{stage}"}}"#))),
        };
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, cookie);
        // From the shop's own pages, as a browser says it: nobody else may choose in a customer's place.
        let request = request.header("sec-fetch-site", "same-origin");
        request.header(header::CONTENT_TYPE, "application/json").body(body)
    }
}

fn deeds(past: &Past) -> impl Iterator<Item = (u32, Deed)> + use<> {
    let visits = past.days().into_iter().map(|day| (day, Deed::Visit));
    let wishes = past.wished.iter().map(|(day, id)| (*day, Deed::Wish(id)));
    let purchases = past.bought.iter().map(|(day, id)| (*day, Deed::Buy(id)));
    let limit = past.limited.map(|(day, stage)| (day, Deed::Limit(stage)));
    visits.chain(wishes).chain(purchases).chain(limit)
}

/// Reads a policy with the demo's own secrets.
pub(crate) fn policy(text: &str) -> Result<Policy, Diagnostics> {
    Policy::from_toml("examples/demo/policy.toml", text, session::secret)
}

/// The same policy with an effect, where it only observes: the twins show what would be.
fn enforced(text: &str) -> String {
    let (head, tables) = text.split_at(text.find("\n[").unwrap_or(text.len()));
    let head: Vec<_> = head.lines().filter(|line| !line.trim_start().starts_with("mode")).collect();
    head.join("\n") + tables
}

/// A router's answer: it always has one.
pub(crate) fn answered(answer: Result<Response, std::convert::Infallible>) -> Response {
    match answer {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

const POLICY: &str = include_str!("policy.toml");
