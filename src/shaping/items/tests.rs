use bytes::Bytes;

use super::*;
use crate::shaping::{
    class::Opening,
    json::{JsonPlan, JsonShaper, Limits},
    treatment::{GeoTo, Template, Treatment},
};

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

/// Items of `$.items[*]` at the lowest of one stage, with this share; they say their class, id and topic.
fn items(share: u16) -> Items {
    let words = [("cf", DataClass::Observed), ("none", DataClass::Observed), ("1.0", DataClass::Provided)];
    let words = words.map(|(word, class)| (word.to_owned(), class)).into();
    let data = ItemData::Labelled { at: path("$.basis"), words, unlabelled: DataClass::Provided };
    Items::new(path("$.items[*]"), data, vec![share]).with_id(path("$.id")).with_topic(path("$.topic"))
}

fn with_data(items: Items, data: ItemData) -> Items {
    Items { labels: labels(&data), data, ..items }
}

fn all(share: u16) -> Items {
    Items::new(path("$.items[*]"), ItemData::All(DataClass::Observed), vec![share]).with_id(path("$.id"))
}

/// What holds where `provided` and `observed` are allowed, and nothing else.
fn choice(items: Items) -> Choice {
    let [open, closed] = [0, 1].map(|stage| Opening { from: Stage::at(stage), ..Opening::default() });
    Arc::new(items).choice(Stage::LOWEST, PurposeSet::default(), &Classes::new([open, open, closed, closed, closed]))
}

