//! Connections on which nothing is answered any more are closed.
//!
//! An operation has a bound, but it begins once a request has been read: whoever sends half of one and waits would keep a
//! connection for ever, and with some hundreds of them every file that this process may open. The clock of a connection is
//! therefore that of the answers: it runs from the last byte that was written, which a stream of events does every 15 s.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Twice what an operation may take, and longer than proxies keep connections that they do not use, so that it is they who
/// close them. A limit: a request on a connection that was idle for most of it has the rest alone.
const PATIENCE: Duration = Duration::from_secs(75);

/// A listener whose connections are closed when nothing was written to them for a while.
pub(super) struct PatientListener<L>(pub(super) L);

impl<L: Listener<Addr = SocketAddr>> Listener for PatientListener<L> {
    type Io = Patient<L::Io>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (stream, address) = self.0.accept().await;
        (Patient::new(stream, PATIENCE), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// A connection of such a listener.
pub(super) struct Patient<S> {
    stream: S,
    patience: Duration,
    ends: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, ends: Box::pin(sleep(patience)) }
    }

    /// What waits is over once the patience is.
    fn or_over<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            return outcome;
        }
        ready!(self.ends.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Something was written: the clock runs anew.
    fn note(&mut self, written: &Poll<io::Result<usize>>) {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.ends.as_mut().reset(Instant::now() + self.patience);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(context, into);
        self.or_over(context, outcome)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(&written);
        self.or_over(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.note(&written);
        self.or_over(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.or_over(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.or_over(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn a_connection_on_which_a_request_never_ends_is_closed() {
        let (mut client, server) = duplex(64);
        let mut server = Patient::new(server, Duration::from_millis(50));
        client.write_all(b"GET / HTTP/1.1\r\nHost: ").await.unwrap();
        let mut read = Vec::new();
        let ended = server.read_to_end(&mut read).await.unwrap_err();
        assert_eq!((ended.kind(), read.len()), (io::ErrorKind::TimedOut, 22));
    }

    #[tokio::test]
    async fn a_client_that_takes_no_answer_is_not_waited_for() {
        let (_client, server) = duplex(4);
        let mut server = Patient::new(server, Duration::from_millis(50));
        let ended = server.write_all(b"an answer").await.unwrap_err();
        assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn the_clock_runs_from_the_last_byte_of_an_answer() {
        let (_client, server) = duplex(64);
        let mut server = Patient::new(server, Duration::from_secs(3600));
        let before = server.ends.deadline();
        server.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        assert!(server.ends.deadline() > before);
    }
}
