//! Values that no rule looks into, shown or hidden: the grammar is checked, and nothing else (RFC 8259 sections 2 to 5).
//!
//! What stands between two of their scalars is likely what stood there before, and then it is passed at once, with all its
//! brackets.

use fearless_simd::{dispatch, prelude::*};

use crate::shaping::{
    DoubtKind,
    json::{
        state::{
            expect::Expect,
            nest::{Nest, WORD},
            order::Order,
            turn::{Between, Turn},
        },
        text::{Text, piece::Piece},
    },
};

/// How far it went.
pub(super) enum Skimmed {
    /// The value is complete; the present byte is the one after it.
    Whole,
    /// The piece ends, or the token that begins at the present byte does not lie whole in it.
    Cut(Expect),
}

/// Reads on in a value. `nest` has what is open of it, and nothing before its first byte. At most `room` may be open.
pub(super) fn skim(
    piece: &mut Piece<'_>,
    nest: &mut Nest,
    turns: &mut Order<Turn>,
    expect: Expect,
    room: usize,
) -> Result<Skimmed, DoubtKind> {
    dispatch!(piece.text.level, simd => read(simd, piece, nest, turns, expect, room))
}

// Inlined into what `dispatch` makes for each kind of processor. From each value there is a straight way to the next one, and
// only where that is not usual is it asked what is expected.
#[inline(always)]
fn read<S: Simd>(
    simd: S,
    piece: &mut Piece<'_>,
    nest: &mut Nest,
    turns: &mut Order<Turn>,
    mut expect: Expect,
    room: usize,
) -> Result<Skimmed, DoubtKind> {
    let (text, mut at, mut elements) = (piece.text, piece.at, 0);
    // Whether it may go on as expected from here, and what came since it did not.
    let (mut may_be_usual, mut between) = (nest.is_empty(), Between::default());
    if !may_be_usual {
        turns.lose();
    } else {
        turns.begin();
    }
    let outcome = 'all: loop {
        if matches!(expect, Expect::FirstKey | Expect::Key) {
            at = text.blanks(at);
            if text.byte(at) == b'"' {
                let Some(end) = text.string(at) else { break Ok(Skimmed::Cut(expect)) };
                (at, expect) = (end, Expect::Colon);
            } else if expect == Expect::FirstKey && text.byte(at) == b'}' {
                expect = Expect::CommaOrEnd;
            } else {
                break Err(DoubtKind::Syntax);
            }
        }
        if expect == Expect::Colon {
            at = text.blanks(at);
            if text.byte(at) != b':' {
                break Err(DoubtKind::Syntax);
            }
            (at, expect) = (at + 1, Expect::Value);
        }
        loop {
            if may_be_usual {
                let from = if nest.is_empty() { BEGINNING } else { expect };
                let (end, to, is_list) = usual(simd, text, at, nest, turns, from, room.min(WORD - 1));
                at = end;
                expect = if to == BEGINNING { expect } else { to };
                (may_be_usual, elements) = (false, 0);
                between = if is_list { Between::default() } else { Between::begin(at, to, nest) };
            }
            if expect != Expect::CommaOrEnd {
                if let Some(bytes) = text.chunk(at)
                    && let Some(end) = text.simple_scalar(at, bytes)
                {
                    between.learn(text, at, expect, true, nest, turns);
                    at = end;
                } else {
                    at = text.blanks(at);
                    let byte = text.byte(at);
                    match byte {
                        b'{' | b'[' => {
                            if nest.depth() >= room {
                                break 'all Err(DoubtKind::TooDeep);
                            }
                            between.pause(text, at, expect, nest, turns);
                            nest.open(byte == b'{');
                            between.see(nest);
                            at += 1;
                            if byte == b'[' {
                                (expect, elements) = (Expect::FirstElement, 0);
                                between.pause(text, at, expect, nest, turns);
                                at = text.indentation(simd, at);
                                continue;
                            }
                            at = text.indentation(simd, at);
                            let Some(start) = text.plain_key(at) else {
                                expect = Expect::FirstKey;
                                continue 'all;
                            };
                            (at, expect) = (start, Expect::Value);
                            continue;
                        }
                        b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                            let Some(end) = text.scalar(at) else { break 'all Ok(Skimmed::Cut(expect)) };
                            between.learn(text, at, expect, true, nest, turns);
                            at = end;
                        }
                        b']' if expect == Expect::FirstElement => {
                            expect = Expect::CommaOrEnd;
                            continue;
                        }
                        _ => break 'all Err(DoubtKind::Syntax),
                    }
                }
                if nest.is_empty() {
                    break 'all Ok(Skimmed::Whole);
                }
                expect = Expect::CommaOrEnd;
                // Another element is found as quickly.
                may_be_usual = text.byte(at) != b',' || nest.is_object();
                if may_be_usual {
                    continue;
                }
            }
            loop {
                match text.byte(at) {
                    b',' if nest.is_object() => {
                        at = text.indentation(simd, at + 1);
                        let Some(start) = text.plain_key(at) else {
                            expect = Expect::Key;
                            continue 'all;
                        };
                        (at, expect) = (start, Expect::Value);
                        break;
                    }
                    b',' => {
                        elements += 1;
                        if elements == MANY {
                            let last = text.numbers(at);
                            if last > at {
                                // More may follow.
                                (at, elements, between) = (last, 0, Between::default());
                            }
                        }
                        (at, expect) = (text.indentation(simd, at + 1), Expect::Value);
                        break;
                    }
                    byte @ (b'}' | b']') if (byte == b'}') == nest.is_object() => {
                        at += 1;
                        nest.close();
                        between.see(nest);
                        if nest.is_empty() {
                            break 'all Ok(Skimmed::Whole);
                        }
                        between.pause(text, at, Expect::CommaOrEnd, nest, turns);
                    }
                    _ => {
                        let end = text.indentation(simd, at);
                        if end == at {
                            expect = Expect::CommaOrEnd;
                            break 'all Err(DoubtKind::Syntax);
                        }
                        at = end;
                    }
                }
            }
        }
    };
    piece.at = at;
    // Behind the end there is no byte, and that is not wrong.
    if outcome.is_err() && piece.is_at_its_end() { Ok(Skimmed::Cut(expect)) } else { outcome }
}

