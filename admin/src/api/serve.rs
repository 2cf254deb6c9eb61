//! Listening, and stopping without dropping anybody.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use super::router::{Server, router};

/// Requests under way get so long to finish once the server is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{address}`: {source}")]
pub struct CannotListen {
    address: SocketAddr,
    source: io::Error,
}

/// Takes the address, so that a server that cannot listen stops before it does anything else.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, CannotListen> {
    TcpListener::bind(address).await.map_err(|source| CannotListen { address, source })
}

/// Serves until `stop` completes; then takes no more requests, and ends those under way within ten seconds.
pub async fn serve(
    listener: TcpListener,
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
    let service = router(server).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(graceful).into_future();
    let patience = async move {
        let _ = stopped.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        done = serving => done,
        () = patience => Ok(()),
    }
}
