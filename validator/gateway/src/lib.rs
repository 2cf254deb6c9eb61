//! Decides which requests may pass a gateway: a policy, its routes, and what each of them demands.
//!
//! Pure: no I/O, no clock, no runtime, no HTTP library. The head of a request comes in as texts, and the decision goes
//! out: a [`Pass`] with headers to take out and to set, or a [`Refusal`] with its answer. Whether a token is believed is
//! the validator's to say, through a [`Judge`]. `keystile policy check` is its first door.

mod believed;
mod claims;
mod explain;
mod gateway;
mod header;
mod host;
mod path;
mod policy;
mod refusal;
mod request;
mod rights;
mod route;
mod rule;
mod token_source;
mod verdicts;

// The public interface is:
pub use crate::{
    believed::Believed,
    explain::{Explanation, Tried, Verdict},
    gateway::{Decision, Pass},
    path::AmbiguousPath,
    policy::{Detail, GatewayPolicy, KeySource, Location, PolicyFault, Provider},
    refusal::{Answer, Refusal, Wording, is_quotable},
    request::RequestHead,
    rights::{ScopeToken, ScopeTokenError},
    route::{Action, Mismatch, Route},
    rule::{Distrust, Judge, Profile},
    verdicts::Verdicts,
};

/// The JSON Schema of policy documents, as `docs/policy.schema.json` has it.
#[cfg(feature = "schema")]
pub fn schema() -> serde_json::Value {
    policy::schema()
}
