//! A policy that is written in Rust.
//!
//! [`Policy::builder`] takes what a file says, in types: stages, purposes and events are names of three kinds, a class of
//! data or an algorithm is one of those there are, and a time is a [`Duration`]. Each table of a file is a type here, and
//! each of its keys a method of the same name, but for `hide_in_request`, `hide_in_response`, and what a stage needs; `new` asks
//! for what must stand, `default` says nothing yet, and `config/reference.toml` tells what each key means. What is said twice
//! holds as it was said last, and a list is given whole.
//!
//! What is said becomes the text of a policy file ([`to_toml`](PolicyBuilder::to_toml)) and is read as one: there are no
//! other checks, so nothing can be said here that a file could not say, and what is wrong is told with its key
//! and its line of that text.
//!
//! For a file alone are `[serve]` and `report.metrics`, which only the binary reads. A policy may [go
//! on from](PolicyBuilder::extends) a preset or a file, and say the rest here.
//!
//! ```
//! use tower_rapport::{
//!     identity::Algorithm,
//!     policy::{
//!         Policy,
//!         typed::{Endpoint, Field, Identity, Secret, SigningKey, StageName, Store, Treatment},
//!     },
//!     shaping::class::DataClass,
//! };
//!
//! let key = SigningKey::new(Algorithm::Hs256).secret(Secret::env("JWT"));
//! let first_name = Field::new("$.customer.first_name", DataClass::Provided);
//! let shown = |from: StageName| {
//!     Policy::builder()
//!         .identity(Identity::new("https://id.shop.example", "shop", Secret::env("PSEUDONYM")).keys([key.clone()]))
//!         .endpoints([Endpoint::new("recommendations")
//!             .path(["/recommendations"])
//!             .fields([first_name.clone().steps([(from, Treatment::keep())])])])
//!         .store(Store::memory())
//!         .build_with(|_| Some("a secret of at least 32 bytes …".into()))
//! };
//! assert_eq!(shown(StageName::FAMILIAR)?.endpoints().len(), 1);
//!
//! let found = shown(StageName::new("famous")).unwrap_err();
//! let finding = found.iter().next().unwrap();
//! assert_eq!(finding.key, "endpoints[0].fields[0].steps.famous");
//! assert!(finding.message.contains("`famous`: no such stage"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// Types that say what a table of a file says. Which of them may say nothing derives `Default` for itself.
macro_rules! tables {
    ($($(#[$about:meta])* $name:ident;)*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug)]
        #[must_use]
        pub struct $name($crate::policy::typed::text::Table);

        impl From<$name> for $crate::policy::typed::text::Item {
            fn from(table: $name) -> Self {
                table.0.into()
            }
        }
    )*};
}

mod deployment;
mod endpoints;
mod identity;
mod items;
mod names;
mod relationship;
mod text;
mod treatments;

use std::{env, time::Duration};

#[cfg(feature = "redis")]
pub use self::deployment::Redis;
#[cfg(feature = "html")]
pub use self::endpoints::Html;
#[cfg(feature = "jwks")]
pub use self::identity::Jwks;
use self::text::Item;
pub use self::{
    deployment::{Cache, DecisionFile, Decisions, Portal, Report, Store},
    endpoints::{Encode, Endpoint, Field, Generic, Hide, Limits},
    identity::{Claims, Consent, Gpc, Identity, Purpose, Secret, SigningKey, Tcf, Visitors},
    items::{Fill, Items},
    names::{EventName, PurposeName, StageName},
    relationship::{Age, Caps, Channel, Event, Holdout, Minor, Need, Relationship, Stage, When},
    treatments::Treatment,
};
use super::{Diagnostics, Mode, Policy, sources::Origin};
pub use crate::shaping::{class::DataClass, treatment::DateTo};

tables! {
    /// A policy that is being written; see [`Policy::builder`].
    #[derive(Default)]
    PolicyBuilder;
    /// What a class of data needs before it may be shown.
    #[derive(Default)]
    Opening;
}

impl Policy {
    /// Begins a policy that is written in Rust instead of TOML: see [`typed`](self).
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }
}

impl PolicyBuilder {
    /// Whether decisions have an effect. Default: they have.
    pub fn mode(self, mode: Mode) -> Self {
        Self(self.0.with("mode", word(mode)))
    }

