//! Every refusal of a key or a key set, spelled once.

use alloc::{string::String, string::ToString};
use core::fmt;

use crate::{error::refusals, json};

refusals! {
    /// Why a key set is refused. The names are stable; new ones may be added.
    KeySetCode {
        KeySetTooLarge "key_set_too_large"
            "the key set is longer than the limit"
            "remove keys that are no longer used, or raise the limit on the bytes of a key set"
        KeySetMalformed "key_set_malformed"
            "the key set is not a JSON object with a list of keys"
            "pass a JWK Set as RFC 7517 section 5 defines it"
        DuplicateMember "duplicate_member"
            "a JSON object in the key set names a member twice"
            "name each member once"
        TooManyKeys "too_many_keys"
            "the key set has more keys than the limit"
            "remove keys that are no longer used, or raise the limit `keys`"
        PemMalformed "pem_malformed"
            "the text is not an RSA public key in PEM"
            "pass a block `PUBLIC KEY` or `RSA PUBLIC KEY`, with its line breaks"
        PrivateKeyInSet "private_key_in_set"
            "the key set contains a private key"
            "pass public keys only, and replace the key, which may be known to others now"
        KeyMalformed "key_malformed"
            "a key is not well formed"
            "pass `n` and `e` in canonical base64url without leading zeros, and `kid` as a string of at most 256 bytes"
        KeyTooSmall "key_too_small"
            "a key has fewer than 2048 bits"
            "replace it by a key of 2048 bits or more"
        KeyTooLarge "key_too_large"
            "a key has more than 8192 bits"
            "replace it by a key of 8192 bits or fewer"
        ModulusEven "modulus_even"
            "the modulus of a key is even"
            "replace the key, which no RSA software can have made"
        ModulusWeak "modulus_weak"
            "the modulus of a key has a form that can be factored (ROCA, CVE-2017-15361)"
            "replace the key by one that other software or hardware has made"
        ExponentNotAllowed "exponent_not_allowed"
            "the public exponent of a key is not allowed"
            "replace it by a key with the exponent 65537, or allow other odd exponents in the limits"
        DuplicateKid "duplicate_kid"
            "two keys have the same `kid`"
            "give each key a `kid` of its own"
        NoUsableKey "no_usable_key"
            "the key set has no key that can verify RS256"
            "add an RSA key for signatures"
        RootKeysInvalid "root_keys_invalid"
            "the root keys are not one to four different RSA keys"
            "pass the public root keys as the server prints them"
        DocumentMalformed "document_malformed"
            "the signed key set is not well formed"
            "publish the key set with the server"
        DocumentAlgNotAllowed "document_alg_not_allowed"
            "the signed key set is not signed with RS256"
            "publish the key set with the server"
        DocumentTypMismatch "document_typ_mismatch"
            "the document is not a signed key set"
            "pass a document with the `typ` `jwk-set+jwt`"
        DocumentRootUnknown "document_root_unknown"
            "the signed key set is signed with a key that is not a known root"
            "add the new root to the configuration if it is yours"
        DocumentSignatureInvalid "document_signature_invalid"
            "the signature does not match the key set"
            "publish the key set again, and find out who changed it"
        DocumentFormatUnsupported "document_format_unsupported"
            "the signed key set uses a format that this version does not support"
            "update the validator"
        DocumentVersionAhead "document_version_ahead"
            "the version of the signed key set is higher than the number of seconds at which it was signed"
            "publish the key set with the server, and find out who signed this one"
        TooManyFilters "too_many_filters"
            "the signed key set names more filters of revoked tokens, or larger ones, than a reader takes"
            "raise an epoch in place of revoking so many tokens by name"
        SigningKeyInSet "signing_key_in_set"
            "a root or set-signing key is among the keys for tokens"
            "sign tokens with keys that sign nothing else"
        RevokedKeyInSet "revoked_key_in_set"
            "a key that was revoked is among the keys again"
            "leave the key out for good, and check that the server was not restored from an old backup"
        DelegationMalformed "delegation_malformed"
            "the delegation in the signed key set is not well formed"
            "have the root sign a delegation with `keystile`"
        DelegationSignatureInvalid "delegation_signature_invalid"
            "the signature does not match the delegation"
            "use the delegation as the root signed it"
        DelegationKeyMismatch "delegation_key_mismatch"
            "the signed key set is not signed with the key that its delegation names"
            "publish the key set with the server"
        DelegationIssuerMismatch "delegation_issuer_mismatch"
            "the delegation is for key sets of another issuer"
            "have the root sign a delegation for this issuer"
        DocumentIssuerMismatch "document_issuer_mismatch"
            "the signed key set is of another issuer"
            "read the key set of the configured issuer"
        DelegationNotYetValid "delegation_not_yet_valid"
            "the delegation does not hold yet"
            "check the clocks, or wait until it does"
        DelegationExpired "delegation_expired"
            "the delegation has expired"
            "have the root sign a new delegation, and publish again"
        DocumentNotYetValid "document_not_yet_valid"
            "the signed key set is dated in the future"
            "check the clocks of server and verifier"
        DocumentExpired "document_expired"
            "the signed key set has expired"
            "read the current key set, and check that the server publishes"
        DelegationWithdrawn "delegation_withdrawn"
            "the delegation has given way to one of a higher generation, or to another key of the same"
            "have the root sign a delegation of a higher generation, and find out who still uses this one"
        DocumentVersionRollback "document_version_rollback"
            "the signed key set is older than one already seen, or another of the same version"
            "publish the wanted content under a higher version"
        FilterMissing "filter_missing"
            "a filter of revoked tokens that the key set names was not given"
            "give every filter that it names, or read it again once the store has them"
        FilterTooLarge "filter_too_large"
            "a filter of revoked tokens, or one of its lists, is longer than it can be"
            "publish the key set again, and find out who changed the value"
        FilterDigestMismatch "filter_digest_mismatch"
            "a filter of revoked tokens, or one of its lists, is not the one that is named"
            "publish the key set again, and find out who changed the value"
        FilterMalformed "filter_malformed"
            "a filter of revoked tokens, or one of its lists, is not well formed"
            "publish the key set with the server"
    }
}

/// A key or a key set is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySetError {
    code: KeySetCode,
    key_index: Option<usize>,
}

impl KeySetError {
    /// The stable code.
    pub fn code(&self) -> KeySetCode {
        self.code
    }

    /// The position, from 0, of the key that the refusal is about.
    pub fn key_index(&self) -> Option<usize> {
        self.key_index
    }

    /// A JSON object with the members `code` and `message`.
    pub fn to_json(&self) -> String {
        let message = self.to_string();
        json::object_of_strings(&[("code", Some(self.code.as_str())), ("message", Some(&message))])
    }

    pub(crate) fn at_key(self, index: usize) -> Self {
        Self { key_index: Some(index), ..self }
    }
}

impl From<KeySetCode> for KeySetError {
    fn from(code: KeySetCode) -> Self {
        Self { code, key_index: None }
    }
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.description())?;
        if let Some(index) = self.key_index {
            f.write_str(" (key ")?;
            f.write_str(&index.to_string())?;
            f.write_str(", counted from 0)")?;
        }
        f.write_str("; ")?;
        f.write_str(self.code.remedy())
    }
}

impl core::error::Error for KeySetError {}
