//! Signed checkpoints of the audit log, in the shape of C2SP's tlog-checkpoint and signed-note, so that its tools and
//! witnesses can read them: a text of four lines (origin, size, Merkle root, and when it was signed, which is an extension
//! line), a blank line, and a signature line.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::SigningError;
use crate::domain::{SecretBytes, Timestamp};

/// Ed25519, in key hashes and encoded keys (C2SP signed-note).
const ED25519_TYPE: u8 = 1;
const HASH_BYTES: usize = 4;

/// How far a log had come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The root of the Merkle tree over them (RFC 6962).
    pub root: [u8; 32],
    /// When it was signed: everything that it covers had been written by then. Absent in those from before it was written down.
    pub signed_at: Option<Timestamp>,
}

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCheckpoint {
    /// Not the text of a checkpoint.
    #[error("it is no checkpoint: three or four lines, a blank one, and a signature line")]
    Malformed,
    /// No signature of this key.
    #[error("it carries no signature of the key that it is to be verified with")]
    AnotherKey,
    /// The signature does not fit.
    #[error("its signature does not fit: it was changed, or made by somebody else")]
    Signature,
}

/// The text is no verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a verifier key is written like `name+1a2b3c4d+AbCd…=`, as `keystile audit key` prints it")]
pub struct NotAVerifier;

/// What checkpoints are verified with: `name+hash+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointVerifier {
    name: String,
    key: [u8; 32],
}

/// The key that signs checkpoints, and nothing else.
pub struct CheckpointKey(Ed25519KeyPair);

impl Checkpoint {
    fn body(&self) -> String {
        let time = self.signed_at.map(|at| format!("time {}\n", at.as_secs())).unwrap_or_default();
        format!("{}\n{}\n{}\n{time}", self.origin, self.size, STANDARD.encode(self.root))
    }

    fn from_body(body: &str) -> Option<Self> {
        let mut lines = body.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: STANDARD.decode(root).ok()?.try_into().ok()?,
            signed_at: lines
                .next()
                .and_then(|line| line.strip_prefix("time ")?.parse().ok())
                .map(Timestamp::from_secs),
        };
        // Written again, it is the same: no second spelling is signed.
        (checkpoint.body() == body && !origin.is_empty()).then_some(checkpoint)
    }
}

impl CheckpointKey {
    /// A new one.
    pub fn generate() -> Result<Self, SigningError> {
        Ed25519KeyPair::generate().map(Self).map_err(|_| SigningError::Library("generate a key"))
    }

    /// Reads what [`to_pkcs8`](Self::to_pkcs8) made for the seal.
    pub fn from_pkcs8(der: &SecretBytes) -> Result<Self, SigningError> {
        Ed25519KeyPair::from_pkcs8(der.reveal()).map(Self).map_err(|_| SigningError::PrivateKeyUnreadable)
    }

    /// The key, to be sealed.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, SigningError> {
        let der = self.0.to_pkcs8().map_err(|_| SigningError::Library("write a private key"))?;
        Ok(SecretBytes::new(der.as_ref().to_vec()))
    }

    /// What its signatures are verified with, under the name of the log.
    pub fn verifier(&self, name: &str) -> Result<CheckpointVerifier, SigningError> {
        let key = self.0.public_key().as_ref().try_into();
        let key = key.map_err(|_| SigningError::Library("write a public key"))?;
        Ok(CheckpointVerifier { name: name.to_owned(), key })
    }

    /// The signed note.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String, SigningError> {
        let verifier = self.verifier(&checkpoint.origin)?;
        let body = checkpoint.body();
        let signature = self.0.sign(body.as_bytes());
        let signed = [verifier.hash().as_slice(), signature.as_ref()].concat();
        Ok(format!("{body}\n\u{2014} {} {}\n", verifier.name, STANDARD.encode(signed)))
    }
}

impl CheckpointVerifier {
    /// Reads `name+hash+key`.
    pub fn parse(text: &str) -> Result<Self, NotAVerifier> {
        let (rest, key) = text.split_at_checked(text.find('+').unwrap_or(0)).ok_or(NotAVerifier)?;
        let (name, (hash, encoded)) =
            (rest, key.strip_prefix('+').and_then(|it| it.split_once('+')).ok_or(NotAVerifier)?);
        let bytes = STANDARD.decode(encoded).map_err(|_| NotAVerifier)?;
        let (kind, key) = bytes.split_first().ok_or(NotAVerifier)?;
        let key = key.try_into().map_err(|_| NotAVerifier)?;
        let verifier = Self { name: name.to_owned(), key };
        let fits = *kind == ED25519_TYPE && verifier.hash_in_hex() == hash && !name.is_empty();
        if fits { Ok(verifier) } else { Err(NotAVerifier) }
    }

