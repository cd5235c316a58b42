//! Typical mistakes of newcomers and operators. Each is made for real, and the whole text of what is said is compared: what is
//! wrong, where, and what to do next, at the moment at which it can be known, and nothing secret or personal in it.
//!
//! Read the texts aloud.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod binary;
mod house;

#[path = "mistakes/answers.rs"]
mod answers;
#[path = "mistakes/endpoints.rs"]
mod endpoints;
#[path = "mistakes/histories.rs"]
mod histories;
#[path = "mistakes/keys.rs"]
mod keys;
#[path = "mistakes/policy_file.rs"]
mod policy_file;
#[path = "mistakes/starting.rs"]
mod starting;
#[path = "mistakes/tokens.rs"]
mod tokens;

use std::{fs, path::PathBuf, process::Command};

use tempfile::TempDir;

/// A desk with a policy on it, where the binary is called.
struct Desk(TempDir);

impl Desk {
    /// The usual policy.
    fn new() -> Self {
        Self::with("")
    }

    /// The usual policy, and more at its end.
    fn with(more: &str) -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        binary::policy(desk.0.path(), more);
        desk
    }

    /// The usual policy, with something else in one place.
    fn changed(from: &str, to: &str) -> Self {
        let desk = Self::new();
        let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
        assert!(text.contains(from), "`{from}` is not in\n{text}");
        desk.put("rapport.toml", text.replacen(from, to, 1));
        desk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.file(name), bytes).unwrap();
    }

    /// The binary, called here.
    fn rapport(&self) -> Command {
        let mut command = binary::rapport();
        command.current_dir(self.0.path());
        command
    }

    /// What it says to these words, and how it ends.
    fn says(&self, words: &str) -> String {
        says(self.rapport().args(words.split(' ')))
    }
}

/// What a command that ends says, on both sides, and how it ends.
fn says(command: &mut Command) -> String {
    let output = binary::run(command, "");
    let (out, err) = binary::said(&output);
    let code = output.status.code().unwrap();
    let said: Vec<_> = [out, err].iter().flat_map(|text| text.lines()).map(ToOwned::to_owned).collect();
    let said: Vec<_> = said.iter().map(|line| untimed(line)).filter(|line| !is_of_the_machine(line)).collect();
    format!("{}\n[{code}]", said.join("\n"))
}

/// A line of the log without the time.
fn untimed(line: &str) -> &str {
    ["ERROR ", " WARN ", " INFO "].iter().find_map(|level| line.find(level)).map_or(line, |at| line[at..].trim_start())
}

/// What is said of the machine that the test runs on.
fn is_of_the_machine(line: &str) -> bool {
    line.contains("there are fewer descriptors") || line.contains("there is room for")
}

/// A key of the tests.
fn key(name: &str) -> String {
    fs::read_to_string(format!("{}/tests/keys/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}
