//! The claims of a token that is believed, wherever they stand and however they are spelled.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::header;

/// The claims by name, each as the text that was signed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims(BTreeMap<String, Box<RawValue>>);

impl Claims {
    /// Reads the claims of a token that the validator believes: it has made sure that they are an object.
    pub(crate) fn read(json: &str) -> Self {
        // Claims that could not be read would be claims that are not there, and so grant nothing.
        Self(serde_json::from_str(json).unwrap_or_default())
    }

    pub(crate) fn get(&self, path: &ClaimPath) -> Option<Claim<'_>> {
        let (first, rest) = path.steps.split_first()?;
        let start = Claim(self.0.get(first)?.get());
        rest.iter().try_fold(start, |claim, step| claim.member(step))
    }
}

/// A name or a number is shorter. A request may write a line of the log, and not fill it.
const LOGGED_BYTES: usize = 256;

/// Where a claim stands: its name, or a JSON Pointer (RFC 6901) if it begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ClaimPath {
    // INVARIANT: not empty.
    steps: Vec<String>,
}

/// As it is written in a policy.
impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.steps[..] {
            [name] if !name.starts_with('/') => f.write_str(name),
            steps => {
                steps.iter().try_for_each(|step| write!(f, "/{}", step.replace('~', "~0").replace('/', "~1")))
            }
        }
    }
}

/// A claim path that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a claim is named by its name, or by a JSON Pointer such as `/realm_access/roles`")]
pub(crate) struct ClaimPathError;

impl ClaimPath {
    /// The claim of this name.
    pub(crate) fn named(name: &str) -> Self {
        Self { steps: vec![name.to_owned()] }
    }
}

impl TryFrom<String> for ClaimPath {
    type Error = ClaimPathError;

    fn try_from(path: String) -> Result<Self, Self::Error> {
        let Some(pointer) = path.strip_prefix('/') else {
            return if path.is_empty() { Err(ClaimPathError) } else { Ok(Self { steps: vec![path] }) };
        };
        let step = |step: &str| {
            let is_escaped_right = step.split('~').skip(1).all(|it| it.starts_with(['0', '1']));
            (!step.is_empty() && is_escaped_right)
                .then(|| step.replace("~1", "/").replace("~0", "~"))
                .ok_or(ClaimPathError)
        };
        Ok(Self { steps: pointer.split('/').map(step).collect::<Result<_, _>>()? })
    }
}

/// One value, as the text that was signed.
// INVARIANT: JSON without white space around it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'c>(&'c str);

impl<'c> Claim<'c> {
    fn member(self, step: &str) -> Option<Self> {
        if self.0.starts_with('[') {
            let index: usize = step.parse().ok()?;
            return self.elements()?.get(index).copied();
        }
        let members: BTreeMap<Cow<'c, str>, &'c RawValue> = self.read()?;
        members.get(step).map(|value| Self(value.get()))
    }

    /// The elements of a list.
    pub(crate) fn elements(self) -> Option<Vec<Self>> {
        let elements: Vec<&'c RawValue> = self.read()?;
        Some(elements.into_iter().map(|element| Self(element.get())).collect())
    }

    pub(crate) fn text(self) -> Option<String> {
        self.read()
    }

    pub(crate) fn boolean(self) -> Option<bool> {
        self.read()
    }

    pub(crate) fn number(self) -> Option<Number> {
        Number::read(self.0)
    }

    /// The words of a text, or the texts of a list: how scopes are written (RFC 6749 section 3.3), and roles.
    pub(crate) fn words(self) -> Vec<String> {
        match (self.text(), self.elements()) {
            (Some(text), _) => text.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            (_, Some(elements)) => elements.into_iter().filter_map(Self::text).collect(),
            _ => Vec::new(),
        }
    }

    /// The value of a header that says this claim; `None` for what says nothing: `null` and a list without elements.
    ///
    /// A text is percent-encoded; a number is spelled as it was signed; the elements of a list are joined by commas.
    /// Whatever is nested deeper arrives as its JSON.
    pub(crate) fn to_header(self) -> Option<String> {
        if let Some(text) = self.text() {
            return Some(header::value_of(&text));
        }
        match self.elements() {
            _ if self.0 == "null" => None,
            Some(elements) if elements.is_empty() => None,
            Some(elements) if !elements.iter().any(|element| element.is_nested()) => {
                Some(elements.into_iter().map(Self::to_element).collect::<Vec<_>>().join(","))
            }
            _ => Some(header::value_of(self.0)),
        }
    }

