//! The door by which the admin server brings a key set that every isolate must know within seconds. Nobody has to prove
//! who he is: the document is believed for its signature, and only one that is not older than the present one.

use keystile_validator::Limits;
use serde_json::json;
use worker::{Request, Response, web_sys};

use crate::{
    isolate::{Isolate, Issuer},
    key_sets::Undelivered,
};

/// Where a signed key set is put, followed by the issuer's id.
const PATH: &str = "/.well-known/keystile/key-sets/";

/// The issuer that a path brings a key set for, if there is such an issuer and it has an emergency channel.
pub(crate) fn recipient<'i>(isolate: &'i Isolate, path: &str) -> Option<&'i Issuer> {
    let id = path.strip_prefix(PATH)?;
    let is_meant =
        |issuer: &&Issuer| issuer.key_sets.channel().is_some() && issuer.key_sets.issuer_id() == Some(id);
    isolate.issuers.iter().find(is_meant)
}

/// Takes the document in the body of `request`.
pub(crate) async fn take(issuer: &Issuer, request: &Request) -> worker::Result<web_sys::Response> {
    let length = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    // Without a length, any number of bytes could come.
    if length.is_none_or(|length| length > Limits::default().key_set_bytes()) {
        return answer(
            413,
            "key_set_too_large",
            "the document is longer than a key set, or has no `Content-Length`",
        );
    }
    let document = request.clone()?.text().await?;
    match issuer.key_sets.deliver(document).await {
        Ok(()) => Ok(Response::empty()?.with_status(204).into()),
        Err(Undelivered::Refused(error)) => answer(422, error.code().as_str(), &error.to_string()),
        Err(error) => answer(503, "emergency_channel_unavailable", &error.to_string()),
    }
}

/// A problem document (RFC 9457).
fn answer(status: u16, code: &str, detail: &str) -> worker::Result<web_sys::Response> {
    let problem = json!({
        "type": format!("https://keystile.dev/errors/{code}"),
        "title": "the key set is not taken",
        "status": status,
        "code": code,
        "detail": detail,
    });
    let response = Response::from_json(&problem)?.with_status(status);
    response.headers().set("content-type", "application/problem+json")?;
    Ok(response.into())
}
