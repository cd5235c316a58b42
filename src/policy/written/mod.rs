//! The policy file as it is written: one type for each table, every key optional and unchecked.
//!
//! The comments here are what an editor shows beside a key (`config/rapport.schema.json` is made of them).

mod deployment;
mod endpoints;
mod identity;
mod items;
mod relationship;
mod treatments;

use serde::Deserialize;

pub(super) use self::{deployment::*, endpoints::*, identity::*, items::*, relationship::*, treatments::*};
use super::keys::Key;

/// A policy of tower-rapport.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("anyOf" = [{ "required": ["extends"] }, { "required": ["identity", "endpoints"] }])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Written {
    /// "enforce", or "observe": decide, log and measure, and change nothing. Default: "enforce".
    pub(in crate::policy) mode: Key<Mode>,
    /// A preset ("preset:retail") or a file that this policy goes on from: what is written here wins. Of a preset, `identity`,
    /// `store` and `serve` are not taken.
    pub(in crate::policy) extends: Key<String>,
    /// Who is asking.
    pub(in crate::policy) identity: Key<Identity>,
    /// What customers agreed to.
    pub(in crate::policy) consent: Key<Consent>,
    /// How stages are gained and lost.
    pub(in crate::policy) relationship: Key<Relationship>,
    /// The stages, lowest first; two to sixteen. Default: new, acquainted, familiar, trusted.
    pub(in crate::policy) stages: Key<Vec<Key<Stage>>>,
    /// What holds a stage down.
    pub(in crate::policy) caps: Key<Caps>,
    /// Holds a share of the customers at most at a stage, to measure the difference.
    pub(in crate::policy) holdout: Key<Holdout>,
    /// What each class of data needs before it may be shown.
    pub(in crate::policy) data: Key<Data>,
    /// The answers that are shaped; one or more.
    pub(in crate::policy) endpoints: Key<Vec<Key<Endpoint>>>,
    /// Where relationships are kept.
    pub(in crate::policy) store: Key<Store>,
    /// For `rapport serve` only.
    pub(in crate::policy) serve: Key<Serve>,
    /// The customer's own routes.
    pub(in crate::policy) portal: Key<Portal>,
    /// What is told of decisions.
    pub(in crate::policy) report: Key<Report>,
}

/// What an endpoint does with its decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Mode {
    /// Shapes answers.
    Enforce,
    /// Changes nothing, and measures.
    Observe,
}

/// The classes of data.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Data {
    /// The customer told us.
    pub(in crate::policy) provided: Key<DataClass>,
    /// The customer did it here.
    pub(in crate::policy) observed: Key<DataClass>,
    /// We concluded it.
    pub(in crate::policy) inferred: Key<DataClass>,
    /// It came from elsewhere.
    pub(in crate::policy) third_party: Key<DataClass>,
    /// GDPR Art. 9, and what hurts to be reminded of.
    pub(in crate::policy) special_category: Key<DataClass>,
}

/// What a class of data needs.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct DataClass {
    /// The purpose that must be granted.
    pub(in crate::policy) purpose: Key<String>,
    /// The stage below which nothing of this class leaves.
    pub(in crate::policy) from: Key<String>,
}
