//! `keystile serve`

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::context::{Context, local_actor};
use super::failure::Failure;
use super::init::announce;
use crate::api::{self, Server};
use crate::config::{KNOWN, TlsFiles};
use crate::domain::SystemClock;
use crate::operations::{
    Keystile, OperationError, first_start, hand_off, issuers, master_key_watch, notifications,
    scheduled_backups, steward,
};
use crate::settings::IssuerChange;
use crate::telemetry;

const EXAMPLES: &str = "Examples:
  keystile serve
  keystile serve --listen 127.0.0.1:9000 --data /var/lib/keystile
  keystile serve --env-prefix PM          adopt the key pair in PM__JWT__PRIVATE_KEY on first start";

#[derive(Args)]
#[command(after_help = EXAMPLES, after_long_help = settings_help())]
pub(super) struct Serve {
    /// Address to listen on [default: 127.0.0.1:8420]
    #[arg(long, env = "KEYSTILE__LISTEN", value_name = "ADDRESS", value_parser = address)]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub(super) async fn run(self, mut context: Context) -> Result<(), Failure> {
        let config = &mut context.config;
        // Dropped last, so that the spans of the last requests are sent too.
        let _exporter = telemetry::start_exporting(&config.log_filter, config.log_json);
        config.listen = self.listen.unwrap_or(config.listen);
        // The address first: a server that cannot listen has not touched the data folder.
        let listener = api::bind(config.listen).await?;
        let address = listener.local_addr()?;
        config.listen = address;
        config.settings.relying_party = config.relying_party()?;
        let (first, change, is_https) = (config.first_issuer(), config.issuer.clone(), config.is_https());
        let console = config.own_url();
        let (issuer, proxies, tls) = (config.issuer_id.clone(), config.proxies.clone(), config.tls.take());
        let (keystile, made) =
            first_start::init(context.config.settings, Arc::new(SystemClock), first).await?;
        match made {
            Some(made) => announce(context.output, &made, &console)?,
            None if change != IssuerChange::default() => {
                match issuers::change(&keystile, &local_actor(), &issuer, change).await {
                    // Without the master key the server is read-only, and has said so.
                    Ok(_) | Err(OperationError::MasterKey { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            None => {}
        }
        tracing::info!("listening on {}://{address}", if tls.is_some() { "https" } else { "http" });
        let keystile = Arc::new(keystile);
        let server = Server::new(keystile.clone(), is_https).behind(proxies);
        serve_until_stopped(listener, tls, server, &keystile).await
    }
}

async fn serve_until_stopped(
    listener: tokio::net::TcpListener,
    tls: Option<TlsFiles>,
    server: Server,
    keystile: &Keystile,
) -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping: requests under way are finished first");
    };
    tokio::select! {
        served = api::serve(listener, tls, Arc::new(server), stop) => Ok(served?),
        never = steward::run(keystile) => match never {},
        never = hand_off::run(keystile) => match never {},
        never = notifications::run(keystile) => match never {},
        never = scheduled_backups::run(keystile) => match never {},
        never = master_key_watch::run(keystile) => match never {},
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an IP address and a port, such as 127.0.0.1:8420 or [::]:8420".to_owned())
}

/// Every setting with its default, for `--help`.
fn settings_help() -> String {
    let lines = KNOWN.iter().map(|(name, default, meaning)| {
        let default = if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
        format!("  KEYSTILE__{name}\n          {meaning}{default}")
    });
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("{EXAMPLES}\n\nSettings, from the environment:\n{lines}")
}
