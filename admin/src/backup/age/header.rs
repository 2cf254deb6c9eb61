//! The header: the file key, wrapped for each recipient, and a MAC over all of that.

use std::io::Read;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, UnparsedPublicKey, X25519};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::{AgeError, FileKey, Identity, Recipient, derive};

const VERSION: &str = "age-encryption.org/v1\n";
const STANZA: &str = "-> X25519 ";
const WRAP: &str = "age-encryption.org/v1/X25519";
const MAC: &str = "header";
/// Some thousand recipients; what is longer was made to waste memory.
const LONGEST: usize = 1024 * 1024;

pub(super) fn write(file_key: &FileKey, recipients: &[Recipient]) -> Result<Vec<u8>, AgeError> {
    let mut header = VERSION.to_owned();
    for recipient in recipients {
        let (share, body) = wrap(file_key, recipient)?;
        header.push_str(&format!(
            "{STANZA}{}\n{}\n",
            STANDARD_NO_PAD.encode(share),
            STANDARD_NO_PAD.encode(body)
        ));
    }
    header.push_str("---");
    let mac = hmac::sign(&mac_key(file_key)?, header.as_bytes());
    header.push_str(&format!(" {}\n", STANDARD_NO_PAD.encode(mac.as_ref())));
    Ok(header.into_bytes())
}

/// The file key, if a stanza is for this identity and the header is the one that was written.
pub(super) fn read(identity: &Identity, from: &mut impl Read) -> Result<FileKey, AgeError> {
    let mut header = String::new();
    if line(from, &mut header)? != VERSION {
        return Err(AgeError::Malformed);
    }
    let mut found = None;
    let mac = loop {
        let start = line(from, &mut header)?;
        if let Some(mac) = start.strip_prefix("--- ") {
            break decoded(mac.trim_end_matches('\n'))?;
        }
        let is_ours = start.starts_with(STANZA);
        let body = stanza_body(from, &mut header)?;
        if is_ours && found.is_none() {
            let share = decoded(start.trim_end().trim_start_matches(STANZA))?;
            found = unwrap(identity, &share, &decoded(&body)?)?;
        }
    };
    let file_key = found.ok_or(AgeError::AnotherRecipient)?;
    // The MAC covers everything up to the three hyphens.
    let covered = header.rfind("--- ").and_then(|end| header.get(..end + 3)).ok_or(AgeError::Malformed)?;
    hmac::verify(&mac_key(&file_key)?, covered.as_bytes(), &mac).map_err(|_| AgeError::Changed)?;
    Ok(file_key)
}

/// The lines of a stanza's body: it ends with one of fewer than 64 columns.
fn stanza_body(from: &mut impl Read, header: &mut String) -> Result<String, AgeError> {
    let mut body = String::new();
    loop {
        let line = line(from, header)?;
        let line = line.trim_end_matches('\n');
        body.push_str(line);
        if line.len() < 64 {
            return Ok(body);
        }
    }
}

/// Reads byte by byte, because what follows the header is not ours to take.
fn line(from: &mut impl Read, header: &mut String) -> Result<String, AgeError> {
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        let mut byte = [0];
        if from.read(&mut byte)? == 0 || header.len() + line.len() >= LONGEST {
            return Err(AgeError::Malformed);
        }
        line.extend(byte);
    }
    let line = String::from_utf8(line).map_err(|_| AgeError::Malformed)?;
    header.push_str(&line);
    Ok(line)
}

fn decoded(text: &str) -> Result<Vec<u8>, AgeError> {
    STANDARD_NO_PAD.decode(text).map_err(|_| AgeError::Malformed)
}

fn mac_key(file_key: &FileKey) -> Result<hmac::Key, AgeError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, derive(file_key.as_slice(), &[], MAC)?.as_slice()))
}

/// The ephemeral share and the wrapped file key.
fn wrap(file_key: &FileKey, recipient: &Recipient) -> Result<(Vec<u8>, Vec<u8>), AgeError> {
    let ephemeral = Identity::generate()?;
    let share = ephemeral.recipient()?.0;
    let key = wrapping_key(&ephemeral, &recipient.0, &share, &recipient.0)?;
    let mut body = file_key.to_vec();
    key.seal_in_place_append_tag(zero_nonce(), Aad::empty(), &mut body).map_err(|_| AgeError::Library)?;
    Ok((share.to_vec(), body))
}

/// `None` where the stanza is for somebody else.
fn unwrap(identity: &Identity, share: &[u8], body: &[u8]) -> Result<Option<FileKey>, AgeError> {
    if share.len() != 32 || body.len() != 32 {
        return Err(AgeError::Malformed);
    }
    let key = wrapping_key(identity, share, share, &identity.recipient()?.0)?;
    let mut body = Zeroizing::new(body.to_vec());
    let Ok(opened) = key.open_in_place(zero_nonce(), Aad::empty(), &mut body) else { return Ok(None) };
    let file_key = (&*opened).try_into().map_err(|_| AgeError::Malformed)?;
    Ok(Some(Zeroizing::new(file_key)))
}

fn wrapping_key(
    ours: &Identity,
    theirs: &[u8],
    share: &[u8],
    recipient: &[u8],
) -> Result<LessSafeKey, AgeError> {
    let salt = [share, recipient].concat();
    let peer = UnparsedPublicKey::new(&X25519, theirs);
    // A share of low order is refused by the library.
    let key =
        agreement::agree(&ours.private()?, peer, AgeError::Malformed, |shared| derive(shared, &salt, WRAP))?;
    UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).map(LessSafeKey::new).map_err(|_| AgeError::Library)
}

/// Each wrapping key encrypts one message in its life.
fn zero_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}
