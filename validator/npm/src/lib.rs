//! The WASM inside the npm package `@keystile/validator`: conversions, and one delegating line a method.
//!
//! Nothing is decided here. What a token must be to be believed is decided by `keystile_validator`, from which every
//! code and every message comes; what JavaScript sees is decided by `api.mjs`, which is the only caller.

mod answer;
mod desk;
mod options;

use std::cell::Cell;

use keystile_validator as core;
use keystile_validator::{Lifetime, RootKeys, UnixTime, UnverifiedKeySet};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// A set of keys that is believed.
#[wasm_bindgen]
#[derive(Debug)]
pub struct KeySet(core::KeySet);

#[wasm_bindgen]
impl KeySet {
    /// Reads the JSON text of a plain JWK Set.
    #[wasm_bindgen(js_name = fromJwks)]
    pub fn from_jwks(jwks: &str, limits: &JsValue) -> Result<KeySet, JsValue> {
        core::KeySet::from_jwks(jwks.as_bytes(), &options::limits(limits)?)
            .map(Self)
            .map_err(answer::key_set_refused)
    }

    /// Reads public keys in PEM.
    #[wasm_bindgen(js_name = fromPem)]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "wasm-bindgen passes lists of strings in no other form"
    )]
    pub fn from_pem(texts: Vec<String>, limits: &JsValue) -> Result<KeySet, JsValue> {
        core::KeySet::from_pem(&texts, &options::limits(limits)?).map(Self).map_err(answer::key_set_refused)
    }

    /// Reads a signed key set and believes it only if one of `roots`, the JSON text of a JWK Set, signed it, and it is
    /// of `issuer`, valid at `now`, and not below the version `floor` nor signed under a delegation of a generation
    /// below `generation_floor`.
    #[wasm_bindgen(js_name = fromSigned)]
    pub fn from_signed(
        jws: &str,
        roots: &str,
        issuer: &str,
        now: f64,
        floor: Option<f64>,
        generation_floor: Option<f64>,
        limits: &JsValue,
    ) -> Result<KeySet, JsValue> {
        let limits = options::limits(limits)?;
        let seen = |number: Option<f64>| number.map_or(0, |number| number as u64);
        let floor = core::Floor::at_version(seen(floor)).with_generation(seen(generation_floor));
        let believe = || {
            let roots = RootKeys::from_jwks(roots.as_bytes())?;
            UnverifiedKeySet::parse(jws.as_bytes(), &limits)?.verify(&roots)?.trusted(
                issuer,
                instant(now),
                &floor,
            )
        };
        believe().map(Self).map_err(answer::key_set_refused)
    }

    /// The names of the keys, newest first.
    #[wasm_bindgen(getter)]
    pub fn kids(&self) -> Vec<String> {
        self.0.kids().map(ToString::to_string).collect()
    }

    /// The version of a signed set.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> Option<f64> {
        self.0.version().map(|version| version as f64)
    }

    /// The generation of the delegation that a set was signed under, if no root has signed it itself.
    #[wasm_bindgen(getter)]
    pub fn generation(&self) -> Option<f64> {
        self.0.generation().map(|generation| generation as f64)
    }

    /// The issuer of a signed set.
    #[wasm_bindgen(getter)]
    pub fn issuer(&self) -> Option<String> {
        self.0.issuer().map(str::to_owned)
    }

    /// The second from which a signed set is not believed any more.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> Option<f64> {
        self.0.expires_at().map(|at| at.as_secs() as f64)
    }

    /// After how many seconds a reader of a signed set should look for a newer one.
    #[wasm_bindgen(getter)]
    pub fn refresh(&self) -> Option<u32> {
        self.0.refresh()
    }

    /// The JSON text of the public keys as a plain JWK Set.
    #[wasm_bindgen(js_name = toJwks)]
    pub fn to_jwks(&self) -> String {
        self.0.to_jwks()
    }
}

