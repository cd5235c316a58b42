//! TLS to the clients.

use std::{fs, sync::Arc};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio_rustls::TlsAcceptor;
use tower_rapport::policy::TlsSettings;

use super::Failure;

/// The certificate that is shown to whoever connects, and its key. A renewed one takes its place.
#[derive(Debug)]
pub(crate) struct Shown(ArcSwap<CertifiedKey>);

impl Shown {
    pub(crate) fn new(certificate: CertifiedKey) -> Self {
        Self(ArcSwap::from_pointee(certificate))
    }

    /// Shows a certificate from now on. Returns whether it is another one.
    pub(crate) fn show(&self, certificate: CertifiedKey) -> bool {
        let is_another = self.0.load().cert != certificate.cert;
        self.0.store(Arc::new(certificate));
        is_another
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What takes connections by TLS 1.2 and 1.3, for HTTP/2, HTTP/1.1 and HTTP/1.0.
pub(crate) fn acceptor(shown: Arc<Shown>) -> Result<TlsAcceptor, Failure> {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions();
    let config = config.map_err(|cause| Failure::caused("TLS to the clients cannot be set up", cause))?;
    let mut config = config.with_no_client_auth().with_cert_resolver(shown);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), b"http/1.0".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Reads the certificate and its key, anew where that stands in a file.
pub(crate) fn certificate(settings: &TlsSettings) -> Result<CertifiedKey, Failure> {
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
    let read = settings.key_file.as_ref().map(fs::read).transpose();
    let read =
        read.map_err(|cause| Failure::caused("`serve.tls.key` cannot be read; put the key there, as PEM", cause))?;
    let key = PrivateKeyDer::from_pem_slice(read.as_deref().unwrap_or(settings.key.as_pem()));
    let key = key.map_err(|_| Failure::new("`serve.tls.key` is no private key; write it as PEM"))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|cause| {
        Failure::caused(
            format!(
                "`serve.tls`: the first certificate in `{file}` is not that of `key`; name the two that were made together"
            ),
            cause,
        )
    })
}
