//! One connection, from the handshake to its end: HTTP/1.1, or HTTP/2 where TLS has agreed on it.

use std::{convert::Infallible, pin::Pin, pin::pin, time::Duration};

use hyper::{
    HeaderMap, Request, Response,
    body::Incoming,
    header::{COOKIE, HeaderValue},
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time,
};

use super::{
    Answers, Caller,
    pulse::{Paced, Pulse},
    said,
};
use crate::tls::{HTTP_2, Tls};

/// The head of a request: a token may have 64 KiB, and stands among cookies. hyper refuses longer ones with 431.
const HEAD: u32 = 128 * 1024;

/// A handshake takes a few round trips. Whoever needs longer is not there.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// So many requests of an HTTP/2 connection may be under way, each with a head. Browsers open some thirty at a time.
const STREAMS: u32 = 32;

/// What a request of an HTTP/2 connection may send ahead of us, and what all of them may.
const WINDOWS: (u32, u32) = (64 * 1024, 256 * 1024);

/// A connection that is told to end has so long to do it.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What all connections of an entrance share.
#[derive(Clone, Debug)]
pub(super) struct Line<A> {
    pub(super) tls: Option<Tls>,
    pub(super) silence: Duration,
    pub(super) answers: A,
}

impl<A: Answers> Line<A> {
    /// Serves a connection to its end.
    pub(super) async fn serve(self, stream: TcpStream, caller: Caller, stop: watch::Receiver<bool>) {
        let Some(tls) = &self.tls else { return self.in_http1(stream, caller, stop).await };
        match time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                let caller = caller.over_tls();
                if stream.get_ref().1.alpn_protocol() == Some(HTTP_2) {
                    self.in_http2(stream, caller, stop).await;
                } else {
                    self.in_http1(stream, caller, stop).await;
                }
            }
            // Scanners and probes are every day's business.
            Ok(Err(error)) => tracing::debug!(address = %caller.address, "a TLS handshake: {error}"),
            Err(_) => tracing::debug!(address = %caller.address, "a TLS handshake takes too long"),
        }
    }

    async fn in_http1<S>(self, stream: S, caller: Caller, stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Pulse::new();
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.silence)
            .max_buf_size(HEAD as usize)
            .serve_connection(TokioIo::new(stream), self.service(caller, &pulse, |_| {}))
            .with_upgrades();
        drive(connection, |it| it.graceful_shutdown(), (&pulse, self.silence), stop).await;
    }

    async fn in_http2<S>(self, stream: S, caller: Caller, stop: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let pulse = Pulse::new();
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEAD)
            .initial_stream_window_size(WINDOWS.0)
            .initial_connection_window_size(WINDOWS.1)
            .serve_connection(TokioIo::new(stream), self.service(caller, &pulse, join_cookies));
        drive(connection, |it| it.graceful_shutdown(), (&pulse, self.silence), stop).await;
    }

    fn service(
        &self,
        caller: Caller,
        pulse: &Pulse,
        prepare: fn(&mut HeaderMap),
    ) -> impl Service<
        Request<Incoming>,
        Response = Response<Paced>,
        Error = Infallible,
        Future: Send + 'static,
    > + Send
    + 'static {
        let (answers, pulse) = (self.answers.clone(), pulse.clone());
        service_fn(move |mut request: Request<Incoming>| {
            let (answers, caller, pulse) = (answers.clone(), caller.clone(), pulse.clone());
            prepare(request.headers_mut());
            async move {
                let busy = pulse.busy();
                let answer = answers.answer(request, caller).await;
                drop(busy);
                Ok(answer.map(|body| Paced::new(body, pulse)))
            }
        })
    }
}

/// Drives a connection until it ends, until everybody is to end, or until the client has not moved for too long.
async fn drive<C>(
    connection: C,
    end: fn(Pin<&mut C>),
    (pulse, silence): (&Pulse, Duration),
    mut stop: watch::Receiver<bool>,
) where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = said(&mut stop) => {
            end(connection.as_mut());
            connection.await
        }
        () = pulse.stops_for(silence) => {
            end(connection.as_mut());
            // What is still not taken then is thrown away with the connection.
            time::timeout(LAST_WORDS, connection).await.unwrap_or(Ok(()))
        }
    };
    // A client that breaks off is every day's business.
    if let Err(error) = ended {
        tracing::debug!("a connection: {error}");
    }
}

/// HTTP/2 may send each cookie by itself; for whoever reads HTTP/1.1 they are one header (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        headers.insert(COOKIE, joined);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_that_came_one_by_one_are_one_header() {
        let mut headers = HeaderMap::new();
        for cookie in ["a=1", "session=x.y.z", "b=\"2\""] {
            headers.append(COOKIE, HeaderValue::from_static(cookie));
        }
        join_cookies(&mut headers);
        assert_eq!(headers.get_all(COOKIE).iter().collect::<Vec<_>>(), ["a=1; session=x.y.z; b=\"2\""]);
    }
}
