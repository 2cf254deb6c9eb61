//! Who may do what: API tokens, sessions, roles.

use keystile_admin::domain::{Actor, Permission, Role, Scopes};
use keystile_admin::operations::activate::activate;
use keystile_admin::operations::api_tokens::Bounds;
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::environment::{PrivateKeyFormat, environment};
use keystile_admin::operations::retire::retire;
use keystile_admin::operations::revoke::revoke;
use keystile_admin::operations::tokens::{TokenRequest, inspect, mint};
use keystile_admin::operations::{
    OperationError, api_tokens, audit_log, edge, issuers, keys, rotation, sessions, status,
};

use crate::rehearsal::{Rehearsal, report};

impl Rehearsal {
    async fn token_of(&self, role: Role, expires_in_secs: Option<u64>) -> api_tokens::NewApiToken {
        api_tokens::create(&self.keystile, &self.admin, "a test", role, expires_in_secs).await.unwrap()
    }

    async fn who(&self, secret: &str) -> Result<Actor, OperationError> {
        api_tokens::authenticate(&self.keystile, secret).await
    }
}

#[tokio::test]
async fn the_first_tokens_open_their_doors() {
    let rehearsal = Rehearsal::begin().await;
    assert_eq!(rehearsal.who(rehearsal.made.admin_token.reveal()).await.unwrap().role(), Role::Admin);
    assert_eq!(rehearsal.who(rehearsal.made.edge_token.reveal()).await.unwrap().role(), Role::Edge);
}

#[tokio::test]
async fn a_token_has_a_prefix_an_id_and_256_random_bits() {
    let rehearsal = Rehearsal::begin().await;
    let made = rehearsal.token_of(Role::Viewer, None).await;
    let rest = made.secret.reveal().strip_prefix("ks_").unwrap();
    let (id, random) = rest.split_once('_').unwrap();
    assert_eq!((id, id.len(), random.len()), (made.view.id.as_str(), 8, 43));
}

#[tokio::test]
async fn every_wrong_token_is_refused_alike() {
    let rehearsal = Rehearsal::begin().await;
    let made = rehearsal.token_of(Role::Viewer, None).await;
    let secret = made.secret.reveal();
    let changed = format!("{}{}", &secret[..secret.len() - 1], if secret.ends_with('A') { 'B' } else { 'A' });
    let other_id = secret.replace(&made.view.id, "aaaaaaaa");
    for wrong in ["", "ks_", "ks__", &secret[3..], &secret[..54], &changed, &other_id, &format!("{secret}A")]
    {
        assert_eq!(rehearsal.who(wrong).await, Err(OperationError::Unauthenticated), "`{wrong}`");
    }
    assert!(rehearsal.who(secret).await.is_ok());
}

#[tokio::test]
async fn a_token_ends_at_its_instant_or_when_it_is_revoked() {
    let rehearsal = Rehearsal::begin().await;
    let made = rehearsal.token_of(Role::Viewer, Some(60)).await;
    rehearsal.clock.advance(59);
    assert!(rehearsal.who(made.secret.reveal()).await.is_ok());
    rehearsal.clock.advance(1);
    assert_eq!(rehearsal.who(made.secret.reveal()).await, Err(OperationError::Unauthenticated));

    let made = rehearsal.token_of(Role::Viewer, None).await;
    api_tokens::revoke(&rehearsal.keystile, &rehearsal.admin, &made.view.id).await.unwrap();
    assert_eq!(rehearsal.who(made.secret.reveal()).await, Err(OperationError::Unauthenticated));
}

#[tokio::test]
async fn a_token_cannot_be_narrowed_to_what_its_role_lacks_or_to_nothing() {
    let rehearsal = Rehearsal::begin().await;
    let narrowed = async |role, scopes| {
        let bounds = Bounds { scopes, ..Bounds::default() };
        let (keystile, admin) = (&rehearsal.keystile, &rehearsal.admin);
        api_tokens::create_bounded(keystile, admin, "a test", role, None, bounds).await
    };
    let to = |permissions: &[Permission]| Scopes { permissions: Some(permissions.to_vec()), issuers: None };
    for scopes in
        [to(&[Permission::Administer]), to(&[]), Scopes { issuers: Some(vec![]), permissions: None }]
    {
        let refused = narrowed(Role::Operator, scopes).await.err().unwrap();
        assert!(matches!(refused, OperationError::InvalidInput { field: "scopes", .. }));
    }
    let made = narrowed(Role::Operator, to(&[Permission::Read])).await.unwrap();
    let listed = api_tokens::list(&rehearsal.keystile, &rehearsal.admin).await.unwrap();
    let shown = listed.iter().find(|token| token.id == made.view.id).unwrap();
    assert_eq!(shown.scopes, to(&[Permission::Read]));
    let actor = rehearsal.who(made.secret.reveal()).await.unwrap();
    let refused = rotation::start(&rehearsal.keystile, &actor, &rehearsal.main, None, None).await;
    assert!(!allowed(&refused));
    assert!(allowed(&keys::list(&rehearsal.keystile, &actor, &rehearsal.main).await));
}

