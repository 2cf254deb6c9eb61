//! What goes back to JavaScript. One JSON text, because parsing it there is cheaper than building an object through
//! the boundary member by member.

use keystile_validator::{KeySetError, ValidatedToken, ValidationError};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// `{"ok":true,"header":{},"claims":{}}`, or `{"ok":false,"code":"","claim":null,"reason":null,"message":""}`.
pub(crate) fn verdict(judged: &Result<ValidatedToken, ValidationError>) -> String {
    match judged {
        // Both texts have been read as JSON objects, so that they can stand inside another one as they are.
        Ok(token) => {
            format!(r#"{{"ok":true,"header":{},"claims":{}}}"#, token.header_json(), token.claims_json())
        }
        Err(error) => json(&TokenRefused {
            ok: false,
            code: error.code().as_str(),
            claim: error.claim(),
            reason: error.reason().map(|reason| reason.as_str()),
            message: error.to_string(),
        }),
    }
}

/// What is thrown, as JSON: `{"code":"","message":""}`. `api.mjs` makes a `KeySetError` of it.
// By value, to be passed to `map_err`.
pub(crate) fn key_set_refused(error: KeySetError) -> JsValue {
    json(&KeySetRefused { code: error.code().as_str(), message: error.to_string() }).into()
}

#[derive(Serialize)]
struct TokenRefused<'a> {
    ok: bool,
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
