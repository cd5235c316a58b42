//! What is JSON is accepted, and what is none is doubt, after which nothing leaves.

use super::*;

/// The grammar of RFC 8259, section by section.
#[test]
fn json_is_accepted_and_what_is_none_is_refused_with_its_kind() {
    use DoubtKind::*;
    let nothing = plan([("$.nowhere", Treatment::Remove)]);
    let hidden = plan([("$", Treatment::Remove)]);
    let accepted: &[&[u8]] = &[
        b"null",
        b"true",
        b"false",
        b"0",
        b"-0",
        b"-1.5e-7",
        b"1E+2",
        b"123456789012345678901234567890",
        b"1e400",
        b"\"\"",
        b"[]",
        b"{}",
        b" \t\r\n[ ] \n",
        b"[[[]],{\"\":{}}]",
        b"{\"a\":1,\"a\":2}",
        b"\"\\u0000\\uDEAD\\/\"",
        "\"\u{7f}\u{80}é\u{2028}\u{ffff}😀\"".as_bytes(),
        b"[1,[2,{\"a\":[]}],\"x\",true,null]",
    ];
    for body in accepted {
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(run(&nothing, Limits::default(), body), (text.clone(), Ok(())), "{text}");
        assert_eq!(run(&hidden, Limits::default(), body).1, Ok(()), "{text}");
    }
    let refused: &[(&[u8], DoubtKind, u64)] = &[
        (b"", Empty, 0),
        (b" \n", Empty, 2),
        (b"\xef\xbb\xbf{}", ByteOrderMark, 0),
        (b" \xef\xbb\xbf{}", Syntax, 1),
        (b"\xff\xfe[\0]\0", Syntax, 0),
        (b"[", CutShort, 1),
        (b"{\"a\"", CutShort, 4),
        (b"\"abc", CutShort, 4),
        (b"tru", CutShort, 3),
        (b"-", CutShort, 1),
        (b"1.", CutShort, 2),
        (b"1e", CutShort, 2),
        (b"[1", CutShort, 2),
        (b"{\"a\":", CutShort, 5),
        (b"{}{}", Trailing, 2),
        (b"1 2", Trailing, 2),
        (b"01", Trailing, 1),
        (b"null,", Trailing, 4),
        (b"[]]", Trailing, 2),
        (b"[1,]", Syntax, 3),
        (b"[,1]", Syntax, 1),
        (b"[1 2]", Syntax, 3),
        (b"{,}", Syntax, 1),
        (b"{\"a\":1,}", Syntax, 7),
        (b"{\"a\" 1}", Syntax, 5),
        (b"{\"a\":}", Syntax, 5),
        (b"{a:1}", Syntax, 1),
        (b"{1:1}", Syntax, 1),
        (b"{'a':1}", Syntax, 1),
        (b"[1}", Syntax, 2),
        (b"{\"a\":1]", Syntax, 6),
        (b"}", Syntax, 0),
        (b"]", Syntax, 0),
        (b"+1", Syntax, 0),
        (b".5", Syntax, 0),
        (b"-.5", Syntax, 1),
        (b"1.e1", Syntax, 2),
        (b"NaN", Syntax, 0),
        (b"0x1", Trailing, 1),
        (b"[0x1]", Syntax, 2),
        (b"[00]", Syntax, 2),
        (b"[-]", Syntax, 2),
        (b"[1e]", Syntax, 3),
        (b"True", Syntax, 0),
        (b"nul]", Syntax, 3),
        (b"[truee]", Syntax, 5),
        (b"\"\t\"", Syntax, 1),
        (b"\"\0\"", Syntax, 1),
        (b"\"\\a\"", Syntax, 2),
        (b"\"\\u12G4\"", Syntax, 5),
        (b"\"\\U0041\"", Syntax, 2),
        (b"\"\x80\"", Utf8, 1),
        (b"\"\xc3\"", Utf8, 2),
        (b"{\"\xff\":1}", Utf8, 2),
        (b"[\x0c]", Syntax, 1),
        (b"[\xc2\xa0]", Syntax, 1),
        (b"/**/1", Syntax, 0),
    ];
    for plan in [&nothing, &hidden] {
        for (body, kind, offset) in refused {
            let doubt = run(plan, Limits::default(), body).1.unwrap_err();
            assert_eq!((doubt.kind(), doubt.offset()), (*kind, *offset), "{}", String::from_utf8_lossy(body));
        }
    }
}

#[test]
fn after_a_doubt_nothing_more_is_taken_or_sent() {
    let mut shaper = JsonShaper::new(plan([]), Limits::default());
    let mut out = Vec::new();
    let doubt = shaper.write(b"[1, x, 2]", &mut out).unwrap_err();
    assert_eq!(out, b"[1, ");
    assert_eq!(shaper.write(b"]", &mut out), Err(doubt));
    assert_eq!(shaper.end(&mut out), Err(doubt));
    assert_eq!((out.as_slice(), doubt.kind().as_str(), doubt.offset()), (&b"[1, "[..], "syntax", 4));
}
