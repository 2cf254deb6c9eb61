//! The counters as Prometheus reads them (text format 0.0.4).

use std::fmt::Write;

use keystile_gateway::Moment;
use keystile_validator::KeySet;
use serde_json::Value;

use crate::gate::Gate;

pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// Everything that is counted, and how old the key sets are.
pub(crate) fn of(gate: &Gate, now: Moment) -> String {
    let mut page = Page::default();
    let counters = serde_json::to_value(&*gate.lasting.counters()).unwrap_or_default();
    page.counted(
        "keystile_gate_tokens_accepted_total",
        "Tokens that were believed, by their key.",
        "kid",
        counters.get("by_kid"),
    );
    let name = "keystile_gate_tokens_refused_total";
    page.head(
        name,
        "counter",
        "Tokens that were refused and name a key that the key set has or had, by key and code.",
    );
    for (kid, codes) in members(counters.get("refused_by_kid")) {
        for (code, count) in members(Some(codes)) {
            page.line(name, &[("kid", kid), ("code", code)], count);
        }
    }
    page.counted(
        "keystile_gate_refused_total",
        "Requests that were refused, by code.",
        "code",
        counters.get("refused"),
    );
    page.counted(
        "keystile_gate_shadowed_total",
        "Requests that enforcing would have refused, by code.",
        "code",
        counters.get("shadowed"),
    );
    page.head("keystile_gate_requests_total", "counter", "Requests of each route, by outcome.");
    for (route, outcomes) in members(counters.get("by_route")) {
        for (outcome, count) in members(Some(outcomes)) {
            page.line("keystile_gate_requests_total", &[("route", route), ("outcome", outcome)], count);
        }
    }
    page.head("keystile_gate_verdicts_kept", "gauge", "Verdicts in memory.");
    page.line("keystile_gate_verdicts_kept", &[], &gate.verdicts_kept().into());
    page.key_sets(gate, now);
    page.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn key_sets(&mut self, gate: &Gate, now: Moment) {
        let facts: Vec<_> = gate
            .providers()
            .map(|(provider, key_sets)| {
                let keyring = key_sets.keyring();
                let is_usable = keyring.standing(now).is_usable();
                let expires_at = keyring.key_set().and_then(KeySet::expires_at).map(|at| at.as_secs());
                let age = keyring.age(now).map(|age| age.as_secs());
                (provider.name(), [Some(u64::from(is_usable)), keyring.version(), age, expires_at])
            })
            .collect();
        let names = [
            ("keystile_gate_key_set_usable", "Whether tokens can be judged."),
            ("keystile_gate_key_set_version", "The version that is judged by."),
            ("keystile_gate_key_set_age_seconds", "Since the key set was last confirmed."),
            ("keystile_gate_key_set_expires_at_seconds", "When the document ends, in seconds since 1970."),
        ];
        for (index, (name, help)) in names.into_iter().enumerate() {
            self.head(name, "gauge", help);
            for (provider, values) in &facts {
                if let Some(Some(value)) = values.get(index) {
                    self.line(name, &[("provider", provider)], &(*value).into());
                }
            }
        }
    }

    fn counted(&mut self, name: &str, help: &str, label: &str, counts: Option<&Value>) {
        self.head(name, "counter", help);
        for (value, count) in members(counts) {
            self.line(name, &[(label, value)], count);
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: &Value) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

fn members(counts: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    counts.and_then(Value::as_object).into_iter().flatten()
}

/// A plain key set may call its keys anything.
fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_end_itself() {
        let mut page = Page::default();
        page.line("a", &[("kid", "x\"} 1\nb \\")], &1.into());
        assert_eq!(page.0, "a{kid=\"x\\\"} 1\\nb \\\\\"} 1\n");
    }
}
