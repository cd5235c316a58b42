//! A policy in Rust is the one that a file would be.

#[cfg(feature = "schema")]
use std::collections::BTreeSet;
use std::time::Duration;

use http::{Method, header};
#[cfg(feature = "schema")]
use serde_json::Value;
use serde_json::json;

use super::{SHORT, changed, env, policy, refused};
use crate::{
    consent::Segment,
    identity::{Algorithm, TokenSource},
    policy::{Diagnostic, Diagnostics, Mode, Nested, Policy, Severity, Unreadable, typed::*},
    shaping::{class::DataClass, treatment::DateTo},
};

const NEW: StageName = StageName::NEW;
const ACQUAINTED: StageName = StageName::ACQUAINTED;
const FAMILIAR: StageName = StageName::FAMILIAR;
const TRUSTED: StageName = StageName::TRUSTED;

fn identity() -> Identity {
    let secret = Secret::env("RAPPORT_PSEUDONYM_SECRET");
    let key = SigningKey::new(Algorithm::Hs256).secret(Secret::env("RAPPORT_JWT_SECRET"));
    Identity::new("https://id.shop.example", "shop", secret).keys([key])
}

fn minimal() -> PolicyBuilder {
    let first_name = Field::new("$.customer.first_name", DataClass::Provided)
        .steps([(NEW, Treatment::null()), (FAMILIAR, Treatment::keep())]);
    let endpoint = Endpoint::new("recommendations")
        .path(["/recommendations", "/recommendations/{*rest}"])
        .fields([first_name, reason()]);
    Policy::builder().identity(identity().claims(Claims::default().purposes("consent"))).endpoints([endpoint])
}

fn reason() -> Field {
    Field::new("$.items[*].reason", DataClass::Observed)
        .steps([(ACQUAINTED, Treatment::replace("You may like this")), (FAMILIAR, Treatment::keep())])
}

fn retail() -> PolicyBuilder {
    let claims = Claims::default().known_since("registered_at").birthdate("birthdate").purposes("consent");
    let tokens = [TokenSource::Header(header::AUTHORIZATION), TokenSource::Cookie("session".into())];
    let consent = Consent::default().valid_for(days(390)).purposes([
        Purpose::new(PurposeName::RECORD).says("Remember when you were here and what you bought, as counts and days."),
        Purpose::new(PurposeName::PERSONALIZATION).says("Choose what we show you from what you told us and did here."),
        Purpose::new(PurposeName::CROSS_CONTEXT).says("Use what our partners know about you.").denied_by_gpc(true),
        Purpose::new(PurposeName::SPECIAL_CATEGORY).says("Use what concerns your health, beliefs or family events."),
    ]);
    let seen = |path: &str| When::new(Method::POST, path).status("2xx");
    let relationship = Relationship::default().pace(days(14)).retention(days(730)).cools(days(120), 3.0).events([
        Event::new(EventName::PURCHASE).when(seen("/checkout")),
        Event::new("review").when(seen("/products/{id}/reviews")),
        Event::new("return"),
        Event::new(EventName::COMPLAINT).takes_stages(1).when(seen("/complaints")),
    ]);
    let items = items().share([(NEW, 0.0), (ACQUAINTED, 0.3), (FAMILIAR, 0.7), (TRUSTED, 0.9)]).per_topic([
        (ACQUAINTED, 2),
        (FAMILIAR, 3),
        (TRUSTED, 4),
    ]);
    let score = Field::new("$.items[*].score", DataClass::Observed)
        .steps([(ACQUAINTED, Treatment::round_to(0.5)), (FAMILIAR, Treatment::round_to(0.1))]);
    let last_bought = Field::new("$.items[*].last_bought", DataClass::Observed).steps([
        (ACQUAINTED, Treatment::date_to(DateTo::Year)),
        (FAMILIAR, Treatment::date_to(DateTo::Month)),
        (TRUSTED, Treatment::keep()),
    ]);
    let name = Field::new("$.name", DataClass::Provided).steps([
        (NEW, Treatment::null()),
        (ACQUAINTED, Treatment::initial()),
        (FAMILIAR, Treatment::keep()),
    ]);
    let segment = Field::new("$.segment", DataClass::Inferred).steps([(NEW, Treatment::remove())]);
    let position = Field::new("$.store.position", DataClass::Provided).steps([
        (ACQUAINTED, Treatment::geo_to("20km")),
        (FAMILIAR, Treatment::geo_to("5km")),
        (TRUSTED, Treatment::geo_to("1km")),
    ]);
    let because = Field::new("$.because", DataClass::Observed).steps([(FAMILIAR, Treatment::keep())]);
    Policy::builder()
        .identity(identity().tokens(tokens).claims(claims))
        .consent(consent)
        .relationship(relationship)
        .stages(stages())
        .caps(Caps::default().minor(Minor::default().under(18).stage(ACQUAINTED)).channels([Channel::new(
            "x-channel",
            "store-display",
            NEW,
        )]))
        .data(openings())
        .endpoints([
            Endpoint::new("recommendations")
                .path(["/recommendations", "/recommendations/{*rest}"])
                .items(items)
                .fields([reason(), score, last_bought]),
            Endpoint::new("greeting").path(["/greeting"]).fields([name, segment, position]),
            Endpoint::new("basket").path(["/basket/{id}/goes-well-with"]).methods([Method::GET]).fields([because]),
        ])
}

