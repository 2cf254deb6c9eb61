//! The vectors of `tests/vectors/`, which the npm package and the worker run too.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what goes wrong here fails the test"
)]

use std::{fs, path::Path};

use keystile_validator::{
    Code, Expected, Exponents, Floor, KeySet, KeySetCode, KeySetError, Limits, Policy, Reason, RootKeys,
    UnixTime, UnverifiedKeySet, ValidatedToken, ValidationError, Validator,
};
use serde_json::{Value, json};

#[test]
fn every_vector_is_decided_as_it_says() {
    let mut wrong = Vec::new();
    for (name, vector) in vectors() {
        let decision = decide(&vector);
        if decision != vector["expect"] {
            wrong.push(format!("{name}: {decision}, not {}", vector["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_verdict_holds_just_as_long_as_it_says() {
    let mut ends = 0;
    for (name, vector) in vectors() {
        if vector["expect"]["ok"] != true {
            continue;
        }
        let now = UnixTime::from_secs(vector["now"].as_u64().unwrap());
        let limits = limits(&vector["policy"]["limits"]);
        let key_set = key_set(&vector["key_set"], now, &limits).unwrap();
        let validator = Validator::new(key_set, policy(&vector["policy"]));
        let token = vector["token"].as_str().unwrap().as_bytes();
        let believed = |secs: u64| validator.validate(token, UnixTime::from_secs(secs)).is_ok();

        let validated = validator.validate(token, now).unwrap();
        assert_tells_its_claims(&validated);
        let lifetime = validated.lifetime();
        let (start, end) = (lifetime.from().as_secs(), lifetime.until().as_secs());
        assert!(lifetime.contains(now) && believed(start) && believed(end - 1), "{name}: {lifetime:?}");
        assert!(start == 0 || !believed(start - 1), "{name}: believed before {start}");
        assert!(end == u64::MAX || !believed(end), "{name}: believed at {end}");
        ends += usize::from(start > 0) + usize::from(end < u64::MAX);
    }
    assert!(ends > 20, "{ends}");
}

#[test]
fn a_refused_token_names_a_key_if_the_set_has_it_or_had_it() {
    let mut named = 0;
    for (name, vector) in vectors() {
        let Some(code) = vector["expect"]["code"].as_str() else { continue };
        let now = UnixTime::from_secs(vector["now"].as_u64().unwrap());
        let limits = limits(&vector["policy"]["limits"]);
        let Ok(key_set) = key_set(&vector["key_set"], now, &limits) else { continue };
        let token = vector["token"].as_str().unwrap().as_bytes();
        let validator = Validator::new(key_set, policy(&vector["policy"]));
        let kid = validator.key_named_by(token);
        named += usize::from(kid.is_some());
        let departed = ["key_retired", "key_revoked"].contains(&code);
        let is_known = kid.as_ref().is_some_and(|kid| validator.key_set().kids().any(|known| known == kid));
        assert!(
            if departed { kid.is_some() && !is_known } else { kid.is_none() || is_known },
            "{name}: {kid:?}"
        );
        assert!(code != "kid_unknown" || kid.is_none(), "{name}: {kid:?}");
    }
    assert!(named > 100, "{named}");
}

/// A token tells what its JSON says.
fn assert_tells_its_claims(token: &ValidatedToken) {
    let claims: Value = serde_json::from_str(token.claims_json()).unwrap();
    let text = |name: &str| claims[name].as_str();
    let date = |name: &str| claims[name].as_f64().map(|secs| UnixTime::from_secs(secs as u64));
    assert_eq!((token.issuer(), token.subject()), (text("iss"), text("sub")));
    assert_eq!((token.token_id(), token.session_id()), (text("jti"), text("sid")));
    assert_eq!(token.client_id(), text("client_id"));
    assert_eq!((token.expires_at(), token.not_before()), (date("exp"), date("nbf")));
    assert_eq!(token.issued_at(), date("iat"));
}

#[test]
fn every_code_has_a_vector() {
    let vectors = vectors();
    let has_vector =
        |name: &str, code: &str| vectors.iter().any(|(_, vector)| vector["expect"][name] == code);
    // A set that expires after it was read takes two instants, and a vector has one: see `sequence.rs`. What lies beside
    // the document is not in a vector either: see `revocation_filters`.
    let elsewhere = [Code::KeySetExpired, Code::RevocationUnconfirmed];
    for code in Code::ALL {
        assert!(elsewhere.contains(code) || has_vector("code", code.as_str()), "{code}");
    }
    let elsewhere =
        [KeySetCode::FilterTooLarge, KeySetCode::FilterDigestMismatch, KeySetCode::FilterMalformed];
    for code in KeySetCode::ALL {
        assert!(elsewhere.contains(code) || has_vector("key_set_code", code.as_str()), "{code}");
    }
}

/// The vectors with the names of their files, in order.
fn vectors() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut vectors: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let vector = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            (path.file_name().unwrap().display().to_string(), vector)
        })
        .collect();
    vectors.sort_by(|(a, _), (b, _)| a.cmp(b));
    vectors
}

fn decide(vector: &Value) -> Value {
    let now = UnixTime::from_secs(vector["now"].as_u64().unwrap());
    let policy = policy(&vector["policy"]);
    let key_set = match key_set(&vector["key_set"], now, &limits(&vector["policy"]["limits"])) {
        Ok(key_set) => key_set,
        Err(error) => {
            let written: Value = serde_json::from_str(&error.to_json()).unwrap();
            assert_eq!(written, json!({ "code": error.code().as_str(), "message": error.to_string() }));
            return json!({ "key_set_code": error.code().as_str() });
        }
    };
    match Validator::new(key_set, policy).validate(vector["token"].as_str().unwrap().as_bytes(), now) {
        Ok(_) => json!({ "ok": true }),
        Err(error) => refusal(&error),
    }
}

fn refusal(error: &ValidationError) -> Value {
    let (code, reason) = (error.code().as_str(), error.reason().map(Reason::as_str));
    let written: Value = serde_json::from_str(&error.to_json()).unwrap();
    let message = error.to_string();
    assert_eq!(
        written,
        json!({ "code": code, "claim": error.claim(), "reason": reason, "message": message })
    );
    let mut refusal = json!({ "ok": false, "code": error.code().as_str() });
    if let Some(claim) = error.claim() {
        refusal["claim"] = claim.into();
    }
    if let Some(reason) = error.reason() {
        refusal["reason"] = reason.as_str().into();
    }
    refusal
}

fn key_set(key_set: &Value, now: UnixTime, limits: &Limits) -> Result<KeySet, KeySetError> {
    if let Some(jwks) = key_set.get("jwks") {
        return KeySet::from_jwks(jwks.to_string().as_bytes(), limits);
    }
    if let Some(pem) = key_set.get("pem") {
        return KeySet::from_pem(&strings(pem), limits);
    }
    let roots = RootKeys::from_jwks(key_set["roots"].to_string().as_bytes())?;
    UnverifiedKeySet::parse(key_set["signed"].as_str().unwrap().as_bytes(), limits)?.verify(&roots)?.trusted(
        key_set["issuer"].as_str().unwrap(),
        now,
        &Floor::at_version(key_set["floor"].as_u64().unwrap_or(0))
            .with_generation(key_set["generation_floor"].as_u64().unwrap_or(0)),
    )
}

fn policy(policy: &Value) -> Policy {
    let mut builder = Policy::builder()
        .issuer(expected(&policy["issuer"]))
        .audience(expected(&policy["audience"]))
        .leeway(policy["leeway"].as_u64().unwrap())
        .required_claims(strings(&policy["required_claims"]))
        .allow_missing_kid(policy["allow_missing_kid"].as_bool().unwrap_or(false))
        .limits(limits(&policy["limits"]));
    if let Some(secs) = policy["max_token_age"].as_u64() {
        builder = builder.max_token_age(secs);
    }
    if policy["typ"].is_array() {
        builder = builder.typ(strings(&policy["typ"]));
    }
    builder.build().unwrap()
}

fn expected(value: &Value) -> Expected {
    match value {
        Value::Null => Expected::NotChecked,
        Value::String(text) => Expected::one_of([text]),
        list => Expected::one_of(strings(list)),
    }
}

fn limits(values: &Value) -> Limits {
    let values = values.as_object().into_iter().flatten();
    values.fold(Limits::default(), |limits, (name, value)| {
        let count = || value.as_u64().unwrap() as usize;
        let limits = match name.as_str() {
            "token_bytes" => limits.with_token_bytes(count()),
            "header_bytes" => limits.with_header_bytes(count()),
            "json_depth" => limits.with_json_depth(count()),
            "key_set_bytes" => limits.with_key_set_bytes(count()),
            "keys" => limits.with_keys(count()),
            "exponents" if value == "odd-up-to-33-bits" => {
                Ok(limits.with_exponents(Exponents::OddUpTo33Bits))
            }
            other => panic!("there is no limit `{other}`"),
        };
        limits.unwrap()
    })
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}
