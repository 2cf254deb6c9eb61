//! A token that is believed, as the gateway needs it.

use keystile_validator::{Lifetime, ValidatedToken};

use crate::{
    claims::{Claim, Claims},
    header,
    policy::Provider,
};

/// What a believed token says, and what the origin is told of it. Made once for every verdict, however often the
/// verdict is repeated.
#[derive(Debug)]
pub struct Believed {
    pub(crate) claims: Claims,
    kid: String,
    names_key: bool,
    subject: Option<String>,
    lifetime: Lifetime,
    headers: Vec<(String, String)>,
}

impl Believed {
    /// What `token` says to an origin behind `provider`.
    pub fn new(token: &ValidatedToken, provider: &Provider) -> Self {
        let claims = Claims::read(token.claims_json());
        let mut headers = Vec::with_capacity(provider.headers.len() + 2);
        if let Some(subject) = token.subject() {
            headers.push((header::SUBJECT.to_owned(), header::value_of(subject)));
        }
        headers.push((header::KEY.to_owned(), header::value_of(token.kid().as_str())));
        for (name, path) in &provider.headers {
            if let Some(value) = claims.get(path).and_then(Claim::to_header) {
                headers.push((name.as_str().to_owned(), value));
            }
        }
        Self {
            claims,
            kid: token.kid().to_string(),
            names_key: token.names_key(),
            subject: token.subject().map(str::to_owned),
            lifetime: token.lifetime(),
            headers,
        }
    }

    /// The name of the key that verified the token.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether the token itself names that key.
    pub fn names_key(&self) -> bool {
        self.names_key
    }

    /// The `sub` claim.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// When the verdict may be repeated without asking again, as long as the key set stays.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// The headers that tell the origin about the token.
    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }
}