/// Where the array ends that begins here, if it has simple scalars and nothing else, and at most so many.
#[inline(always)]
pub(super) fn scalars<S: Simd>(simd: S, text: Text<'_>, mut at: usize, most: usize) -> Option<usize> {
    if text.byte(at) != b'[' {
        return None;
    }
    for _ in 0..most {
        let start = text.indentation(simd, at + 1);
        let end = text.simple_scalar(start, text.chunk(start)?)?;
        at = text.indentation(simd, end);
        match text.byte(at) {
            b',' => {}
            b']' => return Some(at + 1),
            _ => return None,
        }
    }
    None
}

/// Goes on from the beginning of a value or the end of a scalar in it, as far as what comes is expected. Returns where to, what
/// is expected there, and whether another element of an array follows a scalar.
#[inline(always)]
fn usual<S: Simd>(
    simd: S,
    text: Text<'_>,
    mut at: usize,
    nest: &mut Nest,
    turns: &mut Order<Turn>,
    mut expect: Expect,
    room: usize,
) -> (usize, Expect, bool) {
    let Some((keys, mut last)) = turns.expected() else { return (at, expect, false) };
    let (mut is_behind_scalar, mut hits) = (false, 0);
    while let Some(window) = text.any_window(at)
        && let Some(key) = last.next(simd, keys, window)
    {
        let turn = &key.means;
        let is_plain = key.is_plain && expect == Expect::CommaOrEnd && nest.is_object();
        if !is_plain && (turn.from != expect || !nest.change(&turn.change, room)) {
            break;
        }
        let start = at + key.length();
        (last, hits) = (key, hits + 1);
        (at, expect, is_behind_scalar) = (start, turn.to, false);
        if turn.is_whole
            && let Some(end) = text.simple_scalar(start, window.from(key.length()))
        {
            (at, expect, is_behind_scalar) = (end, Expect::CommaOrEnd, true);
        }
    }
    let last = last.number();
    turns.came(last, hits);
    (at, expect, is_behind_scalar && text.byte(at) == b',' && !nest.is_object())
}

/// What is expected where a value begins.
const BEGINNING: Expect = Expect::Nothing;

