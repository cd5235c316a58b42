//! What the example files and a preset say, said in Rust.

use super::*;

pub(super) fn retail() -> PolicyBuilder {
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

fn items() -> Items {
    Items::default()
        .path("$.items[*]")
        .id("$.id")
        .data_at("$.basis")
        .topic("$.category[0]")
        .quiet(["bereavement", "pregnancy", "health"], DataClass::SpecialCategory)
}

pub(super) fn reference() -> PolicyBuilder {
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

#[test]
fn it_means_what_its_file_means() {
    for (name, built, text) in [
        ("minimal", minimal(), include_str!("../../../../config/minimal.toml")),
        ("retail", retail(), include_str!("../../../../config/retail.toml")),
        ("reference", reference(), include_str!("../../../../config/reference.toml")),
    ] {
        assert_eq!(in_memory(built.clone()).fingerprint(), file(text).fingerprint(), "{name}\n{}", built.to_toml());
    }
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
