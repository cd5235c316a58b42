//! Tokens that stand elsewhere, or prove nothing: whoever sends them sees what anybody sees, and the operator reads why.

use http::{Request, request};
use insta::assert_snapshot;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::house::{
    self, BASE, House, Operator, POLICY, SUBJECT, anna, anybody, claims, now, signed, token, with_token,
};

fn good() -> String {
    token(SUBJECT, "record personalization", Value::Null)
}

/// What the operator reads of one request, which is answered as a stranger's.
async fn told_of(house: &House, request: request::Builder) -> String {
    let operator = Operator::watch();
    let answer = house.ask(request).await;
    assert_eq!((answer.status.as_u16(), answer.stage()), (200, "new"));
    assert!(!operator.log().contains("eyJ") && !operator.log().contains(SUBJECT), "{}", operator.log());
    operator.log().trim_end().to_owned()
}

#[tokio::test(start_paused = true)]
async fn it_stands_in_another_header() {
    let said = told_of(&House::new(), anybody("/recommendations").header("x-access-token", good())).await;
    assert_snapshot!(said, @r#" WARN tower_rapport::tokens: no token came so far, and what looks like one stands elsewhere found="header:x-access-token" looked_for="header:authorization" remedy="if this is the customer's token, name this place in `identity.tokens`, or let it be sent where it is looked for""#);
}

#[tokio::test(start_paused = true)]
async fn it_stands_in_a_cookie() {
    let cookies = format!("theme=dark; session={}", good());
    assert_snapshot!(told_of(&House::new(), anybody("/recommendations").header("cookie", cookies)).await, @r#" WARN tower_rapport::tokens: no token came so far, and what looks like one stands elsewhere found="cookie:session" looked_for="header:authorization" remedy="if this is the customer's token, name this place in `identity.tokens`, or let it be sent where it is looked for""#);
}

#[tokio::test(start_paused = true)]
async fn it_stands_in_the_query() {
    let asks = anybody(&format!("/recommendations?page=2&access_token={}", good()));
    assert_snapshot!(told_of(&House::new(), asks).await, @r#" WARN tower_rapport::tokens: no token came so far, and what looks like one stands elsewhere found="query:access_token" looked_for="header:authorization" remedy="if this is the customer's token, let it be sent as `Authorization: Bearer …`: queries are kept in many logs""#);
}

#[tokio::test(start_paused = true)]
async fn it_stands_without_its_scheme() {
    assert_snapshot!(told_of(&House::new(), anybody("/recommendations").header("authorization", good())).await, @r#" WARN tower_rapport::tokens: no token came so far, and what looks like one stands elsewhere found="header:authorization" looked_for="header:authorization" remedy="let the word `Bearer` stand before the token""#);
}

#[tokio::test(start_paused = true)]
async fn it_stands_in_authorization_and_a_cookie_is_looked_for() {
    let policy = POLICY.replace("audience = \"shop\"", "audience = \"shop\"\ntokens = [\"cookie:session\"]");
    let house = House::of(&policy, tower_rapport::store::Memory::new());
    assert_snapshot!(told_of(&house, anna("/recommendations")).await, @r#" WARN tower_rapport::tokens: no token came so far, and what looks like one stands elsewhere found="header:authorization" looked_for="cookie:session" remedy="if this is the customer's token, name this place in `identity.tokens`, or let it be sent where it is looked for""#);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_could_be_a_name_is_not_said() {
    let asks = anybody(&format!("/recommendations?{SUBJECT}={}", good()));
    let said = told_of(&House::new(), asks).await;
    assert!(said.contains("found=\"query:…\""), "{said}");
    for (kind, asks) in [
        ("query", anybody(&format!("/recommendations?annameyer={}", good()))),
        ("cookie", anybody("/recommendations").header("cookie", format!("annameyer={}", good()))),
        ("header", anybody("/recommendations").header("annameyer", good())),
    ] {
        let said = told_of(&House::new(), asks).await;
        assert!(said.contains(&format!("found=\"{kind}:…\"")) && !said.contains("annameyer"), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_in_its_place_ends_the_search_and_so_do_a_thousand_strangers() {
    let (house, operator) = (House::new(), Operator::watch());
    house.ask(anna("/recommendations")).await;
    house.ask(anybody("/recommendations").header("x-access-token", good())).await;
    assert_eq!(operator.log(), "");
    let house = House::new();
    for _ in 0..1_000 {
        house.ask(anybody("/recommendations")).await;
    }
    house.ask(anybody("/recommendations").header("x-access-token", good())).await;
    assert!(!operator.log().contains("token"), "{}", operator.log());
}

#[tokio::test(start_paused = true)]
async fn one_is_bad_after_another_was_good() {
    let house = House::new();
    house.ask(anna("/recommendations")).await;
    let bad = but_for("aud", json!("app"));
    let said = told_of(&house, with_token("/recommendations", &bad)).await;
    assert_snapshot!(said, @r#"DEBUG tower_rapport::tokens: a token proves nothing: the token's `aud` is another kind="audience" remedy="compare its `aud` with `identity.audience`""#);
    assert_eq!(told_of(&house, with_token("/recommendations", &bad)).await, said, "and each is told of");
}

#[tokio::test(start_paused = true)]
async fn several_are_bad_for_the_same_reason() {
    let (house, bad) = (House::new(), but_for("aud", json!("app")));
    assert!(told_of(&house, with_token("/recommendations", &bad)).await.starts_with(" WARN "));
    assert_snapshot!(told_of(&house, with_token("/recommendations", &bad)).await, @r#"DEBUG tower_rapport::tokens: a token proves nothing: the token's `aud` is another kind="audience" remedy="compare its `aud` with `identity.audience`""#);
}

/// A token with another claim.
fn but_for(claim: &str, value: Value) -> String {
    let mut all = claims();
    if let Some(claims) = all.as_object_mut() {
        claims.insert(claim.to_owned(), value);
    }
    signed(r#"{"alg":"HS256"}"#, &all.to_string())
}

async fn told_of_token(token: &str) -> String {
    told_of(&House::new(), with_token("/recommendations", token)).await
}

#[tokio::test(start_paused = true)]
async fn it_is_for_another_audience() {
    assert_snapshot!(told_of_token(&but_for("aud", json!("app"))).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token's `aud` is another kind="audience" remedy="compare its `aud` with `identity.audience`""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_of_another_issuer() {
    assert_snapshot!(told_of_token(&but_for("iss", json!("https://id.shop.example/"))).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token's `iss` is another kind="issuer" remedy="compare its `iss` with `identity.issuer`, a last `/` too""#);
}

#[tokio::test(start_paused = true)]
async fn it_has_expired() {
    assert_snapshot!(told_of_token(&but_for("exp", json!(now().as_second() - 3600))).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token has expired kind="expired" remedy="let clients renew it in time; if it is not old, compare the clocks of issuer and machine""#);
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_its_issuer_is_ahead() {
    assert_snapshot!(told_of_token(&but_for("nbf", json!(now().as_second() + 45))).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token is not valid yet kind="not_yet" remedy="compare the clocks of issuer and machine; `identity.leeway` is by how much they may differ""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_signed_with_another_secret() {
    let key = EncodingKey::from_secret(b"the secret of the house next door, in 64 bytes");
    let token = house::signed_by(&key, Algorithm::HS256, r#"{"alg":"HS256"}"#, &claims().to_string());
    assert_snapshot!(told_of_token(&token).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token's signature does not fit its key kind="signature" remedy="compare the key in `identity.keys` with what the issuer signs with; of a secret also encoding and line ends""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_signed_by_another_algorithm() {
    assert_snapshot!(told_of_token(&signed(r#"{"alg":"HS512"}"#, &claims().to_string())).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token names another algorithm than its key's kind="algorithm" remedy="compare the `alg` of its header with `identity.keys`: a key serves its own algorithm only""#);
}

#[tokio::test(start_paused = true)]
async fn its_key_is_not_among_those_of_the_policy() {
    let policy = POLICY.replace("alg    = \"HS256\"", "alg    = \"HS256\"\nkid    = \"2026-01\"");
    let house = House::of(&policy, tower_rapport::store::Memory::new());
    let token = signed(r#"{"alg":"HS256","kid":"2025-12"}"#, &claims().to_string());
    assert_snapshot!(told_of(&house, with_token("/recommendations", &token)).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token names no known key kind="unknown_key" remedy="compare the `kid` of its header with those in `identity.keys`, or at the JWKS address""#);
}

#[tokio::test(start_paused = true)]
async fn it_is_no_jwt() {
    assert_snapshot!(told_of_token("b3BhcXVl").await, @r#" WARN tower_rapport::tokens: no token was good so far: the token is not three parts of base64url with JSON objects in the first two kind="shape" remedy="see what is sent there: a signed JWT alone, without quotes, and no opaque or encrypted token""#);
}

#[tokio::test(start_paused = true)]
async fn it_does_not_say_whose_it_is() {
    let policy = POLICY.replace("claims   = {", "claims   = { subject = \"customer_id\",");
    let house = House::of(&policy, tower_rapport::store::Memory::new());
    assert_snapshot!(told_of(&house, anna("/recommendations")).await, @r#" WARN tower_rapport::tokens: no token was good so far: the token has no subject kind="missing_subject" remedy="name in `identity.claims.subject` the claim that says whose the token is""#);
}

#[tokio::test(start_paused = true)]
async fn each_reason_is_said_once_and_the_portal_says_it_to_who_asks() {
    let (house, operator) = (House::new(), Operator::watch());
    let expired = but_for("exp", json!(now().as_second() - 3600));
    for _ in 0..3 {
        house.ask(with_token("/recommendations", &expired)).await;
        house.ask(with_token("/recommendations", "x")).await;
    }
    assert_eq!(operator.log().matches("no token was good so far").count(), 2, "{}", operator.log());
    let asks = Request::builder().uri("/rapport/me").header("authorization", format!("Bearer {expired}"));
    let answer = house.ask(asks.header("accept", "application/json")).await;
    assert_snapshot!(format!("{} {}", answer.status.as_u16(), answer.body), @r#"401 {"code":"bad_token","detail":"Your login has expired or is not valid. Log in again.","status":401,"title":"Unauthorized"}"#);
    let answer = house.ask(anybody("/rapport/me").header("accept", "application/json")).await;
    assert_snapshot!(format!("{} {}", answer.status.as_u16(), answer.body), @r#"401 {"code":"no_identity","detail":"Log in and come back: then this page says how well we know you, and lets you decide.","status":401,"title":"Unauthorized"}"#);
}

#[tokio::test(start_paused = true)]
async fn nobody_agreed_to_be_remembered() {
    let operator = Operator::watch();
    let policy = BASE.replace(", purposes = \"consent\"", "") + &POLICY[BASE.len()..];
    let house = House::of(&policy, tower_rapport::store::Memory::new());
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.stage(), answer.limited_by()), ("new", "consent"), "{}", operator.log());
}
