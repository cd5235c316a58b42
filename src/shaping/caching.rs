//! What caches are told of an answer.

use std::time::Duration;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{AGE, CACHE_CONTROL, EXPIRES, VARY},
};

use crate::lookup;

/// Keeps an answer to one person out of caches that others share, at least: what is stricter already stays (RFC 9111
/// section 5.2.2).
///
/// A cache that knows `must-understand` stores in spite of `no-store` (section 5.2.2.3), so beside it that is not strict.
pub(crate) fn keep_private(headers: &mut HeaderMap) {
    lookup::take(headers, &EXPIRES);
    forget_shared_caches(headers);
    if !lookup::has(headers, &CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, PRIVATE);
        return;
    }
    let [no_store, must_understand, must_revalidate, no_transform] =
        ["no-store", "must-understand", "must-revalidate", "no-transform"].map(|name| has_directive(headers, name));
    if !no_store || must_understand {
        let kept = [(no_store, ", no-store"), (must_revalidate, ", must-revalidate"), (no_transform, ", no-transform")];
        let line = if kept.iter().any(|(is_kept, _)| *is_kept) {
            let kept = kept.into_iter().filter(|(is_kept, _)| *is_kept).map(|(_, directive)| directive);
            let line: String = ["private, no-cache"].into_iter().chain(kept).collect();
            HeaderValue::try_from(line).unwrap_or(PRIVATE)
        } else {
            PRIVATE
        };
        headers.insert(CACHE_CONTROL, line);
    }
}

/// Keeps an answer out of every cache: it stands in the place of another one, just now.
pub(crate) fn keep_out(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.remove(EXPIRES);
    forget_shared_caches(headers);
}

/// Says what an answer depends on besides its address: `names`, a list of header names in small letters, with what the
/// service said (RFC 9110 section 12.5.5). In one line: some caches read no other.
pub(crate) fn vary(headers: &mut HeaderMap, names: &HeaderValue) {
    if !lookup::has(headers, &VARY) {
        headers.insert(VARY, names.clone());
        return;
    }
    let lines: Vec<&[u8]> = headers.get_all(VARY).iter().map(HeaderValue::as_bytes).collect();
    let names = names.to_str().unwrap_or_default().split(", ");
    let more = names.filter(|name| !depends_on(headers, name)).map(str::as_bytes);
    let all: Vec<&[u8]> = lines.iter().copied().chain(more).collect();
    if all.len() > 1
        && let Ok(line) = HeaderValue::from_bytes(&all.join(&b", "[..]))
    {
        headers.insert(VARY, line);
    }
}

/// Whether an answer is offered to caches that several people share, also to others than who sends the same in all of these
/// headers. Caches that have a header of their own mostly look at no `Vary`.
pub(crate) fn is_for_all(headers: &HeaderMap, told_by: &[HeaderName]) -> bool {
    let is_offered = ["public", "s-maxage"].iter().any(|name| has_directive(headers, name));
    let is_told_apart = || told_by.iter().all(|name| depends_on(headers, name.as_str()));
    is_offered && !is_told_apart() || headers.keys().any(is_for_shared_caches)
}

/// Whether nobody on the way may change the content (RFC 9111 section 5.2.2.6, RFC 9110 section 7.7).
pub(crate) fn forbids_change(headers: &HeaderMap) -> bool {
    has_directive(headers, "no-transform")
}

/// Whether no cache may keep an answer.
pub(crate) fn forbids_storing(headers: &HeaderMap) -> bool {
    has_directive(headers, "no-store") && !has_directive(headers, "must-understand")
}

/// Whether no cache that several people share may keep an answer.
pub(crate) fn forbids_sharing(headers: &HeaderMap) -> bool {
    let mut directives = lookup::lines(headers, &CACHE_CONTROL).flat_map(|line| directives(line.as_bytes()));
    // With names of fields it is said of these alone.
    let is_private = directives.any(|directive| directive.trim_ascii().eq_ignore_ascii_case(b"private"));
    (is_private || forbids_storing(headers)) && !headers.keys().any(is_for_shared_caches)
}

/// For how long caches that several people share may use an answer without asking again, as far as `Cache-Control` says that:
/// what `s-maxage` says, or else `max-age`, without its `Age` (RFC 9111 section 4.2); no time with `no-cache`, and with what
/// cannot be read.
pub(crate) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    if has_directive(headers, "no-cache") {
        return Some(Duration::ZERO);
    }
    let lifetime = seconds(headers, "s-maxage").or_else(|| seconds(headers, "max-age"))?;
    Some(Duration::from_secs(lifetime.saturating_sub(age(headers))))
}

