//! Promise 7, bounded: whatever a body contains, and however much of it, it is shaped in steps that grow as it does, in memory
//! that does not. Both are counted: allocations here, instructions by valgrind.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod documents;
mod lists;

use std::{env, fs, hint::black_box, process::Command, sync::Arc};

use lists::Spec;
use tower_rapport::shaping::{
    DoubtKind,
    json::{JsonPlan, JsonRules, Limits, Nested},
    media::Media,
    path::Path,
    shaper::Shaper,
    treatment::{Decimal, RoundTo, Template, Treatment},
};

/// A body that somebody made to hurt, of any size, and the rules that it meets.
struct Case {
    name: &'static str,
    shaper: fn(usize) -> Shaper,
    body: fn(usize) -> Pieces,
    ends: Result<(), DoubtKind>,
    /// How large it is to see how it grows.
    small: usize,
    /// How large it is to see how much is kept, and how many bytes that may be.
    large: usize,
    kept: u64,
}

impl Case {
    /// As many as `by_many` makes; of others there are few.
    fn rules(&self) -> u64 {
        if self.name.starts_with("ten thousand rules") { self.large as u64 } else { 0 }
    }
}

/// A body is made as it is read: it is not to be in memory itself.
type Pieces = Box<dyn Iterator<Item = String>>;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// What is larger than this is not looked at whole.
const SMALL: Limits = Limits { item: 256 << 10, depth: 128 };

