//! The text format, version 0.0.4 (<https://prometheus.io/docs/instrumenting/exposition_formats/>): the samples of a
//! metric stand together below its head, whatever the order in which they come in.

use std::fmt::{Display, Write};

use super::catalogue::METRICS;

/// What the format is called on the wire.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) struct Exposition {
    samples: [String; METRICS.len()],
}

impl Default for Exposition {
    fn default() -> Self {
        Self { samples: std::array::from_fn(|_| String::new()) }
    }
}

impl Exposition {
    pub(super) fn sample(&mut self, metric: &str, labels: &[(&str, &str)], value: impl Display) {
        let position = METRICS.iter().position(|known| known.name == metric);
        let Some(samples) = position.and_then(|position| self.samples.get_mut(position)) else {
            debug_assert!(false, "`{metric}` is not in the catalogue");
            return;
        };
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(samples, "{metric}{labels} {value}");
    }

    pub(super) fn finish(self) -> String {
        let mut text = String::new();
        for (metric, samples) in METRICS.iter().zip(self.samples).filter(|(_, samples)| !samples.is_empty()) {
            let (name, kind, meaning) = (metric.name, metric.kind, metric.meaning);
            let _ = write!(text, "# HELP {name} {meaning}\n# TYPE {name} {kind}\n{samples}");
        }
        text
    }
}

/// Region names and codes come from the edge: nothing in them may end the label.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        let mut text = Exposition::default();
        text.sample("keystile_tokens_accepted_total", &[("region", "a\"} 1\nx\\")], 7);
        assert!(text.finish().contains("keystile_tokens_accepted_total{region=\"a\\\"} 1\\nx\\\\\"} 7\n"));
    }

    #[test]
    fn samples_follow_the_head_of_their_metric_and_a_metric_without_any_has_none() {
        let mut text = Exposition::default();
        text.sample("keystile_outbox_attempts", &[("issuer", "main")], 2);
        text.sample("keystile_read_only", &[], 0);
        text.sample("keystile_outbox_attempts", &[("issuer", "b")], -1);
        let expected = "# HELP keystile_read_only 1 while the master key is not there, so that nothing is signed.\n\
                        # TYPE keystile_read_only gauge\n\
                        keystile_read_only 0\n\
                        # HELP keystile_outbox_attempts Attempts to push the current version.\n\
                        # TYPE keystile_outbox_attempts gauge\n\
                        keystile_outbox_attempts{issuer=\"main\"} 2\n\
                        keystile_outbox_attempts{issuer=\"b\"} -1\n";
        assert_eq!(text.finish(), expected);
    }

    #[test]
    fn no_name_occurs_twice_and_every_meaning_is_one_line() {
        let mut names: Vec<_> = METRICS.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METRICS.len());
        assert!(METRICS.iter().all(|metric| !metric.meaning.contains(['\n', '\\'])));
    }
}
