//! Where Redis is: an address that may name many servers.
//!
//! `redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/DATABASE][?master=NAME]`; `rediss` speaks TLS. Many hosts are
//! Sentinels, or servers of a cluster by which the others are found. `master` is what the Sentinels call it, `mymaster`
//! unless written. The user and the password are those of the servers that hold data; `%40` is an `@` in them.

use std::{error::Error, fmt, str::FromStr};

use percent_encoding::percent_decode_str;

/// Where Redis is, and what it wants to be told. The password is not printed.
///
/// ```
/// use tower_rapport::store::RedisUrl;
///
/// let url: RedisUrl = "redis://:s3cret@cache.shop.example:6380/2".parse()?;
/// assert!(!format!("{url:?}").contains("s3cret"));
/// let error = "http://cache.shop.example".parse::<RedisUrl>().unwrap_err();
/// assert!(error.to_string().starts_with("an address of Redis begins with `redis://`"));
/// # Ok::<(), tower_rapport::store::RedisUrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl {
    pub(super) hosts: Vec<(String, u16)>,
    pub(super) tls: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: i64,
    pub(super) master: String,
}

/// How Redis is run.
///
/// See the example of [`Redis`](super::Redis).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RedisMode {
    /// One server.
    #[default]
    Single,
    /// Sentinels, which name the server.
    Sentinel,
    /// A cluster.
    Cluster,
}

impl RedisUrl {
    /// What of this address does not go with a mode, and what to do.
    pub(crate) fn conflict(&self, mode: RedisMode) -> Option<&'static str> {
        match mode {
            RedisMode::Single if self.hosts.len() > 1 => {
                Some("it names several servers; write one, or `mode = \"sentinel\"` or `\"cluster\"`")
            }
            RedisMode::Cluster if self.database != 0 => Some("a cluster has no databases but 0; leave it out"),
            _ => None,
        }
    }
}

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(url: &str) -> Result<Self, RedisUrlError> {
        let (scheme, rest) = url.split_once("://").ok_or(RedisUrlError(SCHEME))?;
        let (tls, port) = match scheme {
            "redis" | "valkey" => (false, 6379),
            "rediss" | "valkeys" => (true, 6379),
            _ => return Err(RedisUrlError(SCHEME)),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (who, hosts) = authority.rsplit_once('@').map_or((None, authority), |(who, hosts)| (Some(who), hosts));
        let (user, password) = who.map_or((None, None), |who| match who.split_once(':') {
            Some((user, password)) => (Some(user).filter(|user| !user.is_empty()), Some(password)),
            None => (Some(who), None),
        });
        let hosts = hosts.split(',').map(|host| self::host(host, port)).collect::<Result<Vec<_>, _>>()?;
        let database = match path.trim_end_matches('/') {
            "" => 0,
            number => number.parse().ok().filter(|number| *number >= 0).ok_or(RedisUrlError(DATABASE))?,
        };
        let mut master = "mymaster".to_owned();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("master", name)) if !name.is_empty() => master = decoded(name)?,
                _ => return Err(RedisUrlError(QUERY)),
            }
        }
        Ok(Self {
            hosts,
            tls,
            user: user.map(decoded).transpose()?,
            password: password.map(decoded).transpose()?,
            database,
            master,
        })
    }
}

fn host(text: &str, port: u16) -> Result<(String, u16), RedisUrlError> {
    let bad = RedisUrlError(HOST);
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']').ok_or(bad)? {
            (host, "") => (host, port),
            (host, rest) => (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()).ok_or(bad)?),
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| bad)?),
            None => (text, port),
        },
    };
    let is_host = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte));
    if is_host && port != 0 { Ok((host.to_owned(), port)) } else { Err(bad) }
}

fn decoded(text: &str) -> Result<String, RedisUrlError> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| RedisUrlError(ENCODING))
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisUrl").field("hosts", &self.hosts).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Why an address is none. Says nothing of what stands in it.
///
/// See the example of [`RedisUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedisUrlError(&'static str);

impl fmt::Display for RedisUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for RedisUrlError {}

const SCHEME: &str = "an address of Redis begins with `redis://`, or `rediss://` for TLS";
const HOST: &str = "an address of Redis names hosts as `name:6379` or `[::1]:6379`, with commas between them";
const DATABASE: &str = "behind the hosts stands the number of a database, or nothing";
const QUERY: &str = "behind the `?` stands `master=NAME`, or nothing";
const ENCODING: &str = "what is percent-encoded in an address of Redis is UTF-8";

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> RedisUrl {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_says_where_who_and_which() {
        let plain = url("redis://127.0.0.1");
        assert_eq!(
            (plain.hosts, plain.tls, plain.user, plain.password),
            (vec![("127.0.0.1".into(), 6379)], false, None, None)
        );
        let full = url("rediss://anna:p%40ss:word@a:1,[::1]:2,c/3?master=shop");
        assert_eq!(full.hosts, [("a".into(), 1), ("::1".into(), 2), ("c".into(), 6379)]);
        assert_eq!((full.tls, full.database, full.master.as_str()), (true, 3, "shop"));
        assert_eq!((full.user.as_deref(), full.password.as_deref()), (Some("anna"), Some("p@ss:word")));
        let password_alone = url("redis://:secret@a/");
        assert_eq!((password_alone.user, password_alone.password.as_deref()), (None, Some("secret")));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_repeated() {
        for (bad, says) in [
            ("127.0.0.1:6379", SCHEME),
            ("http://hidden:6379", SCHEME),
            ("redis://", HOST),
            ("redis://hidden:port", HOST),
            ("redis://a,,hidden", HOST),
            ("redis://hidden:0", HOST),
            ("redis://hidden/-1", DATABASE),
            ("redis://hidden/one", DATABASE),
            ("redis://hidden?sentinel=a", QUERY),
            ("redis://:%ff@hidden", ENCODING),
        ] {
            let error = bad.parse::<RedisUrl>().unwrap_err();
            assert_eq!(error.to_string(), says, "{bad}");
        }
    }

    #[test]
    fn a_password_is_not_printed() {
        assert!(!format!("{:?}", url("redis://anna:hidden@a")).contains("hidden"));
    }

    #[test]
    fn an_address_goes_with_its_mode() {
        assert!(url("redis://a,b").conflict(RedisMode::Single).is_some());
        assert!(url("redis://a,b/1").conflict(RedisMode::Cluster).is_some());
        assert_eq!(url("redis://a,b/1").conflict(RedisMode::Sentinel), None);
        assert_eq!(url("redis://a,b").conflict(RedisMode::Cluster), None);
    }
}
