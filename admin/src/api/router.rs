//! The table of contents: every route, and what wraps them all.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    alerts, api_tokens, approvals, audit, client, conditional, console, edge, emergency, epochs, events,
    external_signer, hand_off, headers, idempotency, issuers, key_set, keys, metrics, overtake, passkeys,
    probe, problem, provider_sign_in, revocations, rollback, roots, rotation, session, sessions, set_signer,
    status, tokens, trace, users, webhooks,
};
use crate::auth::{Delays, Failures, Throttle, TrustedProxies};
use crate::operations::Keystile;

/// The largest request: room for a key pair in PEM or a report from a busy region many times over.
pub(super) const BODY_LIMIT: usize = 1024 * 1024;
/// No operation takes long; making an RSA-4096 key takes the longest, about a second.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What all requests share.
pub struct Server {
    pub(super) keystile: Arc<Keystile>,
    pub(super) throttle: Throttle,
    pub(super) delays: Delays,
    pub(super) failures: Failures,
    pub(super) proxies: TrustedProxies,
    pub(super) is_https: bool,
    pub(super) listeners: events::Listeners,
}

impl Server {
    /// Serves `keystile`. `is_https` says whether clients come over TLS, so that the cookie may demand it.
    pub fn new(keystile: Arc<Keystile>, is_https: bool) -> Self {
        Self {
            throttle: Throttle::new(),
            delays: Delays::default(),
            failures: Failures::default(),
            proxies: TrustedProxies::default(),
            keystile,
            is_https,
            listeners: events::Listeners::new(),
        }
    }

    /// The same server, behind these proxies.
    #[must_use]
    pub fn behind(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }
}

/// Every route with what wraps it, ready to be served.
pub fn router(server: Arc<Server>) -> Router {
    let (routes, _) = documented_routes().split_for_parts();
    routes
        .fallback(console::file)
        .method_not_allowed_fallback(problem::wrong_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn_with_state(server.clone(), idempotency::once))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIMEOUT))
        .layer(from_fn(conditional::tag))
        .layer(from_fn_with_state(server.clone(), trace::span))
        .layer(from_fn(problem::answer))
        .layer(from_fn_with_state(server.clone(), client::recognise))
        .layer(from_fn_with_state(server.clone(), headers::secure))
        .with_state(server)
}

/// The routes that `/openapi.json` describes: all but the files of the console.
pub(super) fn documented_routes() -> OpenApiRouter<Arc<Server>> {
    OpenApiRouter::new()
        .routes(routes!(probe::health::handler))
        .routes(routes!(probe::ready::handler))
        .routes(routes!(metrics::show::handler))
        .routes(routes!(probe::description::handler))
        .routes(routes!(key_set::main_jwks::handler))
        .routes(routes!(key_set::jwks::handler))
        .routes(routes!(key_set::main_signed_jwks::handler))
        .routes(routes!(key_set::signed_jwks::handler))
        .routes(routes!(key_set::signed::handler))
        .routes(routes!(key_set::value::handler))
        .routes(routes!(session::create::handler, session::show::handler, session::end::handler))
        .routes(routes!(session::accept::handler))
        .routes(routes!(provider_sign_in::show::handler, provider_sign_in::begin::handler))
        .routes(routes!(provider_sign_in::finish::handler))
        .routes(routes!(session::passkey::handler))
        .routes(routes!(session::first_passkey::handler))
        .routes(routes!(passkeys::list::handler, passkeys::add::handler))
        .routes(routes!(passkeys::begin::handler))
        .routes(routes!(passkeys::remove::handler))
        .routes(routes!(sessions::list::handler))
        .routes(routes!(sessions::end::handler))
        .routes(routes!(status::show::handler))
        .routes(routes!(alerts::list::handler))
        .routes(routes!(events::stream::handler))
        .routes(routes!(issuers::list::handler))
        .routes(routes!(issuers::show::handler, issuers::change::handler))
        .routes(routes!(keys::list::handler, keys::create::handler))
        .routes(routes!(keys::show::handler))
        .routes(routes!(keys::activate::handler))
        .routes(routes!(keys::retire::handler))
        .routes(routes!(keys::revoke::handler))
        .routes(routes!(rotation::start::handler, rotation::show::handler, rotation::cancel::handler))
        .routes(routes!(rotation::pause::handler))
        .routes(routes!(rotation::resume::handler))
        .routes(routes!(rollback::start::handler))
        .routes(routes!(overtake::start::handler))
        .routes(routes!(emergency::declare::handler, emergency::show::handler))
        .routes(routes!(emergency::rehearse::handler))
        .routes(routes!(hand_off::show::handler, hand_off::set::handler))
        .routes(routes!(roots::list::handler, roots::announce::handler))
        .routes(routes!(roots::withdraw::handler))
        .routes(routes!(set_signer::show::handler))
        .routes(routes!(set_signer::request::handler))
        .routes(routes!(set_signer::install::handler))
        .routes(routes!(epochs::list::handler, epochs::raise::handler))
        .routes(routes!(revocations::show::handler, revocations::create::handler))
        .routes(routes!(tokens::mint::handler))
        .routes(routes!(external_signer::sign::handler))
        .routes(routes!(external_signer::keys::handler))
        .routes(routes!(external_signer::metadata::handler))
        .routes(routes!(edge::show::handler))
        .routes(routes!(edge::minutes::handler))
        .routes(routes!(edge::report::handler))
        .routes(routes!(users::list::handler, users::create::handler))
        .routes(routes!(users::invite::handler))
        .routes(routes!(users::change::handler))
        .routes(routes!(users::disable::handler))
        .routes(routes!(users::enable::handler))
        .routes(routes!(passkeys::list_of_user::handler))
        .routes(routes!(passkeys::remove_of_user::handler))
        .routes(routes!(approvals::list::handler, approvals::ask::handler))
        .routes(routes!(approvals::show::handler))
        .routes(routes!(approvals::approve::handler))
        .routes(routes!(approvals::refuse::handler))
        .routes(routes!(approvals::review::handler))
        .routes(routes!(audit::list::handler))
        .routes(routes!(audit::export::handler))
        .routes(routes!(audit::retention::show, audit::retention::set))
        .routes(routes!(audit::holds::list::handler, audit::holds::set::handler))
        .routes(routes!(audit::holds::release::handler))
        .routes(routes!(webhooks::list::handler, webhooks::add::handler))
        .routes(routes!(webhooks::remove::handler))
        .routes(routes!(webhooks::rotate_secret::handler))
        .routes(routes!(webhooks::test::handler))
        .routes(routes!(api_tokens::list::handler, api_tokens::create::handler))
        .routes(routes!(api_tokens::revoke::handler))
}
