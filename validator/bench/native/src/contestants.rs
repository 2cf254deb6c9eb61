//! Who is measured natively, over the same tokens as in every other runtime.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use keystile_validator::{Expected, KeySet, Limits, Policy, PublicKey, UnixTime, Validator};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::public_operation::{Engine as Arithmetic, PublicOperation};

#[derive(Deserialize)]
pub struct Material {
    policy: Claims,
    sizes: BTreeMap<u32, Size>,
}

#[derive(Deserialize)]
struct Claims {
    issuer: String,
    audience: String,
}

#[derive(Deserialize)]
struct Size {
    jwk: Value,
    tokens: Vec<String>,
}

/// Judges one of its inputs, by the index.
type Job = Box<dyn Fn(usize) -> Result<()>>;

type Maker = fn(&Material, &Size, UnixTime) -> Result<Job>;

pub struct Contestant {
    pub name: &'static str,
    /// `signature` or `token`, as in `contestants.mjs`.
    pub kind: &'static str,
    pub bits: u32,
    inputs: usize,
    at: usize,
    job: Job,
}

impl Contestant {
    /// Judges as many inputs, going on where the last run ended.
    pub fn run(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            (self.job)(self.at)?;
            self.at = (self.at + 1) % self.inputs;
        }
        Ok(())
    }
}

/// Everybody, for every size; sorted by name.
pub fn prepare(material: &Material, now: UnixTime) -> Result<Vec<Contestant>> {
    let makers: [(&'static str, &'static str, Maker); 4] = [
        ("aws-lc-rs", "signature", aws_lc),
        ("keystile, aws-lc alone", "signature", signature),
        ("keystile, scalar alone", "signature", scalar),
        ("keystile", "token", whole),
    ];
    let mut all = Vec::new();
    for (name, kind, make) in makers {
        for (&bits, size) in &material.sizes {
            let job = make(material, size, now)?;
            let mut contestant = Contestant { name, kind, bits, inputs: size.tokens.len(), at: 0, job };
            // A contestant that gets one wrong is to fail here rather than to be fast.
            contestant.run(size.tokens.len())?;
            all.push(contestant);
        }
    }
    Ok(all)
}

/// aws-lc-rs with a parsed key, the signature alone.
fn aws_lc(_: &Material, size: &Size, _: UnixTime) -> Result<Job> {
    let component = |name: &str| BASE64URL.decode(size.jwk[name].as_str().unwrap_or_default());
    let key = RsaPublicKeyComponents { n: component("n")?, e: component("e")? };
    let key = key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)?;
    let inputs = size.signed_bytes()?;
    Ok(Box::new(move |at| {
        let (message, signature) = &inputs[at];
        Ok(key.verify_sig(message, signature)?)
    }))
}

/// Our own arithmetic, which builds without the feature `aws-lc` have, the signature alone.
fn scalar(_: &Material, size: &Size, _: UnixTime) -> Result<Job> {
    let modulus = BASE64URL.decode(size.jwk["n"].as_str().unwrap_or_default())?;
    let digest_info = [48, 49, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 5, 0, 4, 32];
    let frame = [&[0, 1][..], &vec![0xff; modulus.len() - 54], &[0], &digest_info].concat();
    let operation = PublicOperation::with_engine(&modulus, 65537, &frame, Arithmetic::Scalar);
    let (operation, inputs) = (operation.context("no modulus")?, size.signed_bytes()?);
    Ok(Box::new(move |at| {
        let (message, signature) = &inputs[at];
        ensure!(operation.yields(signature, || Sha256::digest(message)), "a good signature is refused");
        Ok(())
    }))
}

/// Ours through aws-lc-rs, the signature alone.
fn signature(_: &Material, size: &Size, _: UnixTime) -> Result<Job> {
    let key = PublicKey::from_jwk(size.jwk.to_string().as_bytes(), &Limits::default())?;
    let inputs = size.signed_bytes()?;
    Ok(Box::new(move |at| {
        let (message, signature) = &inputs[at];
        ensure!(key.verify(message, signature).is_ok(), "a good signature is refused");
        Ok(())
    }))
}

/// Ours, a whole token.
fn whole(material: &Material, size: &Size, now: UnixTime) -> Result<Job> {
    let jwks = json!({ "keys": [size.jwk] }).to_string();
    let policy = Policy::builder()
        .issuer(Expected::one_of([&material.policy.issuer]))
        .audience(Expected::one_of([&material.policy.audience]))
        .build()?;
    let validator = Validator::new(KeySet::from_jwks(jwks.as_bytes(), &Limits::default())?, policy);
    let tokens = size.tokens.clone();
    Ok(Box::new(move |at| {
        validator.validate(tokens[at].as_bytes(), now)?;
        Ok(())
    }))
}

impl Size {
    /// What is signed, and the signature, of each token.
    fn signed_bytes(&self) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let parts = self.tokens.iter().filter_map(|token| token.rsplit_once('.'));
        parts.map(|(message, signature)| Ok((message.into(), BASE64URL.decode(signature)?))).collect()
    }
}
