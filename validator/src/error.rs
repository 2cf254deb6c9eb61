//! Every refusal of a token, spelled once. The npm package, the worker and the documentation use these.

use alloc::{borrow::Cow, string::String, string::ToString};
use core::fmt;

use crate::json;

/// Declares an enum of refusals: its variants, their stable codes, what happened, and what to do about it.
macro_rules! refusals {
    ($(#[$meta:meta])* $name:ident { $($variant:ident $code:literal $description:literal $remedy:literal)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $code, "`: ", $description, ".")] $variant,)+
        }

        impl $name {
            /// Every code, in the order of the checks.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name, the same at every door.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What happened, in one clause.
            pub const fn description(self) -> &'static str {
                match self { $(Self::$variant => $description),+ }
            }

            /// What the reader of the message can do about it, in one clause.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),+ }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use refusals;

refusals! {
    /// Why a token is refused. The names are stable; new ones may be added.
    Code {
        TokenTooLarge "token_too_large"
            "the token is longer than the limit"
            "put fewer claims into the token, or raise the limit on the bytes of a token"
        TokenMalformed "token_malformed"
            "the token is not three segments separated by dots"
            "send a JWS in compact serialization"
        Base64urlInvalid "base64url_invalid"
            "a segment of the token is not unpadded, canonical base64url"
            "send the token exactly as it was issued"
        HeaderTooLarge "header_too_large"
            "the token header is longer than the limit"
            "leave certificates and keys out of the header, or raise the limit on the bytes of a token header"
        HeaderMalformed "header_malformed"
            "the token header is not a JSON object with parameters of the right types"
            "have the issuer correct the header"
        DuplicateMember "duplicate_member"
            "a JSON object in the token names a member twice"
            "have the issuer name each member once"
        AlgNotAllowed "alg_not_allowed"
            "the token is not signed with RS256"
            "have the issuer sign with RS256"
        CritNotSupported "crit_not_supported"
            "the token demands an extension that is not supported"
            "have the issuer leave out `crit` and `b64`"
        TypMismatch "typ_mismatch"
            "the token is of another type than the policy expects"
            "send a token of the expected `typ`"
        KidMissing "kid_missing"
            "the token does not name its key"
            "have the issuer set `kid`, or allow tokens without it in the policy"
        KidMalformed "kid_malformed"
            "the `kid` of the token is not a string"
            "have the issuer set `kid` to the name of the key"
        KeySetExpired "key_set_expired"
            "the key set has expired"
            "fetch the current key set"
        KidUnknown "kid_unknown"
            "the token names a key that is not in the key set"
            "refresh the key set, and check that the token is from the expected issuer"
        KeyRetired "key_retired"
            "the token was signed with a key that has been retired"
            "get a new token"
        KeyRevoked "key_revoked"
            "the token was signed with a key that has been revoked"
            "get a new token"
        SignatureInvalid "signature_invalid"
            "the signature does not match the token"
            "send the token exactly as it was issued"
        ClaimsMalformed "claims_malformed"
            "the claims are not a JSON object"
            "have the issuer send the claims as a JSON object in UTF-8"
        ClaimMalformed "claim_malformed"
            "a claim has the wrong type"
            "have the issuer correct the claim"
        ClaimMissing "claim_missing"
            "a required claim is missing"
            "have the issuer set the claim, or lift the requirement in the policy"
        TokenExpired "token_expired"
            "the token has expired"
            "get a new token"
        TokenNotYetValid "token_not_yet_valid"
            "the token is not valid yet"
            "wait, and check the clocks of issuer and verifier"
        TokenTooOld "token_too_old"
            "the token was issued longer ago than the policy allows"
            "get a new token"
        IssuerMismatch "issuer_mismatch"
            "the token is from another issuer"
            "send a token of the expected issuer"
        AudienceMismatch "audience_mismatch"
            "the token is meant for another audience"
            "get a token for this audience"
        IssuedBeforeEpoch "issued_before_epoch"
            "the token was issued before the instant from which the issuer honours tokens"
            "get a new token"
        TokenRevoked "token_revoked"
            "the token has been revoked"
            "get a new token"
        SessionRevoked "session_revoked"
            "the session of the token has been revoked"
            "sign in again"
        RevocationUnconfirmed "revocation_unconfirmed"
            "a filter says that the token may have been revoked, and the exact list was not asked"
            "try again, or ask the list that the filter names"
    }
}

/// What is wrong with the claim or header parameter that a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It is not there.
    Missing,
    /// It is there and well formed, and its value is refused.
    Mismatch,
    /// It is of the wrong type.
    Malformed,
}

impl Reason {
    /// The stable name, the same at every door.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Mismatch => "mismatch",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A token is refused.
///
/// Carries nothing from the token, so that it can be logged and sent to the client: the code, and for a refusal about
/// a claim the claim's name as the policy or the standard spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidationError {
    code: Code,
    claim: Option<Cow<'static, str>>,
    reason: Option<Reason>,
}

impl ValidationError {
    /// The stable code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The name of the claim that the refusal is about.
    pub fn claim(&self) -> Option<&str> {
        self.claim.as_deref()
    }

    /// What is wrong with the claim, or with the header parameter that the code names.
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// A JSON object with the members `code`, `claim`, `reason` and `message`; what does not apply is `null`.
    pub fn to_json(&self) -> String {
        let reason = self.reason.map(Reason::as_str);
        let message = self.to_string();
        let members = [
            ("code", Some(self.code.as_str())),
            ("claim", self.claim()),
            ("reason", reason),
            ("message", Some(message.as_str())),
        ];
        json::object_of_strings(&members)
    }

    pub(crate) fn claim_malformed(claim: &'static str) -> Self {
        Self::about(Code::ClaimMalformed, claim, Reason::Malformed)
    }

    pub(crate) fn claim_missing(claim: impl Into<Cow<'static, str>>) -> Self {
        Self::about(Code::ClaimMissing, claim, Reason::Missing)
    }

    pub(crate) fn claim_mismatch(code: Code, claim: &'static str) -> Self {
        Self::about(code, claim, Reason::Mismatch)
    }

    pub(crate) fn header_parameter(code: Code, reason: Reason) -> Self {
        Self { code, claim: None, reason: Some(reason) }
    }

    fn about(code: Code, claim: impl Into<Cow<'static, str>>, reason: Reason) -> Self {
        Self { code, claim: Some(claim.into()), reason: Some(reason) }
    }
}

impl From<Code> for ValidationError {
    fn from(code: Code) -> Self {
        Self { code, claim: None, reason: None }
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Piece by piece, because the machinery behind `write!` is kilobytes of WASM.
        f.write_str(self.code.description())?;
        if let Some(claim) = &self.claim {
            f.write_str(" (claim `")?;
            f.write_str(claim)?;
            f.write_str("`)")?;
        }
        f.write_str("; ")?;
        f.write_str(self.code.remedy())
    }
}

impl core::error::Error for ValidationError {}
