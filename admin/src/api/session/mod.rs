//! The console's session: an API token exchanged for a cookie that scripts cannot read.

pub(super) mod accept;
pub(super) mod cookie;
pub(super) mod create;
pub(super) mod end;
pub(super) mod first_passkey;
mod json;
pub(super) mod passkey;
pub(super) mod show;
