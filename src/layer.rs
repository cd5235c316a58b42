//! The layer: what is set once, and put around services.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use tower::{BoxError, Layer};

use crate::{
    clock::Clock,
    current::Current,
    desk::Portal,
    events::Events,
    policy::Policy,
    service::Rapport,
    setting::Setting,
    store::{Relationships, Store},
};

/// Puts [`Rapport`] around services. Cheap to clone; clones share everything.
///
/// ```
/// use std::sync::Arc;
/// use tower::{BoxError, Layer};
/// use tower_rapport::{RapportLayer, RequestBody, policy::Policy, store::Memory};
///
/// let policy = Policy::from_toml("rapport.toml", POLICY, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let layer = RapportLayer::new(policy, Arc::new(Memory::default()))?;
/// let service = layer.layer(tower::service_fn(async |_request: http::Request<RequestBody<String>>| {
///     Ok::<_, std::convert::Infallible>(http::Response::new(String::from("{}")))
/// }));
/// # const POLICY: &str = include_str!("../config/minimal.toml");
/// # Ok::<(), tower::BoxError>(())
/// ```
#[derive(Clone)]
pub struct RapportLayer {
    current: Current,
    relationships: Relationships,
    answers_portal: bool,
    /// Which services may have each other's answers to somebody unknown.
    service: u32,
}

impl RapportLayer {
    /// A layer for a policy, with the store that the policy names.
    ///
    /// ```
    /// use tower_rapport::{RapportLayer, policy::Policy};
    ///
    /// # fn serve() -> Result<(), tower::BoxError> {
    /// let layer = RapportLayer::open(Policy::from_file("rapport.toml")?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A file that is no store or that another process holds; keys that are to be fetched, or Redis, outside a tokio runtime.
    pub fn open(policy: Policy) -> Result<Self, BoxError> {
        let store = policy.open_store()?;
        Self::new(policy, store)
    }

    /// A layer for a policy and a store of one's own.
    ///
    /// # Errors
    ///
    /// Keys that are to be fetched, outside a tokio runtime.
    pub fn new(policy: Policy, store: Arc<dyn Store>) -> Result<Self, BoxError> {
        let setting = Setting::new(policy, store)?;
        let relationships = setting.relationships.clone();
        Ok(Self { relationships, current: Current::new(setting), answers_portal: true, service: 0 })
    }

    /// Another clock than the machine's, for all clones.
    ///
    /// See the example of [`Clock`].
    #[must_use]
    pub fn with_clock(self, clock: impl Clock) -> Self {
        self.current.set_clock(Arc::new(clock));
        self
    }

    /// The customer's own routes, as a service to be mounted elsewhere. The layer answers them, too, unless it is
    /// [`without_portal`](Self::without_portal).
    ///
    /// See the example of [`Portal`].
    pub fn portal(&self) -> Portal {
        Portal::new(self.current.clone())
    }

    /// Leaves the paths of the portal to the wrapped service: then mount [`portal`](Self::portal), or customers have no way to
    /// withdraw.
    ///
    /// See the example of [`Portal`].
    #[must_use]
    pub fn without_portal(self) -> Self {
        Self { answers_portal: false, ..self }
    }

    /// The same layer, for another service that may be asked for the same path: what one of them says to somebody unknown
    /// is not given to who asks the other. All else is shared, as among clones.
    ///
    /// Services within one router have paths of their own and need no layer apart. It is for services of which each sees the
    /// paths without the prefix that tells them apart, as nested ones do:
    ///
    /// ```
    /// use std::sync::Arc;
    /// use axum::{Router, routing::get};
    /// use tower::{Layer, ServiceExt};
    /// use tower_rapport::{RapportLayer, policy::Policy, store::Memory};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tower::BoxError> {
    /// # let toml = include_str!("../config/minimal.toml");
    /// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
    /// let layer = RapportLayer::new(policy, Arc::new(Memory::new()))?;
    /// let shop = |says: &'static str| Router::new().route("/recommendations", get(async move || says));
    /// let shops = Router::new()
    ///     .nest_service("/de", layer.layer(shop("Guten Tag")))
    ///     .nest_service("/en", layer.apart().layer(shop("Good day")));
    /// # let _ = shops.oneshot(http::Request::get("/de/recommendations").body(axum::body::Body::empty())?).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn apart(&self) -> Self {
        static SERVICES: AtomicU32 = AtomicU32::new(1);
        Self { service: SERVICES.fetch_add(1, Ordering::Relaxed), ..self.clone() }
    }

    /// Records events for handlers and jobs, which then know that they are kept. Whoever wants another
    /// [clock](Self::with_clock) sets it first.
    ///
    /// See the example of [`Events`].
    pub fn events(&self) -> Events {
        Events::new(self.current.clone())
    }

    /// The policy in force.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.current.get().policy)
    }

    /// Puts another policy in force, for all services of this layer, its portal and its events, at once and whole.
    ///
    /// Requests under way end under the policy that they began with. What is known of customers stays; a changed ladder
    /// takes nothing from anybody before they come again, and gives a stage only as any event gives one: at most one in the
    /// new `pace`. A stage, purpose or event that the new policy does not have is kept, and counts for nothing until it is
    /// back.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tower_rapport::{RapportLayer, policy::Policy, store::Memory};
    ///
    /// # let toml = include_str!("../config/minimal.toml");
    /// let read = |toml: &str| Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")));
    /// let layer = RapportLayer::new(read(toml)?, Arc::new(Memory::new()))?;
    /// let before = layer.policy().fingerprint().to_owned();
    /// assert!(read("no policy").and_then(|policy| Ok(layer.reload(policy))).is_err());
    /// assert_eq!(layer.policy().fingerprint(), before, "what is in force stays in force");
    /// layer.reload(read(&format!("mode = \"observe\"\n{toml}"))?)?;
    /// assert_ne!(layer.policy().fingerprint(), before);
    /// # Ok::<(), tower::BoxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The policy names another store, or keeps another number of relationships in memory, which only a new layer can do; or
    /// its keys are to be fetched, outside a tokio runtime. Then the old policy stays in force.
    pub fn reload(&self, policy: Policy) -> Result<(), BoxError> {
        self.current.reload(policy)
    }

    /// The relationships, as this node knows them.
    ///
    /// See the example of [`Relationships`].
    pub fn relationships(&self) -> &Relationships {
        &self.relationships
    }

    /// Waits until nothing is being written, and answers how many changes could not be: those whose last try failed, once
    /// more tried just now. They are lost when the process ends, so call this before, as long as the store may come back, and
    /// tell of them.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// /// When the last request is answered.
    /// async fn end(layer: tower_rapport::RapportLayer) {
    ///     for _ in 0..40 {
    ///         if layer.flush().await == 0 {
    ///             return;
    ///         }
    ///         tokio::time::sleep(Duration::from_millis(250)).await;
    ///     }
    ///     eprintln!("{} changes could not be written and are lost", layer.flush().await);
    /// }
    /// ```
    pub async fn flush(&self) -> usize {
        self.relationships.flush().await
    }
}

impl<S> Layer<S> for RapportLayer {
    type Service = Rapport<S>;

    fn layer(&self, inner: S) -> Rapport<S> {
        Rapport::new(inner, self.current.clone(), self.answers_portal, self.service)
    }
}

impl fmt::Debug for RapportLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RapportLayer").field("policy", &self.current.get().policy.fingerprint()).finish_non_exhaustive()
    }
}
