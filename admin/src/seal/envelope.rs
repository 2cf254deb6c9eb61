use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use zeroize::{Zeroize, Zeroizing};

use crate::domain::SecretBytes;
use crate::seal::SealError;

/// What a sealed secret is and whose. The same three must be given to open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// What the secret is for, such as `token-key` or `root-key`.
    pub purpose: &'a str,
    /// Whose it is: the issuer id.
    pub owner: &'a str,
    /// Which one: the kid.
    pub name: &'a str,
}

impl SealContext<'_> {
    /// Each part is preceded by its length, so that no two contexts have the same bytes.
    fn bytes(&self, layer: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [layer, self.purpose, self.owner, self.name] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// A secret as it may lie in a database. Each part is nonce, ciphertext and tag in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The data key, under the master key.
    pub wrapped_key: Vec<u8>,
    /// The secret, under the data key.
    pub ciphertext: Vec<u8>,
}

/// Encrypts `plaintext` under `key`, for this layer of this context.
pub(super) fn encrypt(
    key: &[u8],
    layer: &str,
    context: &SealContext<'_>,
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    without_traces(|| encrypted(key, layer, context, plaintext))
}

/// Decrypts what [`encrypt`] made of the same key, layer and context.
pub(super) fn decrypt(
    key: &[u8],
    layer: &str,
    context: &SealContext<'_>,
    message: &[u8],
) -> Result<SecretBytes, SealError> {
    without_traces(|| decrypted(key, layer, context, message))
}

/// Does something with a key, and then wipes the stack below: a cipher that is moved leaves its key behind in each place where
/// it was.
#[inline(never)]
pub(super) fn without_traces<T>(work: impl FnOnce() -> T) -> T {
    let done = work();
    wipe_stack();
    done
}

/// Far deeper than a cipher goes, and a hundredth of a thread's stack.
#[inline(never)]
fn wipe_stack() {
    let mut below = [0_u8; 24 * 1024];
    below.zeroize();
    std::hint::black_box(&below);
}

#[inline(never)]
fn encrypted(
    key: &[u8],
    layer: &str,
    context: &SealContext<'_>,
    plaintext: &[u8],
) -> Result<Vec<u8>, SealError> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| SealError::MasterKeyMalformed)?;
    let mut in_out = plaintext.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(context.bytes(layer)), &mut in_out)
        .map_err(|_| SealError::Randomness)?;
    Ok([nonce.as_ref().as_slice(), &in_out].concat())
}

#[inline(never)]
fn decrypted(
    key: &[u8],
    layer: &str,
    context: &SealContext<'_>,
    message: &[u8],
) -> Result<SecretBytes, SealError> {
    let key = RandomizedNonceKey::new(&AES_256_GCM, key).map_err(|_| SealError::MasterKeyMalformed)?;
    let (nonce, body) = message.split_at_checked(NONCE_LEN).ok_or(SealError::DoesNotOpen)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::DoesNotOpen)?;
    // The buffer holds the plaintext behind the ciphertext's length; `SecretBytes` wipes all of it.
    let mut in_out = Zeroizing::new(body.to_vec());
    let plaintext = key
        .open_in_place(nonce, Aad::from(context.bytes(layer)), &mut in_out)
        .map_err(|_| SealError::DoesNotOpen)?;
    Ok(SecretBytes::new(plaintext.to_vec()))
}
