//! What a request to the portal is about, told by its path.

use http::Method;

/// One of the portal's resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// Where the portal begins.
    Home,
    /// What is said of the relationship; forgetting it.
    Me,
    /// The customer's own cap.
    Limit,
    /// Nothing personal for a time.
    Pause,
    /// One purpose, by the name in the path.
    Purpose(&'a str),
    /// All that is kept.
    Export,
    /// How it all works, for everybody.
    Policy,
    /// How the pages look.
    Style,
    /// The statement about Global Privacy Control, at the site's root.
    Gpc,
    /// Nothing, below the portal's path.
    Nowhere,
}

impl<'a> Route<'a> {
    /// The resource at a path of the site, where the portal's path is `base`; `None` for a path that is not the portal's.
    pub(crate) fn of(path: &'a str, base: &str) -> Option<Self> {
        if path == GPC {
            return Some(Self::Gpc);
        }
        let below = path.strip_prefix(base)?;
        (below.is_empty() || below.starts_with('/')).then(|| Self::below(below))
    }

    /// The resource at a path as it is below the portal's own. One last `/` makes no difference, as for endpoints.
    pub(crate) fn below(path: &'a str) -> Self {
        let path = path.strip_suffix('/').unwrap_or(path);
        match path {
            "" => Self::Home,
            "/me" => Self::Me,
            "/me/limit" => Self::Limit,
            "/me/pause" => Self::Pause,
            "/me/export" => Self::Export,
            "/policy" => Self::Policy,
            "/page.css" => Self::Style,
            _ => match path.strip_prefix("/me/purposes/") {
                Some(name) if !name.is_empty() && !name.contains('/') => Self::Purpose(name),
                _ => Self::Nowhere,
            },
        }
    }

    /// The pattern of its path; none where nothing is.
    pub(crate) fn pattern(self, base: &str) -> Option<String> {
        let below = match self {
            Self::Home => "",
            Self::Me => "/me",
            Self::Limit => "/me/limit",
            Self::Pause => "/me/pause",
            Self::Purpose(_) => "/me/purposes/{name}",
            Self::Export => "/me/export",
            Self::Policy => "/policy",
            Self::Style => "/page.css",
            Self::Gpc => return Some(GPC.to_owned()),
            Self::Nowhere => return None,
        };
        Some(format!("{base}{below}"))
    }

    /// The methods that it knows, as the `Allow` header lists them.
    pub(crate) fn allowed(self) -> &'static str {
        match self {
            Self::Me => "GET, HEAD, POST, DELETE, OPTIONS",
            Self::Limit | Self::Pause => "PUT, POST, DELETE, OPTIONS",
            Self::Purpose(_) => "PUT, POST, OPTIONS",
            Self::Home | Self::Export | Self::Policy | Self::Style | Self::Gpc | Self::Nowhere => "GET, HEAD, OPTIONS",
        }
    }

    /// Whether a method is one of them.
    pub(crate) fn allows(self, method: &Method) -> bool {
        self.allowed().split(", ").any(|allowed| allowed == method.as_str())
    }
}

/// Where the statement about Global Privacy Control is (its specification, "GPC Support Resource"; RFC 8615).
const GPC: &str = "/.well-known/gpc.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_its_path_and_nothing_else_is_taken() {
        for (path, route) in [
            ("/rapport", Some(Route::Home)),
            ("/rapport/", Some(Route::Home)),
            ("/rapport/me", Some(Route::Me)),
            ("/rapport/me/limit", Some(Route::Limit)),
            ("/rapport/me/pause", Some(Route::Pause)),
            ("/rapport/me/purposes/record", Some(Route::Purpose("record"))),
            ("/rapport/me/export", Some(Route::Export)),
            ("/rapport/policy", Some(Route::Policy)),
            ("/.well-known/gpc.json", Some(Route::Gpc)),
            ("/rapport/me/", Some(Route::Me)),
            ("/rapport/me/limit/", Some(Route::Limit)),
            ("/rapport/me/purposes/record/", Some(Route::Purpose("record"))),
            ("/rapport/policy/", Some(Route::Policy)),
            ("/rapport//", Some(Route::Nowhere)),
            ("/rapport/me//", Some(Route::Nowhere)),
            ("/rapport/me/purposes", Some(Route::Nowhere)),
            ("/rapport/me/purposes//", Some(Route::Nowhere)),
            ("/.well-known/gpc.json/", None),
            ("/rapport/me/purposes/", Some(Route::Nowhere)),
            ("/rapport/me/purposes/a/b", Some(Route::Nowhere)),
            ("/rapport/../recommendations", Some(Route::Nowhere)),
            ("/rapports", None),
            ("/me", None),
            ("/recommendations", None),
            ("/rapport/.well-known/gpc.json", Some(Route::Nowhere)),
        ] {
            assert_eq!(Route::of(path, "/rapport"), route, "{path}");
            let pattern = route.and_then(|route| route.pattern("/rapport"));
            let expected = path.trim_end_matches('/').replace("purposes/record", "purposes/{name}");
            assert_eq!(pattern, route.filter(|route| *route != Route::Nowhere).map(|_| expected), "{path}");
        }
    }

    #[test]
    fn a_method_is_allowed_where_it_means_something() {
        let about = |route: Route<'_>| {
            ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"]
                .into_iter()
                .filter(|method| route.allows(&method.parse().unwrap()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(about(Route::Me), "GET HEAD POST DELETE");
        assert_eq!(about(Route::Limit), "PUT POST DELETE");
        assert_eq!(about(Route::Purpose("record")), "PUT POST");
        assert_eq!(about(Route::Export), "GET HEAD");
    }
}
