//! Signing in with the identity provider of a company, by OpenID Connect: the authorization code flow with PKCE, of which
//! this server is a confidential client.
//!
//! An [`Attempt`] is held by the browser alone, and everything that binds the flow to that browser follows from its secret.
//! A [`Provider`] brings it to an [`Identity`]: it sends the browser to the provider, exchanges what comes back, and has the
//! ID token judged by Keystile's own validator. What an identity may do here is not decided in this module.
//!
//! Nothing else of the provider is used: no access token, no refresh token and no UserInfo endpoint.

mod attempt;
mod callback;
mod discovery;
mod error;
mod exchange;
mod fetch;
mod id_token;
mod key_sets;
mod provider;
mod settings;

pub use attempt::{Attempt, LASTS_SECS};
pub use callback::Callback;
pub use error::SignInError;
pub use id_token::Identity;
pub use provider::{Examined, Provider};
pub use settings::{ClientSecret, ProviderSettings, RoleMapping};
