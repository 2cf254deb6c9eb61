//! `keystile revoke …`

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use keystile_validator::RevokedClaim;

use super::context::{Context, Opened};
use super::failure::Failure;
use super::keys::{full_kid, revoke_key};
use super::span::moment;
use crate::domain::{Scope, Timestamp};
use crate::operations::epochs;
use crate::operations::revocation_import::{Import, ImportOrder};
use crate::operations::revocations::{self, RevocationOrder, RevocationView, rehearse, revoke};

/// What is taken back: a key, tokens and sessions by name, or whatever was issued before an instant.
///
/// None of it can be taken back in turn: whoever was meant by mistake gets a new token, in a new session.
#[derive(Subcommand)]
pub(super) enum Revoke {
    /// Revoke a key that is not active: every token it signed is refused
    #[command(after_help = "Examples:
  keystile revoke key 9Xq1yVb2 --reason 'copied to a laptop'
  keystile revoke key 9Xq1yVb2 --before now --reason 'signed too much'    the key stays; its tokens so far are refused")]
    Key {
        /// The kid, or enough of its start to be unique
        #[arg(allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        cut: Cut,
    },
    /// Revoke tokens by their `jti`, one or a file of them, until they would have expired anyway
    #[command(after_help = "Examples:
  keystile revoke token 4f1c9a --reason 'sent to the wrong address'
  keystile revoke token --file leaked.txt --expires-at 2026-12-01T00:00:00Z --reason 'log made public'")]
    Token(ByName),
    /// Revoke sessions by their `sid`, one or a file of them; with `--before`, only what was issued until then
    #[command(after_help = "Examples:
  keystile revoke session s-8841 --reason 'user signed out everywhere'
  keystile revoke session s-8841 --before now --reason 'rights have changed'    the session goes on with new tokens")]
    Session {
        #[command(flatten)]
        by_name: ByName,
        /// Refuse only the tokens issued before this instant: `now`, RFC 3339 or seconds since 1970
        #[arg(long, value_name = "INSTANT", value_parser = instant, conflicts_with_all = ["file", "expires_at"])]
        before: Option<Timestamp>,
    },
    /// Refuse every token of a subject (`sub`) that was issued until now
    #[command(after_help = "Example:\n  keystile revoke subject user-42 --reason 'account taken over'")]
    Subject(IssuedBefore),
    /// Refuse every token of a client (`client_id`) that was issued until now
    #[command(
        after_help = "Example:\n  keystile revoke client mobile-app-3 --reason 'secret in the app store'"
    )]
    Client(IssuedBefore),
    /// Refuse every token that was issued until now: everybody signs in again
    #[command(after_help = "Example:\n  keystile revoke everything --reason 'sessions table truncated'")]
    Everything {
        #[command(flatten)]
        cut: Cut,
    },
    /// Show what is revoked by name, where it stands, and which epochs hold
    #[command(after_help = "Example:\n  keystile revoke status")]
    Status,
}

#[derive(Args)]
pub(super) struct Cut {
    /// Refuse only the tokens issued before this instant: `now`, RFC 3339 or seconds since 1970
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    before: Option<Timestamp>,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub(super) struct IssuedBefore {
    /// Whose tokens
    value: String,
    #[command(flatten)]
    cut: Cut,
}

#[derive(Args)]
pub(super) struct ByName {
    /// The value of the claim
    #[arg(required_unless_present = "file")]
    value: Option<String>,
    /// File with one value on each line; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    file: Option<PathBuf>,
    /// When the last of these tokens expires: RFC 3339 or seconds since 1970 [default: as late as any can]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    expires_at: Option<Timestamp>,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// Say what would happen, and do nothing
    #[arg(long, conflicts_with = "file")]
    dry_run: bool,
}

/// The instant that is meant by `now`: everything until the moment of the command.
const NOW: Timestamp = Timestamp::from_secs(u64::MAX);

fn instant(text: &str) -> Result<Timestamp, String> {
    if text == "now" { Ok(NOW) } else { text.parse().map_err(|error| format!("{error}")) }
}

impl Revoke {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        match self {
            Self::Key { kid, cut: Cut { before: None, reason, dry_run } } => {
                revoke_key(&opened, &kid, reason, dry_run).await
            }
            Self::Key { kid, cut } => raise(&opened, Scope::Key(full_kid(&opened, &kid).await?), cut).await,
            Self::Token(by_name) => by_name.run(&opened, RevokedClaim::TokenId).await,
            Self::Session { by_name: ByName { value: Some(sid), reason, dry_run, .. }, before }
                if before.is_some() =>
            {
                raise(&opened, Scope::Session(sid), Cut { before, reason, dry_run }).await
            }
            Self::Session { by_name, .. } => by_name.run(&opened, RevokedClaim::SessionId).await,
            Self::Subject(IssuedBefore { value, cut }) => raise(&opened, Scope::Subject(value), cut).await,
            Self::Client(IssuedBefore { value, cut }) => raise(&opened, Scope::Client(value), cut).await,
            Self::Everything { cut } => raise(&opened, Scope::All, cut).await,
            Self::Status => status(&opened).await,
        }
    }
}

