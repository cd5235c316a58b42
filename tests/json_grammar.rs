//! Just what RFC 8259 calls JSON is accepted, hidden or shown, however it is cut; the first byte that is none is where it
//! ends. What the RFC leaves open is defined here.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::sync::Arc;

use serde::de::IgnoredAny;
use tower_rapport::shaping::{
    DoubtKind::{self, ByteOrderMark, CutShort, Empty, Syntax, TooDeep, Trailing, Utf8},
    json::{JsonPlan, JsonShaper, Limits},
    path::Path,
    treatment::{Decimal, RoundTo, Treatment},
};

/// Accepted, or refused with this doubt after so many bytes.
type Verdict = Result<(), (DoubtKind, u64)>;

// ── What the grammar says ────────────────────────────────────────────────────────────────────

/// Section 3, and every production of sections 4 to 7.
const VALUES: &[&str] = &[
    // Section 3: literals.
    "true",
    "false",
    "null",
    // Section 6: int, frac, exp, in every combination.
    "0",
    "-0",
    "7",
    "-7",
    "10",
    "1234567890",
    "-9876543210",
    "0.0",
    "-0.0",
    "0.5",
    "-12.034",
    "1e0",
    "1E0",
    "0e0",
    "1e+1",
    "1E+01",
    "1e-1",
    "-1E-007",
    "1.5e3",
    "-0.25E+10",
    "0.1e-0",
    "1e400",
    "-1e-400",
    "9223372036854775808",
    "0.1000000000000000055511151231257827",
    "123456789012345678901234567890123456789012345678901234567890",
    // Section 7: strings, every escape, what need not be escaped.
    r#""""#,
    r#"" ""#,
    r#""a""#,
    r#""\"""#,
    r#""\\""#,
    r#""\/""#,
    r#""/""#,
    r#""\b\f\n\r\t""#,
    r#""\u0000""#,
    r#""\u001f\u0020\u007F\u0080""#,
    r#""\uABCD\uabcd\uAbCd\u0123\u4567\u89ef""#,
    r#""\uFFFF\uFFFE""#,
    r#""\ud83d\ude00""#,
    r#""\uD83D\uDE00""#,
    r#""\\u0041""#,
    r#""\\\"""#,
    "\"\u{7f}\"",
    "\"\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}\"",
    "\"\u{feff}\u{2028}\u{2029}\u{fdd0}\"",
    "\"{[]},:'\"",
    // Section 5: arrays.
    "[]",
    "[ ]",
    "[0]",
    "[0,1]",
    "[0,\"a\",null,true,[],{}]",
    "[[[[]]]]",
    "[ \t\r\n0 \t\r\n, \t\r\n1 \t\r\n]",
    // Section 4: objects.
    "{}",
    "{ }",
    r#"{"a":0}"#,
    r#"{"a":0,"b":1}"#,
    r#"{"":0}"#,
    r#"{"\u0061\"":0}"#,
    r#"{"a":{"b":{"c":[{}]}}}"#,
    "{ \t\r\n\"a\" \t\r\n: \t\r\n0 \t\r\n, \t\r\n\"b\" \t\r\n: \t\r\n1 \t\r\n}",
];

