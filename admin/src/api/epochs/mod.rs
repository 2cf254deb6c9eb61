//! Not-before instants.

pub(super) mod list;
pub(super) mod raise;
