//! The sessions of everybody who is signed in to the console.

pub(super) mod end;
pub(super) mod list;
