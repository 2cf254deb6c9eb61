//! What changes, as it changes.

mod listeners;
pub(super) mod stream;

pub(super) use listeners::Listeners;
