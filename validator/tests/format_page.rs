//! The examples on the page of the format are what the vectors carry that they name.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

use std::fs;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/format.md");

#[test]
fn the_examples_of_the_page_are_what_the_vectors_carry() {
    let mut examples = 0;
    for example in PAGE.split("<!-- example: ").skip(1) {
        let (named, rest) = example.split_once(" -->").unwrap();
        let (vector, part) = named.split_once(' ').unwrap();
        let (_, json) = rest.split_once("```json\n").unwrap();
        let shown: Value = serde_json::from_str(json.split_once("```").unwrap().0).unwrap();
        let carried = part_of(vector, part);
        assert!(is_shown(&shown, &carried), "{named}:\n{shown:#}\nis not\n{carried:#}");
        examples += 1;
    }
    assert!(examples >= 9, "{examples} examples");
}

/// A part of the signed document in a vector: `header`, `payload`, the same of its delegation, or a member of the payload.
fn part_of(vector: &str, part: &str) -> Value {
    let path = format!("{}/../tests/vectors/{vector}.json", env!("CARGO_MANIFEST_DIR"));
    let vector: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let document = vector.pointer("/key_set/signed").unwrap().as_str().unwrap();
    let delegation =
        |document: &str| decoded(document, 0).get("delegation").unwrap().as_str().unwrap().to_owned();
    match part {
        "header" => decoded(document, 0),
        "payload" => decoded(document, 1),
        "delegation-header" => decoded(&delegation(document), 0),
        "delegation-payload" => decoded(&delegation(document), 1),
        member => decoded(document, 1).get(member.strip_prefix("payload/").unwrap()).unwrap().clone(),
    }
}

fn decoded(jws: &str, segment: usize) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(jws.split('.').nth(segment).unwrap()).unwrap())
        .unwrap()
}

/// Whether two values are equal, but for texts that the page cuts off with `…`.
fn is_shown(shown: &Value, carried: &Value) -> bool {
    match (shown, carried) {
        (Value::Object(shown), Value::Object(carried)) => {
            shown.len() == carried.len()
                && shown.iter().all(|(name, value)| carried.get(name).is_some_and(|it| is_shown(value, it)))
        }
        (Value::Array(shown), Value::Array(carried)) => {
            shown.len() == carried.len() && shown.iter().zip(carried).all(|(shown, it)| is_shown(shown, it))
        }
        (Value::String(shown), Value::String(carried)) => match shown.strip_suffix('…') {
            Some(start) => carried.starts_with(start),
            None => shown == carried,
        },
        _ => shown == carried,
    }
}
