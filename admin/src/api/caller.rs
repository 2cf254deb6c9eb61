//! Who asks. A handler reaches the engine through one of these extractors, so none can forget to ask.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};

use super::approvals::APPROVAL;
use super::client::Client;
use super::problem::{Refusal, RequestId};
use super::router::Server;
use crate::auth::{Door, Provenance, is_from_our_page};
use crate::domain::Actor;
use crate::operations::{Keystile, OperationError, api_tokens, sessions};

/// The name of the console's cookie.
pub(super) const COOKIE: &str = "keystile_session";

/// Somebody with a valid API token or session. Operations decide what their role allows.
pub(super) struct Caller {
    pub(super) keystile: Arc<Keystile>,
    pub(super) actor: Actor,
    /// What to call them.
    pub(super) label: String,
}

/// A public route that only the console's own page may ask, because the answer sets a cookie.
pub(super) struct OurPage {
    pub(super) keystile: Arc<Keystile>,
}

/// A route that is public: no credential is asked for, and none is looked at.
pub(super) struct Anyone {
    pub(super) keystile: Arc<Keystile>,
}

impl FromRequestParts<Arc<Server>> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Refusal> {
        let keystile = server.keystile.clone();
        let refused = |error: &OperationError| {
            if bearer(&parts.headers).is_some() && matches!(error, OperationError::Unauthenticated) {
                server.failures.note(Door::Api);
            }
        };
        let (actor, label) = identify(&keystile, &parts.headers).await.inspect_err(refused)?;
        if bearer(&parts.headers).is_none() {
            refuse_forgery(parts)?;
        }
        let actor = match parts.extensions.get::<RequestId>() {
            Some(RequestId(id)) => actor.within_request(id.clone()),
            None => actor,
        };
        let client = parts.extensions.get::<Client>().and_then(|Client(address)| *address);
        let approval = parts.headers.get(APPROVAL).and_then(|id| id.to_str().ok()).map(ToOwned::to_owned);
        let actor = actor.from_address(client.map(|address| address.to_string())).with_approval(approval);
        Ok(Self { keystile, actor, label })
    }
}

impl FromRequestParts<Arc<Server>> for OurPage {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Arc<Server>) -> Result<Self, Refusal> {
        refuse_forgery(parts)?;
        Ok(Self { keystile: server.keystile.clone() })
    }
}

impl FromRequestParts<Arc<Server>> for Anyone {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, server: &Arc<Server>) -> Result<Self, Refusal> {
        Ok(Self { keystile: server.keystile.clone() })
    }
}

/// Who carries the API token or the session of these headers, and what to call them.
pub(super) async fn identify(
    keystile: &Keystile,
    headers: &HeaderMap,
) -> Result<(Actor, String), OperationError> {
    match (bearer(headers), session_cookie(headers)) {
        (Some(token), _) => {
            let actor = api_tokens::authenticate(keystile, token).await?;
            let label = actor.name().to_owned();
            Ok((actor, label))
        }
        (None, Some(cookie)) => {
            let holder = sessions::authenticate(keystile, cookie).await?;
            Ok((holder.actor, holder.label))
        }
        (None, None) => Err(OperationError::Unauthenticated),
    }
}

/// The value of the console's cookie, if the request carries one.
pub(super) fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// The value of a cookie, if the request carries one of this name.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted).then_some(value))
}

pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Browsers send the cookie whoever made them ask, so what the cookie authenticates must come from our own
/// page.
fn refuse_forgery(parts: &Parts) -> Result<(), Refusal> {
    let text = |name: HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let provenance = Provenance {
        marker: text(HeaderName::from_static("x-keystile-csrf")),
        fetch_site: text(HeaderName::from_static("sec-fetch-site")),
        origin: text(header::ORIGIN),
        host: text(header::HOST),
    };
    if parts.method.is_safe() || is_from_our_page(provenance) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "csrf_refused",
        "a session may change things only from the console itself: use an API token from elsewhere",
    ))
}
