//! What a client would rather have: a page or JSON, and in which language (RFC 9110 section 12.5, RFC 4647 section 3.4).

use http::{
    HeaderMap, HeaderName,
    header::{ACCEPT, ACCEPT_LANGUAGE},
};

/// Whether a client would rather have a page than JSON. Whoever takes both alike gets JSON, as API clients do that take
/// anything; browsers name HTML.
pub(crate) fn prefers_a_page(headers: &HeaderMap) -> bool {
    let ranges: Vec<_> = weighted(headers, ACCEPT).collect();
    // How well it is liked, and how exactly it was named.
    let liked = |media: &str, class: &str| {
        let exactness = |range: &str| match () {
            () if range.eq_ignore_ascii_case(media) => 2,
            () if range.eq_ignore_ascii_case(class) => 1,
            () if range == "*/*" => 0,
            () => -1,
        };
        let named = ranges.iter().map(|(range, weight)| (exactness(range), *weight)).filter(|(exact, _)| *exact >= 0);
        named.max_by_key(|(exact, _)| *exact).map_or((0, -1), |(exact, weight)| (weight, exact))
    };
    liked("text/html", "text/*") > liked("application/json", "application/*")
}

/// The language among these that a client likes best, by its place; none where it likes none of them.
///
/// A range that is not there is looked for in less and less exact form: `de-CH` finds `de`.
pub(crate) fn language(headers: &HeaderMap, there: &[&str]) -> Option<usize> {
    let mut ranges: Vec<_> = weighted(headers, ACCEPT_LANGUAGE).filter(|(_, weight)| *weight > 0).collect();
    // Stable: of two that are liked alike, the first one named comes first.
    ranges.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    ranges.into_iter().find_map(|(range, _)| {
        let mut range = range;
        loop {
            if let Some(place) = there.iter().position(|tag| tag.eq_ignore_ascii_case(range)) {
                return Some(place);
            }
            (range, _) = range.rsplit_once('-')?;
        }
    })
}

/// The members of a list with weights, in thousandths (RFC 9110 section 12.4.2). One whose weight cannot be read has none.
fn weighted(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, u16)> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).take(MEMBERS_AT_MOST).filter_map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let range = parts.next().filter(|range| !range.is_empty())?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some((range, weight.map_or(1000, |weight| thousandths(weight).unwrap_or(0))))
    })
}

/// `0`, `1`, or one of them with up to three digits behind the point.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part = digits.then(|| format!("{part:0<3}").parse::<u16>().ok())??;
    match whole {
        "0" => Some(part),
        "1" if part == 0 => Some(1000),
        _ => None,
    }
}

/// No client has more to say.
const MEMBERS_AT_MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_browser_gets_a_page_and_a_program_json() {
        for (accept, page) in [
            (&[][..], false),
            (&["*/*"], false),
            (&["application/json"], false),
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], true),
            (&["text/html"], true),
            (&["text/*"], true),
            (&["application/json, text/html"], false),
            (&["application/json;q=0.9, text/html"], true),
            (&["application/json;q=0.9", "text/html;q=0.95"], true),
            (&["text/html;q=0.5, */*;q=0.8"], false),
            (&["text/html;q=0, */*"], false),
            (&["TEXT/HTML; charset=utf-8; Q=0.9, application/*;q=0.1"], true),
            (&["text/html;q=yes, application/json;q=0.1"], false),
            (&["application/problem+json"], false),
            (&["image/png"], false),
            (&[",,;q=1,"], false),
        ] {
            assert_eq!(prefers_a_page(&headers("accept", accept)), page, "{accept:?}");
        }
    }

    #[test]
    fn the_language_is_the_best_liked_one_that_is_there() {
        let there = ["en", "de", "fr-ch"];
        for (accept, language_found) in [
            (&[][..], None),
            (&["*"], None),
            (&["de"], Some("de")),
            (&["DE-at"], Some("de")),
            (&["de-CH-1996, en;q=0.9"], Some("de")),
            (&["en;q=0.8, de;q=0.9"], Some("de")),
            (&["it, es;q=0.9, de;q=0.1"], Some("de")),
            (&["de;q=0, en;q=0.1"], Some("en")),
            (&["de;q=0.5, en;q=0.5"], Some("de")),
            (&["fr"], None),
            (&["fr-CH-VD"], Some("fr-ch")),
            (&["de;q=1.001, en;q=0.001"], Some("en")),
            (&["it", "de"], Some("de")),
            (&["-, --, de-"], Some("de")),
        ] {
            let found = language(&headers("accept-language", accept), &there).map(|place| there[place]);
            assert_eq!(found, language_found, "{accept:?}");
        }
    }

    #[test]
    fn a_weight_is_a_number_of_three_places_at_most() {
        for (text, read) in
            [("1", Some(1000)), ("1.000", Some(1000)), ("0.5", Some(500)), ("0.001", Some(1)), ("0.", Some(0))]
        {
            assert_eq!(thousandths(text), read, "{text}");
        }
        for text in ["", "2", "1.1", "0.0001", "-0", "0,5", ".5", "1e0", "0.+5"] {
            assert_eq!(thousandths(text), None, "{text}");
        }
    }
}
