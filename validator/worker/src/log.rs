//! One line in the log for a request: nothing of its token, and of its claims only what the policy names.

use keystile_gateway::{Decision, Route};
use serde_json::{Value, json};
use worker::{Request, console_log};

use crate::{
    clock,
    isolate::{self, Isolate},
};

/// Logs a request that is refused, or would be if its route enforced anything; and one that passes, if the policy says
/// so.
pub(crate) fn decision(isolate: &Isolate, request: &Request, decision: &Decision<'_>) {
    let policy = &isolate.policy;
    let (event, claims) = match decision {
        Decision::Refuse { .. } => ("refused", Vec::new()),
        Decision::Pass(pass) if pass.shadowed.is_some() => ("shadowed", Vec::new()),
        Decision::Pass(pass) if policy.logs_passed() => {
            let claims = pass.believed.iter().map(|believed| json!(policy.logged_claims(believed)));
            ("passed", claims.collect())
        }
        Decision::Pass(_) => return,
    };
    let line = json!({
        "event": event,
        "code": decision.refusal().map(|refusal| refusal.code()),
        "route": decision.route().map(Route::id),
        "region": isolate.region(request),
        "request_id": isolate::request_id(request),
        "key_sets": key_sets(isolate),
        "claims": claims,
    });
    console_log!("{line}");
}

/// How fresh the key sets are that the decision was made by.
fn key_sets(isolate: &Isolate) -> Vec<Value> {
    let now = clock::now();
    let providers = isolate.policy.providers();
    let of = |(issuer, provider): (&isolate::Issuer, &keystile_gateway::Provider)| {
        let keyring = issuer.key_sets.keyring();
        json!({
            "provider": provider.name(),
            "version": keyring.version(),
            "age_seconds": keyring.age(now).map(|age| age.as_secs()),
            "standing": keyring.standing(now).as_str(),
        })
    };
    isolate.issuers.iter().zip(providers).map(of).collect()
}
