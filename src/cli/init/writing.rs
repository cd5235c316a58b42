//! The policy that is proposed, as a file for a person to read.

use std::fmt::Write as _;

use tower_rapport::name::Name;

use super::{
    lists::{Id, List},
    proposal::Proposal,
    questions::Answers,
};

/// The text of the file. `from` is the example answer, and what it says; without it one field stands there as an example.
pub(super) fn policy(answers: &Answers, from: Option<(&str, &Proposal)>) -> String {
    let mut text = String::new();
    let source = match from {
        Some((file, _)) => format!("proposed by `rapport init` from the example answer `{}`", one_line(file)),
        None => "begun by `rapport init`".to_owned(),
    };
    let _never_fails = write!(
        text,
        "\
# A policy, {source}.
# What is not written here is default: the stages new, acquainted, familiar and trusted, the purposes, the classes of data.

[identity]
issuer   = {issuer}    # `iss` of your tokens
audience = {audience}    # their `aud`
pseudonym_secret = {{ env = \"RAPPORT_PSEUDONYM_SECRET\" }}    # customers are kept under a hash with this key: never lose it
claims   = {{ purposes = \"consent\" }}    # the claim that lists what the customer agreed to; without it, the portal asks

[[identity.keys]]
alg = {algorithm}
{key}

[store]
{store}

[[endpoints]]
name = {name}
path = {path}
",
        issuer = quoted(&answers.issuer),
        audience = quoted(&answers.audience),
        algorithm = quoted(&answers.algorithm),
        key = key(answers),
        store = store(answers),
        name = quoted(name(&answers.path)),
        path = paths(&answers.path),
    );
    match from {
        Some((_, proposal)) => rules(&mut text, proposal),
        None => text.push_str(EXAMPLE),
    }
    text
}

fn rules(text: &mut String, proposal: &Proposal) {
    if let Some(list) = &proposal.items {
        let _never_fails = match &list.id {
            Id::Is(_) if list.label.is_some() => writeln!(text, "{}    # each says what chose it", items(list)),
            // How personal a list is follows from what chose it, which no example shows.
            Id::Is(_) => writeln!(text, "{}    # who chose them? `data_at` says so item by item", items(list)),
            Id::Perhaps(ids) if ids.is_empty() => {
                writeln!(text, "# {}    # once each item has an id: none was found", items(list))
            }
            Id::Perhaps(ids) => writeln!(text, "# {}    # no id was found: is it {}?", items(list), choices(ids)),
        };
    }
    for (path, guess) in &proposal.fields {
        let _never_fails = write!(
            text,
            "\n[[endpoints.fields]]    # {}\npath  = {}\ndata  = \"{}\"\nsteps = {}\n",
            guess.why,
            quoted(path),
            guess.class,
            guess.steps
        );
    }
    if !proposal.others.is_empty() {
        text.push_str("\n# These leave as they are, for nothing in their names looks personal. Is it so?\n");
        proposal.others.iter().for_each(|path| *text += &format!("#   {}\n", one_line(path)));
    }
}

/// The key that says where the items are, and what chose them; where their id is not known, with the likeliest.
pub(super) fn items(list: &List) -> String {
    let id = match &list.id {
        Id::Is(id) => id,
        Id::Perhaps(ids) => ids.first().map_or("$.id", String::as_str),
    };
    let chose = match &list.label {
        Some(at) => format!("data_at = {}", quoted(at)),
        None => "data = \"observed\"".to_owned(),
    };
    format!("items = {{ path = {}, id = {}, {chose} }}", quoted(&list.path), quoted(id))
}

/// Paths, one of which is asked for.
pub(super) fn choices(paths: &[String]) -> String {
    paths.iter().map(|path| format!("`{}`", one_line(path))).collect::<Vec<_>>().join(" or ")
}

fn key(answers: &Answers) -> String {
    match &answers.public_key {
        Some(file) => format!("public_key = {{ file = {} }}", quoted(file)),
        None => "secret = { env = \"RAPPORT_JWT_SECRET\" }    # what your tokens are signed with, at least 32 bytes"
            .to_owned(),
    }
}

fn store(answers: &Answers) -> String {
    match answers.redis {
        true => "redis = { url = { env = \"RAPPORT_REDIS_URL\" } }    # many nodes, one relationship".to_owned(),
        false => "embedded = { path = \"rapport.redb\" }    # one process; `redis = …` where there are many".to_owned(),
    }
}

/// What logs and metrics call the endpoint: as its path ends, before what differs from answer to answer.
fn name(path: &str) -> &str {
    let last = path.split('/').rfind(|segment| !segment.is_empty() && !segment.contains('{'));
    last.filter(|segment| segment.parse::<Name>().is_ok()).unwrap_or("recommendations")
}

/// The path, and all below it: an answer that no pattern covers leaves as it is.
fn paths(path: &str) -> String {
    match path.contains('{') {
        true => quoted(path),
        false => format!("[{}, {}]", quoted(path), quoted(&format!("{}/{{*rest}}", path.trim_end_matches('/')))),
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    // Whatever JSON escapes, TOML escapes alike; what it must escape besides is no letter of a path.
    serde_json::Value::from(text.replace('\u{7f}', "")).to_string()
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

const EXAMPLE: &str = "
# What may be said aloud: one such table for each place in the answer. `rapport init --from answer.json` proposes them.
[[endpoints.fields]]
path  = \"$.customer.first_name\"
data  = \"provided\"
steps = { new = \"null\", familiar = \"keep\" }
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_named_as_its_path_ends() {
        for (path, named) in [
            ("/home", "home"),
            ("/v1/for-you/", "for-you"),
            ("/shop/{*rest}", "shop"),
            ("/users/{id}/picks/{page}", "picks"),
            ("/", "recommendations"),
            ("/{id}", "recommendations"),
            ("/api/Home.json", "recommendations"),
            ("/api/2026", "recommendations"),
        ] {
            assert_eq!(name(path), named, "{path}");
        }
    }
}
