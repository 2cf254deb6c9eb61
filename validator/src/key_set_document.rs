//! The payload of a signed key set: what an issuer says about its keys.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use sha2::{Digest, Sha256};

use crate::{
    base64,
    by_name::ByName,
    delegation::Delegation,
    error::Code,
    json::{Document, Members, Value},
    jwk,
    key::PublicKey,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    revocation::{Epochs, Revocations},
    revocation_filter::{FilterReference, RevokedClaim},
    time::NumericDate,
};

/// The one format that is understood.
const FORMAT: u64 = 1;

/// What a signed key set says beside its keys.
#[derive(Debug)]
pub(crate) struct Publication {
    pub(crate) issuer: String,
    pub(crate) issued_at: NumericDate,
    /// When the document expires; [`Publication::ends_at`] is when it stops being believed.
    pub(crate) expires_at: NumericDate,
    pub(crate) version: u64,
    pub(crate) refresh: u32,
    /// When the keys are next planned to change, if that is planned.
    pub(crate) next_change: Option<NumericDate>,
    pub(crate) revocations: Revocations,
    /// The filters that belong to the revocations, and whose bytes lie elsewhere.
    pub(crate) filters: Vec<FilterReference>,
    pub(crate) history: ByName<Departure>,
    /// SHA-256 of the payload, by which two documents of one version are told apart.
    pub(crate) digest: [u8; 32],
    /// What the document was signed under, if no root has signed it itself.
    pub(crate) delegation: Option<Delegation>,
}

impl Publication {
    /// The instant from which the set is not believed any more: its own end or that of its delegation.
    pub(crate) fn ends_at(&self) -> NumericDate {
        let delegation = self.delegation.as_ref().map(|delegation| delegation.expires_at);
        delegation.map_or(self.expires_at, |end| end.earlier(self.expires_at))
    }
}

/// How a key left the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    Retired,
    Revoked,
}

impl Departure {
    /// Why a token of such a key is refused.
    pub(crate) fn code(self) -> Code {
        match self {
            Self::Retired => Code::KeyRetired,
            Self::Revoked => Code::KeyRevoked,
        }
    }
}

/// Reads the payload of a document whose signature has been checked.
pub(crate) fn read(payload: &[u8], limits: &Limits) -> Result<(Vec<PublicKey>, Publication), KeySetError> {
    let text = str::from_utf8(payload).map_err(|_| KeySetCode::DocumentMalformed)?;
    let document = Document::parse(text, limits.json_depth())
        .map_err(|error| error.code(KeySetCode::DocumentMalformed, KeySetCode::DuplicateMember))?;
    let members = document.members();
    check_format(members)?;

    let keys = jwk::read_set(members, limits)?;
    let digest = Sha256::digest(payload).into();
    let publication = publication(members, digest).ok_or(KeySetCode::DocumentMalformed)?;
    check_version(&publication)?;
    check_filters(&publication.filters)?;
    check_statuses(members)?;
    check_names(&keys, &publication.history)?;
    Ok((keys, publication))
}

/// The format comes first: of another one, nothing else can be said. A restriction that is not understood cannot be
/// enforced either, and to pass over it would open what the issuer meant to close.
fn check_format(members: Members) -> Result<(), KeySetCode> {
    match members.get("format") {
        Some(Value::Number(format)) if format.parse() == Ok(FORMAT) => {}
        Some(Value::Number(_)) => return Err(KeySetCode::DocumentFormatUnsupported),
        _ => return Err(KeySetCode::DocumentMalformed),
    }
    let understood = only(members, "epochs", &["all", "kid", "sub", "sid", "client_id"])
        && only(members, "revoked", &RevokedClaim::ALL.map(RevokedClaim::as_str))
        && filters_of(members)
            .all(|filter| filter.get("claim").and_then(Value::as_str).is_none_or(is_revocable));
    if understood { Ok(()) } else { Err(KeySetCode::DocumentFormatUnsupported) }
}

/// Whether the object `name` has no content under names other than `known`.
fn only(members: Members, name: &str, known: &[&str]) -> bool {
    let Some(mut object) = members.get(name).and_then(Value::as_object) else { return true };
    object.all(|(name, value)| known.contains(&name) || is_empty(value))
}

