//! The ways in which a path may be understood.
//!
//! Whoever stands behind the layer makes of a path what it likes. One matches it just as it came, another decodes it
//! first, `%2F` with the rest or not, perhaps twice; one resolves dot segments (RFC 3986 section 5.2.4), merges slashes or
//! forgets the last one, before or after; one takes `\` for `/`; one drops what follows a `;`, in a segment or in all; one
//! looks for a query in what it has decoded, or ends it at a zero; one passes over line ends, and blanks behind it; one takes
//! what follows two slashes for a host (section 4.2), and `.json` at the end for the format of the answer. A reading is what
//! one such service sees. Which of them is right cannot be known here, so all of them count.

use std::{borrow::Cow, mem};

use percent_encoding::percent_decode_str;

/// What is known of a path as it came.
#[derive(Clone, Copy)]
pub(super) struct Written {
    /// Whether it is written in the policy: then no empty parameter was meant.
    pub(super) is_named: bool,
    /// Whether it is written there with its format.
    pub(super) has_format: bool,
}

/// Calls back with every reading of a path, some of them more than once. A path of which there is only one is not copied. Returns
/// whether there was room for all: to read a long one in very many ways would cost more than a request may.
pub(super) fn each_reading(path: &str, written: Written, mut read: impl FnMut(&str)) -> bool {
    let mut read = |reading: &str| {
        read(reading);
        let stem = without_format(reading).filter(|_| !written.has_format);
        stem.into_iter().for_each(&mut read);
    };
    if has_one_form(path) {
        read(path);
        return true;
    }
    let mut readings = Readings { is_named: written.is_named, room: Some(ROOM), seen: Vec::new(), read };
    readings.forms(path);
    readings.room.is_some()
}

/// The readings of one path.
struct Readings<F> {
    is_named: bool,
    /// How much may still be looked at; nothing once that was too little.
    room: Option<usize>,
    /// Many come to the same, and to resolve a long one takes its time.
    seen: Vec<String>,
    read: F,
}

impl<F: FnMut(&str)> Readings<F> {
    /// Decoded or not, with `\` for `/` or not, with parameters or without.
    fn forms(&mut self, path: &str) {
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        let twice = percent_decode_str(&decoded).decode_utf8_lossy();
        let decodings = match path.contains('%') {
            true if decoded.contains('%') => &DECODINGS[..],
            true => &DECODINGS[..3],
            false => &DECODINGS[..1],
        };
        for backslashes in [false, true].into_iter().take(if twice.contains('\\') { 2 } else { 1 }) {
            for parameters in PARAMETERS.into_iter().take(if twice.contains(';') { 4 } else { 1 }) {
                for decoding in decodings {
                    let slashed = |text| if backslashes { with_slashes(text) } else { text };
                    let stripped = |text, now| if parameters == now { without_parameters(text) } else { text };
                    let sent = stripped(slashed(Cow::Borrowed(path)), Parameters::DroppedAsSent);
                    let text = stripped(slashed(decoding.of(sent)), Parameters::DroppedDecoded);
                    self.text(match parameters {
                        Parameters::DroppedWithTheRest => text.split(';').next().unwrap_or_default(),
                        _ => &text,
                    });
                }
            }
        }
    }

    /// A text that came of it, and what may be left out of that.
    fn text(&mut self, text: &str) {
        if self.seen.iter().any(|seen| seen == text) {
            return;
        }
        self.room = self.room.and_then(|room| room.checked_sub(text.len()));
        if self.room.is_none() {
            return;
        }
        self.seen.push(text.to_owned());
        self.resolved(text);
        if let Some((before, _)) = text.split_once(ENDS)
            && !(self.is_named && before.ends_with('/'))
        {
            self.text(before);
        }
        if text.contains(LINE_ENDS) || text.ends_with(BLANK) {
            self.text(text.replace(LINE_ENDS, "").trim_end_matches(BLANK));
        }
        self.behind_host(text);
    }

