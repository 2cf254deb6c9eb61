use std::collections::BTreeSet;

use super::Crossing;
use super::source::Source;

const DOORS: [&str; 3] = ["validator/npm/src/", "validator/gateway/src/", "validator/worker/src/"];

/// The doors of the validator say its codes, and spell none of them.
pub(super) fn crossings(sources: &[Source]) -> Vec<Crossing> {
    let codes = codes(sources);
    let doors = sources.iter().filter(|source| DOORS.iter().any(|door| source.is_below(door)));
    let spelled = doors.flat_map(|source| source.code().map(move |(number, line)| (source, number, line)));
    spelled
        .flat_map(|(source, number, line)| {
            literals(line).filter(|literal| codes.contains(literal)).map(move |code| Crossing {
                path: source.path.clone(),
                line: number,
                what: format!("spells the code `{code}`"),
                why: "a code is spelled once, by the validator; a door asks it".to_owned(),
            })
        })
        .collect()
}

/// The codes: what `as_str` of the validator's errors answers, `Variant => "code"`.
fn codes(sources: &[Source]) -> BTreeSet<&str> {
    let errors =
        sources.iter().filter(|source| source.is_below("validator/src/") && source.path.contains("error"));
    errors
        .flat_map(Source::code)
        .filter(|(_, line)| line.contains("=> \"") || line.contains(", \""))
        .flat_map(|(_, line)| literals(line))
        .filter(|literal| {
            literal.contains('_') && literal.chars().all(|it| it == '_' || it.is_ascii_lowercase())
        })
        .collect()
}

fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_that_spells_a_code_is_found_and_one_that_asks_is_not() {
        let errors = Source::of("validator/src/error.rs", "Self::TokenExpired => \"token_expired\",");
        let spells = Source::of("validator/worker/src/a.rs", "if code == \"token_expired\" {");
        let asks = Source::of("validator/npm/src/a.rs", "error.code().as_str()");
        let found = crossings(&[errors, spells, asks]);
        assert_eq!(
            found.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(),
            ["spells the code `token_expired`"]
        );
    }
}
