//! Keys from an address (feature `jwks`): fetched at start and from time to time, never because of a token.

use std::{
    error::Error,
    fmt,
    net::Ipv4Addr,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use http::{StatusCode, Uri, header, uri::Scheme};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{runtime::Handle, time};

use super::{keys::KeySet, token::Verifier};

/// Where the keys are, and how often to look.
///
/// ```no_run
/// use std::{sync::Arc, time::Duration};
/// use tower_rapport::identity::{JwksSource, PseudonymKey, TokenRules, Verifier};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), tower_rapport::identity::JwksError> {
/// let source = JwksSource::new("https://id.shop.example/jwks.json", Duration::from_secs(3600))?;
/// let rules = TokenRules::new("https://id.shop.example", "shop");
/// let verifier = Arc::new(Verifier::without_keys(rules, PseudonymKey::new(b"a secret"), 10_000));
/// verifier.follow(source)?; // until the keys are there, every token is a stranger's
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksSource {
    url: Uri,
    refresh: Duration,
}

impl JwksSource {
    /// An `https` or `http` address. `refresh` under a second counts as one.
    ///
    /// # Errors
    ///
    /// An address of another scheme, without a host, or with a password in it.
    pub fn new(url: &str, refresh: Duration) -> Result<Self, JwksError> {
        let refuse = |why: &str| JwksError { kind: JwksErrorKind::Url, text: format!("`{url}`: {why}") };
        let parsed: Uri = url.parse().map_err(|_| refuse("no URL"))?;
        if !parsed.scheme().is_some_and(|scheme| *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP) {
            return Err(refuse("write an `https://` address (or `http://` within the machine)"));
        }
        if parsed.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            let text = "the JWKS address has a user or password in it; keys are public, leave it out".into();
            return Err(JwksError { kind: JwksErrorKind::Url, text });
        }
        Ok(Self { url: parsed, refresh: refresh.max(FIRST_RETRY) })
    }

    /// Whether what is fetched could be altered on its way.
    fn is_open(&self) -> bool {
        let host = self.url.host().unwrap_or_default();
        let local = host == "localhost" || host == "[::1]" || host.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback());
        self.url.scheme() == Some(&Scheme::HTTP) && !local
    }
}

impl Verifier {
    /// Starts a task that fetches the keys now and then again and again, until the verifier is dropped.
    ///
    /// A fetch may take 10 seconds and 256 KiB and follows no redirect. Where it fails, the keys of before stay in force
    /// (none, before the first success: every token is a stranger's), one warning tells it, and the next attempt comes
    /// after a second, then two, four, … up to `refresh`. A second call changes nothing.
    ///
    /// See the example of [`JwksSource`].
    ///
    /// # Errors
    ///
    /// There is no tokio runtime here to run on, or TLS cannot be set up.
    pub fn follow(self: &Arc<Self>, source: JwksSource) -> Result<(), JwksError> {
        let no_runtime =
            |_| JwksError { kind: JwksErrorKind::Runtime, text: "keys from an address need a tokio runtime".into() };
        let runtime = Handle::try_current().map_err(no_runtime)?;
        let client = client()?;
        if source.is_open() {
            tracing::warn!(
                "the keys come from an `http` address: who sits in between can put other keys in their place"
            );
        }
        let verifier = Arc::downgrade(self);
        self.refresh_with(|| runtime.spawn(keep_fresh(verifier, source, client)).abort_handle());
        Ok(())
    }
}

/// Why keys cannot be fetched at all.
///
/// An address that does not answer is no such error: it is asked again, and a warning tells of it. What is wrong here does not
/// mend itself:
///
/// ```
/// use std::time::Duration;
/// use tower_rapport::identity::{JwksErrorKind, JwksSource};
///
/// let error = JwksSource::new("ftp://id.shop.example/jwks.json", Duration::from_secs(3600)).unwrap_err();
/// assert_eq!(error.kind(), JwksErrorKind::Url);
/// assert!(error.to_string().contains("write an `https://` address"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksError {
    kind: JwksErrorKind,
    text: String,
}

impl JwksError {
    /// What is wrong, to tell apart.
    pub fn kind(&self) -> JwksErrorKind {
        self.kind
    }
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for JwksError {}

/// The kinds of [`JwksError`].
///
/// See the example of [`JwksError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwksErrorKind {
    /// The address is none to fetch from.
    Url,
    /// No tokio runtime is there.
    Runtime,
    /// TLS cannot be set up.
    Tls,
}

