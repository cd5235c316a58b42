//! The customer's own routes, and what a policy says there.

use std::{path::PathBuf, time::Duration};

use super::{
    Meaning,
    endpoint::{Endpoint, Mode},
    names::text,
};
use crate::{
    policy::{
        diagnostics::{Findings, Place},
        keys::Key,
        secrets::Surroundings,
        written,
    },
    portal::{
        Controller, GpcStatement, Languages, LogOfDecisions, Named, OwnText, PersonalChoice, Showcase, Terms,
        VisitorCookie,
    },
    report::DecisionLog,
};

/// The customer's own routes.
///
/// In the file `[portal]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Debug)]
#[non_exhaustive]
pub struct PortalSettings {
    /// Where they begin, without a last `/`.
    pub path: String,
    /// A folder with own words.
    pub texts: Option<PathBuf>,
    /// Name and contact of who is responsible.
    pub controller: Option<Controller>,
}

pub(super) fn portal(
    key: &Key<written::Portal>,
    around: &Surroundings<'_>,
    findings: &Findings<'_>,
) -> Option<PortalSettings> {
    let nothing = written::Portal::default();
    let table = key.get().unwrap_or(&nothing);
    let path = table.path.get().map_or("/rapport", String::as_str);
    let is_path =
        path.starts_with('/') && path.len() > 1 && !path.contains(['{', '}', '%', '?', '#', ' ', '"', '<', '>']);
    // Nobody asks for steps up or in place: clients resolve them before they ask.
    let has_steps = path.split('/').any(|segment| [".", ".."].contains(&segment));
    if !is_path || path.contains("//") || has_steps {
        let remedy = "write one such as `/rapport`";
        findings.error(&table.path.place(), format!("`{path}`: no path for the customer's routes"), remedy);
    }
    let controller = table.controller.here().map(|(controller, place)| {
        let name = text(&controller.name, &place, "name", findings);
        let contact = text(&controller.contact, &place, "contact", findings);
        Some(Controller { name: name?.to_owned(), contact: contact?.to_owned() })
    });
    let controller = match controller {
        Some(read) => Some(read?),
        None => None,
    };
    let texts = table.texts.get().map(|folder| around.path(&table.texts, folder));
    Some(PortalSettings { path: path.trim_end_matches('/').into(), texts, controller })
}

/// What the policy says to customers, in all languages; none where there is something wrong with its own words, which is
/// noted then.
pub(in crate::policy) fn terms(
    meaning: &Meaning,
    key: &Key<written::Portal>,
    fingerprint: &str,
    findings: &Findings<'_>,
) -> Option<Terms> {
    let place = key.get().map_or_else(|| key.place(), |table| table.texts.place());
    let own = match &meaning.portal.texts {
        None => Vec::new(),
        Some(folder) => match OwnText::in_folder(folder) {
            Ok(own) => own,
            Err(error) => {
                let message = format!("`{}`: cannot be read ({error})", folder.display());
                findings.error(&place, message, "name a folder with files such as `de.toml`, of UTF-8");
                return None;
            }
        },
    };
    let named = Named {
        ladder: &meaning.rules.ladder,
        purposes: &meaning.rules.purposes,
        events: meaning.events.iter().map(|event| event.name.as_str()).collect(),
        endpoints: meaning.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect(),
    };
    let languages = Languages::new(&own, &named).map_err(|wrong| {
        wrong.iter().for_each(|wrong| findings.error(&place, wrong.to_string(), ""));
    });
    warn_of_hidden_endpoints(meaning, &key.get().map_or_else(|| key.place(), |table| table.path.place()), findings);
    Some(Terms {
        path: meaning.portal.path.clone(),
        fingerprint: fingerprint.to_owned(),
        controller: meaning.portal.controller.clone(),
        rules: meaning.rules.clone(),
        pace: meaning.pace,
        cooling: meaning.cooling,
        retention: meaning.retention,
        valid_for: meaning.consent.valid_for_days,
        re_ask_after: meaning.consent.re_ask_after_days,
        gpc: meaning.consent.gpc.then_some(GpcStatement { last_update: meaning.consent.gpc_last_update }),
        visitors: meaning
            .identity
            .visitors
            .as_ref()
            .map(|visitors| VisitorCookie { name: visitors.cookie().to_owned(), days: days(visitors.max_age()) }),
        events: meaning.events.iter().map(|event| (event.name.clone(), event.takes_stages)).collect(),
        channels: meaning.channels.iter().map(|channel| channel.stage).collect(),
        holdout: meaning.holdout.as_ref().filter(|set| set.share > 0).map(|set| (set.share, set.stage)),
        log: match &meaning.report.decisions {
            DecisionLog::Off => None,
            DecisionLog::Tracing => Some(LogOfDecisions { days: None }),
            DecisionLog::File { keep, .. } => Some(LogOfDecisions { days: Some(days(*keep)) }),
        },
        classes: meaning.classes.clone(),
        observed: meaning.endpoints.iter().all(|endpoint| endpoint.mode == Mode::Observe),
        endpoints: meaning.endpoints.iter().map(|endpoint| showcase(endpoint)).collect(),
        languages: languages.ok()?,
    })
}

/// Days, the last one begun.
fn days(duration: Duration) -> u64 {
    duration.as_secs().div_ceil(24 * 60 * 60)
}

/// A layer answers below the portal's path by itself.
fn warn_of_hidden_endpoints(meaning: &Meaning, place: &Place, findings: &Findings<'_>) {
    let portal = &meaning.portal.path;
    let is_hidden =
        |path: &&String| path.strip_prefix(portal).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    for path in meaning.endpoints.iter().flat_map(|endpoint| &endpoint.paths).filter(is_hidden) {
        let remedy = "write another `portal.path`, or leave these paths to the service with `without_portal`";
        findings.warn(place, format!("`{path}`: the customer's own routes stand before this endpoint"), remedy);
    }
}

fn showcase(endpoint: &Endpoint) -> Showcase {
    let choice = endpoint.items.as_ref().map(|items| PersonalChoice {
        share: items.share.clone(),
        classes: items.personal_classes(),
        per_topic: items.per_topic.clone(),
        quiet: items.quiet.clone(),
    });
    let plans = &endpoint.plans;
    let has_details = !plans.fields().is_empty() || plans.html().is_some() || endpoint.only.is_some();
    Showcase { name: endpoint.name.clone(), observed: endpoint.mode == Mode::Observe, has_details, choice }
}