#[tokio::test]
async fn the_secret_is_not_in_the_database() {
    let rehearsal = Rehearsal::begin().await;
    let secret = rehearsal.made.admin_token.reveal();
    // The random part may hold an underscore of its own.
    let random = secret.splitn(3, '_').nth(2).unwrap().as_bytes();
    for entry in std::fs::read_dir(rehearsal.folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(random.len()).any(|window| window == random));
    }
}

#[tokio::test]
async fn a_session_ends_with_its_token_by_hand_idle_or_old() {
    let rehearsal = Rehearsal::begin().await;
    let made = rehearsal.token_of(Role::Operator, None).await;
    let open = async || {
        let session = sessions::create(&rehearsal.keystile, made.secret.reveal()).await.unwrap();
        session.cookie.reveal().to_owned()
    };
    let ended = async |cookie: &str| {
        let holder = sessions::authenticate(&rehearsal.keystile, cookie).await;
        holder.err() == Some(OperationError::Unauthenticated)
    };
    let by_hand = open().await;
    assert!(!ended(&by_hand).await);
    sessions::end(&rehearsal.keystile, &by_hand).await.unwrap();
    assert!(ended(&by_hand).await);

    let idle = open().await;
    rehearsal.clock.advance(3_600);
    assert!(ended(&idle).await);

    let old = open().await;
    for _ in 0..23 {
        rehearsal.clock.advance(1_800);
        assert!(!ended(&old).await);
    }
    rehearsal.clock.advance(1_800);
    assert!(ended(&old).await);

    let orphan = open().await;
    api_tokens::revoke(&rehearsal.keystile, &rehearsal.admin, &made.view.id).await.unwrap();
    assert!(ended(&orphan).await);
}

#[tokio::test]
async fn machines_open_no_session() {
    let rehearsal = Rehearsal::begin().await;
    for role in [Role::Edge, Role::Signer] {
        let made = rehearsal.token_of(role, None).await;
        let refused = sessions::create(&rehearsal.keystile, made.secret.reveal()).await.err().unwrap();
        assert_eq!(refused.code(), "forbidden");
    }
}

/// Which roles get past the gate of each operation. What they then meet, such as a wrong confirmation, is not the gate.
#[tokio::test]
async fn every_operation_asks_for_its_role() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, main) = (&rehearsal.keystile, &rehearsal.main);
    let request = || TokenRequest {
        subject: "a".to_owned(),
        audience: None,
        lifetime_secs: None,
        claims: Default::default(),
    };
    for role in Role::ALL {
        let actor = &Actor::token_holder("t", "a test", role);
        let wrong = EmergencyOrder { reason: "a test".to_owned(), confirm: String::new() };
        let format = PrivateKeyFormat::Pkcs8;
        let (issuer, why) = (main, || "a test".to_owned());
        let garbage = keys::NewKey::ImportPublic { public_key_pem: String::new() };
        let granted = [
            ("r", allowed(&keys::list(keystile, actor, issuer).await)),
            ("r", allowed(&keys::get(keystile, actor, issuer, "x").await)),
            ("r", allowed(&status::status(keystile, actor).await)),
            ("r", allowed(&edge::view(keystile, actor, issuer).await)),
            ("r", allowed(&issuers::list(keystile, actor).await)),
            ("r", allowed(&rotation::get(keystile, actor, issuer).await)),
            ("r", allowed(&inspect(keystile, actor, issuer, "x").await)),
            ("o", allowed(&keys::create(keystile, actor, issuer, garbage, None).await)),
            ("o", allowed(&activate(keystile, actor, issuer, "x", None).await)),
            ("o", allowed(&retire(keystile, actor, issuer, "x").await)),
            ("o", allowed(&revoke(keystile, actor, issuer, "x", why()).await)),
            ("o", allowed(&rotation::cancel(keystile, actor, issuer).await)),
            ("o", allowed(&rotation::start(keystile, actor, issuer, None, Some(String::new())).await)),
            ("o", allowed(&emergency(keystile, actor, issuer, wrong).await)),
            ("m", allowed(&mint(keystile, actor, issuer, request()).await)),
            ("e", allowed(&edge::record_report(keystile, actor, issuer, report("x", 1)).await)),
            ("a", allowed(&audit_log::list(keystile, actor, 1, None).await)),
            ("a", allowed(&audit_log::verify(keystile, actor).await)),
            ("i", allowed(&issuers::change(keystile, actor, issuer, Default::default()).await)),
            ("i", allowed(&environment(keystile, actor, issuer, "PM", format).await)),
            ("i", allowed(&api_tokens::list(keystile, actor).await)),
            ("i", allowed(&api_tokens::create(keystile, actor, "", role, None).await)),
            ("i", allowed(&api_tokens::revoke(keystile, actor, "x").await)),
        ];
        let expected = match role {
            Role::Viewer => "r",
            Role::Operator => "rom",
            Role::Admin => "romai",
            Role::Signer => "m",
            Role::Edge => "e",
            Role::Auditor => "ra",
        };
        for (permission, granted) in granted {
            assert_eq!(granted, expected.contains(permission), "{role} {permission}");
        }
    }
}

fn allowed<T>(outcome: &Result<T, OperationError>) -> bool {
    !matches!(outcome, Err(OperationError::Forbidden { .. }))
}
