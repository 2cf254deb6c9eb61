//! Runs a backend with the key that signs, and again with the next one: it follows the server, or a file to which keys are
//! handed over, and passes signals and the exit code on.
//!
//! The backend gets its key in its environment and nowhere else; nothing of it is printed, and none of the server's own
//! settings is handed down.

mod backend;
mod source;

use std::time::Duration;

use nix::sys::signal::Signal;
use tokio::signal::unix::{SignalKind, signal};

pub use backend::Launch;
use backend::{Backend, Ended};
pub use source::{AgentError, FileSource, ServerSource, Source};

/// How soon a new key is noticed.
const TICK: Duration = Duration::from_secs(1);
/// A source that fails is asked less often, up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the backend is told when there is something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// SIGTERM, the time to end, and a start with the new environment.
    Restart {
        /// How long it has to end by itself.
        grace: Duration,
    },
    /// A signal alone: it reads the file again by itself.
    Notify(Signal),
}

/// Runs the backend until it ends, and returns its exit code: 128 and the signal's number where a signal ended it.
///
/// Signals that reach this process are passed on. A source that fails leaves the backend running with what it has.
pub async fn run(source: &Source, launch: &Launch, turn: Turn) -> Result<u8, AgentError> {
    let mut signals = Signals::listen()?;
    let (mut running, environment) = source.read().await?;
    let mut backend = Backend::start(launch, &environment)?;
    drop(environment);
    let mut pause = TICK;
    loop {
        tokio::select! {
            ended = backend.wait() => return Ok(ended?.code()),
            caught = signals.next() => backend.send(caught),
            () = tokio::time::sleep(pause) => match source.version().await {
                Ok(version) if version == running => pause = TICK,
                Ok(_) => match take_turn(source, launch, turn, &mut backend, &mut signals).await {
                    Ok(Turned::Runs(version)) => (running, pause) = (version, TICK),
                    Ok(Turned::Ended(ended)) => return Ok(ended.code()),
                    Err(error) => pause = failed(&error, pause),
                },
                Err(error) => pause = failed(&error, pause),
            },
        }
    }
}

/// What became of a turn.
enum Turned {
    /// The backend has, or was told of, this version.
    Runs(String),
    /// Somebody ended it meanwhile.
    Ended(Ended),
}

async fn take_turn(
    source: &Source,
    launch: &Launch,
    turn: Turn,
    backend: &mut Backend,
    signals: &mut Signals,
) -> Result<Turned, AgentError> {
    // Read before anything is stopped: whoever cannot say what comes next leaves the backend as it is.
    let (version, environment) = source.read().await?;
    let grace = match turn {
        Turn::Notify(signal) => {
            backend.send(signal);
            return Ok(Turned::Runs(version));
        }
        Turn::Restart { grace } => grace,
    };
    tracing::info!("the backend is restarted: there is a new key, or another lifetime");
    backend.send(Signal::SIGTERM);
    let mut stopped = false;
    let too_long = tokio::time::sleep(grace);
    tokio::pin!(too_long);
    loop {
        tokio::select! {
            ended = backend.wait() => {
                let ended = ended?;
                if stopped {
                    return Ok(Turned::Ended(ended));
                }
                break;
            }
            caught = signals.next() => {
                stopped |= ends(caught);
                backend.send(caught);
            }
            () = &mut too_long, if !too_long.is_elapsed() => {
                tracing::warn!(grace_secs = grace.as_secs(), "the backend did not end in time, and is killed");
                backend.send(Signal::SIGKILL);
            }
        }
    }
    *backend = Backend::start(launch, &environment)?;
    Ok(Turned::Runs(version))
}

fn failed(error: &AgentError, pause: Duration) -> Duration {
    tracing::warn!(%error, "no news of the key; the backend goes on with what it has");
    (pause * 2).min(LONGEST_PAUSE)
}

/// Whether a backend is expected to end after it.
fn ends(signal: Signal) -> bool {
    matches!(signal, Signal::SIGTERM | Signal::SIGINT | Signal::SIGQUIT)
}

/// The signals that are passed on.
struct Signals(Vec<(Signal, tokio::signal::unix::Signal)>);

impl Signals {
    fn listen() -> Result<Self, AgentError> {
        let kinds = [
            (Signal::SIGTERM, SignalKind::terminate()),
            (Signal::SIGINT, SignalKind::interrupt()),
            (Signal::SIGQUIT, SignalKind::quit()),
            (Signal::SIGHUP, SignalKind::hangup()),
            (Signal::SIGUSR1, SignalKind::user_defined1()),
            (Signal::SIGUSR2, SignalKind::user_defined2()),
        ];
        let listening = kinds.into_iter().map(|(name, kind)| Ok((name, signal(kind)?)));
        listening.collect::<Result<_, std::io::Error>>().map(Self).map_err(AgentError::Signals)
    }

    /// The next one.
    async fn next(&mut self) -> Signal {
        std::future::poll_fn(|context| {
            for (name, listener) in &mut self.0 {
                if listener.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*name);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}
