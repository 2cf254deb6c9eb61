//! What one door can, the other can: each operation of the HTTP API has a command, each command an operation, or a reason
//! why not.

use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory;

use super::Arguments;

/// The operations, by their id in `openapi.json`, and the commands that do the same.
const BOTH: &[(&str, &[&str])] = &[
    ("activate_key", &["keys activate"]),
    ("add_webhook", &["webhooks add"]),
    ("announce_root", &["root announce"]),
    ("approve", &["approvals approve"]),
    (
        "ask_for_approval",
        &["emergency", "rollback", "root announce", "root install", "root withdraw", "hand-off set"],
    ),
    ("cancel_rotation", &["rotation cancel"]),
    ("change_issuer", &["issuer change"]),
    ("create_api_token", &["api-token create"]),
    ("create_user", &["user create"]),
    ("invite_user", &["user invite"]),
    ("change_user_role", &["user role"]),
    ("disable_user", &["user disable"]),
    ("enable_user", &["user enable"]),
    ("list_users", &["user list"]),
    ("list_passkeys", &["user passkeys"]),
    ("remove_passkey", &["user passkeys remove"]),
    ("create_key", &["keys create", "keys import"]),
    ("declare_emergency", &["emergency"]),
    ("describe", &["openapi"]),
    ("end_session", &["session end"]),
    ("export_audit", &["audit export"]),
    ("install_delegation", &["root install"]),
    ("list_alerts", &["alerts"]),
    ("list_approvals", &["approvals list"]),
    ("list_api_tokens", &["api-token list"]),
    ("list_audit", &["audit list"]),
    ("list_legal_holds", &["audit hold list"]),
    ("set_legal_hold", &["audit hold set"]),
    ("release_legal_hold", &["audit hold release"]),
    ("show_audit_retention", &["audit retention show"]),
    ("set_audit_retention", &["audit retention set"]),
    ("list_epochs", &["revoke status"]),
    ("list_issuers", &["issuer list"]),
    ("list_keys", &["keys list"]),
    ("list_roots", &["root list", "roots"]),
    ("list_sessions", &["session list"]),
    ("list_webhooks", &["webhooks list"]),
    ("mint_token", &["token mint"]),
    ("overtake", &["overtake"]),
    ("pause_rotation", &["rotation pause"]),
    (
        "raise_epoch",
        &["revoke subject", "revoke client", "revoke everything", "revoke key", "revoke session"],
    ),
    ("rehearse_emergency", &["emergency"]),
    ("refuse", &["approvals refuse"]),
    ("review_broken_glass", &["approvals review"]),
    ("show_approval", &["approvals show"]),
    ("remove_webhook", &["webhooks remove"]),
    ("request_delegation", &["root request"]),
    ("resume_rotation", &["rotation resume"]),
    ("retire_key", &["keys retire"]),
    ("revoke_api_token", &["api-token revoke"]),
    ("revoke_by_name", &["revoke token", "revoke session"]),
    ("revoke_key", &["keys revoke", "revoke key"]),
    ("roll_back", &["rollback"]),
    ("show_edge", &["status"]),
    ("show_emergency", &["emergency", "status"]),
    ("rotate_webhook_secret", &["webhooks rotate-secret"]),
    ("set_hand_off", &["hand-off set"]),
    ("show_hand_off", &["hand-off show"]),
    ("show_issuer", &["issuer show"]),
    ("show_key", &["keys show"]),
    ("show_revocations", &["revoke status"]),
    ("show_rotation", &["rotation show"]),
    ("show_set_signer", &["root signer"]),
    ("sign_payload", &["token sign"]),
    ("start_rotation", &["rotate"]),
    ("status", &["status"]),
    ("test_webhook", &["webhooks test"]),
    ("withdraw_root", &["root withdraw"]),
];

/// Operations without a command.
const HTTP_ALONE: &[(&str, &str)] = &[
    ("health", "a probe of the process that answers"),
    ("ready", "a probe of the process that answers"),
    ("metrics", "what a process counts is in its memory"),
    ("follow_status", "a stream of what `status` shows"),
    ("show_edge_minutes", "what the console draws; `status` has the sums"),
    ("fetch_keys", "Kubernetes asks; `keys list` shows people the same"),
    ("signer_metadata", "Kubernetes asks"),
    ("report", "edges report, and have no command line"),
    ("jwks", "verifiers fetch it; `keys list` shows people the same"),
    ("main_jwks", "verifiers fetch it"),
    ("signed_jwks", "verifiers fetch it"),
    ("main_signed_jwks", "verifiers fetch it"),
    ("key_set", "edges fetch it"),
    ("key_set_value", "edges fetch it"),
    ("accept_invitation", "whoever was invited is not at the server's command line"),
    ("show_provider", "`config show` has it, and `doctor` asks the provider"),
    ("begin_provider_sign_in", "a session belongs to a browser"),
    ("finish_provider_sign_in", "a session belongs to a browser"),
    ("sign_in", "a session belongs to a browser"),
    ("sign_out", "a session belongs to a browser"),
    ("finish_sign_in", "an authenticator answers a browser"),
    ("finish_sign_in_with_first_passkey", "an authenticator answers a browser"),
    ("begin_passkey", "an authenticator answers a browser"),
    ("add_passkey", "an authenticator answers a browser"),
    ("list_own_passkeys", "one's own, in a browser; `user passkeys` lists anybody's"),
    ("remove_own_passkey", "one's own, in a browser; `user passkeys remove` removes anybody's"),
    ("who_am_i", "a session belongs to a browser"),
];