fn stages() -> [Stage; 4] {
    let needs = |name, known_for, active_days, purchases: Option<u64>| {
        let needs = [Need::KnownFor(days(known_for)), Need::ActiveDays(active_days)];
        let purchases = purchases.map(|count| Need::Events(EventName::PURCHASE, count));
        Stage::new(name).needs(needs.into_iter().chain(purchases))
    };
    [Stage::new(NEW), needs(ACQUAINTED, 7, 3, None), needs(FAMILIAR, 60, 8, Some(2)), needs(TRUSTED, 365, 20, Some(5))]
}

fn openings() -> [(DataClass, Opening); 5] {
    let opening = |purpose: PurposeName, from: StageName| Opening::default().purpose(purpose).from(from);
    [
        (DataClass::Provided, opening(PurposeName::PERSONALIZATION, NEW)),
        (DataClass::Observed, opening(PurposeName::PERSONALIZATION, ACQUAINTED)),
        (DataClass::Inferred, opening(PurposeName::PERSONALIZATION, FAMILIAR)),
        (DataClass::ThirdParty, opening(PurposeName::CROSS_CONTEXT, TRUSTED)),
        (DataClass::SpecialCategory, opening(PurposeName::SPECIAL_CATEGORY, TRUSTED)),
    ]
}

fn items() -> Items {
    Items::default()
        .path("$.items[*]")
        .id("$.id")
        .data_at("$.basis")
        .topic("$.category[0]")
        .quiet(["bereavement", "pregnancy", "health"], DataClass::SpecialCategory)
}

fn reference() -> PolicyBuilder {
    let claims = Claims::default().known_since("registered_at").birthdate("birthdate").purposes("consent");
    let consent = Consent::default().gpc(Gpc::default()).purposes([
        Purpose::new(PurposeName::RECORD)
            .says("Remember when you were here and what you bought, as counts and days.")
            .tcf([5], []),
        Purpose::new(PurposeName::PERSONALIZATION)
            .says("Choose what we show you from what you told us and did here.")
            .tcf([6], []),
        Purpose::new(PurposeName::CROSS_CONTEXT)
            .says("Use what others know about you.")
            .denied_by_gpc(true)
            .tcf([], [1]),
        Purpose::new(PurposeName::SPECIAL_CATEGORY).says("Use what concerns your health, beliefs or family events."),
    ]);
    let seen = |path: &str| When::new(Method::POST, path).status("2xx");
    let relationship = Relationship::default().events([
        Event::new(EventName::PURCHASE).when(seen("/checkout")),
        Event::new(EventName::COMPLAINT).takes_stages(1).when(seen("/complaints")),
    ]);
    let items = items()
        .share([(NEW, 0.0), (ACQUAINTED, 0.3), (FAMILIAR, 0.7), (TRUSTED, 1.0)])
        .per_topic([(ACQUAINTED, 2), (FAMILIAR, 4)]);
    let first_name = Field::new("$.customer.first_name", DataClass::Provided)
        .steps([(NEW, Treatment::null()), (FAMILIAR, Treatment::keep())]);
    let score = Field::new("$.items[*].score", DataClass::Observed).steps([
        (ACQUAINTED, Treatment::round_to(0.5)),
        (FAMILIAR, Treatment::round_to(0.1)),
        (TRUSTED, Treatment::keep()),
    ]);
    let endpoint = Endpoint::new("recommendations")
        .path(["/recommendations", "/recommendations/{*rest}"])
        .hide_in_request([Hide::header(header::AUTHORIZATION), Hide::header("cookie"), Hide::query("user_id")])
        .generic(Generic::default())
        .items(items)
        .fields([first_name, reason(), score]);
    Policy::builder()
        .identity(identity().claims(claims))
        .consent(consent)
        .relationship(relationship)
        .stages(stages())
        .caps(Caps::default().minor(Minor::default().under(18).stage(ACQUAINTED)))
        .data(openings())
        .endpoints([endpoint])
        .portal(Portal::default().controller("Shop Example", "privacy@shop.example"))
}

