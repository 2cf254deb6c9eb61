//! From what a document says of a provider to one that can be used.

use keystile_validator::{Floor, RootKeys};

use super::{
    KeySource, Location, Provider,
    compile::{Compiled, is_id},
    document::{JwksEntry, KeysEntry, OneOrMany, ProviderEntry, SignedEntry},
    fault::Place,
};
use crate::{
    claims::ClaimPath, header::HeaderName, refusal::is_quotable, rights::RightsClaims,
    token_source::TokenSource,
};

pub(super) fn provider(name: &str, entry: &ProviderEntry, place: &Place) -> Compiled<Provider> {
    if !is_id(name) {
        return Err(place.wrong("a provider's name has letters, digits, `-`, `_` and `.`, 64 at most"));
    }
    if entry.issuer.is_empty() || !entry.issuer.bytes().all(is_quotable) {
        return Err(place.at("issuer").wrong("an `iss` is a URL or a name in visible ASCII; correct it"));
    }
    if entry.from.is_empty() {
        return Err(place.at("from").wrong("an empty list finds no token; leave it out for `bearer`"));
    }
    Ok(Provider {
        name: name.to_owned(),
        issuer: entry.issuer.clone(),
        keys: match &entry.keys {
            KeysEntry::Signed(entry) => signed(entry, &place.at("keys").at("signed"))?,
            KeysEntry::Jwks(entry) => jwks(entry, &place.at("keys").at("jwks"))?,
        },
        sources: entry.from.clone(),
        forwarding: entry.token,
        headers: headers(entry, &place.at("headers"))?,
        rights_claims: RightsClaims { scopes: entry.scope_claim.clone(), roles: entry.role_claim.clone() },
    })
}

fn headers(entry: &ProviderEntry, place: &Place) -> Compiled<Vec<(HeaderName, ClaimPath)>> {
    let mut headers: Vec<(HeaderName, ClaimPath)> = Vec::with_capacity(entry.headers.0.len());
    for (text, path) in &entry.headers.0 {
        let wrong = |problem: String| place.at(text).wrong(problem);
        let name = HeaderName::try_from(text.clone()).map_err(|error| wrong(error.to_string()))?;
        let is_source =
            entry.from.iter().any(|from| matches!(from, TokenSource::Header(header) if *header == name));
        if name.is_taken() || is_source {
            return Err(wrong(format!("the header `{text}` has a meaning of its own; choose another name")));
        }
        if headers.iter().any(|(known, _)| *known == name) {
            return Err(wrong(format!("the header `{text}` is there twice; name it once")));
        }
        headers.push((name, path.clone()));
    }
    Ok(headers)
}

fn signed(entry: &SignedEntry, place: &Place) -> Compiled<KeySource> {
    let OneOrMany(places) = &entry.at;
    if places.is_empty() {
        return Err(place.at("at").wrong(NO_LOCATION));
    }
    let at = places.iter().map(|text| location(text, false).ok_or_else(|| place.at("at").wrong(NO_LOCATION)));
    let roots = RootKeys::from_jwks(entry.roots.get().as_bytes())
        .map_err(|error| place.at("roots").wrong(format!("the root keys cannot be used: {error}")))?;
    Ok(KeySource::Signed {
        at: at.collect::<Result<_, _>>()?,
        roots,
        floor: Floor::at_version(entry.floor_version).with_generation(entry.floor_generation),
        last_good: entry.last_good.clone(),
    })
}

fn jwks(entry: &JwksEntry, place: &Place) -> Compiled<KeySource> {
    for (member, seconds) in [("refresh", entry.refresh), ("usable_for", entry.usable_for)] {
        if seconds == 0 {
            return Err(place.at(member).wrong("must be at least one second"));
        }
    }
    Ok(KeySource::Jwks {
        at: location(&entry.at, true).ok_or_else(|| place.at("at").wrong(NO_LOCATION))?,
        refresh: entry.refresh,
        usable_for: entry.usable_for,
    })
}

const NO_LOCATION: &str =
    "keys are read at `kv:KEY`, at `file:PATH` or at an `https` URL without user and fragment";

/// A signed key set is believed for its signature, so that it may come over plain `http`. A plain one may do so from
/// this machine alone: keys that anybody on the way can change are nobody's keys.
pub(super) fn location(text: &str, needs_tls: bool) -> Option<Location> {
    match text.split_once(':')? {
        ("kv", key) => is_kv_key(key).then(|| Location::Kv(key.to_owned())),
        ("file", path) => (!path.is_empty()).then(|| Location::File(path.to_owned())),
        _ => is_url(text, needs_tls).then(|| Location::Url(text.to_owned())),
    }
}

/// KV takes 512 bytes; what we publish has no need of more than these characters.
fn is_kv_key(key: &str) -> bool {
    (1..=512).contains(&key.len()) && key.bytes().all(|it| it.is_ascii_graphic())
}

fn is_url(url: &str, needs_tls: bool) -> bool {
    let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let is_loopback = loopback.iter().any(|start| {
        url.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
    });
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://").filter(|_| is_loopback || !needs_tls));
    let Some(rest) = rest else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let is_rest = |byte: u8| byte.is_ascii_graphic() && !b"#\\".contains(&byte);
    !host.is_empty() && host.bytes().all(is_host) && rest.bytes().all(is_rest)
}
