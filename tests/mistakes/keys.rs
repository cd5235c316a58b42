//! Secrets and keys. None of them is ever repeated.

use insta::assert_snapshot;

use super::{Desk, binary, key, says};

const SECRET: &str = "secret = { env = \"RAPPORT_JWT_SECRET\" }";

fn with_key(algorithm: &str, pem: &str) -> Desk {
    let desk = Desk::changed(SECRET, "public_key = { file = \"issuer.pem\" }");
    let text = std::fs::read_to_string(desk.file("rapport.toml")).unwrap();
    desk.put("rapport.toml", text.replace("HS256", algorithm));
    desk.put("issuer.pem", pem);
    desk
}

#[test]
fn a_secret_is_not_set() {
    let mut serve = Desk::new().rapport();
    let words = "serve --config rapport.toml --upstream http://127.0.0.1:1 --listen 127.0.0.1:0";
    let desk = Desk::new();
    serve.current_dir(desk.0.path()).args(words.split(' ')).env_remove("RAPPORT_PSEUDONYM_SECRET");
    assert_snapshot!(says(&mut serve), @r#"
error: `rapport.toml` is no policy that can be used
error: `RAPPORT_PSEUDONYM_SECRET`: no such environment variable (or not Unicode); set it before the start
 --> rapport.toml:5:28
  |
5 | pseudonym_secret = { env = "RAPPORT_PSEUDONYM_SECRET" }
  |                            ^^^^^^^^^^^^^^^^^^^^^^^^^^ identity.pseudonym_secret.env
[1]
"#);
}

#[test]
fn a_secret_is_empty() {
    let desk = Desk::new();
    let mut check = desk.rapport();
    check.args(["check", "rapport.toml"]).env("RAPPORT_JWT_SECRET", "");
    assert_snapshot!(says(&mut check), @r#"
rapport.toml: 1 error
error: the environment variable `RAPPORT_JWT_SECRET` is empty; put the secret there
  --> rapport.toml:12:18
   |
12 | secret = { env = "RAPPORT_JWT_SECRET" }
   |                  ^^^^^^^^^^^^^^^^^^^^ identity.keys[0].secret.env

[1]
"#);
}

#[test]
fn a_secret_is_too_short() {
    let desk = Desk::new();
    let mut check = desk.rapport();
    check.args(["check", "rapport.toml"]).env("RAPPORT_JWT_SECRET", "canary").env("RAPPORT_PSEUDONYM_SECRET", "canary");
    let said = says(&mut check);
    assert!(!said.contains("canary"), "{said}");
    assert_snapshot!(said, @r#"
rapport.toml: 2 errors
error: a secret of 6 bytes can be guessed, and with it who is behind a pseudonym; make one of 16 bytes or more, as `openssl rand -hex 32` does; whoever is kept under this one stays known if it stands in `previous_secrets`
 --> rapport.toml:5:20
  |
5 | pseudonym_secret = { env = "RAPPORT_PSEUDONYM_SECRET" }
  |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ identity.pseudonym_secret

error: the secret has 6 bytes; at least 32 are needed: let tokens be signed with one as `openssl rand -hex 32` makes it
  --> rapport.toml:12:10
   |
12 | secret = { env = "RAPPORT_JWT_SECRET" }
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].secret

[1]
"#);
}

#[test]
fn a_secret_is_written_into_the_policy() {
    let said = Desk::changed(SECRET, &format!("secret = \"{}\"", binary::SECRET)).says("check rapport.toml");
    assert!(!said.contains(binary::SECRET), "{said}");
    assert_snapshot!(said, @r#"
rapport.toml: 1 error
error: a secret may not be written out in this file; write `{ env = "NAME" }` or `{ file = "path" }`
  --> rapport.toml:12:10
   |
12 | secret = ***********************************
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].secret

[1]
"#);
}

#[test]
fn a_secret_stands_in_the_place_of_its_name() {
    let said = Desk::changed("\"RAPPORT_JWT_SECRET\"", &format!("\"{}\"", binary::SECRET)).says("check rapport.toml");
    assert!(!said.contains(binary::SECRET), "{said}");
    assert_snapshot!(said, @r"
rapport.toml: 1 error
error: this is no name of an environment variable; write the name of the variable that holds the secret, of letters, digits and `_`
  --> rapport.toml:12:18
   |
12 | secret = { env = *********************************** }
   |                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].secret.env

[1]
");
}

#[test]
fn a_key_is_of_another_kind() {
    assert_snapshot!(with_key("ES256", &key("rsa.pem")).says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `ES256` needs an EC key on P-256, and the PEM holds an RSA key; write the `alg` that the headers of your tokens name, and the key for it
  --> rapport.toml:12:14
   |
12 | public_key = { file = "issuer.pem" }
   |              ^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].public_key

[1]
"#);
    assert_snapshot!(with_key("RS256", &key("p256.pem")).says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `RS256` needs an RSA key, and the PEM holds an EC key on P-256; write the `alg` that the headers of your tokens name, and the key for it
  --> rapport.toml:12:14
   |
12 | public_key = { file = "issuer.pem" }
   |              ^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].public_key

[1]
"#);
}

#[test]
fn a_key_is_the_private_one() {
    let pem = key("rsa.private.pem");
    let said = with_key("RS256", &pem).says("check rapport.toml");
    assert!(pem.lines().filter(|line| line.len() == 64).all(|line| !said.contains(line)), "{said}");
    assert_snapshot!(said, @r#"
rapport.toml: 1 error
error: the PEM holds a private key; give the public key only, which `openssl pkey -pubout` makes of it, and treat the private one as known to others
  --> rapport.toml:12:14
   |
12 | public_key = { file = "issuer.pem" }
   |              ^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].public_key

[1]
"#);
}

#[test]
fn a_key_is_a_certificate() {
    assert_snapshot!(with_key("RS256", &key("certificate.pem")).says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: the PEM holds a `CERTIFICATE`; a `PUBLIC KEY` is needed, which `openssl x509 -pubkey -noout` takes out of it
  --> rapport.toml:12:14
   |
12 | public_key = { file = "issuer.pem" }
   |              ^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].public_key

[1]
"#);
}

#[test]
fn a_key_is_no_pem() {
    assert_snapshot!(with_key("RS256", "{\"kty\":\"RSA\",\"n\":\"AQAB\"}").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: the PEM must hold exactly one key, which begins with `-----BEGIN PUBLIC KEY-----`
  --> rapport.toml:12:14
   |
12 | public_key = { file = "issuer.pem" }
   |              ^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].public_key

[1]
"#);
}

#[test]
fn a_key_is_not_there_or_a_folder() {
    let desk = with_key("RS256", "");
    std::fs::remove_file(desk.file("issuer.pem")).unwrap();
    assert_snapshot!(desk.says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `issuer.pem`: cannot be read (No such file or directory (os error 2)); paths are relative to the folder of this file
  --> rapport.toml:12:23
   |
12 | public_key = { file = "issuer.pem" }
   |                       ^^^^^^^^^^^^ identity.keys[0].public_key.file

[1]
"#);
    std::fs::create_dir(desk.file("issuer.pem")).unwrap();
    assert_snapshot!(desk.says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `issuer.pem`: cannot be read (Is a directory (os error 21)); this is a folder; name a file
  --> rapport.toml:12:23
   |
12 | public_key = { file = "issuer.pem" }
   |                       ^^^^^^^^^^^^ identity.keys[0].public_key.file

[1]
"#);
}

#[test]
fn an_algorithm_takes_the_other_kind_of_key() {
    assert_snapshot!(Desk::changed("HS256", "RS256").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `RS256` takes `public_key`, not `secret`
  --> rapport.toml:12:10
   |
12 | secret = { env = "RAPPORT_JWT_SECRET" }
   |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].secret

[1]
"#);
    assert_snapshot!(with_key("HS256", &key("rsa.pem")).says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `HS256` takes `secret`, not `public_key`
  --> rapport.toml:12:14
   |
12 | public_key = { file = "issuer.pem" }
   |              ^^^^^^^^^^^^^^^^^^^^^^^ identity.keys[0].public_key

[1]
"#);
}

#[test]
fn an_algorithm_is_none() {
    assert_snapshot!(Desk::changed("HS256", "none").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `none`: no such algorithm; there are `HS256`, `HS384`, `HS512`, `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512`, `ES256`, `ES384` and `EdDSA`
  --> rapport.toml:11:7
   |
11 | alg = "none"
   |       ^^^^^^ identity.keys[0].alg

[1]
"#);
    assert_snapshot!(Desk::changed("HS256", "hs256").says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `hs256`: no such algorithm; did you mean `HS256`?
  --> rapport.toml:11:7
   |
11 | alg = "hs256"
   |       ^^^^^^^ identity.keys[0].alg

[1]
"#);
}

#[test]
fn of_two_keys_one_has_no_name() {
    let second = "[[identity.keys]]\nalg = \"HS256\"\nsecret = { env = \"RAPPORT_JWT_SECRET\" }\n\n[store]";
    assert_snapshot!(Desk::changed("[store]", second).says("check rapport.toml"), @r"
rapport.toml: 1 error
error: key 1 of 2 has no `kid`; each of several keys needs one
  --> rapport.toml:10:1
   |
10 | [[identity.keys]]
   | ^^^^^^^^^^^^^^^^^ identity.keys

[1]
");
}
