//! Connections as they come in: how many at a time, how long they may be silent, and how they end.

use std::{convert::Infallible, io, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time,
};

use crate::body::Body;

/// The head of a request: a token may have 64 KiB, and stands among cookies. hyper refuses longer ones with 431.
const HEAD: usize = 128 * 1024;

/// A head has come by then, counted from the end of the request before. The proxies in front of a gate hold connections
/// open that they do not use, nginx for 60 s; whoever closes first must be the proxy, or it sends a request into nothing.
const SILENCE: Duration = Duration::from_secs(75);

/// Requests under way have so long when the gate is stopped. Kubernetes kills after 30 s.
const FAREWELL: Duration = Duration::from_secs(25);

/// After the kernel could not give us a connection, which it says at once and again and again.
const BREATH: Duration = Duration::from_millis(50);

/// Who is at the other end. As long as one is there, the connection counts.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) address: IpAddr,
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Who answers requests.
pub(crate) trait Answers: Clone + Send + Sync + 'static {
    /// The answer to a request. There is always one.
    fn answer(
        &self,
        request: Request<Incoming>,
        caller: Caller,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// Serves connections until `stop` says so, `most` at a time, and lets those that are under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    most: u32,
    mut stop: watch::Receiver<bool>,
    answers: impl Answers,
) {
    let permits = Arc::new(Semaphore::new(most as usize));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &permits) => accepted,
            () = said(&mut stop) => break,
        };
        match accepted {
            Ok((stream, caller)) => drop(tokio::spawn(one(stream, caller, stop.clone(), answers.clone()))),
            Err(error) => {
                tracing::warn!("accepting a connection: {error}");
                time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    // Every permit is here once nobody is there any more.
    let _ = time::timeout(FAREWELL, permits.acquire_many(most)).await;
}

/// Whoever could say stop and is gone has said it.
async fn said(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await.map(drop);
}

async fn accept(listener: &TcpListener, permits: &Arc<Semaphore>) -> io::Result<(TcpStream, Caller)> {
    let permit = Arc::clone(permits).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, address) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, Caller { address: address.ip(), _permit: Arc::new(permit) }))
}

async fn one(stream: TcpStream, caller: Caller, mut stop: watch::Receiver<bool>, answers: impl Answers) {
    let service = service_fn(|request| {
        let (answers, caller) = (answers.clone(), caller.clone());
        async move { Ok::<_, Infallible>(answers.answer(request, caller).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SILENCE)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = said(&mut stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // A client that breaks off is every day's business.
    if let Err(error) = ended {
        tracing::debug!("a connection: {error}");
    }
}
