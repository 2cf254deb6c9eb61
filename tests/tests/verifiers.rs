//! Verifiers of other makes read our plain key set through a rotation and an emergency: who refuses a good token, for how
//! long, and for how long one is believed that is good no longer.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use keystile_tests::{AUDIENCE, Company, EMAIL, ISSUER, KeyPair, PASSWORD, Signer, Verifier, now};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::place::Place;
use xtask::system::{Environment, Folder, PhoneManager, any_free_port, wait_until};

/// For how long each of them goes on with a set, and looks for no unknown key. Their own defaults are minutes.
const WINDOW_SECS: u64 = 3;

#[test]
fn verifiers_of_other_makes_refuse_no_good_token_in_a_rotation_and_catch_up_with_an_emergency() -> Result<()>
{
    // The server lets a new key sign only after copies have run out that were made before it was published.
    let (company, _) = Company::that_has_signed_so_far(&[("KEYSTILE__EDGE__READERS_SECS", "5")])?;
    let folder = TempDir::new()?;
    let mut signer = Signer::start(&company.house.place)?;
    let (verifiers, claims) = verifiers(&company, folder.path())?;
    let mut trial = Trial { verifiers, refused: BTreeMap::new() };

    let old = signer.token("RS256", &company.pair.private_pem, &claims)?;
    wait_until("every verifier to have read the keys", || Ok(trial.who_refuses(&old)?.is_empty()))?;
    // Somebody's made-up key keeps them looking, so that each has always just looked when it matters.
    let strangers = signer.token("RS256", &KeyPair::of_bits(2048)?.private_pem, &claims)?;
    let started = company.house.system.admin.ask(["rotate", "--reason", "quarterly"])?;
    let new_kid = started["rotation"]["new_kid"].as_str().context("no new kid")?.to_owned();
    wait_until("the new key to sign", || {
        trial.judge_good(&old)?;
        assert_eq!(trial.who_refuses(&strangers)?.len(), trial.verifiers.len());
        company.house.system.edge.visit(&xtask::http::Client::new())?;
        Ok(company.house.active_kid()? == new_kid)
    })?;
    let new = signer.token("RS256", &company.house.active_private_key()?, &claims)?;
    for _ in 0..20 {
        trial.judge_good(&new)?;
        trial.judge_good(&old)?;
        trial.who_refuses(&strangers)?;
    }
    ensure!(trial.refused.is_empty(), "good tokens were refused in a rotation: {:?}", trial.refused);

    let confirm = new_kid.get(..8).context("a short kid")?;
    company.house.system.admin.ask(["emergency", "--reason", "laptop stolen", "--confirm", confirm])?;
    let since = now()?;
    let newest = signer.token("RS256", &company.house.active_private_key()?, &claims)?;
    let caught_up = trial.seconds_until(since, &company, |verifier| verifier.believes(&newest))?;
    let let_go = trial.seconds_until(since, &company, |verifier| Ok(!verifier.believes(&new)?))?;
    println!(
        "with windows of {WINDOW_SECS} s, after an emergency: seconds until tokens of the new key are believed {caught_up:?}, until those of the revoked one are refused {let_go:?}"
    );
    Ok(())
}

/// The verifiers, and what they are told about the requests they judge.
struct Trial {
    verifiers: Vec<Verifier>,
    /// How often each refused a good token.
    refused: BTreeMap<&'static str, u64>,
}

impl Trial {
    fn who_refuses(&mut self, token: &str) -> Result<Vec<&'static str>> {
        let mut refusing = Vec::new();
        for verifier in &mut self.verifiers {
            if !verifier.believes(token)? {
                refusing.push(verifier.name);
            }
        }
        Ok(refusing)
    }

    fn judge_good(&mut self, token: &str) -> Result<()> {
        for name in self.who_refuses(token)? {
            *self.refused.entry(name).or_default() += 1;
        }
        Ok(())
    }

    /// Seconds until the answer is yes, for each.
    fn seconds_until(
        &mut self,
        since: u64,
        company: &Company,
        mut question: impl FnMut(&mut Verifier) -> Result<bool>,
    ) -> Result<BTreeMap<&'static str, u64>> {
        let mut seconds = BTreeMap::new();
        wait_until("every verifier to have caught up", || {
            company.house.system.edge.visit(&xtask::http::Client::new())?;
            for verifier in &mut self.verifiers {
                if !seconds.contains_key(verifier.name) && question(verifier)? {
                    seconds.insert(verifier.name, now()?.saturating_sub(since));
                }
            }
            Ok(seconds.len() == self.verifiers.len())
        })?;
        Ok(seconds)
    }
}

/// All of them, two reading at the edge and two at the server, and claims that each believes.
fn verifiers(company: &Company, folder: &std::path::Path) -> Result<(Vec<Verifier>, Value)> {
    let place = &company.house.place;
    let at = |base: &str| format!("{base}/.well-known/jwks.json");
    let (edge, server) = (at(company.house.system.edge.url()), at(company.house.system.admin.url()));
    let (backend, claims) = backend(place, folder, &server)?;
    let verifiers = vec![
        Verifier::jose(place, &edge, WINDOW_SECS)?,
        Verifier::envoy(place, folder, &edge, WINDOW_SECS)?,
        Verifier::pyjwt(place, &server, WINDOW_SECS)?,
        Verifier::jsonwebtoken(backend),
    ];
    Ok((verifiers, claims))
}

/// A phone manager that verifies by the published keys, since its own key is of no use here; and the claims of somebody
/// who is signed in there.
fn backend(place: &Place, folder: &std::path::Path, jwks: &str) -> Result<(PhoneManager, Value)> {
    let unused = KeyPair::of_bits(2048)?;
    let environment: Environment = [
        ("PM__JWT__PRIVATE_KEY", unused.private_pem.as_str()),
        ("PM__JWT__PUBLIC_KEY", &unused.public_pem),
        ("PM__JWT__ISSUER", ISSUER),
        ("PM__JWT__AUDIENCE", AUDIENCE),
        ("PM__JWT__JWKS_URL", jwks),
        ("PM__JWT__JWKS_PAUSE_SECS", &WINDOW_SECS.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let mut backend = PhoneManager::on(place, &Folder::new(folder)?, any_free_port()?);
    backend.add_user(&environment, EMAIL, PASSWORD)?;
    backend.deploy(&environment)?;
    let token = backend.sign_in(EMAIL, PASSWORD)?.access_token;
    let payload = token.split('.').nth(1).context("a token")?;
    let mut claims: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload)?)?;
    claims["exp"] = json!(now()? + 3600);
    Ok((backend, claims))
}