/// What the reference says of every key that it leaves at its default.
fn defaults() -> PolicyBuilder {
    let identity = identity().tokens([TokenSource::Header(header::AUTHORIZATION)]).leeway(Duration::from_secs(30));
    let tcf = Tcf::default()
        .cookies(["euconsent-v2"])
        .query(["gdpr_consent"])
        .segment(Segment::Publisher)
        .gpp_cookies([""; 0]);
    let limits = Limits::default().item(1 << 20).depth(128).hold(64 << 10).request(1 << 20).generic(8 << 20);
    let endpoint = Endpoint::new("recommendations")
        .path(["/recommendations"])
        .mode(Mode::Enforce)
        .unreadable(Unreadable::Generic)
        .empty("{}")
        .limits(limits)
        .encode(Encode::Identity)
        .generic(Generic::default().keep_for(Duration::from_secs(60)))
        .hide_in_request([Hide::header("authorization"), Hide::header("cookie")])
        .hide_in_response([""; 0]);
    Policy::builder()
        .mode(Mode::Enforce)
        .identity(identity)
        .consent(
            Consent::default()
                .record(PurposeName::RECORD)
                .valid_for(days(390))
                .re_ask_after(days(365))
                .tcf(tcf)
                .gpc(Gpc::default().honour(true).remember(true)),
        )
        .relationship(Relationship::default().pace(days(7)).retention(days(730)).cools(days(90), 3.0))
        .stages(stages())
        .holdout(Holdout::default().share(0.0).stage(NEW))
        .data(openings())
        .endpoints([endpoint])
        .store(
            Store::memory()
                .max_staleness(Duration::from_secs(2))
                .decide_within(Duration::from_millis(25))
                .cache(Cache::default().relationships(1_000_000).tokens(100_000).generic(1_000)),
        )
        .portal(Portal::default().path("/rapport"))
        .report(Report::default().header(true).sample(1.0).decisions(Decisions::Off))
}

/// What stands in none of the above.
fn others() -> PolicyBuilder {
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
        .items(Items::default().path("$.items[*]").data(DataClass::Observed));
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

[store]
memory = {}

[report]
decisions = { file = "decisions.jsonl", keep = "3d", rotate = "1MiB" }
"#;

/// Here is a store that every build has; it is not part of the fingerprint.
fn in_memory(builder: PolicyBuilder) -> Policy {
    builder.store(Store::memory()).build_with(env).unwrap()
}

/// A file of the folder `config`, likewise.
fn file(text: &str) -> Policy {
    policy(&changed(text, "embedded = { path = \"rapport.redb\" }", "memory = {}"))
}

fn findings<'a>(found: &'a Diagnostics) -> Vec<(Severity, &'a str, &'a str, Option<&'a str>)> {
    let finding = |finding: &'a Diagnostic| {
        (finding.severity, finding.key.as_str(), finding.message.as_str(), finding.remedy.as_deref())
    };
    let mut list: Vec<_> = found.iter().map(finding).collect();
    list.sort_unstable();
    list
}

#[test]
fn it_means_what_its_file_means() {
    for (name, built, text) in [
        ("minimal", minimal(), include_str!("../../../config/minimal.toml")),
        ("retail", retail(), include_str!("../../../config/retail.toml")),
        ("reference", reference(), include_str!("../../../config/reference.toml")),
    ] {
        assert_eq!(in_memory(built.clone()).fingerprint(), file(text).fingerprint(), "{name}\n{}", built.to_toml());
    }
}

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
fn what_is_left_out_has_the_default_that_is_told() {
    let said = Endpoint::new("recommendations").path(["/recommendations"]);
    let tcf = Consent::default().tcf(Tcf::default());
    let short = Policy::builder().identity(identity()).consent(tcf).holdout(Holdout::default()).endpoints([said]);
    assert_eq!(in_memory(defaults()).fingerprint(), in_memory(short.clone()).fingerprint());
    let (defaults, short) = (defaults().build_with(env).unwrap(), short.build_with(env).unwrap());
    assert_eq!(defaults.store(), short.store());
    assert_eq!(defaults.report(), short.report());
}

