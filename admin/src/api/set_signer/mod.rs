//! What signs key sets: a root, or a key that an offline root delegates it to.

pub(super) mod install;
pub(super) mod request;
pub(super) mod show;
