//! Legal holds.

pub(in crate::api) mod list;
pub(in crate::api) mod release;
pub(in crate::api) mod set;
