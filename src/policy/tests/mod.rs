//! What a policy file may say, what it may not, and what it means.

mod defaults;
mod explaining;
mod extending;
mod fingerprint;
#[cfg(feature = "html")]
mod html;
mod refused;
mod typed;
#[cfg(not(feature = "html"))]
mod without_html;

use super::*;

/// A policy that says nothing that must not be said.
const SHORT: &str = r#"
[identity]
issuer = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "PSEUDONYM" }

[[identity.keys]]
alg = "HS256"
secret = { env = "JWT" }

[store]
memory = {}

[[endpoints]]
name = "recommendations"
path = "/recommendations"
"#;

fn env(name: &str) -> Option<String> {
    match name {
        "PSEUDONYM"
        | "JWT"
        | "RAPPORT_JWT_SECRET"
        | "RAPPORT_PSEUDONYM_SECRET"
        | "GENERIC_TOKEN"
        | "RAPPORT_PSEUDONYM_SECRET_OLD" => Some(format!("{name} {}", "x".repeat(32))),
        "REDIS_URL" => Some("redis://:canary@redis.shop.example".into()),
        "SHORT" => Some("too-short-canary".into()),
        "FIFTEEN" => Some("fifteen-canary.".into()),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn policy(text: &str) -> Policy {
    Policy::from_toml("rapport.toml", text, env).unwrap()
}

fn refused(text: &str) -> Diagnostics {
    match Policy::from_toml("rapport.toml", text, env) {
        Ok(_) => panic!("this must be refused:\n{text}"),
        Err(found) => found,
    }
}

/// A text with one place changed, which must be there.
fn changed(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_path_belongs_to_the_most_specific_endpoint() {
    let text = format!("{SHORT}\n[[endpoints]]\nname = \"all\"\npath = [\"/recommendations/{{*rest}}\", \"/more\"]\n");
    let policy = policy(&text);
    let name = |path| policy.endpoint(&Method::GET, path).map(|covered| covered.endpoint.name.as_str());
    assert_eq!(name("/recommendations"), Some("recommendations"));
    assert_eq!(name("/recommendations/a/b"), Some("all"));
    assert_eq!(name("/%6dore/"), Some("all"));
    assert_eq!(name("/other"), None);
}

#[test]
fn a_path_that_may_be_of_two_endpoints_is_uncertain_only_where_both_have_an_effect() {
    let endpoint = |name: &str, more: &str| format!("[[endpoints]]\nname = \"{name}\"\npath = \"/{name}\"\n{more}\n");
    let text = format!(
        "{SHORT}[[endpoints]]\nname = \"deep\"\npath = [\"/deep/{{*rest}}\", \"/Deep\"]\n{}{}{}",
        endpoint("greeting", ""),
        endpoint("observed", "mode = \"observe\""),
        endpoint("posted", "methods = [\"POST\"]"),
    );
    let policy = policy(&text);
    let covered =
        |method, path| policy.endpoint(&method, path).map(|covered| (covered.endpoint.name.as_str(), covered.certain));
    for (path, found) in [
        ("/deep/x/../greeting", ("deep", true)),
        ("/x/../greeting", ("greeting", true)),
        // Whichever comes first of the readings, one without an effect never wins.
        ("/deep/../observed", ("deep", true)),
        ("/observed/../deep/a", ("deep", true)),
        ("/deep/..%2Fposted", ("deep", true)),
        ("/OBSERVED/", ("observed", true)),
        ("/deep/", ("deep", true)),
    ] {
        assert_eq!(covered(Method::GET, path), Some(found), "{path}");
    }
    for path in ["/deep/../greeting", "/deep/x/%2e%2e/%2e%2e/greeting", "/deep/..%2fgreeting", "/deep/..;/Greeting"] {
        assert!(!policy.endpoint(&Method::GET, path).unwrap().certain, "{path}");
    }
    assert!(!policy.endpoint(&Method::POST, "/deep/..%2Fposted").unwrap().certain);
    assert_eq!(covered(Method::GET, "/posted"), None);
    assert_eq!(covered(Method::GET, "/deep%2"), None);
}

#[test]
fn where_get_is_shaped_head_is() {
    let of = |methods: &str| policy(&format!("{SHORT}methods = {methods}\n"));
    let shaped = |policy: &Policy, method| policy.endpoint(&method, "/recommendations").is_some();
    let (get, post) = (of("[\"GET\"]"), of("[\"POST\"]"));
    assert!(shaped(&get, Method::GET) && shaped(&get, Method::HEAD) && !shaped(&get, Method::POST));
    assert!(shaped(&post, Method::POST) && !shaped(&post, Method::HEAD) && !shaped(&post, Method::GET));
}

#[test]
fn an_event_is_seen_in_its_own_method_path_and_status() {
    let event =
        "[[relationship.events]]\nname = \"purchase\"\nwhen = { method = \"POST\", path = \"/checkout/{id}\" }\n";
    let policy = policy(&format!("{SHORT}{event}"));
    let seen = |method, path, status| {
        policy.events_seen(&method, path, StatusCode::from_u16(status).unwrap()).map(Name::as_str).collect::<Vec<_>>()
    };
    assert_eq!(seen(Method::POST, "/checkout/7", 204), ["purchase"]);
    for (method, path, status) in
        [(Method::GET, "/checkout/7", 200), (Method::POST, "/checkout", 200), (Method::POST, "/checkout/7", 302)]
    {
        assert!(seen(method, path, status).is_empty(), "{path} {status}");
    }
}

#[test]
fn an_event_that_raises_is_seen_only_in_a_path_that_can_be_read_in_one_way() {
    let event = |name: &str, takes: u8, path: &str| {
        let when = format!("when = {{ method = \"POST\", path = \"{path}\" }}");
        format!("[[relationship.events]]\nname = \"{name}\"\ntakes_stages = {takes}\n{when}\n")
    };
    let (purchase, complaint) = (event("purchase", 0, "/checkout/{id}"), event("complaint", 1, "/checkout/{id}"));
    let text = format!("{SHORT}{purchase}{complaint}{}", event("subscription", 0, "/join/"));
    let policy = policy(&text);
    let seen = |path| policy.events_seen(&Method::POST, path, StatusCode::OK).map(Name::as_str).collect::<Vec<_>>();
    for path in ["/checkout/7", "/checkout/A%20b%3D", "/checkout/caf%C3%A9", "/checkout/.7"] {
        assert_eq!(seen(path), ["purchase", "complaint"], "{path}");
    }
    for path in [
        "/track/..%2Fcheckout%2F7",
        "/track/../checkout/7",
        "/track/%2e%2e/checkout/7",
        "/track/..%5Ccheckout/7",
        "/track/..;/checkout/7",
        "/checkout/7/..;/8",
        "/checkout//7",
        "//checkout/7",
        "/checkout/7/",
        "/checkout/7%2F",
        "/checkout/7;v=1",
        "/%63heckout/7",
        "/Checkout/7",
    ] {
        assert_eq!(seen(path), ["complaint"], "{path}");
    }
    assert_eq!(seen("/join/"), ["subscription"]);
    for path in ["/join", "/join//", "//join/", "/"] {
        assert!(seen(path).is_empty(), "{path}");
    }
}

#[test]
fn the_lowest_of_several_channels_holds() {
    let caps = r#"
[caps]
channels = [
    { header = "x-channel", value = "phone", stage = "familiar" },
    { header = "x-channel", value = "display", stage = "new" },
]
"#;
    let policy = policy(&format!("{SHORT}{caps}"));
    let cap = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("x-channel", http::HeaderValue::from_static(value));
        }
        policy.channel_cap(&headers).map(Stage::level)
    };
    assert_eq!(
        [cap(&[]), cap(&["phone"]), cap(&["phone", "display"]), cap(&["web, display ,phone"]), cap(&["Phone"])],
        [None, Some(2), Some(0), Some(0), None]
    );
}

#[test]
fn a_need_that_is_lower_than_that_of_a_stage_below_is_warned_of() {
    let ladder = |familiar: &str, trusted: &str| {
        let stages = [("new", ""), ("acquainted", ""), ("familiar", familiar), ("trusted", trusted)];
        let stages = stages.map(|(name, needs)| format!("[[stages]]\nname = \"{name}\"\nneeds = {{ {needs} }}\n"));
        let policy = policy(&format!("{SHORT}{}", stages.concat()));
        policy.warnings().iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ladder("active_days = 12", "active_days = 3"), ["`3` has no effect here: `familiar` below needs 12"]);
    assert_eq!(ladder("known_for = \"60d\"", "known_for = \"7d\"").len(), 1);
    assert_eq!(ladder("purchase = 5", "purchase = 4").len(), 1);
    assert_eq!(ladder("active_days = 12", "active_days = 12, purchase = 1"), [""; 0]);
    assert_eq!(ladder("active_days = 12", "purchase = 1"), [""; 0]);
}

#[test]
fn what_has_an_effect_is_not_warned_of() {
    let store = |more: &str| policy(&changed(SHORT, "memory = {}", &format!("memory = {{}}\n{more}")));
    assert!(store("max_staleness = \"1s\"\ncache = { generic = 7, tokens = 8 }").warnings().is_empty());
    let silent = r#"
        unreadable = "generic"
        encode = "as-received"
        items = { path = "$.items[*]", data = "observed" }
        explain = { into = "$.why", per_item = true }
        limits = { request = "1KiB", generic = "1KiB" }
        request = { hide = ["json:$.userId"] }
        response = { hide = ["header:link"] }
        generic = { keep_for = "10s", send = { authorization = { env = "GENERIC_TOKEN" } } }
        [report]
        metrics = "off"
        decisions = "off"
        [consent.gpc]
        honour = true
        remember = true
        [consent.tcf]
        gpp_cookies = ["__gpp"]
        [identity.visitors]
        [serve.tls]
        certificate = "cert.pem"
        key = { env = "JWT" }
    "#;
    assert!(policy(&format!("{SHORT}{silent}")).warnings().is_empty());
}

#[test]
fn an_endpoint_behind_the_customers_own_routes_is_warned_of() {
    let hidden = |path: &str, portal: &str| {
        let text = changed(SHORT, "path = \"/recommendations\"", &format!("path = \"{path}\""));
        let policy = policy(&format!("{text}\n[portal]\npath = \"{portal}\"\n"));
        policy.warnings().iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    let warning = "`/rapport/x`: the customer's own routes stand before this endpoint";
    assert_eq!(hidden("/rapport/x", "/rapport"), [warning]);
    for (path, portal) in [("/rapport/x", "/mine"), ("/rapports", "/rapport"), ("/{*all}", "/rapport")] {
        assert!(hidden(path, portal).is_empty(), "{path} {portal}");
    }
}

#[test]
fn a_policy_whose_tc_strings_can_grant_nothing_says_so() {
    let warnings = |tcf: &str| -> Vec<String> {
        let more = format!("[consent.tcf]\n[[consent.purposes]]\nname = \"record\"\n{tcf}");
        let other = "[[consent.purposes]]\nname = \"personalization\"\n[[consent.purposes]]\nname = \"cross_context\"\n\
                     [[consent.purposes]]\nname = \"special_category\"\n";
        policy(&format!("{SHORT}{more}{other}")).warnings().iter().map(ToString::to_string).collect()
    };
    assert_eq!(warnings("tcf = { purposes = [5] }\n"), [""; 0]);
    assert_eq!(warnings("tcf = { custom = [1] }\n"), [""; 0]);
    for nothing in ["", "tcf = { purposes = [] }\n"] {
        let warnings = warnings(nothing);
        assert!(
            warnings.len() == 1 && warnings[0].starts_with("`consent.tcf`: no TC string grants anything"),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_policy_is_shared_by_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Policy>();
    shared::<Diagnostics>();
}
