//! `keystile api-token …`

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::consent::Consent;
use super::context::{Context, Opened};
use super::failure::Failure;
use super::output::table;
use super::span::moment;
use super::token::claim;
use crate::domain::{IssuerId, MintingRules, Permission, Role, Scopes, Timestamp};
use crate::operations::api_tokens::{self, ApiTokenView, Bounds};
use crate::operations::approvals::{Credential, Deed};

#[derive(Subcommand)]
pub(super) enum ApiToken {
    /// Make an API token, and print it this once
    #[command(after_help = "Examples:
  keystile api-token create --label 'Ada, on call' --role operator
  keystile api-token create --label worker --role edge --expires-in 7776000
  keystile api-token create --label billing --role signer --max-lifetime 600 --force-claim tenant=acme")]
    Create(Box<Create>),
    /// Every API token, without its secret
    #[command(after_help = "Example:\n  keystile api-token list")]
    List,
    /// Revoke an API token, and end the sessions opened with it
    #[command(after_help = "Example:\n  keystile api-token revoke a1b2c3d4")]
    Revoke {
        /// The eight characters after `ks_`
        id: String,
    },
}

#[derive(Args)]
pub(super) struct Create {
    /// What it is for
    #[arg(long)]
    label: String,
    /// viewer, operator, admin, signer, edge or auditor
    #[arg(long)]
    role: Role,
    /// Seconds after which it ends by itself [default: never]
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<u64>,
    /// Longest life of the tokens it has signed, in seconds
    #[arg(long, value_name = "SECONDS")]
    max_lifetime: Option<u64>,
    /// Audience that these may name; may be given several times [default: any]
    #[arg(long, value_name = "NAME")]
    allow_audience: Vec<String>,
    /// Further claim that a request may set; may be given several times [default: any]
    #[arg(long, value_name = "NAME")]
    allow_claim: Vec<String>,
    /// Further claim that each of them has; the value is JSON if it can be read so, and text otherwise
    #[arg(long, value_name = "NAME=VALUE", value_parser = claim)]
    force_claim: Vec<(String, Value)>,
    /// Issuer that it is narrowed to; may be given several times [default: all, and the server itself]
    #[arg(long, value_name = "ID")]
    only_issuer: Vec<IssuerId>,
    /// Permission that it is narrowed to: read, operate, mint-tokens, report, read-audit or administer; may be given several
    /// times [default: all of its role]
    #[arg(long, value_name = "PERMISSION")]
    only: Vec<Permission>,
    #[command(flatten)]
    consent: Consent,
}

impl ApiToken {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let mut opened = context.open().await?;
        match self {
            Self::Create(wanted) => wanted.run(&mut opened).await,
            Self::List => list(&opened).await,
            Self::Revoke { id } => {
                let view = api_tokens::revoke(&opened.keystile, &opened.actor, &id).await?;
                opened.output.answer(&view, || format!("API token {} ({}) is revoked", view.id, view.label))
            }
        }
    }
}

impl Create {
    async fn run(self, opened: &mut Opened) -> Result<(), Failure> {
        let deed = Deed::GrantAccess { by: Credential::ApiToken, to: self.label.clone(), role: self.role };
        if !self.consent.settle(opened, deed).await? {
            return Ok(());
        }
        let some = |names: Vec<String>| Some(names).filter(|names| !names.is_empty());
        let rules = MintingRules {
            max_lifetime_secs: self.max_lifetime,
            allowed_audiences: some(self.allow_audience),
            allowed_claims: some(self.allow_claim),
            forced_claims: self.force_claim.into_iter().collect(),
        };
        let rules = Some(rules).filter(|rules| *rules != MintingRules::default());
        let scopes = Scopes {
            issuers: Some(self.only_issuer).filter(|some| !some.is_empty()),
            permissions: Some(self.only).filter(|some| !some.is_empty()),
        };
        let bounds = Bounds { minting: rules, scopes };
        let Opened { keystile, actor, .. } = opened;
        let made =
            api_tokens::create_bounded(keystile, actor, &self.label, self.role, self.expires_in, bounds)
                .await?;
        let mut value = json!(made.view);
        if let Some(object) = value.as_object_mut() {
            object.insert("token".to_owned(), made.secret.reveal().into());
        }
        opened.output.answer(&value, || {
            format!(
                "{}\n\nShown this once; role {}, id {}.",
                made.secret.reveal(),
                made.view.role,
                made.view.id
            )
        })
    }
}

async fn list(opened: &Opened) -> Result<(), Failure> {
    let tokens = api_tokens::list(&opened.keystile, &opened.actor).await?;
    let now = opened.keystile.now();
    opened.output.answer(&json!({ "api_tokens": tokens }), || tokens_table(&tokens, now))
}

/// API tokens as a table.
pub(super) fn tokens_table(tokens: &[ApiTokenView], now: Timestamp) -> String {
    let rows: Vec<_> = tokens.iter().map(|token| row(token, now)).collect();
    table(["id", "role", "last used", "ends", "label"], &rows)
}

/// The role, and what is left of it.
fn role(token: &ApiTokenView) -> String {
    let issuers = token.scopes.issuers.iter().flatten().map(IssuerId::as_str);
    let permissions = token.scopes.permissions.iter().flatten().map(|it| it.as_str());
    let narrowed = permissions.chain(issuers).collect::<Vec<_>>().join(", ");
    if narrowed.is_empty() { token.role.to_string() } else { format!("{} ({narrowed})", token.role) }
}

fn row(token: &ApiTokenView, now: Timestamp) -> [String; 5] {
    let used = token.last_used_at.map_or_else(|| "never".to_owned(), |at| moment(at, now));
    let ends = match (token.revoked_at, token.expires_at) {
        (Some(at), _) => format!("revoked {at}"),
        (None, Some(at)) => moment(at, now),
        (None, None) => "never".to_owned(),
    };
    [token.id.clone(), role(token), used, ends, token.label.clone()]
}
