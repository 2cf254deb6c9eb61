//! The cookie of a session.

use crate::api::caller::COOKIE;
use crate::api::router::Server;
use crate::operations::sessions::NewSession;

/// What has the browser keep it, out of reach of scripts and of other sites, until it ends.
pub(in crate::api) fn of(session: &NewSession, server: &Server) -> String {
    let secure = if server.is_https { "; Secure" } else { "" };
    let age = session.expires_at.since(server.keystile.now());
    let value = session.cookie.reveal();
    format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}")
}
