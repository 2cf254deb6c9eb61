//! Every route with every credential. A route that is missing here fails the walk, so none can be open by
//! accident.

use std::collections::BTreeSet;

use super::*;
use crate::domain::{Permission, Scopes};
use crate::operations::api_tokens::Bounds;

enum Needs {
    Nothing,
    AnyCredential,
    A(Permission),
}

use Needs::{A, AnyCredential, Nothing};

struct Row {
    method: &'static str,
    path: &'static str,
    body: &'static str,
    needs: Needs,
    /// The statuses of those who may. Each request is one that changes nothing, or may be repeated.
    granted: &'static [u16],
}

const fn row(method: &'static str, path: &'static str, needs: Needs, granted: &'static [u16]) -> Row {
    Row { method, path, body: "", needs, granted }
}

const fn sending(row: Row, body: &'static str) -> Row {
    Row { body, ..row }
}

const REPORT: &str = r#"{"region":"fra","instance":"a","version":1,"key_set_age_seconds":1}"#;

const EMERGENCY: &str = r#"{"deed":{"kind":"emergency","issuer":"main","confirm":"12345678","reason":"r"}}"#;

const USED_PASSKEY: &str = r#"{"attempt":"guess","credential":{"rawId":"AA","type":"public-key","response":
    {"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA"}}}"#;

const NEW_PASSKEY: &str = r#"{"attempt":"guess","name":"n","credential":{"type":"public-key","response":
    {"clientDataJSON":"e30","attestationObject":"AA"}}}"#;

