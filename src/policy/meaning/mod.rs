//! What a policy file means: the lower rooms' own types, with every default filled in and every name resolved.

mod allowing;
mod caps;
mod consent;
mod data;
mod deployment;
mod endpoint;
mod endpoints;
mod events;
mod explaining;
mod fields;
mod hiding;
mod html;
mod identity;
mod items;
mod names;
mod portal;
mod relationship;
mod treatments;

use std::sync::Arc;

pub use self::{
    caps::{ChannelCap, Holdout},
    consent::ConsentSettings,
    deployment::{PrivateKey, ReportSettings, ServeSettings, StoreKind, StoreSettings, TlsSettings},
    endpoint::{Covered, Endpoint, Hidden, Limits, Methods, Mode, Nested, Unreadable},
    events::{EventRule, When},
    identity::{IdentitySettings, Keys},
    items::{At, ItemData, Items},
    portal::PortalSettings,
};
use self::{endpoints::Making, names::Names};
pub(in crate::policy) use self::{fields::spell, portal::terms};
use super::{diagnostics::Findings, routes::Patterns, secrets::Surroundings, written::Written};
use crate::{consent::PurposeSet, decision::Rules, relationship::Cooling, shaping::class::Classes};

/// All that a policy file means.
#[derive(Debug)]
pub(super) struct Meaning {
    pub(super) mode: Mode,
    pub(super) identity: IdentitySettings,
    pub(super) rules: Rules,
    pub(super) consent: ConsentSettings,
    pub(super) pace: u32,
    pub(super) cooling: Cooling,
    pub(super) retention: u32,
    pub(super) events: Vec<EventRule>,
    pub(super) channels: Vec<ChannelCap>,
    pub(super) holdout: Option<Holdout>,
    pub(super) classes: Classes,
    pub(super) endpoints: Vec<Arc<Endpoint>>,
    pub(super) routes: Patterns,
    /// Whether it depends on methods which answers are shaped, or which events are seen.
    pub(super) minds_methods: bool,
    pub(super) store: StoreSettings,
    pub(super) serve: ServeSettings,
    pub(super) portal: PortalSettings,
    pub(super) report: ReportSettings,
}

/// Reads all of a file, whatever is wrong in it; none where something is, which is noted then.
pub(super) fn read(written: &Written, around: &Surroundings<'_>, findings: &Findings<'_>) -> Option<Meaning> {
    let mode = written.mode.get().map_or(Mode::Enforce, |mode| (*mode).into());
    let identity = identity::identity(&written.identity, around, findings);
    let (purpose_names, consent) = consent::consent(&written.consent, findings);
    let (purposes, consent) = consent.unzip();
    let (events, all_events) = events::events(&written.relationship, findings);
    let stages = relationship::stage_names(&written.stages, findings);
    let relationship = relationship::relationship(written, &stages, &events, all_events, findings);
    let names = events.iter().map(|event| event.name.clone()).collect();
    let place = written.relationship.place();
    let event_names = Names { what: "event", names, complete: all_events, place };
    let reads_birthdates = written.identity.get().and_then(|table| table.claims.get());
    let reads_birthdates = reads_birthdates.is_some_and(|claims| claims.birthdate.is_written());
    let hears_of_children = consent.as_ref().and_then(|consent| consent.tcf.as_ref());
    let hears_of_children = hears_of_children.is_some_and(|carriers| !carriers.gpp_cookies.is_empty());
    let minor = caps::minor(&written.caps, reads_birthdates || hears_of_children, &stages, findings);
    let channels = caps::channels(&written.caps, &stages, findings);
    let holdout = caps::holdout(&written.holdout, &stages, &event_names, findings);
    let classes = data::classes(&written.data, &stages, &purpose_names, purposes.as_ref(), findings);
    let identities = identity.as_ref();
    let making = Making { mode, stages: &stages, classes: classes.as_ref(), identities, around, findings };
    let endpoints = endpoints::endpoints(&written.endpoints, &making);
    if written.extends.is_written() {
        endpoints::warn_of_none_ruled(&written.endpoints, findings);
    }
    let store = deployment::store(&written.store, around, findings);
    let serve = deployment::serve(&written.serve, around, findings);
    let portal = portal::portal(&written.portal, around, findings);
    let report = deployment::report(&written.report, around, findings);
    let relationship = relationship?;
    let (endpoints, routes) = endpoints?;
    let endpoints: Vec<_> = endpoints.into_iter().map(Arc::new).collect();
    let (purposes, classes) = (purposes?, classes?);
    let minds_methods = endpoints.iter().any(|endpoint| endpoint.methods != Methods::All)
        || events.iter().any(|event| event.when.is_some());
    let used = endpoints.iter().flat_map(|endpoint| &endpoint.uses).map(|class| classes.opening(*class).purpose);
    let needed = used.fold(purposes.record(), PurposeSet::with);
    Some(Meaning {
        mode,
        identity: identity?,
        rules: Rules { ladder: relationship.ladder, purposes, needed, minor: minor? },
        consent: consent?,
        pace: relationship.pace,
        cooling: relationship.cooling,
        retention: relationship.retention,
        events,
        channels,
        holdout,
        classes,
        endpoints,
        routes,
        minds_methods,
        store: store?,
        serve: serve?,
        portal: portal?,
        report: report?,
    })
}
