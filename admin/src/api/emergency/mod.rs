//! The one action for a compromised key.

pub(super) mod declare;
pub(super) mod rehearse;
pub(super) mod show;
