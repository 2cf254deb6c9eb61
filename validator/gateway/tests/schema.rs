//! `docs/policy.schema.json` is derived from the parser's own types: `KEYSTILE_WRITE_DOCS=1 cargo test -p keystile-gateway
//! --features schema --test schema`.

use std::{env, fs};

use keystile_gateway::{GatewayPolicy, schema};

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");

#[test]
fn the_published_schema_is_that_of_the_parser() {
    let path = format!("{DOCS}/policy.schema.json");
    let derived = format!("{:#}\n", schema());
    if env::var_os("KEYSTILE_WRITE_DOCS").is_some() {
        fs::write(&path, &derived).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), derived, "write it anew: KEYSTILE_WRITE_DOCS=1");
}

#[test]
fn every_policy_in_the_documentation_can_be_used() {
    let page = fs::read_to_string(format!("{DOCS}/gateway.md")).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let policies: Vec<_> = blocks.filter(|block| block.contains("\"providers\"")).collect();
    assert!(!policies.is_empty());
    for policy in policies {
        GatewayPolicy::from_json(policy).unwrap();
    }
}
