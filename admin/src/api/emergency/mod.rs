//! The one action for a compromised key.

pub(super) mod declare;