    /// `name+hash+key`, to be kept where the server cannot reach it.
    pub fn to_text(&self) -> String {
        let key = [&[ED25519_TYPE], self.key.as_slice()].concat();
        format!("{}+{}+{}", self.name, self.hash_in_hex(), STANDARD.encode(key))
    }

    /// The name of the log that it verifies.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the checkpoint only if this key has signed it.
    pub fn open(&self, note: &str) -> Result<Checkpoint, BadCheckpoint> {
        // A signature line never contains a blank one, so the last is where the text ends.
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(BadCheckpoint::Malformed)?;
        let body = format!("{text}\n");
        let checkpoint = Checkpoint::from_body(&body).ok_or(BadCheckpoint::Malformed)?;
        if checkpoint.origin != self.name || !signatures.ends_with('\n') {
            return Err(BadCheckpoint::Malformed);
        }
        let signature = signatures.lines().find_map(|line| self.own_signature(line));
        UnparsedPublicKey::new(&ED25519, self.key)
            .verify(body.as_bytes(), &signature.ok_or(BadCheckpoint::AnotherKey)?)
            .map(|()| checkpoint)
            .map_err(|_| BadCheckpoint::Signature)
    }

    fn own_signature(&self, line: &str) -> Option<Vec<u8>> {
        let (name, signed) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let signed = STANDARD.decode(signed).ok()?;
        let (hash, signature) = signed.split_at_checked(HASH_BYTES)?;
        (name == self.name && hash == self.hash()).then(|| signature.to_vec())
    }

    /// The first bytes of SHA-256 over name, line break, type and key.
    fn hash(&self) -> Vec<u8> {
        let named = [self.name.as_bytes(), b"\n", &[ED25519_TYPE], &self.key].concat();
        digest(&SHA256, &named).as_ref().iter().take(HASH_BYTES).copied().collect()
    }

    fn hash_in_hex(&self) -> String {
        self.hash().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> (CheckpointVerifier, String, Checkpoint) {
        let key = CheckpointKey::generate().unwrap();
        let signed_at = Some(Timestamp::from_secs(1_700_000_000));
        let checkpoint = Checkpoint { origin: "log.example/a".to_owned(), size: 7, root: [3; 32], signed_at };
        let note = key.sign(&checkpoint).unwrap();
        (key.verifier("log.example/a").unwrap(), note, checkpoint)
    }

    #[test]
    fn what_was_signed_is_believed_under_the_key_that_was_kept() {
        let (verifier, note, checkpoint) = signed();
        let kept = CheckpointVerifier::parse(&verifier.to_text()).unwrap();
        assert_eq!(kept.open(&note), Ok(checkpoint));
    }

    #[test]
    fn one_that_does_not_say_when_it_was_signed_is_believed_all_the_same() {
        let key = CheckpointKey::generate().unwrap();
        let checkpoint = Checkpoint { signed_at: None, ..signed().2 };
        let note = key.sign(&checkpoint).unwrap();
        assert_eq!(key.verifier("log.example/a").unwrap().open(&note), Ok(checkpoint));
    }

    #[test]
    fn one_changed_bit_anywhere_is_not_believed() {
        let (verifier, note, _) = signed();
        for position in 0..note.len() * 8 {
            let mut bytes = note.clone().into_bytes();
            bytes[position / 8] ^= 1 << (position % 8);
            if let Ok(changed) = String::from_utf8(bytes) {
                assert!(verifier.open(&changed).is_err(), "bit {position}");
            }
        }
    }

    #[test]
    fn another_key_of_the_same_name_is_told_apart() {
        let ((verifier, _, _), (_, note, _)) = (signed(), signed());
        assert_eq!(verifier.open(&note), Err(BadCheckpoint::AnotherKey));
    }

    #[test]
    fn a_changed_verifier_key_is_none() {
        let text = signed().0.to_text();
        for position in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[position / 8] ^= 1 << (position % 8);
            if let Ok(changed) = String::from_utf8(bytes) {
                assert_eq!(CheckpointVerifier::parse(&changed), Err(NotAVerifier), "bit {position}");
            }
        }
    }
}
