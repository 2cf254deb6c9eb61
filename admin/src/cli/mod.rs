//! The command line's door: the same operations on the data folder, without a server in between.
//!
//! Exit codes: 0 for done, 1 for refused or failed, 2 for a command that cannot be understood. Results go to
//! standard output, errors to standard error; `--json` answers in the shapes of the HTTP API. `admin/README.md` says so too.

mod access;
mod agent;
mod alerts;
mod api_token;
mod approvals;
mod audit;
mod audit_keeping;
mod backup;
mod config;
mod consent;
mod context;
mod core_dumps;
#[cfg(test)]
mod deployed;
mod doctor;
mod emergency;
mod environment;
mod failure;
mod gate;
mod hand_off;
mod init;
mod issuer;
mod key_file;
mod keys;
mod manual;
mod master_key;
mod migrate;
mod openapi;
mod output;
mod overtake;
#[cfg(test)]
mod parity;
mod passkeys;
mod policy;
mod publish;
mod revoke;
mod rollback;
mod root;
mod root_offline;
mod roots;
mod rotate;
mod rotation;
mod serve;
mod session;
mod span;
mod status;
mod token;
mod user;
mod webhooks;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::domain::IssuerId;
use context::Context;
use failure::Failure;
use output::Output;

/// A thread that the system does not let go, as one that waits for a folder that hangs, keeps nobody from ending.
const PATIENCE: Duration = Duration::from_secs(3);

