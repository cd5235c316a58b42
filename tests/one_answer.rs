//! Promise 7, bounded: what is kept of one answer, every buffer of every part that reads it together, is never more than
//! [`shaping`](tower_rapport::shaping) says. Counted, in a test of its own, so that nothing else is counted.
#![cfg(all(feature = "html", feature = "encoding"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use tower_rapport::{
    policy::Policy,
    relationship::Stage,
    shaping::{
        Doubt, DoubtKind,
        encoding::{Coding, Decoder, Encoder, Progress},
        json::Limits,
        media::Media,
        plan::Plan,
        shaper::Shaper,
    },
};

const ITEM: usize = 256 << 10;
const LIMITS: Limits = Limits { item: ITEM, depth: 128 };

/// Fourteen items, and what does not depend on how large one is.
const MOST: usize = 14 * ITEM + (512 << 10);

/// Of a page ten times what its parser may use, which is an item and 256 KiB.
const MOST_OF_PAGES: usize = 10 * (ITEM + (256 << 10));

/// What is just no larger than an item, with some members around it.
const LARGE: usize = ITEM - 1024;

const POLICY: &str = r##"
[identity]
issuer   = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "PSEUDONYM" }

[[identity.keys]]
alg    = "HS256"
secret = { env = "JWT" }

[data.observed]
purpose = "personalization"
from    = "new"

[[endpoints]]
name   = "json"
path   = "/json"
fields = [
    { path = "$..name", data = "provided", steps = { new = "null" } },
    { path = "$..said", data = "provided", steps = { new = { initial = true } } },
    { path = "$..at", data = "provided", steps = { new = { geo_to = "1km" } } },
    { path = "$..old[*]", data = "provided", steps = { new = { replace = "as others did before you" } } },
]
nested = [{ path = "$..state", kind = "json" }, { path = "$..page", kind = "html" }]
html   = [
    { select = ".said", data = "provided", steps = { new = { initial = true } } },
    { script = "#state" },
]
items  = { path = "$.items[*]", id = "$.id", data = "observed", share = { new = 0.5 } }

[[endpoints]]
name   = "lines"
path   = "/lines"
fields = [{ path = "$..name", data = "provided", steps = { new = "null" } }]
nested = [{ path = "$..state", kind = "json" }]
items  = { path = "$", id = "$.id", data = "observed", share = { new = 0.5 } }

[[endpoints]]
name   = "page"
path   = "/page"
fields = [{ path = "$..name", data = "provided", steps = { new = "null" } }]
nested = [{ path = "$..state", kind = "json" }]
html   = [
    { select = ".name", data = "provided", steps = { new = "remove" } },
    { select = ".said", data = "provided", steps = { new = { initial = true } } },
    { script = "#state" },
]
items  = { select = ".card", id = "@data-id", data = "observed", share = { new = 0.5 } }

[store]
memory = {}
"##;