#[cfg(feature = "html")]
fn page() -> PolicyBuilder {
    let attributes =
        Treatment::attributes([("title", Treatment::remove()), ("href", Treatment::url_without(["uid", "rec_*"]))]);
    let or_keep = |stage, treatment| [(stage, treatment), (FAMILIAR, Treatment::keep())];
    let reworded = || or_keep(ACQUAINTED, Treatment::replace("You may like this"));
    let endpoint = Endpoint::new("home")
        .path(["/", "/home"])
        .html([
            Html::select(".greeting .name", DataClass::Provided).steps(or_keep(NEW, Treatment::replace("there"))),
            Html::select(".because", DataClass::Observed).steps(reworded()),
            Html::select("a.product", DataClass::Observed).steps(or_keep(ACQUAINTED, attributes)),
            Html::script("#__NEXT_DATA__"),
        ])
        .fields([
            Field::new("$.props.pageProps.customer.first_name", DataClass::Provided)
                .steps(or_keep(NEW, Treatment::null())),
            Field::new("$.props.pageProps.products[*].reason", DataClass::Observed).steps(reworded()),
        ]);
    let identity = identity().tokens([TokenSource::Cookie("session".into())]);
    Policy::builder().identity(identity.claims(Claims::default().purposes("consent"))).endpoints([endpoint])
}

#[cfg(feature = "html")]
fn cards() -> PolicyBuilder {
    let label = Treatment::attributes([("aria-label", Treatment::replace("A product"))]);
    let card = Html::select(".card", DataClass::Observed).steps([(ACQUAINTED, label)]);
    let items = Items::default().select(".card").id("@data-id").data(DataClass::Observed);
    minimal().endpoints([Endpoint::new("page").path(["/page"]).html([card]).items(items)])
}

#[cfg(feature = "html")]
#[test]
fn a_page_means_what_its_file_means() {
    let text = include_str!("../../../config/shop_page.toml");
    assert_eq!(in_memory(page()).fingerprint(), file(text).fingerprint(), "{}", page().to_toml());
}

#[test]
fn it_goes_on_from_a_preset_as_a_file_does() {
    let basket = Field::new("$.total", DataClass::Observed).steps([(TRUSTED, Treatment::keep())]);
    let built = Policy::builder()
        .extends("preset:retail")
        .identity(identity())
        .relationship(Relationship::default().pace(days(30)))
        .endpoints([Endpoint::new("basket").fields([basket])]);
    let text = format!(
        "extends = \"preset:retail\"\n{}[[endpoints]]\nname = \"basket\"\n\
         fields = [{{ path = \"$.total\", data = \"observed\", steps = {{ trusted = \"keep\" }} }}]\n\
         [relationship]\npace = \"30d\"\n",
        SHORT.split("[[endpoints]]").next().unwrap(),
    );
    let (built, written) = (in_memory(built), policy(&text));
    assert_eq!(built.fingerprint(), written.fingerprint());
    assert!(built.files().is_empty(), "{:?}", built.files());
}

