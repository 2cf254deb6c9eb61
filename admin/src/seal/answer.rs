//! Answers that are kept for whoever asked: under a key that follows from their credential, of which this server keeps
//! only a hash. So nobody reads them in the database, a minted token among them.

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use zeroize::Zeroizing;

use super::SealError;
use super::envelope::{SealContext, decrypt, encrypt};
use crate::domain::SecretBytes;

const LAYER: &str = "answer";
const SALT: &[u8] = b"keystile answers kept for their caller";

/// Seals an answer for the holder of `credential`, which must be a random secret of 256 bits.
pub fn seal_answer(credential: &str, name: &str, answer: &[u8]) -> Result<Vec<u8>, SealError> {
    encrypt(&*key(credential)?, LAYER, &context(name), answer)
}

/// Opens what [`seal_answer`] made of the same credential and name.
pub fn open_answer(credential: &str, name: &str, sealed: &[u8]) -> Result<SecretBytes, SealError> {
    decrypt(&*key(credential)?, LAYER, &context(name), sealed)
}

fn context(name: &str) -> SealContext<'_> {
    SealContext { purpose: "idempotent-answer", owner: "", name }
}

/// HKDF (RFC 5869): extract, then expand to the 256 bits of an AES key.
fn key(credential: &str) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let mut key = Zeroizing::new([0; 32]);
    let secret = Salt::new(HKDF_SHA256, SALT).extract(credential.as_bytes());
    let info = [LAYER.as_bytes()];
    let expanded = secret.expand(&info, HKDF_SHA256).map_err(|_| SealError::Randomness)?;
    expanded.fill(key.as_mut_slice()).map_err(|_| SealError::Randomness)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_opens_for_its_caller_and_under_its_name_alone() {
        let sealed = seal_answer("ks_one", "key", b"the answer").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"answer"));
        assert_eq!(open_answer("ks_one", "key", &sealed).unwrap().reveal(), b"the answer");
        assert_eq!(open_answer("ks_two", "key", &sealed).err(), Some(SealError::DoesNotOpen));
        assert_eq!(open_answer("ks_one", "other", &sealed).err(), Some(SealError::DoesNotOpen));
    }
}
