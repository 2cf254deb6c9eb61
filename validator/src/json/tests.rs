//! The rules of the reader, one test each.

use super::{Document, JsonError, Value, object_of_strings};

fn read(text: &str) -> Result<Document<'_>, JsonError> {
    Document::parse(text, 128)
}

fn is_malformed(text: &str) -> bool {
    read(text).err() == Some(JsonError::Malformed)
}

/// Whether `value` may stand in an object.
fn is_value(value: &str) -> bool {
    read(&format!(r#"{{"a":{value}}}"#)).is_ok()
}

fn string_in(value: &str) -> Option<String> {
    let text = format!(r#"{{"a":{value}}}"#);
    let document = read(&text).ok()?;
    document.members().get("a")?.as_str().map(str::to_owned)
}

#[test]
fn only_an_object_is_read() {
    for text in ["", " ", "[]", "1", "null", r#""a""#, "nul", "{", "}", "{]", "{}{}", "{} x", "{},"] {
        assert!(is_malformed(text), "{text}");
    }
    assert!(read(" \t\r\n{ } \n").is_ok());
}

#[test]
fn white_space_is_the_four_characters_of_the_grammar() {
    for space in ["\u{b}", "\u{c}", "\u{a0}", "\u{feff}", "\u{2028}", "//\n", "/**/"] {
        assert!(is_malformed(&format!("{space}{{}}")), "{space:?}");
        assert!(is_malformed(&format!("{{}}{space}")), "{space:?}");
    }
}

#[test]
fn members_and_elements_are_separated_by_single_commas() {
    for text in
        [r#"{"a":1,}"#, r#"{,"a":1}"#, r#"{"a":1,,"b":2}"#, r#"{"a":1 "b":2}"#, r#"{"a" 1}"#, r#"{"a"}"#]
    {
        assert!(is_malformed(text), "{text}");
    }
    for value in ["[1,]", "[,1]", "[1,,2]", "[1 2]", "[1}", "[", "[1"] {
        assert!(!is_value(value), "{value}");
    }
}

#[test]
fn names_are_strings() {
    for text in ["{a:1}", "{'a':1}", "{1:1}", "{null:1}"] {
        assert!(is_malformed(text), "{text}");
    }
}

#[test]
fn numbers_follow_the_grammar() {
    for number in ["0", "-0", "10", "1.5", "0.0", "1e400", "-1E+2", "1e-2", "12345678901234567890123"] {
        assert!(is_value(number), "{number}");
    }
    for number in [
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1_0",
        "NaN",
        "Infinity",
        "-Infinity",
        "--1",
        "1.e1",
        "٣",
    ] {
        assert!(!is_value(number), "{number}");
    }
}

#[test]
fn literals_are_spelled_in_lower_case() {
    for literal in ["true", "false", "null"] {
        assert!(is_value(literal), "{literal}");
    }
    for literal in ["True", "tru", "truee", "NULL", "undefined"] {
        assert!(!is_value(literal), "{literal}");
    }
}

#[test]
fn escapes_are_the_nine_of_the_grammar() {
    assert_eq!(string_in(r#""\"\\\/\b\f\n\r\t\u0041""#).unwrap(), "\"\\/\u{8}\u{c}\n\r\tA");
    for string in
        [r#""\a""#, r#""\'""#, r#""\x41""#, r#""\u""#, r#""\u12g4""#, r#""\U0041""#, r#""\u{41}""#, r#""\"#]
    {
        assert!(!is_value(string), "{string}");
    }
}

#[test]
fn an_escaped_surrogate_pair_is_one_character_and_half_of_one_is_none() {
    assert_eq!(string_in(r#""\ud83d\ude00""#).unwrap(), "😀");
    for string in [
        r#""\ud83d""#,
        r#""\ude00""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\ud83d""#,
        r#""\ud83d\u0041""#,
    ] {
        assert!(!is_value(string), "{string}");
    }
}

#[test]
fn control_characters_stand_in_strings_only_as_escapes() {
    for control in ["\0", "\n", "\t", "\u{1f}"] {
        assert!(!is_value(&format!("\"{control}\"")), "{control:?}");
    }
    assert_eq!(string_in("\"\u{7f}\\u0000\"").unwrap(), "\u{7f}\0");
}

#[test]
fn text_beyond_ascii_is_kept() {
    assert_eq!(string_in("\"å\\u00e5😀\"").unwrap(), "åå😀");
}

#[test]
fn a_member_named_twice_is_refused_at_every_depth() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"b":2,"c":3,"a":4}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"":1,"":2}"#,
        r#"{"o":{"a":1,"a":2}}"#,
        r#"{"o":[{"x":[{"a":1,"a":2}]}]}"#,
        r#"{"😀":1,"\ud83d\ude00":2}"#,
    ] {
        assert_eq!(read(text).err(), Some(JsonError::DuplicateMember), "{text}");
    }
}

#[test]
fn one_name_may_stand_in_different_objects() {
    assert!(read(r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"A":1,"a ":1}"#).is_ok());
}

#[test]
fn nesting_stops_at_the_limit() {
    let nested = |depth: usize| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    assert!(Document::parse(&nested(5), 5).is_ok());
    assert_eq!(Document::parse(&nested(6), 5).err(), Some(JsonError::Malformed));
    let arrays = format!(r#"{{"a":{}"#, "[".repeat(100_000));
    assert!(is_malformed(&arrays));
    let siblings = format!(r#"{{"a":[{}{{}}]}}"#, "[],".repeat(1000));
    assert!(Document::parse(&siblings, 3).is_ok());
}

#[test]
fn values_come_back_in_order_with_what_they_contain() {
    let document = read(r#"{"a":[1,[true],{"x":"y"}],"b":{"c":null,"d":[]},"e":false}"#).unwrap();
    let names: Vec<_> = document.members().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "b", "e"]);
    let elements: Vec<_> = document.members().get("a").unwrap().as_array().unwrap().collect();
    assert!(matches!(elements[..], [Value::Number("1"), Value::Array(_), Value::Object(_)]));
    assert_eq!(elements[2].as_object().unwrap().get("x").unwrap().as_str(), Some("y"));
    let b = document.members().get("b").unwrap().as_object().unwrap();
    assert!(matches!(b.get("c"), Some(Value::Null)));
    assert_eq!(b.get("d").unwrap().as_array().unwrap().count(), 0);
    assert!(matches!(document.members().get("e"), Some(Value::Bool(false))));
    assert!(document.members().get("x").is_none());
}

#[test]
fn a_whole_number_has_neither_fraction_nor_exponent_nor_sign() {
    let as_u64 =
        |number: &str| read(&format!(r#"{{"a":{number}}}"#)).unwrap().members().get("a").unwrap().as_u64();
    assert_eq!(as_u64("18446744073709551615"), Some(u64::MAX));
    for number in ["1.0", "1e3", "-1", "-0", "18446744073709551616", "\"1\""] {
        assert_eq!(as_u64(number), None, "{number}");
    }
}

/// Every short text over an alphabet that reaches each rule of the grammar, judged by another reader as well.
#[test]
fn short_texts_are_judged_as_serde_json_judges_them() {
    const PIECES: [&str; 16] =
        ["{", "}", "[", "]", ",", ":", "\"", "a", "\\", "u0061", "0", "1", "-", ".5", "e2", "null"];
    let mut texts = vec![String::new()];
    for _ in 0..5 {
        texts = texts.iter().flat_map(|text| PIECES.map(|piece| format!("{text}{piece}"))).collect();
        for text in &texts {
            let text = format!(r#"{{"b":{text}}}"#);
            let read = read(&text).map(|_| ());
            if read != Err(JsonError::DuplicateMember) {
                assert_eq!(
                    read.is_ok(),
                    serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn what_is_written_is_read_back_by_another_make() {
    let all: String = ('\0'..='\u{17f}').chain(['\u{2028}', '\u{ffff}', '\u{10ffff}']).collect();
    let members = [("plain", Some("text")), ("\"\\\u{1}", Some(all.as_str())), ("none", None)];
    let json = object_of_strings(&members);
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read, serde_json::json!({ "plain": "text", "\"\\\u{1}": all, "none": null }));
    assert!(Document::parse(&json, 1).is_ok());
    assert_eq!(object_of_strings(&[("a", None)]), r#"{"a":null}"#);
}
