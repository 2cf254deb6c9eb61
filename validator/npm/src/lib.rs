//! The WASM inside the npm package `@keystile/validator`: conversions, and one delegating line a method.
//!
//! Nothing is decided here. What a token must be to be believed is decided by `keystile_validator`, from which every
//! code and every message comes; what JavaScript sees is decided by `api.mjs`, which is the only caller.

#![cfg_attr(all(target_family = "wasm", not(test)), no_std)]

extern crate alloc;

mod desk;
mod filters;
mod input;
mod revoked_lists;
#[cfg(all(target_family = "wasm", not(test)))]
mod without_std;

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use keystile_validator as believed;
use keystile_validator::{FilterReference, Lifetime, Limits, UnixTime, ValidationError, Verdict};
use wasm_bindgen::prelude::wasm_bindgen;

use revoked_lists::RevokedLists;

/// What JavaScript gives, and what is made of it: `undefined` is what is refused, and [`Input::refusal`] says why.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Input {
    given: input::Input,
    filters: filters::Filters,
    refusal: Option<input::Refusal>,
}

#[wasm_bindgen]
impl Input {
    /// Nothing is given yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a number; that of a `boolean` is 0 or 1.
    pub fn number(&mut self, name: &str, number: f64) {
        self.given.give_number(name, number);
    }

    /// Begins a list.
    pub fn list(&mut self, name: &str) {
        self.given.begin_list(name);
    }

    /// Adds to the list.
    pub fn text(&mut self, text: &str) {
        self.given.give_text(text);
    }

    /// Reads the JSON text of a plain JWK Set.
    #[wasm_bindgen(js_name = fromJwks)]
    pub fn key_set_from_jwks(&mut self, jwks: &str) -> Option<KeySet> {
        let key_set = self.given.key_set_from_jwks(jwks);
        self.made(key_set).map(KeySet)
    }

    /// Reads the public keys in the list `pem`.
    #[wasm_bindgen(js_name = fromPem)]
    pub fn key_set_from_pem(&mut self) -> Option<KeySet> {
        let key_set = self.given.key_set_from_pem();
        self.made(key_set).map(KeySet)
    }

    /// Gives the value of the filter called `name`, for a signed key set.
    pub fn filter(&mut self, name: &str, value: Vec<u8>) {
        self.filters.give(name, value);
    }

    /// Gives the filters of another signed key set.
    #[wasm_bindgen(js_name = filtersOf)]
    pub fn filters_of(&mut self, key_set: &KeySet) {
        self.filters.take_over(key_set.0.filters());
    }

    /// Reads a signed key set and believes it only if one of `roots`, the JSON text of a JWK Set, signed it, and it is
    /// of `issuer`, valid at `now`, not below the version `floor` nor signed under a delegation of a generation
    /// below `generationFloor`, and has the filters that it names.
    #[wasm_bindgen(js_name = fromSigned)]
    pub fn key_set_from_signed(&mut self, jws: &str, roots: &str, now: f64) -> Option<KeySet> {
        let key_set = self.given.key_set_from_signed(&mut self.filters, jws, roots, instant(now));
        self.made(key_set).map(KeySet)
    }

    /// The name of a filter that the signed key set names and that was not given.
    #[wasm_bindgen(js_name = missingFilter)]
    pub fn missing_filter(&self, index: usize) -> Option<String> {
        self.filters.missing(index).map(|named| named.name().to_owned())
    }

    /// How many bytes it has at most.
    #[wasm_bindgen(js_name = missingFilterBytes)]
    pub fn missing_filter_bytes(&self, index: usize) -> usize {
        self.filters.missing(index).map_or(0, FilterReference::max_bytes)
    }

    /// A validator that believes `key_set` and demands what was given.
    pub fn validator(&mut self, key_set: &KeySet) -> Option<Validator> {
        let policy = self.given.policy();
        let core = believed::Validator::new(key_set.0.clone(), self.made(policy)?);
        Some(Validator { core, lists: RevokedLists::default(), refusals: Vec::new(), lifetime: None })
    }

    /// Whether what was given describes a policy, for a validator that gets its first key set later.
    #[wasm_bindgen(js_name = isPolicy)]
    pub fn is_policy(&mut self) -> Option<bool> {
        let policy = self.given.policy();
        self.made(policy).map(|_| true)
    }

    /// How many bytes of a key set are read at most, so that a longer one need not be fetched whole.
    #[wasm_bindgen(js_name = keySetBytes)]
    pub fn key_set_bytes(&mut self) -> Option<f64> {
        let limits = self.given.limits();
        self.made(limits).map(|limits| limits.key_set_bytes() as f64)
    }

    /// Why the last thing was not made: the JSON text of a refused key set, or else the message of a mistake.
    pub fn refusal(&mut self) -> Option<String> {
        self.refusal.take()
    }

    fn made<T>(&mut self, made: Result<T, input::Refusal>) -> Option<T> {
        made.map_err(|refusal| self.refusal = Some(refusal)).ok()
    }
}

/// A set of keys that is believed. A number that it has not got is NaN.
#[wasm_bindgen]
#[derive(Debug)]
pub struct KeySet(believed::KeySet);

#[wasm_bindgen]
impl KeySet {
    /// The version of a signed set.
    #[wasm_bindgen(getter)]
    pub fn version(&self) -> f64 {
        number(self.0.version())
    }

    /// The generation of the delegation that a set was signed under, if no root has signed it itself.
    #[wasm_bindgen(getter)]
    pub fn generation(&self) -> f64 {
        number(self.0.generation())
    }

