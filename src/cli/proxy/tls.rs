//! TLS to the service.

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::crypto::aws_lc_rs;

/// Connects by TLS where the address says `https`. Whom the machine trusts is trusted (`SSL_CERT_FILE` names others); where
/// it trusts nobody, as in an empty container, whom Mozilla does.
pub(super) fn connector(connector: HttpConnector) -> Result<HttpsConnector<HttpConnector>, rustls::Error> {
    let builder = || HttpsConnectorBuilder::new();
    let trusting = match builder().with_provider_and_native_roots(aws_lc_rs::default_provider()) {
        Ok(trusting) => trusting,
        Err(_) => builder().with_provider_and_webpki_roots(aws_lc_rs::default_provider())?,
    };
    Ok(trusting.https_or_http().enable_http1().wrap_connector(connector))
}
