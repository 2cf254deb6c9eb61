//! `keystile root …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::consent::Consent;
use super::context::{Context, Opened};
use super::failure::Failure;
use super::key_file;
use super::keys::short;
use super::output::table;
use super::root_offline::{Create, Public, Sign};
use super::span::moment;
use crate::operations::approvals::Deed;
use crate::operations::set_signer::{self, DelegationOrder, RequestOrder};
use crate::operations::{RootView, SetSignerKind, SetSignerView, roots};

const STEPS: &str = "\
To take the root offline, or to put a new offline root in the place of an old one:
  1. offline   keystile root create --out root.pem > root.jwks
  2. server    keystile root announce root.jwks
  3. edges     pin every key of `keystile roots` as ROOT_KEYS; `keystile root list` shows who has
  4. server    keystile root request > request.json
  5. offline   keystile root sign request.json --root root.pem > delegation.jwt
  6. server    keystile root install delegation.jwt
  7. server    keystile root withdraw KID, when `keystile status` shows every region at the new version
  8. edges     pin `keystile roots` again
To renew a delegation: 4, 5 and 6. To shut a stolen set-signing key out: the same, with `root request --new-key`.";

#[derive(Subcommand)]
#[command(after_help = STEPS)]
pub(super) enum Root {
    /// Offline: make a root key, write its private half to a file, and print its public half
    Create(Create),
    /// Offline: print the public half of a root key
    Public(Public),
    /// Offline: sign what a server asks for
    Sign(Sign),
    /// Every root key, what it vouches for, and who has pinned it
    #[command(after_help = "Example:\n  keystile root list")]
    List,
    /// What signs the key sets, and until when
    #[command(after_help = "Example:\n  keystile root signer")]
    Signer,
    /// Take in the public half of a root that was made offline
    #[command(after_help = "Example:\n  keystile root announce root.jwks --reason 'offline root'")]
    Announce(Announce),
    /// Print what an offline root is to sign, so that this server may sign key sets
    #[command(after_help = "Examples:
  keystile root request > request.json
  keystile root request --new-key > request.json     the next generation, which shuts the present key out")]
    Request(Request),
    /// Install what an offline root has signed, and publish under it
    #[command(after_help = "Example:\n  keystile root install delegation.jwt")]
    Install(Install),
    /// Let a root vouch for nothing any more, and destroy its private half where it is here
    #[command(after_help = "Example:\n  keystile root withdraw 9Xq1yVb2 --reason 'the root is offline now'")]
    Withdraw(Withdraw),
}

#[derive(Args)]
pub(super) struct Announce {
    /// File with the JWK Set that `keystile root create` printed; `-` reads standard input
    file: PathBuf,
    /// Why, for the audit log
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Args)]
pub(super) struct Request {
    /// Make a key of the next generation instead of renewing the delegation of the present one
    #[arg(long)]
    new_key: bool,
    /// Make a key of a generation above this one: after the restore of a backup
    #[arg(long, value_name = "GENERATION")]
    above: Option<u64>,
}

#[derive(Args)]
pub(super) struct Install {
    /// File with the delegation; `-` reads standard input
    file: PathBuf,
    /// Install it although not every region says that it has pinned the root, and why. Audited
    #[arg(long, value_name = "REASON")]
    override_reason: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Args)]
pub(super) struct Withdraw {
    /// The kid, or enough of its start to be unique
    #[arg(allow_hyphen_values = true)]
    kid: String,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    consent: Consent,
}

impl Root {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(context.output),
            Self::Public(command) => command.run(context.output),
            Self::Sign(command) => command.run(context.output),
            Self::List => list(&context.open().await?).await,
            Self::Signer => {
                let opened = context.open().await?;
                let signer = set_signer::get(&opened.keystile, &opened.actor, &opened.issuer).await?;
                tell(&opened, &signer)
            }
            Self::Announce(command) => command.run(&mut context.open().await?).await,
            Self::Request(command) => command.run(&context.open().await?).await,
            Self::Install(command) => command.run(&mut context.open().await?).await,
            Self::Withdraw(command) => command.run(&mut context.open().await?).await,
        }
    }
}

async fn list(opened: &Opened) -> Result<(), Failure> {
    let roots = roots::list(&opened.keystile, &opened.actor).await?;
    opened.output.answer(&json!({ "roots": roots }), || {
        let rows: Vec<_> = roots.iter().map(row).collect();
        table(["root", "size", "private half", "vouches for", "pinned"], &rows)
    })
}

