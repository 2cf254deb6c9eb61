use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Which trace the newest key set of each issuer comes from, so that the push that follows is seen where the request was. Kept
/// in memory: after a restart, and where another process pushes, a push is a trace of its own.
#[derive(Debug, Default)]
pub struct Origins(Mutex<BTreeMap<String, (u64, SpanContext)>>);

impl Origins {
    /// Notes that this version is made within the present span.
    pub fn remember(&self, issuer: &str, version: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match present() {
            Some(here) => known.insert(issuer.to_owned(), (version, here)),
            // The same version may have failed within another trace.
            None => known.remove(issuer),
        };
    }

    /// Makes a span, which has not begun yet, part of the trace in which this version was made.
    pub fn resume(&self, issuer: &str, version: u64, span: &Span) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned();
        if let Some((_, origin)) = known.filter(|(made, _)| *made == version) {
            // Where nothing is exported there is no layer to be told.
            let _ = span.set_parent(Context::new().with_remote_span_context(origin));
        }
    }
}

/// The trace of the present span, in hexadecimal.
pub fn trace_id() -> Option<String> {
    present().map(|here| here.trace_id().to_string())
}

fn present() -> Option<SpanContext> {
    let context = Span::current().context();
    let here = context.span().span_context().clone();
    here.is_valid().then_some(here)
}
