//! Names and values of the headers that tell the origin about a token.

use std::fmt::Write;

use serde::Deserialize;

use crate::request::RequestHead;

/// What the gateway itself says. Nobody else may say it.
const OUR_PREFIX: &str = "x-keystile-";

/// The header of the `sub` claim.
pub(crate) const SUBJECT: &str = "x-keystile-subject";

/// The header of the key that verified the token.
pub(crate) const KEY: &str = "x-keystile-kid";

/// Headers that mean something to HTTP, to a proxy or to the gateway, and must not be a claim.
const TAKEN: [&str; 18] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "date",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

/// The beginnings of more of them.
const TAKEN_PREFIXES: [&str; 5] = [OUR_PREFIX, "proxy-", "sec-", "access-control-", "cf-"];

/// A header that a policy names, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct HeaderName(String);

/// A header name that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a header name has letters, digits and `-` only, such as `x-user-id`")]
pub(crate) struct HeaderNameError;

impl HeaderName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The headers of a request that an origin might take for this one, name and value.
    pub(crate) fn found_in<'a>(&self, head: &RequestHead<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
        head.headers.iter().filter(|(name, _)| may_be_taken_for(&self.0, name)).copied()
    }

    /// Whether HTTP, a proxy or the gateway gives the header a meaning of its own.
    pub(crate) fn is_taken(&self) -> bool {
        TAKEN.contains(&self.as_str()) || TAKEN_PREFIXES.iter().any(|prefix| self.0.starts_with(prefix))
    }
}

impl TryFrom<String> for HeaderName {
    type Error = HeaderNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let is_valid = !name.is_empty()
            && name.len() <= 128
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_valid { Ok(Self(name.to_ascii_lowercase())) } else { Err(HeaderNameError) }
    }
}

/// The headers that only the gateway may set.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReservedHeaders(Vec<String>);

impl ReservedHeaders {
    pub(crate) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// The names of all that may be set.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        [SUBJECT, KEY].into_iter().chain(self.0.iter().map(String::as_str))
    }

    /// Whether an origin might take a header for one of these.
    pub(crate) fn include(&self, name: &str) -> bool {
        let begins = name.get(..OUR_PREFIX.len()).is_some_and(|start| may_be_taken_for(OUR_PREFIX, start));
        begins || self.0.iter().any(|ours| may_be_taken_for(ours, name))
    }
}

/// Whether an origin might take a header for `ours`, which is in lower case. CGI and its heirs see no difference between the
/// characters that are neither letter nor digit.
fn may_be_taken_for(ours: &str, name: &str) -> bool {
    let same = |a: u8, b: u8| a == b.to_ascii_lowercase() || (a == b'-' && !b.is_ascii_alphanumeric());
    ours.len() == name.len() && ours.bytes().zip(name.bytes()).all(|(a, b)| same(a, b))
}

/// A text as a header value: percent-encoded UTF-8, except for visible ASCII other than `%`. No claim can thus end
/// the header, begin another, or arrive as something else; `decodeURIComponent` gives it back.
pub(crate) fn value_of(text: &str) -> String {
    encoded(text, b'%')
}

/// An element of a list, in which a comma would begin the next.
pub(crate) fn element_of(text: &str) -> String {
    encoded(text, b',')
}

fn encoded(text: &str, separator: u8) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'%' | 0..=0x20 | 0x7F.. => push_escape(&mut value, byte),
            _ if byte == separator => push_escape(&mut value, byte),
            visible => value.push(char::from(visible)),
        }
    }
    value
}

fn push_escape(value: &mut String, byte: u8) {
    // Writing into a string cannot fail.
    let _ = write!(value, "%{byte:02X}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_claim_arrives_as_it_is() {
        for claim in ["user-42", "ada@example.com", "auth0|5f7c8ec7", "urn:x:1", "a,b"] {
            assert_eq!(value_of(claim), claim);
        }
    }

    #[test]
    fn no_claim_can_break_out_of_its_header() {
        assert_eq!(value_of("a\r\nx-admin: 1"), "a%0D%0Ax-admin:%201");
        assert_eq!(value_of("\0\u{7f}\u{85}"), "%00%7F%C2%85");
        assert_eq!(value_of("Zoë 100%"), "Zo%C3%AB%20100%25");
        assert_eq!(element_of("a,b"), "a%2Cb");
    }

    #[test]
    fn a_header_that_an_origin_might_take_for_ours_is_recognised() {
        let reserved = ReservedHeaders::new(["x-user"]);
        for name in
            ["x-keystile-subject", "X_Keystile_Subject", "x.keystile.new", "X-User", "x_user", "x.USER"]
        {
            assert!(reserved.include(name), "{name}");
        }
        for name in ["x-keystilesubject", "x-request-id", "x-userx", "xuser", "é-keystile-"] {
            assert!(!reserved.include(name), "{name}");
        }
    }

    #[test]
    fn a_header_with_a_meaning_is_not_for_claims() {
        let name = |name: &str| HeaderName::try_from(name.to_owned());
        for taken in ["Host", "authorization", "x-keystile-role", "sec-websocket-key", "cf-connecting-ip"] {
            assert!(name(taken).unwrap().is_taken(), "{taken}");
        }
        assert!(!name("x-user-id").unwrap().is_taken());
        for wrong in ["", "x user", "x:y", "x_y", "é"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