const ROUTES: [Row; 95] = [
    row("GET", "/healthz", Nothing, &[200]),
    row("GET", "/readyz", Nothing, &[200]),
    row("GET", "/metrics", A(Permission::Read), &[200]),
    row("GET", "/openapi.json", Nothing, &[200]),
    row("GET", "/.well-known/jwks.json", Nothing, &[200]),
    row("GET", "/issuers/{id}/.well-known/jwks.json", Nothing, &[200]),
    row("GET", "/.well-known/jwks.jwt", Nothing, &[200]),
    row("GET", "/issuers/{id}/.well-known/jwks.jwt", Nothing, &[200]),
    row("GET", "/v1/issuers/{id}/key-set", Nothing, &[200]),
    row("GET", "/v1/issuers/{id}/key-set/{name}", Nothing, &[404]),
    sending(row("POST", "/v1/session", Nothing, &[401, 429]), r#"{"token":"ks_guess"}"#),
    sending(
        row("POST", "/v1/invitation", Nothing, &[401, 429]),
        r#"{"invitation":"ksi_guess","password":"four short words"}"#,
    ),
    row("GET", "/v1/session/provider", Nothing, &[200]),
    // The console's own page alone gets further, to `provider_not_configured` here.
    row("POST", "/v1/session/provider", Nothing, &[403, 404]),
    row("GET", "/v1/session/provider/callback", Nothing, &[303]),
    sending(row("POST", "/v1/session/passkey", Nothing, &[401, 429]), USED_PASSKEY),
    sending(row("POST", "/v1/session/first-passkey", Nothing, &[401, 429]), NEW_PASSKEY),
    // They are of users, and an API token is none.
    row("GET", "/v1/session/passkeys", AnyCredential, &[409]),
    sending(row("POST", "/v1/session/passkeys", AnyCredential, &[409]), NEW_PASSKEY),
    row("POST", "/v1/session/passkeys/challenge", AnyCredential, &[409]),
    row("DELETE", "/v1/session/passkeys/{id}", AnyCredential, &[409]),
    row("GET", "/v1/session", AnyCredential, &[200]),
    row("GET", "/v1/sessions", A(Permission::Administer), &[200]),
    row("DELETE", "/v1/sessions/{id}", A(Permission::Administer), &[404]),
    row("GET", "/v1/status", A(Permission::Read), &[200]),
    row("GET", "/v1/alerts", A(Permission::Read), &[200]),
    row("GET", "/v1/events", A(Permission::Read), &[200]),
    row("GET", "/v1/issuers", A(Permission::Read), &[200]),
    row("GET", "/v1/issuers/{id}", A(Permission::Read), &[200]),
    sending(row("PATCH", "/v1/issuers/{id}", A(Permission::Administer), &[200]), r#"{"dry_run":true}"#),
    row("GET", "/v1/issuers/{id}/keys", A(Permission::Read), &[200]),
    sending(
        row("POST", "/v1/issuers/{id}/keys", A(Permission::Operate), &[400]),
        r#"{"private_key_pem":"no"}"#,
    ),
    row("GET", "/v1/issuers/{id}/keys/{kid}", A(Permission::Read), &[404]),
    row("POST", "/v1/issuers/{id}/keys/{kid}/activate", A(Permission::Operate), &[404]),
    row("POST", "/v1/issuers/{id}/keys/{kid}/retire", A(Permission::Operate), &[404]),
    sending(
        row("POST", "/v1/issuers/{id}/keys/{kid}/revoke", A(Permission::Operate), &[404]),
        r#"{"reason":"r"}"#,
    ),
    row("GET", "/v1/issuers/{id}/rotation", A(Permission::Read), &[200]),
    row("DELETE", "/v1/issuers/{id}/rotation", A(Permission::Operate), &[404]),
    row("POST", "/v1/issuers/{id}/rotation/pause", A(Permission::Operate), &[404]),
    row("POST", "/v1/issuers/{id}/rotation/resume", A(Permission::Operate), &[404]),
    sending(row("POST", "/v1/issuers/{id}/rollback", A(Permission::Operate), &[409]), r#"{"reason":"r"}"#),
    sending(row("POST", "/v1/issuers/{id}/overtake", A(Permission::Administer), &[409]), r#"{"reason":"r"}"#),
    row("GET", "/v1/roots", A(Permission::Read), &[200]),
    sending(row("POST", "/v1/roots", A(Permission::Administer), &[400]), r#"{"jwks":{}}"#),
    sending(row("POST", "/v1/roots/{kid}/withdraw", A(Permission::Administer), &[404]), r#"{"reason":"r"}"#),
    row("GET", "/v1/issuers/{id}/set-signer", A(Permission::Read), &[200]),
    row("POST", "/v1/issuers/{id}/set-signer/request", A(Permission::Administer), &[200]),
    sending(
        row("POST", "/v1/issuers/{id}/set-signer/delegation", A(Permission::Administer), &[400]),
        r#"{"delegation":"x"}"#,
    ),
    row("GET", "/v1/issuers/{id}/hand-off", A(Permission::Read), &[200]),
    sending(row("PUT", "/v1/issuers/{id}/hand-off", A(Permission::Administer), &[200]), r#"{"targets":[]}"#),
    row("GET", "/v1/issuers/{id}/epochs", A(Permission::Read), &[200]),
    sending(
        row("POST", "/v1/issuers/{id}/epochs", A(Permission::Operate), &[202]),
        r#"{"scope":"sub","value":"s","reason":"r"}"#,
    ),
    row("GET", "/v1/issuers/{id}/revocations", A(Permission::Read), &[200]),
    sending(
        row("POST", "/v1/issuers/{id}/revocations", A(Permission::Operate), &[202]),
        r#"{"claim":"jti","values":["t"],"reason":"r"}"#,
    ),
    row("GET", "/v1/issuers/{id}/emergency", A(Permission::Read), &[200]),
    row("GET", "/v1/issuers/{id}/emergency/plan", A(Permission::Read), &[200]),
    sending(
        row("POST", "/v1/issuers/{id}/emergency", A(Permission::Operate), &[409]),
        r#"{"reason":"r","confirm":"12345678"}"#,
    ),
    sending(row("POST", "/v1/issuers/{id}/tokens", A(Permission::MintTokens), &[201]), r#"{"subject":"s"}"#),
    sending(
        row("POST", "/v1/issuers/{id}/external-signer/sign", A(Permission::MintTokens), &[400]),
        r#"{"claims":"e30"}"#,
    ),
    row("GET", "/v1/issuers/{id}/external-signer/keys", A(Permission::MintTokens), &[200]),
    row("GET", "/v1/issuers/{id}/external-signer/metadata", A(Permission::MintTokens), &[200]),
    row("GET", "/v1/issuers/{id}/edge", A(Permission::Read), &[200]),
    row("GET", "/v1/issuers/{id}/edge/minutes", A(Permission::Read), &[200]),
    sending(row("POST", "/v1/issuers/{id}/reports", A(Permission::Report), &[204]), REPORT),
    row("GET", "/v1/users", A(Permission::Administer), &[200]),
    sending(
        row("POST", "/v1/users", A(Permission::Administer), &[201, 409]),
        r#"{"name":"ada","role":"viewer"}"#,
    ),
    row("POST", "/v1/users/{name}/invite", A(Permission::Administer), &[404]),
    sending(row("POST", "/v1/users/{name}/role", A(Permission::Administer), &[404]), r#"{"role":"viewer"}"#),
    row("GET", "/v1/users/{name}/passkeys", A(Permission::Administer), &[404]),
    row("DELETE", "/v1/users/{name}/passkeys/{id}", A(Permission::Administer), &[404]),
    row("POST", "/v1/users/{name}/disable", A(Permission::Administer), &[404]),
    row("POST", "/v1/users/{name}/enable", A(Permission::Administer), &[404]),
    row("GET", "/v1/approvals", A(Permission::Read), &[200]),
    // What an emergency asks, an approval of one asks too.
    sending(row("POST", "/v1/approvals", A(Permission::Operate), &[409]), EMERGENCY),
    row("GET", "/v1/approvals/{id}", A(Permission::Read), &[404]),
    row("POST", "/v1/approvals/{id}/approve", A(Permission::Operate), &[404]),
    sending(row("POST", "/v1/approvals/{id}/refuse", A(Permission::Operate), &[404]), r#"{"reason":"r"}"#),
    sending(row("POST", "/v1/approvals/{id}/review", A(Permission::Operate), &[404]), r#"{"finding":"f"}"#),
    row("GET", "/v1/audit", A(Permission::ReadAudit), &[200]),
    row("POST", "/v1/audit/export", A(Permission::ReadAudit), &[200]),
    row("GET", "/v1/audit/retention", A(Permission::ReadAudit), &[200]),
    sending(
        row("PUT", "/v1/audit/retention", A(Permission::Administer), &[200]),
        r#"{"days":366,"reason":"r"}"#,
    ),
    row("GET", "/v1/audit/holds", A(Permission::ReadAudit), &[200]),
    sending(row("POST", "/v1/audit/holds", A(Permission::Administer), &[201]), r#"{"reason":"r"}"#),
    sending(
        row("POST", "/v1/audit/holds/{id}/release", A(Permission::Administer), &[404]),
        r#"{"reason":"r"}"#,
    ),
    row("GET", "/v1/webhooks", A(Permission::Administer), &[200]),
    sending(
        row("POST", "/v1/webhooks", A(Permission::Administer), &[400]),
        r#"{"url":"https://169.254.169.254/latest"}"#,
    ),
    row("DELETE", "/v1/webhooks/{id}", A(Permission::Administer), &[404]),
    row("POST", "/v1/webhooks/{id}/secret", A(Permission::Administer), &[404]),
    row("POST", "/v1/webhooks/{id}/test", A(Permission::Administer), &[404]),
    row("GET", "/v1/api-tokens", A(Permission::Administer), &[200]),
    sending(
        row("POST", "/v1/api-tokens", A(Permission::Administer), &[201]),
        r#"{"label":"l","role":"viewer"}"#,
    ),
    row("DELETE", "/v1/api-tokens/{id}", A(Permission::Administer), &[404]),
    // Last, because it starts a rotation, and then because it ends the session.
    row("POST", "/v1/issuers/{id}/rotation", A(Permission::Operate), &[202, 409]),
    row("DELETE", "/v1/session", AnyCredential, &[204]),
];

impl Row {
    async fn ask(&self, house: &House, headers: &[(&str, String)]) -> Answer {
        let path = self.path.replace("{kid}", "unknown").replace("{name}", "unknown");
        let id = if self.path.contains("api-tokens") { "unknown0" } else { "main" };
        house.ask(self.method.parse().unwrap(), &path.replace("{id}", id), headers, self.body).await
    }

    fn expected(&self, role: Option<Role>) -> &'static [u16] {
        match (&self.needs, role) {
            (Nothing, _) | (AnyCredential, Some(_)) => self.granted,
            (A(permission), Some(role)) if role.grants(*permission) => self.granted,
            (A(_), Some(_)) => &[403],
            (_, None) => &[401],
        }
    }

    fn check(&self, who: &str, answer: &Answer, role: Option<Role>) {
        let (status, expected) = (answer.status.as_u16(), self.expected(role));
        assert!(
            expected.contains(&status),
            "{} {} as {who}: {status}, not {expected:?}: {}",
            self.method,
            self.path,
            answer.text
        );
        if status >= 400 {
            answer.code();
        }
    }
}

#[tokio::test]
async fn each_route_lets_in_whom_the_table_says_and_nobody_else() {
    let house = House::new().await;
    for row in &ROUTES {
        row.check("nobody", &row.ask(&house, &[]).await, None);
        for wrong in ["Bearer ks_wrong", "Bearer ", "Basic a3M6a3M=", "ks_wrong"] {
            row.check(wrong, &row.ask(&house, &[("authorization", wrong.to_owned())]).await, None);
        }
        let cookie = ("cookie", "keystile_session=wrong".to_owned());
        row.check("a wrong cookie", &row.ask(&house, &[cookie]).await, None);
        for role in Role::ALL {
            row.check(role.as_str(), &row.ask(&house, &[house.bearer(role.as_str())]).await, Some(role));
        }
    }
}

#[tokio::test]
async fn a_session_may_what_its_api_token_may() {
    let house = House::new().await;
    let ours = [("x-keystile-csrf", "1".to_owned()), ("sec-fetch-site", "same-origin".to_owned())];
    let mut people = Vec::new();
    for role in [Role::Viewer, Role::Operator, Role::Admin, Role::Auditor] {
        people.push((role, [ours[0].clone(), ours[1].clone(), house.cookie(role.as_str()).await]));
    }
    for row in &ROUTES {
        for (role, headers) in &people {
            row.check(role.as_str(), &row.ask(&house, headers).await, Some(*role));
        }
    }
}

/// These give access to others, which takes a whole role.
const GRANTS: [(&str, &str); 5] = [
    ("POST", "/v1/api-tokens"),
    ("POST", "/v1/users"),
    ("POST", "/v1/users/{name}/invite"),
    ("POST", "/v1/users/{name}/role"),
    ("POST", "/v1/users/{name}/enable"),
];

/// What is granted to an administrator's token that is narrowed to these.
fn narrowed(row: &Row, permission: Option<Permission>, issuer: Option<&str>) -> &'static [u16] {
    let A(asked) = row.needs else { return row.granted };
    let left = Role::Admin.grants(asked) && permission.is_none_or(|only| only == asked);
    // Which issuer a request is about is known once it is found.
    let is_of_the_issuer =
        row.path.starts_with("/v1/issuers/{id}") || row.path.contains("/v1/approvals/{id}/");
    let asks_about_main = (row.method, row.path) == ("POST", "/v1/approvals");
    let reached = match issuer {
        None => true,
        Some(issuer) => {
            (is_of_the_issuer || asks_about_main)
                && (issuer == "main" || row.path.contains("/v1/approvals/{id}/"))
        }
    };
    let grants = GRANTS.contains(&(row.method, row.path));
    if left && reached && !grants { row.granted } else { &[403] }
}

#[tokio::test]
async fn a_narrowed_token_may_what_is_left_of_its_role_and_nothing_else() {
    let permissions = Permission::ALL.into_iter().filter(|it| Role::Admin.grants(*it));
    let by_permission = permissions.map(|it| (Some(it), None));
    for (permission, issuer) in by_permission.chain([(None, Some("main")), (None, Some("other"))]) {
        // A house of its own: the walk starts a rotation at its end.
        let house = House::new().await;
        let scopes = Scopes {
            permissions: permission.map(|it| vec![it]),
            issuers: issuer.map(|id: &str| vec![id.parse().unwrap()]),
        };
        let bounds = Bounds { scopes, ..Bounds::default() };
        let actor = Actor::local("test");
        let made = api_tokens::create_bounded(&house.keystile, &actor, "n", Role::Admin, None, bounds).await;
        let bearer = [("authorization", format!("Bearer {}", made.unwrap().secret.reveal()))];
        for row in &ROUTES {
            let (answer, expected) = (row.ask(&house, &bearer).await, narrowed(row, permission, issuer));
            let who = format!("an administrator narrowed to {permission:?} {issuer:?}");
            let status = answer.status.as_u16();
            assert!(
                expected.contains(&status),
                "{} {} as {who}: {status}, not {expected:?}",
                row.method,
                row.path
            );
        }
    }
}

#[tokio::test]
async fn no_cookie_changes_anything_from_another_page() {
    let house = House::new().await;
    let cookie = house.cookie("admin").await;
    let foreign = [cookie, ("sec-fetch-site", "cross-site".to_owned())];
    for row in ROUTES.iter().filter(|row| row.method != "GET" && !matches!(row.needs, Nothing)) {
        assert_eq!(row.ask(&house, &foreign).await.code(), "csrf_refused", "{} {}", row.method, row.path);
    }
}

#[test]
fn the_table_names_every_route_that_is_described() {
    let described = serde_json::to_value(crate::api::openapi()).unwrap();
    let mut routes = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        routes
            .extend(methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())));
    }
    let table =
        ROUTES.iter().map(|row| (row.method.to_owned(), row.path.to_owned())).collect::<BTreeSet<_>>();
    assert_eq!(routes, table);
}

/// Who may, as `docs/access.md` has it.
fn documented(row: &Row) -> String {
    let may = |role| match row.needs {
        Nothing | AnyCredential => true,
        A(permission) => Role::grants(role, permission),
    };
    let cells = Role::ALL.map(|role| if may(role) { "yes" } else { "–" });
    let nobody = if matches!(row.needs, Nothing) { "yes" } else { "–" };
    format!("| `{} {}` | {} | {nobody} |", row.method, row.path, cells.join(" | "))
}

#[test]
fn the_page_about_access_has_every_route_with_whom_it_lets_in() {
    let page = include_str!("../../../../docs/access.md");
    let is_route = |line: &&str| ROUTES.iter().any(|row| line.starts_with(&format!("| `{} /", row.method)));
    let shown: BTreeSet<_> = page.lines().filter(is_route).map(str::to_owned).collect();
    let held: BTreeSet<_> = ROUTES.iter().map(documented).collect();
    assert_eq!(shown, held, "docs/access.md differs from what the walk holds");
}