/// How many elements of an array are many: after so many it is looked whether many numbers follow.
pub(super) const MANY: usize = 4;

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::shaping::json::{
        text::marks::{Marks, tests::levels},
        text::window::Tail,
    };

    /// How far a value was read, and how that ended.
    fn skimmed(text: &str, turns: &mut Order<Turn>, level: fearless_simd::Level, room: usize) -> (usize, String) {
        let (mut marks, mut nest) = (Marks::default(), Nest::default());
        marks.mark(level, text.as_bytes());
        let tail = Tail::of(text.as_bytes());
        let mut piece = Piece::new(Text::new(text.as_bytes(), marks.blocks(), level).with_tail(&tail));
        let outcome = match skim(&mut piece, &mut nest, turns, Expect::Value, room) {
            Ok(Skimmed::Whole) => "whole".to_owned(),
            Ok(Skimmed::Cut(expect)) => format!("{expect:?} in {nest:?}"),
            Err(kind) => format!("{kind:?}"),
        };
        (piece.at, outcome)
    }

    /// Values of few shapes, so that what stands between their scalars comes again.
    fn values() -> impl Strategy<Value = String> {
        let scalar = select(vec!["1", "-20", "3.25", "1e5", "\"a\"", "\"b\\\"c\"", "true", "null", "[]", "{}"]);
        scalar.prop_map(str::to_owned).prop_recursive(4, 40, 4, |inner| {
            let member = (select(vec!["k", "l", "longer"]), inner.clone());
            let members = vec(member.prop_map(|(key, value)| format!("\"{key}\":{value}")), 1..4);
            let elements = vec(inner, 1..4);
            prop_oneof![
                members.clone().prop_map(|members| format!("{{{}}}", members.join(","))),
                members.prop_map(|members| format!("{{\n  {}\n}}", members.join(",\n  "))),
                elements.prop_map(|elements| format!("[{}]", elements.join(","))),
            ]
        })
    }

    /// The same, and some that something is wrong with.
    fn texts() -> impl Strategy<Value = String> {
        let byte = select(b"{}[],:\"1 \n".to_vec());
        let wrong = proptest::option::of((any::<prop::sample::Index>(), byte));
        (values(), wrong, any::<bool>()).prop_map(|(value, wrong, is_cut)| {
            let mut text = value.into_bytes();
            if let Some((at, byte)) = wrong {
                let at = at.index(text.len());
                text[at] = byte;
            }
            let behind = if is_cut { String::new() } else { " ".repeat(64) };
            String::from_utf8(text).unwrap() + &behind
        })
    }

    #[test]
    fn no_more_is_open_than_there_is_room_for() {
        let mut turns = Order::new(Turn::default());
        for (open, room) in
            (1..6).flat_map(|open| [(open, 10), (open, 10)].into_iter().chain((0..6).map(move |room| (open, room))))
        {
            for inner in ["1", "1,2", "{},3"] {
                let text = format!("{}{inner}{}{}", "[".repeat(open), "]".repeat(open), " ".repeat(64));
                let most = open + usize::from(inner == "{},3");
                let outcome = if most <= room { "whole" } else { "TooDeep" };
                assert_eq!(skimmed(&text, &mut turns, levels()[0], room).1, outcome, "{text} {room}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_learned_before_makes_no_difference(texts in vec(texts(), 1..20), room in 1..6_usize) {
            for level in levels() {
                let mut turns = Order::new(Turn::default());
                for text in &texts {
                    let learned = skimmed(text, &mut turns, level, room);
                    turns.lose();
                    let mut nothing = Order::new(Turn::default());
                    prop_assert_eq!(learned, skimmed(text, &mut nothing, level, room), "{}", text);
                }
            }
        }

        #[test]
        fn what_is_whole_is_json(texts in vec(texts(), 1..20)) {
            let mut turns = Order::new(Turn::default());
            for text in texts.iter().filter(|text| text.starts_with(['[', '{'])) {
                let text = text.to_owned() + &" ".repeat(64);
                let (end, outcome) = skimmed(&text, &mut turns, levels()[0], 100);
                let mut values = serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>();
                let is_json = matches!(values.next(), Some(Ok(_)));
                let expected = if is_json { values.byte_offset() } else { end };
                prop_assert_eq!((outcome == "whole", end), (is_json, expected), "{}", text);
            }
        }

        #[test]
        fn what_comes_again_is_expected(key in "[a-z]{1,8}", numbers in vec(1..1_000_u32, 20)) {
            let item = |number: &u32| format!("{{\"id\":{number},\"{key}\":{{\"x\":\"{number}\"}}}}");
            let items: Vec<String> = numbers.iter().map(item).collect();
            let text = format!("[{}]{}", items.join(","), " ".repeat(64));
            for level in levels() {
                let mut turns = Order::new(Turn::default());
                skimmed(&text, &mut turns, level, 10);
                prop_assert!(turns.hits() > 30, "{:?}", turns);
            }
        }
    }
}
