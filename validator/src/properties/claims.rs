use serde_json::Value;

use crate::{
    claims::{Claims, check_required},
    error::Code,
    json::Document,
    lifetime::Lifetime,
    policy::{Expected, Policy},
    time::UnixTime,
};

const NOW: u64 = 1_800_000_000;
const LEEWAY: u64 = 30;
const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "api.example";

/// Claims are refused for what serde_json sees in them too, with the first code of the order, and for nothing else; and
/// a verdict holds exactly as long as it says.
pub fn claims(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    let Ok(document) = Document::parse(text, 128) else { return };
    let Ok(theirs) = serde_json::from_str::<Value>(text) else { return };
    let claims = match Claims::read(document.members()) {
        Ok(claims) => claims,
        Err(error) => {
            assert_eq!(error.code(), Code::ClaimMalformed);
            return assert!(is_malformed(&theirs), "{text}");
        }
    };
    assert!(!is_malformed(&theirs), "{text}");
    // serde_json may be off by the last bit of a fraction, which decides only at the very instant.
    if ["exp", "nbf", "iat"].iter().any(|name| theirs.get(*name).is_some_and(Value::is_f64)) {
        return;
    }
    for max_age in [None, Some(3600)] {
        let Some(policy) = policy(max_age) else { return };
        let judge = |now| {
            claims
                .judge(&policy, None, UnixTime::from_secs(now))
                .and_then(|()| check_required(document.members(), &policy))
        };
        let refusal = judge(NOW).err().map(|error| error.code());
        assert_eq!(refusal, expected(&theirs, max_age), "{text}");
        if refusal.is_none() {
            holds_as_long_as_it_says(Lifetime::new(&claims, &policy, None), |now| judge(now).is_ok());
        }
    }
}

fn policy(max_age: Option<u64>) -> Option<Policy> {
    let policy = Policy::builder()
        .issuer(Expected::one_of([ISSUER]))
        .audience(Expected::one_of([AUDIENCE]))
        .leeway(LEEWAY)
        .required_claims(["sub"]);
    max_age.into_iter().fold(policy, |policy, age| policy.max_token_age(age)).build().ok()
}

fn is_malformed(claims: &Value) -> bool {
    let is_not = |name: &str, is_right: fn(&Value) -> bool| claims.get(name).is_some_and(|it| !is_right(it));
    let texts = ["iss", "sub", "jti", "sid", "client_id"];
    ["exp", "nbf", "iat"].iter().any(|name| is_not(name, Value::is_number))
        || texts.iter().any(|name| is_not(name, Value::is_string))
        || is_not("aud", |aud| {
            aud.as_array().is_some_and(|list| list.iter().all(Value::is_string)) || aud.is_string()
        })
}

/// The rules of RFC 7519 section 4.1, in the order of the checks.
fn expected(claims: &Value, max_age: Option<u64>) -> Option<Code> {
    let date = |name: &str| claims.get(name).and_then(Value::as_f64);
    let (now, leeway) = (NOW as f64, LEEWAY as f64);
    if date("exp").is_some_and(|exp| now >= exp + leeway) {
        return Some(Code::TokenExpired);
    }
    if date("nbf").is_some_and(|nbf| nbf > now + leeway) {
        return Some(Code::TokenNotYetValid);
    }
    match (max_age, date("iat")) {
        (Some(_), None) => return Some(Code::ClaimMissing),
        (Some(_), Some(iat)) if iat > now + leeway => return Some(Code::TokenNotYetValid),
        (Some(age), Some(iat)) if now > iat + age as f64 + leeway => return Some(Code::TokenTooOld),
        _ => {}
    }
    let is_ours = |aud: &Value| aud == AUDIENCE;
    match (claims.get("iss"), claims.get("aud")) {
        (None, _) => Some(Code::ClaimMissing),
        (Some(iss), _) if iss != ISSUER => Some(Code::IssuerMismatch),
        (_, None) => Some(Code::ClaimMissing),
        (_, Some(Value::Array(list))) if !list.iter().any(is_ours) => Some(Code::AudienceMismatch),
        (_, Some(Value::String(aud))) if aud != AUDIENCE => Some(Code::AudienceMismatch),
        _ => claims.get("sub").is_none().then_some(Code::ClaimMissing),
    }
}

/// Every whole second below 2^53 is a number; from there on some are rounded to their neighbours.
fn holds_as_long_as_it_says(lifetime: Lifetime, is_believed: impl Fn(u64) -> bool) {
    let (from, until) = (lifetime.from().as_secs(), lifetime.until().as_secs());
    assert!(lifetime.contains(UnixTime::from_secs(NOW)) && is_believed(from));
    assert!(from == 0 || !is_believed(from - 1));
    if until < 1 << 53 {
        assert!(is_believed(until - 1) && !is_believed(until));
    }
}
