//! Refusals on their way to JavaScript, as JSON text: parsing it there is cheaper than building an object through the
//! boundary member by member.

use std::cell::RefCell;

use keystile_validator::{KeySetError, ValidationError};
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
        self.0.borrow().get(number).map(ValidationError::to_json)
    }
}

/// What is thrown, as JSON: `{"code":"","message":""}`. `api.mjs` makes a `KeySetError` of it.
// By value, to be passed to `map_err`.
pub(crate) fn key_set_refused(error: KeySetError) -> JsValue {
    error.to_json().into()
}
