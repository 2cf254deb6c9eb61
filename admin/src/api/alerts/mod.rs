//! What somebody should be told.

pub(super) mod list;
