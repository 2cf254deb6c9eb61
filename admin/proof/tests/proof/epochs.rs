//! The epoch rule over random epochs and tokens: of all that apply the newest decides, and `iat == epoch` passes.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystile_admin::domain::{KeySize, PublicJwk};
use keystile_admin::signing::{PrivateKey, sign_token};
use keystile_proof::house::{AUDIENCE, ISS};
use keystile_validator::{
    Code, Expected, Floor, Limits, Policy, RootKeys, UnixTime, UnverifiedKeySet, Validator,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: u64 = 1_700_000_000;

static KEYS: LazyLock<[PrivateKey; 2]> =
    LazyLock::new(|| [(); 2].map(|()| PrivateKey::generate(KeySize::Rsa2048).unwrap()));

/// Epochs as the document has them, of two values of each claim and of no value at all.
#[derive(Debug, Clone)]
struct Epochs {
    all: Option<u64>,
    kid: Option<u64>,
    sub: [Option<u64>; 2],
    sid: [Option<u64>; 2],
    client_id: [Option<u64>; 2],
}

/// Which of the two values a token has of each claim, if any.
#[derive(Debug, Clone)]
struct Claims {
    iat: u64,
    sub: Option<usize>,
    sid: Option<usize>,
    client_id: Option<usize>,
}

impl Epochs {
    fn to_json(&self) -> Value {
        let of = |epochs: &[Option<u64>; 2]| {
            let named =
                epochs.iter().enumerate().filter_map(|(name, at)| Some((name.to_string(), (*at)?.into())));
            Value::Object(named.collect())
        };
        let mut kid = serde_json::Map::new();
        kid.extend(self.kid.map(|at| (KEYS[1].public().thumbprint().to_string(), at.into())));
        let mut all = json!({ "kid": kid, "sub": of(&self.sub), "sid": of(&self.sid), "client_id": of(&self.client_id) });
        if let Some(at) = self.all {
            all["all"] = at.into();
        }
        all
    }

    /// The rule, in the words of the format.
    fn newest_for(&self, claims: &Claims) -> Option<u64> {
        let of = |epochs: &[Option<u64>; 2], name: Option<usize>| name.and_then(|name| epochs[name]);
        [
            self.all,
            self.kid,
            of(&self.sub, claims.sub),
            of(&self.sid, claims.sid),
            of(&self.client_id, claims.client_id),
        ]
        .into_iter()
        .flatten()
        .max()
    }
}

fn validator(epochs: &Epochs) -> Validator {
    let [root, key] = &*KEYS;
    let mut jwk = serde_json::to_value(PublicJwk::of(key.public())).unwrap();
    jwk["status"] = "active".into();
    let document = json!({
        "format": 1, "iss": ISS, "iat": NOW - 10, "exp": NOW + 1_000, "version": 1, "refresh": 5,
        "keys": [jwk], "epochs": epochs.to_json(), "revoked": { "jti": [], "sid": [] }, "history": [],
    });
    let header = json!({ "alg": "RS256", "typ": "jwk-set+jwt", "kid": root.public().thumbprint().as_str() });
    let segment = |content: &Value| URL_SAFE_NO_PAD.encode(content.to_string());
    let input = format!("{}.{}", segment(&header), segment(&document));
    let jws = format!("{input}.{}", URL_SAFE_NO_PAD.encode(root.sign(input.as_bytes()).unwrap()));
    let key_set = UnverifiedKeySet::parse(jws.as_bytes(), &Limits::default())
        .and_then(|it| it.verify(&RootKeys::new(vec![root.public().clone()])?))
        .and_then(|it| it.trusted(ISS, UnixTime::from_secs(NOW), &Floor::default()))
        .unwrap();
    let policy = Policy::builder().issuer(Expected::one_of([ISS])).audience(Expected::one_of([AUDIENCE]));
    Validator::new(key_set, policy.build().unwrap())
}

fn token(claims: &Claims) -> String {
    let mut all = json!({ "iss": ISS, "aud": AUDIENCE, "exp": NOW + 100, "iat": claims.iat });
    for (name, value) in [("sub", claims.sub), ("sid", claims.sid), ("client_id", claims.client_id)] {
        if let Some(value) = value {
            all[name] = value.to_string().into();
        }
    }
    sign_token(&KEYS[1], &all).unwrap()
}

/// Few instants, so that they often coincide.
fn instant() -> impl Strategy<Value = u64> {
    NOW - 6..=NOW
}

fn epochs() -> impl Strategy<Value = Epochs> {
    let one = || proptest::option::of(instant());
    let two = || [one(), one()];
    (one(), one(), two(), two(), two()).prop_map(|(all, kid, sub, sid, client_id)| Epochs {
        all,
        kid,
        sub,
        sid,
        client_id,
    })
}

fn claims() -> impl Strategy<Value = Claims> {
    let value = || proptest::option::of(0..2_usize);
    (instant(), value(), value(), value()).prop_map(|(iat, sub, sid, client_id)| Claims {
        iat,
        sub,
        sid,
        client_id,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_newest_epoch_that_applies_decides_and_the_same_second_passes(
        epochs in epochs(),
        tokens in proptest::collection::vec(claims(), 1..8),
    ) {
        let validator = validator(&epochs);
        for claims in tokens {
            let judged = validator.validate(token(&claims).as_bytes(), UnixTime::from_secs(NOW));
            let refused = judged.err().map(|error| error.code());
            let is_old = epochs.newest_for(&claims).is_some_and(|epoch| claims.iat < epoch);
            prop_assert_eq!(refused, is_old.then_some(Code::IssuedBeforeEpoch), "{:?}", claims);
        }
    }
}
