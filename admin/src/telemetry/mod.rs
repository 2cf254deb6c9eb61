//! What the server says about itself: lines on standard error, and spans over OTLP where the operator names a collector.
//!
//! Never logged, and never in a span: tokens of any kind, private keys, master keys, cookies, request bodies, query strings. A
//! request is logged as its method, path, status and id; the id is also in the answer, so that the two can be brought together.

mod call;
mod export;
mod origins;

use std::io::{self, IsTerminal};

use tracing::Span;
use tracing_subscriber::filter::{EnvFilter, FilterExt, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

pub use call::send;
pub use export::Exporter;
pub use origins::{Origins, trace_id};

/// What our spans have as their target: they are exported, and not logged; everything else is logged, and not exported.
pub const SPANS: &str = "keystile::spans";

/// Starts logging. `filter` is an `EnvFilter` directive; a broken one falls back to `info` and says so.
pub fn start(filter: &str, json: bool) {
    start_with(filter, json, None);
}

/// Starts logging, and exporting spans if the environment says where to. What has not been sent when the exporter is dropped
/// is sent then.
pub fn start_exporting(filter: &str, json: bool) -> Option<Exporter> {
    match Exporter::from_environment().transpose() {
        Ok(exporter) => {
            start_with(filter, json, exporter.as_ref());
            exporter
        }
        // Nobody is kept from serving by it.
        Err(error) => {
            start_with(filter, json, None);
            tracing::warn!(%error, "no traces are exported: put OTEL_EXPORTER_OTLP_ENDPOINT right");
            None
        }
    }
}

/// Notes in a span, which has the field for it, whether it failed.
pub fn note(span: &Span, is_ok: bool) {
    if !is_ok {
        span.record("otel.status_code", "ERROR");
    }
}

fn start_with(filter: &str, json: bool, exporter: Option<&Exporter>) {
    let parsed = EnvFilter::try_new(filter);
    let broken = parsed.is_err();
    let lines = parsed.unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = lines.and(filter_fn(|metadata| metadata.target() != SPANS));
    let log = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    let log: Box<dyn Layer<Registry> + Send + Sync> = if json {
        log.json().with_filter(lines).boxed()
    } else {
        log.with_target(false).with_filter(lines).boxed()
    };
    let spans = filter_fn(|metadata| metadata.is_span() && metadata.target() == SPANS);
    let spans = exporter.map(|to| to.layer().with_filter(spans.with_max_level_hint(LevelFilter::INFO)));
    tracing_subscriber::registry().with(log).with(spans).init();
    if broken {
        tracing::warn!(filter, "`KEYSTILE__LOG__FILTER` cannot be read, so `info` is used");
    }
}
