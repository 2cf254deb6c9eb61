//! From settings to a gate that answers.

use std::{io, net::SocketAddr, sync::Arc};

use hyper::{Request, Response, body::Incoming};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    body::Body,
    connection::{self, Answers, Caller},
    convention::Convention,
    forward_auth,
    gate::Gate,
    proxy::Proxy,
    report,
    settings::{Job, Settings, SettingsError},
    status::Status,
};

/// So many may ask at a time how the gate is doing: an orchestrator, a collector, and people.
const WATCHERS: u32 = 64;

/// Why a gate does not run.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// An address cannot be listened on.
    #[error("cannot listen on `{address}`: {source}; choose another address with `{option}`")]
    Listen {
        /// Which one.
        address: SocketAddr,
        /// What chooses it.
        option: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The certificates of this machine cannot be used.
    #[error("the certificates of this machine cannot be used: {0}; install its CA certificates")]
    Certificates(io::Error),
}

/// Runs a gate until `stop` is ready, and then until what is under way has ended.
pub async fn run(settings: Settings, stop: impl Future<Output = ()>) -> Result<(), GateError> {
    settings.check()?;
    let listener = listen(settings.listen, "--listen").await?;
    let status_listener = listen(settings.status, "--status").await?;
    let (job, bounds, reports) = (settings.job.clone(), settings.bounds, settings.reports.clone());
    let gate = Arc::new(Gate::new(settings)?);
    let front = Front { gate: Arc::clone(&gate), job: Arc::new(Work::of(job, bounds.body)?) };
    let (said, stopped) = watch::channel(false);
    let mut background = JoinSet::new();
    // The first look takes a few seconds at most; a gate without a key set listens too, and refuses.
    let firsts: JoinSet<()> =
        gate.key_sets.iter().cloned().map(|it| async move { it.start().await }).collect();
    firsts.join_all().await;
    for key_sets in &gate.key_sets {
        let key_sets = Arc::clone(key_sets);
        background.spawn(async move { key_sets.follow().await });
    }
    if let Some(reports) = reports {
        background.spawn(report::send_for_ever(Arc::clone(&gate), reports));
    }
    tracing::info!("listening on http://{}", address(&listener));
    tracing::info!("health, metrics and key sets on http://{}", address(&status_listener));
    let status = Status { gate, stopped: stopped.clone() };
    let traffic = connection::serve(listener, bounds.connections, stopped, front);
    // Whoever asks whether we are ready is answered to the end.
    let (_never, not_stopped) = watch::channel(false);
    background.spawn(connection::serve(status_listener, WATCHERS, not_stopped, status));
    let stop = async {
        stop.await;
        tracing::info!("stopping: requests under way are finished first");
        said.send_replace(true);
    };
    tokio::join!(traffic, stop);
    Ok(())
}

async fn listen(address: SocketAddr, option: &'static str) -> Result<TcpListener, GateError> {
    TcpListener::bind(address).await.map_err(|source| GateError::Listen { address, option, source })
}

fn address(listener: &TcpListener) -> String {
    listener.local_addr().map_or_else(|_| "an unknown address".to_owned(), |it| it.to_string())
}

/// What is in front.
#[derive(Clone)]
struct Front {
    gate: Arc<Gate>,
    job: Arc<Work>,
}

enum Work {
    Answer(Convention),
    Proxy(Box<Proxy>),
}

impl Work {
    fn of(job: Job, most: u64) -> Result<Self, GateError> {
        Ok(match job {
            Job::Answer(convention) => Self::Answer(convention),
            Job::Proxy(origin) => {
                Self::Proxy(Box::new(Proxy::new(origin, most).map_err(GateError::Certificates)?))
            }
        })
    }
}

impl Answers for Front {
    async fn answer(&self, request: Request<Incoming>, caller: Caller) -> Response<Body> {
        match &*self.job {
            Work::Answer(convention) => {
                let (question, _) = request.into_parts();
                forward_auth::answer(&self.gate, *convention, &question).await
            }
            Work::Proxy(proxy) => proxy.serve(&self.gate, request, &caller).await,
        }
    }
}
