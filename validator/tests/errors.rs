//! `docs/errors.md`, and the lists of codes in the README and the types of the npm package, are written from the enums and
//! the vectors: `KEYSTILE_WRITE_DOCS=1 cargo test --package keystile-validator --test errors`.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here fails the test")]

use std::{collections::BTreeSet, env, fs};

use keystile_validator::{Code, KeySetCode};
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn the_page_of_errors_lists_every_code() {
    is_written("docs/errors.md", |_| page());
}

#[test]
fn the_readme_of_the_npm_package_lists_every_code() {
    is_written("validator/npm/README.md", |readme| {
        between(readme, "<!-- codes -->\n", "<!-- /codes -->", &tables())
    });
}

#[test]
fn the_types_of_the_npm_package_list_every_code() {
    is_written("validator/npm/index.d.ts", |types| {
        between(types, "// <codes>\n", "// </codes>", &types_of_codes())
    });
}

/// Asserts that a file is what `write` makes of it, or makes it so.
fn is_written(path: &str, write: impl Fn(&str) -> String) {
    let path = format!("{ROOT}/{path}");
    let text = fs::read_to_string(&path).unwrap();
    if env::var_os("KEYSTILE_WRITE_DOCS").is_some() {
        fs::write(&path, write(&text)).unwrap();
    } else {
        assert_eq!(text, write(&text), "write it anew: KEYSTILE_WRITE_DOCS=1");
    }
}

/// `text` with `content` between two marks.
fn between(text: &str, begin: &str, end: &str, content: &str) -> String {
    let (before, rest) = text.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    format!("{before}{begin}{content}{end}{after}")
}

fn tables() -> String {
    let mut tables = "\n| `ValidationError.code` | what happened | what to do |\n|---|---|---|\n".to_owned();
    for code in Code::ALL {
        tables += &format!("| `{code}` | {} | {} |\n", code.description(), code.remedy());
    }
    tables += "\n| `KeySetError.code` | what happened | what to do |\n|---|---|---|\n";
    for code in KeySetCode::ALL {
        tables += &format!("| `{code}` | {} | {} |\n", code.description(), code.remedy());
    }
    tables + "\n"
}

/// What TypeScript is to know: the codes, and which claim and reason go with each.
fn types_of_codes() -> String {
    let said = said_by_vectors();
    let mut kinds: Vec<(String, Vec<Code>)> = Vec::new();
    for code in Code::ALL {
        let about: Vec<_> = said.iter().filter(|said| said.code == code.as_str()).collect();
        let claim = one_of(about.iter().map(|it| &it.claim));
        let reason = one_of(about.iter().map(|it| &it.reason));
        let kind = match code {
            // A policy can require, and a filter can be about, a claim of any name.
            Code::ClaimMissing => format!("claim: string; reason: {reason}"),
            Code::RevocationUnconfirmed => "claim: string; reason: \"mismatch\"".to_owned(),
            _ => format!("claim: {claim}; reason: {reason}"),
        };
        match kinds.iter_mut().find(|(it, _)| *it == kind) {
            Some((_, codes)) => codes.push(*code),
            None => kinds.push((kind, vec![*code])),
        }
    }
    let mut types = "/** Why a token is refused. */\nexport type RefusalCause =\n".to_owned();
    for (kind, codes) in kinds {
        types += &format!("  | {{ code: {}; {kind} }}\n", list(&codes, " "));
    }
    types
        + "  | NoKeySet;\n\n/** Why a key set cannot be used. */\nexport type KeySetErrorCode =\n  | "
        + &list(KeySetCode::ALL, "\n  ")
        + ";\n"
}

fn list(codes: &[impl ToString], break_with: &str) -> String {
    codes
        .iter()
        .map(|code| format!("{:?}", code.to_string()))
        .collect::<Vec<_>>()
        .join(&format!("{break_with}| "))
}

/// The literal types of what vectors expect; `null` where no vector expects anything.
fn one_of<'a>(values: impl Iterator<Item = &'a Option<String>>) -> String {
    let types: BTreeSet<_> =
        values.map(|it| it.as_ref().map_or("null".to_owned(), |it| format!("{it:?}"))).collect();
    if types.is_empty() { "null".to_owned() } else { types.into_iter().collect::<Vec<_>>().join(" | ") }
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
            said.iter().filter(|it| it.code == code.as_str()).filter_map(Said::about).collect();
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

/// What a vector expects to be said of a token.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    code: String,
    claim: Option<String>,
    reason: Option<String>,
}

impl Said {
    fn about(&self) -> Option<String> {
        let claim = self.claim.as_ref().map_or(String::new(), |claim| format!("`{claim}`: "));
        self.reason.as_ref().map(|reason| format!("{claim}{reason}"))
    }
}

fn said_by_vectors() -> BTreeSet<Said> {
    let mut said = BTreeSet::new();
    for entry in fs::read_dir(format!("{ROOT}/tests/vectors")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let vector: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            let expect = |name: &str| vector["expect"][name].as_str().map(str::to_owned);
            if let Some(code) = expect("code") {
                said.insert(Said { code, claim: expect("claim"), reason: expect("reason") });
            }
        }
    }
    said
}