#[test]
fn of_json_no_more_is_kept_than_is_told() {
    let item = |at: usize, member: &str| format!(r#"{{"id":{at},{member}}}"#);
    let list = |items: &[String]| format!(r#"{{"items":[{}]}}"#, items.join(","));
    let three = |before: &str, member: &str| list(&[1, 2, 3].map(|at| format!("{before}{}", item(at, member))));
    for (name, body) in [
        ("a value that waits for its end", format!(r#"{{"said":"{}"}}"#, x(LARGE))),
        ("a pair that waits for its end", format!(r#"{{"at":[1.{},2]}}"#, "0".repeat(LARGE))),
        ("white space before items, as large as they are", three(&blanks(LARGE), &format!(r#""a":"{}""#, x(LARGE)))),
        ("keys of items", format!(r#"{{"items":{{"{}":[{}],"b":1,"c":2}}}}"#, x(LARGE), blanks(LARGE - 10))),
        ("a long value in a document in an item", three("", &format!(r#""state":{}"#, string(&nest(1, LARGE, 0))))),
        ("a page with a script in an item", three("", &format!(r#""page":{}"#, string(&page(LARGE / 4))))),
        ("constants in an item", three("", &format!(r#""old":[{}1]"#, "1,".repeat(2_000)))),
    ] {
        assert_bounded(name, Media::Json, "/json", body.as_bytes(), Ok(()), MOST);
    }
    for depth in [2, 3, 4, 6, 8, 10, 12] {
        let long =
            (1..LARGE / 1000).rev().map(|size| string(&nest(depth, size * 1000, 0))).find(|nest| nest.len() < LARGE);
        for state in [long.unwrap(), string(&nest(depth, 1, 5_000))] {
            let body = three("", &format!(r#""state":{state}"#));
            assert_bounded(&format!("{depth} in each other"), Media::Json, "/json", body.as_bytes(), Ok(()), MOST);
        }
    }
}

#[test]
fn of_lines_and_events_no_more_is_kept_than_is_told() {
    let line = |at: usize| format!("{}{{\"id\":{at},\"a\":\"{}\"}}\n", blanks(LARGE), x(LARGE));
    let lines: String = (1..7).map(line).collect();
    assert_bounded("lines", Media::Lines, "/lines", lines.as_bytes(), Ok(()), MOST);
    let state = string(&nest(4, LARGE / 2, 0));
    let lines: String = (1..7).map(|at| format!("{{\"id\":{at},\"state\":{state}}}\n")).collect();
    assert_bounded("documents in documents of lines", Media::Lines, "/lines", lines.as_bytes(), Ok(()), MOST);
    let records: String = (1..7).map(|at| format!("\u{1e}{}", line(at))).collect();
    assert_bounded("records", Media::Sequence, "/lines", records.as_bytes(), Ok(()), MOST);
    let event = |at: usize| {
        let (white, long) = (blanks(LARGE), x(LARGE));
        format!(
            "data:{white}{{\"items\":[{white}{{\"id\":{at},\"a\":\"{long}\"}},{{\"id\":1{at},\"a\":\"{long}\"}}]}}\n\n"
        )
    };
    let events: String = (1..7).map(event).collect();
    assert_bounded("events", Media::Events, "/json", events.as_bytes(), Ok(()), MOST);
}

#[test]
fn of_pages_no_more_is_kept_than_is_told() {
    let cards = |inside: &dyn Fn(usize) -> String| {
        (1..7).map(|at| format!("<div class=card data-id='{at}'>{}</div>", inside(at))).collect::<String>()
    };
    let state = |size: usize| {
        format!(r#"<script id=state type=application/json>{{"state":{}}}</script>"#, string(&nest(6, size, 0)))
    };
    for (name, body, ends) in [
        ("elements in each other, and no end", "<p class=name>".repeat(300_000), Err(DoubtKind::TooLarge)),
        ("a tag", format!("<i class=said title='{}'></i>", x(2 * LARGE)), Ok(())),
        ("a text that waits for its end", format!("<i class=said>{}</i>", x(LARGE)), Ok(())),
        ("documents in documents in a script", state(LARGE / 2), Ok(())),
        ("items", cards(&|at| x(LARGE - at)), Ok(())),
        ("items of what is escaped", cards(&|at| "\"".repeat(LARGE / 2 - at)), Ok(())),
        ("items of what is escaped six times as long", cards(&|at| "\u{1}".repeat(LARGE / 6 - at)), Ok(())),
        ("items with scripts", cards(&|at| format!("{}{}", x(at), state(LARGE / 4))), Ok(())),
    ] {
        assert_bounded(name, Media::Html { is_utf8: true }, "/page", body.as_bytes(), ends, MOST_OF_PAGES);
    }
}

#[test]
fn of_what_unfolds_no_more_is_kept_than_is_told() {
    let before =
        format!(r#"{{"items":[{}{{"id":1,"state":{}}},{{"id":2,"a":""#, blanks(LARGE), string(&nest(6, LARGE / 2, 0)));
    let body = [before.as_bytes(), &vec![b'x'; 100 << 20]].concat();
    for codings in [&[Coding::Gzip][..], &[Coding::Gzip; 4]] {
        let bomb = codings.iter().fold(body.clone(), |body, coding| {
            let (mut encoder, mut out) = (Encoder::new(*coding).unwrap(), Vec::new());
            encoder.write(&body, &mut out).and_then(|()| encoder.end(&mut out)).unwrap();
            out
        });
        let (plan, bomb) = (plan("/json"), Bytes::from(bomb));
        let mut ended = Ok(());
        let counted = allocation_counter::measure(|| ended = unfold(&plan, codings, bomb));
        assert_eq!(ended.map_err(|doubt| doubt.kind()), Err(DoubtKind::Bomb), "{codings:?}");
        // Each coding has a block and a window.
        assert_most(&format!("{codings:?}"), counted.bytes_max, MOST + codings.len() * (128 << 10));
    }
}

fn unfold(plan: &Plan, codings: &[Coding], mut input: Bytes) -> Result<(), Doubt> {
    let chosen = plan.choice().map(|choice| (Arc::clone(choice), None));
    let (mut shaper, mut decoder) = (Shaper::by(Media::Json, plan, LIMITS, chosen), Decoder::new(codings).unwrap());
    loop {
        let mut block = Vec::new();
        if decoder.step(&mut input, &mut block)? == Progress::Hungry {
            return shaper.end(&mut Vec::new());
        }
        shaper.write(&block, &mut Vec::new())?;
    }
}

/// Shapes a body, in large pieces and in small ones; what leaves is gone after each.
fn assert_bounded(name: &str, media: Media, path: &str, body: &[u8], ends: Result<(), DoubtKind>, most: usize) {
    let plan = plan(path);
    for piece in [64 << 10, 1 << 10] {
        let mut ended = None;
        let counted = allocation_counter::measure(|| {
            let chosen = plan.choice().map(|choice| (Arc::clone(choice), None));
            let mut shaper = Shaper::by(media, &plan, LIMITS, chosen);
            let written = body.chunks(piece).try_for_each(|piece| shaper.write(piece, &mut Vec::new()));
            ended = Some(written.and_then(|()| shaper.end(&mut Vec::new())).map_err(|doubt| doubt.kind()));
        });
        assert_eq!(ended.unwrap(), ends, "{name}");
        assert_most(&format!("{name}, in pieces of {piece}"), counted.bytes_max, most);
    }
}

fn assert_most(name: &str, bytes: u64, most: usize) {
    println!("{name}: {bytes} bytes, {:.1} items", bytes as f64 / ITEM as f64);
    assert!(bytes <= most as u64, "{name}: {bytes} bytes, and no more than {most} are told");
}

fn plan(path: &str) -> Arc<Plan> {
    let secret = |_: &str| Some("a secret of 32 bytes at the least".to_owned());
    let policy = Policy::from_toml("rapport.toml", POLICY, secret).unwrap();
    let granted = policy.rules().purposes.set_of("personalization");
    policy.endpoint(&Method::GET, path).unwrap().endpoint.plans.plan(Stage::LOWEST, granted)
}

/// Documents in strings, so many in each other, around a long text; in each so many elements that become longer.
fn nest(depth: usize, long: usize, elements: usize) -> String {
    let old = vec!["1"; elements].join(",");
    let innermost = format!(r#"{{"a":"{}"}}"#, x(long));
    (1..depth).fold(innermost, |inner, _| format!(r#"{{"old":[{old}],"state":{}}}"#, string(&inner)))
}

fn page(long: usize) -> String {
    let state = string(&nest(2, long, 0));
    format!("<p class=said>{}</p><script id=state type=application/json>{{\"state\":{state}}}</script>", x(long))
}

fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn x(size: usize) -> String {
    "x".repeat(size)
}

fn blanks(size: usize) -> String {
    " ".repeat(size)
}
