//! The policy: the TOML as written, and its validated meaning.
//!
//! A policy file is read in two steps. First it becomes the types of `written`, every key optional and unchecked, and
//! the reading goes on after every error. Then that becomes the lower rooms' own types, with every default filled in
//! and every name resolved; what comes out needs no further check. Everything found on the way is told at once, as
//! [`Diagnostics`].
//!
//! A [`Policy`] is immutable. A reload makes a new one and swaps it whole, or not at all.
//!
//! Paths in the file (keys, the store, logs) are relative to the folder of the file.
//!
//! A policy may go on from a preset or another file (`extends`): what it says wins, and the rest is said there. The presets are
//! the files in `config/`, but for `[identity]`, `[store]` and `[serve]`, which are each policy's own.
//!
//! A policy can be written in Rust, too ([`typed`]): it becomes such a text, and is read as one.
//!
//! ```
//! use http::Method;
//! use tower_rapport::policy::Policy;
//!
//! let toml = r#"
//!     [identity]
//!     issuer   = "https://id.shop.example"
//!     audience = "shop"
//!     pseudonym_secret = { env = "PSEUDONYM" }
//!
//!     [[identity.keys]]
//!     alg    = "HS256"
//!     secret = { env = "JWT" }
//!
//!     [[endpoints]]
//!     name = "recommendations"
//!     path = "/recommendations"
//!     fields = [{ path = "$.customer.first_name", data = "provided", steps = { familiar = "keep" } }]
//! "#;
//! let policy = Policy::from_toml("rapport.toml", toml, |_| Some("a secret of at least 32 bytes …".into()))?;
//! assert_eq!(policy.endpoint(&Method::GET, "/recommendations/").unwrap().endpoint.name, "recommendations");
//!
//! let typo = toml.replace("familiar", "familar");
//! let found = Policy::from_toml("rapport.toml", &typo, |_| Some("a secret of at least 32 bytes …".into())).unwrap_err();
//! assert!(found.to_string().contains("`familar`: no such stage; did you mean `familiar`?"));
//! assert!(found.to_string().contains("rapport.toml:14:"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod diagnostics;
mod fingerprint;
mod keys;
mod loading;
mod meaning;
mod merging;
mod paths;
mod presets;
mod reading;
mod readings;
mod remedy;
mod routes;
#[cfg(feature = "schema")]
mod schema;
mod secrets;
mod sources;
pub mod typed;
mod unparsed;
mod values;
#[cfg(not(feature = "html"))]
mod without_html;
mod written;

use std::{path::PathBuf, sync::Arc};

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;

use self::meaning::Meaning;
#[cfg(feature = "schema")]
pub use self::schema::json_schema;
pub use self::{
    diagnostics::{Diagnostic, Diagnostics, Severity},
    meaning::{
        At, ChannelCap, ConsentSettings, Covered, Endpoint, EventRule, Hidden, Holdout, IdentitySettings, ItemData,
        Items, Keys, Limits, Methods, Mode, Nested, PortalSettings, PrivateKey, ReportSettings, ServeSettings,
        StoreKind, StoreSettings, TlsSettings, Unreadable, When,
    },
};
use crate::{
    decision::Rules,
    identity::Pseudonym,
    name::Name,
    portal::{self, Account, Terms},
    relationship::{Record, Stage},
    report::{self, Replay, ReplayError},
    shaping::class::Classes,
    store::{Memory, Store, StoreError},
};

/// What a policy file says, checked and complete.
///
/// What a test of one's own policy asks of it:
///
/// ```
/// use http::{HeaderMap, HeaderValue, Method, StatusCode};
/// use tower_rapport::policy::{Mode, Policy, StoreKind};
///
/// # let toml = include_str!("../../config/minimal.toml");
/// # let env = |name: &str| Some(format!("{name}, of 32 bytes at the least"));
/// let policy = Policy::from_toml("rapport.toml", toml, env)?; // or `from_file`
/// assert!(policy.warnings().is_empty(), "{}", policy.warnings());
/// assert_eq!((policy.mode(), policy.retention_days()), (Mode::Enforce, 730));
///
/// let covered = policy.endpoint(&Method::GET, "/recommendations/home").ok_or("no endpoint is at this path")?;
/// assert!(covered.certain && covered.endpoint.methods.shapes(&Method::POST));
/// assert!(!covered.endpoint.methods.may_ask_twice(&Method::POST), "it may buy something");
/// assert!(policy.endpoint(&Method::GET, "/checkout").is_none());
///
/// assert!(matches!(policy.store().kind, StoreKind::Embedded { .. }));
/// assert_eq!((policy.portal().path.as_str(), policy.holdout()), ("/rapport", None));
/// assert_eq!(policy.channel_cap(&HeaderMap::new()), None);
/// assert!(policy.event("purchase").is_some_and(|event| event.when.is_none()), "the service tells of it");
/// assert_eq!(policy.events_seen(&Method::POST, "/checkout", StatusCode::OK).count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Policy {
    meaning: Meaning,
    terms: Arc<Terms>,
    warnings: Diagnostics,
    files: Vec<PathBuf>,
}