fn run(items: Items, rules: &[(&str, Treatment)], limits: Limits, body: &str, generic: &str) -> String {
    let choice = Arc::new(choice(items));
    let rules = rules.iter().map(|(at, treatment)| (path(at), treatment.clone()));
    let plan = Arc::new(JsonPlan::new(rules, Some(choice.items.path())));
    let filling = Filling::read(&choice, limits, &Bytes::from(generic.to_owned())).unwrap();
    let mut shaper = JsonShaper::choosing(plan, limits, choice, Some(Arc::new(filling)));
    let mut out = Vec::new();
    shaper.write(body.as_bytes(), &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What becomes of a list, without field rules.
fn chosen(items: Items, list: &str, generic: &str) -> String {
    let body = |list: &str| format!(r#"{{"items":{list}}}"#);
    let out = run(items, &[], Limits::default(), &body(list), &body(generic));
    out.strip_prefix(r#"{"items":"#).unwrap().strip_suffix('}').unwrap().to_owned()
}

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
fn a_place_takes_the_next_personal_item_else_the_next_generic_one() {
    let list = |letter: char, numbers: &[u32]| {
        let items = numbers.iter().map(|number| format!(r#"{{"id":"{letter}{number}"}}"#));
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    };
    let (own, generic) = (list('p', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), list('g', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    let ids = |out: &str| out.replace(|letter: char| !letter.is_alphanumeric(), " ").replace("id", "");
    let words = |out: &str| ids(out).split_whitespace().collect::<Vec<_>>().join(" ");
    for (share, places) in [
        (1, "g0 g1 g2 g3 g4 g5 g6 g7 g8 g9"),
        (300, "g0 g1 g2 p0 g3 g4 p1 g5 g6 p2"),
        (500, "g0 p0 g1 p1 g2 p2 g3 p3 g4 p4"),
        (700, "g0 p0 p1 g1 p2 p3 g2 p4 p5 p6"),
        (1000, "p0 p1 p2 p3 p4 p5 p6 p7 p8 p9"),
    ] {
        assert_eq!(words(&chosen(all(share), &own, &generic)), places, "{share}");
        let left: Vec<_> = places.split(' ').filter(|id| id.starts_with('p')).collect();
        assert_eq!(words(&chosen(all(share).shortened(), &own, &generic)), left.join(" "), "{share}");
    }
    // Nothing may be chosen personally: no item is shown, not even in the place of another.
    assert_eq!(chosen(all(0), &own, &generic), "[]");
    // The generic answer has these already, has one twice, and ends.
    for (generic, places) in [
        // It has some that were shown by then, and one twice; it ends.
        (r#"[{"id":"p1"},{"id":"g"},{"id":"g"},{"id":"p0"},{"id":"h"}]"#, "p1 p0 g p2 h p3 p4 p5"),
        // One that waits is shown as anybody's, as if it did not wait.
        (r#"[{"id":"p0"},{"id":"g"}]"#, "p0 p1 g p2 p3 p4 p5"),
    ] {
        assert_eq!(words(&chosen(all(500), &own, generic)), places, "{generic}");
    }
}

#[test]
fn items_can_be_scalars_and_members() {
    // Without ids they are told apart by their bytes.
    let bare = |share| Items::new(path("$.items[*]"), ItemData::All(DataClass::Observed), vec![share]);
    for (list, generic, left) in [
        ("[1, 2,3 ]", "[7,8]", "[7,1,8 ]"),
        (r#"["a","a","b"]"#, "[true]", r#"[true,"a"]"#),
        ("[1]", "[null]", "[null]"),
        // A key belongs to its item, and leaves with it only.
        (r#"{"x":1, "y" : 2 ,"z":3}"#, r#"{"g":7,"h": 8}"#, r#"{"g":7,"x":1,"h": 8}"#),
        (r#"{"x":1,"y":2}"#, "[7]", r#"{"x":1}"#),
        // Without an id the key tells members apart.
        (r#"{"a":1,"b":2,"c":3}"#, r#"{"a":7,"\u0062":8,"d":9}"#, r#"{"a":7,"b":2,"d":9}"#),
        ("[1,2]", r#"{"g":7}"#, "[1]"),
        ("7", "[1]", "7"),
    ] {
        assert_eq!(chosen(bare(500), list, generic), left, "{list}");
    }
    let by_value = |share| bare(share).with_id(path("$"));
    assert_eq!(chosen(by_value(500), r#"["a", 1]"#, r#"["\u0061", "1", "b"]"#), r#"["\u0061", 1]"#);
}

#[test]
fn white_space_goes_with_the_item_before_which_it_stands() {
    let bare = |share| Items::new(path("$.items[*]"), ItemData::All(DataClass::Observed), vec![share]);
    for (share, list, generic, left) in [
        (500, "[ 1\t, 2\n]", "[\t7]", "[\t7, 1\n]"),
        (500, "[\n  1 ,\n  2 ,\n  3\n]", "[]", "[\n  1\n]"),
        (1000, "[\n  1 ,\n  1 ,\n  3\n]", "[]", "[\n  1 ,\n  3\n]"),
        (1000, "[\n  1 ,\n  1 ,\n  3\n]", "[ 7 ]", "[\n  1 , 7,\n  3\n]"),
        (1, "[ 1 , 2 ]", "[]", "[ ]"),
        (0, "[ 1 , 2 ]", "[]", "[ ]"),
    ] {
        assert_eq!(chosen(bare(share), list, generic), left, "{list:?}");
    }
}

#[test]
fn field_rules_act_on_what_takes_a_place_as_if_it_had_stood_there() {
    let text = |template: &str| Treatment::Text(Template::parse(template).unwrap());
    let own = r#"{"items":[{"id":1,"why":"own"},{"id":2,"why":"own"},{"id":3,"why":"own"}]}"#;
    let generic = r#"{"items":[{"id":7,"why":"generic"},{"id":8}]}"#;
    for (rules, left) in [
        (vec![("$.items[0].why", Treatment::Remove)], r#"{"items":[{"id":7},{"id":1,"why":"own"},{"id":8}]}"#),
        (vec![("$.items[1]", Treatment::Null)], r#"{"items":[{"id":7,"why":"generic"},null,{"id":8}]}"#),
        (vec![("$.items[0]", Treatment::Remove)], r#"{"items":[{"id":1,"why":"own"},{"id":8}]}"#),
        // What is not shown of a list of which the first elements are shown has no place in it.
        (
            vec![("$.items", Treatment::first(2).unwrap())],
            r#"{"items":[{"id":7,"why":"generic"},{"id":1,"why":"own"}]}"#,
        ),
        (
            vec![("$.items[*].why", text("as {$.id}"))],
            r#"{"items":[{"id":7,"why":"as 7"},{"id":1,"why":"as 1"},{"id":8}]}"#,
        ),
        (vec![("$.items[*].id", Treatment::Remove)], r#"{"items":[{"why":"generic"},{"why":"own"},{}]}"#),
        (vec![("$.items", Treatment::Remove)], "{}"),
    ] {
        assert_eq!(run(all(500), &rules, Limits::default(), own, generic), left, "{rules:?}");
    }
    let members = r#"{"items":{"a":{"why":1},"b":{"why":2}}}"#;
    let rules = [("$.items.a.why", Treatment::Remove), ("$.items.g.why", Treatment::Null)];
    let left = r#"{"items":{"g":{"why":null},"a":{}}}"#;
    assert_eq!(run(all(500), &rules, Limits::default(), members, r#"{"items":{"g":{"why":0}}}"#), left);
}

#[test]
fn what_is_part_of_an_item_or_of_a_coarsened_value_is_no_item() {
    let below = |share| Items::new(path("$..items[*]"), ItemData::All(DataClass::Observed), vec![share]);
    let body = r#"{"items":[{"items":[1,2]},{"items":[3]}]}"#;
    assert_eq!(run(below(500), &[], Limits::default(), body, "{}"), r#"{"items":[{"items":[1,2]}]}"#);
    let grid = [("$.items", Treatment::GeoTo(GeoTo::parse("1km").unwrap()))];
    let pair = r#"{"items":[13.405,52.52001]}"#;
    assert_eq!(run(all(500), &grid, Limits::default(), pair, "{}"), r#"{"items":[13.401,52.515]}"#);
}

#[test]
fn an_item_that_is_too_large_is_passed_over_and_its_place_filled() {
    let limits = Limits { item: 40, ..Limits::default() };
    let large = format!(r#"{{"id":1,"x":"{}"}}"#, "x".repeat(40));
    let body = format!(r#"{{"items":[{large},{{"id":2}},{large},{{"id":3}}]}}"#);
    let generic = format!(r#"{{"items":[{large},{{"id":7}},{{"id":8}}]}}"#);
    for rules in [&[][..], &[("$.items[*].why", Treatment::Text(Template::parse("{$.id}").unwrap()))]] {
        assert_eq!(run(all(500), rules, limits, &body, &generic), r#"{"items":[{"id":7},{"id":2},{"id":8},{"id":3}]}"#);
    }
}

#[test]
fn each_item_that_is_not_shown_is_counted_once_and_by_its_reason() {
    let withheld = |items: Items, limits: Limits, list: &str, generic: &str| {
        let choice = Arc::new(choice(items));
        let plan = Arc::new(JsonPlan::new([], Some(choice.items.path())));
        let filling = Filling::read(&choice, limits, &Bytes::from(format!(r#"{{"items":{generic}}}"#))).unwrap();
        let mut shaper = JsonShaper::choosing(plan, limits, choice, Some(Arc::new(filling)));
        shaper.write(format!(r#"{{"items":{list}}}"#).as_bytes(), &mut Vec::new()).unwrap();
        shaper.end(&mut Vec::new()).unwrap();
        shaper.withheld().iter().collect::<Vec<_>>()
    };
    let five = r#"[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]"#;
    let topics = r#"[{"id":1,"topic":"a"},{"id":2,"topic":"A"},{"id":3,"topic":"b"}]"#;
    let large = format!(r#"[{{"id":1}},{{"id":2,"x":"{}"}}]"#, "x".repeat(40));
    let small = Limits { item: 40, ..Limits::default() };
    let normal = Limits::default();
    let quiet = || items(1000).with_quiet(["grief".to_owned()], DataClass::Inferred);
    for (items, limits, list, generic, expected) in [
        (all(1000), normal, five, "[]", &[][..]),
        (all(0), normal, five, "[]", &[("closed", 5)]),
        (all(400), normal, five, "[]", &[("share", 3)]),
        (all(1000), normal, r#"[{"id":1},{"id":1},{"id":2}]"#, "[]", &[("twice", 1)]),
        // While it waits, too; and where anybody would see the same.
        (all(500), normal, r#"[{"id":1},{"id":1},{"id":2}]"#, "[]", &[("share", 1), ("twice", 1)]),
        (all(500), normal, r#"[{"id":1},{"id":2}]"#, r#"[{"id":1}]"#, &[("twice", 1)]),
        (all(1000).with_topic(path("$.topic")).with_per_topic(vec![1]), normal, topics, "[]", &[("topic", 1)]),
        (all(1000), small, &large, "[]", &[("too_large", 1)]),
        (items(1000), normal, r#"[{"basis":"inferred"},{"basis":"odd"},{"basis":"none"}]"#, "[]", &[("closed", 2)]),
        (quiet(), normal, r#"[{"topic":"grief"},{"topic":[]},{"topic":"shoes"}]"#, "[]", &[("closed", 2)]),
        (all(1000), normal, r#"[{"id":1},{"id":2}]"#, r#"[{"id":3}]"#, &[]),
    ] {
        assert_eq!(withheld(items.clone(), limits, list, generic), expected, "{list} {generic}");
    }
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

fn signs(id: &str) -> Signs<'_> {
    Signs { label: Sign::Missing, id: Sign::Text(id.as_bytes()), topic: Sign::Missing }
}

/// How many of so many items of this size find room in the queue.
fn find_room(count: u32, size: usize) -> usize {
    let (closed, open) = (choice(all(0)), choice(all(1000)));
    let mut list = List::default();
    for number in 0..count {
        let json = format!(r#"{{"id":{number:08},"x":"{}"}}"#, "x".repeat(size - 23));
        assert_eq!(json.len(), size - 1);
        let signs = signs(&json[6..14]);
        let item = Arrived { prefix: b" ", json: json.as_bytes(), signs: &signs };
        assert!(!list.keeps(&closed, Some(&item), Kind::Element));
        assert!(list.instead(&closed, None, Kind::Element).is_none());
    }
    let earlier = |_: &u32| {
        assert!(!list.keeps(&open, None, Kind::Element));
        matches!(list.instead(&open, None, Kind::Element), Some(Instead::Earlier(_)))
    };
    (0..count).take_while(earlier).count()
}

#[test]
fn the_queue_holds_64_items_or_256_kibibytes() {
    for (count, size, room) in [
        (63, 30, 63),
        (64, 30, 64),
        (100, 30, 64),
        (100, 4_096, 64),
        (100, 4_097, 63),
        (100, 64 * 1024, 4),
        (100, 200 * 1024, 1),
        (3, 1024 * 1024, 1),
    ] {
        assert_eq!(find_room(count, size), room, "{count} of {size}");
    }
}

#[test]
fn after_so_many_ids_nothing_personal_is_shown() {
    let choice = choice(all(1000));
    let (mut list, mut shown) = (List::default(), 0);
    for number in 0..5_000 {
        let id = number.to_string();
        let json = format!(r#"{{"id":{id}}}"#);
        shown += u32::from(list.keeps(
            &choice,
            Some(&Arrived { prefix: b" ", json: json.as_bytes(), signs: &signs(&id) }),
            Kind::Element,
        ));
    }
    assert_eq!(shown, 4_096);
    // The generic answer still fills, and so does what anybody would see.
    let generic: Vec<_> = (4_000..4_200).map(|id| format!(r#"{{"id":{id}}}"#)).collect();
    let generic = Bytes::from(format!(r#"{{"items":[{}]}}"#, generic.join(",")));
    let filling = Filling::read(&choice, Limits::default(), &generic).unwrap();
    let filled =
        (0..200).filter(|_| matches!(list.instead(&choice, Some(&filling), Kind::Element), Some(Instead::Filler(_))));
    assert_eq!(filled.count(), 104);
}

#[test]
fn rules_for_items_are_counted_only_where_an_own_item_was_shown() {
    let rules = ["$.items[*].why", "$.items[1].x", "$..why", "$.title"].map(|at| (path(at), Treatment::Remove));
    for (share, own, met) in [
        (1000, r#"{"items":[{"id":1}]}"#, [Some(0); 4]),
        (1000, r#"{"items":[{"id":1,"why":2}]}"#, [Some(1), Some(0), Some(1), Some(0)]),
        (500, r#"{"items":[{"id":1,"why":2}]}"#, [None, None, None, Some(0)]),
        (0, r#"{"items":[{"id":1,"why":2}],"why":1,"title":1}"#, [None, None, Some(1), Some(1)]),
    ] {
        let choice = Arc::new(choice(all(share)));
        let plan = Arc::new(JsonPlan::new(rules.clone(), Some(choice.items.path())));
        let filling = Filling::read(&choice, Limits::default(), &r#"{"items":[{"id":7}]}"#.into()).unwrap();
        let mut shaper = JsonShaper::choosing(plan, Limits::default(), choice, Some(Arc::new(filling)));
        shaper.write(own.as_bytes(), &mut Vec::new()).unwrap();
        assert_eq!(shaper.matched().collect::<Vec<_>>(), met, "{own}");
    }
}