/// Near misses of every production, as a whole document. Where a number or text might go on, the document is cut short.
const NEAR_MISSES: &[(&str, DoubtKind, u64)] = &[
    // Section 2: six structural characters, and no others.
    ("[0", CutShort, 2),
    ("0]", Trailing, 1),
    ("]", Syntax, 0),
    ("}", Syntax, 0),
    (":", Syntax, 0),
    (",", Syntax, 0),
    ("(0)", Syntax, 0),
    ("<0>", Syntax, 0),
    ("[0}", Syntax, 2),
    (r#"{"a":0]"#, Syntax, 6),
    // Section 2: white space is these four, and no others.
    ("\u{c}0", Syntax, 0),
    ("\u{b}0", Syntax, 0),
    ("0\u{c}", Trailing, 1),
    ("[\u{0}0]", Syntax, 1),
    ("[0\u{a0}]", Syntax, 2),
    ("[\u{2028}0]", Syntax, 1),
    ("0\u{0}", Trailing, 1),
    ("0\u{1a}", Trailing, 1),
    ("// a\n0", Syntax, 0),
    ("/* a */0", Syntax, 0),
    ("0# a", Trailing, 1),
    // Section 3: the literals, in these letters.
    ("True", Syntax, 0),
    ("tRue", Syntax, 1),
    ("truE", Syntax, 3),
    ("tru", CutShort, 3),
    ("trux", Syntax, 3),
    ("truee", Trailing, 4),
    ("true1", Trailing, 4),
    ("fals", CutShort, 4),
    ("falsy", Syntax, 4),
    ("nul", CutShort, 3),
    ("nill", Syntax, 1),
    ("nullnull", Trailing, 4),
    ("undefined", Syntax, 0),
    ("none", Syntax, 1),
    ("NaN", Syntax, 0),
    ("Infinity", Syntax, 0),
    ("-Infinity", Syntax, 1),
    ("nan", Syntax, 1),
    // Section 6: no plus, no zero before others, a digit on both sides of the point, one after the e.
    ("+1", Syntax, 0),
    ("-", CutShort, 1),
    ("--1", Syntax, 1),
    ("-+1", Syntax, 1),
    ("- 1", Syntax, 1),
    ("-a", Syntax, 1),
    ("00", Trailing, 1),
    ("01", Trailing, 1),
    ("-01", Trailing, 2),
    (".5", Syntax, 0),
    ("-.5", Syntax, 1),
    ("1.", CutShort, 2),
    ("1. 5", Syntax, 2),
    ("1..5", Syntax, 2),
    ("1.5.5", Trailing, 3),
    ("1.e1", Syntax, 2),
    ("1e", CutShort, 2),
    ("1e+", CutShort, 3),
    ("1e-", CutShort, 3),
    ("1e+-1", Syntax, 3),
    ("1ee1", Syntax, 2),
    ("1e1.5", Trailing, 3),
    ("1e1e1", Trailing, 3),
    ("1e 1", Syntax, 2),
    ("0x10", Trailing, 1),
    ("0b1", Trailing, 1),
    ("1_000", Trailing, 1),
    ("1,000", Trailing, 1),
    ("1f", Trailing, 1),
    ("1L", Trailing, 1),
    ("\u{661}", Syntax, 0),
    ("1\u{661}", Trailing, 1),
    // Section 7: two quotes, control characters escaped, eight letters and u after a backslash.
    ("\"", CutShort, 1),
    ("\"a", CutShort, 2),
    ("a\"", Syntax, 0),
    ("'a'", Syntax, 0),
    ("`a`", Syntax, 0),
    ("\"a\"\"", Trailing, 3),
    ("\"a\"b\"", Trailing, 3),
    ("\"\\\"", CutShort, 3),
    ("\"\\", CutShort, 2),
    ("\"\\ \"", Syntax, 2),
    ("\"\\a\"", Syntax, 2),
    ("\"\\v\"", Syntax, 2),
    ("\"\\0\"", Syntax, 2),
    ("\"\\'\"", Syntax, 2),
    ("\"\\x41\"", Syntax, 2),
    ("\"\\U0041\"", Syntax, 2),
    ("\"\\N\"", Syntax, 2),
    ("\"\\\n\"", Syntax, 2),
    ("\"\\u\"", Syntax, 3),
    ("\"\\u0\"", Syntax, 4),
    ("\"\\u00\"", Syntax, 5),
    ("\"\\u004\"", Syntax, 6),
    ("\"\\u004", CutShort, 6),
    ("\"\\u004g\"", Syntax, 6),
    ("\"\\u 041\"", Syntax, 3),
    ("\"\\u+041\"", Syntax, 3),
    ("\"\\u{41}\"", Syntax, 3),
    ("\"\\u00\u{e9}\"", Syntax, 5),
    ("\"\n\"", Syntax, 1),
    ("\"\t\"", Syntax, 1),
    ("\"a\u{0}\"", Syntax, 2),
    ("\"a\u{1f}b\"", Syntax, 2),
    // Section 5.
    ("[", CutShort, 1),
    ("[,]", Syntax, 1),
    ("[,0]", Syntax, 1),
    ("[0,]", Syntax, 3),
    ("[0,,1]", Syntax, 3),
    ("[0 1]", Syntax, 3),
    ("[0:1]", Syntax, 2),
    ("[0;1]", Syntax, 2),
    ("[\"a\" \"b\"]", Syntax, 5),
    ("[0]]", Trailing, 3),
    ("[[0]", CutShort, 4),
    ("[0,", CutShort, 3),
    ("[a]", Syntax, 1),
    // Section 4.
    ("{", CutShort, 1),
    ("{\"a\"", CutShort, 4),
    ("{\"a\":", CutShort, 5),
    ("{\"a\":0", CutShort, 6),
    ("{\"a\":0,", CutShort, 7),
    ("{\"a\"}", Syntax, 4),
    ("{\"a\":}", Syntax, 5),
    ("{:0}", Syntax, 1),
    ("{,}", Syntax, 1),
    ("{\"a\":0,}", Syntax, 7),
    ("{,\"a\":0}", Syntax, 1),
    ("{\"a\":0,,\"b\":1}", Syntax, 7),
    ("{\"a\":0 \"b\":1}", Syntax, 7),
    ("{\"a\" 0}", Syntax, 5),
    ("{\"a\",0}", Syntax, 4),
    ("{\"a\"::0}", Syntax, 5),
    ("{\"a\":0:1}", Syntax, 6),
    ("{\"a\":0;\"b\":1}", Syntax, 6),
    ("{a:0}", Syntax, 1),
    ("{'a':0}", Syntax, 1),
    ("{0:0}", Syntax, 1),
    ("{null:0}", Syntax, 1),
    ("{[]:0}", Syntax, 1),
    ("{\"a\":0}}", Trailing, 7),
    ("{\"a\\\":0}", CutShort, 8),
    ("{\"a\n\":0}", Syntax, 3),
    // One document, not several.
    ("0 0", Trailing, 2),
    ("{}{}", Trailing, 2),
    ("{}\n{}", Trailing, 3),
    ("[],", Trailing, 2),
    ("\u{1e}{}\n", Syntax, 0),
    ("{};", Trailing, 2),
];

/// Section 8.1: UTF-8 (RFC 3629), in texts and outside of them.
const ENCODINGS: &[(&[u8], DoubtKind, u64)] = &[
    // Bytes that begin nothing, or go on with nothing.
    (b"\"\x80\"", Utf8, 1),
    (b"\"\xbf\"", Utf8, 1),
    (b"\"\xfe\"", Utf8, 1),
    (b"\"\xff\"", Utf8, 1),
    (b"\"\xf8\x88\x80\x80\x80\"", Utf8, 1),
    (b"\"\xe4\"", Utf8, 2),
    (b"\"\xe2\x82\"", Utf8, 3),
    (b"\"\xf0\x9f\x98\"", Utf8, 4),
    (b"\"\xc3", CutShort, 2),
    (b"\"\xe2\x82", CutShort, 3),
    (b"\"\xc3\xc3\xa4\"", Utf8, 2),
    // Longer than need be.
    (b"\"\xc0\xaf\"", Utf8, 1),
    (b"\"\xc1\xbf\"", Utf8, 1),
    (b"\"\xe0\x80\xaf\"", Utf8, 2),
    (b"\"\xe0\x9f\xbf\"", Utf8, 2),
    (b"\"\xf0\x80\x80\xaf\"", Utf8, 2),
    (b"\"\xf0\x8f\xbf\xbf\"", Utf8, 2),
    // Surrogates, and what is above U+10FFFF.
    (b"\"\xed\xa0\x80\"", Utf8, 2),
    (b"\"\xed\xbf\xbf\"", Utf8, 2),
    (b"\"\xed\xa0\xbd\xed\xb8\x80\"", Utf8, 2),
    (b"\"\xf4\x90\x80\x80\"", Utf8, 2),
    (b"\"\xf5\x80\x80\x80\"", Utf8, 1),
    // Latin-1, UTF-16 in both orders, UTF-32.
    (b"\"caf\xe9\"", Utf8, 5),
    (b"\xfe\xff\x00[\x00]", Syntax, 0),
    (b"\xff\xfe[\x00]\x00", Syntax, 0),
    (b"[\x00]\x00", Syntax, 1),
    (b"\x00[\x00]", Syntax, 0),
    (b"\x00\x00\x00[\x00\x00\x00]", Syntax, 0),
    // In a key, and outside of texts.
    (b"{\"\xff\":0}", Utf8, 2),
    (b"[\xff]", Syntax, 1),
    (b"[\xc3\xa4]", Syntax, 1),
];

#[test]
fn what_the_grammar_allows_is_accepted_and_leaves_as_it_came() {
    for value in VALUES {
        for [before, behind] in PLACES {
            let body = format!("{before}{value}{behind}");
            assert_eq!(verdict(body.as_bytes()), Ok(()), "{body}");
            assert!(is_json(body.as_bytes()), "another parser refuses {body}");
        }
    }
}

#[test]
fn what_the_grammar_does_not_allow_is_refused_at_its_first_wrong_byte() {
    for (body, kind, offset) in NEAR_MISSES {
        assert_eq!(verdict(body.as_bytes()), Err((*kind, *offset)), "{body:?}");
        assert!(!is_json(body.as_bytes()), "another parser accepts {body:?}");
        // In an array or object too, unless what is too much for one document makes two elements.
        for [before, behind] in PLACES {
            let body = format!("{before}{body}{behind}");
            assert_eq!(verdict(body.as_bytes()).is_ok(), is_json(body.as_bytes()), "{body:?}");
        }
    }
}

#[test]
fn what_is_not_utf_8_is_refused_at_its_first_wrong_byte() {
    for (body, kind, offset) in ENCODINGS {
        assert_eq!(verdict(body), Err((*kind, *offset)), "{}", body.escape_ascii());
        assert!(!is_json(body), "another parser accepts {}", body.escape_ascii());
    }
    let scalars = (0..=0x10_ffff).step_by(0x3f).filter_map(char::from_u32).filter(|letter| *letter >= ' ');
    let text: String = scalars.filter(|letter| !matches!(letter, '"' | '\\')).collect();
    let body = format!("[\"{text}\"]");
    let mut out = Vec::new();
    let mut shaper = JsonShaper::new(plans()[1].clone(), Limits::default());
    for byte in body.as_bytes() {
        shaper.write(&[*byte], &mut out).unwrap();
    }
    shaper.end(&mut out).unwrap();
    assert_eq!(out, body.as_bytes());
}

#[test]
fn a_control_character_stands_in_no_text_and_any_other_byte_of_ascii_does() {
    for byte in 0..0x80_u8 {
        let body = [b'"', b'a', byte, b'"'];
        let expected = match byte {
            0..=0x1f => Err((Syntax, 2)),
            b'"' => Err((Trailing, 3)),
            b'\\' => Err((CutShort, 4)),
            _ => Ok(()),
        };
        assert_eq!(verdict(&body), expected, "{byte:#x}");
        let escaped = [b'"', b'\\', byte, b'"'];
        let expected = match byte {
            b'b' | b'f' | b'n' | b'r' | b't' | b'/' | b'\\' => Ok(()),
            b'"' => Err((CutShort, 4)),
            b'u' => Err((Syntax, 3)),
            _ => Err((Syntax, 2)),
        };
        // An escaped quote goes on.
        let expected = if byte == b'"' { verdict(b"\"\\\"\"") } else { expected };
        assert_eq!(verdict(&escaped), expected, "an escaped {byte:#x}");
    }
}

#[test]
fn every_short_document_has_the_verdict_of_another_parser() {
    let all: Vec<u8> = (0..=255).collect();
    let telling = b"{}[]:,\" \n0-1.e+\\u\xc3\xa4tn\x00";
    let few = b"{}[]:,\"0 ";
    for (alphabet, length) in [(&all[..], 1), (&all, 2), (telling, 3), (few, 5)] {
        let mut body = vec![0; length];
        for mut number in 0..alphabet.len().pow(u32::try_from(length).unwrap()) {
            for place in &mut body {
                *place = alphabet[number % alphabet.len()];
                number /= alphabet.len();
            }
            let (_, whole) = shape(&plans()[0], [&*body]);
            let (_, in_bytes) = shape(&plans()[2], body.chunks(1));
            assert_eq!(whole, in_bytes, "{}", body.escape_ascii());
            assert_eq!(whole.is_ok(), is_json(&body), "{}", body.escape_ascii());
        }
    }
}

// ── What the RFC leaves to us ────────────────────────────────────────────────────────────────

#[test]
fn what_the_rfc_leaves_open_is_defined() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for (why, body, expected) in [
        // Section 2 needs a value; `DoubtKind::Empty` tells an absent body from a broken one.
        ("no document", "".into(), Err((Empty, 0))),
        ("only white space", " \t\r\n".into(), Err((Empty, 4))),
        // Section 8.1: none may be added, and a parser may ignore one. Hidden content must not hang on what a client does.
        ("a byte order mark", "\u{feff}{}".into(), Err((ByteOrderMark, 0))),
        ("a byte order mark behind a blank", " \u{feff}{}".into(), Err((Syntax, 1))),
        ("a byte order mark behind the document", "{}\u{feff}".into(), Err((Trailing, 2))),
        // Section 8.2 lets a text have them, and calls what receivers do with it unpredictable: it passes, and is no text
        // where one is needed (a rule's name, a coarsening, a template).
        ("a high surrogate alone", r#""\ud800""#.into(), Ok(())),
        ("a low surrogate alone", r#""\uDFFF""#.into(), Ok(())),
        ("surrogates in the wrong order", r#""\udc00\ud800""#.into(), Ok(())),
        ("a high surrogate and no escape", r#""\ud83dde00""#.into(), Ok(())),
        ("a surrogate alone as a key", r#"{"\ud800":0}"#.into(), Ok(())),
        // Section 4 says that names should be unique. Every occurrence is ruled, whichever one a client takes.
        ("a name twice", r#"{"a":0,"a":1}"#.into(), Ok(())),
        ("a name twice, written differently", r#"{"a":0,"\u0061":1}"#.into(), Ok(())),
        // Section 9 lets a parser limit the depth, the size of numbers and the length of texts: only the depth is.
        ("just not too deep", nested(Limits::default().depth), Ok(())),
        ("too deep", nested(Limits::default().depth + 1), Err((TooDeep, 128))),
        ("too deep and cut short", "[".repeat(129), Err((TooDeep, 128))),
        ("a number of any length", "9".repeat(5_000), Ok(())),
        ("an exponent of any length", format!("1e{}", "9".repeat(5_000)), Ok(())),
        ("a text of any length", format!("\"{}\"", "x".repeat(70_000)), Ok(())),
        ("a name of any length up to the limit", format!("{{\"{}\":0}}", "x".repeat(70_000)), Ok(())),
    ] {
        let cut_everywhere = if body.len() < 1_000 { verdict(body.as_bytes()) } else { one_verdict(body.as_bytes()) };
        assert_eq!(cut_everywhere, expected, "{why}");
        let expected = expected.is_ok() || expected.is_err_and(|(kind, _)| kind == TooDeep && body.ends_with(']'));
        assert_eq!(is_json(body.as_bytes()), expected, "another parser on {why}");
    }
}

#[test]
fn of_a_name_that_stands_twice_every_occurrence_is_ruled() {
    let plan = JsonPlan::new([(Path::parse("$.a").unwrap(), Treatment::Null)], None);
    let body = br#"{"a":1,"\u0061":2,"b":3,"a":{"a":4}}"#;
    let (out, outcome) = shape(&Arc::new(plan), body.chunks(1));
    assert_eq!((&*String::from_utf8_lossy(&out), outcome), (r#"{"a":null,"\u0061":null,"b":3,"a":null}"#, Ok(())));
}

#[test]
fn a_surrogate_alone_is_no_text() {
    let rules = [("$.a", Treatment::Initial), ("$['\u{fffd}']", Treatment::Null), ("$.*.c", Treatment::Null)];
    let rules = rules.map(|(path, treatment)| (Path::parse(path).unwrap(), treatment));
    let body = br#"{"a":"\ud800x","\ud800":{"c":1},"\udc00\ud800":0}"#;
    let (out, outcome) = shape(&Arc::new(JsonPlan::new(rules, None)), body.chunks(1));
    let left = r#"{"\ud800":{"c":null},"\udc00\ud800":0}"#;
    assert_eq!((&*String::from_utf8_lossy(&out), outcome), (left, Ok(())));
}

// ── The shaper under test ────────────────────────────────────────────────────────────────────

/// Where a value may stand.
const PLACES: [[&str; 2]; 5] =
    [["", ""], [" \t\r\n", " \t\r\n"], ["[", "]"], ["[[], ", " , 0]"], ["{\"a\":0,\"k\" : ", "}"]];

/// By none of these a verdict is changed: all leaves, rules might act anywhere, all is hidden.
fn plans() -> [Arc<JsonPlan>; 3] {
    let round = Treatment::RoundTo(RoundTo::new(&Decimal::from(5)).unwrap());
    [&[][..], &[("$..never", round)], &[("$.*", Treatment::Remove)]].map(|rules| {
        let rules = rules.iter().map(|(path, treatment)| (Path::parse(path).unwrap(), treatment.clone()));
        Arc::new(JsonPlan::new(rules, None))
    })
}

fn shape<'a>(plan: &Arc<JsonPlan>, pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Verdict) {
    let mut shaper = JsonShaper::new(plan.clone(), Limits::default());
    let mut out = Vec::new();
    let outcome = pieces.into_iter().try_for_each(|piece| shaper.write(piece, &mut out));
    let outcome = outcome.and_then(|()| shaper.end(&mut out));
    (out, outcome.map_err(|doubt| (doubt.kind(), doubt.offset())))
}

/// The verdict on a body, the same by all plans.
fn one_verdict(body: &[u8]) -> Verdict {
    let [open, ruled, hiding] = plans().map(|plan| shape(&plan, [body]));
    assert_eq!((open.1, ruled.1), (hiding.1, hiding.1), "{}", body.escape_ascii());
    if open.1.is_ok() {
        assert_eq!((&*open.0, &*ruled.0), (body, body), "{}", body.escape_ascii());
    }
    open.1
}

/// The same, and at every cut: what leaves until then and when it ends too.
fn verdict(body: &[u8]) -> Verdict {
    for plan in plans() {
        let whole = shape(&plan, [body]);
        assert_eq!(shape(&plan, body.chunks(1)), whole, "{} in bytes", body.escape_ascii());
        for at in 0..=body.len() {
            let (one, other) = body.split_at(at);
            assert_eq!(shape(&plan, [one, other]), whole, "{} cut at {at}", body.escape_ascii());
        }
    }
    one_verdict(body)
}

fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}
