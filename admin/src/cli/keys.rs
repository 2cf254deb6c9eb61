//! `keystile keys …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::{Context, Opened};
use super::failure::Failure;
use super::key_file;
use super::output::table;
use super::span::{duration, moment};
use crate::domain::{KeySize, SecretText, Timestamp};
use crate::operations::keys::{self, NewKey};
use crate::operations::{KeyPlan, KeyView, OperationError, Readiness};
use crate::operations::{activate, retire, revoke};
use crate::settings::KeyPairPem;

#[derive(Subcommand)]
pub(super) enum Keys {
    /// Every key, and what may happen to it next
    #[command(after_help = "Example:\n  keystile keys list")]
    List,
    /// One key, with its public half
    #[command(after_help = "Example:\n  keystile keys show 9Xq1yVb2")]
    Show(Named),
    /// Make a key: pending, and published at once
    #[command(after_help = "Example:\n  keystile keys create --bits 4096 --reason 'stronger keys'")]
    Create(Create),
    /// Take in a key made elsewhere: pending, and published at once
    #[command(after_help = "Examples:
  keystile keys import --private-key jwt_private.pem
  keystile keys import --public-key other_signer.pem     verifies only; it can never be activated")]
    Import(Import),
    /// Let a confirmed key sign
    #[command(after_help = "Example:\n  keystile keys activate 9Xq1yVb2")]
    Activate(Activate),
    /// Take a retiring key out of the set, and destroy or seal its private half, as the policy says
    #[command(after_help = "Example:\n  keystile keys retire 9Xq1yVb2")]
    Retire(Retire),
    /// Take a key that is not active out of the set at once and for good
    #[command(after_help = "Example:\n  keystile keys revoke 9Xq1yVb2 --reason 'copied to a laptop'")]
    Revoke(Revoke),
}

#[derive(Args)]
pub(super) struct Named {
    /// The kid, or enough of its start to be unique
    #[arg(allow_hyphen_values = true)]
    kid: String,
}

