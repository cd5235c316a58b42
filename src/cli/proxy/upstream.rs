//! The address of the wrapped service.

use std::{
    error::Error,
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    str::FromStr,
    time::Duration,
};

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};
use tokio::{net::TcpStream, time::timeout};

/// Where the wrapped service listens: `http://host:port` or `https://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upstream {
    scheme: Scheme,
    authority: Authority,
}

impl Upstream {
    /// The address of a target at the service.
    pub(crate) fn at(&self, target: Option<&PathAndQuery>) -> Option<Uri> {
        let target = target.cloned().unwrap_or(PathAndQuery::from_static("/"));
        Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone()).path_and_query(target).build().ok()
    }

    /// Whether something takes connections there.
    pub(crate) async fn is_reached(&self) -> bool {
        matches!(timeout(PATIENCE, TcpStream::connect(self.host_and_port())).await, Ok(Ok(_)))
    }

    /// Whether it is plainly the address of this listener. Names other than `localhost`, and which addresses the machine has, are
    /// not looked up.
    pub(crate) fn is_at(&self, listener: SocketAddr) -> bool {
        let ((host, port), listens) = (self.host_and_port(), listener.ip());
        let is_own = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
        let is_listened_on = match host.parse::<IpAddr>() {
            Ok(ip) => {
                let is_every = ip.is_unspecified() || listens.is_unspecified();
                // `[::]` takes what comes by IPv4, too.
                let is_met = ip.is_ipv4() == listens.is_ipv4() || listens == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
                ip == listens || (is_own(ip) && is_own(listens) && is_every && is_met)
            }
            Err(_) => host.eq_ignore_ascii_case("localhost") && is_own(listens),
        };
        port == listener.port() && is_listened_on
    }

    /// The host and the port of the service.
    fn host_and_port(&self) -> (&str, u16) {
        let default = if self.scheme == Scheme::HTTPS { 443 } else { 80 };
        let host = self.authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        (host, self.authority.port_u16().unwrap_or(default))
    }
}

impl FromStr for Upstream {
    type Err = UpstreamError;

    /// Reads an address.
    ///
    /// # Errors
    ///
    /// No URL of a host, one with a path (nothing is rewritten), one with a name and password, any scheme but `http` and `https`.
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let problem = |kind| UpstreamError { url: url.to_owned(), kind };
        let uri: Uri = url.parse().map_err(|_| problem(Kind::NoUrl))?;
        let scheme = uri.scheme().ok_or_else(|| problem(Kind::NoUrl))?;
        if ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) {
            // A name and a password may stand in it.
            return Err(UpstreamError { url: scheme.to_string(), kind: Kind::Scheme });
        }
        let authority = uri.authority().filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| problem(Kind::NoUrl))?;
        if authority.as_str().contains('@') {
            return Err(UpstreamError { url: authority.host().to_owned(), kind: Kind::Credentials });
        }
        if uri.path() != "/" || uri.query().is_some() {
            return Err(problem(Kind::Path));
        }
        Ok(Self { scheme: scheme.clone(), authority: authority.clone() })
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// A text that is no address of a service.
#[derive(Debug)]
pub(crate) struct UpstreamError {
    url: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    NoUrl,
    Scheme,
    Path,
    Credentials,
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: ", self.url)?;
        f.write_str(match self.kind {
            Kind::NoUrl => "the upstream is no URL; write it as `http://127.0.0.1:3000`",
            Kind::Scheme => "the upstream is asked by `http` or `https`; write it as `http://127.0.0.1:3000`",
            Kind::Path => "the upstream has a path or query; leave it out, requests keep the paths that they came with",
            Kind::Credentials => "the upstream has a name or password in it; leave them out",
        })
    }
}

impl Error for UpstreamError {}

const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_of_a_host_is_taken() {
        for (url, word) in [
            ("", "no URL"),
            ("localhost:3000", "no URL"),
            ("/items", "no URL"),
            ("ftp://localhost", "by `http` or `https`"),
            ("ftp://anna:secret@localhost", "by `http` or `https`"),
            ("http://localhost/items", "path"),
            ("http://localhost/?a=b", "path"),
            ("http://anna:secret@localhost", "password"),
        ] {
            let said = url.parse::<Upstream>().unwrap_err().to_string();
            assert!(said.contains(word) && !said.contains("secret"), "{url}: {said}");
        }
        for url in ["http://localhost:3000", "http://[::1]:3000/", "http://192.0.2.1", "https://shop.example"] {
            let upstream: Upstream = url.parse().unwrap();
            assert_eq!(upstream.to_string(), url.trim_end_matches('/'));
        }
    }

    #[test]
    fn a_port_that_is_not_named_is_that_of_the_scheme() {
        for (url, place) in [
            ("http://localhost", ("localhost", 80)),
            ("https://shop.example", ("shop.example", 443)),
            ("https://[::1]:8443", ("::1", 8443)),
        ] {
            assert_eq!(url.parse::<Upstream>().unwrap().host_and_port(), place);
        }
    }

    #[test]
    fn a_listener_knows_its_own_address() {
        let is_at = |url: &str, listener: &str| url.parse::<Upstream>().unwrap().is_at(listener.parse().unwrap());
        for (url, listener) in [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://localhost:8080", "127.0.0.1:8080"),
            ("http://LOCALHOST:8080", "[::1]:8080"),
            ("http://localhost", "0.0.0.0:80"),
            ("http://127.0.0.2:8080", "0.0.0.0:8080"),
            ("http://0.0.0.0:8080", "127.0.0.1:8080"),
            ("http://192.0.2.1:8080", "192.0.2.1:8080"),
            ("http://[::1]:8080", "[::]:8080"),
            ("http://127.0.0.1:8080", "[::]:8080"),
            ("https://127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert!(is_at(url, listener), "{url} {listener}");
        }
        for (url, listener) in [
            ("http://127.0.0.1:3000", "127.0.0.1:8080"),
            ("http://127.0.0.2:8080", "127.0.0.1:8080"),
            ("http://[::1]:8080", "0.0.0.0:8080"),
            ("http://192.0.2.1:8080", "127.0.0.1:8080"),
            ("http://localhost:8080", "192.0.2.1:8080"),
            ("http://shop.example:8080", "0.0.0.0:8080"),
        ] {
            assert!(!is_at(url, listener), "{url} {listener}");
        }
    }

    #[test]
    fn targets_keep_their_bytes() {
        let upstream: Upstream = "http://localhost:3000".parse().unwrap();
        for target in ["/", "/a%2fb/../c?x=%20&y", "*"] {
            let uri = upstream.at(Some(&PathAndQuery::try_from(target).unwrap())).unwrap();
            assert_eq!(uri.path_and_query().unwrap().as_str(), target);
        }
    }
}
