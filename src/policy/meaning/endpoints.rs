//! Reads the endpoints, and the paths that lead to them.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;

use super::{
    allowing, caps,
    endpoint::{Endpoint, Limits, Methods, Mode, Nested, Unreadable},
    events::method,
    explaining::{self, explain},
    fields::{fields, path},
    hiding::{hidden, hidden_headers, hidden_in_body},
    html,
    identity::IdentitySettings,
    items::{Items, items},
    names::{Names, all, list, note_doubles, required, text},
};
use crate::{
    policy::{
        diagnostics::{Findings, Place},
        keys::{Either, Key},
        remedy::nearest,
        routes::Patterns,
        secrets::Surroundings,
        values, written,
    },
    report::Told,
    shaping::{
        class::{Classes, DataClass},
        items::Withheld,
        path::Path,
        plan::Plans,
        treatment::Treatment,
    },
};

/// What endpoints are made with.
pub(super) struct Making<'a> {
    pub(super) mode: Mode,
    pub(super) stages: &'a Names,
    pub(super) classes: Option<&'a Classes>,
    /// Where tokens stand, and the cookie of visitors: nobody who is unknown has either.
    pub(super) identities: Option<&'a IdentitySettings>,
    pub(super) around: &'a Surroundings<'a>,
    pub(super) findings: &'a Findings<'a>,
}

/// The endpoints, and the patterns that lead to them.
pub(super) fn endpoints(
    key: &Key<Vec<Key<written::Endpoint>>>,
    making: &Making<'_>,
) -> Option<(Vec<Endpoint>, Patterns)> {
    let list = key.get().map_or(&[][..], Vec::as_slice);
    let is_misspelt = || making.findings.is_misspelt(&Place::default(), &["endpoints"]);
    if list.is_empty() && !key.is_unreadable() && !is_misspelt() {
        let remedy = "write `[[endpoints]]` with a name, a path and its fields";
        making.findings.error(
            &key.place().child("endpoints"),
            "there is no endpoint, so nothing would be shaped",
            remedy,
        );
    }
    let named = list.iter().filter_map(|key| Some((key.get()?.name.get()?.as_str(), key.get()?.name.place())));
    note_doubles(named, "endpoint", making.findings);
    let mut patterns = Patterns::default();
    for (number, endpoint) in list.iter().enumerate().filter_map(|(number, key)| Some((number, key.get()?))) {
        for (path, place) in paths(endpoint) {
            if let Err(error) = patterns.insert(path, number) {
                let other = error.taken_by.and_then(|other| list.get(other)?.get()?.name.get());
                let remedy = match other {
                    Some(other) if error.taken_by == Some(number) => {
                        format!("`{other}` names them twice; leave one out")
                    }
                    Some(other) => {
                        format!("they belong to the endpoint `{other}` already; join the two, or choose other paths")
                    }
                    None => String::new(),
                };
                making.findings.error(&place, format!("`{path}`: {error}"), remedy);
            }
        }
    }
    let read: Vec<_> = list.iter().filter_map(|key| making.endpoint(key)).collect();
    (read.len() == list.len()).then_some((read, patterns))
}

/// Where a policy goes on from another one, an endpoint without rules is likely a slip of its name.
pub(super) fn warn_of_none_ruled(key: &Key<Vec<Key<written::Endpoint>>>, findings: &Findings<'_>) {
    let list = key.get().map_or(&[][..], Vec::as_slice);
    for (endpoint, place) in list.iter().filter_map(Key::here) {
        let is_ruled = endpoint.fields.is_written()
            || endpoint.items.is_written()
            || endpoint.only.is_written()
            || endpoint.html.is_written()
            || endpoint.response.is_written();
        let Some(name) = endpoint.name.get().filter(|_| !is_ruled) else { continue };
        let others = list.iter().filter_map(|key| key.get()?.name.get()).filter(|other| *other != name);
        let remedy = match nearest(name, others.map(String::as_str)) {
            Some(other) => format!("did you mean `{other}`?"),
            None => "write its `fields`, `items`, `only` or `html`".to_owned(),
        };
        findings.warn(&place.child("name"), format!("`{name}`: no rule, so its answers leave as they come"), remedy);
    }
}