type HttpClient = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

fn client() -> Result<HttpClient, JwksError> {
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::aws_lc_rs::default_provider())
        .map_err(|error| JwksError { kind: JwksErrorKind::Tls, text: error.to_string() })?;
    let connector = tls.https_or_http().enable_http1().enable_http2().build();
    // Minutes lie between two fetches; no server keeps a connection that long.
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}

/// Keeps the verifier only while it hands over keys, so that the task never keeps it alive.
async fn keep_fresh(verifier: Weak<Verifier>, source: JwksSource, client: HttpClient) {
    let mut in_force = None;
    let mut retry = FIRST_RETRY;
    let mut failing = false;
    loop {
        let wait = match fetch(&client, &source.url).await {
            // The same keys again: what was verified with them stays verified.
            Ok(document) if in_force == Some(blake3::hash(&document)) => Ok(()),
            Ok(document) => KeySet::from_jwks(&document).map_err(|error| error.to_string()).map(|(keys, left_out)| {
                for why in left_out {
                    tracing::warn!("a key of the JWKS address is not used: {why}");
                }
                if let Some(verifier) = verifier.upgrade() {
                    verifier.replace_keys(keys);
                }
                in_force = Some(blake3::hash(&document));
            }),
            Err(why) => Err(why),
        };
        let wait = match wait {
            Ok(()) => {
                if failing {
                    tracing::info!(url = %source.url, "the keys can be fetched again");
                }
                (failing, retry) = (false, FIRST_RETRY);
                source.refresh
            }
            Err(why) => {
                if !failing {
                    let kept = if in_force.is_some() {
                        "those of before stay in force"
                    } else {
                        "every token is a stranger's"
                    };
                    let remedy = "see that this is the issuer's JWKS address, and that it can be reached from here";
                    // There is no password in it, and keys are public.
                    tracing::warn!(url = %source.url, remedy, "the keys cannot be fetched, {kept}: {why}");
                }
                failing = true;
                let wait = retry.min(source.refresh);
                retry = retry.saturating_mul(2);
                wait
            }
        };
        time::sleep(wait).await;
        if verifier.strong_count() == 0 {
            return;
        }
    }
}

/// The document at the address, or why there is none.
async fn fetch(client: &HttpClient, url: &Uri) -> Result<Bytes, String> {
    let ask = async {
        let request = http::Request::get(url).header(header::ACCEPT, "application/jwk-set+json, application/json");
        let request = request.body(Empty::new()).map_err(|error| error.to_string())?;
        let response = client.request(request).await.map_err(|error| with_cause(&error))?;
        if response.status() != StatusCode::OK {
            return Err(format!("the answer is {}", response.status()));
        }
        let body = Limited::new(response.into_body(), DOCUMENT_BYTES).collect().await;
        body.map(http_body_util::Collected::to_bytes).map_err(|error| error.to_string())
    };
    time::timeout(FETCH_TIME, ask).await.unwrap_or_else(|_| Err("no answer within ten seconds".into()))
}

/// An error's text with those below it: on top, the client only says that it could not connect.
fn with_cause(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        text = format!("{text}: {cause}");
        below = cause.source();
    }
    text
}

const DOCUMENT_BYTES: usize = 256 * 1024;
const FETCH_TIME: Duration = Duration::from_secs(10);
const FIRST_RETRY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_http_and_holds_no_password() {
        for url in ["https://id.shop.example/jwks.json", "http://127.0.0.1:8080/keys"] {
            assert!(JwksSource::new(url, FIRST_RETRY).is_ok(), "{url}");
        }
        for url in ["", "/jwks.json", "id.shop.example", "file:///jwks.json", "ftp://id.shop.example/", "https://"] {
            assert_eq!(JwksSource::new(url, FIRST_RETRY).unwrap_err().kind(), JwksErrorKind::Url, "{url}");
        }
        let error = JwksSource::new("https://user:hunter2@id.shop.example/", FIRST_RETRY).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn only_http_to_elsewhere_is_open() {
        let open = |url| JwksSource::new(url, FIRST_RETRY).unwrap().is_open();
        assert!(open("http://id.shop.example/jwks.json"));
        assert!(!open("https://id.shop.example/jwks.json"));
        assert!(open("http://127.evil.example/jwks.json"));
        assert!(!open("http://127.0.0.1/jwks.json"));
        assert!(!open("http://127.8.9.1:80/jwks.json"));
        assert!(!open("http://[::1]:80/jwks.json"));
    }
}
