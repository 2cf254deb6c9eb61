//! The adaptor alone, in Node, without `api.mjs` before it. How the package behaves is tested in `test/`.

use js_sys::{Uint8Array, WebAssembly};
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

/// A vector whose token is accepted: its token, its key set and a policy for it.
struct Accepted {
    token: String,
    jwks: String,
    now: f64,
}

fn accepted() -> Accepted {
    let vector: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/001-a-valid-token-is-accepted.json"))
            .unwrap();
    Accepted {
        token: vector["token"].as_str().unwrap().to_owned(),
        jwks: vector["key_set"]["jwks"].to_string(),
        now: vector["now"].as_f64().unwrap(),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The desk as JavaScript sees it.
fn seen(desk: &Desk) -> Uint8Array {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), desk.address() as u32, desk.bytes() as u32)
}

fn key_set() -> KeySet {
    Input::new().key_set_from_jwks(&accepted().jwks).unwrap()
}

fn judge(token: &str) -> (Validator, Desk, f64) {
    let mut validator = Input::new().validator(&key_set()).unwrap();
    let mut desk = Desk::new();
    seen(&desk).subarray(0, token.len() as u32).copy_from(token.as_bytes());
    let verdict = validator.judge(&mut desk, token.len(), accepted().now);
    (validator, desk, verdict)
}

#[wasm_bindgen_test]
fn a_believed_token_leaves_its_header_and_claims_as_they_were_signed() {
    let Accepted { token, now, .. } = accepted();
    let (mut validator, mut desk, first) = judge(&token);
    let left = String::from_utf8(seen(&desk).to_vec()).unwrap();
    let (claims, header) = left.split_once('\0').unwrap().0.split_at(first as usize % (1 << 17));
    assert_eq!(json(header)["alg"], "RS256");
    assert_eq!(json(claims)["iss"], "https://issuer.example");
    assert!(validator.from() <= now && now < validator.until());
    // The same header has the same number.
    seen(&desk).subarray(0, token.len() as u32).copy_from(token.as_bytes());
    assert_eq!(validator.judge(&mut desk, token.len(), now), first);
}

#[wasm_bindgen_test]
fn a_refusal_names_every_member_even_without_a_claim() {
    let (validator, _, refused) = judge("");
    assert_eq!(refused, -1.0);
    let refusal = json(&validator.refusal(0).unwrap());
    assert_eq!(refusal["code"], "token_malformed");
    assert_eq!((&refusal["claim"], &refusal["reason"]), (&Value::Null, &Value::Null));
    assert!(refusal["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert_eq!(validator.refusal(1), None);
}

#[wasm_bindgen_test]
fn a_refusal_has_the_same_number_every_time() {
    let (mut validator, mut desk, _) = judge("");
    let lengths = [0, desk.bytes(), 0, desk.bytes(), usize::MAX];
    let verdicts = lengths.map(|length| validator.judge(&mut desk, length, accepted().now));
    assert_eq!(verdicts, [-1.0, -2.0, -1.0, -2.0, -2.0]);
    assert_eq!(json(&validator.refusal(1).unwrap())["code"], "token_too_large");
}

#[wasm_bindgen_test]
fn what_is_refused_says_why_and_once() {
    let mut input = Input::new();
    assert!(input.key_set_from_jwks("{}").is_none());
    assert_eq!(json(&input.refusal().unwrap())["code"], "key_set_malformed");
    assert_eq!(input.refusal(), None);
}

#[wasm_bindgen_test]
fn a_mistake_of_the_caller_is_no_json() {
    for (name, message) in [
        ("issuer", "the list of expected issuers is empty; name one, or say that the issuer is not checked"),
        ("typ", "the list of expected types is empty; name one, or leave the list out"),
    ] {
        let mut input = Input::new();
        input.list(name);
        assert!(input.validator(&key_set()).is_none());
        assert_eq!(input.refusal().as_deref(), Some(message));
    }
    let mut input = Input::new();
    input.number("limits.keys", 0.0);
    assert_eq!(input.key_set_bytes(), None);
    assert!(input.refusal().unwrap().starts_with("option `limits.keys`: the limit `keys` must be from 1 to"));
}
