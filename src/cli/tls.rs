//! TLS to the clients.

use std::sync::Arc;

use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;
use tower_rapport::policy::TlsSettings;

use super::Failure;

/// What takes connections by TLS 1.2 and 1.3, for HTTP/2 and HTTP/1.1. A renewed certificate is read at the next start.
pub(crate) fn acceptor(settings: &TlsSettings) -> Result<TlsAcceptor, Failure> {
    let file = settings.certificate.display();
    let unreadable = |cause| {
        Failure::caused(
            format!("`serve.tls.certificate`: `{file}` cannot be read; write the chain there, as PEM"),
            cause,
        )
    };
    let chain = CertificateDer::pem_file_iter(&settings.certificate).map_err(unreadable)?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    if chain.is_empty() {
        return Err(Failure::new(format!(
            "`serve.tls.certificate`: `{file}` holds no certificates; write the chain there, as PEM"
        )));
    }
    let key = PrivateKeyDer::from_pem_slice(settings.key.as_pem());
    let key = key.map_err(|_| Failure::new("`serve.tls.key` is no private key; write it as PEM"))?;
    let unusable = |cause| {
        Failure::caused(
            format!(
                "`serve.tls`: the first certificate in `{file}` is not that of `key`; name the two that were made together"
            ),
            cause,
        )
    };
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().map_err(unusable)?;
    let mut config = config.with_no_client_auth().with_single_cert(chain, key).map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
