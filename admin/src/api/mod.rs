//! The HTTP door: converts and delegates to [`operations`](crate::operations), and holds no rule of its own.
//!
//! One operation a file, `<noun>/<verb>.rs`: its description for OpenAPI and its handler. A handler reaches the
//! engine only through `Caller`, which has authenticated somebody, or through `Anyone`, which says in the signature
//! that this route is public. What the caller may do is decided by the operation. Every refusal becomes a problem
//! document, in `problem.rs`.

mod alerts;
mod api_tokens;
mod approvals;
mod audit;
mod body;
mod caller;
mod client;
mod conditional;
mod console;
mod edge;
mod emergency;
mod epochs;
mod events;
mod external_signer;
mod hand_off;
mod headers;
mod idempotency;
mod issuers;
mod key_set;
mod keys;
mod metrics;
mod openapi;
mod overtake;
mod page;
mod passkeys;
mod path;
mod patience;
mod probe;
mod problem;
mod provider_sign_in;
mod query;
mod revocations;
mod rollback;
mod roots;
mod rotation;
mod router;
mod serve;
mod session;
mod sessions;
mod set_signer;
mod status;
mod tls;
mod tokens;
mod trace;
mod users;
mod webhooks;

pub use openapi::openapi;
pub use router::{Server, router};
pub use serve::{CannotListen, CannotServe, bind, serve};

#[cfg(test)]
mod tests;
