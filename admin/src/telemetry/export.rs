use std::env;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

/// A server that is stopped waits for its collector no longer.
const FLUSH: Duration = Duration::from_secs(3);
/// What a span came from, unless the operator says something else.
const SERVICE: &str = "keystile";

/// Sends spans to a collector, in batches and on a thread of its own. At most 2,048 spans wait (`OTEL_BSP_MAX_QUEUE_SIZE`);
/// what comes while they do is dropped, so that a collector that is dead or slow holds nobody up.
pub struct Exporter(SdkTracerProvider);

impl Exporter {
    /// The exporter that the standard variables ask for; `None` where they name no collector, or forbid it.
    pub fn from_environment() -> Option<Result<Self, ExporterBuildError>> {
        is_wanted(|name| env::var(name).ok()).then(|| {
            // Address, headers and timeouts, sampler, batches and limits are read from the environment by the SDK.
            let exporter = SpanExporter::builder().with_http().build()?;
            let provider =
                SdkTracerProvider::builder().with_resource(resource()).with_batch_exporter(exporter);
            Ok(Self(provider.build()))
        })
    }

    /// What makes spans of ours into spans of OpenTelemetry.
    pub(super) fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(
        &self,
    ) -> OpenTelemetryLayer<S, SdkTracer> {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(SERVICE))
            // The parent of a span is the one that is entered here, and no other library's.
            .with_context_activation(false)
            // Where in the source it began, on which thread, and how long it idled is nobody's concern.
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_target(false)
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last spans may not have reached the collector");
        }
    }
}

/// Whether somebody named a collector (OpenTelemetry, "Environment Variable Specification"). An empty value is none.
fn is_wanted(variable: impl Fn(&str) -> Option<String>) -> bool {
    let value =
        |name: &str| variable(name).map(|value| value.trim().to_ascii_lowercase()).unwrap_or_default();
    let names_collector = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]
        .iter()
        .any(|name| !value(name).is_empty());
    names_collector && value("OTEL_SDK_DISABLED") != "true" && value("OTEL_TRACES_EXPORTER") != "none"
}

fn resource() -> Resource {
    let name = Resource::builder().build().get(&Key::from_static_str("service.name"));
    let is_named = name.is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = Resource::builder().with_attribute(version);
    if is_named { resource.build() } else { resource.with_service_name(SERVICE).build() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_exported_only_where_a_collector_is_named_and_nobody_forbids_it() {
        let asks = |variables: &[(&str, &str)]| {
            is_wanted(|name| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let there = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert!(asks(&[there]));
        assert!(asks(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces")]));
        assert!(asks(&[there, ("OTEL_SDK_DISABLED", "false"), ("OTEL_TRACES_EXPORTER", "otlp")]));
        for forbidden in [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert!(!asks(&[there, forbidden]), "{forbidden:?}");
        }
        assert!(!asks(&[]));
        assert!(!asks(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " "), ("OTEL_SERVICE_NAME", "x")]));
    }
}
