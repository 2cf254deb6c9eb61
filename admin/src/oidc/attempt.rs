//! One try to sign in, from the button to the provider and back.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::domain::{SecretText, Timestamp};

/// So long a person has at the provider: time for a password, a second factor, and one that was mislaid.
pub const LASTS_SECS: u64 = 600;
const SECRET_BYTES: usize = 32;

/// A try to sign in. It is a secret and an instant, kept in a cookie and nowhere else: beginning one writes nothing here, so
/// that nobody fills the database from outside.
///
/// `state`, `nonce` and the verifier of PKCE are derived from both. So another browser knows none of them, and whoever sets
/// the instant of a cookie back has other ones than the provider was told.
pub struct Attempt {
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    began_at: Timestamp,
}

impl Attempt {
    /// A try that begins now, with a secret that is drawn for it.
    pub fn begin(secret: [u8; SECRET_BYTES], now: Timestamp) -> Self {
        Self { secret: Zeroizing::new(secret), began_at: now }
    }

    /// Reads the value of the cookie.
    pub fn from_cookie(value: &str) -> Option<Self> {
        let (began_at, secret) = value.split_once('.')?;
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        let read = URL_SAFE_NO_PAD.decode_slice(secret, bytes.as_mut_slice()).ok()?;
        let began_at = began_at.parse().map(Timestamp::from_secs).ok()?;
        (read == SECRET_BYTES).then_some(Self { secret: bytes, began_at })
    }

    /// The value of the cookie.
    pub fn to_cookie(&self) -> SecretText {
        let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.secret.as_slice()));
        SecretText::new(format!("{}.{}", self.began_at.as_secs(), *secret))
    }

    /// Whether it may still be finished. One that begins in the future was made by nobody.
    pub fn is_in_time(&self, now: Timestamp) -> bool {
        self.began_at <= now && now.since(self.began_at) < LASTS_SECS
    }

    /// What the answer must bring back (RFC 6749, 10.12).
    pub fn state(&self) -> String {
        self.derive("state")
    }

    /// Whether the answer brings it back.
    pub fn has_state(&self, state: &str) -> bool {
        verify_slices_are_equal(self.state().as_bytes(), state.as_bytes()).is_ok()
    }

    /// What the ID token must name (OpenID Connect Core, 3.1.2.1).
    pub fn nonce(&self) -> String {
        self.derive("nonce")
    }

    /// What shows the provider that whoever exchanges the code has begun (RFC 7636, 4.1): 43 characters.
    pub fn verifier(&self) -> SecretText {
        SecretText::new(self.derive("verifier"))
    }

    /// Its SHA-256, which the provider is told before (RFC 7636, 4.2).
    pub fn challenge(&self) -> String {
        challenge_of(self.verifier().reveal())
    }

    /// By what it is remembered once it has led to a session.
    pub fn mark(&self) -> Vec<u8> {
        digest(&SHA256, self.state().as_bytes()).as_ref().to_vec()
    }

    /// HMAC is a pseudorandom function: one of these tells nothing of the others.
    fn derive(&self, what: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_slice());
        let text = format!("keystile sign-in {what} {}", self.began_at.as_secs());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()))
    }
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn attempt() -> Attempt {
        Attempt::begin([7; SECRET_BYTES], NOW)
    }

    #[test]
    fn a_cookie_brings_the_same_attempt_back() {
        let attempt = attempt();
        let again = Attempt::from_cookie(attempt.to_cookie().reveal()).unwrap();
        assert!(again.has_state(&attempt.state()));
        assert_eq!((again.nonce(), again.mark()), (attempt.nonce(), attempt.mark()));
        assert_eq!(again.verifier().reveal(), attempt.verifier().reveal());
    }

    #[test]
    fn what_is_no_cookie_of_ours_is_no_attempt() {
        let whole = attempt().to_cookie().reveal().to_owned();
        let short = &whole[..whole.len() - 2];
        let long = format!("{whole}AA");
        for value in ["", ".", "1", "1.", "x.AAAA", "-1.AAAA", "1.ä", short, &long] {
            assert!(Attempt::from_cookie(value).is_none(), "{value}");
        }
    }

    #[test]
    fn its_four_values_differ_and_tell_nothing_of_each_other() {
        let attempt = attempt();
        let values =
            [attempt.state(), attempt.nonce(), attempt.verifier().reveal().to_owned(), attempt.challenge()];
        for (at, value) in values.iter().enumerate() {
            assert_eq!(value.len(), 43);
            assert!(values.iter().skip(at + 1).all(|other| other != value));
        }
    }

    #[test]
    fn whoever_sets_the_instant_of_a_cookie_back_has_another_state() {
        let attempt = attempt();
        let cookie = attempt.to_cookie();
        let (_, secret) = cookie.reveal().split_once('.').unwrap();
        let later = Attempt::from_cookie(&format!("{}.{secret}", NOW.as_secs() + LASTS_SECS)).unwrap();
        assert!(!later.has_state(&attempt.state()));
        assert_ne!(later.nonce(), attempt.nonce());
    }

    #[test]
    fn it_ends_after_ten_minutes_and_none_begins_in_the_future() {
        let attempt = attempt();
        assert!(attempt.is_in_time(NOW.plus(LASTS_SECS - 1)));
        assert!(!attempt.is_in_time(NOW.plus(LASTS_SECS)));
        assert!(!attempt.is_in_time(Timestamp::from_secs(NOW.as_secs() - 1)));
    }

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        // Appendix B.
        let challenge = challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