    /// The issuer of a signed set.
    #[wasm_bindgen(getter)]
    pub fn issuer(&self) -> Option<String> {
        self.0.issuer().map(str::to_owned)
    }

    /// The second from which a signed set is not believed any more.
    #[wasm_bindgen(getter, js_name = expiresAt)]
    pub fn expires_at(&self) -> f64 {
        number(self.0.expires_at().map(UnixTime::as_secs))
    }

    /// After how many seconds a reader of a signed set should look for a newer one.
    #[wasm_bindgen(getter)]
    pub fn refresh(&self) -> f64 {
        number(self.0.refresh().map(u64::from))
    }

    /// The JSON text of the public keys as a plain JWK Set.
    #[wasm_bindgen(js_name = toJwks)]
    pub fn to_jwks(&self) -> String {
        self.0.to_jwks()
    }
}

/// Where tokens are laid down and the JSON of their verdicts is picked up.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Desk(desk::Desk);

#[wasm_bindgen]
impl Desk {
    /// One is enough for all validators.
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript makes it")]
    pub fn new() -> Self {
        Self(desk::Desk::new())
    }

    /// Where it lies in the memory.
    #[wasm_bindgen(getter)]
    pub fn address(&self) -> usize {
        self.0.address()
    }

    /// How many bytes it holds: more than any token that can be allowed, so that one that does not fit is too long.
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> usize {
        desk::BYTES
    }
}

/// Judges tokens by a key set and a policy.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Validator {
    core: believed::Validator,
    lists: RevokedLists,
    /// The different refusals so far. There are only so many, since a refusal carries nothing of the token; so each crosses
    /// the boundary once as text, and from then on as a number.
    refusals: Vec<ValidationError>,
    /// That of the last token that was believed.
    lifetime: Option<Lifetime>,
}

#[wasm_bindgen]
impl Validator {
    /// Judges the token of `length` bytes that lies on the desk, at `now`. If it is believed, its claims and its header
    /// lie on the desk instead, and what `desk::Desk::leave` says is returned; if it is refused, -1 minus the number of
    /// the refusal.
    pub fn judge(&mut self, desk: &mut Desk, length: usize, now: f64) -> f64 {
        let verdict = self.core.judge(desk.0.read(length), instant(now)).and_then(|verdict| match verdict {
            Verdict::Believed(token) => Ok(token),
            Verdict::Suspected(token) => self.lists.confirm(token),
        });
        match verdict {
            Ok(token) => {
                self.lifetime = Some(token.lifetime());
                desk.0.leave(&token) as f64
            }
            Err(refusal) => -1.0 - self.number_of(refusal) as f64,
        }
    }

    /// The first second in which the last token that was believed stays so.
    #[wasm_bindgen(getter)]
    pub fn from(&self) -> f64 {
        number(self.lifetime.map(|lifetime| lifetime.from().as_secs()))
    }

    /// The first second after the last such one.
    #[wasm_bindgen(getter)]
    pub fn until(&self) -> f64 {
        number(self.lifetime.map(|lifetime| lifetime.until().as_secs()))
    }

    /// What a refusal says, given its number: `{"code":"","claim":null,"reason":null,"message":""}`.
    pub fn refusal(&self, number: usize) -> Option<String> {
        self.refusals.get(number).map(ValidationError::to_json)
    }

    /// The name of a list that has to be asked about tokens which a filter has a hit for.
    #[wasm_bindgen(js_name = wantedList)]
    pub fn wanted_list(&self, index: usize) -> Option<String> {
        self.lists.wanted(index).map(str::to_owned)
    }

    /// How many bytes a list has at most.
    #[wasm_bindgen(getter, js_name = listBytes)]
    pub fn list_bytes(&self) -> usize {
        Limits::MAX_SHARD_BYTES
    }

    /// Takes the value of a list that is wanted. Returns the JSON text of the refusal if it is another one.
    #[wasm_bindgen(js_name = keepList)]
    pub fn keep_list(&mut self, name: &str, value: Vec<u8>) -> Option<String> {
        self.lists.keep(name, value).err().map(input::refused)
    }

    /// Puts a newer key set in the place of the present one, which stays if the new one is refused. Returns the JSON text
    /// of the refusal.
    #[wasm_bindgen(js_name = replaceKeySet)]
    pub fn replace_key_set(&mut self, key_set: &KeySet) -> Option<String> {
        self.lists.want_nothing();
        self.core.replace_key_set(key_set.0.clone()).err().map(input::refused)
    }

    fn number_of(&mut self, refusal: ValidationError) -> usize {
        self.refusals.iter().position(|known| *known == refusal).unwrap_or_else(|| {
            self.refusals.push(refusal);
            self.refusals.len() - 1
        })
    }
}

/// The arithmetic that verifies signatures here: `fused`, `simd128` or `scalar`.
#[wasm_bindgen]
pub fn engine() -> String {
    believed::engine().to_owned()
}

/// JavaScript counts time in `number`; `api.mjs` has checked that it is finite and not negative.
fn instant(seconds: f64) -> UnixTime {
    UnixTime::from_secs(seconds as u64)
}

/// NaN for what is not there, which crosses the boundary as a number does.
fn number(number: Option<u64>) -> f64 {
    number.map_or(f64::NAN, |number| number as f64)
}

#[cfg(all(test, target_arch = "wasm32"))]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "clippy.toml allows both in tests, but clippy knows `#[test]` and `#[cfg(test)]` alone"
)]
mod tests;
