#![doc = include_str!("../README.md")]

mod accounts;
mod api;
mod config;
mod database;
mod sessions;
mod tokens;
mod verification_keys;

use std::io::{self, Read};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::api::Service;
use crate::config::Config;
use crate::tokens::Issuer;
use crate::verification_keys::VerificationKeys;

/// The Phone Manager backend. Settings come from PM__* variables.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  echo 'a long password' | phone-manager add-user ada@example.com
  phone-manager serve
  phone-manager end-all-sessions"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API on PM__LISTEN
    Serve,
    /// Add a user, or set the password of one; the password is read from standard input
    AddUser {
        /// The e-mail address that the user signs in with
        email: String,
    },
    /// End every session: everybody must sign in again (TRUNCATE TABLE user_sessions)
    EndAllSessions,
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let arguments = Arguments::parse();
    let config = Config::read(std::env::vars())?;
    let database = database::open(&config.database).await?;
    match arguments.command {
        Command::Serve => serve(config, database).await,
        Command::AddUser { email } => {
            let mut password = String::new();
            io::stdin().take(4096).read_to_string(&mut password)?;
            accounts::put(&database, &email, password.trim_end_matches(['\r', '\n'])).await
        }
        Command::EndAllSessions => {
            let ended = sessions::end_all(&database).await?;
            tracing::info!(ended, "every session has ended");
            Ok(())
        }
    }
}

async fn serve(config: Config, database: sqlx::SqlitePool) -> Result<()> {
    let metrics = PrometheusBuilder::new().install_recorder().context("the metrics cannot be recorded")?;
    api::describe_metrics();
    let keys = VerificationKeys::new(&config.jwt)?;
    keys.refresh().await;
    let issuer = Issuer::new(&config.jwt)?;
    let listener = tokio::net::TcpListener::bind(&config.listen)
        .await
        .with_context(|| format!("`{}` of PM__LISTEN cannot be listened on", config.listen))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    axum::serve(listener, api::router(Service { database, issuer, keys }, metrics))
        .with_graceful_shutdown(stop_requested())
        .await?;
    Ok(())
}

/// Ctrl-C, or what a supervisor sends.
async fn stop_requested() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
