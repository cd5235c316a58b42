//! What texts with places in them read.

use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};

use super::{
    tried::{labelled, told},
    *,
};

#[test]
fn templates_read_what_their_item_shows() {
    let plan = plan([
        ("$.items[*].reason", text("You like {$.category[0]} at {$.score}")),
        ("$.items[*].score", round(0.5)),
        ("$.items[*].category[1]", Treatment::Remove),
        ("$.title", text("outside")),
    ]);
    for (item, left) in [
        // The reason may stand before what it reads.
        (
            r#"{"reason":"?", "category":["a\"b","c"], "score":0.8734}"#,
            r#"{"reason":"You like a\"b at 1", "category":["a\"b"], "score":1}"#,
        ),
        (
            r#"{ "category": ["\u0061"] , "score":1e0 , "reason":"?" }"#,
            r#"{ "category": ["\u0061"] , "score":1 , "reason":"You like a at 1" }"#,
        ),
        // Missing, null, no scalar, removed, of another type.
        (r#"{"reason":"?","score":1}"#, r#"{"score":1}"#),
        (r#"{"reason":"?","score":1,"category":[null]}"#, r#"{"score":1,"category":[null]}"#),
        (r#"{"reason":"?","score":1,"category":[["a"]]}"#, r#"{"score":1,"category":[["a"]]}"#),
        (r#"{"reason":"?","score":"high","category":["a"]}"#, r#"{"category":["a"]}"#),
        (r#"{"reason":1,"score":1,"category":["a"]}"#, r#"{"score":1,"category":["a"]}"#),
    ] {
        let body = format!("{{\"items\": [ {item} , {item}]}}");
        assert_eq!(shaped(&plan, &body), format!("{{\"items\": [ {left} , {left}]}}"));
    }
    assert_eq!(shaped(&plan, r#"{"title":"t","items":["reason"]}"#), r#"{"items":["reason"]}"#);
}

#[test]
fn a_template_sees_neither_hidden_values_nor_finer_ones() {
    let grid = || Treatment::GeoTo(GeoTo::parse("1km").unwrap());
    for rules in [
        [("$.items[*].say", text("{$.at[0]}")), ("$.items[*].at", grid()), ("$.none", Treatment::Keep)],
        [("$.items[*].say", text("{$.at[0]}")), ("$.items[*].at", Treatment::Remove), ("$.none", Treatment::Keep)],
        [("$.items[*].say", text("{$.at[0]}")), ("$..at[0]", Treatment::Null), ("$.none", Treatment::Keep)],
        [("$.items[*].say", text("{$.at[0]}")), ("$.items[*].at[0]", text("{$.say}")), ("$.none", Treatment::Keep)],
    ] {
        let out = shaped(&plan(rules), r#"{"items":[{"at":[13.405, 52.52],"say":"?"}]}"#);
        assert!(!out.contains("say"), "{out}");
    }
}

#[test]
fn a_template_reads_nothing_that_first_cuts_off() {
    let grid = || Treatment::GeoTo(GeoTo::parse("1km").unwrap());
    for (rules, element, left) in [
        // Filled, an element with one inside, not filled (so that the next one stands there), in what is then no pair.
        (vec![("$.items[*].tags[0]", text("A"))], r#""x""#, r#""tags":["A"]"#),
        (vec![("$.items[*].tags[0][0]", text("A"))], r#"["x"]"#, r#""tags":[["A"]]"#),
        (vec![("$.items[*].tags[0]", text("{$.none}"))], r#""x""#, r#""tags":["second"]"#),
        (
            vec![("$.items[*].tags[0]", grid()), ("$.items[*].tags[0][0]", text("{$.none}"))],
            r#"["x",13.405,52.52]"#,
            r#""tags":["second"],"reason":"second""#,
        ),
    ] {
        let always = [("$.items[*].tags", Treatment::first(1).unwrap()), ("$.items[*].reason", text("{$.tags[1]}"))];
        let rules = rules.into_iter().chain(always).map(|(place, treatment)| (path(place), treatment));
        let plan = Arc::new(JsonPlan::new(rules, Some(&path("$.items[*]"))));
        let body = format!(r#"{{"items":[{{"tags":[{element},"second"],"reason":"r"}}]}}"#);
        assert_eq!(shaped(&plan, &body), format!(r#"{{"items":[{{{left}}}]}}"#), "{body}");
    }
}

#[test]
fn without_an_item_path_the_document_is_the_item() {
    let rules = [(path("$.a.hello"), text("Hello {$.b}"))];
    let plan = Arc::new(JsonPlan::new(rules, None));
    assert_eq!(shaped(&plan, r#"{"a":{"hello":""},"b":"you"}"#), r#"{"a":{"hello":"Hello you"},"b":"you"}"#);
}

/// An item whose members come from here: in any order, some twice, some not as they usually are.
fn items() -> impl Strategy<Value = String> {
    let members = [
        r#""id":1"#,
        r#""id":"2""#,
        r#""reason":"since you looked at it""#,
        r#""reason":"since you looked at it""#,
        r#" "reason" : "\u0061""#,
        r#""reason":5"#,
        r#""reason":{"x":1}"#,
        r#""category":["a\"b","c"]"#,
        r#""category":[ "\u0061" , [1] ]"#,
        r#""category":[]"#,
        r#""category":[null,"x"]"#,
        r#""category":{"0":"no"}"#,
        r#""category":"boots""#,
        r#""price":0.8734"#,
        r#""price":-12e-1"#,
        r#""price":"high""#,
        r#""brand":{"name":"N","of":{"id":"7","of":[]}}"#,
        r#""brand":{"na\u006de":"M","name":["x"],"more":[{"name":"?"}]}"#,
        r#""brand":{}"#,
        r#""brand":"B""#,
        r#""basis":{"of":"popular"}"#,
        r#""basis":{"of":"popular"}"#,
        r#""basis":{"of":"popular","of":"popular"}"#,
        r#""basis":[{"of":"popular"}]"#,
        r#""basis":"popular""#,
        r#""other":{"deep":[1,{"a":"b"}]}"#,
        r#""other":{"deep":[{"a":"b"},{"a":1,"b":0.3,"c":"\u0061"}],"b":[]}"#,
        r#""other":[{"b":"B","a":{"b":7.26}}]"#,
        r#""other":{"at":[48.137154, 11.576124],"b":[1,"]",[2]],"state":"{\"b\":0.7,\"a\":\"A\"}"}"#,
        r#""items":[{"reason":"inside","x":1,"price":1.3},{}]"#,
        r#""a rather long key, and a letter: \u00e4":1.5"#,
    ];
    vec(select(members.to_vec()), 0..20).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// Templates on the reason, beside rules on what they read, and on what the item says of itself.
fn rules() -> impl Strategy<Value = Arc<JsonPlan>> {
    let templates = [
        "Because you like {$.category[0]}",
        "{$.brand.name} {$.brand.of.id} at {$.price}",
        "{$.category} {$.id}",
        "{$.category[1][0]}",
        "{$.reason}",
        "just so",
    ];
    let others = [
        ("$.items[*].price", round(0.5)),
        ("$.items[*].category[1]", Treatment::Remove),
        ("$.items[*].category", Treatment::Null),
        ("$.items[*].brand", Treatment::Remove),
        ("$.items[*].brand", replace(r#""nobody""#)),
        ("$.items[*].brand.of.id", Treatment::Null),
        ("$.items[*].id", text("{$.price}")),
        ("$.items[*].basis", Treatment::Remove),
        ("$..of", Treatment::Remove),
        ("$.items[*].other", Treatment::Remove),
        ("$.items[*].other.deep[0]", Treatment::Remove),
        ("$.items[*].other.deep[*].a", text("{$.category[0]} {$.price}")),
        ("$.items[*].other..b", round(0.5)),
        ("$.items[*].other.deep", Treatment::first(1).unwrap()),
        ("$.items[*].other.at", Treatment::GeoTo(GeoTo::parse("1km").unwrap())),
        ("$..x", Treatment::Remove),
        ("$..a", text("so {$.id}")),
    ];
    let only = ["$.items[*].reason", "$.items[*].other.deep", "$.items[*]['brand','items']", "$.items[*].price"];
    let items = ["$.items[*]", "$.items[*]", "$..items[*]"];
    let all = (select(templates.to_vec()), vec(select(others.to_vec()), 0..4), vec(select(only.to_vec()), 0..3));
    (all, any::<bool>(), select(items.to_vec())).prop_map(|((template, others, only), is_nested, item)| {
        let rules = [("$..reason", text(template))].into_iter().chain(others);
        let nested = is_nested.then(|| (path("$.items[*].other.state"), Nested::Json));
        Arc::new(JsonPlan::of(JsonRules {
            rules: rules.map(|(place, treatment)| (path(place), treatment)).collect(),
            item: Some(path(item)),
            nested: nested.into_iter().collect(),
            only: (!only.is_empty()).then(|| only.into_iter().map(path).collect()),
        }))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn items_that_come_whole_leave_as_those_that_come_in_pieces(
        items in vec(items(), 1..6),
        plan in rules(),
        is_labelled in any::<bool>(),
        limits in (select(vec![60, 200, 1 << 20]), select(vec![3, 4, 5, 64])),
        size in 1..100_usize,
        wrong in option::weighted(0.2, (any::<Index>(), select(vec!['x', ']', '}', '"', ' ']))),
    ) {
        let limits = Limits { item: limits.0, depth: limits.1 };
        let choice = if is_labelled { labelled("$.basis.of") } else { anybodys_items("$.items[*]") };
        let mut body = format!(r#"{{"items":[{}],"more":"{}"}}"#, items.join(" , "), ".".repeat(64));
        wrong.into_iter().for_each(|(at, wrong)| body.insert(at.index(body.len()), wrong));
        let pieces = |size: usize| body.as_bytes().chunks(size).collect::<Vec<_>>();
        let chosen = |size: usize| told(&plan, &choice, limits, &pieces(size));
        let alone = |size: usize| {
            let (mut shaper, mut out) = (JsonShaper::new(Arc::clone(&plan), limits), Vec::new());
            let outcome = pieces(size).iter().try_for_each(|piece| shaper.write(piece, &mut out));
            let outcome = outcome.and_then(|()| shaper.end(&mut out));
            let kind = outcome.err().map(|doubt| doubt.kind());
            (String::from_utf8(out).unwrap(), kind, shaper.matched().collect::<Vec<_>>())
        };
        let bytes = (chosen(1), alone(1));
        // Twice: what comes again is expected.
        for size in [body.len(), body.len(), size] {
            prop_assert_eq!(&(chosen(size), alone(size)), &bytes, "{} by {}", &body, size);
        }
    }
}

#[test]
fn usual_items_are_walked_through_once() {
    let item = |id: u8| {
        format!(
            r#"{{"id":{id},"reason":"?","category":["a",{{"b":[]}}],"hidden":{{"x":1}},"none":[],"basis":{{"of":"popular"}}}}"#
        )
    };
    let body = format!(r#"{{"items":[{}],"more":"{}"}}"#, [1, 2, 3, 4].map(item).join(", "), ".".repeat(64));
    let plan = plan([
        ("$.items[*].reason", text("{$.category[0]}")),
        ("$.items[*].hidden", Treatment::Remove),
        ("$.items[*].hidden.x", Treatment::Remove),
        ("$.items[*].none[*].x", Treatment::Remove),
    ]);
    for choice in [labelled("$.basis.of"), anybodys_items("$.items[*]")] {
        let (mut shaper, mut out) = (JsonShaper::choosing(plan.clone(), Limits::default(), choice, None), Vec::new());
        shaper.write(body.as_bytes(), &mut out).unwrap();
        // Each walk through an item marks it first.
        assert!(shaper.state.as_ref().unwrap().spare.blocks().is_empty());
        shaper.end(&mut out).unwrap();
        let shown = body.replace(r#""?""#, r#""a""#).replace(r#","hidden":{"x":1}"#, "");
        assert_eq!(String::from_utf8(out).unwrap(), shown);
    }
}

#[test]
fn what_is_hidden_is_not_searched_deeper_than_what_is_read_there() {
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let item = format!(r#"{{"id":1,"basis":{{"x":{deep},"of":"popular"}},"reason":"?"}}"#);
    let body = format!(r#"{{"items":[{item}],"more":"{}"}}"#, ".".repeat(64));
    let plan = plan([("$.items[*].basis", Treatment::Remove), ("$..of", Treatment::Remove)]);
    let pass = move || {
        let limits = Limits { depth: 65_536, ..Limits::default() };
        told(&plan, &labelled("$.basis.of"), limits, &[body.as_bytes()])
    };
    let passed = std::thread::Builder::new().stack_size(256 << 10).spawn(pass).unwrap().join().unwrap();
    let left = format!(r#"{{"items":[{{"id":1,"reason":"?"}}],"more":"{}"}}"#, ".".repeat(64));
    assert_eq!((passed.0, passed.1), (left, None));
}

#[test]
fn an_item_is_filled_by_what_it_has_itself() {
    let plan = plan([("$.items[*].reason", text("{$.a} {$.b[0]}")), ("$.items[*].c.x", Treatment::Remove)]);
    let items = [
        r#"{"reason":"?","a":"A","b":["B"],"c":{"x":1}}"#,
        r#"{"reason":"?","b":["B"],"c":{"x":1,"y":2}}"#,
        r#"{"reason":"?","a":"A","b":[],"c":{"y":2}}"#,
        r#"{"reason":"?","a":"C","b":["D"],"c":[]}"#,
    ];
    let body = format!(r#"{{"items":[{}],"more":"{}"}}"#, items.join(","), ".".repeat(64));
    let left = [
        r#"{"reason":"A B","a":"A","b":["B"],"c":{}}"#,
        r#"{"b":["B"],"c":{"y":2}}"#,
        r#"{"a":"A","b":[],"c":{"y":2}}"#,
        r#"{"reason":"C D","a":"C","b":["D"],"c":[]}"#,
    ];
    for _ in 0..2 {
        assert_eq!(shaped(&plan, &body), body.replace(&items.join(","), &left.join(",")));
    }
}