#[test]
fn what_is_wrong_is_found_as_in_a_file() {
    let endpoint = || Endpoint::new("recommendations").path(["/recommendations"]);
    let with = |endpoint| minimal().store(Store::memory()).endpoints([endpoint]);
    let field =
        |steps: Vec<(&str, Treatment)>| endpoint().fields([Field::new("$.a", DataClass::Inferred).steps(steps)]);
    let short = changed(SHORT, "PSEUDONYM\" }", "RAPPORT_PSEUDONYM_SECRET\" }\nclaims = { purposes = \"consent\" }");
    let more = |text: &str| format!("{short}{text}\n");
    let instead = |of: &str, text: &str| changed(&short, of, text);
    let steps =
        |steps: &str| more(&format!("fields = [{{ path = \"$.a\", data = \"inferred\", steps = {{ {steps} }} }}]"));
    for (built, text) in [
        (with(Endpoint::new("recommendations")), instead("path = \"/recommendations\"\n", "")),
        (with(endpoint().path(["/a/:id"])), instead("path = \"/recommendations\"", "path = [\"/a/:id\"]")),
        (with(endpoint()).endpoints([]), format!("endpoints = []\n{}", short.split("[[endpoints]]").next().unwrap())),
        (
            with(endpoint().hide_in_request([Hide::query("id"), Hide::json("$.a[?@.b]")])),
            more("request = { hide = [\"query:id\", \"json:$.a[?@.b]\"] }"),
        ),
        (with(endpoint().hide_in_response(["a b"])), more("response = { hide = [\"header:a b\"] }")),
        (with(field(vec![("familar", Treatment::keep())])), steps("familar = \"keep\"")),
        (with(field(vec![("acquainted", Treatment::keep())])), steps("acquainted = \"keep\"")),
        (with(field(vec![("trusted", Treatment::round_to(f64::NAN))])), steps("trusted = { round_to = nan }")),
        (
            with(field(vec![("familiar", Treatment::keep()), ("trusted", Treatment::buckets([1.0, 0.0]))])),
            steps("familiar = \"keep\", trusted = { buckets = [1.0, 0.0] }"),
        ),
        (
            with(endpoint().items(Items::default().path("$.items[*]").share([("new", 0.5), ("trusted", 0.3)]))),
            more("items = { path = \"$.items[*]\", share = { new = 0.5, trusted = 0.3 } }"),
        ),
        (with(endpoint().limits(Limits::default().item(0))), more("limits = { item = \"0B\" }")),
        (
            with(endpoint()).relationship(Relationship::default().pace(Duration::from_secs(43_200))),
            more("[relationship]\npace = \"12h\""),
        ),
        (
            with(endpoint()).relationship(Relationship::default().pace(Duration::ZERO)),
            more("[relationship]\npace = \"0s\""),
        ),
        (
            with(endpoint()).store(Store::memory().decide_within(Duration::from_nanos(1_500_000))),
            instead("memory = {}", "memory = {}\ndecide_within = \"1500us\""),
        ),
        (with(endpoint()).stages([Stage::new("new")]), more("[[stages]]\nname = \"new\"")),
        (
            with(endpoint()).data([(DataClass::None, Opening::default().from(NEW))]),
            more("[data]\nnone = { from = \"new\" }"),
        ),
        (
            with(endpoint()).identity(identity().keys([]).claims(Claims::default().purposes("consent"))),
            instead("[[identity.keys]]\nalg = \"HS256\"\nsecret = { env = \"JWT\" }\n", "keys = []\n"),
        ),
        (with(endpoint()).extends("preset:retial"), format!("extends = \"preset:retial\"\n{short}")),
    ] {
        let found = built.build_with(env).unwrap_err();
        assert_eq!(findings(&found), findings(&refused(&text)), "{found}\n{text}");
    }
}

#[test]
fn a_constant_that_no_file_can_say_is_refused() {
    for value in [json!([1, null]), json!({ "a": null }), json!(u64::MAX)] {
        let field = Field::new("$.a", DataClass::Observed).steps([(FAMILIAR, Treatment::replace(value.clone()))]);
        let built = minimal().store(Store::memory()).endpoints([Endpoint::new("a").path(["/a"]).fields([field])]);
        let found = built.build_with(env).unwrap_err();
        assert!(found.to_string().contains("path = \"$.a\""), "{value}: {found}");
    }
}

#[test]
fn a_finding_shows_the_key_and_its_place_in_the_text() {
    let named = Field::new("$.name", DataClass::Provided);
    let wrong = Field::new("name", DataClass::Provided).steps([(NEW, Treatment::null())]);
    let endpoint = Endpoint::new("greeting").path(["/greeting"]).fields([named, wrong]);
    let built = minimal().endpoints([endpoint]).store(Store::memory());
    insta::assert_snapshot!("typed_finding", built.build_with(env).unwrap_err());
    insta::assert_snapshot!("typed_text", built.to_toml());
}

#[test]
fn what_is_said_twice_holds_as_said_last() {
    let built = minimal().mode(Mode::Observe).endpoints([Endpoint::new("a").path(["/a"]).path(["/b"])]);
    let policy = in_memory(built.mode(Mode::Enforce));
    assert_eq!((policy.mode(), policy.endpoints().len()), (Mode::Enforce, 1));
    assert_eq!(policy.endpoints()[0].paths, ["/b"]);
}