async fn raise(opened: &Opened, scope: Scope, cut: Cut) -> Result<(), Failure> {
    let scope = epochs::scope(scope.name(), Some(scope.value()))?;
    let words = scope.to_string();
    let before = cut.before.filter(|before| *before != NOW);
    let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
    let raised = match cut.dry_run {
        true => epochs::rehearse(keystile, actor, issuer, scope, before).await?,
        false => epochs::raise(keystile, actor, issuer, scope, before, &cut.reason).await?,
    };
    let are = if cut.dry_run { "would be" } else { "are" };
    opened.output.answer(&raised, || {
        format!(
            "tokens of {words} issued before {} {are} refused once the edge has the new set",
            raised.before
        )
    })
}

impl ByName {
    async fn run(self, opened: &Opened, claim: RevokedClaim) -> Result<(), Failure> {
        let Self { value, file, expires_at, reason, dry_run } = self;
        let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
        let done = match file {
            Some(path) => {
                let order = ImportOrder { claim, expires_at, reason };
                import(opened, order, &path).await?
            }
            None => {
                let values = value.into_iter().collect();
                let order = RevocationOrder { claim, values, expires_at, reason };
                if dry_run {
                    let would = rehearse(keystile, actor, issuer, order).await?;
                    let words = || format!("{} would be newly revoked, until {}", would.added, would.until);
                    return opened.output.answer(&would, words);
                }
                revoke(keystile, actor, issuer, order).await?
            }
        };
        opened.output.answer(&done, || announce(&done))
    }
}

/// Revokes what stands in a file, a part at a time, and says how far it is.
async fn import(opened: &Opened, order: ImportOrder, path: &Path) -> Result<RevocationView, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let file: Box<dyn Read> = match path.as_os_str().to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => Box::new(File::open(path).map_err(failed)?),
    };
    let mut import = Import::begin(&opened.keystile, &opened.actor, &opened.issuer, order).await?;
    for line in BufReader::new(file).lines() {
        if import.take(line.map_err(failed)?.trim()).await? {
            opened.output.progress(&format!("{} read, {} of them new", import.given(), import.added()))?;
        }
    }
    Ok(import.finish().await?)
}

fn announce(done: &RevocationView) -> String {
    let (given, added, until) = (done.given, done.added, done.until);
    let published = match done.version {
        Some(version) => format!("version {version} is pushed by the running server now"),
        None if added == 0 => "nothing is new, and nothing is published".to_owned(),
        None => "the running server publishes them in a moment".to_owned(),
    };
    format!("{added} of {given} values of `{}` are newly revoked, until {until}\n{published}", done.claim)
}

async fn status(opened: &Opened) -> Result<(), Failure> {
    let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
    let status = revocations::status(keystile, actor, issuer).await?;
    let epochs = epochs::list(keystile, actor, issuer).await?;
    let now = keystile.now();
    opened.output.answer(&serde_json::json!({ "revocations": status, "epochs": epochs }), || {
        let mut lines = vec![
            format!("tokens        {}", status.tokens),
            format!("sessions      {}", status.sessions),
            format!("in the set    {}", status.listed),
            format!("in filters    {}", status.filtered),
            format!("waiting       {}", status.waiting),
        ];
        lines.extend(status.next_expiry.map(|at| format!("next expiry   {}", moment(at, now))));
        lines.extend(status.filters.iter().map(|filter| {
            let (claim, entries) = (filter.claim, filter.entries);
            let (bytes, lists) = (filter.bytes, filter.list_bytes);
            format!("filter        {claim}, {entries} entries, {bytes} bytes, lists of {lists} bytes")
        }));
        lines.extend(epochs.iter().map(|epoch| {
            let value = epoch.value.as_deref().map(|value| format!("={value}")).unwrap_or_default();
            format!("epoch         {}{value} before {}", epoch.scope, moment(epoch.before, now))
        }));
        lines.join("\n")
    })
}
