//! Refusals on their way to JavaScript, as JSON text: parsing it there is cheaper than building an object through the
//! boundary member by member.

use std::cell::RefCell;

use keystile_validator::{KeySetError, ValidationError};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// The different refusals that a validator has given. There are only so many, since a refusal carries nothing of the
/// token; so each crosses the boundary once as text, and from then on as a number.
#[derive(Debug, Default)]
pub(crate) struct Refusals(RefCell<Vec<ValidationError>>);

impl Refusals {
    /// The number of a refusal.
    pub(crate) fn number(&self, refusal: ValidationError) -> usize {
        let mut known = self.0.borrow_mut();
        known.iter().position(|known| *known == refusal).unwrap_or_else(|| {
            known.push(refusal);
            known.len() - 1
        })
    }

    /// `{"code":"","claim":null,"reason":null,"message":""}`
    pub(crate) fn json(&self, number: usize) -> Option<String> {
        self.0.borrow().get(number).map(|refusal| {
            json(&TokenRefused {
                code: refusal.code().as_str(),
                claim: refusal.claim(),
                reason: refusal.reason().map(|reason| reason.as_str()),
                message: refusal.to_string(),
            })
        })
    }
}

/// What is thrown, as JSON: `{"code":"","message":""}`. `api.mjs` makes a `KeySetError` of it.
// By value, to be passed to `map_err`.
pub(crate) fn key_set_refused(error: KeySetError) -> JsValue {
    json(&KeySetRefused { code: error.code().as_str(), message: error.to_string() }).into()
}

#[derive(Serialize)]
struct TokenRefused<'a> {
    code: &'static str,
    claim: Option<&'a str>,
    reason: Option<&'static str>,
    message: String,
}

#[derive(Serialize)]
struct KeySetRefused {
    code: &'static str,
    message: String,
}

fn json(value: &impl Serialize) -> String {
    // Serialising strings cannot fail; should it ever, no JSON is no verdict, and `JSON.parse` throws.
    serde_json::to_string(value).unwrap_or_default()
}
