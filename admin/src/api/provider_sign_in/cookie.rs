//! The cookie of a sign-in that is under way.

use axum::http::HeaderMap;

use crate::api::caller;
use crate::api::router::Server;
use crate::oidc::LASTS_SECS;

/// The prefix has browsers refuse it from any other host, from a path of it, and without TLS (RFC 6265bis, 4.1.3.2): nobody
/// beside us plants an attempt of theirs. Without TLS, on one's own machine, there is none.
const NAME: &str = "__Host-keystile_sign_in";
const NAME_IN_CLEAR: &str = "keystile_sign_in";

/// What the browser has kept.
pub(super) fn kept<'h>(headers: &'h HeaderMap, server: &Server) -> Option<&'h str> {
    caller::cookie(headers, name(server))
}

/// What has the browser keep it.
pub(super) fn keep(value: &str, server: &Server) -> String {
    written(value, LASTS_SECS, server)
}

/// What has the browser forget it.
pub(super) fn forget(server: &Server) -> String {
    written("", 0, server)
}

/// `Lax`, unlike the session's cookie: the way back begins on a page of the provider, whose link to us is another site's, and
/// with `Strict` the browser would come without it. It opens nothing by itself.
fn written(value: &str, age: u64, server: &Server) -> String {
    let secure = if server.is_https { "; Secure" } else { "" };
    format!("{}={value}; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}{secure}", name(server))
}

fn name(server: &Server) -> &'static str {
    if server.is_https { NAME } else { NAME_IN_CLEAR }
}
