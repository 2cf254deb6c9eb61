//! The adaptor alone, in Node, without `api.mjs` before it. How the package behaves is tested in `test/`.

use js_sys::{JSON, TypeError};
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

#[wasm_bindgen_test]
fn a_verdict_is_json_that_carries_header_and_claims_as_they_were_signed() {
    let Accepted { token, jwks, now } = accepted();
    let key_set = KeySet::from_jwks(&jwks, &JsValue::UNDEFINED).unwrap();
    let validator = Validator::new(&key_set, &object(r#"{"issuer":null,"audience":null}"#)).unwrap();
    let verdict = verdict(&validator.check(&token, now));
    assert_eq!(verdict["ok"], true);
    assert_eq!(verdict["header"]["alg"], "RS256");
    assert_eq!(verdict["claims"]["iss"], "https://issuer.example");
}

#[wasm_bindgen_test]
fn a_refusal_names_every_member_even_without_a_claim() {
    let Accepted { jwks, now, .. } = accepted();
    let key_set = KeySet::from_jwks(&jwks, &JsValue::UNDEFINED).unwrap();
    let validator = Validator::new(&key_set, &object(r#"{"issuer":null,"audience":null}"#)).unwrap();
    let verdict = verdict(&validator.check("", now));
    assert_eq!(verdict["code"], "token_malformed");
    assert_eq!(
        (&verdict["ok"], &verdict["claim"], &verdict["reason"]),
        (&Value::Bool(false), &Value::Null, &Value::Null)
    );
    assert!(verdict["message"].as_str().is_some_and(|message| !message.is_empty()));
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
