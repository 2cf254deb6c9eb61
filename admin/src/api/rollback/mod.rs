//! The way back.

pub(super) mod start;
