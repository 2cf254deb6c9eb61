//! What the browser says it was asked (5.8.1).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{PasskeyError, RelyingParty};

/// The two questions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Create,
    Get,
}

/// Members that are not known may be there (5.8.1.1): browsers add some on purpose, so that nobody counts on there being none.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default, rename = "crossOrigin")]
    cross_origin: Option<bool>,
    #[serde(default, rename = "topOrigin")]
    top_origin: Option<IgnoredAny>,
}

/// Returns `Ok` only if our own page asked for it, by this challenge. The steps are those of 7.1; 7.2 has the same.
pub(super) fn check(
    json: &[u8],
    kind: Kind,
    challenge: &[u8],
    us: &RelyingParty,
) -> Result<(), PasskeyError> {
    // 5 and 6. UTF-8 without a byte order mark, and JSON. A member that comes twice is refused.
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let said: ClientData = serde_json::from_slice(json).map_err(|_| {
        PasskeyError::Malformed("what the browser says of it is not the JSON of the standard")
    })?;
    // 7. The kind of question.
    let wanted = match kind {
        Kind::Create => "webauthn.create",
        Kind::Get => "webauthn.get",
    };
    if said.kind != wanted {
        return Err(PasskeyError::OtherCeremony);
    }
    // 8. The challenge.
    if said.challenge != URL_SAFE_NO_PAD.encode(challenge) {
        return Err(PasskeyError::OtherChallenge);
    }
    // 9 to 11. The origin, and no frame of another site: the console is never in one.
    let within_another = said.cross_origin == Some(true) || said.top_origin.is_some();
    if said.origin != us.origin() || within_another {
        return Err(PasskeyError::OtherOrigin);
    }
    Ok(())
}
