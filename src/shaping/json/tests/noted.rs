//! Members that are noted until their object ends.

use super::*;

/// So many members, and what is left of them: of three one leaves, one is rounded, one is removed.
fn members(count: usize) -> (String, String) {
    let all = [(r#""k":2"#, r#""k":2"#), (r#""v":0.7"#, r#""v":0.5"#), (r#""x":"hidden""#, "")];
    let members: Vec<_> = (0..count).map(|at| all[at % 3]).collect();
    let shown: Vec<_> = members.iter().map(|(_, shown)| *shown).filter(|shown| !shown.is_empty()).collect();
    (members.iter().map(|(member, _)| *member).collect::<Vec<_>>().join(","), shown.join(","))
}

/// Shows items with the label `popular`, and none with another one or without.
fn popular_items() -> Arc<Choice> {
    let words = [("popular".to_owned(), DataClass::None)].into();
    let data = ItemData::Labelled { at: path("$.basis"), words, unlabelled: DataClass::Inferred };
    let [open, closed] = [0, 1].map(|stage| Opening { from: Stage::at(stage), ..Opening::default() });
    let classes = Classes::new([open, closed, closed, closed, closed]);
    Arc::new(Arc::new(Items::new(path("$.items[*]"), data, vec![1000])).choice(
        Stage::LOWEST,
        PurposeSet::default(),
        &classes,
    ))
}

#[test]
fn however_many_they_are_each_is_ruled() {
    let plan = plan([
        ("$.o.x", Treatment::Remove),
        ("$.o.v", round(0.5)),
        ("$.items[*].x", Treatment::Remove),
        ("$.items[*].v", round(0.5)),
    ]);
    for count in [1, 15, 16, 17, 18, 47, 48, 49, 50, 65, 200] {
        let (all, shown) = members(count);
        let item = |id: u8, members: &str, basis: &str| format!(r#"{{"id":{id},{members},"basis":"{basis}"}}"#);
        let body = format!(
            r#"{{"o":{{{all}}},"items":[{},{},{},{}]}}"#,
            item(1, &all, "popular"),
            item(2, &all, "secret"),
            item(3, &all, "popular"),
            item(4, &all, "other"),
        );
        let expected =
            format!(r#"{{"o":{{{shown}}},"items":[{},{}]}}"#, item(1, &shown, "popular"), item(3, &shown, "popular"));
        for piece in [1, 7, 100, 16, 1000, body.len()] {
            // Twice: what comes again is expected.
            for _ in 0..2 {
                let (mut out, choice) = (Vec::new(), popular_items());
                let mut shaper = JsonShaper::choosing(plan.clone(), Limits::default(), choice, None);
                for piece in body.as_bytes().chunks(piece) {
                    shaper.write(piece, &mut out).unwrap();
                }
                shaper.end(&mut out).unwrap();
                assert_eq!(String::from_utf8_lossy(&out), expected, "{count} members, pieces of {piece}");
            }
        }
    }
}

#[test]
fn what_an_item_says_is_not_taken_for_what_the_next_one_says() {
    let plan = plan([]);
    let [first, third] = [1, 3].map(|id| format!(r#"{{"id":{id},"basis":"popular"}}"#));
    for (body, expected) in [
        (format!(r#"{{"items":[{first},{{"id":2}},{third}]}}"#), format!(r#"{{"items":[{first},{third}]}}"#)),
        // Behind it another answer begins.
        (r#"{"items":[{"id":1},{"id":2}]}"#.into(), r#"{"items":[]}"#.into()),
        (r#"{"items":[{"basis":{"b":1}},{"id":2}]}"#.into(), r#"{"items":[]}"#.into()),
    ] {
        for cut in 0..body.len() {
            let (mut out, (head, tail)) = (Vec::new(), body.split_at(cut));
            let mut shaper = JsonShaper::choosing(plan.clone(), Limits::default(), popular_items(), None);
            [head, tail].iter().for_each(|piece| shaper.write(piece.as_bytes(), &mut out).unwrap());
            shaper.end(&mut out).unwrap();
            assert_eq!(String::from_utf8_lossy(&out), expected, "cut at {cut}");
        }
    }
}
