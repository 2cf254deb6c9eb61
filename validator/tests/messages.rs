//! Every code and message, pinned: others have written them into dashboards and tests.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

use std::fmt::Write;

use keystile_validator::{Code, KeySetCode, KeySetError, Reason, ValidationError};

const README: &str = include_str!("../README.md");

/// A row of the tables in the README.
fn row(code: &str, description: &str, remedy: &str) -> String {
    format!("| `{code}` | {description} | {remedy} |\n")
}

/// What stands in the README between the comments `name` and `/name`.
fn block(name: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("<!-- {name} -->\n")).unwrap();
    rest.split_once(&format!("<!-- /{name} -->")).unwrap().0
}

const HEAD: &str = "| code | what happened | what to do |\n|---|---|---|\n";

#[test]
fn the_readme_lists_every_code_of_a_token() {
    let rows: String =
        Code::ALL.iter().map(|code| row(code.as_str(), code.description(), code.remedy())).collect();
    assert_eq!(block("codes"), format!("{HEAD}{rows}"));
}

#[test]
fn the_readme_lists_every_code_of_a_key_set() {
    let codes = KeySetCode::ALL.iter();
    let rows: String = codes.map(|code| row(code.as_str(), code.description(), code.remedy())).collect();
    assert_eq!(block("key set codes"), format!("{HEAD}{rows}"));
}

#[test]
fn every_code_and_message_is_the_pinned_one() {
    let mut messages = String::new();
    for code in Code::ALL {
        writeln!(messages, "{code}: {}", ValidationError::from(*code)).unwrap();
    }
    writeln!(messages).unwrap();
    for code in KeySetCode::ALL {
        writeln!(messages, "{code}: {}", KeySetError::from(*code)).unwrap();
    }
    assert_eq!(messages, include_str!("messages.txt"));
}

#[test]
fn no_two_refusals_share_a_code() {
    let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Code::ALL.len());
}

#[test]
fn a_message_starts_in_lower_case_and_has_no_final_stop() {
    let tokens = Code::ALL.iter().map(|code| ValidationError::from(*code).to_string());
    let key_sets = KeySetCode::ALL.iter().map(|code| KeySetError::from(*code).to_string());
    for message in tokens.chain(key_sets) {
        assert!(message.starts_with(|first: char| first.is_ascii_lowercase()), "{message}");
        assert!(!message.ends_with('.'), "{message}");
    }
}

#[test]
fn the_reasons_are_three() {
    let reasons = [Reason::Missing, Reason::Mismatch, Reason::Malformed].map(Reason::as_str);
    assert_eq!(reasons, ["missing", "mismatch", "malformed"]);
}
