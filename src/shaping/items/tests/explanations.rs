//! Items that say why they are shown.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::shaping::{
    json::{JsonRules, Nested},
    media::Media,
    shaper::Shaper,
};

/// `observed+special_category` for an item that was chosen by what somebody did, and has a quiet topic.
fn explained(choice: Choice) -> Choice {
    let says = |basis: Basis| {
        let classes: Vec<_> = basis.classes().map(DataClass::name).collect();
        format!("\"{}\"", classes.join("+"))
    };
    let explanations = Explanations::new("why", choice.items.bases(), says);
    choice.explained(Arc::new(explanations))
}

/// The same items, where `none` is the class of that name.
fn labelled(share: u16) -> Items {
    let words = [("cf".to_owned(), DataClass::Observed)].into();
    let data = ItemData::Labelled { at: path("$.basis"), words, unlabelled: DataClass::Provided };
    with_data(items(share), data)
}

/// What becomes of a body in pieces of this size.
fn shaped(
    choice: Choice,
    rules: &[(&str, Treatment)],
    size: usize,
    body: &str,
    generic: &str,
) -> Result<String, Doubt> {
    let choice = Arc::new(choice);
    // What the service says under that name does not leave.
    let why = choice.items.path().join(&path("$.why"));
    let rules = rules.iter().map(|(at, treatment)| (path(at), treatment.clone())).chain([(why, Treatment::Remove)]);
    let plan = Arc::new(JsonPlan::new(rules, Some(choice.items.path())));
    let filling = Filling::read(&choice, Limits::default(), &Bytes::from(generic.to_owned())).unwrap();
    let mut shaper = JsonShaper::choosing(plan, Limits::default(), choice, Some(Arc::new(filling)));
    let mut out = Vec::new();
    body.as_bytes().chunks(size).try_for_each(|piece| shaper.write(piece, &mut out))?;
    shaper.end(&mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn each_says_by_which_data_it_was_chosen() {
    let own = r#"{"items":[ {"id":1,"basis":"cf"} , {"id":2,"basis":"inferred"},{"id":3},{"basis":"provided","id":4,"topic":"grief" },{"id":5,"basis":"none"}]}"#;
    let generic = r#"{"items":[{"id":8},{"id":9, "why":"to please you"}]}"#;
    let all = labelled(1000).with_quiet(["grief".to_owned()], DataClass::Observed);
    // Of what has no topic it is not known whether it is quiet.
    let own = own.replace(r#""id""#, r#""topic":"x","id""#).replace(r#""topic":"x","id":4"#, r#""id":4"#);
    for size in 1..=own.len() {
        let choice = explained(choice(all.clone()));
        assert_eq!(
            shaped(choice, &[], size, &own, generic).unwrap(),
            concat!(
                r#"{"items":[ {"topic":"x","id":1,"basis":"cf","why":"observed"} ,{"id":8,"why":""},"#,
                r#"{"topic":"x","id":3,"why":"provided"},"#,
                r#"{"basis":"provided","id":4,"topic":"grief" ,"why":"provided+observed"},"#,
                r#"{"topic":"x","id":5,"basis":"none","why":""}]}"#
            ),
            "{size}"
        );
    }
}

#[test]
fn one_that_waited_says_by_which_data_it_was_chosen_itself() {
    let own = r#"{"items":[{"id":1,"basis":"provided"},{"id":2,"basis":"none"},{"id":3,"basis":"cf"}]}"#;
    let generic = r#"{"items":[{"id":7}]}"#;
    let out = shaped(explained(choice(labelled(400))), &[], 9, own, generic).unwrap();
    let kept = r#"{"items":[{"id":7,"why":""},{"id":2,"basis":"none","why":""},{"id":1,"basis":"provided","why":"provided"}]}"#;
    assert_eq!(out, kept);
}

#[test]
fn of_an_answer_that_anybody_sees_each_item_keeps_its_place_and_says_so() {
    let body = r#"{"items":[{"id":1},{"id":1,"why":"you"},7,{},{ },{"hidden":1},{"hidden":1,"a":{"items":[{}]}},[{}]],"more":{"why":1}}"#;
    let says = concat!(
        r#"{"items":[{"id":1,"why":""},{"id":1,"why":""},7,{"why":""},{ "why":""},{"why":""},"#,
        r#"{"a":{"items":[{}]},"why":""},[{}]],"more":{"why":1}}"#
    );
    let hidden = [("$.items[*].hidden", Treatment::Remove)];
    for size in 1..=body.len() {
        // Whatever holds for the customer: at the lowest stage nothing personal would be chosen.
        for share in [0, 1000] {
            let choice = explained(choice(all(share))).of_anybodys();
            assert_eq!(shaped(choice, &hidden, size, body, "{}").unwrap(), says, "{size}");
        }
    }
}

#[test]
fn what_a_rule_makes_of_a_whole_item_is_left_as_it_is() {
    let body = r#"{"items":[{"id":1},{"id":2},{"id":3}]}"#;
    for (treatment, expected) in [
        (Treatment::Null, r#"{"items":[{"id":1,"why":""},null,{"id":3,"why":""}]}"#),
        (Treatment::Remove, r#"{"items":[{"id":1,"why":""},{"id":3,"why":""}]}"#),
        (Treatment::Replace(Constant::parse("{}").unwrap()), r#"{"items":[{"id":1,"why":""},{},{"id":3,"why":""}]}"#),
    ] {
        let choice = explained(choice(all(0))).of_anybodys();
        assert_eq!(shaped(choice, &[("$.items[1]", treatment)], 99, body, "{}").unwrap(), expected);
    }
}

#[test]
fn a_document_that_is_an_item_of_anybodys_leaves_as_it_comes() {
    let everybodys = || Some((Arc::new(explained(choice(Items { path: path("$"), ..all(1000) })).of_anybodys()), None));
    let plan = Arc::new(JsonPlan::new([(path("$.why"), Treatment::Remove)], Some(&path("$"))));
    let limits = Limits { item: 100, ..Limits::default() };
    let shaper = |media| Shaper::new(media, Arc::clone(&plan), limits, everybodys());
    for (media, body, expected) in [
        (Media::Lines, "{\"id\":1}\nnull\n{}\n7", "{\"id\":1,\"why\":\"\"}\nnull\n{\"why\":\"\"}\n7"),
        (Media::Sequence, "\u{1e}null\n\u{1e}{\"why\":1}\n", "\u{1e}null\n\u{1e}{\"why\":\"\"}\n"),
        (Media::Events, "data: null\n\ndata: {\ndata: }\n\n", "data: null\n\ndata: {\ndata: \"why\":\"\"}\n\n"),
    ] {
        let (mut shaper, mut out) = (shaper(media), Vec::new());
        shaper.write(body.as_bytes(), &mut out).unwrap();
        shaper.end(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{media:?}");
    }
    // However large one is, nothing of it waits for its end.
    let (mut shaper, mut out) = (shaper(Media::Lines), Vec::new());
    shaper.write(b"{\"a\":[0", &mut out).unwrap();
    (0..1_000).for_each(|_| shaper.write(b",1234567", &mut out).unwrap());
    assert!(out.len() > 7_900, "{}", out.len());
}

/// Values in which items and documents in strings stand.
fn values() -> impl Strategy<Value = String> {
    let scalars = ["1", "null", "\"x\"", "\"cf\"", "\"none\"", "[1.23456,2.34567]", "{}", "[ ]"];
    select(scalars.map(str::to_owned).to_vec()).prop_recursive(4, 40, 5, |inner| {
        let key = select(vec!["id", "basis", "name", "items", "it\\u0065ms", "a", "content", "why", "w\\u0068y"]);
        let space = || select(vec!["", " ", "\n "]);
        let member = (key, space(), inner.clone()).prop_map(|(key, space, value)| format!("{space}\"{key}\":{value}"));
        let in_string = |json: String| serde_json::Value::from(json).to_string();
        prop_oneof![
            4 => (vec(member, 0..5), space()).prop_map(|(members, space)| format!("{{{}{space}}}", members.join(","))),
            2 => (vec(inner.clone(), 0..4), space()).prop_map(|(all, space)| format!("[{space}{}]", all.join(" ,"))),
            1 => inner.clone().prop_map(in_string),
            1 => inner.prop_map(move |value| in_string(format!(r#"{{"items":[{value}]}}"#))),
        ]
    })
}

/// Answers with a list, or with members as items.
fn answers() -> impl Strategy<Value = String> {
    (vec(values(), 0..6), values(), any::<bool>()).prop_map(|(items, content, is_list)| {
        let members = || items.iter().enumerate().map(|(at, item)| format!("\"k{at}\": {item}")).collect::<Vec<_>>();
        let items = if is_list { format!("[ {} ]", items.join(" ,")) } else { format!("{{{}}}", members().join(",")) };
        format!(r#"{{"items": {items},"content":{content}}}"#)
    })
}

/// Rules around, on and in items; what alone leaves; and where documents stand in strings.
fn rules() -> impl Strategy<Value = JsonRules> {
    let text = |template| Treatment::Text(Template::parse(template).unwrap());
    let rules = vec![
        ("$.items[*].name", text("{$.id}")),
        ("$..name", text("x {$.a} {$.why}")),
        ("$.items[*].id", Treatment::Null),
        ("$.items[1]", Treatment::Remove),
        ("$.items[*]", Treatment::GeoTo(GeoTo::parse("1km").unwrap())),
        ("$.items[*].a[1]", Treatment::Remove),
        ("$.items", Treatment::First(2.try_into().unwrap())),
        ("$..a", Treatment::First(1.try_into().unwrap())),
        ("$.items.k1", Treatment::Remove),
        ("$.items.*.a", Treatment::Replace(Constant::parse(r#"{"c":1}"#).unwrap())),
    ];
    let only = select(vec!["$.items[*].id", "$..id", "$.items", "$.content"]);
    let nested = select(vec!["$.content", "$.items[*].a", "$..content"]);
    (vec(select(rules), 0..3), option::weighted(0.2, vec(only, 1..3)), vec(nested, 0..2)).prop_map(
        |(rules, only, nested)| JsonRules {
            rules: rules.into_iter().map(|(at, treatment)| (path(at), treatment)).collect(),
            only: only.map(|only| only.into_iter().map(path).collect()),
            nested: nested.into_iter().map(|at| (path(at), Nested::Json)).collect(),
            item: None,
        },
    )
}

/// Takes out what items say, also in strings. Of those of which nothing is said the service's own word stands there too.
fn forget(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(members) => {
            members.remove("why");
            members.values_mut().for_each(forget);
        }
        serde_json::Value::Array(elements) => elements.iter_mut().for_each(forget),
        // A string within a string is read on, too.
        serde_json::Value::String(text) => {
            if let Ok(mut value) = serde_json::from_str(text) {
                forget(&mut value);
                *text = value.to_string();
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// But for what items say, the answer is what it is without: the customer's own, and the one that anybody sees, of which then
    /// nothing is known of items.
    #[test]
    fn saying_why_changes_nothing_else(
        own in answers(),
        generic in answers(),
        at in select(vec!["$.items[*]", "$.items.*", "$..items[*]", "$", "$.items[1:3]", "$.*", "$.items[*].a"]),
        share in select(vec![300, 700, 1000]),
        is_anybodys in any::<bool>(),
        rules in rules(),
        size in 1..120_usize,
    ) {
        let plain = choice(Items { path: path(at), ..labelled(share) });
        let why = [path("$.why"), path(at).join(&path("$.why"))].map(|path| (path, Treatment::Remove));
        let plan = Arc::new(JsonPlan::of(JsonRules {
            rules: rules.rules.into_iter().chain(why).collect(),
            item: Some(path(at)),
            ..rules
        }));
        let filling = Filling::read(&plain, Limits::default(), &Bytes::from(generic)).unwrap();
        let filling = Some(Arc::new(filling)).filter(|_| !is_anybodys);
        let explained = explained(plain.clone());
        let (without, with) = match is_anybodys {
            true => (None, explained.of_anybodys()),
            false => (Some((Arc::new(plain), filling.clone())), explained),
        };
        let answer = |chosen, size| {
            let mut shaper = Shaper::new(Media::Json, Arc::clone(&plan), Limits::default(), chosen);
            let mut out = Vec::new();
            let outcome = own.as_bytes().chunks(size).try_for_each(|piece| shaper.write(piece, &mut out));
            outcome.and_then(|()| shaper.end(&mut out)).unwrap();
            let met: Vec<_> = shaper.met();
            let withheld: Vec<_> = shaper.withheld().iter().collect();
            (serde_json::from_slice::<serde_json::Value>(&out).unwrap(), met, withheld)
        };
        let chosen = Some((Arc::new(with), filling));
        let (mut without, mut with) = (answer(without, usize::MAX), answer(chosen.clone(), size));
        prop_assert_eq!(&with, &answer(chosen, usize::MAX), "however it is cut");
        forget(&mut without.0);
        forget(&mut with.0);
        prop_assert_eq!(without, with);
    }
}
