//! Where `only` lets more leave than it seems, or less: nothing of it is an error, and none of it is likely to be meant.

use crate::{
    policy::{
        diagnostics::Findings,
        keys::{Either, Key},
        written,
    },
    relationship::Stage,
    shaping::{field::Field, path::Path, treatment::Template},
};

/// Warns of rules that go badly with the `only` of their endpoint.
pub(super) fn warn(
    table: &written::Endpoint,
    item: Option<&Path>,
    fields: &[Field],
    stages: u8,
    findings: &Findings<'_>,
) {
    let Some((only, place)) = table.only.here() else { return };
    if table.html.is_written() {
        let message = "`only` is about JSON: of a page all leaves that no rule of `html` hides";
        let remedy = "see that each personal place of the page has a rule of its own";
        findings.warn(&place.of_key(), message, remedy);
    }
    let listed: Vec<Path> = only.iter().filter_map(|key| Path::parse(key.get()?).ok()).collect();
    let is_shown =
        |field: &&Field| !field.treatment(Stage::at(stages.saturating_sub(1)), field.purpose()).reveals_nothing();
    let shown = || listed.iter().chain(fields.iter().filter(is_shown).map(Field::path));
    for (key, template) in templates(table) {
        let paths = template.paths().map(|path| item.map_or_else(|| path.clone(), |item| item.join(path)));
        for path in paths.filter(|path| !shown().any(|shown| shown.is_prefix_of(path))) {
            let message =
                format!("`{path}`: this text tells what `only` does not let leave, so the text does not either");
            findings.warn(&key.place(), message, "list the path in `only`, or leave it out of the text");
        }
    }
}

/// The texts of an endpoint's field rules.
fn templates(table: &written::Endpoint) -> impl Iterator<Item = (&Key<written::Treatment>, Template)> {
    let fields = table.fields.get().into_iter().flatten().filter_map(Key::get);
    let steps = fields.filter_map(|field| field.steps.get()).flat_map(|steps| &steps.0);
    steps.filter_map(|(_, key)| match key.get()? {
        Either::Other(treating) => Some((key, Template::parse(treating.text.get()?).ok()?)),
        Either::Word(_) => None,
    })
}
