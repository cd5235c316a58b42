//! What a policy may say already, and this version does not do yet: each with one warning that names it.

use toml::de::{DeTable, DeValue};

use super::diagnostics::{Findings, Place};

/// Warns once for each row of the table that the file has.
pub(super) fn warn(table: &DeTable<'_>, findings: &Findings<'_>) {
    for (path, has, effect) in LATER {
        if let Some(place) = find(table, path, *has, String::new()) {
            findings.warn(&place, format!("`{path}`: read and checked, but {effect}"), "");
        }
    }
}

/// What of a key has no effect.
#[derive(Clone, Copy)]
enum If {
    /// Whatever is written.
    #[cfg(not(feature = "html"))]
    Written,
    /// `true`.
    IsTrue,
}

/// The first place of a key, through all elements of arrays on the way.
fn find(table: &DeTable<'_>, path: &str, has: If, above: String) -> Option<Place> {
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    let here = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
    let Some(rest) = rest else {
        let counts = match has {
            #[cfg(not(feature = "html"))]
            If::Written => true,
            If::IsTrue => value.get_ref().as_bool() == Some(true),
        };
        return counts.then(|| Place { value: key.span(), key: key.span(), path: here });
    };
    match value.get_ref() {
        DeValue::Table(table) => find(table, rest, has, here),
        DeValue::Array(array) => {
            let tables = array.iter().enumerate().filter_map(|(at, value)| Some((at, value.get_ref().as_table()?)));
            tables.into_iter().find_map(|(at, table)| find(table, rest, has, format!("{here}[{at}]")))
        }
        _ => None,
    }
}

/// Key, what of it, and what does not happen. A row goes when its part is built.
const LATER: &[(&str, If, &str)] = &[
    #[cfg(not(feature = "html"))]
    (
        "endpoints.items.select",
        If::Written,
        "this build reads no HTML, so that no item in it is chosen; build with the feature `html`",
    ),
    #[cfg(not(feature = "html"))]
    (
        "endpoints.html",
        If::Written,
        "this build reads no HTML, and a page counts as unreadable; build with the feature `html`",
    ),
    ("endpoints.explain.per_item", If::IsTrue, "no item carries an explanation of its own in this version"),
];
