//! The terms on which a business meets its customers: what the portal needs of a policy.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::words::Languages;
use crate::{
    decision::Rules,
    name::Name,
    relationship::{Cooling, Stage},
    shaping::class::{Classes, DataClass},
};

/// The terms on which a business meets its customers.
#[derive(Debug)]
pub(crate) struct Terms {
    /// The path below which the portal is, without a last `/`.
    pub(crate) path: String,
    /// Which policy this is: 16 hex digits over its meaning.
    pub(crate) fingerprint: String,
    /// Who is responsible, if the policy says it.
    pub(crate) controller: Option<Controller>,
    /// The stages and purposes.
    pub(crate) rules: Rules,
    /// Days between two steps up, at least.
    pub(crate) pace: u32,
    /// When silence takes a stage.
    pub(crate) cooling: Cooling,
    /// Days of silence after which a relationship is deleted.
    pub(crate) retention: u32,
    /// Days that a consent holds.
    pub(crate) valid_for: u32,
    /// Days before somebody is asked again.
    pub(crate) re_ask_after: u32,
    /// The statement about Global Privacy Control; none where the signal is not honoured.
    pub(crate) gpc: Option<GpcStatement>,
    /// How people without a token are known again, if they can be.
    pub(crate) visitors: Option<VisitorCookie>,
    /// The events beside visits, and how many stages each takes.
    pub(crate) events: Vec<(Name, u8)>,
    /// The highest stages on some channels.
    pub(crate) channels: BTreeSet<Stage>,
    /// The share of customers who are held out, in thousandths, and their highest stage.
    pub(crate) holdout: Option<(u16, Stage)>,
    /// The log of decisions, if there is one.
    pub(crate) log: Option<LogOfDecisions>,
    /// What each class of data needs.
    pub(crate) classes: Classes,
    /// Whether all is only measured, and nothing changed.
    pub(crate) observed: bool,
    /// What is shown where.
    pub(crate) endpoints: Vec<Showcase>,
    /// What the pages say, in each language.
    pub(crate) languages: Languages,
}

/// Who is responsible for what is done with data.
///
/// ```
/// use tower_rapport::policy::Policy;
///
/// let written = "[portal]\ncontroller = { name = \"Shop Ltd\", contact = \"privacy@shop.example\" }\n\n";
/// let toml = format!("{written}{}", include_str!("../../config/minimal.toml"));
/// let policy = Policy::from_toml("rapport.toml", &toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// assert!(policy.portal().controller.as_ref().is_some_and(|who| who.contact == "privacy@shop.example"));
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// The name.
    pub name: String,
    /// An address for requests.
    pub contact: String,
}

/// That Global Privacy Control is honoured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GpcStatement {
    /// Since when this is said, if that is known.
    pub(crate) last_update: Option<Date>,
}

/// The cookie of visitors, as they meet it.
#[derive(Clone, Debug)]
pub(crate) struct VisitorCookie {
    /// Its name.
    pub(crate) name: String,
    /// Days after a visit that it is kept, the last one begun.
    pub(crate) days: u64,
}

/// What is kept of customers beside the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogOfDecisions {
    /// Days that a line is kept at most; none where the policy does not say it.
    pub(crate) days: Option<u64>,
}

/// One endpoint, as customers meet it.
#[derive(Clone, Debug)]
pub(crate) struct Showcase {
    /// The endpoint's name.
    pub(crate) name: String,
    /// Whether decisions are only measured there.
    pub(crate) observed: bool,
    /// Whether details of it are shown, coarsened or left out by stage.
    pub(crate) has_details: bool,
    /// How many of its places may be chosen personally; none where it has no items.
    pub(crate) choice: Option<PersonalChoice>,
}

/// How much of a list may be chosen personally.
#[derive(Clone, Debug)]
pub(crate) struct PersonalChoice {
    /// The share of places at each stage, in thousandths.
    pub(crate) share: Vec<u16>,
    /// The classes of data that items may be chosen from.
    pub(crate) classes: Vec<DataClass>,
    /// The most personal items of one topic, at each stage.
    pub(crate) per_topic: Option<Vec<u64>>,
    /// Topics that are of a further class.
    pub(crate) quiet: Option<(BTreeSet<String>, DataClass)>,
}
