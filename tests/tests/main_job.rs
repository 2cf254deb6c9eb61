//! What Keystile is for: the edge refuses what is not to be believed, and keys are turned without anybody noticing.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]
#![expect(clippy::print_stdout, reason = "the counts are what the reader of a test run wants to see")]

use anyhow::{Context, Result};
use keystile_tests::{House, KeyPair, Signer, Traffic, now};
use serde_json::{Value, json};
use xtask::http::Client;
use xtask::system::wait_until;

#[test]
fn keys_made_by_openssl_are_adopted_and_turned_without_one_good_token_refused() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    let mut house = House::adopting(&pair)?;
    let mut signer = Signer::start(&house.place)?;

    only_what_is_to_be_believed_reaches_the_origin(&house, &mut signer, &pair)?;
    let turned = a_gradual_rotation_refuses_no_good_token(&mut house, &mut signer, &pair)?;
    an_emergency_refuses_every_old_token_once_confirmed(&mut house, &mut signer, &turned)
}

/// The adopted key and the one that a rotation made, with a token of each.
struct Turned {
    old_token: String,
    new_token: String,
}

fn only_what_is_to_be_believed_reaches_the_origin(
    house: &House,
    signer: &mut Signer,
    pair: &KeyPair,
) -> Result<()> {
    let good = signer.good_token(&pair.private_pem)?;
    let answer = house.visit(&good)?;
    let seen = answer.success().context("a good token")?;
    assert_eq!((seen["method"].as_str(), seen["path"].as_str()), (Some("GET"), Some("/orders?page=2")));
    assert_eq!(seen["headers"]["x-keystile-subject"], "ada");

    let stranger = KeyPair::of_bits(2048)?;
    let now = now()?;
    let claims = signer.good_claims()?;
    let refused = [
        ("signature_invalid", tampered(&good)?),
        ("token_expired", signer.token_with(pair, &json!({ "iat": now - 900, "exp": now - 300 }))?),
        ("issuer_mismatch", signer.token_with(pair, &json!({ "iss": "https://somebody.example" }))?),
        ("audience_mismatch", signer.token_with(pair, &json!({ "aud": "another.example" }))?),
        ("alg_not_allowed", signer.token("none", "", &claims)?),
        ("alg_not_allowed", signer.token("HS256", &pair.public_pem, &claims)?),
        ("kid_unknown", signer.good_token(&stranger.private_pem)?),
        ("token_malformed", "nonsense".to_owned()),
    ];
    for (code, token) in refused {
        is_refused(house, &token, code)?;
    }
    let unauthenticated = house.visit_without_token()?;
    assert_eq!(
        (unauthenticated.status, unauthenticated.json()?["code"].as_str()),
        (401, Some("token_absent"))
    );
    assert!(!unauthenticated.header("www-authenticate").contains("error="), "{:?}", unauthenticated.headers);
    Ok(())
}

fn a_gradual_rotation_refuses_no_good_token(
    house: &mut House,
    signer: &mut Signer,
    pair: &KeyPair,
) -> Result<Turned> {
    let old_token = signer.good_token(&pair.private_pem)?;
    let traffic = Traffic::start(house.system.edge.url());
    traffic.add(old_token.clone());

    let started = house.system.admin.ask(["rotate", "--reason", "quarterly"])?;
    let new_kid = started["rotation"]["new_kid"].as_str().context("no new kid")?;
    wait_until("the new key to sign", || Ok(house.active_kid()? == new_kid))?;
    // A backend that asks at this very moment uses the key at this very moment; another has not heard of it yet.
    let new_token = signer.good_token(&house.active_private_key()?)?;
    traffic.add(new_token.clone());
    traffic.add(signer.token_with(pair, &json!({ "sub": "late" }))?);
    house.system.wait_until_confirmed()?;

    println!("gradual rotation: {} requests with good tokens, none refused", traffic.finish()?);
    Ok(Turned { old_token, new_token })
}

fn an_emergency_refuses_every_old_token_once_confirmed(
    house: &mut House,
    signer: &mut Signer,
    turned: &Turned,
) -> Result<()> {
    let revoked_kid = house.active_kid()?;
    let order = json!({ "reason": "laptop stolen", "confirm": revoked_kid.get(..8) });
    let done = house.order("/v1/issuers/main/emergency", &order)?;
    assert_eq!(done["revoked_kid"], Value::from(revoked_kid));
    house.system.wait_until_confirmed()?;

    is_refused(house, &turned.new_token, "key_revoked")?;
    is_refused(house, &turned.old_token, "issued_before_epoch")?;
    let fresh = signer.good_token(&house.active_private_key()?)?;
    assert_eq!(house.visit(&fresh)?.status, 200, "a token of the key that the emergency made");
    Ok(())
}

/// Refused as RFC 6750 says, with the code in the body, and without a word to the origin.
fn is_refused(house: &House, token: &str, code: &str) -> Result<()> {
    let answer = house.visit(token)?;
    let problem = answer.json().with_context(|| format!("{code}: status {}", answer.status))?;
    assert_eq!((answer.status, problem["code"].as_str()), (401, Some(code)), "{problem}");
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.starts_with("Bearer realm=") && challenge.contains("error=\"invalid_token\""),
        "{challenge}"
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(!answer.body.contains(token), "the answer repeats the token");
    Ok(())
}

/// The token with another subject in its claims and the signature as it was.
fn tampered(token: &str) -> Result<String> {
    let mut parts = token.split('.');
    let (header, claims, signature) = (
        parts.next().context("header")?,
        parts.next().context("claims")?,
        parts.next().context("signature")?,
    );
    let mut claims = claims.to_owned();
    // Another character of the same alphabet, in the middle of a text: it still decodes.
    let middle = claims.len() / 2;
    let other = if claims.get(middle..=middle) == Some("A") { "B" } else { "A" };
    claims.replace_range(middle..=middle, other);
    Ok(format!("{header}.{claims}.{signature}"))
}

#[test]
fn a_client_of_the_plain_key_set_sees_the_same_keys_at_both_doors() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    let house = House::adopting(&pair)?;
    let client = Client::new();
    let keys = |base: &str| -> Result<Value> {
        Ok(client.get(&format!("{base}/.well-known/jwks.json"), None)?.success()?["keys"].clone())
    };
    let of_admin = keys(house.system.admin.url())?;
    assert_eq!(of_admin[0]["kid"], Value::from(house.active_kid()?));
    assert_eq!(of_admin[0]["kid"], keys(house.system.edge.url())?[0]["kid"]);
    assert_eq!(of_admin[0].get("d"), None, "no private member leaves the server");
    let signed = |base: &str| -> Result<_> {
        let answer = client.get(&format!("{base}/.well-known/jwks.jwt"), None)?;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwk-set+jwt"));
        assert!(answer.header("cache-control").starts_with("public, max-age="), "{:?}", answer.headers);
        Ok(answer.body)
    };
    assert_eq!(signed(house.system.admin.url())?, signed(house.system.edge.url())?);
    Ok(())
}
