//! `rapport init`: a policy to begin with, from a few questions or from an example answer of the service.

mod guess;
mod lists;
mod proposal;
mod questions;
mod shell;
mod words;
mod writing;

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use tower_rapport::policy::{Diagnostics, Policy};

use self::{
    lists::{Id, List},
    proposal::Proposal,
    questions::Said,
};
use super::{Failure, stand_in};

/// What `init` is told.
#[derive(Args, Debug)]
pub(crate) struct Init {
    /// The file that is written; one that is there already is never touched
    #[arg(long, value_name = "FILE", default_value = "rapport.toml")]
    out: PathBuf,
    #[command(flatten)]
    said: Said,
}

impl Init {
    /// Asks, proposes, and writes what can be used.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let out = self.out.display();
        if self.out.exists() {
            return Err(there_already(&self.out));
        }
        let (answers, example) = self.said.ask(&mut io::stdin().lock(), &mut io::stderr(), read)?;
        if self.said.public_key.is_some() && answers.public_key.is_none() {
            let text = format!(
                "--public-key: `{}` is signed with a secret; name with `--algorithm` what your tokens are signed with, or leave \
                 the key out",
                answers.algorithm
            );
            return Err(Failure::new(text));
        }
        let text = writing::policy(&answers, example.as_ref().map(|(file, proposal)| (file.as_str(), proposal)));
        let read = Policy::from_toml(&out.to_string(), &text, |_| stand_in());
        read.map_err(|errors| refused(&errors, self.said.public_key.is_some()))?;
        write(&self.out, &text)?;

        let mut says = format!("{out} is written: {}.\n", told(example.as_ref().map(|(_, proposal)| proposal)));
        if let Some(list) = example.as_ref().and_then(|(_, proposal)| proposal.items.as_ref()) {
            says += &missing_id(list);
        }
        says += "Read every line of it: what is personal is yours to say. Then, with secrets that you keep:\n\n";
        if answers.public_key.is_none() {
            says += "  export RAPPORT_JWT_SECRET=…    # what your tokens are signed with\n";
        }
        says += "  export RAPPORT_PSEUDONYM_SECRET=$(openssl rand -hex 32)\n";
        if answers.redis {
            says += "  export RAPPORT_REDIS_URL=redis://127.0.0.1:6379\n";
        }
        let answer = example.map_or_else(String::new, |(file, _)| format!(" --answer {}", shell::word(&file)));
        let file = shell::word(&out.to_string());
        says += &format!(
            "  rapport check {file}{answer}\n  rapport serve --config {file} --listen 127.0.0.1:8080 --upstream http://127.0.0.1:3000\n\n\
             In a Rust service, `RapportLayer` takes the same file: `Policy::from_file({:?})`\n",
            self.out
        );
        say!("{says}")
    }
}

/// Looks at the example answer; its name, and what is proposed.
fn read(file: &Path) -> Result<(String, Proposal), Failure> {
    let shown = file.display().to_string();
    let bytes = fs::read(file).map_err(|cause| {
        Failure::caused(
            format!("the example `{shown}` cannot be read; name with `--from` a file with one answer of the service"),
            cause,
        )
    })?;
    let answer = serde_json::from_slice(&bytes).map_err(|cause| {
        Failure::caused(format!("the example `{shown}` is no JSON; save one answer of the service as it comes"), cause)
    })?;
    let proposal = Proposal::of(&answer);
    match proposal.is_cut {
        true => Err(Failure::new(TOO_WIDE)),
        false => Ok((shown, proposal)),
    }
}

/// Never over a file that is there, also where it came meanwhile.
fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    match made.and_then(|mut made| made.write_all(text.as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(there_already(file)),
        Err(cause) => {
            let remedy = "name with `--out` a file in a folder that is there and that you may write to";
            Err(Failure::caused(format!("`{}` cannot be written; {remedy}", file.display()), cause))
        }
    }
}

/// What was answered that makes no policy. No line of the file is named, for there is none: it was not written. Whether there
/// is a public key to look for, an algorithm that is none does not say; so one that nobody named is not missed then.
fn refused(errors: &Diagnostics, is_key_named: bool) -> Failure {
    let mut lines: Vec<String> = Vec::new();
    let is_algorithm_refused = errors.iter().any(|error| answered(&error.key) == Some("--algorithm"));
    for error in errors.iter() {
        if answered(&error.key) == Some("--public-key") && is_algorithm_refused && !is_key_named {
            continue;
        }
        let line = match answered(&error.key) {
            // Its own remedy speaks of the file.
            Some(option @ "--public-key") if error.key.ends_with(".file") => {
                format!(
                    "{option}: {}; name the issuer's key in PEM, relative to the folder of the policy",
                    error.message
                )
            }
            Some(option) => format!("{option}: {error}"),
            None => format!("`{}`: {error}", error.key),
        };
        // Paths are written twice, the second time with all below.
        let is_said = answered(&error.key) == Some("--path") && lines.iter().any(|line| line.starts_with("--path"));
        if !is_said {
            lines.push(line);
        }
    }
    Failure::new(format!("these answers make no policy, and nothing is written\n  {}", lines.join("\n  ")))
}

/// The option that answers what stands behind a key.
fn answered(key: &str) -> Option<&'static str> {
    let options = [
        ("endpoints[0].path", "--path"),
        ("identity.issuer", "--issuer"),
        ("identity.audience", "--audience"),
        ("identity.keys[0].alg", "--algorithm"),
        ("identity.keys[0].public_key", "--public-key"),
    ];
    options.into_iter().find(|(of, _)| key.starts_with(of)).map(|(_, option)| option)
}

fn there_already(file: &Path) -> Failure {
    let remedy = "name another file with `--out`, or move this one away";
    Failure::new(format!("`{}` is there already and stays as it is; {remedy}", file.display()))
}

const TOO_WIDE: &str = "the example has more than two hundred kinds of places, perhaps because its members are named by ids; \
    save an answer with fewer of them, and rule those by a wildcard: `$.items.*.name`";

/// What is to be written where the items have no id that is known by its name.
fn missing_id(list: &List) -> String {
    let Id::Perhaps(ids) = &list.id else { return String::new() };
    let asked = match ids.is_empty() {
        true => "Give each of them an id of its own, and write".to_owned(),
        false => format!("Is it {}? Then write", writing::choices(ids)),
    };
    format!(
        "Until there is one, the list leaves whole, in its order. {asked} in `[[endpoints]]`:\n\n  {}\n\n",
        writing::items(list)
    )
}

fn told(proposal: Option<&Proposal>) -> String {
    let Some(proposal) = proposal else { return "one rule stands there as an example".to_owned() };
    let items = match &proposal.items {
        Some(List { path, id: Id::Is(_), .. }) => format!("the items are at {path}"),
        Some(List { path, id: Id::Perhaps(_), .. }) => format!("a list is at {path}, but no id was found in its items"),
        None => "no list of items was found".to_owned(),
    };
    let (personal, others) = (proposal.fields.len(), proposal.others.len());
    format!("{items}; places that look personal: {personal}, others: {others}")
}
