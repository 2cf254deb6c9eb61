//! The root keys, which everything else is believed for.

pub(super) mod announce;
pub(super) mod list;
pub(super) mod withdraw;
