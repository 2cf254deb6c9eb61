//! The adaptor alone, in Node, without `api.mjs` before it. How the package behaves is tested in `test/`.

use js_sys::{JSON, TypeError, Uint8Array, WebAssembly};
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

fn object(json: &str) -> JsValue {
    JSON::parse(json).unwrap()
}

fn verdict(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

/// The desk as JavaScript sees it.
fn desk() -> Uint8Array {
    // The address first: making the desk may grow the memory, and that detaches its buffer.
    let (address, bytes) = (desk_address() as u32, desk_bytes() as u32);
    let memory: WebAssembly::Memory = wasm_memory().unchecked_into();
    Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), address, bytes)
}

fn judge(token: &str) -> (Validator, f64) {
    let Accepted { jwks, now, .. } = accepted();
    let key_set = KeySet::from_jwks(&jwks, &JsValue::UNDEFINED).unwrap();
    let validator = Validator::new(&key_set, &object(r#"{"issuer":null,"audience":null}"#)).unwrap();
    desk().subarray(0, token.len() as u32).copy_from(token.as_bytes());
    let verdict = validator.judge(token.len(), now);
    (validator, verdict)
}

#[wasm_bindgen_test]
fn a_believed_token_leaves_its_header_and_claims_as_they_were_signed() {
    let (validator, first) = judge(&accepted().token);
    let left = String::from_utf8(desk().to_vec()).unwrap();
    let (claims, header) = left.split_once('\0').unwrap().0.split_at(first as usize % (1 << 17));
    assert_eq!(verdict(header)["alg"], "RS256");
    assert_eq!(verdict(claims)["iss"], "https://issuer.example");
    assert!(validator.from().unwrap() <= accepted().now && accepted().now < validator.until().unwrap());
    // The same header has the same number.
    assert_eq!(judge(&accepted().token).1, first);
}

#[wasm_bindgen_test]
fn a_refusal_names_every_member_even_without_a_claim() {
    let (validator, refused) = judge("");
    assert_eq!(refused, -1.0);
    let refusal = verdict(&validator.refusal(0).unwrap());
    assert_eq!(refusal["code"], "token_malformed");
    assert_eq!((&refusal["claim"], &refusal["reason"]), (&Value::Null, &Value::Null));
    assert!(refusal["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert_eq!(validator.refusal(1), None);
}

#[wasm_bindgen_test]
fn a_refusal_has_the_same_number_every_time() {
    let (validator, _) = judge("");
    let now = accepted().now;
    let lengths = [0, desk_bytes(), 0, desk_bytes(), usize::MAX];
    assert_eq!(lengths.map(|length| validator.judge(length, now)), [-1.0, -2.0, -1.0, -2.0, -2.0]);
    assert_eq!(verdict(&validator.refusal(1).unwrap())["code"], "token_too_large");
}

#[wasm_bindgen_test]
fn a_refused_key_set_is_thrown_as_json_text() {
    let thrown = KeySet::from_jwks("{}", &JsValue::UNDEFINED).unwrap_err();
    assert_eq!(verdict(&thrown.as_string().unwrap())["code"], "key_set_malformed");
}

#[wasm_bindgen_test]
fn a_mistake_of_the_caller_is_thrown_as_a_type_error() {
    let key_set = KeySet::from_jwks(&accepted().jwks, &JsValue::UNDEFINED).unwrap();
    for options in ["{}", "[]", "1", r#"{"issuer":"a","audience":null,"leeway":"1"}"#] {
        let thrown = Validator::new(&key_set, &object(options)).unwrap_err();
        assert!(thrown.is_instance_of::<TypeError>(), "{options}");
    }
}
