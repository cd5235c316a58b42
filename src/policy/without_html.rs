//! What a policy may say that this build does not do: each with one warning that names it.

use toml::de::{DeTable, DeValue};

use super::diagnostics::{Findings, Place};

/// Warns once for each row of the table that the file has.
pub(super) fn warn(table: &DeTable<'_>, findings: &Findings<'_>) {
    for (path, effect) in NEED_HTML {
        if let Some(place) = find(table, path, String::new()) {
            findings.warn(&place, format!("`{path}`: read and checked, but {effect}"), "");
        }
    }
}

/// The first place of a key, through all elements of arrays on the way.
fn find(table: &DeTable<'_>, path: &str, above: String) -> Option<Place> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    let here = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
    let Some(rest) = rest else { return Some(Place { value: key.span(), key: key.span(), path: here }) };
    match value.get_ref() {
        DeValue::Table(table) => find(table, rest, here),
        DeValue::Array(array) => {
            let tables = array.iter().enumerate().filter_map(|(at, value)| Some((at, value.get_ref().as_table()?)));
            tables.into_iter().find_map(|(at, table)| find(table, rest, format!("{here}[{at}]")))
        }
        _ => None,
    }
}

/// Key, and what does not happen.
const NEED_HTML: [(&str, &str); 2] = [
    (
        "endpoints.items.select",
        "this build reads no HTML, so that no item in it is chosen; build with the feature `html`",
    ),
    ("endpoints.html", "this build reads no HTML, and a page counts as unreadable; build with the feature `html`"),
];
