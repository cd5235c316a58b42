//! Where a token stands in a request.

use std::{fmt, str, str::FromStr};

use http::{HeaderMap, HeaderName, header};

use super::refusal::TokenError;
use crate::cookies;

/// A place that a token may stand in: `header:authorization`, `header:x-token`, `cookie:session`.
///
/// `Authorization` holds it after the scheme `Bearer` (RFC 6750 section 2.1); any other header, and a cookie, is the token.
///
/// ```
/// use tower_rapport::identity::TokenSource;
///
/// let sources = ["header:authorization", "cookie:session"].map(|text| text.parse::<TokenSource>());
/// assert!(sources.iter().all(|source| source.is_ok()));
/// let error = "header:cookie".parse::<TokenSource>().unwrap_err();
/// assert!(error.to_string().contains("write `cookie:NAME`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// A request header.
    Header(HeaderName),
    /// A cookie by its name (compared exactly).
    Cookie(String),
}

impl TokenSource {
    /// The header that the place is in.
    pub fn header(&self) -> HeaderName {
        match self {
            Self::Header(name) => name.clone(),
            Self::Cookie(_) => header::COOKIE,
        }
    }

    /// The token in this place, if one is there. An `Authorization` of another scheme holds none.
    ///
    /// # Errors
    ///
    /// [`TokenError::Ambiguous`] where the header has several lines, or several cookies have the name;
    /// [`TokenError::Shape`] where the value is no visible ASCII.
    pub(crate) fn find<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a str>, TokenError> {
        let found = match self {
            Self::Header(name) => {
                let value = only(headers.get_all(name).iter().map(http::HeaderValue::as_bytes))?;
                if name == header::AUTHORIZATION { value.and_then(bearer) } else { value }
            }
            Self::Cookie(name) => {
                only(cookies::all(headers).filter(|(own, _)| *own == name.as_bytes()).map(|(_, value)| value))?
            }
        };
        found.map(visible).transpose()
    }
}

/// The token in the first place that holds one.
///
/// # Errors
///
/// Those of [`TokenSource::find`], for the first place that holds something: a doubtful token is not passed over for
/// one that a client put elsewhere.
pub(crate) fn find_token<'a>(sources: &[TokenSource], headers: &'a HeaderMap) -> Result<Option<&'a str>, TokenError> {
    sources.iter().find_map(|source| source.find(headers).transpose()).transpose()
}

/// Whether the first place that holds something is a header of its own, which no link, form, picture or frame of another site's
/// page can send. Some gateways, though, make such a header of a cookie.
pub(crate) fn is_in_header(sources: &[TokenSource], headers: &HeaderMap) -> bool {
    let mut holding = sources.iter().filter(|source| !matches!(source.find(headers), Ok(None)));
    matches!(holding.next(), Some(TokenSource::Header(_)))
}

impl FromStr for TokenSource {
    type Err = UnknownCarrier;

    fn from_str(text: &str) -> Result<Self, UnknownCarrier> {
        let refuse = |why| Err(UnknownCarrier { text: text.into(), why });
        match text.split_once(':') {
            Some(("header", name)) => match name.parse() {
                Ok(header::COOKIE) => refuse("write `cookie:NAME` with the name of the cookie"),
                Ok(name) => Ok(Self::Header(name)),
                Err(_) => refuse("what follows `header:` is no header name"),
            },
            Some(("cookie", name)) if is_cookie_name(name) => Ok(Self::Cookie(name.into())),
            Some(("cookie", _)) => refuse("what follows `cookie:` is no cookie name"),
            _ => refuse("write `header:NAME` or `cookie:NAME`"),
        }
    }
}

impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
        }
    }
}

/// A text that names no place for a token.
///
/// Its text says what to write. See the example of [`TokenSource`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCarrier {
    text: String,
    why: &'static str,
}

impl fmt::Display for UnknownCarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: not a place for a token; {}", self.text, self.why)
    }
}

impl std::error::Error for UnknownCarrier {}

fn only<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Result<Option<&'a [u8]>, TokenError> {
    match (values.next(), values.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(TokenError::Ambiguous),
    }
}

