//! Verifiers of other makes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, ensure};
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::inputs::Input;
use crate::keys::Key;

/// What is said of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    Refused,
    /// The key is not taken in the first place.
    NoKey,
}

impl From<bool> for Answer {
    fn from(accepted: bool) -> Self {
        if accepted { Self::Accepted } else { Self::Refused }
    }
}

pub(crate) trait Peer {
    fn name(&self) -> &'static str;
    /// Answers in the order of the inputs.
    fn judge(&mut self, key: &Key, batch: &[Input]) -> Result<Vec<Answer>>;
}

pub(crate) fn all() -> Result<Vec<Box<dyn Peer>>> {
    Ok(vec![Box::new(RustCrypto), Box::new(AwsLc), Box::new(OpenSsl::start()?)])
}

/// The crate `rsa`.
struct RustCrypto;

impl Peer for RustCrypto {
    fn name(&self) -> &'static str {
        "rsa"
    }

    fn judge(&mut self, key: &Key, batch: &[Input]) -> Result<Vec<Answer>> {
        let modulus = BigUint::from_bytes_be(key.public.modulus());
        let Ok(public) = RsaPublicKey::new_with_max_size(modulus, BigUint::from(key.exponent), 8192) else {
            return Ok(vec![Answer::NoKey; batch.len()]);
        };
        let accepts = |input: &Input| {
            let digest = Sha256::digest(&input.message);
            public.verify(Pkcs1v15Sign::new::<rsa::sha2::Sha256>(), &digest, &input.signature).is_ok()
        };
        Ok(batch.iter().map(|input| accepts(input).into()).collect())
    }
}

/// AWS-LC, which grew out of BoringSSL.
struct AwsLc;

impl Peer for AwsLc {
    fn name(&self) -> &'static str {
        "aws-lc-rs"
    }

    fn judge(&mut self, key: &Key, batch: &[Input]) -> Result<Vec<Answer>> {
        let public = PublicKeyComponents { n: key.public.modulus(), e: key.public.exponent() };
        let accepts = |input: &Input| {
            public.verify(&RSA_PKCS1_2048_8192_SHA256, &input.message, &input.signature).is_ok()
        };
        Ok(batch.iter().map(|input| accepts(input).into()).collect())
    }
}

/// OpenSSL, by way of `node:crypto`, which is here wherever the npm package can be built.
struct OpenSsl {
    node: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl OpenSsl {
    fn start() -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("openssl.mjs");
        let mut node = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start `node`, which brings OpenSSL")?;
        let questions = node.stdin.take();
        let answers = BufReader::new(node.stdout.take().context("node has no output")?);
        Ok(Self { node, questions, answers })
    }
}

impl Peer for OpenSsl {
    fn name(&self) -> &'static str {
        "openssl"
    }

    fn judge(&mut self, key: &Key, batch: &[Input]) -> Result<Vec<Answer>> {
        let base64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let cases: Vec<_> =
            batch.iter().map(|input| [base64(&input.message), base64(&input.signature)]).collect();
        let jwk =
            json!({ "kty": "RSA", "n": base64(key.public.modulus()), "e": base64(key.public.exponent()) });
        let questions = self.questions.as_mut().context("node has no input")?;
        writeln!(questions, "{}", json!({ "jwk": jwk, "cases": cases }))?;
        let mut answers = String::new();
        self.answers.read_line(&mut answers)?;
        let answers: Vec<_> = answers
            .trim_end()
            .chars()
            .map(|answer| match answer {
                '1' => Answer::Accepted,
                '0' => Answer::Refused,
                _ => Answer::NoKey,
            })
            .collect();
        ensure!(answers.len() == batch.len(), "node has answered {} of {}", answers.len(), batch.len());
        Ok(answers)
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        // Node ends with its input; nothing is lost if it has ended before.
        drop(self.questions.take());
        let _ = self.node.wait();
    }
}
