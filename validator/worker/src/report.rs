//! What this isolate tells the admin server, in the background.

use std::{rc::Rc, time::Duration};

use keystile_gateway::{KeySource, Report};
use keystile_validator::RootKeys;
use worker::{
    Context, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, console_error, console_warn,
};

use crate::{
    clock,
    deadline::within,
    isolate::{Isolate, Issuer},
};

/// A report that takes longer is given up; the next one repeats its content.
const DEADLINE: Duration = Duration::from_secs(5);

/// Reports in the background, if there is a server to report to, something to report, and it is time.
pub(crate) fn send_if_due(isolate: &Rc<Isolate>, request: &Request, context: &Context) {
    let (Some(admin_url), Some(token)) = (&isolate.settings.admin_url, &isolate.settings.edge_token) else {
        return;
    };
    for (issuer, provider) in isolate.issuers.iter().zip(isolate.policy.providers()) {
        let (Some(id), KeySource::Signed { roots, .. }) = (issuer.key_sets.issuer_id(), provider.keys())
        else {
            continue;
        };
        let Some(version) = issuer.key_sets.keyring().version() else { continue };
        if issuer.reports.borrow_mut().take_due(version, clock::now()) {
            let url = format!("{admin_url}/v1/issuers/{id}/reports");
            let report = body(isolate, issuer, roots, version, &isolate.region(request));
            send(post(&url, token, &report), context);
        }
    }
}

fn send(report: worker::Result<Request>, context: &Context) {
    let report = match report {
        Ok(report) => report,
        Err(error) => return console_error!("the report to the admin server: {error}"),
    };
    context.wait_until(async move {
        match within(DEADLINE, Fetch::Request(report).send()).await {
            Some(Ok(response)) if response.status_code() < 300 => {}
            Some(Ok(response)) => {
                console_warn!("the admin server answers {} to a report", response.status_code());
            }
            Some(Err(error)) => console_warn!("the admin server does not take reports: {error}"),
            None => console_warn!("the admin server takes too long over a report"),
        }
    });
}

fn body(isolate: &Isolate, issuer: &Issuer, roots: &RootKeys, version: u64, region: &str) -> String {
    let (keyring, counters) = (issuer.key_sets.keyring(), isolate.counters.borrow());
    let report =
        Report::new((region, &isolate.instance), (&keyring, version), roots, &counters, clock::now());
    serde_json::to_string(&report).unwrap_or_default()
}

/// A redirect is not followed: the token is for the configured server and nobody else.
fn post(url: &str, token: &str, body: &str) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("authorization", &format!("Bearer {token}"))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_redirect(RequestRedirect::Manual)
        .with_headers(headers)
        .with_body(Some(body.into()));
    Request::new_with_init(url, &init)
}
