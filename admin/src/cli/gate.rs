//! `keystile gate`: the gateway as a program of its own. It needs no data folder, and knows no private key.

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use keystile_gate::{Bounds, Convention, Job, Origin, Reports, Settings};
use tokio::signal::unix::{SignalKind, signal};

use super::failure::Failure;
use super::policy;
use crate::telemetry;

/// The variable with the API token: a command line is seen by everybody on the machine.
const TOKEN: &str = "EDGE_TOKEN";

const EXAMPLES: &str = "Examples:
  keystile gate --policy policy.json --behind nginx
  keystile gate --policy policy.json --behind envoy --listen 127.0.0.1:9000 --keep /var/lib/keystile-gate
  keystile gate --policy policy.json --origin http://127.0.0.1:8080
  EDGE_TOKEN=... keystile gate --policy policy.json --behind traefik \\
    --admin https://keys.example.com --report staff=main --region frankfurt

The address to listen on is for the proxy alone: whoever reaches it can ask about any request.
Requests and questions come in over HTTP/1.1, without TLS.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Gate {
    /// Policy document: who may pass, and where the key sets are read (`https` URL or file)
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Proxy that asks before it lets a request pass: `auth_request`, ForwardAuth or `ext_authz` over HTTP
    #[arg(long, value_name = "PROXY", required_unless_present = "origin",
          value_parser = PossibleValuesParser::new(Convention::ALL.map(|(name, _)| name)))]
    behind: Option<String>,
    /// Be a reverse proxy, and hand what passes to this URL; a path in it comes before the request's own
    #[arg(long, value_name = "URL", conflicts_with = "behind")]
    origin: Option<String>,
    /// Give the origin its own `Host` instead of the one that the client asked for
    #[arg(long, requires = "origin")]
    origin_host: bool,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8430")]
    listen: SocketAddr,
    /// Address for /healthz, /readyz, /metrics and /.well-known/keystile
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8431")]
    status: SocketAddr,
    /// Folder to keep the last good key sets in, to begin with where none can be read
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Admin server to report to, with the API token in EDGE_TOKEN: rotations wait for this gate then
    #[arg(long, value_name = "URL", requires = "report")]
    admin: Option<String>,
    /// Provider of the policy, and which of the admin server's issuers it is; may be given several times
    #[arg(long, value_name = "PROVIDER=ISSUER", requires = "admin", value_parser = pair)]
    report: Vec<(String, String)>,
    /// Name of this region in reports
    #[arg(long, default_value = "gate")]
    region: String,
    /// Most connections at a time; further ones wait
    #[arg(long, value_name = "COUNT", default_value_t = Bounds::default().connections, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// Most bytes of a request's body on its way to the origin
    #[arg(long, value_name = "BYTES", default_value_t = Bounds::default().body, requires = "origin")]
    max_body: u64,
    /// What is logged, as `tracing` filters it
    #[arg(long, env = "KEYSTILE__LOG__FILTER", value_name = "FILTER", default_value = "info")]
    log: String,
}

impl Gate {
    /// Runs it until it is told to stop. With `is_json` the log is JSON.
    pub(super) async fn run(self, is_json: bool) -> Result<(), Failure> {
        telemetry::start(&self.log, is_json);
        let settings = self.settings()?;
        for warning in settings.policy.warnings() {
            tracing::warn!("{warning}");
        }
        let mut terminate = signal(SignalKind::terminate())?;
        let stop = async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        };
        keystile_gate::run(settings, stop).await.map_err(refused)
    }

    fn settings(self) -> Result<Settings, Failure> {
        let job = match (self.behind, self.origin) {
            (_, Some(origin)) => Job::Proxy(Origin::parse(&origin, !self.origin_host).map_err(refused)?),
            (behind, None) => {
                let named = Convention::ALL.iter().find(|(name, _)| Some(*name) == behind.as_deref());
                let no_job =
                    || Failure::Negative("say what the gate is for: `--behind` or `--origin`".to_owned());
                Job::Answer(named.ok_or_else(no_job)?.1)
            }
        };
        let reports = match self.admin {
            Some(admin) => Some(Reports::to(&admin, token()?, self.report).map_err(refused)?),
            None => None,
        };
        Ok(Settings {
            policy: policy::read_policy(&self.policy)?,
            listen: self.listen,
            status: self.status,
            job,
            keep: self.keep,
            reports,
            region: self.region,
            bounds: Bounds { connections: self.max_connections, body: self.max_body },
        })
    }
}

fn token() -> Result<String, Failure> {
    let token = env::var(TOKEN).ok().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    token.ok_or_else(|| {
        let missing = "the variable `EDGE_TOKEN` is missing; give an API token (`keystile api-token create --role edge`)";
        Failure::Negative(missing.to_owned())
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(provider, issuer)| !provider.is_empty() && !issuer.is_empty());
    let (provider, issuer) = pair.ok_or("write `PROVIDER=ISSUER`, such as `staff=main`")?;
    let issuer: crate::domain::IssuerId = issuer.parse().map_err(|error| format!("{error}"))?;
    Ok((provider.to_owned(), issuer.as_str().to_owned()))
}

fn refused(error: impl std::error::Error) -> Failure {
    Failure::Negative(error.to_string())
}