/// Commands without an operation.
const COMMAND_LINE_ALONE: &[(&str, &str)] = &[
    ("access list", "it reads what `list_api_tokens` and `list_sessions` answer, in one"),
    ("access review", "it is signed by who reviews on the server's own machine"),
    ("agent", "it runs a backend on the backend's machine"),
    ("audit evidence", "it writes a page, from the log that `list_audit` answers"),
    ("audit key", "it is pinned once, by hand"),
    ("audit verify", "whoever verifies must not have to trust the server that answers"),
    ("backup", "it writes a file with every private key"),
    ("backup drill", "it reads such a file"),
    ("backup key", "it makes a key that the server must not have"),
    ("backup list", "it lists files of the server's machine"),
    ("completions", "it is about the command line"),
    ("config check", "it reads this machine's configuration"),
    ("config schema", "it is about the configuration file"),
    ("config show", "it reads this machine's configuration"),
    ("doctor", "it asks where there may be no server, and reads this machine"),
    ("env", "it prints a private key, which no route does"),
    ("gate", "it runs another server"),
    ("init", "there is no server before it"),
    ("man", "it is about the command line"),
    ("master-key rewrap", "it writes the key file of this machine"),
    ("migrate", "it takes the servers' database away from them"),
    ("policy check", "it reads a file, and asks no server"),
    ("policy publish", "it reads a file, and signs it"),
    ("policy sign", "it reads a file, and writes one"),
    ("policy schema", "it is about a file"),
    ("publish", "the running server does it by itself"),
    ("restore", "there is no server before it"),
    ("root create", "it makes a key that the server must not have"),
    ("root public", "it reads the file of such a key"),
    ("root sign", "it signs with such a key, on a machine without a server"),
    ("serve", "it runs the server"),
    ("user password", "it is for the first administrator, and for one who is locked out"),
    ("token inspect", "it asks no server"),
];

fn operations() -> BTreeSet<String> {
    let described = serde_json::to_value(crate::api::openapi()).unwrap();
    let paths = described["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    operations.filter_map(|operation| operation["operationId"].as_str().map(str::to_owned)).collect()
}

/// The commands that do something: those without others below them, and those that work without them too.
fn commands() -> BTreeSet<String> {
    fn collect(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            let path = format!("{path} {}", below.get_name()).trim_start().to_owned();
            if !below.is_subcommand_required_set() {
                found.insert(path.clone());
            }
            collect(below, &path, found);
        }
    }
    let mut found = BTreeSet::new();
    collect(&Arguments::command(), "", &mut found);
    found
}

#[test]
fn what_one_door_can_the_other_can_or_there_is_a_reason() {
    let both = BOTH.iter().map(|(operation, _)| *operation);
    let listed: BTreeSet<_> = both.chain(HTTP_ALONE.iter().map(|(it, _)| *it)).map(str::to_owned).collect();
    assert_eq!(
        listed,
        operations(),
        "an operation of the API without a command, or a row without an operation"
    );
    let both = BOTH.iter().flat_map(|(_, commands)| *commands).copied();
    let listed: BTreeSet<_> =
        both.chain(COMMAND_LINE_ALONE.iter().map(|(it, _)| *it)).map(str::to_owned).collect();
    assert_eq!(listed, commands(), "a command without an operation of the API, or a row without a command");
}

#[test]
fn no_exception_is_one_of_what_both_doors_can() {
    let both: BTreeMap<_, _> = BOTH.iter().copied().collect();
    assert!(HTTP_ALONE.iter().all(|(it, reason)| !both.contains_key(it) && !reason.is_empty()));
    let commands: BTreeSet<_> = both.values().flat_map(|commands| *commands).collect();
    assert!(COMMAND_LINE_ALONE.iter().all(|(it, reason)| !commands.contains(it) && !reason.is_empty()));
}