/// Makes, publishes and turns the keys that sign your JWTs, without logging anybody out.
#[derive(Parser)]
#[command(
    name = "keystile",
    version,
    after_help = "Examples:
  keystile serve                          start the server; the first start sets everything up
  keystile status                         what signs, what is published, what the edge runs
  keystile rotate --reason quarterly      turn the key; the server goes on by itself
  keystile emergency --reason 'laptop stolen' --confirm 9Xq1yVb2
  keystile env --prefix PM                hand the active key to a backend"
)]
struct Arguments {
    #[command(flatten, next_help_heading = "Everywhere")]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Args)]
struct Global {
    /// Folder of the server's data [default: ./keystile-data]
    #[arg(long, global = true, env = "KEYSTILE__DATA", hide_env_values = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File with settings in TOML; the environment wins over it
    #[arg(long, global = true, env = "KEYSTILE__CONFIG", hide_env_values = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Issuer that is meant [default: main]
    #[arg(long, global = true, env = "KEYSTILE__ISSUER__ID", hide_env_values = true, value_name = "ID")]
    issuer: Option<IssuerId>,
    /// Answer in JSON, in the shapes of the HTTP API; a refusal has `code` and `detail`, on standard error
    #[arg(long, global = true)]
    json: bool,
    /// Read JWT settings below another prefix: `PM` reads PM__JWT__PRIVATE_KEY and so on
    #[arg(long, global = true, value_name = "PREFIX")]
    env_prefix: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server: HTTP API, console, pushes to the edge, rotations
    Serve(serve::Serve),
    /// Set up a data folder, as the first `serve` does, and print its tokens once
    Init(init::Init),
    /// Show, make, import, activate, retire and revoke keys
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Turn the key gradually: nobody is logged out
    Rotate(rotate::Rotate),
    /// Let the key that signed before sign again: nobody is logged out
    Rollback(rollback::Rollback),
    /// Show, pause, resume or cancel the rotation under way
    #[command(subcommand)]
    Rotation(rotation::Rotation),
    /// Replace and revoke the active key at once: everybody must sign in again
    Emergency(emergency::Emergency),
    /// Revoke something for good
    #[command(subcommand)]
    Revoke(revoke::Revoke),
    /// Show what signs, what is published and what the edge runs
    Status(status::Status),
    /// Show what is the matter, and what to do about it
    Alerts(alerts::Alerts),
    /// Have others told what happens, over HTTP
    #[command(subcommand)]
    Webhooks(webhooks::Webhooks),
    /// Print the active key and the lifetimes as a backend's environment variables
    Env(environment::Env),
    /// Run a backend with the key that signs, and restart it with the next one
    Agent(agent::Agent),
    /// See and set where backends read their key: secrets managers and files
    #[command(subcommand)]
    HandOff(hand_off::HandOff),
    /// Sign a token, or judge one as the edge would
    #[command(subcommand)]
    Token(token::Token),
    /// Make, list and revoke API tokens
    #[command(subcommand)]
    ApiToken(api_token::ApiToken),
    /// Make, invite and shut out people who sign in by name
    #[command(subcommand)]
    User(user::User),
    /// See, approve and refuse what takes two people
    #[command(subcommand)]
    Approvals(approvals::Approvals),
    /// Write an encrypted backup while the server serves, or prove one
    Backup(backup::Backup),
    /// Bring a backup back on an empty machine, above every version that was ever published
    Restore(backup::Restore),
    /// Move the installation to PostgreSQL, or back into its folder
    Migrate(migrate::Migrate),
    /// Put a new master key in the place of the old one
    #[command(subcommand)]
    MasterKey(master_key::MasterKey),
    /// See who is signed in to the console, and sign them out
    #[command(subcommand)]
    Session(session::Session),
    /// See who has access, and note that it was reviewed
    #[command(subcommand)]
    Access(access::Access),
    /// Read, verify and export the audit log, and tell a period from it
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Go on above what the edge's store holds, after the restore of a backup
    Overtake(overtake::Overtake),
    /// Push what is in the outbox now
    Publish(publish::Publish),
    /// Take the root offline, renew what it lets this server do, and put another root in its place
    #[command(subcommand)]
    Root(root::Root),
    /// Print the public root keys, to be pinned at the edge
    Roots(roots::Roots),
    /// Check the policy of a gateway, and explain what it would decide
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Run a gateway of your own: forward-auth for nginx, Traefik and Envoy, or a reverse proxy
    Gate(Box<gate::Gate>),
    /// Look at everything that may be wrong, and say what to do about it; changes nothing
    Doctor(doctor::Doctor),
    /// Check and show the configuration
    #[command(subcommand)]
    Config(config::Config),
    /// List, show and change issuers and their policies
    #[command(subcommand)]
    Issuer(issuer::Issuer),
    /// Print a script that completes commands in your shell
    Completions(manual::Completions),
    /// Print or write the pages of the manual
    Man(manual::Man),
    /// Print the OpenAPI description of the HTTP API
    Openapi(openapi::Openapi),
}

/// Runs the command that the arguments of this process name.
pub fn run() -> ExitCode {
    core_dumps::forbid();
    let arguments = Arguments::parse();
    let json = arguments.global.json;
    let outcome = tokio::runtime::Runtime::new().map_err(Failure::from).and_then(|runtime| {
        let outcome = runtime.block_on(execute(arguments));
        runtime.shutdown_timeout(PATIENCE);
        outcome
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report(json);
            failure.exit_code()
        }
    }
}

async fn execute(Arguments { global, command }: Arguments) -> Result<(), Failure> {
    // What needs neither configuration nor data folder.
    let command = match command {
        Command::Openapi(command) => return command.run(),
        Command::Policy(command) if !command.needs_data() => return command.run(Output::new(global.json)),
        Command::Gate(command) => return command.run(global.json).await,
        Command::Config(command) => return command.run(&global),
        Command::Doctor(command) => return command.run(global).await,
        Command::Completions(command) => return command.run(),
        Command::Man(command) => return command.run(Output::new(global.json)),
        command => command,
    };
    let context = Context::new(global)?;
    match command {
        Command::Serve(command) => command.run(context).await,
        Command::Init(command) => command.run(context).await,
        Command::Keys(command) => command.run(context).await,
        Command::Rotate(command) => command.run(context).await,
        Command::Rollback(command) => command.run(context).await,
        Command::Rotation(command) => command.run(context).await,
        Command::Emergency(command) => command.run(context).await,
        Command::Revoke(command) => command.run(context).await,
        Command::Status(command) => command.run(context).await,
        Command::Alerts(command) => command.run(context).await,
        Command::Webhooks(command) => command.run(context).await,
        Command::Env(command) => command.run(context).await,
        Command::Agent(command) => command.run(context).await,
        Command::HandOff(command) => command.run(context).await,
        Command::Token(command) => command.run(context).await,
        Command::ApiToken(command) => command.run(context).await,
        Command::User(command) => command.run(context).await,
        Command::Approvals(command) => command.run(context).await,
        Command::Backup(command) => command.run(context).await,
        Command::Restore(command) => command.run(context).await,
        Command::Migrate(command) => command.run(context).await,
        Command::MasterKey(command) => command.run(context).await,
        Command::Session(command) => command.run(context).await,
        Command::Access(command) => command.run(context).await,
        Command::Audit(command) => command.run(context).await,
        Command::Overtake(command) => command.run(context).await,
        Command::Publish(command) => command.run(context).await,
        Command::Root(command) => command.run(context).await,
        Command::Roots(command) => command.run(context).await,
        Command::Openapi(command) => command.run(),
        Command::Policy(policy::Policy::Publish(command)) => command.run(context).await,
        Command::Policy(policy::Policy::Sign(command)) => command.run(context).await,
        Command::Policy(command) => command.run(context.output),
        Command::Gate(command) => command.run(false).await,
        Command::Issuer(command) => command.run(context).await,
        Command::Config(_) | Command::Doctor(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_kid_may_begin_with_a_hyphen_as_one_in_sixty_four_does() {
        for line in [
            "keystile emergency --reason drill --confirm -1AYlBki --json",
            "keystile keys show -1AYlBki --json",
            "keystile keys revoke --reason drill -1AYlBki --json",
            "keystile keys retire -h1AYlBki",
            "keystile revoke key -1AYlBki --before now --reason drill",
            "keystile root withdraw --reason drill -VAYlBki",
        ] {
            let read = Arguments::try_parse_from(line.split(' '));
            assert!(read.is_ok_and(|read| read.global.json == line.ends_with("--json")), "{line}");
        }
    }

    #[test]
    fn every_command_shows_an_example() {
        fn without_example(command: &clap::Command, path: &str, found: &mut Vec<String>) {
            let path = format!("{path} {}", command.get_name());
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            if !help.contains("keystile ") && !command.has_subcommands() {
                found.push(path.clone());
            }
            command.get_subcommands().for_each(|below| without_example(below, &path, found));
        }
        let mut found = Vec::new();
        without_example(&Arguments::command(), "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
