//! What machines ask about the server itself.

pub(super) mod description;
pub(super) mod health;
pub(super) mod ready;