/// Judges tokens by a key set and a policy.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Validator {
    core: core::Validator,
    refusals: answer::Refusals,
    /// That of the last token that was believed.
    lifetime: Cell<Option<Lifetime>>,
}

#[wasm_bindgen]
impl Validator {
    /// A validator that believes `key_set` and demands what `options` say.
    #[wasm_bindgen(constructor)]
    pub fn new(key_set: &KeySet, options: &JsValue) -> Result<Validator, JsValue> {
        let core = core::Validator::new(key_set.0.clone(), options::policy(options)?);
        Ok(Self { core, refusals: answer::Refusals::default(), lifetime: Cell::default() })
    }

    /// Judges the token of `length` bytes that lies on the desk, at `now`. If it is believed, its claims and its header
    /// lie on the desk instead, and what `desk::leave` says is returned; if it is refused, -1 minus the number of the
    /// refusal.
    pub fn judge(&self, length: usize, now: f64) -> f64 {
        match desk::read(length, |token| self.core.validate(token, instant(now))) {
            Ok(token) => {
                self.lifetime.set(Some(token.lifetime()));
                desk::leave(&token) as f64
            }
            Err(refusal) => -1.0 - self.refusals.number(refusal) as f64,
        }
    }

    /// The first second in which the last token that was believed stays so.
    #[wasm_bindgen(getter)]
    pub fn from(&self) -> Option<f64> {
        self.lifetime.get().map(|lifetime| lifetime.from().as_secs() as f64)
    }

    /// The first second after the last such one.
    #[wasm_bindgen(getter)]
    pub fn until(&self) -> Option<f64> {
        self.lifetime.get().map(|lifetime| lifetime.until().as_secs() as f64)
    }

    /// What a refusal says, as JSON text, given its number.
    pub fn refusal(&self, number: usize) -> Option<String> {
        self.refusals.json(number)
    }

    /// Puts a newer key set in the place of the present one, which stays if the new one is refused.
    #[wasm_bindgen(js_name = replaceKeySet)]
    pub fn replace_key_set(&mut self, key_set: &KeySet) -> Result<(), JsValue> {
        self.core.replace_key_set(key_set.0.clone()).map_err(answer::key_set_refused)
    }
}

/// Throws what is wrong with the options of a validator that gets its first key set later.
#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(options: &JsValue) -> Result<(), JsValue> {
    options::policy(options).map(drop)
}

/// How many bytes of a key set are read at most, so that a longer one need not be fetched whole.
#[wasm_bindgen(js_name = keySetBytes)]
pub fn key_set_bytes(limits: &JsValue) -> Result<usize, JsValue> {
    options::limits(limits).map(|limits| limits.key_set_bytes())
}

/// The memory in which the desk lies.
#[wasm_bindgen(js_name = wasmMemory)]
pub fn wasm_memory() -> JsValue {
    wasm_bindgen::memory()
}

/// Where the token is to be laid down and the JSON of its verdict is picked up.
#[wasm_bindgen(js_name = deskAddress)]
pub fn desk_address() -> usize {
    desk::address().addr()
}

/// How many bytes the desk holds: more than any token that can be allowed, so that one that does not fit is too long.
#[wasm_bindgen(js_name = deskBytes)]
pub fn desk_bytes() -> usize {
    desk::BYTES
}

/// The arithmetic that verifies signatures here: `fused`, `simd128` or `scalar`.
#[wasm_bindgen]
pub fn engine() -> String {
    core::engine().to_owned()
}

/// JavaScript counts time in `number`; `api.mjs` has checked that it is finite and not negative.
fn instant(seconds: f64) -> UnixTime {
    UnixTime::from_secs(seconds as u64)
}

#[cfg(all(test, target_arch = "wasm32"))]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy.toml allows both in tests, but clippy knows `#[test]` and `#[cfg(test)]` alone"
)]
mod tests;
