//! Whether anything is going on in a connection that is ours to do. Where nothing is, the client is to do something: to
//! finish a head, to take an answer, or to ask again. Who does none of it for too long holds a connection in vain,
//! whether it is silent, dribbles or does not read.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use hyper::body::{Bytes, Frame, SizeHint};
use tokio::time::{self, Instant};

use crate::body::{Body, BodyError};

/// What is going on in a connection.
#[derive(Clone, Debug)]
pub(super) struct Pulse(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many things are ours to do: requests without an answer, and answers whose next piece is not there yet.
    busy: u32,
    /// When that number last changed.
    since: Instant,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State { busy: 0, since: Instant::now() })))
    }

    /// Something is ours to do, for as long as this is kept.
    pub(super) fn busy(&self) -> Busy {
        let mut state = self.state();
        state.busy += 1;
        state.since = Instant::now();
        Busy(self.clone())
    }

    /// Returns when it has been the client's turn for so long.
    pub(super) async fn stops_for(&self, limit: Duration) {
        loop {
            let wake = {
                let state = self.state();
                if state.busy == 0 { state.since + limit } else { Instant::now() + limit }
            };
            time::sleep_until(wake).await;
            let state = self.state();
            if state.busy == 0 && state.since.elapsed() >= limit {
                return;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something that is ours to do.
#[derive(Debug)]
pub(super) struct Busy(Pulse);

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.busy -= 1;
        state.since = Instant::now();
    }
}

/// The body of an answer: ours to continue while its next piece is not there, the client's to take while it is.
#[derive(Debug)]
pub(super) struct Paced {
    body: Body,
    pulse: Pulse,
    waiting: Option<Busy>,
}

impl Paced {
    pub(super) fn new(body: Body, pulse: Pulse) -> Self {
        Self { body, pulse, waiting: None }
    }
}

impl hyper::body::Body for Paced {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match (polled.is_pending(), self.waiting.is_some()) {
            (true, false) => self.waiting = Some(self.pulse.busy()),
            // Each piece that is taken is a sign of life.
            (false, false) => drop(self.pulse.busy()),
            (false, true) => self.waiting = None,
            (true, true) => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use hyper::body::Body as _;

    /// A body of what it is told.
    struct Told(tokio::sync::mpsc::Receiver<Bytes>);

    impl hyper::body::Body for Told {
        type Data = Bytes;
        type Error = BodyError;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
            self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
        }
    }

    const LIMIT: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn what_is_ours_to_do_is_not_counted_against_the_client() {
        let pulse = Pulse::new();
        let (busy, busy_too) = (pulse.busy(), pulse.busy());
        drop(busy_too);
        let waited = time::timeout(LIMIT * 10, pulse.stops_for(LIMIT)).await;
        assert!(waited.is_err(), "it is our turn, however long it takes");
        drop(busy);
        pulse.stops_for(LIMIT).await;
    }

    #[tokio::test]
    async fn an_answer_is_ours_while_its_next_piece_is_not_there_and_the_clients_while_it_is() {
        let pulse = Pulse::new();
        let busy = |pulse: &Pulse| pulse.state().busy;
        let (say, said) = tokio::sync::mpsc::channel(1);
        let mut body = Paced::new(BodyExt::boxed(Told(said)), pulse.clone());
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(&mut context).is_pending());
        assert_eq!(busy(&pulse), 1);
        say.send(Bytes::from_static(b"piece")).await.unwrap();
        assert!(Pin::new(&mut body).poll_frame(&mut context).is_ready());
        assert_eq!(busy(&pulse), 0);
    }
}
