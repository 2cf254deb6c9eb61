//! What became of each request, as a point of Workers Analytics Engine, if a dataset is bound as `ANALYTICS`.
//!
//! index: the route; blobs: outcome, code, route, kid, region, version of the first provider's key set; double: 1.

use keystile_gateway::{Decision, Route};
use worker::{AnalyticsEngineDataPointBuilder, AnalyticsEngineDataset, BlobType, Request, console_error};

use crate::isolate::Isolate;

/// Writes the point of a request. The platform takes it in the background, and drops it rather than wait.
pub(crate) fn write(
    dataset: &AnalyticsEngineDataset,
    isolate: &Isolate,
    decision: &Decision<'_>,
    request: &Request,
) {
    let outcome = match decision {
        Decision::Refuse { .. } => "refused",
        Decision::Pass(pass) if pass.shadowed.is_some() => "shadowed",
        Decision::Pass(_) => "passed",
    };
    let kid = match decision {
        Decision::Pass(pass) => pass.believed.first().map(|believed| believed.kid()),
        Decision::Refuse { .. } => None,
    };
    let code = decision.refusal().map(|refusal| refusal.code());
    // What no route is for has the empty name.
    let route = decision.route().map(Route::id).unwrap_or_default();
    let version = isolate.first().ok().and_then(|issuer| issuer.key_sets.keyring().version());
    let version = version.map(|version| version.to_string()).unwrap_or_default();
    let (code, kid, region) = (code.unwrap_or_default(), kid.unwrap_or_default(), isolate.region(request));
    let blobs = [outcome, code, route, kid, &region, &version].map(BlobType::from);
    let point = AnalyticsEngineDataPointBuilder::new().indexes([route]).blobs(blobs).doubles([1.0]).build();
    if let Err(error) = dataset.write_data_point(&point) {
        console_error!("the analytics: {error}");
    }
}
