//! Items that are tried: whatever pieces they come in, and wherever the body ends, the same leaves and the same is counted.

use super::*;
use crate::shaping::items::Withheld;

/// Of three classes of items one is open; the label stands at this place.
pub(super) fn labelled(at: &str) -> Arc<Choice> {
    let words = [("popular".to_owned(), DataClass::None)].into();
    let data = ItemData::Labelled { at: path(at), words, unlabelled: DataClass::None };
    let [open, closed] = [0, 1].map(|stage| Opening { from: Stage::at(stage), ..Opening::default() });
    let classes = Classes::new([open, open, closed, closed, closed]);
    let items = Items::new(path("$.items[*]"), data, vec![1000]).with_id(path("$.id"));
    Arc::new(Arc::new(items).choice(Stage::LOWEST, PurposeSet::default(), &classes))
}

fn rules() -> Arc<JsonPlan> {
    let rules = [
        ("$.items[*].x", Treatment::Remove),
        ("$.items[*].n", round(0.5)),
        ("$.items[*].c[*]", replace(r#""a constant that is longer than what it stands for""#)),
        ("$.items[*].at", Treatment::GeoTo(GeoTo::parse("1km").unwrap())),
        ("$.items[*].day", Treatment::DateTo(DateTo::Year)),
        ("$.items[3]", Treatment::Remove),
    ];
    let rules = rules.map(|(at, treatment)| (path(at), treatment)).into();
    let nested = vec![(path("$.items[*].state"), Nested::Json)];
    Arc::new(JsonPlan::of(JsonRules { rules, nested, item: Some(path("$.items[*]")), ..JsonRules::default() }))
}

/// All that can be told of a body that came in pieces.
pub(super) fn told(
    plan: &Arc<JsonPlan>,
    choice: &Arc<Choice>,
    limits: Limits,
    pieces: &[&[u8]],
) -> (String, Option<DoubtKind>, Vec<Option<u64>>, Withheld) {
    let mut shaper = JsonShaper::choosing(Arc::clone(plan), limits, Arc::clone(choice), None);
    let mut out = b"before".to_vec();
    let outcome = pieces.iter().try_for_each(|piece| shaper.write(piece, &mut out));
    let outcome = outcome.and_then(|()| shaper.end(&mut out));
    let out = String::from_utf8(out).unwrap().strip_prefix("before").unwrap().to_owned();
    (out, outcome.err().map(|doubt| doubt.kind()), shaper.matched().collect(), shaper.withheld())
}

const ITEMS: [&str; 11] = [
    r#"{"id":1,"x":{"y":[0],"rests_upon_what":"popular"},"n":0.3,"rests_upon_what":"popular"}"#,
    r#" {"a rather long key\u00e4":"\u00e4\"\\","n":-1.26e1,"at":[48.137154, 11.576124],"id":2,"rests_upon_what":"popular"}"#,
    r#"{"id":3,"n":7.1,"x":[1,{"y":2}],"day":"2026-11-30","rests_upon_what":"inferred"} "#,
    r#"{"id":4,"n":0.1,"x":{"rests_upon_what":"observed"}}"#,
    r#"{"day":"2026-11-30","c":[true,{"z":null},-0.25],"rests_upon_what":"popular","id":1}"#,
    "17",
    r#"{"state":"{\"n\":\"Anna\"}","x":null,"at":{"lat":1},"rests_upon_what":"popular","id":"\u0033"}"#,
    r#" [1,{"x":2}]"#,
    "{}",
    // What is left of it is larger than what came.
    r#"{"c":[1,1],"rests_upon_what":"inferred","id":6}"#,
    r#"{"id":5,"rests_upon_what":7,"n":12345678901234567890.5}"#,
];

#[test]
fn they_leave_the_same_and_count_the_same_however_they_are_cut() {
    let list = format!(r#"{{"items":[{}],"more":true}}"#, ITEMS.join(","));
    let members = ITEMS.iter().enumerate().map(|(at, item)| format!(r#" "k{at}" :{item}"#)).collect::<Vec<_>>();
    let members = format!(r#"{{"items":{{{}}},"more":true}}"#, members.join(","));
    let plan = rules();
    for (body, at) in
        [&list, &members].into_iter().flat_map(|body| [(body, "$.rests_upon_what"), (body, "$.x.rests_upon_what")])
    {
        let (body, choice) = (body.as_bytes(), labelled(at));
        for item in [24, 40, 72, 1 << 20] {
            let limits = Limits { item, ..Limits::default() };
            let told = |pieces: &[&[u8]]| told(&plan, &choice, limits, pieces);
            let whole = told(&[body]);
            for length in 1..80 {
                assert_eq!(
                    told(&body.chunks(length).collect::<Vec<_>>()),
                    whole,
                    "pieces of {length}, items of {item}"
                );
            }
            for cut in 1..body.len() {
                let (head, tail) = body.split_at(cut);
                assert_eq!(told(&[head, tail]), whole, "cut at {cut}, items of {item}");
            }
        }
    }
    // At each place of a few bytes a key may be cut when an item becomes too large.
    let (limits, choice) = (Limits { item: 72, ..Limits::default() }, labelled("$.rests_upon_what"));
    for body in (0..8).map(|spaces| format!("{}{list}", " ".repeat(spaces))) {
        let told = |length| told(&plan, &choice, limits, &body.as_bytes().chunks(length).collect::<Vec<_>>());
        (2..16).for_each(|length| assert_eq!(told(length), told(body.len()), "pieces of {length}"));
    }
}

#[test]
fn of_one_that_breaks_off_nothing_leaves_and_nothing_counts() {
    let (plan, choice) = (rules(), labelled("$.rests_upon_what"));
    let body = format!(r#"{{"items":[{}],"more":true}}"#, ITEMS.join(","));
    for end in 0..body.len() {
        for behind in ["", "!"] {
            let body = format!("{}{behind}", &body[..end]);
            let told = |length| {
                let pieces: Vec<_> = body.as_bytes().chunks(length).collect();
                told(&plan, &choice, Limits::default(), &pieces)
            };
            let whole = told(body.len().max(1));
            assert!(whole.1.is_some());
            for length in [1, 2, 3, 5, 13, 64] {
                assert_eq!(told(length), whole, "{body} in pieces of {length}");
            }
        }
    }
}

#[test]
fn one_that_breaks_off_leaves_nothing_to_the_next_answer() {
    let (plan, choice) = (rules(), labelled("$.rests_upon_what"));
    let body = format!(r#"{{"items":[{}],"more":true}}"#, ITEMS.join(","));
    let begun = || {
        let mut shaper = JsonShaper::choosing(Arc::clone(&plan), Limits::default(), Arc::clone(&choice), None);
        let (head, more) = body.as_bytes().split_at(body.find("0.3").unwrap());
        [head, &more[..12]].iter().for_each(|piece| shaper.write(piece, &mut Vec::new()).unwrap());
        shaper
    };
    let mut state = begun().state.take().unwrap();
    assert!(!state.item.left.is_empty(), "it was tried");
    state.forget();
    assert!(state.item.left.is_empty() && state.item.prefix.is_empty() && state.item.trying.is_none());
    drop(begun());
    let told = |plan: &Arc<JsonPlan>| told(plan, &choice, Limits::default(), &[body.as_bytes()]);
    assert_eq!(told(&plan), told(&rules()));
}
