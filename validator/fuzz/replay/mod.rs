//! The tests of the properties: the corpus of the fuzz targets is replayed, and texts are made at random.

mod corpus;

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*, sample::select, string::string_regex};

type Property = fn(&[u8]);

/// What is fuzzed: the name of the target and of its corpus, and what must hold.
const TARGETS: [(&str, Property); 11] = [
    ("base64url", super::base64url),
    ("claims", super::claims),
    ("delegation", super::delegation),
    ("document", super::document),
    ("header", super::header),
    ("json", super::json),
    ("jwk", super::jwk),
    ("key_set", super::key_set),
    ("pem", super::pem),
    ("publication", super::publication),
    ("token", super::token),
];

const FUZZ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz");

/// Of the text that is printed, the last line names the file that breaks the property.
#[test]
fn every_text_of_the_corpus_keeps_its_property() {
    for (target, property) in TARGETS {
        let mut files = 0;
        for entry in fs::read_dir(format!("{FUZZ}/corpus/{target}")).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            property(&fs::read(path).unwrap());
            files += 1;
        }
        assert!(files > 5, "{target}");
    }
}

#[test]
fn every_property_has_a_fuzz_target() {
    let mut fuzzed: Vec<_> = fs::read_dir(format!("{FUZZ}/targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    fuzzed.sort();
    assert_eq!(fuzzed, TARGETS.map(|(target, _)| target));
    for (target, _) in TARGETS {
        let source = fs::read_to_string(Path::new(FUZZ).join(format!("targets/{target}.rs"))).unwrap();
        assert!(source.contains(&format!("properties::{target}(")), "{target}");
    }
}

fn matching(regex: &str) -> impl Strategy<Value = String> + use<> {
    string_regex(regex).unwrap()
}

/// A text between quotation marks: plain, escaped, half a surrogate pair, a control character.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => matching(r#"[ -!#-\[\]-~]"#),
        2 => select(vec!["\\n", "\\/", "\\\"", "\\\\", "\\u0061", "\\u0000", "\\ud83d\\ude00", "\u{e9}", "\u{10ffff}"])
            .prop_map(str::to_owned),
        1 => select(vec!["\\ud83d", "\\ude00", "\\ude00\\ud83d", "\\x", "\\u12", "\u{1f}", "\u{7f}"])
            .prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// JSON as people and attackers write it: names that come again, also by escapes, numbers of every size, any spacing.
fn json() -> impl Strategy<Value = String> {
    let number = matching(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?");
    let odd_number = matching(r"[-+]?[0-9]{0,3}\.?[0-9]{0,2}[eE]?[-+]?[0-9]{0,2}");
    let literal = select(vec!["null", "true", "false", "True", "nul", "NaN", ""]).prop_map(str::to_owned);
    let leaf = prop_oneof![4 => number, 1 => odd_number, 2 => literal, 4 => string()];
    let space = || matching(r"[ \t\r\n]{0,2}");
    let value = leaf.prop_recursive(6, 32, 4, move |value| {
        let name =
            prop_oneof![string(), select(vec!["\"a\"", "\"\\u0061\"", "\"\"", "a"]).prop_map(str::to_owned)];
        let member =
            (name, space(), value.clone()).prop_map(|(name, space, value)| format!("{name}{space}:{value}"));
        let list = (vec(value, 0..4), space()).prop_map(|(values, space)| values.join(&format!(",{space}")));
        let members =
            (vec(member, 0..4), space()).prop_map(|(members, space)| members.join(&format!("{space},")));
        prop_oneof![
            list.prop_map(|list| format!("[{list}]")),
            members.prop_map(|members| format!("{{{members}}}"))
        ]
    });
    (space(), value, space()).prop_map(|(before, value, after)| format!("{before}{{\"o\":{value}}}{after}"))
}

/// `text` with a character left out, put in or put in another's place.
fn changed(text: &str, at: usize, way: u8, with: &str) -> String {
    let mut characters: Vec<_> = text.chars().map(String::from).collect();
    let at = at % characters.len().max(1);
    match way {
        0 => drop(characters.splice(at..=at, [])),
        1 => characters.insert(at, with.to_owned()),
        _ => drop(characters.splice(at..=at, [with.to_owned()])),
    }
    characters.concat()
}

const DISTURBING: [&str; 16] =
    ["{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", "e", ".", "\0", "\u{feff}", "\u{b}", "\\u"];

/// An object that has some of `members`, each with one of its values.
fn object_of(
    members: &'static [(&'static str, &'static [&'static str])],
) -> impl Strategy<Value = String> + use<> {
    let members: Vec<_> = members
        .iter()
        .map(|(name, values)| {
            let member = select(*values).prop_map(move |value| format!("\"{name}\":{value}"));
            proptest::option::weighted(0.8, member)
        })
        .collect();
    members.prop_map(|members| format!("{{{}}}", members.into_iter().flatten().collect::<Vec<_>>().join(",")))
}

/// Around the instant at which the claims are judged, 1800000000, and around the leeway of 30 seconds.
const DATES: [&str; 14] = [
    "1799999969",
    "1799999970",
    "1799999971",
    "1800000000",
    "1800000029",
    "1800000030",
    "1800000031",
    "1799996369",
    "1799996370",
    "1799996371",
    "-1",
    "18446744073709551615",
    "1.8e9",
    "\"1800000000\"",
];
const TEXTS: [&str; 5] = ["\"u\"", "\"\"", "1", "null", "[\"u\"]"];
const ISSUERS: [&str; 4] =
    ["\"https://issuer.example\"", "\"https:\\/\\/issuer.example\"", "\"https://issuer.example/\"", "[]"];
const AUDIENCES: [&str; 7] = [
    "\"api.example\"",
    "[\"x\",\"api.example\"]",
    "[\"x\"]",
    "[]",
    "[\"api.example\",1]",
    "\"api.example \"",
    "{}",
];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(if cfg!(miri) { 20 } else { 3000 }))]

    #[test]
    fn json_made_at_random_is_judged_as_serde_json_judges_it(text in json()) {
        super::json(text.as_bytes());
    }

    #[test]
    fn json_with_a_fault_is_judged_as_serde_json_judges_it(
        text in json(), at: usize, way in 0..3_u8, with in select(&DISTURBING[..]),
    ) {
        super::json(changed(&text, at, way, with).as_bytes());
    }

    #[test]
    fn claims_are_judged_as_the_rules_read(text in object_of(&[
        ("exp", &DATES), ("nbf", &DATES), ("iat", &DATES), ("iss", &ISSUERS), ("aud", &AUDIENCES), ("sub", &TEXTS),
    ])) {
        super::claims(text.as_bytes());
    }

    #[test]
    fn headers_are_judged_as_the_rules_read(text in object_of(&[
        ("alg", &["\"RS256\"", "\"RS256\"", "\"\\u0052S256\"", "\"none\"", "null"]),
        ("typ", &["\"JWT\"", "\"at+jwt\"", "\"application/AT+JWT\"", "\"text/plain\"", "\"application/x/y\"", "1"]),
        ("kid", &TEXTS), ("crit", &["[]", "[\"b64\"]", "null"]), ("b64", &["true", "false", "null"]),
    ])) {
        super::header(text.as_bytes());
    }

    #[test]
    fn bytes_of_any_kind_keep_every_property(bytes in vec(any::<u8>(), 0..200)) {
        TARGETS.iter().for_each(|(_, property)| property(&bytes));
    }

    #[test]
    fn texts_in_base64url_are_read_bit_by_bit(text in matching("[A-Za-z0-9_=+/ -]{0,12}")) {
        super::base64url(text.as_bytes());
    }
}