    /// The claim as it may stand in a log; nothing if it is so long that it would be the log.
    pub(crate) fn to_log(self) -> Option<serde_json::Value> {
        if self.0.len() <= LOGGED_BYTES { self.read() } else { None }
    }

    fn to_element(self) -> String {
        header::element_of(&self.text().unwrap_or_else(|| self.0.to_owned()))
    }

    fn is_nested(self) -> bool {
        self.0.starts_with(['{', '['])
    }

    fn read<T: Deserialize<'c>>(self) -> Option<T> {
        serde_json::from_str(self.0).ok()
    }
}

/// A number, exact as long as it is whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Whole(i128),
    // INVARIANT: finite.
    Fraction(f64),
}

impl Number {
    pub(crate) fn read(json: &str) -> Option<Self> {
        // `parse` takes more than JSON does, `+1` and `inf` among it; a claim is JSON already.
        if !json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return None;
        }
        let fraction = || json.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Fraction);
        json.parse().ok().map(Self::Whole).or_else(fraction)
    }

    fn approximate(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Fraction(number) => number,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one.partial_cmp(other),
            _ => self.approximate().partial_cmp(&other.approximate()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(json: &str, path: &str) -> Option<String> {
        let path = ClaimPath::try_from(path.to_owned()).unwrap();
        Claims::read(json).get(&path).and_then(Claim::to_header)
    }

    #[test]
    fn a_claim_is_found_by_its_name_or_by_a_pointer() {
        let claims = r#"{"sub":"ada","realm":{"roles":["a","b"],"x/y":{"~":1}},"https://x.example/id":7}"#;
        assert_eq!(header(claims, "sub").as_deref(), Some("ada"));
        assert_eq!(header(claims, "/sub").as_deref(), Some("ada"));
        assert_eq!(header(claims, "/realm/roles").as_deref(), Some("a,b"));
        assert_eq!(header(claims, "/realm/roles/1").as_deref(), Some("b"));
        assert_eq!(header(claims, "/realm/x~1y/~0").as_deref(), Some("1"));
        assert_eq!(header(claims, "https://x.example/id").as_deref(), Some("7"));
        for absent in ["name", "/sub/x", "/realm/roles/2", "/realm/roles/-1", "/realm/none"] {
            assert_eq!(header(claims, absent), None, "{absent}");
        }
    }

    #[test]
    fn every_kind_of_claim_has_a_header_value() {
        for (json, expected) in [
            (r#"{"c":"Zoë\r\n"}"#, Some("Zo%C3%AB%0D%0A")),
            (r#"{"c":""}"#, Some("")),
            (r#"{"c":123456789012345678901234567890}"#, Some("123456789012345678901234567890")),
            (r#"{"c":1.50e2}"#, Some("1.50e2")),
            (r#"{"c":true}"#, Some("true")),
            (r#"{"c":null}"#, None),
            (r#"{"c":[]}"#, None),
            (r#"{"c":["a,b","c d",1,false,null]}"#, Some("a%2Cb,c%20d,1,false,null")),
            (r#"{"c":{"a": 1}}"#, Some(r#"{"a":%201}"#)),
            (r#"{"c":[{"a":1},[2]]}"#, Some(r#"[{"a":1},[2]]"#)),
        ] {
            assert_eq!(header(json, "c").as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn words_are_those_of_a_text_or_of_a_list() {
        let words = |json: &str| Claims::read(json).get(&ClaimPath::named("scope")).unwrap().words();
        assert_eq!(words(r#"{"scope":"read  write"}"#), ["read", "write"]);
        assert_eq!(words(r#"{"scope":["read","a b",1]}"#), ["read", "a b"]);
        assert_eq!(words(r#"{"scope":{"read":true}}"#), [""; 0]);
    }

    #[test]
    fn a_path_that_leads_nowhere_is_refused() {
        for wrong in ["", "/", "/a//b", "/a/", "/a~2"] {
            assert!(ClaimPath::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn large_whole_numbers_are_compared_exactly() {
        let number = |json: &str| Number::read(json).unwrap();
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
        assert!(number("9007199254740993") > number("9007199254740992"));
        assert!(number("1.5") > number("1") && number("-1e3") < number("0"));
        assert_eq!((Number::read("1e400"), Number::read("inf"), Number::read("\"1\"")), (None, None, None));
    }
}
