//! What stands in no example means what a file means.

use serde_json::json;

use super::*;
use crate::{
    consent::Segment,
    policy::{Nested, Unreadable},
};

/// What stands in none of the above.
pub(super) fn others() -> PolicyBuilder {
    let identity = identity()
        .previous_secrets([Secret::env("RAPPORT_PSEUDONYM_SECRET_OLD")])
        .keys([SigningKey::new(Algorithm::Hs512).secret(Secret::env("RAPPORT_JWT_SECRET")).kid("2026-01")])
        .claims(Claims::default().subject("customer").birthdate("birthdate"))
        .visitors(Visitors::default().cookie("seen").max_age(days(30)));
    let category = Field::new("$.hits[*].category", DataClass::Observed)
        .steps([(ACQUAINTED, Treatment::first(1)), (FAMILIAR, Treatment::first(2))]);
    let because = Field::new("$.hits[*].because", DataClass::Observed)
        .steps([(ACQUAINTED, Treatment::text("Because you like {$.category[0]}"))]);
    let spent = Field::new("$.spent", DataClass::Observed).steps([(FAMILIAR, Treatment::buckets([0.0, 10.0, 50.0]))]);
    let rank = Field::new("$.rank", DataClass::Observed).steps([(FAMILIAR, Treatment::map([("a", "b")]))]);
    let group = Field::new("$.group", DataClass::Observed).steps([(FAMILIAR, Treatment::map_or("c", [("a", "b")]))]);
    let link = Field::new("$.link", DataClass::Observed)
        .steps([(ACQUAINTED, Treatment::url_without(["pr_*", "uid"])), (FAMILIAR, Treatment::keep())]);
    let more = Field::new("$.more", DataClass::Provided)
        .steps([(NEW, Treatment::replace(json!({ "a": [1, -2.5, true, { "b c": "\"" }] })))]);
    let day = Field::new("$.day", DataClass::Observed).steps([(FAMILIAR, Treatment::date_to(DateTo::Day))]);
    let endpoint = Endpoint::new("recommendations")
        .path(["/recommendations"])
        .methods([Method::GET, Method::POST])
        .mode(Mode::Observe)
        .unreadable(Unreadable::Refuse)
        .only(["$.hits[*]['id', 'title']"])
        .encode(Encode::AsReceived)
        .hide_in_request([Hide::cookie("session"), Hide::json("$.userId")])
        .hide_in_response(["x-recommendation-token"])
        .generic(Generic::default().send([(header::AUTHORIZATION.as_str(), Secret::env("GENERIC_TOKEN"))]))
        .items(
            Items::default()
                .path("$.hits[*]")
                .data_at("$.by")
                .data_as([("cf", DataClass::Observed), ("popular", DataClass::None)])
                .unlabelled(DataClass::ThirdParty)
                .fill(Fill::Shorten),
        )
        .fields([category, because, spent, rank, group, link, more, day])
        .nested([("$.options[*].content", Nested::Json)])
        .explain("$.personalization");
    let everywhere = Endpoint::new("everywhere")
        .path(["/everywhere"])
        .unreadable(Unreadable::Empty)
        .items(Items::default().path("$.items[*]").data(DataClass::Observed))
        .explain_each_item("$.why");
    Policy::builder()
        .mode(Mode::Observe)
        .identity(identity)
        .consent(
            Consent::default()
                .tcf(Tcf::default().segment(Segment::PublisherOrCore).gpp_cookies(["gpp"]))
                .gpc(Gpc::default().last_update("2026-11-22".parse().unwrap())),
        )
        .caps(Caps::default().minor(Minor::default().unknown(Age::Minor)))
        .holdout(Holdout::default().share(0.1).outcome(EventName::PURCHASE))
        .endpoints([endpoint, everywhere])
        .store(Store::memory())
        .report(
            Report::default()
                .decisions(Decisions::File(DecisionFile::new("decisions.jsonl").keep(days(3)).rotate(1 << 20))),
        )
}

