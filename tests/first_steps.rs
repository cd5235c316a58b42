//! The README's first steps, typed as they stand there: a stranger, a customer, somebody known for long, another ladder.
#![cfg(all(feature = "cli", feature = "embedded", unix))]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

use std::{env, fs, net::TcpListener, os::unix::fs::symlink, path::Path, process::Command};

/// What a newcomer does between the README's lines: wait until somebody listens, and until the policy is read again.
const SHELL: &str = r#"
set -eu
trap 'kill $(jobs -p) 2>/dev/null' EXIT
asked() { curl -si "$@" | tr -d '\r' | grep -iE '^(personalization|\{)' | tr -d ' '; }
until_it() { for _ in $(seq 200); do if "$@" >/dev/null 2>&1; then return; fi; sleep 0.1; done; echo "never: $*"; exit 1; }
is() { asked -H "Authorization: Bearer $(token "$1")" http://127.0.0.1:3080/recommendations | grep "stage=$2"; }
"#;

#[test]
fn they_lead_where_the_readme_says() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = |kind: &str, holds: &str| -> String {
        let mut blocks = readme.split("```").filter_map(|block| block.strip_prefix(kind)?.strip_prefix('\n'));
        blocks.find(|block| block.contains(holds)).unwrap_or_else(|| panic!("no block with `{holds}`")).to_owned()
    };
    let serves = block("sh", "examples/sidecar.py");
    let script = [
        SHELL.to_owned(),
        block("sh", "b64()"),
        // The history comes first: an embedded store is one process's.
        serves.lines().filter(|line| !line.ends_with('&')).fold(String::new(), |all, line| all + line + "\n"),
        block("sh", "rapport import"),
        serves.lines().filter(|line| line.ends_with('&')).fold(String::new(), |all, line| all + line + "\n"),
        "until_it curl -sf http://127.0.0.1:8080/rapport/ready\n".to_owned(),
        block("sh", "curl -i http://127.0.0.1:8080").replace("curl -i", "asked"),
        block("sh", "(token anna)").replace("curl -i", "asked"),
        block("sh", "(token ben)").replace("curl -i", "asked"),
        format!("cat >> rapport.toml <<'END'\n\n{}END\n", block("toml", "pace = \"1d\"")),
        "until_it is anna acquainted\n".to_owned(),
        block("sh", "(token anna)").replace("curl -i", "asked"),
        block("sh", "(token ben)").replace("curl -i", "asked"),
        block("sh", "rapport simulate"),
    ]
    .concat();
    let printed = typed(&script.replace("127.0.0.1:3080", "127.0.0.1:8080"));

    let all = r#"{"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"Youboughtboots"}]}"#;
    let nothing = r#"{"customer":{"first_name":null},"items":[{"id":1}]}"#;
    let little = r#"{"customer":{"first_name":null},"items":[{"id":1,"reason":"Youmaylikethis"}]}"#;
    let lines: Vec<_> = printed.lines().collect();
    let expected = [
        ("stage=new;level=0;of=4,limited-by=(),purposes=()", nothing),
        ("stage=new;level=0;of=4,limited-by=(),purposes=(recordpersonalization)", nothing),
        ("stage=familiar;level=2;of=4,", all),
        ("stage=acquainted;level=1;of=4,", little),
        ("stage=trusted;level=3;of=4,", all),
    ];
    let answers: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with(['p', 'P', '{'])).collect();
    assert_eq!(answers.len(), 2 * expected.len(), "{printed}");
    for (answer, (decided, body)) in answers.chunks(2).zip(expected) {
        assert!(answer[0].to_lowercase().starts_with(&format!("personalization:{decided}")), "{printed}");
        assert_eq!(answer[1], body, "{printed}");
    }
    // What is shown to a stranger stands in the README as it is, with its fingerprint.
    let bare = |text: &str| text.replace(' ', "");
    assert!(bare(&readme).contains(lines.iter().find(|line| line.contains("purposes=()")).unwrap()), "{printed}");
    for body in [all, nothing, little] {
        assert!(bare(&readme).contains(body), "{body}");
    }
    assert!(printed.contains("trusted"), "{printed}");
}

/// What a shell prints to whom types this in a folder beside the clone.
fn typed(script: &str) -> String {
    let (folder, root) = (tempfile::tempdir().unwrap(), Path::new(env!("CARGO_MANIFEST_DIR")));
    symlink(root, folder.path().join("tower-rapport")).unwrap();
    let shop = folder.path().join("shop");
    fs::create_dir(&shop).unwrap();
    let binaries = Path::new(env!("CARGO_BIN_EXE_rapport")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), env::var("PATH").unwrap());
    // Both at once, so that they differ.
    let ports = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [service, layer] = ports.each_ref().map(|port| port.local_addr().unwrap().port().to_string());
    drop(ports);
    let script = script.replace("127.0.0.1:8080", &format!("127.0.0.1:{layer}"));
    let script = script.replace("sidecar.py 8000", &format!("sidecar.py {service}"));
    let script = script.replace("127.0.0.1:8000", &format!("127.0.0.1:{service}"));
    let output = Command::new("bash").current_dir(shop).env("PATH", path).args(["-c", &script]).output();
    let output = output.expect("bash starts");
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{printed}\n{errors}", output.status);
    printed
}
