//! Where backends read their key.

pub(in crate::api) mod set;
pub(in crate::api) mod show;
