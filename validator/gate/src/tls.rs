//! TLS where connections come in: TLS 1.2 and 1.3 through rustls, and a certificate that is read anew when its files change.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{net::TcpStream, time};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How HTTP/2 is called where TLS agrees on it (RFC 9113 section 3.2).
pub(crate) const HTTP_2: &[u8] = b"h2";

const HTTP_1: &[u8] = b"http/1.1";

/// How often the files are looked at.
const GLANCE: Duration = Duration::from_secs(1);

/// Where certificate and private key lie, in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The server's certificate, and the ones that lead from it to a root.
    pub chain: PathBuf,
    /// Its private key: PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// A certificate that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It cannot be read.
    #[error("`{path}` cannot be used: {problem}; give PEM, the server's certificate first")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Certificate and key are not a pair, or of a kind that is not supported.
    #[error("the certificate in `{chain}` cannot be used with the key in `{key}`: {problem}")]
    Mismatch {
        /// Where the certificate is.
        chain: PathBuf,
        /// Where the key is.
        key: PathBuf,
        /// Why not.
        problem: String,
    },
}

/// TLS, with the certificate as it is now.
#[derive(Clone)]
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<Certificate>,
}

#[derive(Debug)]
struct Certificate {
    files: TlsFiles,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    /// Reads the files.
    pub(crate) fn read(files: TlsFiles) -> Result<Self, CertificateError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = RwLock::new(Arc::new(files.read(&provider)?));
        let certificate = Arc::new(Certificate { files, provider, current });
        let builder = ServerConfig::builder_with_provider(Arc::clone(&certificate.provider));
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| certificate.files.mismatch(&error))?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(Arc::clone(&certificate) as _);
        config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
    }

    /// Shakes hands.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }

    /// Reads the files anew whenever they change, for ever. What cannot be used changes nothing.
    pub(crate) async fn follow(self) {
        let Certificate { files, provider, current } = &*self.certificate;
        let mut seen = files.marks();
        loop {
            time::sleep(GLANCE).await;
            let marks = files.marks();
            if marks == seen {
                continue;
            }
            seen = marks;
            match files.read(provider) {
                Ok(key) => {
                    *current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                    tracing::info!("another certificate");
                }
                // One file is written after the other.
                Err(error) => tracing::warn!("the certificate goes on that was there before: {error}"),
            }
        }
    }
}

/// The private key is nobody's business.
impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls").field("files", &self.certificate.files).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// By what a change of a file is noticed.
type Mark = Option<(SystemTime, u64)>;

impl TlsFiles {
    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, CertificateError> {
        let chain: Vec<_> = CertificateDer::pem_file_iter(&self.chain)
            .and_then(Iterator::collect)
            .map_err(|error| unreadable(&self.chain, error))?;
        if chain.is_empty() {
            return Err(unreadable(&self.chain, "it has no certificate"));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unreadable(&self.key, error))?;
        CertifiedKey::from_der(chain, key, provider).map_err(|error| self.mismatch(&error))
    }

    fn mismatch(&self, error: &rustls::Error) -> CertificateError {
        let (chain, key) = (self.chain.clone(), self.key.clone());
        CertificateError::Mismatch { chain, key, problem: error.to_string() }
    }

    fn marks(&self) -> [Mark; 2] {
        [&self.chain, &self.key].map(|path| {
            let found = fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        })
    }
}

fn unreadable(path: &Path, problem: impl std::fmt::Display) -> CertificateError {
    CertificateError::Unreadable { path: path.to_owned(), problem: problem.to_string() }
}
