//! Every key of a file can be said.

use std::collections::BTreeSet;

use serde_json::Value;

#[cfg(feature = "html")]
use super::page::page;
use super::{
    defaults::defaults,
    examples::{reference, retail},
    words::others,
    *,
};

/// Every key of a file is a method, but for what a file alone says.
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

const ROOT: &str = "the file";

const FOR_A_FILE_ALONE: [&str; 8] = [
    "Report.metrics",
    "Serve.header_timeout",
    "Serve.max_connections",
    "Serve.tls",
    "Serve.upstream_timeout",
    "Tls.certificate",
    "Tls.key",
    "the file.serve",
];

#[cfg(feature = "html")]
fn cards() -> PolicyBuilder {
    let label = Treatment::attributes([("aria-label", Treatment::replace("A product"))]);
    let card = Html::select(".card", DataClass::Observed).steps([(ACQUAINTED, label)]);
    let items = Items::default().select(".card").id("@data-id").data(DataClass::Observed);
    minimal().endpoints([Endpoint::new("page").path(["/page"]).html([card]).items(items)])
}
