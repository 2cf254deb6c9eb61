//! An issuer that signs key sets and tokens with the keys of `tests/vectors/keys`.

#[path = "../private_keys/mod.rs"]
mod private_keys;

use base64::{Engine, engine::general_purpose};
use keystile_validator::{
    EntryDigest, Filter, FilterReference, Floor, KeySet, KeySetError, Limits, RevokedClaim, RootKeys, Shard,
    SignedKeySet, UnixTime, UnverifiedKeySet, WrittenFilter,
};
use rsa::RsaPrivateKey;
use rsa::sha2::{Digest, Sha256};
use serde_json::{Value, json};

use private_keys::{jwk, kid, private_key, sign};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
pub(crate) const ISSUER: &str = "https://issuer.example";

pub(crate) struct Issuer {
    root: RsaPrivateKey,
    key: RsaPrivateKey,
}

/// A key set, and the values that lie beside it in the store.
pub(crate) struct Published {
    pub(crate) issuer: Issuer,
    pub(crate) written: Vec<WrittenFilter>,
    claims: Vec<RevokedClaim>,
    version: u64,
}

impl Issuer {
    fn new() -> Self {
        Self { root: private_key("root-a"), key: private_key("token-a") }
    }

    /// A token with these claims beside the usual ones.
    pub(crate) fn token(&self, claims: &str) -> String {
        let (iat, exp) = (NOW.as_secs() - 60, NOW.as_secs() + 3600);
        let header = json!({ "alg": "RS256", "kid": kid(&self.key) });
        sign(&self.key, &header, &format!(r#"{{"iss":"{ISSUER}","iat":{iat},"exp":{exp},{claims}}}"#))
    }

    /// The reference in a key set that names `value`, whatever it is.
    pub(crate) fn vouches_for(value: &[u8], count: u32) -> FilterReference {
        let issuer = Self::new();
        let filter = json!({ "claim": "jti", "ref": "f", "sha256": digest(value), "count": count });
        let signed = issuer.signed(7, &json!([filter]));
        signed.filters()[0].clone()
    }

    fn signed(&self, version: u64, filters: &Value) -> SignedKeySet {
        let document = self.document(version, filters);
        let document = UnverifiedKeySet::parse(document.as_bytes(), &Limits::default());
        document.unwrap().verify(&self.roots()).unwrap()
    }

    fn document(&self, version: u64, filters: &Value) -> String {
        let payload = json!({
            "format": 1, "iss": ISSUER, "iat": NOW.as_secs(), "exp": NOW.as_secs() + 604_800, "version": version,
            "refresh": 5, "keys": [jwk(&self.key)], "filters": filters,
        });
        let header = json!({ "alg": "RS256", "typ": "jwk-set+jwt", "kid": kid(&self.root) });
        sign(&self.root, &header, &payload.to_string())
    }

    fn roots(&self) -> RootKeys {
        private_keys::roots(&self.root)
    }
}

impl Published {
    pub(crate) fn of(filters: &[(RevokedClaim, Vec<EntryDigest>)]) -> Self {
        let written =
            filters.iter().map(|(_, digests)| WrittenFilter::new(digests.clone()).unwrap()).collect();
        let claims = filters.iter().map(|(claim, _)| *claim).collect();
        Self { issuer: Issuer::new(), written, claims, version: 7 }
    }

    pub(crate) fn revoking<V: AsRef<str>>(claim: RevokedClaim, values: impl IntoIterator<Item = V>) -> Self {
        Self::of(&[(claim, values.into_iter().map(|value| EntryDigest::of(value.as_ref())).collect())])
    }

    pub(crate) fn at_version(self, version: u64) -> Self {
        Self { version, ..self }
    }

    /// The document, before anybody has fetched its filters.
    pub(crate) fn signed(&self) -> SignedKeySet {
        self.issuer.signed(self.version, &self.named())
    }

    /// The same as it lies in the store.
    pub(crate) fn document(&self) -> String {
        self.issuer.document(self.version, &self.named())
    }

    /// The roots that a reader pins.
    pub(crate) fn roots(&self) -> RootKeys {
        self.issuer.roots()
    }

    fn named(&self) -> Value {
        let written = self.written.iter().zip(&self.claims).enumerate();
        let name = |(number, (written, claim)): (usize, (&WrittenFilter, &RevokedClaim))| {
            let name = format!("revoked/main/{number}");
            let sha256 = digest(&written.value);
            json!({ "claim": claim.as_str(), "ref": name, "sha256": sha256, "count": written.count })
        };
        written.map(name).collect()
    }

    pub(crate) fn filters(&self) -> Vec<Filter> {
        let values = self.written.iter().map(|written| written.value.clone());
        self.signed().filters().iter().zip(values).map(|(named, value)| named.open(value).unwrap()).collect()
    }

    /// Every list of every filter, opened as a reader would.
    pub(crate) fn shards(&self) -> Vec<Shard> {
        let lists = |(filter, written): (Filter, &WrittenFilter)| {
            let digest = |shard: &Vec<u8>| {
                shard.first_chunk().map(|first| (EntryDigest::from_bytes(*first), shard.clone()))
            };
            let lists: Vec<_> = written.shards.iter().filter_map(digest).collect();
            lists.into_iter().map(move |(first, list)| filter.suspect(&first).unwrap().open(list).unwrap())
        };
        self.filters().into_iter().zip(&self.written).flat_map(lists).collect()
    }

    pub(crate) fn key_set(&self) -> Result<KeySet, KeySetError> {
        self.signed().with_filters(&self.filters()).trusted(ISSUER, NOW, &Floor::default())
    }
}

fn digest(value: &[u8]) -> String {
    general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(value))
}
