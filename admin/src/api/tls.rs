//! TLS with a certificate of the operator's own, which is read again when its files change.

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use axum::serve::Listener;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::config::TlsFiles;

/// A client that has not finished its handshake by then is let go.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// So many handshakes at a time: each costs a private-key operation and some 40 KB.
const HANDSHAKES: usize = 256;
/// How often the files are looked at. Certificates are renewed days before they end.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the certificate `{certificate}` with the key `{key}` cannot be used: {cause}")]
pub struct CannotSpeakTls {
    certificate: String,
    key: String,
    cause: String,
}

/// The certificate that is shown to clients at present.
struct Current {
    files: TlsFiles,
    shown: RwLock<Shown>,
}

struct Shown {
    key: Arc<CertifiedKey>,
    read_at: [Option<SystemTime>; 2],
}

impl Current {
    fn read(files: TlsFiles) -> Result<Self, CannotSpeakTls> {
        let shown = Shown::of(&files)?;
        Ok(Self { files, shown: RwLock::new(shown) })
    }

    /// Reads the files again if they have changed. A pair that cannot be used, half written perhaps, changes nothing.
    fn look(&self) {
        let known = self.shown.read().unwrap_or_else(PoisonError::into_inner).read_at;
        if changed_at(&self.files) == known {
            return;
        }
        match Shown::of(&self.files) {
            Ok(new) => {
                *self.shown.write().unwrap_or_else(PoisonError::into_inner) = new;
                tracing::info!("the certificate was read again");
            }
            Err(error) => tracing::error!(%error, "the certificate has changed, and the one before stays"),
        }
    }
}

impl Shown {
    fn of(files: &TlsFiles) -> Result<Self, CannotSpeakTls> {
        let read_at = changed_at(files);
        let key = certified_key(files).map_err(|cause| CannotSpeakTls {
            certificate: files.certificate.display().to_string(),
            key: files.key.display().to_string(),
            cause,
        })?;
        Ok(Self { key: Arc::new(key), read_at })
    }
}

fn certified_key(files: &TlsFiles) -> Result<CertifiedKey, String> {
    let chain = CertificateDer::pem_file_iter(&files.certificate).map_err(|error| error.to_string())?;
    let chain = chain.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| error.to_string())?;
    // A chain and a key that do not belong together are refused here.
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider()).map_err(|error| error.to_string())
}

fn changed_at(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    let of = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    [of(&files.certificate), of(&files.key)]
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.shown.read().unwrap_or_else(PoisonError::into_inner).key.clone())
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Connections whose handshake is done.
pub(super) struct TlsListener {
    done: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    /// Shakes hands with whoever comes to `listener`; one that is slow holds up nobody else.
    pub(super) fn over(listener: TcpListener, files: TlsFiles) -> Result<Self, CannotSpeakTls> {
        let current = Arc::new(Current::read(files)?);
        let invalid = |cause: String| CannotSpeakTls {
            certificate: current.files.certificate.display().to_string(),
            key: current.files.key.display().to_string(),
            cause,
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| invalid(error.to_string()))?;
        let mut config = config.with_no_client_auth().with_cert_resolver(current.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let address = listener.local_addr().map_err(|error| invalid(error.to_string()))?;
        let (sender, done) = mpsc::channel(HANDSHAKES);
        tokio::spawn(shake_hands(listener, TlsAcceptor::from(Arc::new(config)), sender.clone()));
        tokio::spawn(async move {
            while !sender.is_closed() {
                tokio::time::sleep(LOOK_EVERY).await;
                current.look();
            }
        });
        Ok(Self { done, address })
    }
}

async fn shake_hands(
    mut listener: TcpListener,
    acceptor: TlsAcceptor,
    done: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
) {
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    while let Ok(place) = room.clone().acquire_owned().await {
        // As axum accepts: errors of one connection are passed over, and those of the process waited out.
        let (stream, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = done.closed() => return,
        };
        let (acceptor, done) = (acceptor.clone(), done.clone());
        tokio::spawn(async move {
            let _place = place;
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                let _ = done.send((stream, peer)).await;
            }
        });
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.done.recv().await {
            Some(connection) => connection,
            // Nobody shakes hands any more, so nobody comes.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