fn row(root: &RootView) -> [String; 5] {
    let private = if root.has_private_key { "on this server" } else { "not here" };
    let vouches_for = match (root.withdrawn_at, root.vouches_for.as_slice()) {
        (Some(at), _) => format!("withdrawn {at}"),
        (None, []) => "nothing".to_owned(),
        (None, issuers) => issuers.join(", "),
    };
    let pinned = match (root.withdrawn_at, root.pinned_everywhere, root.regions_reporting) {
        (Some(_), _, _) => "-".to_owned(),
        (None, true, regions) => format!("by {regions} of {regions} regions"),
        (None, false, 0) => "not known: no region reports".to_owned(),
        (None, false, regions) => {
            let missing = &root.waiting_for;
            format!(
                "by {} of {regions} regions; missing: {}",
                regions.saturating_sub(missing.len()),
                missing.join(", ")
            )
        }
    };
    [short(&root.kid), root.bits.to_string(), private.to_owned(), vouches_for, pinned]
}

impl Announce {
    async fn run(self, opened: &mut Opened) -> Result<(), Failure> {
        let jwks = key_file::read(&self.file)?;
        let deed = Deed::AnnounceRoot { kid: roots::kid(&jwks)?, reason: self.reason.clone() };
        if !self.consent.settle(opened, deed).await? {
            return Ok(());
        }
        let root = roots::announce(&opened.keystile, &opened.actor, &jwks, self.reason).await?;
        opened.output.answer(&root, || {
            format!(
                "root {} is announced\nnext: pin every key of `keystile roots` at the edges as ROOT_KEYS; \
                 `keystile root list` shows who has",
                root.kid
            )
        })
    }
}

impl Request {
    async fn run(self, opened: &Opened) -> Result<(), Failure> {
        let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
        let order = RequestOrder { new_key: self.new_key, above: self.above };
        let request = set_signer::request(keystile, actor, issuer, order).await?;
        // The request is a file for the offline machine, so that it is JSON for people too.
        opened.output.answer(&request, || serde_json::to_string_pretty(&request).unwrap_or_default())
    }
}

impl Install {
    async fn run(self, opened: &mut Opened) -> Result<(), Failure> {
        let delegation = key_file::read(&self.file)?;
        let deed = Deed::InstallDelegation {
            issuer: opened.issuer.to_string(),
            delegation: delegation.clone(),
            override_reason: self.override_reason.clone(),
        };
        if !self.consent.settle(opened, deed).await? {
            return Ok(());
        }
        let order = DelegationOrder { delegation, override_reason: self.override_reason };
        let signer = set_signer::install(&opened.keystile, &opened.actor, &opened.issuer, order).await?;
        tell(opened, &signer)
    }
}

impl Withdraw {
    async fn run(self, opened: &mut Opened) -> Result<(), Failure> {
        let known = roots::list(&opened.keystile, &opened.actor).await?;
        let mut matching = known.into_iter().filter(|root| root.kid.starts_with(&self.kid));
        let kid = match (matching.next(), matching.next()) {
            (Some(only), None) => only.kid,
            _ => self.kid,
        };
        let deed = Deed::WithdrawRoot { kid: kid.clone(), reason: self.reason.clone() };
        if !self.consent.settle(opened, deed).await? {
            return Ok(());
        }
        let root = roots::withdraw(&opened.keystile, &opened.actor, &kid, self.reason).await?;
        opened.output.answer(&root, || {
            format!(
                "root {} vouches for nothing any more\nnext: pin `keystile roots` at the edges again",
                root.kid
            )
        })
    }
}

fn tell(opened: &Opened, signer: &SetSignerView) -> Result<(), Failure> {
    let now = opened.keystile.now();
    opened.output.answer(signer, || describe(signer, now))
}

/// What signs the key sets, in a line or two.
pub(super) fn describe(signer: &SetSignerView, now: crate::domain::Timestamp) -> String {
    let name = |kid: &Option<String>| kid.as_deref().map(short).unwrap_or_default();
    let who = match signer.kind {
        SetSignerKind::Root => format!("root {}, whose private half is on this server", name(&signer.root)),
        SetSignerKind::Delegation => {
            let until = signer.expires_at.map(|at| moment(at, now)).unwrap_or_default();
            format!(
                "key {} of generation {}, which root {} delegates it to until {until}",
                name(&signer.kid),
                signer.generation.unwrap_or_default(),
                name(&signer.root),
            )
        }
        SetSignerKind::None => "nobody".to_owned(),
    };
    match &signer.warning {
        Some(warning) => format!("{who}\n            warning: {warning}"),
        None => who,
    }
}
