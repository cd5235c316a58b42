//! The examples as programs, built as `cargo run --example NAME` builds them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Builds an example. All tests build the examples, one test alone does not: an old one would be worse than none.
pub(crate) fn example(name: &str) -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--example", name, "--no-default-features", "--features", &features()]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let built = build.current_dir(env!("CARGO_MANIFEST_DIR")).env("CARGO_TARGET_DIR", target()).status().unwrap();
    assert!(built.success(), "the example `{name}` does not build");
    profile_folder().join("examples").join(name)
}

/// The features that this test was built with, so that nothing is built twice.
fn features() -> String {
    let all = [
        ("default", cfg!(feature = "default")),
        ("embedded", cfg!(feature = "embedded")),
        ("redis", cfg!(feature = "redis")),
        ("jwks", cfg!(feature = "jwks")),
        ("schema", cfg!(feature = "schema")),
        ("cli", cfg!(feature = "cli")),
    ];
    all.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect::<Vec<_>>().join(",")
}

/// A test is `TARGET/PROFILE/deps/NAME-…`.
fn profile_folder() -> PathBuf {
    env::current_exe().unwrap().ancestors().nth(2).map(Path::to_owned).unwrap()
}

fn target() -> PathBuf {
    profile_folder().parent().map(Path::to_owned).unwrap()
}