    /// Calls back with a text as it is, and with dots and slashes resolved in every order.
    fn resolved(&mut self, text: &str) {
        (self.read)(text);
        if is_resolved(text) {
            return;
        }
        let (merged, moved) = (without_empty(text), without_dots(text));
        let moved_after = without_dots(&merged);
        for text in [&merged, &moved, &without_empty(&moved), &moved_after, &without_empty(&moved_after)] {
            (self.read)(text);
        }
        if moved != text {
            self.behind_host(&moved);
        }
    }

    /// What follows the host, where a text is read as a reference that names one: behind two slashes or more, up to the next
    /// one. Browsers' rules (WHATWG URL) take `\` for one, too.
    fn behind_host(&mut self, text: &str) {
        let named = text.trim_start_matches(SLASHES);
        if text.len() - named.len() > 1 {
            for end in [named.find('/'), named.find(SLASHES)] {
                self.text(end.and_then(|end| named.get(end..)).unwrap_or("/"));
            }
        }
    }
}

/// A path without the format of its answer, of those that are JSON.
fn without_format(path: &str) -> Option<&str> {
    let (stem, format) = path.split_at_checked(path.len().checked_sub(FORMAT.len())?)?;
    (format.eq_ignore_ascii_case(FORMAT) && !stem.ends_with('/')).then_some(stem)
}

/// Whether a path has, at a cheap look, one reading, also without regard to case: most have.
pub(super) fn has_one_reading(path: &str) -> bool {
    let is_plain = |byte| !matches!(byte, b'A'..=b'Z' | b'.' | b'%' | b'\\' | b';');
    let mut last = 0;
    let is_empty = |byte| mem::replace(&mut last, byte) == b'/' && byte == b'/';
    path.bytes().all(is_plain) && !path.bytes().any(is_empty) && !(path.len() > 1 && path.ends_with('/'))
}

/// Whether a path has, at a cheap look, nothing that anybody would change.
pub(super) fn has_one_form(path: &str) -> bool {
    !path.bytes().any(|byte| matches!(byte, b'%' | b'\\' | b';')) && is_resolved(path)
}

/// Whether everybody understands a path alike. Escapes may stand in it, of what separates nothing.
pub(super) fn is_beyond_doubt(path: &str) -> bool {
    let separates = |byte: u8| matches!(byte, b'/' | b'\\' | b'.' | b';' | b'?' | b'#' | b'%' | 0..=0x1f | 0x7f);
    let harmless = |rest: &str| match rest.as_bytes() {
        [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
            let byte = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            byte.is_some_and(|byte| !separates(byte))
        }
        _ => false,
    };
    !path.contains(['\\', ';'])
        && !has_empty(path)
        && !path.split('/').any(is_dots)
        && path.split('%').skip(1).all(harmless)
}

/// A path as it is meant: decoded, without empty and dot segments.
pub(super) fn resolve(path: &str) -> String {
    without_empty(&without_dots(&without_empty(&percent_decode_str(path).decode_utf8_lossy())))
}

/// What happens to `;` and what follows it in a segment (RFC 3986 section 3.3).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parameters {
    Kept,
    DroppedAsSent,
    DroppedDecoded,
    /// With all segments behind it.
    DroppedWithTheRest,
}

/// What happens to percent-encoding (RFC 3986 section 2.1).
#[derive(Clone, Copy)]
enum Decoding {
    Nothing,
    /// `%2F` stays within its segment.
    Segments,
    Everything,
    Twice,
}