    /// A preset (`preset:retail`) or a file that this policy goes on from, as a file may: what is said here wins. Of a preset,
    /// identity and store are not taken.
    ///
    /// ```
    /// use tower_rapport::policy::{
    ///     Policy,
    ///     typed::{Relationship, days},
    /// };
    ///
    /// let builder = Policy::builder()
    ///     .extends("config/minimal.toml") // relative to where the program runs
    ///     .relationship(Relationship::default().pace(days(30)));
    /// let policy = builder.build_with(|_| Some("a secret of at least 32 bytes …".into()))?;
    /// assert_eq!(policy.endpoints().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn extends(self, preset_or_file: impl Into<String>) -> Self {
        Self(self.0.with("extends", preset_or_file.into()))
    }

    /// Who is asking.
    pub fn identity(self, identity: Identity) -> Self {
        Self(self.0.with("identity", identity))
    }

    /// What customers agreed to.
    pub fn consent(self, consent: Consent) -> Self {
        Self(self.0.with("consent", consent))
    }

    /// How stages are gained and lost.
    pub fn relationship(self, relationship: Relationship) -> Self {
        Self(self.0.with("relationship", relationship))
    }

    /// The stages, lowest first; two to sixteen. Default: the four of [`StageName`].
    pub fn stages(self, stages: impl IntoIterator<Item = Stage>) -> Self {
        Self(self.0.with("stages", Item::list(stages)))
    }

    /// What holds a stage down.
    pub fn caps(self, caps: Caps) -> Self {
        Self(self.0.with("caps", caps))
    }

    /// Holds a share of the customers at most at a stage, to measure the difference.
    pub fn holdout(self, holdout: Holdout) -> Self {
        Self(self.0.with("holdout", holdout))
    }

    /// What each class of data needs before it may be shown.
    pub fn data(self, data: impl IntoIterator<Item = (DataClass, Opening)>) -> Self {
        Self(self.0.with("data", Item::entries(data.into_iter().map(|(class, opening)| (class.name(), opening)))))
    }

    /// The answers that are shaped; one or more.
    pub fn endpoints(self, endpoints: impl IntoIterator<Item = Endpoint>) -> Self {
        Self(self.0.with("endpoints", Item::list(endpoints)))
    }

    /// Where relationships are kept. Default: in memory.
    pub fn store(self, store: Store) -> Self {
        Self(self.0.with("store", store))
    }

    /// The customer's own routes.
    pub fn portal(self, portal: Portal) -> Self {
        Self(self.0.with("portal", portal))
    }

    /// What is told of decisions.
    pub fn report(self, report: Report) -> Self {
        Self(self.0.with("report", report))
    }

    /// The policy, with the secrets that it names from files and the environment. Relative paths begin in the folder in which
    /// the program runs.
    ///
    /// # Errors
    ///
    /// Everything that would keep [`to_toml`](Self::to_toml) from being used as a file, with key, value, remedy and the line of
    /// that text. What stands where a file has its name is `policy in Rust`.
    pub fn build(&self) -> Result<Policy, Diagnostics> {
        self.build_with(|name| env::var(name).ok())
    }

    /// The policy, with the secrets that are not in files from elsewhere, a vault say: `env` is asked for what
    /// [`Secret::env`] names.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub fn build_with(&self, env: impl Fn(&str) -> Option<String>) -> Result<Policy, Diagnostics> {
        Policy::dated(NAME, Origin::Program, &self.to_toml(), env, None)
    }

    /// The same policy as a file, to go on with there. No secret is in it.
    ///
    /// ```
    /// use tower_rapport::policy::{
    ///     Policy,
    ///     typed::{Endpoint, Relationship, days},
    /// };
    ///
    /// let builder = Policy::builder()
    ///     .relationship(Relationship::default().pace(days(30)))
    ///     .endpoints([Endpoint::new("greeting").path(["/greeting"])]);
    /// let text = r#"[relationship]
    /// pace = "30d"
    ///
    /// [[endpoints]]
    /// name = "greeting"
    /// path = ["/greeting"]
    /// "#;
    /// assert_eq!(builder.to_toml(), text);
    /// ```
    pub fn to_toml(&self) -> String {
        self.0.to_toml()
    }
}

impl Opening {
    /// The purpose that must be granted.
    pub fn purpose(self, purpose: impl Into<PurposeName>) -> Self {
        Self(self.0.with("purpose", purpose.into()))
    }

    /// The stage below which nothing of this class leaves.
    pub fn from(self, stage: impl Into<StageName>) -> Self {
        Self(self.0.with("from", stage.into()))
    }
}

/// So many days of 24 hours.
///
/// ```
/// use std::time::Duration;
/// use tower_rapport::policy::typed::days;
///
/// assert_eq!(days(7), Duration::from_secs(604_800));
/// ```
pub const fn days(days: u32) -> Duration {
    Duration::from_secs(days as u64 * 86_400)
}

fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Observe => "observe",
    }
}

/// What stands in findings where a file has its name.
const NAME: &str = "policy in Rust";