/// The classes of data that the rules of an endpoint are about.
fn uses(table: &written::Endpoint, items: Option<&Items>) -> Vec<DataClass> {
    let fields = table.fields.get().into_iter().flatten().filter_map(|key| key.get()?.data.get());
    let html = table.html.get().into_iter().flatten().filter_map(|key| key.get()?.data.get());
    let mut uses: Vec<DataClass> = fields.chain(html).filter_map(|class| class.parse().ok()).collect();
    uses.extend(items.iter().flat_map(|items| items.classes()));
    if table.only.is_written() {
        // What is not listed may be of any.
        uses.extend(DataClass::ALL);
    }
    uses
}

fn paths(endpoint: &written::Endpoint) -> Vec<(&str, Place)> {
    match endpoint.path.here() {
        None => Vec::new(),
        Some((Either::Word(path), place)) => vec![(path, place)],
        Some((Either::Other(list), _)) => {
            list.iter().filter_map(|key| key.here()).map(|(path, place)| (path.as_str(), place)).collect()
        }
    }
}

impl Making<'_> {
    fn endpoint(&self, key: &Key<written::Endpoint>) -> Option<Endpoint> {
        let (table, place) = key.here()?;
        let findings = self.findings;
        let name = text(&table.name, &place, "name", findings);
        let path_key = required(&table.path, &place, "path", findings);
        if matches!(path_key, Some(Either::Other(list)) if list.is_empty()) {
            findings.error(
                &table.path.place(),
                "no path, so no answer would be shaped",
                "write one, such as `/recommendations`",
            );
        }
        let methods = self.methods(table);
        let limits = self.limits(&table.limits);
        let fields = fields(&table.fields, self.stages, self.classes, findings);
        let items = items(&table.items, self.stages, findings);
        let only = list(&table.only, |key| path(key, findings)).map(|only| table.only.is_written().then_some(only));
        let hide_in_request = hidden(&table.request, self.identities, findings);
        let hide_in_response = hidden_headers(&table.response, findings);
        let (generic_keep_for, generic_send) = self.generic(&table.generic);
        let nested = self.nested(table);
        let html = html::rules(table, self.stages, self.classes, findings);
        let explain = explain(table, items.as_ref().and_then(Option::as_ref), findings);
        let items = items?;
        if items.is_none()
            && let Some((_, place)) = table.request.get().and_then(|request| request.hide.here())
        {
            let message = "without `items` every request reaches the service as it came; `hide` acts only where the generic answer takes the place of one that cannot be shaped";
            findings.warn(&place, message, "write `[endpoints.items]`, or take the identity out before this layer");
        }
        let item_path = items.as_ref().and_then(Items::path);
        let empty = self.empty(&table.empty, item_path);
        let nested = nested?;
        if let (Some(item), Some(items)) = (item_path, table.items.get())
            && nested.iter().any(|(path, _)| path.is_prefix_of(item))
        {
            let message = "the items stand in a document within a string, where none can be chosen";
            let remedy = "take the items out of the string, or hide the string with a field rule";
            findings.error(&items.path.place(), message, remedy);
            return None;
        }
        let of_kind = |kind: Nested| nested.iter().filter(move |(_, of)| *of == kind).map(|(path, _)| path.clone());
        let (in_json, in_html) = (of_kind(Nested::Json).collect(), of_kind(Nested::Html).collect());
        let (fields, spelled_fields) = fields?;
        let hide_in_request = hide_in_request?;
        let stages = u8::try_from(self.stages.names.len()).unwrap_or(u8::MAX);
        let (rules, spelled_html) = html?;
        let explain = explain?;
        let uses = uses(table, items.as_ref());
        let mode = table.mode.get().map_or(self.mode, |mode| (*mode).into());
        allowing::warn(table, item_path, &fields, stages, findings);
        explaining::warn(table, items.as_ref(), &fields, stages, findings);
        let plans = Plans::new(fields, items.as_ref().and_then(Items::chosen), self.classes?.clone(), stages)
            .explained_at(explaining::places(explain.as_ref(), item_path))
            .with_only(only.clone()?)
            .with_nested(in_json, in_html);
        Some(Endpoint {
            name: name?.into(),
            paths: paths(table).into_iter().map(|(path, _)| path.into()).collect(),
            mode,
            methods: methods?,
            unreadable: match table.unreadable.get() {
                None | Some(written::Unreadable::Generic) => Unreadable::Generic,
                Some(written::Unreadable::Empty) => Unreadable::Empty,
                Some(written::Unreadable::Refuse) => Unreadable::Refuse,
            },
            empty: empty?,
            limits: limits?,
            plans: match rules {
                Some(rules) => plans.with_html(rules),
                None => plans,
            },
            told: Told::new(name?, mode == Mode::Observe, Treatment::NAMES, Withheld::REASONS),
            items,
            only: only?,
            hide_in_body: hidden_in_body(&hide_in_request),
            hide_in_request,
            hide_in_response: hide_in_response?,
            generic_keep_for: generic_keep_for?,
            generic_send: generic_send?,
            encode_as_received: matches!(table.encode.get(), Some(written::Encode::AsReceived)),
            nested,
            explain,
            uses,
            spelled_fields,
            spelled_html,
        })
    }

    fn methods(&self, table: &written::Endpoint) -> Option<Methods> {
        match table.methods.here() {
            None if table.methods.is_unreadable() => None,
            None | Some((Either::Word(written::AllMethods::All), _)) => Some(Methods::All),
            Some((Either::Other(methods), place)) => {
                if methods.is_empty() {
                    self.findings.error(
                        &place,
                        "no method, so no answer would be shaped",
                        "write \"all\", or name some",
                    );
                }
                let read = |key: &Key<String>| method(key.get()?, &key.place(), self.findings);
                all(methods.iter().map(read)).map(Methods::Only)
            }
        }
    }

    fn limits(&self, key: &Key<written::Limits>) -> Option<Limits> {
        let nothing = written::Limits::default();
        let table = key.get().unwrap_or(&nothing);
        let item = values::size(&table.item, "1MiB", self.findings);
        let hold = values::size(&table.hold, "64KiB", self.findings);
        let request = values::size(&table.request, "1MiB", self.findings);
        let generic = values::size(&table.generic, "8MiB", self.findings);
        let depth = table.depth.get().copied().unwrap_or(128);
        let deep = u32::try_from(depth).ok().filter(|depth| (1..=65_536).contains(depth));
        if deep.is_none() {
            self.findings.error(&table.depth.place(), format!("`{depth}`: no depth"), "write 1 to 65536");
        }
        Some(Limits { item: item?, depth: deep?, hold: hold?, request: request?, generic: generic? })
    }

    /// The empty answer, which must be what a client can read.
    fn empty(&self, key: &Key<String>, item: Option<&Path>) -> Option<Bytes> {
        let Some((text, place)) = key.here() else {
            // A document that is its items alone has no smaller form than nothing.
            let made = item.map(Path::empty_document).filter(|made| made != "null");
            return Some(made.map_or_else(|| Bytes::from_static(b"{}"), Bytes::from));
        };
        match serde_json::from_str::<Value>(text) {
            Ok(_) => Some(Bytes::from(text.clone())),
            Err(_) => {
                self.findings.error(&place, "this is no JSON", "write one JSON value, such as '{\"items\":[]}'");
                None
            }
        }
    }

    fn generic(&self, key: &Key<written::Generic>) -> (Option<Duration>, Option<BTreeMap<String, HeaderValue>>) {
        let nothing = written::Generic::default();
        let table = key.get().unwrap_or(&nothing);
        let keep_for = values::duration_or_none(&table.keep_for, "60s", self.findings);
        let entries = table.send.get().map_or(&[][..], |entries| entries.0.as_slice());
        let send = entries.iter().map(|(name, key)| {
            let header = caps::header(name, &key.place().of_key(), self.findings);
            let value = HeaderValue::from_bytes(&self.around.secret(key, self.findings)?);
            let note = |_| {
                self.findings.error(
                    &key.place(),
                    "this secret cannot stand in a header",
                    "it has line ends or the like",
                )
            };
            let mut value = value.map_err(note).ok()?;
            value.set_sensitive(true);
            Some((header?.as_str().to_owned(), value))
        });
        let send: Vec<_> = send.collect();
        (keep_for, send.into_iter().collect())
    }

    fn nested(&self, table: &written::Endpoint) -> Option<Vec<(Path, Nested)>> {
        list(&table.nested, |key| {
            let (nested, place) = key.here()?;
            required(&nested.path, &place, "path", self.findings);
            let kind = match required(&nested.kind, &place, "kind", self.findings)? {
                written::Kind::Json => Nested::Json,
                written::Kind::Html if !table.html.is_written() => {
                    let message = "no rule says what is hidden in the HTML of these strings";
                    self.findings.error(&nested.kind.place(), message, "write `[[endpoints.html]]` with selectors");
                    return None;
                }
                written::Kind::Html => Nested::Html,
            };
            Some((path(&nested.path, self.findings)?, kind))
        })
    }
}
