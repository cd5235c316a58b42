//! TLS to Redis.

use std::{io, sync::Arc};

use hyper_rustls::ConfigBuilderExt;
use rustls::{CertificateError, ClientConfig, Error as TlsError, crypto::aws_lc_rs};
use tokio_rustls::TlsConnector;

use crate::store::{StoreError, StoreErrorKind};

/// Whom the machine trusts is trusted (`SSL_CERT_FILE` names others); where it trusts nobody, whom Mozilla does.
pub(super) fn connector() -> Result<TlsConnector, StoreError> {
    let unusable =
        |error: TlsError| StoreError::caused(StoreErrorKind::Unavailable, "TLS to redis cannot be set up", error);
    let builder = || ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = builder().with_safe_default_protocol_versions().map_err(unusable)?;
    let config = match config.with_native_roots() {
        Ok(config) => config,
        Err(_) => builder().with_safe_default_protocol_versions().map_err(unusable)?.with_webpki_roots(),
    };
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}

/// Why there is no TLS to a server, and what to do.
pub(super) fn failure((host, port): &(String, u16), error: io::Error) -> StoreError {
    use CertificateError as Bad;
    let says = match error.get_ref().and_then(|cause| cause.downcast_ref()) {
        Some(TlsError::InvalidCertificate(bad)) => match bad {
            // Another authority of the same name has signed something else.
            Bad::UnknownIssuer | Bad::BadSignature => {
                "cannot be trusted: nobody who is trusted here signed its certificate; `SSL_CERT_FILE` names who is"
            }
            Bad::Expired | Bad::ExpiredContext { .. } => "cannot be trusted: its certificate has expired",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "cannot be trusted: its certificate is not valid yet",
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "cannot be trusted: its certificate is for another name"
            }
            _ => "cannot be trusted: its certificate is not valid",
        },
        Some(TlsError::InvalidMessage(_)) => "does not speak TLS there; name its `tls-port`",
        _ => "cannot be reached by TLS",
    };
    StoreError::caused(StoreErrorKind::Unavailable, format!("redis at `{host}:{port}` {says}"), error)
}
