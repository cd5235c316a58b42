//! Items that say why they are shown.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

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

/// Lists of items with white space, labels, and other things in them.
fn lists() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        (0..9).prop_map(|id| format!(r#""id":{id}"#)),
        select(vec!["cf", "none", "inferred", "provided"]).prop_map(|basis| format!(r#""basis": "{basis}""#)),
        Just(r#""a":[1,{"items":[{"id":1}]}]"#.to_owned()),
        Just(r#""why":"because""#.to_owned()),
        Just(r#""name":"Anna""#.to_owned()),
    ];
    let object = (vec(member, 0..4), select(vec!["", " "]))
        .prop_map(|(members, space)| format!("{{{space}{}{space}}}", members.join(",")));
    let item = prop_oneof![6 => object, 1 => select(vec!["1", "\"x\"", "[]", "null"]).prop_map(str::to_owned)];
    vec(item, 0..8).prop_map(|items| format!(r#"{{"title": "t", "items": [ {} ]}}"#, items.join(" ,")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// But for what items say, the answer is what it would be; and each that is an object says something.
    #[test]
    fn saying_why_changes_nothing_else(
        own in lists(),
        generic in lists(),
        share in select(vec![0, 300, 1000]),
        is_anybodys in any::<bool>(),
        rules in vec(select(vec![
            ("$.items[*].name", Treatment::Text(Template::parse("{$.id}").unwrap())),
            ("$.items[*].name", Treatment::Remove),
            ("$.items[*].id", Treatment::Null),
            ("$.items[1]", Treatment::Remove),
            ("$.items[*].a[1]", Treatment::Remove),
        ]), 0..3),
        size in 1..120_usize,
    ) {
        let plain = choice(items(share));
        let explained = explained(plain.clone());
        let (plain, explained) = match is_anybodys {
            true => (plain.of_anybodys(), explained.of_anybodys()),
            false => (plain, explained),
        };
        let is_open = is_anybodys || explained.is_open();
        let without = shaped(plain, &rules, usize::MAX, &own, &generic).unwrap();
        let with = shaped(explained, &rules, size, &own, &generic).unwrap();
        let (without, mut with): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&without).unwrap(), serde_json::from_str(&with).unwrap());
        for item in with["items"].as_array_mut().unwrap().iter_mut().filter_map(|item| item.as_object_mut()) {
            let said = item.remove("why");
            prop_assert!(is_open && said.is_some(), "{item:?} in {own}");
        }
        prop_assert_eq!(without, with);
    }
}
