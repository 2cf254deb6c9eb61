//! What takes two people: requests, and what other people say to them.

pub(super) mod approve;
pub(super) mod ask;
pub(super) mod list;
pub(super) mod refuse;
pub(super) mod review;
pub(super) mod show;

/// The header with which an approved deed is done: the id of the request.
pub(super) const APPROVAL: axum::http::HeaderName = axum::http::HeaderName::from_static("keystile-approval");

/// The operations that it may come with, by their ids.
pub(super) const DEEDS: [&str; 15] = [
    "declare_emergency",
    "roll_back",
    "announce_root",
    "withdraw_root",
    "install_delegation",
    "set_hand_off",
    "change_issuer",
    "create_api_token",
    "create_user",
    "invite_user",
    "change_user_role",
    "enable_user",
    "set_audit_retention",
    "release_legal_hold",
    "remove_passkey",
];