#[derive(Args)]
pub(super) struct Create {
    /// 2048, 3072 or 4096 [default: what the issuer's policy says]
    #[arg(long, value_parser = key_size)]
    bits: Option<KeySize>,
    /// Why, for the audit log
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Args)]
pub(super) struct Import {
    #[command(flatten)]
    pem: PemFiles,
    /// Why, for the audit log
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Args)]
#[group(required = true, multiple = true)]
struct PemFiles {
    /// PEM file with a private key (PKCS#1 or PKCS#8); `-` reads standard input
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,
    /// PEM file with a public key (PKCS#1 or SPKI); `-` reads standard input
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Activate {
    #[command(flatten)]
    named: Named,
    /// Activate although the edge has not confirmed the key, and why. Audited
    #[arg(long, value_name = "REASON")]
    override_reason: Option<String>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub(super) struct Retire {
    #[command(flatten)]
    named: Named,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    named: Named,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Keys {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        match self {
            Self::List => list(&opened).await,
            Self::Show(named) => show(&opened, &named).await,
            Self::Create(wanted) => {
                create(&opened, NewKey::Generate { size: wanted.bits }, wanted.reason).await
            }
            Self::Import(wanted) => {
                let (new_key, reason) = wanted.into_new_key()?;
                create(&opened, new_key, reason).await
            }
            Self::Activate(wanted) => wanted.run(&opened).await,
            Self::Retire(wanted) => wanted.run(&opened).await,
            Self::Revoke(Revoke { named, reason, dry_run }) => {
                revoke_key(&opened, &named.kid, reason, dry_run).await
            }
        }
    }
}

async fn list(opened: &Opened) -> Result<(), Failure> {
    let keys = keys::list(&opened.keystile, &opened.actor, &opened.issuer).await?;
    let now = opened.keystile.now();
    opened.output.answer(&json!({ "keys": keys }), || {
        let rows: Vec<_> = keys.iter().map(|key| row(key, now)).collect();
        table(["kid", "state", "bits", "source", "age", "last seen at the edge", "next"], &rows)
    })
}

fn row(key: &KeyView, now: Timestamp) -> [String; 7] {
    let age = duration(now.since(key.created_at));
    let (kid, state, source) = (short(&key.kid), key.state.to_owned(), key.source.to_owned());
    [kid, state, key.bits.to_string(), source, age, last_seen(key, now), next(key, now)]
}

/// When a token of it was last seen at any edge, and how many were.
fn last_seen(key: &KeyView, now: Timestamp) -> String {
    match key.last_seen_at_edge {
        Some(at) => format!("{} ago, {} tokens", duration(now.since(at)), key.seen_count),
        None => "never".to_owned(),
    }
}

async fn show(opened: &Opened, named: &Named) -> Result<(), Failure> {
    let kid = full_kid(opened, &named.kid).await?;
    let key = keys::get(&opened.keystile, &opened.actor, &opened.issuer, &kid).await?;
    let now = opened.keystile.now();
    opened.output.answer(&key, || {
        let private = if key.has_private_key { "sealed in the data folder" } else { "not here" };
        let seen = last_seen(&key, now);
        format!(
            "kid           {}\nstate         {}\nsize          RSA {}, {}\nprivate half  {private}\n\
             made          {}\nlast seen     {seen}\nnext          {}\n\n{}",
            key.kid,
            key.state,
            key.bits,
            key.source,
            moment(key.created_at, now),
            next(&key, now),
            key.public_pem,
        )
    })
}

async fn create(opened: &Opened, new_key: NewKey, reason: Option<String>) -> Result<(), Failure> {
    let key = keys::create(&opened.keystile, &opened.actor, &opened.issuer, new_key, reason).await?;
    tell(opened, &key, "is in the key set, which the running server pushes now")
}

impl Import {
    fn into_new_key(self) -> Result<(NewKey, Option<String>), Failure> {
        let public_key = self.pem.public_key.as_deref().map(key_file::read).transpose()?;
        let new_key = match self.pem.private_key {
            Some(path) => {
                let private_key = SecretText::new(key_file::read(&path)?);
                NewKey::Import(KeyPairPem { private_key, public_key })
            }
            None => NewKey::ImportPublic { public_key_pem: public_key.unwrap_or_default() },
        };
        Ok((new_key, self.reason))
    }
}

impl Activate {
    async fn run(self, opened: &Opened) -> Result<(), Failure> {
        let kid = full_kid(opened, &self.named.kid).await?;
        let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
        if self.dry_run {
            let plan = activate::rehearse(keystile, actor, issuer, &kid, self.override_reason).await?;
            return foretell(opened, &plan, "would sign from then on");
        }
        let key = activate::activate(keystile, actor, issuer, &kid, self.override_reason).await?;
        tell(opened, &key, "signs from now on; the key before it stays until its tokens have expired")
    }
}

impl Retire {
    async fn run(self, opened: &Opened) -> Result<(), Failure> {
        let kid = full_kid(opened, &self.named.kid).await?;
        let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
        if self.dry_run {
            let plan = retire::rehearse(keystile, actor, issuer, &kid).await?;
            return foretell(opened, &plan, "would leave the key set");
        }
        let key = retire::retire(keystile, actor, issuer, &kid).await?;
        let what = match key.has_private_key {
            true => "has left the key set",
            false => "has left the key set, and its private half is destroyed",
        };
        tell(opened, &key, what)
    }
}

/// Revokes a key, for `keys revoke` and `revoke key`.
pub(super) async fn revoke_key(
    opened: &Opened,
    kid: &str,
    reason: String,
    dry_run: bool,
) -> Result<(), Failure> {
    let kid = full_kid(opened, kid).await?;
    if dry_run {
        let plan = revoke::rehearse(&opened.keystile, &opened.actor, &opened.issuer, &kid).await?;
        return foretell(opened, &plan, "would be revoked for good");
    }
    let key = revoke::revoke(&opened.keystile, &opened.actor, &opened.issuer, &kid, reason).await?;
    tell(opened, &key, "is revoked; every token it signed is refused once the edge has the new set")
}

/// What a step would do to a key, and to whom.
fn foretell(opened: &Opened, plan: &KeyPlan, what: &str) -> Result<(), Failure> {
    opened.output.answer(plan, || {
        let lacking = match plan.regions_without_key.as_slice() {
            [] => String::new(),
            regions => format!("\nwithout this key now: {}", regions.join(", ")),
        };
        format!(
            "key {} {what}, by version {}; {} tokens of it were seen at the edge, which knows of it within {}{lacking}",
            plan.key.kid,
            plan.version,
            plan.key.seen_count,
            duration(plan.arrival_bound_secs),
        )
    })
}

fn tell(opened: &Opened, key: &KeyView, what: &str) -> Result<(), Failure> {
    let now = opened.keystile.now();
    opened.output.answer(key, || format!("key {} {what}\nnext: {}", key.kid, next(key, now)))
}

/// The kid that starts with what was typed. An operation gets what was typed if no key or several start so.
pub(super) async fn full_kid(opened: &Opened, typed: &str) -> Result<String, OperationError> {
    let keys = keys::list(&opened.keystile, &opened.actor, &opened.issuer).await?;
    let mut matching = keys.into_iter().filter(|key| key.kid.starts_with(typed));
    match (matching.next(), matching.next()) {
        (Some(only), None) => Ok(only.kid),
        _ => Ok(typed.to_owned()),
    }
}

/// What may happen to a key next, and when.
fn next(key: &KeyView, now: Timestamp) -> String {
    let when = |words: &str, at: Option<Timestamp>| match at {
        Some(at) if at <= now => format!("{words} now"),
        Some(at) => format!("{words} at {}", moment(at, now)),
        None => format!("{words} once every edge has it"),
    };
    let since = |words: &str, at: Option<Timestamp>| match at {
        Some(at) => format!("{words} {}", moment(at, now)),
        None => words.to_owned(),
    };
    match (key.state, &key.safe_to_activate) {
        ("pending", _) if !key.has_private_key => "verifies; only its public half is here".to_owned(),
        ("pending", Some(Readiness { ok: true, .. })) => "safe to activate now".to_owned(),
        ("pending", Some(Readiness { waiting_for: Some(missing), .. })) => missing.clone(),
        ("pending", _) => when("safe to activate", key.safe_to_activate_at),
        ("active", _) => since("signs since", key.activated_at),
        ("retiring", _) => when("safe to remove", key.safe_to_remove_at),
        ("retired", _) if key.sealed_until.is_some() => since("left; kept sealed until", key.sealed_until),
        _ => since("left", key.retired_at.or(key.revoked_at)),
    }
}

/// The first eight characters name a key well enough for a person.
pub(super) fn short(kid: &str) -> String {
    kid.chars().take(8).collect()
}

/// The size meant by a number of bits.
pub(super) fn key_size(bits: &str) -> Result<KeySize, String> {
    let bits = bits.parse::<u32>().map_err(|_| "give a number of bits: 2048, 3072 or 4096".to_owned())?;
    KeySize::try_from(bits).map_err(|error| error.to_string())
}
