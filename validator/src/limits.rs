//! Every bound on what comes from outside, with its reason.

use alloc::string::ToString;
use core::fmt;

/// Which public exponents a key may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exponents {
    /// 65537 and nothing else. WebCrypto implementations differ on all others, so that a key with another exponent
    /// would make one token valid here and invalid there.
    #[default]
    F4,
    /// Any odd exponent from 3 to 2^33 - 1, the range that common libraries can represent.
    OddUpTo33Bits,
}

/// Bounds on hostile input. The defaults are meant to be kept.
///
/// ```
/// use keystile_validator::Limits;
///
/// let limits = Limits::default().with_token_bytes(32 * 1024)?;
/// assert_eq!(limits.token_bytes(), 32 * 1024);
/// assert!(Limits::default().with_token_bytes(1 << 20).is_err());
/// # Ok::<(), keystile_validator::LimitError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    token_bytes: usize,
    header_bytes: usize,
    json_depth: usize,
    key_set_bytes: usize,
    keys: usize,
    exponents: Exponents,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Servers commonly cap all request headers together at 8 to 16 KiB, so a longer token cannot have come in
            // through an ordinary request.
            token_bytes: 16 * 1024,
            // A header names an algorithm, a type and a key. A header with a whole certificate chain is longer, and
            // nothing in such a chain would be believed here.
            header_bytes: Self::DEFAULT_HEADER_BYTES,
            // The depth at which the common JSON readers stop (serde_json: 128).
            json_depth: Self::MAX_JSON_DEPTH,
            // A key of 2048 bits takes about 500 bytes of JSON, so that this is some 500 keys with their history.
            key_set_bytes: 256 * 1024,
            // More than any issuer has; reading a thousand keys costs less than a thousand verifications.
            keys: 1000,
            exponents: Exponents::F4,
        }
    }
}

/// A limit was set to zero or above what the validator is prepared to handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitError {
    limit: &'static str,
    max: usize,
}

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in ["the limit `", self.limit, "` must be from 1 to ", &self.max.to_string()] {
            f.write_str(part)?;
        }
        f.write_str("; choose a value in that range")
    }
}

impl core::error::Error for LimitError {}

impl Limits {
    /// The longest token that can be allowed: past it, decoding alone costs more than verifying a signature.
    pub const MAX_TOKEN_BYTES: usize = 64 * 1024;
    /// The deepest nesting that can be allowed: the reader recurses, and a WASM stack is small.
    pub const MAX_JSON_DEPTH: usize = 128;
    /// The largest key set that can be allowed. Edge stores hold more, but no isolate should re-read more every few
    /// seconds.
    pub const MAX_KEY_SET_BYTES: usize = 4 * 1024 * 1024;
    /// The most keys that can be allowed.
    pub const MAX_KEYS: usize = 10_000;

    /// The longest token header unless another is set. It fits on the stack.
    pub(crate) const DEFAULT_HEADER_BYTES: usize = 4 * 1024;

    /// The smallest RSA modulus, in bits (RFC 7518 section 3.3).
    pub const MIN_MODULUS_BITS: usize = 2048;
    /// The largest RSA modulus, in bits. The cost of a verification grows with the square.
    pub const MAX_MODULUS_BITS: usize = 8192;
    /// The longest `kid` of a key, in bytes. A thumbprint has 43.
    pub const MAX_KID_BYTES: usize = 256;
    /// The longest delegation, in bytes: one of a key of 8192 bits, signed with another, takes 5,000.
    pub const MAX_DELEGATION_BYTES: usize = 8 * 1024;
    /// How many revoked keys a reader remembers beyond the document that named them: a key a day for 27 years.
    pub const MAX_REVOKED_KIDS: usize = 10_000;
    /// How many filters of revoked tokens a set may name. A writer that merges them as they grow has six for a million
    /// tokens, and each costs a look-up per token.
    pub const MAX_FILTERS: usize = 16;
    /// How many tokens and sessions they may hold together: 23 MB of the 128 that an isolate has, twice while one set
    /// gives way to the next.
    pub const MAX_FILTERED: u32 = 10_000_000;
    /// The longest name of a filter, in bytes; edge stores take keys of 512, and the names of its lists are longer.
    pub const MAX_FILTER_NAME_BYTES: usize = 500;
    /// What a filter may take for each entry. It needs 2.25 bytes where there are many, and more where there are few.
    pub(crate) const MAX_FILTER_BYTES_PER_ENTRY: usize = 4;
    /// What a filter may take besides: the digests of its lists.
    pub(crate) const MAX_FILTER_BYTES_BESIDE_ENTRIES: usize = 256 * 1024;
    /// How many exact lists a filter may have: some 4,000 entries in each.
    pub(crate) const MAX_SHARDS: u32 = 4096;
    /// The longest exact list, in bytes. One of 4,000 entries has 64,000.
    pub const MAX_SHARD_BYTES: usize = 1024 * 1024;
    /// How many keys are tried for a token without `kid`, so that such a token cannot cost a verification per key.
    pub const KEYS_TRIED_WITHOUT_KID: usize = 4;