#[test]
fn no_secret_is_in_its_text() {
    let text = others().to_toml();
    assert!(text.contains("env = \"RAPPORT_JWT_SECRET\"") && !text.contains("xxxx"), "{text}");
}

/// Every key of a file is a method, but for what a file alone says.
#[cfg(feature = "schema")]
#[test]
fn every_key_can_be_said() {
    let at = |builder: &PolicyBuilder| {
        let text = builder.to_toml();
        assert!(builder.build_with(env).is_ok_and(|policy| !policy.endpoints().is_empty()), "{text}");
        serde_json::to_value(toml::from_str::<toml::Table>(&text).unwrap()).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let pem = rcgen::KeyPair::generate().unwrap().public_key_pem();
    std::fs::write(folder.path().join("key.pem"), pem).unwrap();
    let file = Secret::file(folder.path().join("key.pem").display().to_string());
    let asymmetric = identity().keys([SigningKey::new(Algorithm::Es256).public_key(file)]);
    let mut all = vec![minimal(), retail(), reference(), defaults(), others(), retail().identity(asymmetric)];
    all.push(Policy::builder().extends("preset:retail").identity(identity()));
    all.push(retail().portal(Portal::default().texts(folder.path().display().to_string())));
    #[cfg(feature = "html")]
    all.push(page());
    #[cfg(feature = "html")]
    all.push(cards());
    #[cfg(feature = "jwks")]
    all.push(
        minimal().identity(
            Identity::new("https://id.shop.example", "shop", Secret::env("PSEUDONYM"))
                .jwks(Jwks::new("https://id.shop.example/jwks.json").refresh(Duration::from_secs(60))),
        ),
    );
    #[cfg(feature = "embedded")]
    all.push(minimal().store(Store::embedded("rapport.redb")));
    #[cfg(feature = "redis")]
    all.push(minimal().store(Store::redis(
        Redis::new(Secret::env("REDIS_URL")).mode(crate::store::RedisMode::Cluster).prefix("shop:"),
    )));
    let schema = crate::policy::json_schema();
    let mut said = BTreeSet::new();
    all.iter().for_each(|builder| note_said(&schema, (ROOT, &schema), &at(builder), &mut said));
    let tables = schema["definitions"].as_object().unwrap().iter().map(|(name, table)| (name.as_str(), table));
    let keys = tables.chain([(ROOT, &schema)]).flat_map(|(name, table)| {
        let keys = table["properties"].as_object().into_iter().flat_map(|keys| keys.keys());
        keys.map(move |key| format!("{name}.{key}"))
    });
    let keys: BTreeSet<_> = keys.collect();
    assert!(keys.len() > 100 && said.is_subset(&keys), "{said:?}");
    assert_eq!(keys.difference(&said).collect::<Vec<_>>(), FOR_A_FILE_ALONE);
}

/// Notes which keys of the schema's tables a value has.
#[cfg(feature = "schema")]
fn note_said(schema: &Value, (name, part): (&str, &Value), value: &Value, said: &mut BTreeSet<String>) {
    if let Some(definition) = part["$ref"].as_str() {
        let name = definition.rsplit('/').next().unwrap();
        note_said(schema, (name, &schema["definitions"][name]), value, said);
    }
    for one in ["allOf", "anyOf"].iter().filter_map(|key| part[key].as_array()).flatten() {
        note_said(schema, (name, one), value, said);
    }
    for element in value.as_array().into_iter().flatten() {
        note_said(schema, (name, &part["items"]), element, said);
    }
    for (key, below) in value.as_object().into_iter().flatten() {
        if part["properties"].get(key).is_some() {
            said.insert(format!("{name}.{key}"));
            note_said(schema, (name, &part["properties"][key]), below, said);
        } else if part["additionalProperties"].is_object() {
            note_said(schema, (name, &part["additionalProperties"]), below, said);
        }
    }
}

#[cfg(feature = "schema")]
const ROOT: &str = "the file";

#[cfg(feature = "schema")]
const FOR_A_FILE_ALONE: [&str; 9] = [
    "Explain.per_item",
    "Report.metrics",
    "Serve.header_timeout",
    "Serve.max_connections",
    "Serve.tls",
    "Serve.upstream_timeout",
    "Tls.certificate",
    "Tls.key",
    "the file.serve",
];