impl Policy {
    /// What the operator should know of a policy that can be used all the same.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }

    /// The files that it was read from: its own, then those that it goes on from.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// 16 hex digits over all that the policy means: comments, the order of keys, defaults that are written out, and
    /// the values of secrets do not change it.
    pub fn fingerprint(&self) -> &str {
        &self.terms.fingerprint
    }

    /// What it says to customers.
    pub(crate) fn terms(&self) -> &Arc<Terms> {
        &self.terms
    }

    /// What decides: stages, purposes, and the cap for minors.
    pub fn rules(&self) -> &Rules {
        &self.meaning.rules
    }

    /// How a customer stands at an instant, from what is kept alone, as the operator is told.
    ///
    /// The record must be the one of that instant: it holds no list of events, so nothing can be said of a day before its
    /// last one.
    ///
    /// See the example of [`Account`].
    pub fn account(&self, customer: Pseudonym, record: Option<&Record>, at: Timestamp) -> Account {
        portal::account(&self.terms, self.held_out(customer), record, at)
    }

    /// Makes the decision of a line of the decision log again.
    ///
    /// See the example of [`Replay`].
    ///
    /// # Errors
    ///
    /// It is no such line, or was decided under another policy.
    pub fn replay(&self, line: &str) -> Result<Replay, ReplayError> {
        report::replay(self.rules(), self.fingerprint(), line)
    }

    /// All that is kept of a customer, in the document that the portal lets the customer take along
    /// (ISO/IEC TS 27560:2023); what only a request says is not in it.
    ///
    /// ```
    /// use jiff::Timestamp;
    /// use tower_rapport::{identity::Pseudonym, policy::Policy, relationship::Record};
    /// # let toml = include_str!("../../config/minimal.toml");
    /// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
    /// let anna = Pseudonym::from_bytes([7; 16]);
    /// let document = policy.receipt(anna, Some(&Record::default()), Timestamp::now());
    /// println!("{document:#}");
    /// assert!(document.is_object());
    /// # Ok::<(), tower_rapport::policy::Diagnostics>(())
    /// ```
    pub fn receipt(&self, customer: Pseudonym, record: Option<&Record>, at: Timestamp) -> serde_json::Value {
        portal::receipt(&self.terms, self.held_out(customer), customer, record, at)
    }

    /// How customers are recognized.
    pub fn identity(&self) -> &IdentitySettings {
        &self.meaning.identity
    }

    /// How consent is read and kept.
    pub fn consent(&self) -> &ConsentSettings {
        &self.meaning.consent
    }

    /// What each class of data needs before it may be shown.
    pub fn classes(&self) -> &Classes {
        &self.meaning.classes
    }

    /// Whether endpoints that do not say otherwise have an effect.
    pub fn mode(&self) -> Mode {
        self.meaning.mode
    }

    /// The number of days after which a silent relationship is deleted.
    pub fn retention_days(&self) -> u32 {
        self.meaning.retention
    }

    /// The highest stage on the channel that a request comes by: the lowest, where several are named, in lines of their own or in
    /// one (RFC 9110 section 5.3).
    pub fn channel_cap(&self, headers: &HeaderMap) -> Option<Stage> {
        let is = |line: &HeaderValue, value: &HeaderValue| {
            line == value || line.as_bytes().split(|byte| *byte == b',').any(|one| one.trim_ascii() == value.as_bytes())
        };
        let matches = |cap: &&ChannelCap| headers.get_all(&cap.header).iter().any(|line| is(line, &cap.value));
        self.meaning.channels.iter().filter(matches).map(|cap| cap.stage).min()
    }

    /// The caps by channel.
    pub fn channels(&self) -> &[ChannelCap] {
        &self.meaning.channels
    }

    /// The share of customers that is held back to measure the difference.
    pub fn holdout(&self) -> Option<&Holdout> {
        self.meaning.holdout.as_ref()
    }

    /// The highest stage of a customer who is held out; none for everybody else. Who is held out follows from the pseudonym and
    /// its secret alone.
    ///
    /// See the example of [`Holdout`].
    pub fn held_out(&self, customer: Pseudonym) -> Option<Stage> {
        let holdout = self.holdout()?;
        let place = self.identity().pseudonyms.thousandth(customer, "tower-rapport 2026 holdout");
        (place < holdout.share).then_some(holdout.stage)
    }

