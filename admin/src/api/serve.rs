//! Listening, and stopping without dropping anybody.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::patience::PatientListener;
use super::router::{Server, router};
use super::tls::{CannotSpeakTls, TlsListener};
use crate::config::TlsFiles;

/// Requests under way get so long to finish once the server is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{address}`: {source}")]
pub struct CannotListen {
    address: SocketAddr,
    source: io::Error,
}

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum CannotServe {
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] CannotSpeakTls),
    /// The system.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Takes the address, so that a server that cannot listen stops before it does anything else.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, CannotListen> {
    TcpListener::bind(address).await.map_err(|source| CannotListen { address, source })
}

/// Serves until `stop` completes, over TLS where there is a certificate; then takes no more requests, and ends those
/// under way within ten seconds.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsFiles>,
    server: Arc<Server>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), CannotServe> {
    match tls {
        Some(files) => Ok(serve_over(TlsListener::over(listener, files)?, server, stop).await?),
        None => Ok(serve_over(listener, server, stop).await?),
    }
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

impl<L: Listener<Addr = SocketAddr>> Connected<IncomingStream<'_, PatientListener<L>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, PatientListener<L>>) -> Self {
        Self(*stream.remote_addr())
    }
}

async fn serve_over(
    listener: impl Listener<Addr = SocketAddr>,
    server: Arc<Server>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, mut stopped) = watch::channel(false);
    let listening = server.clone();
    let graceful = async move {
        stop.await;
        listening.listeners.stop();
        let _ = stopping.send(true);
    };
    // With the address of the peer, for the audit log.
    let service = router(server).into_make_service_with_connect_info::<Peer>();
    let serving =
        axum::serve(PatientListener(listener), service).with_graceful_shutdown(graceful).into_future();
    let patience = async move {
        let _ = stopped.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        done = serving => done,
        () = patience => Ok(()),
    }
}
