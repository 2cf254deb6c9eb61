//! The registered claims of a believed token, kept beside the text that they stand in.

use alloc::boxed::Box;
use core::ops::Range;

use smallvec::SmallVec;

use crate::{claims::Claims, time::NumericDate};

#[derive(Clone, Debug)]
pub(crate) struct RegisteredClaims {
    pub(super) expires_at: Option<NumericDate>,
    pub(super) not_before: Option<NumericDate>,
    pub(super) issued_at: Option<NumericDate>,
    pub(super) issuer: Option<Text>,
    pub(super) audiences: SmallVec<[Text; 1]>,
    pub(super) subject: Option<Text>,
    pub(super) token_id: Option<Text>,
    pub(super) session_id: Option<Text>,
    pub(super) client_id: Option<Text>,
}

impl RegisteredClaims {
    /// The claims that were read from `json`.
    pub(super) fn new(claims: &Claims, json: &str) -> Self {
        let text = |claim: &str| Text::new(claim, json);
        Self {
            expires_at: claims.expires_at,
            not_before: claims.not_before,
            issued_at: claims.issued_at,
            issuer: claims.issuer.map(text),
            audiences: claims
                .audiences
                .into_iter()
                .flat_map(|audiences| audiences.iter())
                .map(text)
                .collect(),
            subject: claims.subject.map(text),
            token_id: claims.token_id.map(text),
            session_id: claims.session_id.map(text),
            client_id: claims.client_id.map(text),
        }
    }
}

/// The text of a claim. Most need no copy: they stand in the JSON as they are.
#[derive(Clone, Debug)]
pub(super) enum Text {
    InJson(Range<usize>),
    /// It is spelled with escapes there.
    Apart(Box<str>),
}

impl Text {
    fn new(text: &str, json: &str) -> Self {
        let start = text.as_ptr().addr().wrapping_sub(json.as_ptr().addr());
        let place = start..start.wrapping_add(text.len());
        // What lies elsewhere gives a place outside of the JSON, or at any rate one with another text.
        match json.get(place.clone()) {
            Some(there) if core::ptr::eq(there, text) => Self::InJson(place),
            _ => Self::Apart(text.into()),
        }
    }

    /// The text, given the JSON that it was read from.
    pub(super) fn within<'a>(&'a self, json: &'a str) -> &'a str {
        match self {
            Self::InJson(place) => json.get(place.clone()).unwrap_or_default(),
            Self::Apart(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_whether_it_stands_in_the_json_or_not() {
        let json = String::from(r#"{"a":"b"}"#);
        let moved = json.clone();
        let inside = Text::new(&json[6..7], &json);
        assert!(matches!(inside, Text::InJson(_)));
        assert_eq!(inside.within(&moved), "b");
        for elsewhere in [String::from("b"), String::new(), json.clone()] {
            let apart = Text::new(&elsewhere, &json);
            assert!(matches!(apart, Text::Apart(_)));
            assert_eq!(apart.within(&moved), elsewhere);
        }
        assert_eq!(Text::new("", "").within(""), "");
    }
}
