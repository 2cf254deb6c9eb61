//! `keystile gate`: the gateway as a program of its own. It needs no data folder, and knows no private key.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use keystile_gate::{
    Bounds, Convention, Job, Origin, PolicySource, Reports, Settings, SignedSource, TlsFiles,
};
use keystile_gateway::{Asserter, Location};
use keystile_validator::RootKeys;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::Failure;
use super::policy;
use crate::telemetry;

/// The variable with the API token: a command line is seen by everybody on the machine.
const TOKEN: &str = "EDGE_TOKEN";

/// The same for the key that assertions are signed with.
const ASSERTION_KEY: &str = "ASSERTION_KEY";

const EXAMPLES: &str = "Examples:
  keystile gate --policy policy.json --behind nginx
  keystile gate --policy policy.json --behind envoy --listen 127.0.0.1:9000 --keep /var/lib/keystile-gate
  keystile gate --policy policy.json --origin http://127.0.0.1:8080
  EDGE_TOKEN=... keystile gate --policy policy.json --behind traefik \\
    --admin https://keys.example.com --report staff=main --region frankfurt
  keystile gate --signed-policy https://keys.example.com/policy.jwt --roots roots.json \\
    --policy-issuer https://login.example.com --origin http://127.0.0.1:8080 --listen 0.0.0.0:443 \\
    --tls-cert chain.pem --tls-key key.pem --max-connections-per-address 128

Behind a proxy, the address to listen on is for the proxy alone: whoever reaches it can ask about any request.
With a key of 32 bytes or more in ASSERTION_KEY, what passes carries a signed assertion, `x-keystile-assertion`.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Gate {
    /// Policy document: who may pass, and where the key sets are read (`https` URL or file)
    #[arg(long, value_name = "FILE", required_unless_present = "signed_policy")]
    policy: Option<PathBuf>,
    /// The same, signed by a root (`keystile policy sign`), read again every 5 s: a URL or `file:PATH`
    #[arg(long, value_name = "PLACE", conflicts_with = "policy", requires_all = ["roots", "policy_issuer"])]
    signed_policy: Option<String>,
    /// Public root keys that may sign it, as `keystile roots --json` prints them
    #[arg(long, value_name = "FILE", requires = "signed_policy")]
    roots: Option<PathBuf>,
    /// The `iss` for whose gateways it must be
    #[arg(long, value_name = "ISS", requires = "signed_policy")]
    policy_issuer: Option<String>,
    /// Version below which no signed policy is believed
    #[arg(long, value_name = "VERSION", default_value_t = 0, requires = "signed_policy")]
    floor_policy_version: u64,
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
    /// Speak TLS on the address to listen on: its certificate and what leads to a root, in PEM, read anew when it changes
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of that certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
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
    /// Most connections of one address, or of one /64 of IPv6; further ones are closed. Leave it out behind a proxy
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    max_connections_per_address: Option<u32>,
    /// Seconds for which it may be a client's turn: to finish a head, to send or take the next piece of a body
    #[arg(long, value_name = "SECONDS", default_value_t = Bounds::default().silence.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    max_silence: u64,
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
        if let PolicySource::Given(policy) = &settings.policy {
            policy.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
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

    fn policy(&self) -> Result<PolicySource, Failure> {
        if let Some(file) = &self.policy {
            return Ok(PolicySource::Given(Box::new(policy::read_policy(file)?)));
        }
        let place = self.signed_policy.as_deref().unwrap_or_default();
        let at = Location::of_something_signed(place).filter(|it| !matches!(it, Location::Kv(_)));
        let at = at.ok_or_else(|| {
            Failure::Negative(format!(
                "a signed policy is read at a URL or at `file:PATH`, and not at `{place}`"
            ))
        })?;
        let roots = policy::read(self.roots.as_deref().unwrap_or(Path::new("")))?;
        let roots = RootKeys::from_jwks(roots.as_bytes())
            .map_err(|error| Failure::Negative(format!("the roots cannot be used: {error}")))?;
        let issuer = self.policy_issuer.clone().unwrap_or_default();
        Ok(PolicySource::Signed(SignedSource { at, roots, issuer, floor: self.floor_policy_version }))
    }

    fn settings(self) -> Result<Settings, Failure> {
        let policy = self.policy()?;
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
            policy,
            listen: self.listen,
            status: self.status,
            job,
            keep: self.keep,
            reports,
            region: self.region,
            bounds: Bounds {
                connections: self.max_connections,
                connections_per_address: self.max_connections_per_address,
                body: self.max_body,
                silence: Duration::from_secs(self.max_silence),
            },
            tls: self.tls_cert.zip(self.tls_key).map(|(chain, key)| TlsFiles { chain, key }),
            asserter: asserter()?,
        })
    }
}

fn asserter() -> Result<Option<Asserter>, Failure> {
    let key = env::var(ASSERTION_KEY).ok().filter(|it| !it.is_empty());
    let asserter = key.map(|key| Asserter::new(&key)).transpose();
    asserter.map_err(|error| Failure::Negative(format!("the variable `{ASSERTION_KEY}` {error}")))
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
