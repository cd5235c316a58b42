//! What a command says, and cannot write: it does not end as if it had been heard, and it does not break.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod binary;

use std::{
    fs::{self, File},
    io,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// Every command that ends with something on stdout, in a folder with all that it asks for.
const SAYING: [&str; 8] = [
    "export --config rapport.toml --customer anna",
    "explain --config rapport.toml --customer anna",
    "simulate --config rapport.toml history.csv",
    "simulate --config rapport.toml history.csv --json",
    "holdout --config rapport.toml --since 2026-01-01 history.csv",
    "check rapport.toml",
    "init --yes --out new.toml",
    "forget --config rapport.toml --customer anna",
];

#[test]
fn on_a_full_disk_it_fails_and_says_so() {
    for words in SAYING {
        let output = called(&desk(), words).stdout(full()).stderr(Stdio::piped()).output().unwrap();
        let (_, err) = binary::said(&output);
        assert_eq!(output.status.code(), Some(1), "{words}: {err}");
        assert!(err.contains("error: what there is to say cannot be written"), "{words}: {err}");
    }
}

#[test]
fn who_has_heard_enough_is_told_nothing_more() {
    for words in SAYING {
        let output = called(&desk(), words).stdout(closed()).stderr(Stdio::piped()).output().unwrap();
        let (_, err) = binary::said(&output);
        assert_eq!(output.status.code(), Some(1), "{words}: {err}");
        assert!(!err.contains("error") && !err.contains("panicked"), "{words}: {err}");
    }
}

#[test]
fn nobody_need_listen_on_stderr_either() {
    let desk = desk();
    for words in ["check rapport.toml missing.toml", "explain --config missing.toml --customer anna"] {
        for stderr in [full(), closed()] {
            let status = called(&desk, words).stdout(Stdio::null()).stderr(stderr).status().unwrap();
            assert_eq!(status.code(), Some(1), "{words}");
        }
    }
}

fn desk() -> TempDir {
    let desk = tempfile::tempdir().unwrap();
    binary::policy(desk.path(), "[holdout]\nshare = 0.1\nstage = \"new\"\noutcome = \"purchase\"\n");
    fs::write(desk.path().join("history.csv"), binary::history("anna")).unwrap();
    let imported = called(&desk, "import --config rapport.toml history.csv").output().unwrap();
    assert!(imported.status.success(), "{imported:?}");
    desk
}

fn called(desk: &TempDir, words: &str) -> Command {
    let mut command = binary::rapport();
    command.current_dir(desk.path()).args(words.split(' ')).stdin(Stdio::null());
    command
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// A pipe that nobody reads from any more.
fn closed() -> Stdio {
    let (reading, writing) = io::pipe().unwrap();
    drop(reading);
    writing.into()
}
