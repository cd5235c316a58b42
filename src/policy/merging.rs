//! How a policy goes on from another one: what it says wins, the rest stays as it was.
//!
//! Tables become one key by key. Of the endpoints those of one name become one, and of an endpoint's fields, documents in
//! strings and places in HTML those of one path; every other list is replaced whole, and so is whatever stands for one choice of
//! several.

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

/// Adds to a policy what it leaves out and the one that it goes on from says.
pub(super) fn go_on_from<'i>(own: &mut DeTable<'i>, base: DeTable<'i>) {
    table(own, base, "");
}

fn table<'i>(own: &mut DeTable<'i>, base: DeTable<'i>, path: &str) {
    let chosen = |key: &str| CHOICES.iter().find(|(at, keys)| *at == path && keys.contains(&key));
    let is_chosen = |own: &DeTable<'_>, key: &str| {
        chosen(key).is_some_and(|(_, keys)| keys.iter().any(|other| *other != key && own.contains_key(*other)))
    };
    // Which of them stand there changes while they are added.
    let left: Vec<_> = base.into_iter().filter(|(key, _)| !is_chosen(own, key.get_ref())).collect();
    for (key, value) in left {
        let below = if path.is_empty() { key.get_ref().to_string() } else { format!("{path}.{}", key.get_ref()) };
        match own.get_mut(&**key.get_ref()) {
            Some(here) => one(here.get_mut(), value.into_inner(), &below),
            None => drop(own.insert(key, value)),
        }
    }
}

/// A value that both have.
fn one<'i>(own: &mut DeValue<'i>, base: DeValue<'i>, path: &str) {
    match (own, base) {
        (DeValue::Table(own), DeValue::Table(base)) if !says_where_a_secret_is(own, path) => table(own, base, path),
        (DeValue::Array(own), DeValue::Array(base)) => {
            if let Some((_, names)) = LISTS.iter().find(|(list, _)| *list == path) {
                *own = list(std::mem::replace(own, DeArray::new()), base, names, path);
            }
        }
        _ => {}
    }
}

/// The elements of a list that has names: in the order of the base, then those that it has not.
fn list<'i>(own: DeArray<'i>, base: DeArray<'i>, names: &[&str], path: &str) -> DeArray<'i> {
    let mut own: Vec<_> = own.into_iter().collect();
    let mut all = DeArray::new();
    for element in base {
        let same =
            own.iter().position(|other| name(other, names).is_some() && name(other, names) == name(&element, names));
        match same.map(|at| own.remove(at)) {
            Some(mut here) if path == ENDPOINTS => {
                one(here.get_mut(), element.into_inner(), path);
                all.push(here);
            }
            Some(here) => all.push(here),
            None => all.push(element),
        }
    }
    own.into_iter().for_each(|element| all.push(element));
    all
}

/// The key that names an element, and its name.
fn name<'n, 'v>(element: &'v Spanned<DeValue<'_>>, names: &[&'n str]) -> Option<(&'n str, &'v str)> {
    let table = element.get_ref().as_table()?;
    names.iter().find_map(|name| Some((*name, table.get(*name)?.get_ref().as_str()?)))
}

/// `{ env = "NAME" }` and `{ file = "path" }` are one value each, but for the one file that holds no secret.
fn says_where_a_secret_is(table: &DeTable<'_>, path: &str) -> bool {
    path != "report.decisions" && (table.contains_key("env") || table.contains_key("file"))
}

const ENDPOINTS: &str = "endpoints";

/// The lists whose elements have names, and what names them.
const LISTS: [(&str, &[&str]); 4] = [
    (ENDPOINTS, &["name"]),
    ("endpoints.fields", &["path"]),
    ("endpoints.nested", &["path"]),
    ("endpoints.html", &["select", "script"]),
];

/// Keys of which one stands: whoever writes one does not want the other.
const CHOICES: [(&str, &[&str]); 3] = [
    ("store", &["embedded", "memory", "redis"]),
    ("identity", &["jwks", "keys"]),
    ("endpoints.items", &["data", "data_at"]),
];
