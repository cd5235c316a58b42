//! Field rules: paths, classes and steps.

use serde_json::{Value, json};

use super::{
    data::{class, stage},
    names::{Names, required},
    treatments::{In, treatment},
};
use crate::{
    policy::{
        diagnostics::{Findings, Place},
        keys::{Entries, Key},
        written,
    },
    relationship::Stage,
    shaping::{
        class::{Classes, DataClass},
        field::{Field, FieldErrorKind, Steps},
        path::Path,
        treatment::Treatment,
    },
};

/// The field rules of an endpoint, and how they are spelled in full.
pub(super) fn fields(
    key: &Key<Vec<Key<written::Field>>>,
    stages: &Names,
    classes: Option<&Classes>,
    findings: &Findings<'_>,
) -> Option<(Vec<Field>, Value)> {
    let list = key.get().map_or(&[][..], Vec::as_slice);
    let mut fields: Vec<Field> = Vec::new();
    let mut spelled = Vec::new();
    for key in list {
        let Some((field, in_full)) = field(key, stages, classes, findings) else { continue };
        if fields.iter().any(|other| other.path() == field.path()) {
            let place = key.get().map_or_else(Place::default, |field| field.path.place());
            let message = format!("`{}`: there is a rule for this path already", field.path());
            findings.error(&place, message, "join the two");
        }
        fields.push(field);
        spelled.push(in_full);
    }
    (fields.len() == list.len() && !key.is_unreadable()).then_some((fields, Value::Array(spelled)))
}

fn field(
    key: &Key<written::Field>,
    stages: &Names,
    classes: Option<&Classes>,
    findings: &Findings<'_>,
) -> Option<(Field, Value)> {
    let (written, place) = key.here()?;
    required(&written.path, &place, "path", findings);
    let path = path(&written.path, findings);
    required(&written.data, &place, "data", findings);
    let class = class(&written.data, findings);
    let steps = steps(&written.steps, In::Json, stages, findings);
    let (path, class, (steps, spelled), classes) = (path?, class?, steps?, classes?);
    check_steps(&steps, class, classes, &written.steps, stages, findings)?;
    let spelled = json!({ "path": spell(&path), "data": class.name(), "steps": spelled });
    let field = Field::new(path, class, steps, classes);
    field
        .map_err(|error| findings.error(&written.steps.place(), error.to_string(), ""))
        .ok()
        .map(|field| (field, spelled))
}

/// Notes the step that cannot stand, at its own place.
pub(super) fn check_steps(
    steps: &[(Stage, Treatment)],
    class: DataClass,
    classes: &Classes,
    written: &Key<Entries<written::Treatment>>,
    stages: &Names,
    findings: &Findings<'_>,
) -> Option<()> {
    let Err(error) = Steps::new(class, steps.to_vec(), classes) else { return Some(()) };
    let name = stages.names.get(usize::from(error.stage().level()));
    let entries = written.get().map_or(&[][..], |entries| entries.0.as_slice());
    let step = entries.iter().find(|(stage, _)| name.is_some_and(|name| *name == *stage.as_str()));
    let place = step.map_or_else(|| written.place(), |(_, key)| key.place());
    let from = stages.names.get(usize::from(classes.opening(class).from.level()));
    let remedy = match (error.kind(), from) {
        (FieldErrorKind::ShowsBeforeItsClass, Some(from)) => {
            let class = class.name();
            format!("below `{from}` only \"remove\", \"null\" and {{ replace = … }} may stand for `{class}` data")
        }
        _ => "write the steps so that each shows at least as much as the one below: remove, null, a constant, a coarsening, \
              keep; a finer coarsening of the same kind divides the coarser one"
            .to_owned(),
    };
    findings.error(&place, error.to_string(), remedy);
    None
}

/// Stages and treatments; the stages in their order.
pub(super) fn steps(
    key: &Key<Entries<written::Treatment>>,
    of: In,
    stages: &Names,
    findings: &Findings<'_>,
) -> Option<(Vec<(Stage, Treatment)>, Value)> {
    let entries = key.get().map_or(&[][..], |entries| entries.0.as_slice());
    let mut steps = Vec::new();
    let mut spelled = serde_json::Map::new();
    for (name, key) in entries {
        let height = stages.find(name, &key.place().of_key(), findings);
        let treatment = treatment(key, of, findings);
        if let (Some(height), Some((treatment, in_full))) = (height, treatment) {
            steps.push((stage(height), treatment));
            spelled.insert(name.clone(), in_full);
        }
    }
    steps.sort_by_key(|(stage, _)| *stage);
    (steps.len() == entries.len() && !key.is_unreadable()).then_some((steps, Value::Object(spelled)))
}

/// A path as a key gives it.
pub(super) fn path(key: &Key<String>, findings: &Findings<'_>) -> Option<Path> {
    let (text, place) = key.here()?;
    Path::parse(text).map_err(|error| findings.error(&place, format!("`{text}`: {error}"), "")).ok()
}

/// A path in the one spelling that all equal paths have.
pub(in crate::policy) fn spell(path: &Path) -> String {
    Path::parse("$").map_or_else(|_| path.to_string(), |root| root.join(path).to_string())
}
