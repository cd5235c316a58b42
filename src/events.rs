//! Events that a handler or a job tells of itself, and knows to be written.

use std::{error::Error, fmt, sync::Arc};

use http::request;

use crate::{
    asked::{Asked, Happened},
    current::Current,
    identity::{CustomerId, Identity, PseudonymKey},
    recording::Recording,
    relationship::Event,
    setting::Setting,
    store::{StoreError, StoreErrorKind},
};

/// Records events. Cheap to clone; [`RapportLayer::events`](crate::RapportLayer::events) gives it.
///
/// A wrapped service tells of an event with the header `Personalization-Event: purchase;id="order-17"` of its answer, or a
/// `when` rule of the policy sees it. Both are waited for no longer than a decision may take. Who must know that an event is
/// kept, or has no answer to tell of it in, records it here:
///
/// ```
/// use axum::extract::State;
/// use http::{StatusCode, request::Parts};
/// use tower_rapport::{EventErrorKind, Events};
///
/// // A handler; its router has the `Events` as state.
/// async fn checkout(State(events): State<Events>, head: Parts) -> StatusCode {
///     let order = "order-17"; // as your own database has it by now
///     let Some(customer) = events.customer_of(&head) else { return StatusCode::CREATED };
///     match events.record_once(&customer, "purchase", order).await {
///         Ok(()) => StatusCode::CREATED, // it survives `kill -9`
///         Err(error) if error.kind() == EventErrorKind::NotAgreed => StatusCode::CREATED,
///         Err(error) => {
///             tracing::warn!(%error);
///             StatusCode::ACCEPTED
///         }
///     }
/// }
/// ```
///
/// As everywhere, nothing is stored of somebody who has not agreed to be remembered, and an event counts on the day on
/// which it is recorded. Runs on the tokio runtime in which it is called.
#[derive(Clone)]
pub struct Events {
    current: Current,
}

/// A customer with whom something happens. Nobody can read from it who that is.
///
/// See the example of [`Events`].
#[derive(Clone)]
pub struct Customer {
    asked: Asked,
}

impl Events {
    pub(crate) fn new(current: Current) -> Self {
        Self { current }
    }

    /// The customer who makes a request, as the layer sees it: by a verified token, or by a visitor's cookie. Nobody where
    /// there is neither, nor where the layer asks as somebody unknown.
    ///
    /// What the customer agrees to is what the request says and what was chosen before.
    pub fn customer_of(&self, head: &request::Parts) -> Option<Customer> {
        if let Some(customer) = head.extensions.get::<Customer>() {
            return Some(customer.clone());
        }
        let setting = self.current.get();
        let Setting { policy, verifier, clock, .. } = &*setting;
        Customer::of(Asked::of(&head.method, &head.uri, &head.headers, policy, verifier, clock.now()))
    }

    /// The customer of an id, the one that tokens name as their subject: for jobs, in which nobody asks.
    ///
    /// What this customer agreed to is what was chosen in the portal. What your tokens would say,
    /// [`agreed_to`](Customer::agreed_to) says.
    ///
    /// ```
    /// use tower_rapport::{EventError, Events, identity::CustomerId};
    ///
    /// /// A job: the parcel came back, and nobody asks.
    /// async fn returned(events: &Events, id: String, parcel: &str) -> Result<(), EventError> {
    ///     let customer = events.customer(&CustomerId::new(id)).agreed_to(["record"]); // by what your database knows
    ///     events.record_once(&customer, "complaint", parcel).await
    /// }
    /// ```
    pub fn customer(&self, id: &CustomerId) -> Customer {
        let setting = self.current.get();
        let identity = setting.policy.identity();
        let pseudonym = |key: &PseudonymKey| key.pseudonym(&identity.rules.issuer, id);
        let former = identity.former.iter().map(pseudonym).collect();
        let named = Identity::known_as(pseudonym(&identity.pseudonyms), former);
        Customer { asked: Asked::named(named, setting.clock.now()) }
    }

    /// Counts an event of the policy. Durable when it returns `Ok`.
    ///
    /// # Errors
    ///
    /// [`EventError::kind`] says whether it is still on its way. Do not tell of it again then, or tell of it with
    /// [`record_once`](Self::record_once).
    pub async fn record(&self, customer: &Customer, event: &str) -> Result<(), EventError> {
        let setting = self.current.get();
        let rule = setting.policy.event(event).ok_or_else(|| EventError::unknown(event))?;
        write(&setting, customer, Event::new(rule.name.clone())).await
    }

