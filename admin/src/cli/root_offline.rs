//! The commands of `keystile root` that need no server, no network and no data folder: for a machine that is offline.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use keystile_validator::PublicKey;
use serde_json::{Value, json};

use super::failure::Failure;
use super::key_file;
use super::keys::key_size;
use super::output::Output;
use crate::domain::{Clock, KeySize, PublicJwk, SecretText, SystemClock};
use crate::operations::OperationError;
use crate::settings::KeyPairPem;
use crate::signing::{DelegationRequest, PrivateKey, SigningError, sign_delegation};

const DAY_SECS: u64 = 86_400;

#[derive(Args)]
#[command(after_help = "Example:
  keystile root create --out root.pem > root.jwks

The file holds the private half in clear (PKCS#8, mode 0600): keep it, and copies of it, on media that are encrypted and
offline. Whoever has it can sign key sets that every edge believes.")]
pub(super) struct Create {
    /// File for the private half; it must not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// 2048, 3072 or 4096
    #[arg(long, default_value = "3072", value_parser = key_size)]
    bits: KeySize,
}

#[derive(Args)]
#[command(after_help = "Example:\n  keystile root public --root root.pem > root.jwks")]
pub(super) struct Public {
    /// PEM file with the private half
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
}

#[derive(Args)]
#[command(after_help = "Example:
  keystile root sign request.json --root root.pem --days 90 --out delegation.jwt

What it lets the server do is printed: compare issuer and key with what the server shows.")]
pub(super) struct Sign {
    /// File with the request of the server; `-` reads standard input
    request: PathBuf,
    /// PEM file with the private half of the root
    #[arg(long, value_name = "FILE")]
    root: PathBuf,
    /// For how many days the server may sign key sets, 1 to 366
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=366))]
    days: u64,
    /// File for the delegation [default: standard output, and nothing else]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Create {
    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        let root = PrivateKey::generate(self.bits).map_err(refused)?;
        let pem = root.to_pkcs8_pem().map_err(refused)?;
        write_new(&self.out, pem.reveal(), 0o600)?;
        answer(output, root.public())
    }
}

impl Public {
    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        answer(output, read(&self.root)?.public())
    }
}

impl Sign {
    pub(super) fn run(self, output: Output) -> Result<(), Failure> {
        let root = read(&self.root)?;
        let request = DelegationRequest::read(&key_file::read(&self.request)?).map_err(refused)?;
        let now = SystemClock.now();
        let until = now.plus(self.days.saturating_mul(DAY_SECS));
        let delegation = sign_delegation(&root, &request, now, until).map_err(refused)?;
        let Some(out) = &self.out else {
            return output.answer(&json!({ "delegation": delegation }), || delegation.clone());
        };
        write_new(out, &format!("{delegation}\n"), 0o644)?;
        let kid = request.public().map_err(refused)?.thumbprint().as_str().to_owned();
        let value = json!({
            "iss": request.iss, "kid": kid, "generation": request.generation, "not_before": now, "expires_at": until,
        });
        output.answer(&value, || {
            format!(
                "issuer      {}\nkey         {kid}\ngeneration  {}\nfrom        {now}\nuntil       {until}",
                request.iss, request.generation
            )
        })
    }
}

fn answer(output: Output, root: &PublicKey) -> Result<(), Failure> {
    let jwks: Value = json!({ "keys": [PublicJwk::of(root)] });
    output.answer(&jwks, || jwks.to_string())
}

fn read(path: &Path) -> Result<PrivateKey, Failure> {
    let private_key = SecretText::new(key_file::read(path)?);
    PrivateKey::from_pem(&KeyPairPem { private_key, public_key: None }).map_err(refused)
}

/// A file that is there is never overwritten: it may be the only copy of a root.
fn write_new(path: &Path, content: &str, mode: u32) -> Result<(), Failure> {
    let failed = |source: io::Error| Failure::Written { path: path.to_owned(), source };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(content.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

fn refused(error: SigningError) -> Failure {
    OperationError::from(error).into()
}