/// How old an answer was when it came, in seconds (RFC 9111 section 5.1).
pub(crate) fn age(headers: &HeaderMap) -> u64 {
    lookup::lines(headers, &AGE).map(|line| number(line.as_bytes())).max().unwrap_or(0)
}

/// The least that a directive says, where it stands.
fn seconds(headers: &HeaderMap, name: &str) -> Option<u64> {
    let said = |directive: &[u8]| {
        let mut parts = directive.splitn(2, |byte| *byte == b'=');
        let is_it = parts.next().unwrap_or_default().trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        is_it.then(|| number(parts.next().unwrap_or_default()))
    };
    lookup::lines(headers, &CACHE_CONTROL).flat_map(|line| directives(line.as_bytes())).filter_map(said).min()
}

/// A number of seconds, also in quotes (RFC 9111 section 5.2); of what is none, 0.
fn number(text: &[u8]) -> u64 {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Whether an answer says that it depends on a header.
fn depends_on(headers: &HeaderMap, name: &str) -> bool {
    let words = lookup::lines(headers, &VARY).flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let is_it = |word: &[u8]| word.eq_ignore_ascii_case(name.as_bytes()) || word == b"*";
    words.map(<[u8]>::trim_ascii).any(is_it)
}

fn forget_shared_caches(headers: &mut HeaderMap) {
    while let Some(name) = headers.keys().find(|name| is_for_shared_caches(name)).cloned() {
        headers.remove(name);
    }
}

/// RFC 9213 and its convention of names, which LiteSpeed has too, and what came before it: they outrank `Cache-Control` where they
/// stand.
fn is_for_shared_caches(name: &HeaderName) -> bool {
    let name = name.as_str();
    // The Edge Architecture note, nginx, Akamai.
    matches!(name, "surrogate-control" | "x-accel-expires" | "edge-control") || name.ends_with("-cache-control")
}

fn has_directive(headers: &HeaderMap, name: &str) -> bool {
    let is_it = |directive: &[u8]| {
        let bare = directive.split(|byte| *byte == b'=').next().unwrap_or_default();
        bare.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
    };
    lookup::lines(headers, &CACHE_CONTROL).any(|line| directives(line.as_bytes()).any(is_it))
}

/// The elements of a line, parted at commas that stand in no quoted string.
fn directives(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(move |byte| {
        let quote = *byte == b'"' && !escaped;
        escaped = quoted && *byte == b'\\' && !escaped;
        quoted ^= quote;
        *byte == b',' && !quoted
    })
}

const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

#[cfg(test)]
mod tests {
    use http::header::{AUTHORIZATION, COOKIE};

    use super::*;

    const TOLD_BY: [HeaderName; 2] = [AUTHORIZATION, COOKIE];

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn an_answer_to_one_person_is_private_at_least() {
        for (was, is) in [
            (&[][..], "private, no-cache"),
            (&[("cache-control", "public, max-age=60")], "private, no-cache"),
            (&[("cache-control", "max-age=0, No-Store")], "max-age=0, No-Store"),
            (&[("cache-control", "must-understand, no-store, max-age=60")], "private, no-cache, no-store"),
            (
                &[("cache-control", "public, no-transform, must-revalidate")],
                "private, no-cache, must-revalidate, no-transform",
            ),
            (&[("cache-control", "x=\"no-store, private\"")], "private, no-cache"),
            (&[("cache-control", "private=\"x-a\"")], "private, no-cache"),
            (&[("expires", "x"), ("cdn-cache-control", "max-age=60")], "private, no-cache"),
            (&[("surrogate-control", "max-age=60"), ("x-accel-expires", "60")], "private, no-cache"),
            (&[("edge-control", "x"), ("vercel-cdn-cache-control", "x")], "private, no-cache"),
            (&[("x-litespeed-cache-control", "x"), ("akamai-cache-control", "x")], "private, no-cache"),
        ] {
            let mut answer = headers(was);
            keep_private(&mut answer);
            assert_eq!(answer.get(CACHE_CONTROL).unwrap(), is, "{was:?}");
            assert_eq!(answer.len(), 1, "{was:?}");
        }
    }

    #[test]
    fn what_an_answer_depends_on_is_said_with_what_the_service_said() {
        for (was, is) in [
            (&[][..], "authorization, sec-gpc, prefer"),
            (&["Accept"], "Accept, authorization, sec-gpc, prefer"),
            (&["Authorization,  PREFER"], "Authorization,  PREFER, sec-gpc"),
            (&["authorization", "prefer, sec-gpc"], "authorization, prefer, sec-gpc"),
            (&["sec-gpc, prefer, authorization"], "sec-gpc, prefer, authorization"),
            (&["accept, *"], "accept, *"),
        ] {
            let mut answer = HeaderMap::new();
            for line in was {
                answer.append(VARY, HeaderValue::from_static(line));
            }
            vary(&mut answer, &HeaderValue::from_static("authorization, sec-gpc, prefer"));
            let told: Vec<_> = answer.get_all(VARY).iter().map(|line| line.to_str().unwrap()).collect();
            assert_eq!(told, [is]);
        }
    }

    #[test]
    fn a_shared_cache_may_keep_an_answer_or_it_may_not() {
        for (lines, forbidden) in [
            (&[][..], false),
            (&[("cache-control", "public, max-age=60")], false),
            (&[("cache-control", "no-cache")], false),
            (&[("cache-control", "max-age=60, Private")], true),
            (&[("cache-control", "private=\"x-a\"")], false),
            (&[("cache-control", "no-store")], true),
            (&[("cache-control", "no-store, must-understand")], false),
            (&[("cache-control", "private"), ("cdn-cache-control", "max-age=60")], false),
        ] {
            assert_eq!(forbids_sharing(&headers(lines)), forbidden, "{lines:?}");
        }
    }

    #[test]
    fn a_shared_cache_may_use_an_answer_for_a_time() {
        for (lines, fresh_for) in [
            (&[][..], None),
            (&[("cache-control", "public")], None),
            (&[("cache-control", "x=\"max-age=5\"")], None),
            (&[("cache-control", "max-age=60")], Some(60)),
            (&[("cache-control", "Max-Age = \"60\"")], Some(60)),
            (&[("cache-control", "max-age=5, s-maxage=60")], Some(60)),
            (&[("cache-control", "s-maxage=5, max-age=60")], Some(5)),
            (&[("cache-control", "max-age=60, max-age=5")], Some(5)),
            (&[("cache-control", "max-age=60"), ("cache-control", "no-cache")], Some(0)),
            (&[("cache-control", "no-cache=\"x-a\", max-age=60")], Some(0)),
            (&[("cache-control", "max-age")], Some(0)),
            (&[("cache-control", "max-age=-1")], Some(0)),
            (&[("cache-control", "max-age=60"), ("age", "20")], Some(40)),
            (&[("cache-control", "max-age=60"), ("age", "x")], Some(60)),
            (&[("cache-control", "max-age=60"), ("age", "61")], Some(0)),
        ] {
            assert_eq!(fresh_for.map(Duration::from_secs), super::fresh_for(&headers(lines)), "{lines:?}");
        }
    }

    #[test]
    fn an_answer_is_offered_to_all_or_it_is_not() {
        for (line, for_all) in [
            ("public", true),
            ("Public, max-age=60", true),
            ("s-maxage=60", true),
            ("max-age=60", false),
            ("private", false),
            ("x=\"public, s-maxage=1\"", false),
        ] {
            assert_eq!(is_for_all(&headers(&[("cache-control", line)]), &TOLD_BY), for_all, "{line}");
        }
        assert!(is_for_all(&headers(&[("cdn-cache-control", "max-age=60"), ("vary", "*")]), &TOLD_BY));
        assert!(!is_for_all(&HeaderMap::new(), &TOLD_BY));
    }

    #[test]
    fn what_depends_on_all_that_says_who_asks_is_not_for_all() {
        for (vary, for_all) in [
            (&[][..], true),
            (&["authorization"], true),
            (&["accept, Cookie"], true),
            (&["Cookie", "accept,Authorization"], false),
            (&["*"], false),
        ] {
            let mut answer = headers(&[("cache-control", "public")]);
            for line in vary {
                answer.append(VARY, HeaderValue::from_static(line));
            }
            assert_eq!(is_for_all(&answer, &TOLD_BY), for_all, "{vary:?}");
        }
    }
}
