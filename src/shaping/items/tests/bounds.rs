//! What is too much: for an item, for the queue, for the ids that are remembered.

use super::*;

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