impl Decoding {
    fn of(self, path: Cow<'_, str>) -> Cow<'_, str> {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        match self {
            Self::Nothing => path,
            Self::Segments => by_segments(&path, |segment| decoded(segment).replace('/', "%2F")).into(),
            Self::Everything => decoded(&path).into(),
            Self::Twice => decoded(&decoded(&path)).into(),
        }
    }
}

fn is_resolved(path: &str) -> bool {
    // In one pass: every request is looked at, and few have anything.
    let mut last = 0;
    let begins_so = |byte| mem::replace(&mut last, byte) == b'/' && matches!(byte, b'/' | b'.');
    let ends_empty = path.len() > 1 && path.ends_with('/');
    !ends_empty && !path.bytes().any(begins_so)
}

fn is_dots(segment: &str) -> bool {
    segment == "." || segment == ".."
}

fn has_empty(path: &str) -> bool {
    path.contains("//") || (path.len() > 1 && path.ends_with('/'))
}

fn with_slashes(path: Cow<'_, str>) -> Cow<'_, str> {
    path.replace('\\', "/").into()
}

fn without_parameters(path: Cow<'_, str>) -> Cow<'_, str> {
    by_segments(&path, |segment| segment.split(';').next().unwrap_or_default().to_owned()).into()
}

fn by_segments(path: &str, change: impl Fn(&str) -> String) -> String {
    path.split('/').map(change).collect::<Vec<_>>().join("/")
}

fn without_empty(path: &str) -> String {
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    format!("/{}", segments.join("/"))
}

fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut rest = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = rest.next() {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
        // What ends with dots is a folder: `/a/b/..` is `/a/`.
        if is_dots(segment) && rest.peek().is_none() && !segments.is_empty() {
            segments.push("");
        }
    }
    format!("/{}", segments.join("/"))
}

const PARAMETERS: [Parameters; 4] =
    [Parameters::Kept, Parameters::DroppedAsSent, Parameters::DroppedDecoded, Parameters::DroppedWithTheRest];
const DECODINGS: [Decoding; 4] = [Decoding::Nothing, Decoding::Segments, Decoding::Everything, Decoding::Twice];

/// What ends a path in what was decoded: a query, a fragment, and in C all texts.
const ENDS: [char; 3] = ['?', '#', '\0'];

/// What WHATWG URL passes over, and behind a path.
const LINE_ENDS: [char; 3] = ['\t', '\n', '\r'];
const BLANK: fn(char) -> bool = |letter| letter <= ' ';

const SLASHES: [char; 2] = ['/', '\\'];

pub(super) const FORMAT: &str = ".json";

/// Sixteen texts of the longest path, or more of a shorter one.
const ROOM: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn readings(path: &str) -> BTreeSet<String> {
        let mut readings = BTreeSet::new();
        let all = each_reading(path, Written { is_named: false, has_format: false }, |reading| {
            readings.insert(reading.to_owned());
        });
        assert!(all);
        readings
    }

    #[test]
    fn every_service_finds_its_own_reading() {
        for (path, reading, whose) in [
            ("/a/x/%2e%2e/%2e%2e/b", "/a/x/%2e%2e/%2e%2e/b", "matches it as it came"),
            ("/a/x/%2e%2e/%2e%2e/b", "/b", "decodes, then resolves"),
            ("/a/x/%2e%2e/%2e%2e/b", "/a/x/../../b", "decodes, and resolves nothing"),
            ("/%61/../b%20c", "/b%20c", "resolves, and decodes nothing"),
            ("/a/..%2Fb", "/b", "decodes a slash with the rest"),
            ("/a/..%2Fb", "/a/..%2Fb", "keeps an encoded slash in its segment"),
            ("/a//../b", "/a/b", "resolves dots before it merges slashes"),
            ("/a//../b", "/b", "merges slashes first"),
            ("/a/x/..", "/a", "forgets the last slash"),
            ("/a/x/..", "/a/", "keeps it"),
            ("/a;v=1/b;c", "/a/b", "drops parameters"),
            ("/x/..;/a", "/a", "drops parameters, then resolves"),
            ("/a%3Bv=1/b", "/a/b", "decodes, then drops parameters"),
            ("/a;v=%2Fb/c", "/a/c", "drops parameters, then decodes"),
            ("/a\\b", "/a/b", "takes a backslash for a slash"),
            ("/a/x%5c..%5cb", "/a/b", "decodes it first"),
            ("/a;v=1/b", "/a", "drops all behind the first parameter"),
            ("/a%3fb", "/a", "decodes, then looks for a query"),
            ("/a%23b", "/a", "decodes, then looks for a fragment"),
            ("/a%00b", "/a", "ends a text with a zero"),
            ("/%2561", "/a", "decodes twice"),
            ("//x/a", "/a", "takes the first segment for a host"),
            ("//x:80/a/../b", "/b", "does so, and resolves"),
            ("//x@y\\a", "/a", "does so with a backslash behind it"),
            ("/\\x/a", "/a", "does so with a backslash before it"),
            ("///x/a", "/a", "does so with more slashes"),
            ("//x\\y/a", "/a", "takes a backslash for a part of the host"),
            ("//x", "/", "has nothing behind the host"),
            ("/%2Fx/a", "/a", "decodes, then takes it for a host"),
            ("/%5cx%2fa", "/a", "does so with all of it encoded"),
            ("/.//x/a", "/a", "resolves, then takes it for a host"),
            ("/x/..//y/a", "/a", "does so with more"),
            ("/x%255c..%255ca", "/a", "decodes twice, then takes a backslash for a slash"),
            ("/a%253Bv=1", "/a", "decodes twice, then drops parameters"),
            ("/%0aa%09", "/a", "passes over line ends"),
            ("/a%20", "/a", "passes over blanks behind it"),
            ("/a.json", "/a", "takes it for a format"),
            ("/a.json", "/a.json", "knows of no formats"),
            ("/a.JSON", "/a", "does not mind its case"),
            ("/a%2ejson", "/a", "decodes it first"),
        ] {
            assert!(readings(path).contains(reading), "one {whose}: {path} {reading} {:?}", readings(path));
        }
        for (path, reading) in [("/.json", "/"), ("/a/.json", "/a/"), ("/a/x", "/a"), ("/x/a", "/a")] {
            assert!(!readings(path).contains(reading), "{path} {reading} {:?}", readings(path));
        }
    }

    #[test]
    fn a_path_is_beyond_doubt_or_it_is_not() {
        for path in ["/", "/checkout", "/checkout/7", "/.well-known/buy", "/caf%C3%A9", "/a/b%20c%3D", "/a/B.json"] {
            assert!(is_beyond_doubt(path), "{path}");
        }
        for path in [
            "//checkout",
            "/checkout/",
            "/a//b",
            "/./b",
            "/a/..",
            "/a/..%2Fb",
            "/a%5Cb",
            "/%2e%2E/b",
            "/a;b",
            "/a%3bb",
            "/a\\b",
            "/%252e",
            "/a%00",
            "/a%",
            "/a%2",
            "/a%+1",
            "/a%g0",
            "/a%é",
        ] {
            assert!(!is_beyond_doubt(path), "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_path_as_it_came_and_as_it_is_meant_are_readings(path in "/([/.aA%2f5cC3b;\\\\]{0,14}|[/.ajsonN]{0,8})") {
            let readings = readings(&path);
            prop_assert!(readings.contains(&path));
            prop_assert!(readings.contains(&resolve(&path)), "{readings:?}");
            let is_alone = readings.len() == 1 && !path.bytes().any(|byte| byte.is_ascii_uppercase());
            prop_assert!(is_alone || !has_one_reading(&path), "{readings:?}");
        }

        #[test]
        fn beyond_doubt_only_escapes_are_read_in_two_ways(path in "/(a/b|a|B|%20b|%C3%A9|é|[.]|/|;|%2F|%3F|%23|%0A){0,5}") {
            let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
            let one = readings(&path).into_iter().all(|reading| reading == path || reading == decoded);
            prop_assert!(one || !is_beyond_doubt(&path), "{:?}", readings(&path));
        }
    }
}
