//! `cargo xtask up`: everything, running, in one command.

mod announcement;
mod demo;

use std::env;
use std::path::PathBuf;

use anyhow::Result;

use crate::build_parts::{self, Worker};
use crate::http::Client;
use crate::place::Place;
use crate::process::{glance, stop_requested};
use crate::progress::{say, step};
use crate::setup;
use crate::system::{Behind, Folder, Settings, System, any_free_port, free_port};
use announcement::Announcement;
use demo::Demo;

/// The prefix under which a service may already keep its key pair.
const SEED_PREFIX: &str = "PM";

/// Some two seconds: as often as is seen, and no flood in the worker's log.
const GLANCES_A_VISIT: u32 = 20;

/// How to start.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where everything is kept; a second run goes on with it.
    #[arg(long, value_name = "DIR", default_value = "keystile-data")]
    data: PathBuf,
    /// The port of the edge worker; 0 for any free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// The port of the admin server and its console; 0 for any free one.
    #[arg(long, default_value_t = 8420)]
    admin_port: u16,
    /// Print one line of JSON on standard output when all is ready, and everything else on standard error.
    #[arg(long)]
    json: bool,
    /// Put the example backend behind the edge; it signs its own tokens and is handed each new key.
    #[arg(long)]
    demo: bool,
    /// Start what is built already.
    #[arg(long)]
    no_build: bool,
}

/// Builds and starts everything, says how to use it, and stays until it is stopped or a part ends.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    // Ports and folder come first: nobody should wait for a build to hear that it was in vain.
    let origin_port = any_free_port()?;
    let settings = settings(options, origin_port)?;
    if !options.no_build {
        setup::edge_tools(place)?;
        build_parts::validator_of_the_console(place)?;
        build_parts::admin(place)?;
        build_parts::worker(place, Worker::Deployed)?;
        if options.demo {
            build_parts::phone_manager(place)?;
        }
    }
    step("starting the admin server and the worker");
    let mut system = System::start(place, &settings)?;
    let demo = options.demo.then(|| Demo::start(place, &settings, origin_port, &system.admin));
    let mut demo = demo.transpose()?;
    Announcement::of(&system, &settings, demo.as_ref())?.make(place, options.json)?;
    let client = Client::new();
    let mut until_visit = 0;
    let ended = loop {
        if let Err(error) = system.still_running().and_then(|()| glance()) {
            break error;
        }
        // The edge looks for news while it is visited, as a real one always is. Here a rotation would wait for its
        // confirmation until somebody happens to send a request. That it cannot be visited is told by `still_running`.
        until_visit = (until_visit + 1) % GLANCES_A_VISIT;
        if until_visit == 0 {
            let _ = system.edge.visit(&client);
            if let Some(error) = demo.as_mut().and_then(|demo| demo.follow(&system.admin, &client).err()) {
                break error;
            }
        }
    };
    if stop_requested() {
        say("stopping");
        return Ok(());
    }
    Err(ended)
}

fn settings(options: &Options, origin_port: u16) -> Result<Settings> {
    let demo = Behind::At(format!("http://127.0.0.1:{origin_port}"));
    Ok(Settings {
        folder: Folder::new(&options.data)?,
        edge_port: free_port(options.port, "--port")?,
        admin_port: free_port(options.admin_port, "--admin-port")?,
        issuer: configured("KEYSTILE__ISSUER__ISS", "https://issuer.keystile.test"),
        audience: configured("KEYSTILE__ISSUER__AUDIENCE", "keystile-demo"),
        behind: if options.demo { demo } else { Behind::Echo },
        environment: prefix_of_the_key_pair(),
        edge_variables: Vec::new(),
    })
}

fn configured(variable: &str, otherwise: &str) -> String {
    env::var(variable).ok().filter(|value| !value.is_empty()).unwrap_or_else(|| otherwise.to_owned())
}

/// A key pair kept under the seed's own names is adopted under those names.
fn prefix_of_the_key_pair() -> Vec<(String, String)> {
    let is_set = env::var_os(format!("{SEED_PREFIX}__JWT__PRIVATE_KEY")).is_some();
    is_set.then(|| ("KEYSTILE__ENV_PREFIX".to_owned(), SEED_PREFIX.to_owned())).into_iter().collect()
}
