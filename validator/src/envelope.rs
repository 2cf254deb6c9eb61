//! The JWS around what a root signs: key sets, policies and delegations.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use crate::{
    delegation::Delegation,
    error::{Code, ValidationError},
    header::{self, Header},
    json::{Document, Value},
    key::PublicKey,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    policy::MediaType,
    root_keys::RootKeys,
    token::{CompactJws, HeaderBytes, SignatureBytes},
};

/// The header parameter that carries the delegation of a document that no root has signed itself.
const DELEGATION: &str = "delegation";

/// A compact JWS with a strict header of the expected type. Nothing in it is believed yet.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    jws: CompactJws<'a>,
    header_json: String,
    kid: Option<String>,
}

impl<'a> Envelope<'a> {
    /// Takes `jws` apart, which must be of the type `typ`.
    pub(crate) fn parse(jws: &'a [u8], typ: &str, limits: &Limits) -> Result<Self, KeySetCode> {
        let jws = CompactJws::parse(jws).ok_or(KeySetCode::DocumentMalformed)?;
        let mut header = HeaderBytes::new();
        jws.decode_header(&mut header).map_err(|_| KeySetCode::DocumentMalformed)?;
        let header_json = String::from_utf8(header.into_vec()).map_err(|_| KeySetCode::DocumentMalformed)?;
        let kid = read_kid(&header_json, typ, limits).map_err(|error| refusal(error.code()))?;
        Ok(Self { jws, header_json, kid })
    }

    /// The name of the key that is said to have signed.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// A header parameter of ours, which tokens do not have.
    fn parameter(&self, name: &str, limits: &Limits) -> Result<Option<String>, KeySetCode> {
        let header = Document::parse(&self.header_json, limits.json_depth())
            .map_err(|_| KeySetCode::DocumentMalformed)?;
        let text = |value: Value| value.to_text().ok_or(KeySetCode::DocumentMalformed);
        header.members().get(name).map(text).transpose()
    }

    /// The delegation that the document was signed under, if one of `roots` vouches for it.
    pub(crate) fn delegation(
        &self,
        roots: &RootKeys,
        limits: &Limits,
    ) -> Result<Option<Delegation>, KeySetError> {
        let delegation = self.parameter(DELEGATION, limits)?;
        delegation.map(|jws| Delegation::verify(jws.as_bytes(), roots)).transpose()
    }

    /// The key that must have signed: the one that is delegated to where the document brings a delegation, or a root.
    pub(crate) fn signer<'k>(
        &self,
        delegation: Option<&'k Delegation>,
        roots: &'k RootKeys,
    ) -> Result<&'k PublicKey, KeySetCode> {
        match delegation {
            None => self.kid().and_then(|kid| roots.find(kid)).ok_or(KeySetCode::DocumentRootUnknown),
            Some(Delegation { key, .. }) if self.kid() == Some(key.thumbprint().as_str()) => Ok(key),
            Some(_) => Err(KeySetCode::DelegationKeyMismatch),
        }
    }

    /// Returns the payload only if `key` signed it.
    pub(crate) fn open(&self, key: &PublicKey) -> Result<Vec<u8>, KeySetCode> {
        let mut signature = SignatureBytes::from([0; _]);
        self.jws.decode_signature(&mut signature).map_err(|_| KeySetCode::DocumentMalformed)?;
        let payload = self.jws.decode_payload().map_err(|_| KeySetCode::DocumentMalformed)?;
        key.verify(self.jws.signing_input(), &signature).map_err(|_| KeySetCode::DocumentSignatureInvalid)?;
        Ok(payload)
    }
}

/// The name of the key that is said to have signed, from the header of a document of the type `typ`.
fn read_kid(json: &str, typ: &str, limits: &Limits) -> Result<Option<String>, ValidationError> {
    let document = header::parse(json, limits.json_depth())?;
    let header = Header::read(document.members())?;
    header.check_typ(&[MediaType::new(typ)])?;
    Ok(header.kid().map(str::to_owned))
}

/// The header is read as that of a token is, and refused in words of its own.
fn refusal(code: Code) -> KeySetCode {
    match code {
        Code::AlgNotAllowed => KeySetCode::DocumentAlgNotAllowed,
        Code::TypMismatch => KeySetCode::DocumentTypMismatch,
        Code::DuplicateMember => KeySetCode::DuplicateMember,
        _ => KeySetCode::DocumentMalformed,
    }
}
