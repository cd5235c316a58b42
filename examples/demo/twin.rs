//! What a customer would get at each stage: asked as the customer's twin, who stands at the top of the ladder.
//!
//! `Prefer: personalization=STAGE` lowers an answer and raises none. So the picture of the ten places is no drawing of the
//! policy: the same service, the same policy, the same token and the same day, but another store, in which everybody is
//! known as well as the ladder goes. What age, consent and the customer's own choices hold back, they hold back here, too.

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Request, StatusCode};
use jiff::SignedDuration;
use tower::{BoxError, ServiceExt};
use tower_rapport::{
    RapportLayer,
    clock::Clock,
    consent::Choices,
    identity::CustomerId,
    policy::Policy,
    relationship::{Change, Day, History, Record, Why},
    store::{StoreError, Urgency},
};

use crate::{session::Session, travel::Traveller, world::answered};

/// A layer of their own around the shop.
pub(crate) struct Twins {
    layer: RapportLayer,
    wrapped: Router,
    clock: Traveller,
}

impl Twins {
    /// With a store of their own: the policy keeps everything in memory.
    pub(crate) fn of(policy: Policy, service: Router, clock: Traveller) -> Result<Self, BoxError> {
        let layer = RapportLayer::open(policy)?.with_clock(clock.clone());
        Ok(Self { wrapped: service.layer(layer.clone()), layer, clock })
    }

    /// Puts another policy in force.
    pub(crate) fn reload(&self, policy: Policy) -> Result<(), BoxError> {
        self.layer.reload(policy)
    }

    /// Asks as the twin of whoever asks, who chose the same, for an answer as of a stage.
    pub(crate) async fn ask(&self, stage: &str, choices: Choices, mut request: Request<Body>) -> Response {
        let Ok(prefer) = HeaderValue::try_from(format!("personalization={stage}")) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        if let Some(session) = Session::read(request.headers())
            && self.befriend(&session, choices).await.is_err()
        {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        request.headers_mut().insert("prefer", prefer);
        answered(self.wrapped.clone().oneshot(request).await)
    }

    /// Makes the twin somebody of the highest stage who was here yesterday.
    async fn befriend(&self, session: &Session, choices: Choices) -> Result<(), StoreError> {
        let yesterday = Day::of(self.clock.now() - SignedDuration::from_hours(24));
        let policy = self.layer.policy();
        let ladder = &policy.rules().ladder;
        let history = History {
            first_seen: yesterday,
            last_seen: yesterday,
            active_days: 1,
            last_visit: Some(yesterday),
            counts: [(History::VISIT, 1)]
                .into_iter()
                .filter_map(|(name, times)| Some((name.parse().ok()?, times)))
                .collect(),
            stage: ladder.rungs().last().map(|rung| rung.name.clone()),
            changed: Some(Change { on: yesterday, why: Why::Gained }),
            marks: Vec::new(),
            doubted_since: None,
        };
        let record = Record { history: Some(history), choices, ..Record::default() };
        let twin = self.layer.policy().identity().pseudonyms.pseudonym(&session.iss, &CustomerId::new(&session.sub));
        let known = self.layer.relationships().update(twin, Urgency::Choice, move |_| Some(record.clone())).await;
        known.map(drop)
    }
}