    /// The endpoints, in the order of the file.
    pub fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.meaning.endpoints
    }

    /// The endpoint that a request belongs to, if answers to its method are shaped there. The path is taken as it came,
    /// still percent-encoded; an empty one is `/`.
    ///
    /// Where several patterns match, the most specific one counts, as in axum. A path that services understand in
    /// different ways belongs to an endpoint in whichever way it does; one where decisions have an effect comes first.
    /// So does one of more than 4 KiB with escapes, dots or the like, or a shorter one with very many, wherever it leads.
    /// Costs no allocation for a path in small letters in which nothing is to be resolved.
    pub fn endpoint(&self, method: &Method, path: &str) -> Option<Covered<'_>> {
        self.endpoint_of_any(method, &[], path)
    }

    /// The same of a request that wants to be taken for one of other methods, too.
    pub(crate) fn endpoint_of_any(&self, method: &Method, named: &[Method], path: &str) -> Option<Covered<'_>> {
        let shapes = |methods: &Methods| methods.shapes(method) || named.iter().any(|named| methods.shapes(named));
        let mut covered: Option<Covered<'_>> = None;
        // A target that names a host and no path asks for the first one.
        let path = if path.is_empty() { "/" } else { path };
        self.meaning.routes.each(path, |number| {
            let endpoint = self.meaning.endpoints.get(number).filter(|endpoint| shapes(&endpoint.methods));
            covered = match (covered, endpoint) {
                (Some(covered), Some(endpoint)) => Some(covered.or(endpoint)),
                (covered, endpoint) => covered.or(endpoint.map(Covered::by)),
            };
        });
        covered
    }

    /// Whether it depends on methods which answers are shaped, or which events are seen.
    pub(crate) fn minds_methods(&self) -> bool {
        self.meaning.minds_methods
    }

    /// Whether a path is looked up in one form only, which takes no memory.
    pub(crate) fn has_one_form(path: &str) -> bool {
        readings::has_one_form(path) && !path.bytes().any(|byte| byte.is_ascii_uppercase())
    }

    /// The pattern of an endpoint by which a path is its own; the first one where the path is read in another way.
    pub(crate) fn route<'a>(&'a self, endpoint: &'a Arc<Endpoint>, path: &str) -> Option<&'a str> {
        let is_its_own = |number: usize| self.meaning.endpoints.get(number).is_some_and(|of| Arc::ptr_eq(of, endpoint));
        let matched = self.meaning.routes.as_written(path).filter(|(_, number)| is_its_own(*number));
        matched.map(|(pattern, _)| pattern).or(endpoint.paths.first()).map(String::as_str)
    }

    /// The events that a customer can have beside visits.
    pub fn events(&self) -> &[EventRule] {
        &self.meaning.events
    }

    /// The event of a name, as the wrapped service may report it. `visit` is none of them.
    pub fn event(&self, name: &str) -> Option<&EventRule> {
        self.meaning.events.iter().find(|event| event.name == *name)
    }

    /// The events that are seen in a request and its answer. The path is taken as it came.
    ///
    /// One that can help to raise a stage is seen only where everybody understands the path alike.
    pub fn events_seen(&self, method: &Method, path: &str, status: StatusCode) -> impl Iterator<Item = &Name> {
        self.meaning.events.iter().filter(move |event| event.is_seen(method, path, status)).map(|event| &event.name)
    }

    /// Where relationships are kept.
    pub fn store(&self) -> &StoreSettings {
        &self.meaning.store
    }

    /// Opens it, or makes it.
    ///
    /// # Errors
    ///
    /// A file that is no store or that another process holds; Redis outside a tokio runtime.
    pub fn open_store(&self) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match &self.meaning.store.kind {
            StoreKind::Memory => Arc::new(Memory::default()),
            #[cfg(feature = "embedded")]
            StoreKind::Embedded { path } => Arc::new(crate::store::Embedded::open(path)?),
            #[cfg(feature = "redis")]
            StoreKind::Redis { url, mode, prefix } => {
                Arc::new(crate::store::Redis::open(crate::store::RedisSettings {
                    url: url.clone(),
                    mode: *mode,
                    prefix: prefix.clone(),
                    retention_days: self.meaning.retention,
                    max_staleness: self.meaning.store.max_staleness,
                })?)
            }
        })
    }

    /// How `rapport serve` serves.
    pub fn serve(&self) -> &ServeSettings {
        &self.meaning.serve
    }

    /// The customer's own routes.
    pub fn portal(&self) -> &PortalSettings {
        &self.meaning.portal
    }

    /// What is told of decisions.
    pub fn report(&self) -> &ReportSettings {
        &self.meaning.report
    }
}

#[cfg(test)]
mod tests;
