//! `docs/errors.md` is written from the enums and the vectors: `KEYSTILE_WRITE_DOCS=1 cargo test --test errors`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here fails the test")]

use std::{collections::BTreeSet, env, fs};

use keystile_validator::{Code, KeySetCode};
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn the_page_of_errors_lists_every_code() {
    let path = format!("{ROOT}/docs/errors.md");
    if env::var_os("KEYSTILE_WRITE_DOCS").is_some() {
        fs::write(&path, page()).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), page(), "write it anew: KEYSTILE_WRITE_DOCS=1");
}

fn page() -> String {
    let said = said_by_vectors();
    let mut page = "# Errors\n\n\
        Every code of the validator, in the order of the checks. The codes are stable and the same in Rust, in the npm\n\
        package and in the worker. Written from the enums in `validator/src/error.rs` and `key_set_error.rs`; the column\n\
        about claims is what the vectors expect.\n\n\
        ## A token is refused\n\n\
        The worker answers with status 401 and the challenge `invalid_token`, and with 503 to `key_set_expired` and\n\
        `revocation_unconfirmed`, which are no fault of the token.\n\n\
        | code | what happened | claim: reason | what to do |\n|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        let about: Vec<_> =
            said.iter().filter(|(it, _)| it == code.as_str()).map(|(_, about)| about.as_str()).collect();
        let about = if about.is_empty() { "–".to_owned() } else { about.join(", ") };
        page += &format!("| `{code}` | {} | {about} | {} |\n", code.description(), code.remedy());
    }
    page += "\n## A key set is refused\n\n\
        The worker keeps the last good key set; without one it answers every request with status 503.\n\n\
        | code | what happened | what to do |\n|---|---|---|\n";
    for code in KeySetCode::ALL {
        page += &format!("| `{code}` | {} | {} |\n", code.description(), code.remedy());
    }
    page
}

/// The codes with the claims and reasons that vectors expect of them.
fn said_by_vectors() -> BTreeSet<(String, String)> {
    let mut said = BTreeSet::new();
    for entry in fs::read_dir(format!("{ROOT}/tests/vectors")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let vector: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let expect = &vector["expect"];
            if let (Some(code), Some(reason)) = (expect["code"].as_str(), expect["reason"].as_str()) {
                let claim = expect["claim"].as_str().map_or(String::new(), |claim| format!("`{claim}`: "));
                said.insert((code.to_owned(), format!("{claim}{reason}")));
            }
        }
    }
    said
}
