//! What `cargo xtask bench admin` runs: bare signatures, and clients of a server that is running.
//!
//! The API token comes by the environment, because others see the arguments of a process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "it measures time, prints what it found, and a failure ends it"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use clap::{Parser, Subcommand};
use keystile_admin::config::Config;
use keystile_admin::domain::{Actor, SystemClock};
use keystile_admin::operations::Keystile;
use keystile_admin::operations::tokens::{self, TokenRequest};
use serde_json::{Value, json};

/// What people and machines look at while a key is turned.
const READ: [&str; 5] = [
    "/v1/status",
    "/v1/issuers/main/keys",
    "/v1/issuers/main/edge",
    "/v1/audit?limit=50",
    "/.well-known/jwks.json",
];

/// What `cargo xtask bench admin` runs, a measurement at a time; each prints one JSON object.
#[derive(Parser)]
#[command(name = "load")]
struct Measured {
    #[command(subcommand)]
    what: What,
    /// Added by cargo.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum What {
    /// Bare signatures of the library.
    Sign { seconds: f64 },
    /// Tokens of the engine, in the data folder that `KEYSTILE__DATA` names.
    Mint { clients: usize, seconds: f64 },
    /// Tokens over HTTP, with the API token in `KEYSTILE_BENCH_TOKEN`.
    Tokens { url: String, clients: usize, seconds: f64 },
    /// Reads over HTTP, with the API token in `KEYSTILE_BENCH_TOKEN`.
    Reads { url: String, clients: usize, seconds: f64 },
}

fn main() {
    let found = match Measured::parse().what {
        What::Sign { seconds } => json!({ "per_second": bare_signatures(duration(seconds)) }),
        What::Mint { clients, seconds } => mint(clients, duration(seconds)),
        What::Tokens { url, clients, seconds } => over_http(url, clients, seconds, true),
        What::Reads { url, clients, seconds } => over_http(url, clients, seconds, false),
    };
    println!("{found}");
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).expect("seconds, which are not negative")
}

fn over_http(url: String, clients: usize, seconds: f64, signs: bool) -> Value {
    let token = std::env::var("KEYSTILE_BENCH_TOKEN").expect("an API token in KEYSTILE_BENCH_TOKEN");
    run(&Arc::new(Load { url, token, seconds: duration(seconds), signs }), clients)
}

/// How often a second the library alone signs what a token of this size has before its signature.
fn bare_signatures(seconds: Duration) -> f64 {
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let chance = SystemRandom::new();
    let (message, mut signature) = ([b'k'; 400], vec![0; key.public_modulus_len()]);
    let start = Instant::now();
    let mut count = 0_u32;
    while start.elapsed() < seconds {
        key.sign(&RSA_PKCS1_SHA256, &chance, &message, &mut signature).unwrap();
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Callers of the engine itself, without a server between: each token with its claims, its entry in the audit log, and a
/// commit that has reached the disk.
#[tokio::main(flavor = "current_thread")]
async fn mint(callers: usize, seconds: Duration) -> Value {
    let config = Config::read(std::env::vars(), None).unwrap();
    let keystile = Arc::new(Keystile::open(config.settings, Arc::new(SystemClock)).await.unwrap());
    let start = Instant::now();
    let caller = async |keystile: Arc<Keystile>, number: usize| {
        let (actor, issuer) = (Actor::local("bench"), "main".parse().unwrap());
        let claims = json!({ "scope": "read write" }).as_object().unwrap().clone();
        let subject = format!("user-{number}");
        let request = TokenRequest { subject, audience: None, lifetime_secs: None, claims };
        let mut waited = Vec::new();
        while start.elapsed() < seconds {
            let before = Instant::now();
            tokens::mint(&keystile, &actor, &issuer, request.clone()).await.unwrap();
            waited.push(before.elapsed());
        }
        waited
    };
    let running = (0..callers).map(|number| caller(keystile.clone(), number));
    figures(futures_util::future::join_all(running).await.concat(), start.elapsed())
}

struct Load {
    url: String,
    token: String,
    seconds: Duration,
    signs: bool,
}

/// Clients that ask again as soon as they are answered, each on a connection of its own.
#[tokio::main(flavor = "current_thread")]
async fn run(load: &Arc<Load>, clients: usize) -> Value {
    let start = Instant::now();
    let running: Vec<_> = (0..clients).map(|number| tokio::spawn(client(load.clone(), number))).collect();
    let mut waited = Vec::new();
    for client in running {
        waited.extend(client.await.unwrap());
    }
    figures(waited, start.elapsed())
}

fn figures(mut waited: Vec<Duration>, elapsed: Duration) -> Value {
    waited.sort_unstable();
    let at = |share: f64| {
        let place = ((waited.len() - 1) as f64 * share).round() as usize;
        waited[place].as_secs_f64() * 1000.0
    };
    json!({
        "per_second": waited.len() as f64 / elapsed.as_secs_f64(),
        "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0),
    })
}

async fn client(load: Arc<Load>, number: usize) -> Vec<Duration> {
    let http = reqwest::Client::new();
    let start = Instant::now();
    let mut waited = Vec::new();
    while start.elapsed() < load.seconds {
        let asked = if load.signs {
            let body = json!({ "subject": format!("user-{number}"), "claims": { "scope": "read write" } });
            http.post(format!("{}/v1/issuers/main/tokens", load.url)).json(&body)
        } else {
            http.get(format!("{}{}", load.url, READ[(number + waited.len()) % READ.len()]))
        };
        let before = Instant::now();
        let answer = asked.bearer_auth(&load.token).send().await.unwrap();
        assert!(answer.status().is_success(), "{}: {}", answer.url().path(), answer.status());
        answer.bytes().await.unwrap();
        waited.push(before.elapsed());
    }
    waited
}
