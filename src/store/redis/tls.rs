//! TLS to Redis.

use std::sync::Arc;

use hyper_rustls::ConfigBuilderExt;
use rustls::{ClientConfig, crypto::aws_lc_rs};
use tokio_rustls::TlsConnector;

use crate::store::{StoreError, StoreErrorKind};

/// Whom the machine trusts is trusted (`SSL_CERT_FILE` names others); where it trusts nobody, whom Mozilla does.
pub(super) fn connector() -> Result<TlsConnector, StoreError> {
    let unusable =
        |error: rustls::Error| StoreError::caused(StoreErrorKind::Unavailable, "TLS to redis cannot be set up", error);
    let builder = || ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = builder().with_safe_default_protocol_versions().map_err(unusable)?;
    let config = match config.with_native_roots() {
        Ok(config) => config,
        Err(_) => builder().with_safe_default_protocol_versions().map_err(unusable)?.with_webpki_roots(),
    };
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}
