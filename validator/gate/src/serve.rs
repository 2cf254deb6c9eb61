//! From settings to a gate that answers.

use std::{io, net::SocketAddr, sync::Arc};

use hyper::{HeaderMap, Request, Response, body::Incoming};
use keystile_gateway::Refusal;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use crate::{
    body::Body,
    client::client,
    connection::{self, Answers, Caller, Entrance},
    convention::Convention,
    deployment::{CLOSED, Deployment},
    forward_auth,
    head::only,
    proxy::{Proxy, refused},
    report,
    settings::{Bounds, Job, Settings, SettingsError},
    status::Status,
    tls::{CertificateError, Tls},
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
    /// The certificate to listen with cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificates of this machine cannot be used.
    #[error("the certificates of this machine cannot be used: {0}; install its CA certificates")]
    Certificates(io::Error),
}

/// Runs a gate until `stop` is ready, and then until what is under way has ended.
pub async fn run(settings: Settings, stop: impl Future<Output = ()>) -> Result<(), GateError> {
    settings.check()?;
    let listener = listen(settings.listen, "--listen").await?;
    let status_listener = listen(settings.status, "--status").await?;
    let tls = settings.tls.clone().map(Tls::read).transpose()?;
    let (job, bounds, reports) = (settings.job.clone(), settings.bounds, settings.reports.clone());
    let work = Arc::new(Work::of(job, bounds)?);
    // The first look takes a few seconds at most; a gate without a key set listens too, and refuses.
    let deployment = Arc::new(Deployment::start(settings, client()).await?);
    let mut background = JoinSet::new();
    let followed = Arc::clone(&deployment);
    background.spawn(async move { followed.follow().await });
    if let Some(tls) = tls.clone() {
        background.spawn(tls.follow());
    }
    if let Some(reports) = reports {
        background.spawn(report::send_for_ever(Arc::clone(&deployment), reports));
    }
    let scheme = if tls.is_some() { "https" } else { "http" };
    tracing::info!("listening on {scheme}://{}", address(&listener));
    tracing::info!("health, metrics and key sets on http://{}", address(&status_listener));
    let (said, stopped) = watch::channel(false);
    let status = Status { deployment: Arc::clone(&deployment), stopped: stopped.clone() };
    let front = Front { deployment, work };
    let traffic = connection::serve(Entrance { listener, tls, bounds }, stopped, front);
    // Whoever asks whether we are ready is answered to the end.
    let (_never, not_stopped) = watch::channel(false);
    let watchers = Bounds { connections: WATCHERS, ..Bounds::default() };
    let entrance = Entrance { listener: status_listener, tls: None, bounds: watchers };
    background.spawn(connection::serve(entrance, not_stopped, status));
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
    deployment: Arc<Deployment>,
    work: Arc<Work>,
}

enum Work {
    Answer(Convention),
    Proxy(Box<Proxy>),
}

impl Work {
    fn of(job: Job, bounds: Bounds) -> Result<Self, GateError> {
        Ok(match job {
            Job::Answer(convention) => Self::Answer(convention),
            Job::Proxy(origin) => {
                Self::Proxy(Box::new(Proxy::new(origin, bounds).map_err(GateError::Certificates)?))
            }
        })
    }
}

impl Answers for Front {
    async fn answer(&self, request: Request<Incoming>, caller: Caller) -> Response<Body> {
        let gate = match self.deployment.gate() {
            Ok(gate) => gate,
            Err(refusal) => return self.closed(&refusal, request.headers()),
        };
        match &*self.work {
            Work::Answer(convention) => {
                let (question, _) = request.into_parts();
                forward_auth::answer(&gate, *convention, &question).await
            }
            Work::Proxy(proxy) => proxy.serve(&gate, request, &caller).await,
        }
    }
}

impl Front {
    /// Without a policy nothing passes.
    fn closed(&self, refusal: &Refusal, headers: &HeaderMap) -> Response<Body> {
        let lasting = &self.deployment.lasting;
        let request_id = lasting.request_id(only(headers, "x-request-id"));
        lasting.note_refusal(refusal, &request_id);
        let answer = refusal.to_answer(CLOSED, &request_id);
        match &*self.work {
            Work::Answer(convention) => forward_auth::no(*convention, refusal, answer),
            Work::Proxy(_) => refused(answer),
        }
    }
}
