//! What this isolate tells the admin server, which lets a new key sign only after every region has it.

use std::{collections::BTreeMap, rc::Rc, time::Duration};

use serde::Serialize;
use worker::{
    Context, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, console_error, console_warn,
};

use crate::{clock::Moment, counters::Counters, deadline::within, discovery, isolate::Isolate};

/// The rhythm of reports while there is traffic.
const INTERVAL: Duration = Duration::from_secs(10);

/// A report that takes longer is given up; the next one repeats its content.
const DEADLINE: Duration = Duration::from_secs(5);

/// When the last report was sent, and of which version.
#[derive(Debug, Default)]
pub struct ReportClock {
    last: Option<(Moment, u64)>,
}

impl ReportClock {
    /// Whether to send a report of `version` at `now`: at once if it is a new one, and otherwise every ten seconds.
    /// A report that is due counts as sent, so that a server that fails is not asked more often.
    pub fn take_due(&mut self, version: u64, now: Moment) -> bool {
        let is_due =
            self.last.is_none_or(|(sent, reported)| reported != version || now.since(sent) >= INTERVAL);
        if is_due {
            self.last = Some((now, version));
        }
        is_due
    }
}

/// Reports in the background, if there is a server to report to, something to report, and it is time.
pub(crate) fn send_if_due(isolate: &Rc<Isolate>, request: &Request, context: &Context) {
    let (Some(admin_url), Some(token)) = (&isolate.settings.admin_url, &isolate.settings.edge_token) else {
        return;
    };
    let Some(version) = isolate.key_sets.keyring().version() else { return };
    if !isolate.reports.borrow_mut().take_due(version, Moment::now()) {
        return;
    }
    let url = format!("{admin_url}/v1/issuers/{}/reports", isolate.settings.issuer_id);
    let report = match post(&url, token, &body(isolate, version, &isolate.region(request))) {
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

fn body(isolate: &Isolate, version: u64, region: &str) -> String {
    let counters = isolate.counters.borrow();
    let report = Report {
        region,
        instance: &isolate.instance,
        version,
        key_set_age_seconds: discovery::age_seconds(&isolate.key_sets.keyring(), Moment::now()),
        counters: &counters,
        last_seen_kids: counters.last_seen_kids(),
        roots: isolate.settings.roots.keys().iter().map(|root| root.thumbprint().as_str()).collect(),
    };
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

#[derive(Serialize)]
struct Report<'a> {
    region: &'a str,
    instance: &'a str,
    version: u64,
    key_set_age_seconds: Option<u64>,
    counters: &'a Counters,
    last_seen_kids: &'a BTreeMap<String, u64>,
    /// The roots pinned here: the server signs nothing under another one before every region has it.
    roots: Vec<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use keystile_validator::UnixTime;

    fn at(secs: u64) -> Moment {
        Moment::from(UnixTime::from_secs(secs))
    }

    #[test]
    fn a_new_version_is_reported_at_once() {
        let mut clock = ReportClock::default();
        assert!(clock.take_due(1, at(100)));
        assert!(clock.take_due(2, at(100)));
    }

    #[test]
    fn the_same_version_is_reported_every_ten_seconds() {
        let mut clock = ReportClock::default();
        assert!(clock.take_due(1, at(100)));
        assert!(!clock.take_due(1, at(109)));
        assert!(clock.take_due(1, at(110)));
        assert!(!clock.take_due(1, at(119)));
    }
}