/// What follows the scheme `Bearer`, in any case (RFC 9110 section 11.1); the scheme alone holds an empty token.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(6)?;
    (scheme.eq_ignore_ascii_case(b"bearer") && matches!(rest.first(), None | Some(b' '))).then(|| rest.trim_ascii())
}

fn visible(value: &[u8]) -> Result<&str, TokenError> {
    let text = str::from_utf8(value).ok().filter(|text| text.is_ascii());
    text.ok_or(TokenError::Shape)
}

/// A `token` of RFC 9110 section 5.6.2, as RFC 6265 wants a cookie's name.
fn is_cookie_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn found(source: &str, lines: &[(&'static str, &'static str)]) -> Result<Option<String>, TokenError> {
        source.parse::<TokenSource>().unwrap().find(&headers(lines)).map(|token| token.map(str::to_owned))
    }

    #[test]
    fn authorization_holds_a_token_after_bearer_only() {
        let at = |value| found("header:authorization", &[("authorization", value)]);
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c "] {
            assert_eq!(at(value), Ok(Some("a.b.c".into())), "{value}");
        }
        for value in ["Basic YTpi", "Bearera.b.c", "a.b.c", "Digest Bearer a.b.c", ""] {
            assert_eq!(at(value), Ok(None), "{value}");
        }
        assert_eq!(at("Bearer"), Ok(Some(String::new())));
        assert_eq!(at("Bearer a.b.c, Bearer d.e.f"), Ok(Some("a.b.c, Bearer d.e.f".into())));
    }

    #[test]
    fn another_header_is_the_token() {
        assert_eq!(found("header:X-Token", &[("x-token", "a.b.c")]), Ok(Some("a.b.c".into())));
        assert_eq!(found("header:X-Token", &[("authorization", "Bearer a.b.c")]), Ok(None));
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_exact_name() {
        let lines = [("cookie", "a=1; Session=no; session=a.b.c"), ("cookie", "xsession=no; flag")];
        assert_eq!(found("cookie:session", &lines), Ok(Some("a.b.c".into())));
        assert_eq!(found("cookie:session", &[("cookie", "session=\"a.b.c\"")]), Ok(Some("a.b.c".into())));
        assert_eq!(found("cookie:other", &lines), Ok(None));
    }

    #[test]
    fn two_of_one_place_are_a_bad_token() {
        let twice = [("authorization", "Bearer a.b.c"), ("authorization", "Bearer d.e.f")];
        assert_eq!(found("header:authorization", &twice), Err(TokenError::Ambiguous));
        assert_eq!(found("cookie:s", &[("cookie", "s=a; s=b")]), Err(TokenError::Ambiguous));
        assert_eq!(found("cookie:s", &[("cookie", "s=a"), ("cookie", "s=a")]), Err(TokenError::Ambiguous));
    }

    #[test]
    fn the_first_place_that_holds_one_wins_good_or_bad() {
        let sources: Vec<TokenSource> =
            ["header:authorization", "cookie:s"].iter().map(|text| text.parse().unwrap()).collect();
        let first = |lines: &[_]| find_token(&sources, &headers(lines)).map(|token| token.map(str::to_owned));
        let cookie = ("cookie", "s=d.e.f");
        assert_eq!(first(&[("authorization", "Bearer a.b.c"), cookie]), Ok(Some("a.b.c".into())));
        assert_eq!(first(&[("authorization", "Basic YTpi"), cookie]), Ok(Some("d.e.f".into())));
        assert_eq!(first(&[cookie]), Ok(Some("d.e.f".into())));
        assert_eq!(first(&[("authorization", "Bearer ä"), cookie]), Err(TokenError::Shape));
        assert_eq!(first(&[]), Ok(None));
    }

    #[test]
    fn a_place_prints_as_it_is_written_and_a_wrong_one_says_why() {
        for text in ["header:authorization", "header:x-token", "cookie:__Host-session"] {
            assert_eq!(text.parse::<TokenSource>().unwrap().to_string(), text);
        }
        for text in ["authorization", "header:", "header:a b", "header:cookie", "cookie:", "cookie:a=b", "query:token"]
        {
            let error = text.parse::<TokenSource>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}`: ")), "{error}");
        }
    }
}