    /// Sets the longest token, in bytes.
    pub fn with_token_bytes(self, token_bytes: usize) -> Result<Self, LimitError> {
        Ok(Self { token_bytes: within("token_bytes", token_bytes, Self::MAX_TOKEN_BYTES)?, ..self })
    }

    /// Sets the longest token header, in decoded bytes.
    pub fn with_header_bytes(self, header_bytes: usize) -> Result<Self, LimitError> {
        Ok(Self { header_bytes: within("header_bytes", header_bytes, Self::MAX_TOKEN_BYTES)?, ..self })
    }

    /// Sets how deep objects and arrays may nest; the outermost object is 1.
    pub fn with_json_depth(self, json_depth: usize) -> Result<Self, LimitError> {
        Ok(Self { json_depth: within("json_depth", json_depth, Self::MAX_JSON_DEPTH)?, ..self })
    }

    /// Sets the largest key set, in bytes of its text, signed or not.
    pub fn with_key_set_bytes(self, key_set_bytes: usize) -> Result<Self, LimitError> {
        Ok(Self { key_set_bytes: within("key_set_bytes", key_set_bytes, Self::MAX_KEY_SET_BYTES)?, ..self })
    }

    /// Sets how many keys a set may list, usable or not.
    pub fn with_keys(self, keys: usize) -> Result<Self, LimitError> {
        Ok(Self { keys: within("keys", keys, Self::MAX_KEYS)?, ..self })
    }

    /// Sets which public exponents are allowed.
    pub fn with_exponents(self, exponents: Exponents) -> Self {
        Self { exponents, ..self }
    }

    /// The longest token, in bytes.
    pub fn token_bytes(&self) -> usize {
        self.token_bytes
    }

    /// The longest token header, in decoded bytes.
    pub fn header_bytes(&self) -> usize {
        self.header_bytes
    }

    /// How deep objects and arrays may nest.
    pub fn json_depth(&self) -> usize {
        self.json_depth
    }

    /// The largest key set, in bytes.
    pub fn key_set_bytes(&self) -> usize {
        self.key_set_bytes
    }

    /// How many keys a set may list.
    pub fn keys(&self) -> usize {
        self.keys
    }

    /// Which public exponents are allowed.
    pub fn exponents(&self) -> Exponents {
        self.exponents
    }
}

fn within(limit: &'static str, value: usize, max: usize) -> Result<usize, LimitError> {
    if (1..=max).contains(&value) { Ok(value) } else { Err(LimitError { limit, max }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_refused_above_its_hard_cap_and_at_zero() {
        let limits = Limits::default();
        assert!(limits.with_token_bytes(Limits::MAX_TOKEN_BYTES).is_ok());
        assert!(limits.with_token_bytes(Limits::MAX_TOKEN_BYTES + 1).is_err());
        assert!(limits.with_header_bytes(Limits::MAX_TOKEN_BYTES + 1).is_err());
        assert!(limits.with_json_depth(129).is_err());
        assert!(limits.with_key_set_bytes(Limits::MAX_KEY_SET_BYTES + 1).is_err());
        assert!(limits.with_keys(Limits::MAX_KEYS + 1).is_err());
        assert!(limits.with_keys(0).is_err());
    }

    #[test]
    fn a_refused_limit_says_what_is_allowed() {
        assert_eq!(
            Limits::default().with_json_depth(129).unwrap_err().to_string(),
            "the limit `json_depth` must be from 1 to 128; choose a value in that range"
        );
    }
}
