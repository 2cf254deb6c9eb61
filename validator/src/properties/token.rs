use std::sync::LazyLock;

use crate::{
    base64::encode_url,
    error::Code,
    key_set::KeySet,
    limits::Limits,
    policy::{Expected, Policy},
    time::UnixTime,
    validator::Validator,
};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

static VALIDATOR: LazyLock<Option<Validator>> = LazyLock::new(|| {
    let jwks = include_bytes!("../../../tests/vectors/sequence/plain.json");
    let policy = Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked);
    let policy = policy.required_claims([""; 0]).allow_missing_kid(true).build().ok()?;
    Some(Validator::new(KeySet::from_jwks(jwks, &Limits::default()).ok()?, policy))
});

/// A token gets one verdict however often it is asked about; what is believed is signed by a key of the set, has one
/// spelling, and says what its segments say.
pub fn token(token: &[u8]) {
    let validator = VALIDATOR.as_ref();
    assert!(validator.is_some(), "the key set of the vectors is sound");
    let Some(validator) = validator else { return };
    let verdict = validator.validate(token, NOW);
    assert_eq!(verdict.as_ref().err(), validator.validate(token, NOW).as_ref().err());
    let dots = token.iter().filter(|byte| **byte == b'.').count();
    match &verdict {
        Err(error) if error.code() == Code::TokenTooLarge => assert!(token.len() > 16 * 1024),
        Err(error) => assert_eq!(error.code() == Code::TokenMalformed, dots != 2),
        Ok(believed) => {
            let [header, claims] =
                [believed.header_json(), believed.claims_json()].map(|it| encode_url(it.as_bytes()));
            let signed = format!("{header}.{claims}");
            assert!(token.starts_with(signed.as_bytes()) && dots == 2);
            assert!(validator.key_set().kids().any(|kid| kid == believed.kid()));
            assert!(believed.lifetime().contains(NOW));
        }
    }
}
