//! What the gate tells the admin server, which lets a new key sign only after every region has it: this one is a region
//! like those of the edge worker.

use std::{sync::Arc, time::Duration};

use keystile_gateway::{Provider, Report, ReportClock};
use reqwest::Client;
use tokio::{task::JoinSet, time};

use crate::{
    client::client,
    clock,
    deployment::Deployment,
    gate::Gate,
    key_sets::{KeySets, innermost},
    settings::Reports,
};

/// A report that takes longer is given up; the next one repeats its content.
const DEADLINE: Duration = Duration::from_secs(5);

/// How often we look whether a report is due. A new version is reported as soon as it is there.
const GLANCE: Duration = Duration::from_secs(1);

/// Reports about every issuer that `reports` names, for as long as the gate runs.
pub(crate) async fn send_for_ever(deployment: Arc<Deployment>, reports: Reports) {
    let mut reporters = JoinSet::new();
    for (name, id) in reports.issuers {
        let url = format!("{}/v1/issuers/{id}/reports", reports.admin);
        reporters.spawn(Reporter::new(Arc::clone(&deployment), name, (url, reports.token.clone())).run());
    }
    reporters.join_all().await;
}

struct Reporter {
    deployment: Arc<Deployment>,
    provider: String,
    url: String,
    token: String,
    client: Client,
    due: ReportClock,
    /// What went wrong last, so that an outage is one line in the log and not one every ten seconds.
    trouble: Option<String>,
}

impl Reporter {
    fn new(deployment: Arc<Deployment>, provider: String, (url, token): (String, String)) -> Self {
        Self {
            deployment,
            provider,
            url,
            token,
            client: client(),
            due: ReportClock::default(),
            trouble: None,
        }
    }

    async fn run(mut self) {
        loop {
            let gate = self.deployment.gate().ok();
            let subject = gate.as_ref().and_then(|gate| {
                gate.providers().find(|(it, _)| it.name() == self.provider).map(|found| (gate, found))
            });
            let Some((gate, (provider, key_sets))) = subject else {
                time::sleep(GLANCE).await;
                continue;
            };
            if let Some(body) = self.due_report(gate, provider, key_sets) {
                let trouble = self.send(body).await.err();
                if let Some(trouble) = trouble.as_ref().filter(|_| trouble != self.trouble) {
                    tracing::warn!(provider = self.provider, "the report to the admin server: {trouble}");
                }
                self.trouble = trouble;
            }
            // Whether something is new or time has passed, we look again.
            let _ = time::timeout(GLANCE, key_sets.news.notified()).await;
        }
    }

    fn due_report(&mut self, gate: &Gate, provider: &Provider, key_sets: &KeySets) -> Option<String> {
        let (keyring, now) = (key_sets.keyring(), clock::now());
        let version = keyring.version()?;
        if !self.due.take_due(version, now) {
            return None;
        }
        let roots = provider.keys().roots()?;
        let (region, instance) = (gate.lasting.region.as_str(), gate.lasting.instance.as_str());
        let counters = gate.lasting.counters();
        let report = Report::new((region, instance), (&keyring, version), roots, &counters, now);
        serde_json::to_string(&report).ok()
    }

    async fn send(&self, body: String) -> Result<(), String> {
        let report = self.client.post(&self.url).bearer_auth(&self.token).timeout(DEADLINE);
        let answer = report.header("content-type", "application/json").body(body).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(format!("it answers {}", answer.status())),
            Err(error) => Err(innermost(&error.without_url())),
        }
    }
}