    /// Counts an event of the policy that has an id, once, however often it is told of: here, or in the header. Of each
    /// relationship the latest 64 ids are known again. `Ok` says that it is durable, now or since it was first told of.
    ///
    /// The id is anything that tells this event of the customer from others of the same name, an order's number say. Only a
    /// keyed hash of it is kept.
    ///
    /// # Errors
    ///
    /// [`EventError::kind`] says why. It may be told of again in any case.
    pub async fn record_once(&self, customer: &Customer, event: &str, id: &str) -> Result<(), EventError> {
        let setting = self.current.get();
        let rule = setting.policy.event(event).ok_or_else(|| EventError::unknown(event))?;
        write(&setting, customer, setting.marks.once(rule.name.clone(), id)).await
    }
}

async fn write(setting: &Arc<Setting>, customer: &Customer, event: Event) -> Result<(), EventError> {
    let Some(identity) = &customer.asked.identity else { return Err(EventError::not_agreed()) };
    let happened = Happened { events: vec![event], ..Happened::default() };
    if let Some(recording) = Recording::of(setting, customer.asked.clone(), happened) {
        recording.durable().await.map_err(EventError::store)?;
    }
    // Whether anything could be stored was decided by the record as it stood when it was written.
    let record = setting.relationships.load(identity.customer).await.map_err(EventError::store)?;
    let is_stored = customer.asked.may_add(setting.policy.rules(), record.as_deref());
    if is_stored { Ok(()) } else { Err(EventError::not_agreed()) }
}

impl Customer {
    /// Whoever makes a request, if anybody is known.
    pub(crate) fn of(asked: Asked) -> Option<Self> {
        asked.identity.is_some().then_some(Self { asked })
    }

    /// Says which purposes the customer agreed to, as the claim of a token would: by what you know, and at your word. What
    /// the customer refused in the portal stays refused.
    ///
    /// See the example of [`Events::customer`].
    #[must_use]
    pub fn agreed_to<'a>(mut self, purposes: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(identity) = &mut self.asked.identity {
            Arc::make_mut(identity).purposes = Some(purposes.into_iter().map(str::to_owned).collect());
        }
        self
    }
}

/// An event that is not known to be counted.
///
/// What to do about it, its [`kind`](Self::kind) says: name the event in the policy ([`Unknown`](EventErrorKind::Unknown)), let it
/// be ([`NotAgreed`](EventErrorKind::NotAgreed)), go on, for it is tried again ([`Pending`](EventErrorKind::Pending)), or tell of it
/// later ([`Busy`](EventErrorKind::Busy)). See the example of [`Events`].
#[derive(Debug)]
pub struct EventError {
    kind: EventErrorKind,
    text: String,
    source: Option<StoreError>,
}

/// Why an event is not known to be counted, and what becomes of it.
///
/// See the example of [`Events`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventErrorKind {
    /// The policy has no such event. `visit` is none: visits are seen, not told of.
    Unknown,
    /// The customer has not agreed to be remembered, or was forgotten meanwhile. Nothing is stored.
    NotAgreed,
    /// The store could not write it, or did not say whether it has. It is tried again until it is written, as long as the
    /// process lives.
    Pending,
    /// Too much waits to be written, or what is kept of the customer cannot be read or moved. Nothing was begun.
    Busy,
}

impl EventError {
    /// Why, and what becomes of it.
    pub fn kind(&self) -> EventErrorKind {
        self.kind
    }

    fn unknown(event: &str) -> Self {
        let text = format!("`{event}` is no event of the policy; name it there: `[[relationship.events]]`");
        Self { kind: EventErrorKind::Unknown, text, source: None }
    }

    fn not_agreed() -> Self {
        let text = "the customer has not agreed to be remembered, so the event is not stored".to_owned();
        Self { kind: EventErrorKind::NotAgreed, text, source: None }
    }

    fn store(error: StoreError) -> Self {
        let (kind, text) = match error.kind() {
            StoreErrorKind::Busy => (EventErrorKind::Busy, "the event is not written; tell of it again later"),
            _ => (EventErrorKind::Pending, "the event is not known to be written yet; it is tried again"),
        };
        Self { kind, text: text.to_owned(), source: Some(error) }
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for EventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as &(dyn Error + 'static))
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("policy", &self.current.get().policy.fingerprint()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let customer = self.asked.identity.as_ref().map(|identity| identity.customer);
        f.debug_struct("Customer").field("pseudonym", &customer).finish_non_exhaustive()
    }
}