const CASES: &[Case] = &[
    Case {
        name: "arrays in arrays, and no end",
        shaper: |_| by(&[("$..a", Treatment::Null)], Limits::default()),
        body: |size| repeated(size, |_| "[".into()),
        ends: Err(DoubtKind::TooDeep),
        small: 2_000,
        large: 100_000,
        kept: 64 * KIB,
    },
    Case {
        name: "arrays in arrays, as many as are allowed",
        shaper: |_| by(&[("$..a", Treatment::Null)], Limits { depth: 100_000, ..Limits::default() }),
        body: |size| Box::new(repeated(size, |_| "[".into()).chain(repeated(size, |_| "]".into()))),
        ends: Ok(()),
        small: 2_000,
        large: 100_000,
        // A few words for each that is open.
        kept: 32 * MIB,
    },
    Case {
        name: "objects in objects, under descendants of descendants",
        shaper: |_| {
            let rules = ["$..a..b..a..b", "$..a..a..a", "$..b.a..b.a", "$..*..a..*", "$..a.a.a.a.a.a.a..b"];
            by(&rules.map(|path| (path, round())), Limits::default())
        },
        body: |size| {
            let nested = format!("{}1{}", r#"{"a":{"b":"#.repeat(60), "}".repeat(120));
            list("", size, move |_| nested.clone(), "")
        },
        ends: Ok(()),
        small: 4,
        large: 1_000,
        kept: 128 * KIB,
    },
    Case {
        name: "a million keys, some of them long",
        shaper: |_| by(&[("$.customer", Treatment::Remove), ("$..score", round())], Limits::default()),
        body: |size| {
            let member = |at: usize| format!(r#""key {at} {}":{at},"#, "x".repeat(at % 7 * (at % 5)));
            Box::new(one("{").chain(repeated(size, member)).chain(one(r#""customer":0}"#)))
        },
        ends: Ok(()),
        small: 1_000,
        large: 1_000_000,
        kept: 256 * KIB,
    },
    Case {
        name: "one key a million times",
        shaper: |_| by(&[("$.a", Treatment::Remove), ("$..score", round())], Limits::default()),
        body: |size| Box::new(one("{").chain(repeated(size, |_| r#""a":[0],"#.into())).chain(one(r#""a":0}"#))),
        ends: Ok(()),
        small: 1_000,
        large: 1_000_000,
        kept: 256 * KIB,
    },
    Case {
        name: "a text of 100 MB that leaves",
        shaper: |_| by(&[("$.b", Treatment::Remove)], Limits::default()),
        body: |size| text(r#"{"a":""#, size, r#"","b":0}"#),
        ends: Ok(()),
        small: 4,
        large: 1_600,
        kept: 256 * KIB,
    },
    Case {
        name: "a text of 100 MB that is hidden",
        shaper: |_| by(&[("$.a", Treatment::Remove)], Limits::default()),
        body: |size| text(r#"{"a":""#, size, r#"","b":0}"#),
        ends: Ok(()),
        small: 4,
        large: 1_600,
        kept: 256 * KIB,
    },
    Case {
        name: "a text of 100 MB that is to be coarsened",
        shaper: |_| by(&[("$.a", Treatment::Initial)], SMALL),
        body: |size| text(r#"{"a":""#, size, r#"","b":0}"#),
        ends: Ok(()),
        small: 5,
        large: 1_600,
        kept: MIB,
    },
    Case {
        name: "a key of 100 MB",
        shaper: |_| by(&[("$.a", Treatment::Initial)], SMALL),
        body: |size| text("{\"", size, "\":0}"),
        ends: Err(DoubtKind::TooLarge),
        small: 5,
        large: 1_600,
        kept: MIB,
    },
    Case {
        name: "white space, 100 MB of it",
        shaper: |_| by(&[("$.a", Treatment::Initial)], SMALL),
        body: |size| Box::new(one("{").chain(repeated(size, |_| " \n\t ".repeat(16_384))).chain(one("}"))),
        ends: Err(DoubtKind::TooLarge),
        small: 5,
        large: 1_600,
        kept: MIB,
    },
    Case {
        name: "an item of 100 MB",
        shaper: |_| choosing(SMALL, 1_000),
        body: |size| text("{\"items\":[{\"id\":\"", size, "\"},{\"id\":\"p1\"}]}"),
        ends: Ok(()),
        small: 5,
        large: 1_600,
        kept: MIB,
    },
    Case {
        name: "a number of a million digits",
        shaper: |_| by(&[("$[0]", round())], Limits { item: 8 << 20, ..Limits::default() }),
        body: |size| Box::new(one("[").chain(repeated(size, |_| "12345".into())).chain(one(".5]"))),
        ends: Ok(()),
        small: 1_000,
        large: 200_000,
        kept: 8 * MIB,
    },
    Case {
        name: "ten thousand rules that all lie on the way",
        shaper: |size| by_many(size, |at| format!("$.items[*].field{at}")),
        body: |size| list(r#"{"items":"#, 10, move |_| object(size), "}"),
        ends: Ok(()),
        small: 100,
        large: 10_000,
        kept: MIB,
    },
    Case {
        name: "ten thousand rules, each with a way of its own",
        shaper: |size| by_many(size, |at| format!("$.a{at}.b{at}..c{at}[*].d")),
        body: |size| list(r#"{"items":"#, 10, move |_| object(size), "}"),
        ends: Ok(()),
        small: 100,
        large: 10_000,
        kept: MIB,
    },
    Case {
        name: "ten thousand rules, each for any place",
        shaper: |size| by_many(size, |at| format!("$..field{at}")),
        body: |size| list(r#"{"items":"#, 10, move |_| object(size), "}"),
        ends: Ok(()),
        small: 100,
        large: 10_000,
        kept: MIB,
    },
    Case {
        name: "rules that alternate from item to item",
        shaper: |_| {
            let rules = [
                ("$.items[0::2].a", Treatment::Remove),
                ("$.items[1::2].a", round()),
                ("$.items[0::3]", Treatment::Null),
                ("$.items[1::7].*", Treatment::Remove),
                ("$.items[*]['b','c']", Treatment::Initial),
            ];
            by(&rules, Limits::default())
        },
        body: |size| list(r#"{"items":"#, size, |at| format!(r#"{{"a":{at},"b":"Anna","c":["{at}"]}}"#), "}"),
        ends: Ok(()),
        small: 500,
        large: 200_000,
        kept: 256 * KIB,
    },
    Case {
        name: "templates at every place of every item",
        shaper: |_| {
            let say = Treatment::Text(Template::parse("{$.a} and {$.b[1]} and {$.c.d}").unwrap());
            let rules = [("$.items[*].*", say.clone()), ("$.items[*].*.*", say), ("$.items[*].a", round())];
            by(&rules, Limits::default())
        },
        body: |size| {
            let item = |at: usize| format!(r#"{{"x":"?","a":{at}.5,"b":["1","2"],"c":{{"d":"e","f":"?"}},"y":"?"}}"#);
            list(r#"{"items":"#, size, item, "}")
        },
        ends: Ok(()),
        small: 200,
        large: 50_000,
        kept: 256 * KIB,
    },
    Case {
        name: "a template in one item with a million members",
        shaper: |_| {
            let say = Treatment::Text(Template::parse("{$.a}").unwrap());
            by(&[("$.items[*].reason", say)], Limits { item: 64 << 20, ..Limits::default() })
        },
        body: |size| {
            let members = repeated(size, |at| format!(r#""a":"{at}","#));
            Box::new(one(r#"{"items":[{"#).chain(members).chain(one(r#""reason":"?"}]}"#)))
        },
        ends: Ok(()),
        small: 1_000,
        large: 1_000_000,
        // The item, and as much again while it grows.
        kept: 64 * MIB,
    },
    Case {
        name: "an item of empty objects, and hardly a string",
        shaper: |_| choosing(Limits::default(), 1000),
        body: |size| {
            let objects = repeated(size, |_| "{},".into());
            Box::new(one(r#"{"items":[{"id":"p1","category":["a"],"a":["#).chain(objects).chain(one("{}]}]}")))
        },
        ends: Ok(()),
        small: 500,
        large: 300_000,
        // The item, and as much again while it grows and is shaped.
        kept: 8 * MIB,
    },
    Case {
        name: "items that all have one id",
        shaper: |_| choosing(Limits::default(), 500),
        body: |size| list(r#"{"items":"#, size, |at| format!(r#"{{"id":"p1","category":["{at}"]}}"#), "}"),
        ends: Ok(()),
        small: 500,
        large: 100_000,
        kept: 512 * KIB,
    },
    Case {
        name: "items that all have another id",
        shaper: |_| choosing(Limits::default(), 300),
        body: |size| list(r#"{"items":"#, size, |at| format!(r#"{{"id":{at},"category":["{at}"]}}"#), "}"),
        ends: Ok(()),
        small: 500,
        large: 100_000,
        kept: MIB,
    },
    Case {
        name: "items with long ids and topics",
        shaper: |_| choosing(Limits::default(), 300),
        body: |size| {
            let long = |at: usize| format!(r#"{{"id":"{at}{0}","category":["{at}{0}"]}}"#, "ä".repeat(20_000));
            list(r#"{"items":"#, size, long, "}")
        },
        ends: Ok(()),
        small: 8,
        large: 3_000,
        kept: 2 * MIB,
    },
    Case {
        name: "items within items",
        shaper: |_| {
            let spec = Spec { share: vec![500; 4], ..spec() };
            let item = Path::parse("$..items[*]").unwrap();
            let plan = Arc::new(JsonPlan::new([(Path::parse("$..id").unwrap(), Treatment::Initial)], Some(&item)));
            Shaper::new(Media::Json, plan, Limits::default(), Some((spec.choice(item), None)))
        },
        body: |size| {
            let nested = format!("{}1{}", r#"{"items":["#.repeat(40), "]}".repeat(40));
            list(r#"{"items":"#, size, move |at| format!(r#"{{"id":"{at}","a":{nested}}}"#), "}")
        },
        ends: Ok(()),
        small: 50,
        large: 5_000,
        kept: 512 * KIB,
    },
    Case {
        name: "a template that puts a long value into every place of an item",
        shaper: |_| {
            let say = Treatment::Text(Template::parse("{$.long}").unwrap());
            by(&[("$.items[*].a[*]", say)], SMALL)
        },
        body: |size| {
            let long = "x".repeat(32 << 10);
            let item = move |_| format!(r#"{{"long":"{long}","a":[{}""]}}"#, r#""","#.repeat(10_000));
            list(r#"{"items":"#, size, item, "}")
        },
        ends: Ok(()),
        small: 2,
        large: 30,
        kept: 3 * MIB,
    },
    Case {
        name: "documents in strings in documents in strings",
        shaper: |_| {
            let rules = JsonRules {
                rules: vec![(Path::parse("$..name").unwrap(), Treatment::Remove)],
                nested: vec![(Path::parse("$..in").unwrap(), Nested::Json)],
                ..JsonRules::default()
            };
            Shaper::new(Media::Json, Arc::new(JsonPlan::of(rules)), SMALL, None)
        },
        body: |size| {
            let inner = |_| format!(r#"{{"name":"Anna","a":[{}1]}}"#, r#"{"b":1},"#.repeat(200));
            let string = |inner: String| format!(r#"{{"in":{},"name":1}}"#, serde_json::Value::from(inner));
            list("", size, move |at| (0..4).fold(inner(at), |inner, _| string(inner)), "")
        },
        ends: Ok(()),
        small: 2,
        large: 40,
        kept: MIB,
    },
    Case {
        name: "escapes and nothing else",
        shaper: |_| by(&[("$[*]['é']", Treatment::Remove), ("$[*].b", Treatment::Initial)], Limits::default()),
        body: |size| {
            let item = |_| format!(r#"{{"{0}":"{0}","\u00e9":"{0}","b":"{0}"}}"#, r"\u00e9\n\\\ud83d\ude00".repeat(20));
            list("", size, item, "")
        },
        ends: Ok(()),
        small: 50,
        large: 10_000,
        kept: 256 * KIB,
    },
    Case {
        name: "lines of an event with nothing in them",
        shaper: |_| by_media(Media::Events, &[("$.a", Treatment::Initial)], SMALL),
        body: |size| repeated(size, |_| "data:\n".into()),
        ends: Err(DoubtKind::TooLarge),
        small: 2_000,
        large: 1_000_000,
        kept: MIB,
    },
    Case {
        name: "an end of events, and lines with nothing in them",
        shaper: |_| by_media(Media::Events, &[("$.a", Treatment::Initial)], SMALL),
        body: |size| Box::new(one("data: [DONE]\n").chain(repeated(size, |_| "data: \n".into()))),
        ends: Ok(()),
        small: 2_000,
        large: 1_000_000,
        kept: MIB,
    },
    Case {
        name: "lines of an event's document",
        shaper: |_| by_media(Media::Events, &[("$[*].a", Treatment::Initial)], SMALL),
        body: |size| {
            let lines = repeated(size, |at| format!("data:{{\"a\":\ndata: \"{at}\"}},\n"));
            Box::new(one("data:[\n").chain(lines).chain(one("data:{}]\n\n")))
        },
        ends: Ok(()),
        small: 500,
        large: 100_000,
        kept: 256 * KIB,
    },
];

#[test]
fn what_is_kept_does_not_grow_with_the_body() {
    for case in CASES {
        let mut shaper = None;
        let info = allocation_counter::measure(|| shaper = Some((case.shaper)(case.large)));
        let plan = u64::try_from(info.bytes_current).unwrap();
        let mut ended = None;
        let info = allocation_counter::measure(|| ended = Some(shape(shaper.take().unwrap(), (case.body)(case.large))));
        println!("{}: {} bytes, and {plan} of its plan", case.name, info.bytes_max);
        assert_eq!(ended.unwrap(), case.ends, "{}", case.name);
        assert!(info.bytes_max <= case.kept, "{}: {} bytes", case.name, info.bytes_max);
        assert!(plan <= 64 * KIB + 4 * KIB * case.rules(), "{}: a plan of {plan} bytes", case.name);
    }
}

#[test]
fn steps_grow_as_the_body_does() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("dump");
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--zero-before=*count_from_here*", "--dump-before=*count_to_here*"])
        .arg(format!("--callgrind-out-file={}", dump.display()))
        .arg(env::current_exe().unwrap())
        .args(["--exact", "within_valgrind", "--nocapture"])
        .env(WITHIN, "1")
        .output()
        .expect("valgrind is needed; `tests/run` installs it");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut measured = (1..).map_while(|at| fs::read_to_string(format!("{}.{at}", dump.display())).ok()).map(|dump| {
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: "));
        total.unwrap().trim().parse::<f64>().unwrap()
    });
    for case in CASES {
        let [one, two, four] = [1, 2, 4].map(|_| measured.next().expect("each run leaves a count"));
        println!("{}: {one}, {two}, {four}", case.name);
        // Twice as much more costs twice as much more: where it is a square, it costs four times.
        let may_grow = 2.4 * (two - one).max(0.0) + 0.05 * two;
        assert!(four - two <= may_grow, "{}: {one}, {two}, {four} instructions", case.name);
    }
}

#[test]
fn within_valgrind() {
    if env::var_os(WITHIN).is_none() {
        return;
    }
    for case in CASES {
        for times in [1, 2, 4] {
            let body: Vec<String> = (case.body)(times * case.small).collect();
            count_from_here(case.shaper, times * case.small, body);
            count_to_here();
        }
    }
}

const WITHIN: &str = "TOWER_RAPPORT_WITHIN_VALGRIND";

/// What is counted; plans too.
#[inline(never)]
fn count_from_here(shaper: fn(usize) -> Shaper, size: usize, body: Vec<String>) {
    let _ = black_box(shape(shaper(size), Box::new(body.into_iter())));
}

#[inline(never)]
fn count_to_here() {
    black_box(());
}

fn shape(mut shaper: Shaper, mut body: Pieces) -> Result<(), DoubtKind> {
    let mut out = Vec::new();
    while let Some(piece) = opt_out(|| body.next()) {
        shaper.write(piece.as_bytes(), &mut out).map_err(|doubt| doubt.kind())?;
        out.clear();
        opt_out(|| drop(piece));
    }
    shaper.end(&mut out).map_err(|doubt| doubt.kind())
}

/// What the test itself needs is not counted.
fn opt_out<T>(run: impl FnOnce() -> T) -> T {
    let mut done = None;
    allocation_counter::opt_out(|| done = Some(run()));
    done.unwrap()
}

// ── Rules ────────────────────────────────────────────────────────────────────────────────────

fn by(rules: &[(&str, Treatment)], limits: Limits) -> Shaper {
    by_media(Media::Json, rules, limits)
}

fn by_media(media: Media, rules: &[(&str, Treatment)], limits: Limits) -> Shaper {
    let rules = rules.iter().map(|(path, treatment)| (Path::parse(path).unwrap(), treatment.clone()));
    let plan = JsonPlan::new(rules, Some(&Path::parse("$.items[*]").unwrap()));
    Shaper::new(media, Arc::new(plan), limits, None)
}

fn by_many(count: usize, path: fn(usize) -> String) -> Shaper {
    let treatments = [Treatment::Remove, Treatment::Null, Treatment::Initial, round()];
    let rules = (0..count).zip(treatments.iter().cycle());
    let rules = rules.map(|(at, treatment)| (Path::parse(&path(at)).unwrap(), treatment.clone()));
    Shaper::new(Media::Json, Arc::new(JsonPlan::new(rules, None)), Limits::default(), None)
}

fn choosing(limits: Limits, share: u16) -> Shaper {
    let item = Path::parse("$.items[*]").unwrap();
    let spec = Spec { share: vec![share; 4], ..spec() };
    let plan = Arc::new(JsonPlan::new([], Some(&item)));
    Shaper::new(Media::Json, plan, limits, Some((spec.choice(item), None)))
}

fn spec() -> Spec {
    Spec {
        labelled: false,
        has_id: true,
        has_topic: true,
        share: vec![0; 4],
        per_topic: Some(vec![2; 4]),
        quiet: None,
        filled: true,
        stage: 3,
        granted: 31,
    }
}

fn round() -> Treatment {
    Treatment::RoundTo(RoundTo::new(&Decimal::from(5)).unwrap())
}

// ── Bodies ───────────────────────────────────────────────────────────────────────────────────

fn one(text: &'static str) -> Pieces {
    Box::new([text.to_owned()].into_iter())
}

/// Pieces of some KiB.
fn repeated(count: usize, part: impl Fn(usize) -> String + 'static) -> Pieces {
    let mut at = 0;
    Box::new(std::iter::from_fn(move || {
        let mut piece = String::new();
        while at < count && piece.len() < 16 << 10 {
            piece.push_str(&part(at));
            at += 1;
        }
        (!piece.is_empty()).then_some(piece)
    }))
}

fn list(before: &'static str, count: usize, item: impl Fn(usize) -> String + 'static, behind: &'static str) -> Pieces {
    let items = repeated(count, move |at| if at == 0 { item(at) } else { format!(",{}", item(at)) });
    Box::new(one(before).chain(one("[")).chain(items).chain(one("]")).chain(one(behind)))
}

/// A text of so many times 64 KiB.
fn text(before: &'static str, count: usize, behind: &'static str) -> Pieces {
    let part = "Because you bought hiking boots, café crème; ";
    let piece = part.repeat((64 << 10) / part.len());
    Box::new(one(before).chain(repeated(count, move |_| piece.clone())).chain(one(behind)))
}

/// An object with a member for each of so many rules.
fn object(members: usize) -> String {
    let members: Vec<String> = (0..members).map(|at| format!(r#""field{at}":"{at}""#)).collect();
    format!("{{{}}}", members.join(","))
}
