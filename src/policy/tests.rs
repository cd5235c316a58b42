use super::*;

fn env(_: &str) -> Option<String> {
    Some("a secret of at least 32 bytes, surely".into())
}

#[test]
fn scratch() {
    let text = fs::read_to_string("/work/shared/reference.toml").unwrap();
    let policy = Policy::from_toml("rapport.toml", &text, env).unwrap();
    println!("{}\n{}", policy.fingerprint(), policy.warnings());
    for (from, to) in [
        ("known_for = \"7d\"", "known_fro = \"7d\""),
        ("from    = \"familiar\"", "from    = \"familar\""),
        ("takes_stages = 1", "takes_stages = -1"),
        ("path  = \"$.items[*].score\"", "path  = \"$.items[?@.x].score\""),
    ] {
        println!("{}", Policy::from_toml("rapport.toml", &text.replacen(from, to, 1), env).unwrap_err());
    }
}
