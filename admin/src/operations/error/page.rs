//! That `docs/refusals.md` has a row for every code of an operation, and no other.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../../docs/refusals.md");

/// Where codes are spelled, each as an arm of its own.
const SOURCES: [&str; 5] = [
    include_str!("code.rs"),
    include_str!("../passkeys/refusal.rs"),
    include_str!("../../domain/approval_error.rs"),
    include_str!("../../domain/transition.rs"),
    include_str!("../../oidc/error.rs"),
];

fn is_code(text: &&str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[test]
fn every_code_has_a_row_and_every_row_is_a_code() {
    let arms = SOURCES.iter().flat_map(|source| source.split("=> \"").skip(1));
    let codes: BTreeSet<_> = arms.filter_map(|arm| Some(arm.split_once('"')?.0)).filter(is_code).collect();
    let (of_operations, _) = PAGE.split_once("## By the HTTP API alone").unwrap();
    let rows = of_operations.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    assert_eq!(rows.map(|(code, _)| code).collect::<BTreeSet<_>>(), codes);
}
