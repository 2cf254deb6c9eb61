//! What the edge tells, and what it is known to run.

pub(super) mod minutes;
pub(super) mod report;
pub(super) mod show;
