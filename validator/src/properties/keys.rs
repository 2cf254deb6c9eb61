use crate::{
    key::PublicKey,
    key_set::KeySet,
    limits::{Exponents, Limits},
};

/// Sets may have any exponent that can be allowed, so that more of them get through.
fn limits() -> Limits {
    Limits::default().with_exponents(Exponents::OddUpTo33Bits)
}

/// The keys of a set are sound and have names of their own, and the plain form of the set is the same set.
pub fn key_set(jwks: &[u8]) {
    let Ok(key_set) = KeySet::from_jwks(jwks, &limits()) else { return };
    key_set.keys().iter().for_each(is_sound);
    let mut kids: Vec<_> = key_set.kids().collect();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), key_set.len());
    let again = KeySet::from_jwks(key_set.to_jwks().as_bytes(), &limits());
    assert!(again.is_ok_and(|again| again.keys() == key_set.keys()));
}

/// A key on its own is judged as it is in a set, and has the same thumbprint however it is given.
pub fn jwk(jwk: &[u8]) {
    let key = PublicKey::from_jwk(jwk, &limits());
    let in_a_set = [&b"{\"keys\":["[..], jwk, b"]}"].concat();
    let in_a_set = KeySet::from_jwks(&in_a_set, &limits());
    let Ok(key) = key else { return };
    assert!(in_a_set.is_ok_and(|set| set.keys() == [key.clone()]));
    is_sound(&key);
}

/// A key in PEM is sound, and its block alone, with other line ends and within white space, is the same key.
pub fn pem(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    let Ok(key_set) = KeySet::from_pem(&[text], &limits()) else { return };
    key_set.keys().iter().for_each(is_sound);
    let spaced = format!(" \r\n{}\n\t", text.replace('\n', "\r\n"));
    let again = KeySet::from_pem(&[spaced], &limits());
    assert!(again.is_ok_and(|again| again.keys() == key_set.keys()));
    assert!(KeySet::from_pem(&[[text.trim_ascii_end(), "x"].concat()], &limits()).is_err());
}

fn is_sound(key: &PublicKey) {
    let (n, e) = (key.modulus(), key.exponent());
    assert!((2048..=8192).contains(&key.bits()) && key.bits().div_ceil(8) == n.len());
    assert!(n.last().is_some_and(|last| last % 2 == 1) && e.last().is_some_and(|last| last % 2 == 1));
    assert!(n.first() != Some(&0) && e.first() != Some(&0) && e != [1] && e.len() <= 5);
    let again = PublicKey::from_components(n, e, &limits());
    assert!(again.is_ok_and(|again| again.kid() == key.thumbprint()));
    // Zero is never a signature, and to ask prepares the key.
    assert!(key.verify(b"", &vec![0; n.len()]).is_err());
}
