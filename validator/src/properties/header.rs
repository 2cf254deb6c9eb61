use serde_json::Value;

use crate::{
    error::Code,
    header::{Header, parse},
    policy::MediaType,
};

const TYPES: [&str; 3] = ["JWT", "application/at+jwt", "text/plain"];

/// A header is refused for what serde_json sees in it too, with the first code of the order, and for nothing else.
pub fn header(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    let document = match parse(text, 128) {
        Ok(document) => document,
        Err(error) => {
            return assert!(matches!(error.code(), Code::HeaderMalformed | Code::DuplicateMember));
        }
    };
    let Ok(theirs) = serde_json::from_str::<Value>(text) else { return };
    let header = Header::read(document.members());
    assert_eq!(header.as_ref().err().map(|error| error.code()), refusal(&theirs), "{text}");
    let Ok(header) = header else { return };
    assert_eq!(header.kid(), theirs.get("kid").and_then(Value::as_str));
    for expected in TYPES {
        let is_named = theirs.get("typ").and_then(Value::as_str).is_some_and(|typ| is_same(typ, expected));
        assert_eq!(header.check_typ(&[MediaType::new(expected)]).is_ok(), is_named, "{text}");
    }
}

fn refusal(header: &Value) -> Option<Code> {
    let is_text = |name: &str| header.get(name).is_none_or(Value::is_string);
    if header.get("alg") != Some(&Value::from("RS256")) {
        Some(Code::AlgNotAllowed)
    } else if header.get("crit").is_some() || header.get("b64").is_some_and(|it| *it != Value::Bool(true)) {
        Some(Code::CritNotSupported)
    } else if !is_text("typ") {
        Some(Code::HeaderMalformed)
    } else if !is_text("kid") {
        Some(Code::KidMalformed)
    } else {
        None
    }
}

/// RFC 7515 section 4.1.9.
fn is_same(one: &str, other: &str) -> bool {
    let in_full = |typ: &str| match typ.contains('/') {
        true => typ.to_ascii_lowercase(),
        false => format!("application/{}", typ.to_ascii_lowercase()),
    };
    in_full(one) == in_full(other)
}
