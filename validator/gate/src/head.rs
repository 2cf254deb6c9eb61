//! The head of a request as texts, as the gateway reads it.

use std::borrow::Cow;

use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};
use keystile_gateway::RequestHead;

/// What is judged: the request as the client sent it.
#[derive(Debug)]
pub(crate) struct Head<'r> {
    pub(crate) method: &'r str,
    pub(crate) host: &'r str,
    pub(crate) path: &'r str,
    pub(crate) query: Option<&'r str>,
    headers: Vec<(&'r str, Cow<'r, str>)>,
}

impl<'r> Head<'r> {
    /// `target` is a path with its query; `None` if it is none, so that no route can be meant.
    pub(crate) fn new(
        method: &'r str,
        host: &'r str,
        target: &'r str,
        headers: &'r HeaderMap,
    ) -> Option<Self> {
        if !target.starts_with('/') {
            return None;
        }
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let headers = headers.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        Some(Self { method, host, path, query, headers })
    }

    /// Lets the gateway look at it.
    pub(crate) fn shown_to<T>(&self, look: impl FnOnce(&RequestHead<'_>) -> T) -> T {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        let Self { method, host, path, query, .. } = *self;
        look(&RequestHead { method, host, path, query, headers: &headers })
    }
}

/// A value as text: each octet is a character, as in the Fetch standard, so that none is lost.
fn text(value: &HeaderValue) -> Cow<'_, str> {
    match value.to_str() {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(value.as_bytes().iter().copied().map(char::from).collect()),
    }
}

/// Sets a header to a text that the gateway gave. Whatever cannot be a value takes the header out: nobody else's stays.
pub(crate) fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    let Ok(name) = HeaderName::try_from(name) else { return };
    let octets: Option<Vec<u8>> = value.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect();
    match octets.and_then(|octets| HeaderValue::from_bytes(&octets).ok()) {
        Some(value) => drop(headers.insert(name, value)),
        None => drop(headers.remove(name)),
    }
}

/// The value of a header that must be there once. `None` if it is missing, is there twice, or is no text.
pub(crate) fn only<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_of_a_header_arrives_and_goes_on() {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", HeaderValue::from_bytes(b"a=\xe9; b=2").unwrap());
        let head = Head::new("GET", "a.example", "/x?y=1", &headers).unwrap();
        let seen = head.shown_to(|head| head.headers[0].1.to_owned());
        assert_eq!((seen.as_str(), head.path, head.query), ("a=\u{e9}; b=2", "/x", Some("y=1")));
        set(&mut headers, "cookie", &seen);
        assert_eq!(headers["cookie"].as_bytes(), b"a=\xe9; b=2");
    }

    #[test]
    fn what_cannot_be_a_value_leaves_no_header_behind() {
        for wrong in ["a\r\nb", "\u{100}", "\0"] {
            let mut headers = HeaderMap::new();
            headers.insert("x-user", HeaderValue::from_static("spoofed"));
            set(&mut headers, "x-user", wrong);
            assert!(headers.is_empty(), "{wrong:?}");
        }
    }

    #[test]
    fn a_target_that_is_no_path_is_no_request() {
        for target in ["*", "", "example.com:443", "?a"] {
            assert!(Head::new("OPTIONS", "", target, &HeaderMap::new()).is_none(), "{target}");
        }
    }
}
