//! Where the corpus comes from: `KEYSTILE_WRITE_CORPUS=1 cargo test -p keystile-validator --lib corpus` takes from the
//! shared vectors one input for each verdict. What a fuzz target finds is added to it by hand.

use std::{collections::BTreeMap, env, fs};

use serde_json::Value;

use super::FUZZ;
use crate::base64::decode_url;

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");

/// Longer inputs are left to the tests of limits.
const LONGEST: usize = 4096;

#[test]
fn the_corpus_can_be_taken_from_the_vectors() {
    let seeds = seeds();
    assert!(seeds.len() > 200, "{}", seeds.len());
    if env::var_os("KEYSTILE_WRITE_CORPUS").is_some() {
        for ((target, name), input) in seeds {
            let folder = format!("{FUZZ}/corpus/{target}");
            fs::create_dir_all(&folder).unwrap();
            fs::write(format!("{folder}/{name}"), input).unwrap();
        }
    }
}

/// The inputs by target and name: the first of each verdict.
fn seeds() -> BTreeMap<(&'static str, String), Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(VECTORS).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    let (mut seeds, mut seen) = (BTreeMap::new(), Vec::new());
    for path in paths {
        let vector: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        for (target, input) in inputs(&vector) {
            let verdict = (target, vector["expect"].to_string().into_bytes());
            let content = (target, input.clone());
            // There are few vectors with PEM, and each has a spelling of its own.
            let is_new = !seen.contains(&content) && (target == "pem" || !seen.contains(&verdict));
            if input.len() <= LONGEST && is_new {
                seen.extend([verdict, content]);
                seeds.insert((target, name.to_owned()), input);
            }
        }
    }
    seeds
}

/// What of a vector is an input of which target.
fn inputs(vector: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().as_bytes().to_vec();
    let token = text(&vector["token"]);
    let mut inputs = Vec::new();
    for (targets, segment) in
        [["header", "json"], ["claims", "json"], ["base64url"; 2]].iter().zip(token.split(|it| *it == b'.'))
    {
        inputs.push(("base64url", segment.to_vec()));
        inputs.extend(
            decode_url(segment).into_iter().flat_map(|bytes| targets.map(|target| (target, bytes.clone()))),
        );
    }
    inputs.push(("token", token));
    let key_set = &vector["key_set"];
    if let Some(jwks) = key_set.get("jwks") {
        inputs.push(("key_set", jwks.to_string().into_bytes()));
        inputs.push(("jwk", jwks["keys"][0].to_string().into_bytes()));
    }
    inputs.extend(key_set.get("pem").map(|pem| ("pem", text(&pem[0]))));
    let Some(document) = key_set.get("signed").map(text) else { return inputs };
    let decoded = |jws: &[u8], at| {
        jws.split(|it| *it == b'.').nth(at).and_then(|it| decode_url(it).ok()).unwrap_or_default()
    };
    inputs.push(("publication", decoded(&document, 1)));
    let header: Value = serde_json::from_slice(&decoded(&document, 0)).unwrap_or_default();
    inputs.push(("delegation", decoded(&text(&header["delegation"]), 1)));
    inputs.push(("document", document));
    inputs
}
