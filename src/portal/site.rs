//! Whether a request comes from a page of another site.
//!
//! A browser sends cookies along with whatever a page makes it ask, so where a cookie says who asks, a request alone does
//! not say that the customer wanted it. The browser tells which page did: in `Sec-Fetch-Site` (Fetch Metadata), else in
//! `Origin` (Fetch, section 3.1), else, as the last resort, in `Referer`. None of them is the page's to write.

use http::{
    HeaderMap, HeaderName, Uri,
    header::{HOST, ORIGIN, REFERER},
};

/// Where a request was made, as the browser tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// On a page of the same origin, or by the customer's own doing, such as a bookmark.
    Own,
    /// On another site's page, or nothing that can be relied on.
    Foreign,
    /// Nothing is said. Every browser says something when it changes anything, so this is none.
    Silent,
}

/// Where a request was made.
pub(crate) fn site(target: &Uri, headers: &HeaderMap) -> Site {
    let own = |is_own: bool| if is_own { Site::Own } else { Site::Foreign };
    if let Some(site) = only(headers, &SEC_FETCH_SITE) {
        return own(site.is_some_and(|site| site == "same-origin" || site == "none"));
    }
    let Some(page) = only(headers, &ORIGIN).or_else(|| only(headers, &REFERER)) else { return Site::Silent };
    let host = target.authority().map(|authority| Some(authority.as_str())).or_else(|| only(headers, &HOST)).flatten();
    own(page.zip(host).is_some_and(|(page, host)| is_of(page, host)))
}

/// Whether the address of a page, or its origin, is of a host. The scheme is not compared: behind a proxy that speaks TLS,
/// nobody here knows it.
fn is_of(page: &str, host: &str) -> bool {
    let Ok(page) = page.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (page.scheme_str(), page.authority()) else { return false };
    let default = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return false,
    };
    let bare = |host: &str| {
        let host = host.to_ascii_lowercase();
        host.strip_suffix(default).map(str::to_owned).unwrap_or(host)
    };
    !authority.as_str().contains('@') && bare(authority.as_str()) == bare(host)
}

/// The one line of a header; `Some(None)` where there are several or it cannot be read.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a str>> {
    let mut lines = headers.get_all(name).iter();
    let first = lines.next()?;
    Some(first.to_str().ok().filter(|_| lines.next().is_none()))
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use super::*;

    fn made_at(target: &str, lines: &[(&'static str, &'static str)]) -> Site {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        site(&target.parse().unwrap(), &headers)
    }

    #[test]
    fn a_page_of_the_same_origin_may_and_no_other() {
        let host = ("host", "shop.example");
        for (lines, found) in [
            (&[host, ("sec-fetch-site", "same-origin")][..], Site::Own),
            (&[host, ("sec-fetch-site", "none")], Site::Own),
            (&[host, ("sec-fetch-site", "same-site")], Site::Foreign),
            (&[host, ("sec-fetch-site", "cross-site")], Site::Foreign),
            (&[host, ("sec-fetch-site", "Same-Origin")], Site::Foreign),
            (&[host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], Site::Foreign),
            // The browser's own word outranks the origin, which a proxy's other host name would make foreign.
            (
                &[("host", "inner:8080"), ("origin", "https://shop.example"), ("sec-fetch-site", "same-origin")],
                Site::Own,
            ),
            (&[host, ("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")], Site::Foreign),
            (&[host, ("origin", "https://shop.example")], Site::Own),
            (&[host, ("origin", "https://SHOP.example:443")], Site::Own),
            (&[host, ("origin", "http://shop.example:80")], Site::Own),
            (&[("host", "shop.example:8080"), ("origin", "http://shop.example:8080")], Site::Own),
            (&[host, ("origin", "https://shop.example:8443")], Site::Foreign),
            (&[host, ("origin", "https://evil.example")], Site::Foreign),
            (&[host, ("origin", "https://shop.example.evil.example")], Site::Foreign),
            (&[host, ("origin", "https://evil.example/shop.example")], Site::Foreign),
            (&[host, ("origin", "null")], Site::Foreign),
            (&[host, ("origin", "")], Site::Foreign),
            (&[host, ("origin", "https://shop.example"), ("origin", "https://evil.example")], Site::Foreign),
            (&[host, ("origin", "https://evil.example"), ("referer", "https://shop.example/")], Site::Foreign),
            (&[host, ("referer", "https://shop.example/rapport/me?x=1")], Site::Own),
            (&[host, ("referer", "https://evil.example/?https://shop.example/")], Site::Foreign),
            (&[host, ("referer", "https://shop.example@evil.example/")], Site::Foreign),
            (&[host, ("referer", "https://evil@shop.example/")], Site::Foreign),
            (&[host, ("referer", "/rapport/me")], Site::Foreign),
            (&[host], Site::Silent),
            (&[host, ("cookie", "session=x")], Site::Silent),
            (&[("origin", "https://shop.example")], Site::Foreign),
        ] {
            assert_eq!(made_at("/rapport/me", lines), found, "{lines:?}");
        }
    }

    #[test]
    fn in_http_2_the_host_is_in_the_target() {
        let origin = ("origin", "https://shop.example");
        assert_eq!(made_at("https://shop.example/rapport/me", &[origin]), Site::Own);
        let evil = [("host", "evil.example"), ("origin", "https://evil.example")];
        assert_eq!(made_at("https://shop.example/rapport/me", &evil), Site::Foreign);
    }
}
