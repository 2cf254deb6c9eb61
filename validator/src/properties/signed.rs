use std::sync::LazyLock;

use crate::{
    delegation,
    floor::Floor,
    key::PublicKey,
    key_set_document::{self, Departure},
    limits::Limits,
    root_keys::RootKeys,
    signed_key_set::UnverifiedKeySet,
    time::UnixTime,
};

const NOW: u64 = 1_800_000_000;

static ROOTS: LazyLock<Option<RootKeys>> =
    LazyLock::new(|| RootKeys::from_jwks(include_bytes!("../../../tests/vectors/sequence/roots.json")).ok());

/// A document that is believed is of its own issuer alone, and neither below its version nor at its end.
pub fn document(jws: &[u8]) {
    let roots = ROOTS.as_ref();
    assert!(roots.is_some(), "the roots of the vectors are sound");
    let read = || UnverifiedKeySet::parse(jws, &Limits::default()).ok()?.verify(roots?).ok();
    let Some(signed) = read() else { return };
    let (issuer, version) = (signed.issuer().to_owned(), signed.version());
    let trusted = |issuer: &str, secs, version| {
        read()?.trusted(issuer, UnixTime::from_secs(secs), &Floor::at_version(version)).ok()
    };
    for now in [NOW - 600, NOW, NOW + 600] {
        let Some(key_set) = trusted(&issuer, now, version) else { continue };
        assert!(trusted("another issuer", now, version).is_none());
        assert!(trusted(&issuer, now, version + 1).is_none());
        let end = key_set.expires_at().map_or(0, UnixTime::as_secs);
        assert!(end >= now && trusted(&issuer, end + 1, version).is_none());
        assert!(key_set.keys().iter().all(is_named_by_its_thumbprint));
    }
}

/// What is read of a payload keeps the rules of docs/format.md.
pub fn publication(payload: &[u8]) {
    let Ok((keys, publication)) = key_set_document::read(payload, &Limits::default()) else { return };
    assert!(publication.version > 0 && publication.refresh > 0);
    assert!(publication.version <= publication.issued_at.to_unix_time().as_secs());
    assert!(keys.iter().all(is_named_by_its_thumbprint));
    let is_revoked =
        |key: &PublicKey| publication.history.get(key.kid().as_str()) == Some(&Departure::Revoked);
    assert!(!keys.iter().any(is_revoked));
    assert!(publication.delegation.is_none() && publication.ends_at() == publication.expires_at);
}

/// What is read of a delegation names a key by its thumbprint, and a generation that every reader can represent.
pub fn delegation(payload: &[u8]) {
    let Some(delegation) = delegation::read(payload, &Limits::default()) else { return };
    assert!((1..1 << 53).contains(&delegation.generation()));
    assert!(is_named_by_its_thumbprint(delegation.key()));
    assert!(delegation.check_time(delegation.expires_at, 0).is_err());
}

fn is_named_by_its_thumbprint(key: &PublicKey) -> bool {
    key.kid() == key.thumbprint()
}
