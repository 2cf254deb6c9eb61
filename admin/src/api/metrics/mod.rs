//! What monitoring reads, in the text format of Prometheus.
//!
//! `docs/monitoring.md` tells people what to make of it; `examples/monitoring` has rules and a dashboard, whose names
//! the tests hold against what is served here.

mod catalogue;
mod exposition;
pub(super) mod show;
