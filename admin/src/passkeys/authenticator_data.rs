//! What the authenticator says and signs (6.1).

use super::{LONGEST_CREDENTIAL_ID, PasskeyError, RelyingParty, cbor};

const USER_PRESENT: u8 = 1 << 0;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

const CUT_SHORT: PasskeyError = PasskeyError::Malformed("the authenticator's data is cut short or too long");

/// The data, of which nothing is left over.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    rp_id_hash: &'a [u8],
    flags: u8,
    /// How often it was used, where the authenticator counts; otherwise 0.
    pub(super) counter: u32,
    /// The passkey, where one was made.
    pub(super) made: Option<MadeCredential<'a>>,
}

/// A passkey that was just made.
#[derive(Debug)]
pub(super) struct MadeCredential<'a> {
    pub(super) id: &'a [u8],
    /// A COSE_Key, as it came.
    pub(super) public_key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PasskeyError> {
        let (rp_id_hash, rest) = bytes.split_at_checked(32).ok_or(CUT_SHORT)?;
        let (&flags, rest) = rest.split_first().ok_or(CUT_SHORT)?;
        let (&counter, rest) = rest.split_first_chunk::<4>().ok_or(CUT_SHORT)?;
        let (made, rest) = match flags & HAS_CREDENTIAL {
            0 => (None, rest),
            _ => MadeCredential::read(rest).map(|(made, rest)| (Some(made), rest))?,
        };
        // No extension is asked for. What comes unasked is well formed and ignored (7.1, 7.2: "ignore the unsolicited").
        let rest = match flags & HAS_EXTENSIONS {
            0 => rest,
            _ => cbor::map(rest)?.1,
        };
        if !rest.is_empty() {
            return Err(CUT_SHORT);
        }
        Ok(Self { rp_id_hash, flags, counter: u32::from_be_bytes(counter), made })
    }

    /// Returns `Ok` only if somebody whom the authenticator has verified answers us. The steps are those of 7.1; 7.2 has the
    /// same.
    pub(super) fn check(&self, us: &RelyingParty) -> Result<(), PasskeyError> {
        // 14. The hash of our name.
        if self.rp_id_hash != super::ceremony::sha256(us.id().as_bytes()).as_ref() {
            return Err(PasskeyError::OtherRelyingParty);
        }
        // 15. Somebody was there.
        if self.flags & USER_PRESENT == 0 {
            return Err(PasskeyError::NobodyPresent);
        }
        // 16. The authenticator knows who: we ask for it always.
        if self.flags & USER_VERIFIED == 0 {
            return Err(PasskeyError::NotVerified);
        }
        // 17. What cannot be copied is no copy.
        if !self.is_backup_eligible() && self.flags & BACKED_UP != 0 {
            return Err(PasskeyError::Contradiction);
        }
        Ok(())
    }

    /// Whether it may be copied to other devices of its owner.
    pub(super) fn is_backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }
}

impl<'a> MadeCredential<'a> {
    /// 6.5.1: sixteen bytes of the authenticator's make, the length of the id, the id, and the key.
    fn read(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), PasskeyError> {
        let (_make, rest) = bytes.split_at_checked(16).ok_or(CUT_SHORT)?;
        let (&length, rest) = rest.split_first_chunk::<2>().ok_or(CUT_SHORT)?;
        let length = usize::from(u16::from_be_bytes(length));
        if length == 0 || length > LONGEST_CREDENTIAL_ID {
            return Err(PasskeyError::Malformed("a passkey's id has 1 to 1023 bytes"));
        }
        let (id, key_and_rest) = rest.split_at_checked(length).ok_or(CUT_SHORT)?;
        let (_, rest) = cbor::map(key_and_rest)?;
        let key_length = key_and_rest.len() - rest.len();
        let public_key = key_and_rest.get(..key_length).ok_or(CUT_SHORT)?;
        Ok((Self { id, public_key }, rest))
    }
}