/// The same as a file.
const OTHERS: &str = r#"
mode = "observe"

[identity]
issuer = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "RAPPORT_PSEUDONYM_SECRET" }
previous_secrets = [{ env = "RAPPORT_PSEUDONYM_SECRET_OLD" }]
keys = [{ alg = "HS512", secret = { env = "RAPPORT_JWT_SECRET" }, kid = "2026-01" }]
claims = { subject = "customer", birthdate = "birthdate" }
visitors = { cookie = "seen", max_age = "30d" }

[consent]
tcf = { segment = "publisher-or-core", gpp_cookies = ["gpp"] }
gpc = { last_update = "2026-11-22" }

[caps]
minor = { unknown = "minor" }

[holdout]
share = 0.1
outcome = "purchase"

[[endpoints]]
name = "recommendations"
path = "/recommendations"
methods = ["GET", "POST"]
unreadable = "refuse"
only = ["$.hits[*]['id', 'title']"]
encode = "as-received"
request = { hide = ["cookie:session", "json:$.userId"] }
response = { hide = ["header:x-recommendation-token"] }
generic = { send = { authorization = { env = "GENERIC_TOKEN" } } }
nested = [{ path = "$.options[*].content", kind = "json" }]
explain = { into = "$.personalization" }
fields = [
    { path = "$.hits[*].category", data = "observed", steps = { acquainted = { first = 1 }, familiar = { first = 2 } } },
    { path = "$.hits[*].because", data = "observed", steps = { acquainted = { text = "Because you like {$.category[0]}" } } },
    { path = "$.spent", data = "observed", steps = { familiar = { buckets = [0, 10, 50] } } },
    { path = "$.rank", data = "observed", steps = { familiar = { map = { a = "b" } } } },
    { path = "$.group", data = "observed", steps = { familiar = { map = { a = "b" }, otherwise = "c" } } },
    { path = "$.link", data = "observed", steps = { acquainted = { url_without = ["pr_*", "uid"] }, familiar = "keep" } },
    { path = "$.more", data = "provided", steps = { new = { replace = { a = [1, -2.5, true, { "b c" = '"' }] } } } },
    { path = "$.day", data = "observed", steps = { familiar = { date_to = "day" } } },
]

[endpoints.items]
path = "$.hits[*]"
data_at = "$.by"
data_as = { cf = "observed", popular = "none" }
unlabelled = "third_party"
fill = "shorten"

[[endpoints]]
name = "everywhere"
path = "/everywhere"
unreadable = "empty"
items = { path = "$.items[*]", data = "observed" }
explain = { into = "$.why", per_item = true }

[store]
memory = {}

[report]
decisions = { file = "decisions.jsonl", keep = "3d", rotate = "1MiB" }
"#;

#[test]
fn what_is_in_no_example_means_what_a_file_means() {
    let (built, written) = (others().build_with(env).unwrap(), policy(OTHERS));
    assert_eq!(built.fingerprint(), written.fingerprint(), "{}", others().to_toml());
    assert_eq!(built.report(), written.report());
}

#[cfg(feature = "redis")]
#[test]
fn a_mode_of_redis_has_the_word_of_a_file() {
    use crate::store::RedisMode;

    for (mode, word) in
        [(RedisMode::Single, "single"), (RedisMode::Sentinel, "sentinel"), (RedisMode::Cluster, "cluster")]
    {
        let redis = Redis::new(Secret::env("REDIS_URL")).mode(mode);
        let text = minimal().store(Store::redis(redis)).to_toml();
        assert!(text.contains(&format!("mode = \"{word}\"")), "{text}");
    }
}

#[test]
fn no_secret_is_in_its_text() {
    let text = others().to_toml();
    assert!(text.contains("env = \"RAPPORT_JWT_SECRET\"") && !text.contains("xxxx"), "{text}");
}
