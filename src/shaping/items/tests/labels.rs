//! What items say of themselves, and what may be chosen by it.

use super::*;

#[test]
fn a_label_says_the_class_and_what_is_no_class_is_never_shown() {
    for (label, shown) in [
        (r#""basis":"observed","#, true),
        (r#""basis":"inferred","#, false),
        (r#""basis":"third_party","#, false),
        (r#""basis":"special_category","#, false),
        // The policy's words go before the classes, and a number is a word as it is written.
        (r#""basis":"cf","#, true),
        (r#""basis":"none","#, true),
        (r#""basis":1.0,"#, true),
        (r#""basis":1,"#, false),
        (r#""basis":"c\u0066","#, true),
        (r#""basis":"CF","#, false),
        (r#""basis":" cf","#, false),
        (r#""basis":"","#, false),
        (r#""basis":true,"#, false),
        // No label: `unlabelled`.
        ("", true),
        (r#""basis":null,"#, true),
        (r#""Basis":"x","#, true),
        // A label that cannot be read.
        (r#""basis":["observed"],"#, false),
        (r#""basis":{},"#, false),
        (r#""basis":"observed","basis":"observed","#, false),
        (r#""basis":"\ud800","#, false),
    ] {
        let list = format!(r#"[{{{label}"id":"p"}}]"#);
        let expected = if shown { list.clone() } else { "[]".into() };
        assert_eq!(chosen(items(1000), &list, "[]"), expected, "{label}");
    }
}

#[test]
fn a_quiet_topic_has_a_further_class_and_what_has_no_topic_is_not_shown() {
    let quiet = |class| items(1000).with_quiet(["  Grief ".to_owned(), "STRASSE".to_owned()], class);
    for (topic, class, shown) in [
        (r#""topic":"shoes","#, DataClass::SpecialCategory, true),
        (r#""topic":"grief","#, DataClass::SpecialCategory, false),
        (r#""topic":"GRIEF\n","#, DataClass::SpecialCategory, false),
        (r#""topic":" gr\u0069ef","#, DataClass::SpecialCategory, false),
        (r#""topic":"Strasse","#, DataClass::SpecialCategory, false),
        (r#""topic":"grief","#, DataClass::Observed, true),
        (r#""topic":"grief","#, DataClass::None, true),
        (r#""topic":"griefs","#, DataClass::SpecialCategory, true),
        (r#""topic":7,"#, DataClass::SpecialCategory, true),
        ("", DataClass::SpecialCategory, false),
        (r#""topic":null,"#, DataClass::SpecialCategory, false),
        (r#""topic":["shoes"],"#, DataClass::SpecialCategory, false),
        (r#""topic":"shoes","topic":"shoes","#, DataClass::SpecialCategory, false),
    ] {
        let list = format!(r#"[{{{topic}"id":"p"}}]"#);
        let expected = if shown { list.clone() } else { "[]".into() };
        assert_eq!(chosen(quiet(class), &list, "[]"), expected, "{topic}");
        // What anybody would see is quiet only by what it says it is about.
        let anybodys = items(1000).with_quiet(["grief".to_owned()], class);
        let anybodys = with_data(anybodys, ItemData::All(DataClass::None));
        let is_quiet = topic.to_lowercase().contains("gr") && !topic.contains("griefs");
        let expected = if is_quiet && class == DataClass::SpecialCategory { "[]" } else { &list };
        assert_eq!(chosen(anybodys, &list, "[]"), expected, "{topic}");
    }
}

#[test]
fn of_one_topic_no_more_than_some_join() {
    let item = |id: u32, topic: &str| format!(r#"{{"id":{id},"topic":{topic}}}"#);
    let topics = [r#""a""#, r#"" A""#, "null", r#""b""#, r#""a ""#, "[]", r#""b""#, r#""B""#];
    let list: Vec<_> = (0..).zip(topics).map(|(id, topic)| item(id, topic)).collect();
    let few = |limit| {
        chosen(
            all(1000).with_topic(path("$.topic")).with_per_topic(vec![limit]),
            &format!("[{}]", list.join(",")),
            "[]",
        )
    };
    let left = |ids: &[usize]| format!("[{}]", ids.iter().map(|id| list[*id].clone()).collect::<Vec<_>>().join(","));
    assert_eq!(few(0), "[]");
    assert_eq!(few(1), left(&[0, 2, 3]));
    assert_eq!(few(2), left(&[0, 1, 2, 3, 5, 6]));
    assert_eq!(few(3), left(&[0, 1, 2, 3, 4, 5, 6, 7]));
    // One that stands there already, as anybody's, counts too.
    let anybodys = r#"[{"id":1,"basis":"popular"},{"id":1,"topic":"a"},{"id":2,"topic":"a"}]"#;
    let words = [("popular".to_owned(), DataClass::None)].into();
    let data = ItemData::Labelled { at: path("$.basis"), words, unlabelled: DataClass::Observed };
    let limited = with_data(items(1000), data).with_per_topic(vec![1]);
    assert_eq!(chosen(limited, anybodys, "[]"), r#"[{"id":1,"basis":"popular"}]"#);
}

#[test]
fn nothing_may_be_chosen_without_a_share_or_a_class() {
    let all_of = |class| with_data(all(1), ItemData::All(class));
    for (items, open) in [
        (items(1), true),
        (items(0), false),
        (all_of(DataClass::None), true),
        (all_of(DataClass::Observed), true),
        (all_of(DataClass::Inferred), false),
        (Items { share: Vec::new(), ..all(1) }, false),
        (items(1).with_per_topic(vec![1]), true),
        (items(1).with_per_topic(vec![0]), false),
    ] {
        assert_eq!(choice(items.clone()).is_open(), open, "{items:?}");
    }
    // Of what says its class itself something personal must be allowed: what anybody sees, somebody unknown sees, too.
    let closed = Opening { from: Stage::at(1), ..Opening::default() };
    let choice = Arc::new(items(1)).choice(Stage::LOWEST, PurposeSet::default(), &Classes::new([closed; 5]));
    assert!(!choice.is_open());
}