fn filters_of(members: Members<'_>) -> impl Iterator<Item = Members<'_>> {
    members.get("filters").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

fn is_revocable(claim: &str) -> bool {
    revoked_claim(claim).is_some()
}

fn revoked_claim(name: &str) -> Option<RevokedClaim> {
    RevokedClaim::ALL.into_iter().find(|claim| claim.as_str() == name)
}

fn is_empty(value: Value) -> bool {
    match value {
        Value::Array(mut elements) => elements.next().is_none(),
        Value::Object(mut members) => members.next().is_none(),
        _ => false,
    }
}

/// A version above the second of its signing is none that counting reached: no issuer publishes every second from 1970
/// on. So whoever got hold of a signing key cannot end the counting, and a moment later the present is higher again.
fn check_version(publication: &Publication) -> Result<(), KeySetCode> {
    if publication.version > publication.issued_at.to_unix_time().as_secs() {
        return Err(KeySetCode::DocumentVersionAhead);
    }
    Ok(())
}

/// What a reader has to fetch and keep is bounded before it fetches anything.
fn check_filters(filters: &[FilterReference]) -> Result<(), KeySetCode> {
    let entries: u64 = filters.iter().map(|filter| u64::from(filter.count)).sum();
    if filters.len() > Limits::MAX_FILTERS || entries > u64::from(Limits::MAX_FILTERED) {
        return Err(KeySetCode::TooManyFilters);
    }
    Ok(())
}

/// The status informs people and changes nothing here, so all that can be wrong with it is that it is not known.
fn check_statuses(members: Members) -> Result<(), KeySetCode> {
    let mut keys = members.get("keys").and_then(Value::as_array).into_iter().flatten();
    let is_known = |status: Value| matches!(status, Value::String("pending" | "active" | "retiring"));
    if keys.all(|key| key.as_object().and_then(|key| key.get("status")).is_none_or(is_known)) {
        Ok(())
    } else {
        Err(KeySetCode::DocumentMalformed)
    }
}

/// In a signed set a key's name is its thumbprint, so that one name can never stand for two keys, and a name that was
/// revoked never comes back.
fn check_names(keys: &[PublicKey], history: &ByName<Departure>) -> Result<(), KeySetCode> {
    let is_revoked = |key: &PublicKey| history.get(key.kid().as_str()) == Some(&Departure::Revoked);
    if keys.iter().any(|key| key.kid() != key.thumbprint()) {
        Err(KeySetCode::DocumentMalformed)
    } else if keys.iter().any(is_revoked) {
        Err(KeySetCode::RevokedKeyInSet)
    } else {
        Ok(())
    }
}

/// What the document says beside its keys. `None` if a part of it is missing or of the wrong type.
fn publication(members: Members, digest: [u8; 32]) -> Option<Publication> {
    let epochs = optional(members, "epochs", Value::as_object)?;
    let revoked = optional(members, "revoked", Value::as_object)?;
    Some(Publication {
        issuer: members.get("iss")?.to_text()?,
        issued_at: NumericDate::from_json(members.get("iat")?)?,
        expires_at: NumericDate::from_json(members.get("exp")?)?,
        version: members.get("version")?.as_u64().filter(|version| *version > 0)?,
        refresh: members.get("refresh")?.as_u64()?.try_into().ok().filter(|secs| *secs > 0)?,
        next_change: optional(members, "next_change", |date| NumericDate::from_json(date).map(Some))?,
        revocations: Revocations {
            epochs: Epochs {
                all: optional(epochs, "all", |date| NumericDate::from_json(date).map(Some))?,
                kid: optional(epochs, "kid", dates)?,
                sub: optional(epochs, "sub", dates)?,
                sid: optional(epochs, "sid", dates)?,
                client_id: optional(epochs, "client_id", dates)?,
            },
            tokens: optional(revoked, "jti", strings)?,
            sessions: optional(revoked, "sid", strings)?,
            filters: Vec::new(),
        },
        filters: optional(members, "filters", filters)?,
        history: optional(members, "history", history)?,
        digest,
        delegation: None,
    })
}

/// Reads the member `name` if it is there. `None` if it is there and wrong.
fn optional<'d, T: Default>(
    members: Members<'d>,
    name: &str,
    read: impl Fn(Value<'d>) -> Option<T>,
) -> Option<T> {
    members.get(name).map_or_else(|| Some(T::default()), read)
}

fn dates(value: Value) -> Option<ByName<NumericDate>> {
    value.as_object()?.map(|(name, date)| Some((name.to_owned(), NumericDate::from_json(date)?))).collect()
}

fn strings(value: Value) -> Option<ByName<()>> {
    value.as_array()?.map(|name| Some((name.to_text()?, ()))).collect()
}

fn filters(value: Value) -> Option<Vec<FilterReference>> {
    let filter = |entry: Value| {
        let entry = entry.as_object()?;
        let name = entry.get("ref")?.to_text()?;
        Some(FilterReference {
            claim: revoked_claim(entry.get("claim")?.as_str()?)?,
            name: Some(name).filter(|name| (1..=Limits::MAX_FILTER_NAME_BYTES).contains(&name.len()))?,
            sha256: base64::decode_url(entry.get("sha256")?.as_str()?.as_bytes()).ok()?.try_into().ok()?,
            count: entry.get("count")?.as_u64()?.try_into().ok().filter(|count| *count > 0)?,
        })
    };
    value.as_array()?.map(filter).collect()
}

fn history(value: Value) -> Option<ByName<Departure>> {
    let departure = |entry: Value| {
        let entry = entry.as_object()?;
        let departure = match entry.get("status")?.as_str()? {
            "retired" => Departure::Retired,
            "revoked" => Departure::Revoked,
            _ => return None,
        };
        Some((entry.get("kid")?.to_text()?, departure))
    };
    value.as_array()?.map(departure).collect()
}
