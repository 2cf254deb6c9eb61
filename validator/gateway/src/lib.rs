//! Decides which requests may pass a gateway: a policy, its routes, and what each of them demands.
//!
//! Pure: no I/O, no clock, no runtime, no HTTP library. The head of a request comes in as texts, and the decision goes
//! out: a [`Pass`] with headers to take out and to set, or a [`Refusal`] with its answer. Whether a token is believed is
//! the validator's to say, through a [`Judge`], by the key set that a [`Keyring`] believes. The Cloudflare Worker and
//! `keystile policy check` are its doors.

mod assertion;
mod believed;
mod claims;
mod counters;
mod explain;
mod gateway;
mod header;
mod host;
mod keyring;
mod moment;
mod path;
mod policy;
mod refusal;
mod refused_token;
mod report;
mod request;
mod rights;
mod route;
mod rule;
mod token_source;
mod verdicts;

// The public interface is:
pub use crate::{
    assertion::{ASSERTION_HEADER, Asserter, WeakKey},
    believed::Believed,
    counters::Counters,
    explain::{Explanation, Tried, Verdict},
    gateway::{Decision, Pass},
    keyring::{
        CHANNEL_BOUND_SECS, CHANNEL_DEADLINE, CHANNEL_REFRESH, Chase, FILTER_GRACE, Keyring, Plan,
        READ_DEADLINE, ReadError, RevokedLists, Rhythm, Standing,
    },
    moment::Moment,
    path::AmbiguousPath,
    policy::{Detail, GatewayPolicy, KeySource, Location, PolicyFault, Provider},
    refusal::{Answer, Refusal, Wording, is_quotable},
    refused_token::RefusedToken,
    report::{Report, ReportClock},
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
