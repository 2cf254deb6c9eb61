//! `keystile token …`

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::context::{Context, Opened};
use super::failure::Failure;
use super::span::moment;
use crate::domain::Audience;
use crate::operations::external_signer;
use crate::operations::tokens::{self, TokenRequest};

#[derive(Subcommand)]
pub(super) enum Token {
    /// Sign a token with the active key
    #[command(after_help = "Examples:
  keystile token mint --subject user-42
  keystile token mint --subject user-42 --audience api --lifetime 60 --claim role=admin")]
    Mint(Mint),
    /// Sign the second segment of a token that somebody else has composed
    #[command(after_help = "Example:\n  keystile token sign eyJpc3MiOiJodHRwczovL…")]
    Sign {
        /// base64url of a JSON object of claims
        payload: String,
    },
    /// Judge a token as the edge would
    #[command(after_help = "Example:\n  keystile token inspect eyJhbGciOiJSUzI1NiIs…")]
    Inspect {
        /// The token
        token: String,
    },
}

#[derive(Args)]
pub(super) struct Mint {
    /// `sub`
    #[arg(long)]
    subject: String,
    /// `aud` [default: the issuer's]; may be given several times
    #[arg(long)]
    audience: Vec<String>,
    /// Seconds the token lives [default: as an access token]
    #[arg(long, value_name = "SECONDS")]
    lifetime: Option<u64>,
    /// Further claim; the value is JSON if it can be read so, and text otherwise
    #[arg(long, value_name = "NAME=VALUE", value_parser = claim)]
    claim: Vec<(String, Value)>,
}

impl Token {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        match self {
            Self::Mint(wanted) => wanted.run(&opened).await,
            Self::Sign { payload } => {
                let Opened { keystile, actor, issuer, output } = &opened;
                let payload = payload.trim();
                let signed = external_signer::sign(keystile, actor, issuer, payload).await?;
                output.answer(&signed, || format!("{}.{payload}.{}", signed.header, signed.signature))
            }
            Self::Inspect { token } => inspect(&opened, &token).await,
        }
    }
}

impl Mint {
    async fn run(self, opened: &Opened) -> Result<(), Failure> {
        let request = TokenRequest {
            subject: self.subject,
            audience: audience(self.audience),
            lifetime_secs: self.lifetime,
            claims: self.claim.into_iter().collect::<Map<_, _>>(),
        };
        let minted = tokens::mint(&opened.keystile, &opened.actor, &opened.issuer, request).await?;
        // The token alone, so that `TOKEN=$(keystile token mint …)` works.
        opened.output.answer(&minted, || minted.token.clone())
    }
}

async fn inspect(opened: &Opened, token: &str) -> Result<(), Failure> {
    let judged = tokens::inspect(&opened.keystile, &opened.actor, &opened.issuer, token.trim()).await?;
    opened.output.answer(&judged, || {
        let claims = judged.claims.as_ref().map(|claims| format!("{claims:#}")).unwrap_or_default();
        let expiry = judged.claims.as_ref().and_then(|claims| claims.get("exp")).and_then(Value::as_u64);
        let expiry = expiry.map(|at| moment(crate::domain::Timestamp::from_secs(at), opened.keystile.now()));
        match (judged.ok, expiry) {
            (true, Some(at)) => format!("the edge lets it through until {at}\n{claims}"),
            (true, None) => format!("the edge lets it through\n{claims}"),
            (false, _) => "the edge refuses it".to_owned(),
        }
    })?;
    if judged.ok {
        return Ok(());
    }
    let (code, detail) = (judged.code.unwrap_or("unknown"), judged.detail.unwrap_or_default());
    Err(Failure::Negative(format!("{code}: {detail}")))
}

fn audience(mut named: Vec<String>) -> Option<Audience> {
    match named.len() {
        0 => None,
        1 => named.pop().map(Audience::One),
        _ => Some(Audience::Many(named)),
    }
}

pub(super) fn claim(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| "write a claim as NAME=VALUE".to_owned())?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}
