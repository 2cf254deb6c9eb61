//! Connections as they come in: how many at a time, how long they may be silent, and how they end.

mod admission;
mod pulse;
mod serving;

use std::{io, time::Duration};

use hyper::{Request, Response, body::Incoming};
use tokio::{net::TcpListener, sync::watch, time};

use crate::{body::Body, settings::Bounds, tls::Tls};
use admission::Admission;
pub(crate) use admission::Caller;
use serving::Line;

/// Requests under way have so long when the gate is stopped. Kubernetes kills after 30 s.
const FAREWELL: Duration = Duration::from_secs(25);

/// After the kernel could not give us a connection, which it says at once and again and again.
const BREATH: Duration = Duration::from_millis(50);

/// Who answers requests.
pub(crate) trait Answers: Clone + Send + Sync + 'static {
    /// The answer to a request. There is always one.
    fn answer(
        &self,
        request: Request<Incoming>,
        caller: Caller,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// Where connections come in: over TLS, if it is given.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<Tls>,
    pub(crate) bounds: Bounds,
}

/// Serves connections until `stop` says so, and lets those that are under way end.
pub(crate) async fn serve(entrance: Entrance, mut stop: watch::Receiver<bool>, answers: impl Answers) {
    let Entrance { listener, tls, bounds } = entrance;
    let admission = Admission::new(bounds);
    let line = Line { tls, silence: bounds.silence, answers };
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &admission) => accepted,
            () = said(&mut stop) => break,
        };
        match accepted {
            Ok(Some((stream, caller))) => {
                drop(tokio::spawn(line.clone().serve(stream, caller, stop.clone())));
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!("accepting a connection: {error}");
                time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    let _ = time::timeout(FAREWELL, admission.until_nobody_is_there()).await;
}

/// The next connection; `None` if its address has enough of them, and it is closed.
async fn accept(
    listener: &TcpListener,
    admission: &Admission,
) -> io::Result<Option<(tokio::net::TcpStream, Caller)>> {
    let place = admission.place().await?;
    let (stream, address) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(admission.admit(place, address.ip()).map(|caller| (stream, caller)))
}

/// Whoever could say stop and is gone has said it.
async fn said(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await.map(drop);
}
