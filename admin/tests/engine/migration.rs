//! An installation moves to the database of the other make, and back.

use std::fs;
use std::sync::Arc;

use keystile_admin::domain::SecretText;
use keystile_admin::operations::migration::{Destination, MigrationOrder, migrate};
use keystile_admin::operations::{Keystile, OperationError, audit_log, key_set, keys, rotation, status};
use keystile_admin::settings::Settings;

use crate::database;
use crate::rehearsal::{Rehearsal, settings};

const NEEDED: &str = "KEYSTILE_TEST_POSTGRES";

fn order(to: Destination, dry_run: bool) -> MigrationOrder {
    MigrationOrder { to, dry_run }
}

async fn another() -> Destination {
    Destination::Postgres(SecretText::new(database::another().await.expect(NEEDED)))
}

impl Rehearsal {
    /// The engine on the data folder's own database.
    async fn in_folder(&self) -> Keystile {
        let settings = Settings { database: None, ..settings(self.folder.path()) };
        Keystile::open(settings, self.clock.clone()).await.unwrap()
    }

    async fn in_postgres(&self, url: &str) -> Keystile {
        let database = Some(SecretText::new(url.to_owned()));
        let settings = Settings { database, ..settings(self.folder.path()) };
        Keystile::open(settings, self.clock.clone()).await.unwrap()
    }

    /// Everything that a move must not change.
    async fn seen(&self, keystile: &Keystile) -> String {
        let status = status::status(keystile, &self.admin).await.unwrap();
        let keys = keys::list(keystile, &self.admin, &self.main).await.unwrap();
        let document = key_set::current(keystile, &self.main).await.unwrap().document;
        serde_json::to_string(&(status, keys, document)).unwrap()
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL, which `cargo xtask test stores` starts"]
async fn an_installation_moves_there_and_back_and_the_place_it_left_changes_nothing_any_more() {
    let rehearsal = Rehearsal::begin().await;
    let (admin, main) = (&rehearsal.admin, &rehearsal.main);
    rotation::start(&rehearsal.keystile, admin, main, None, Some("quarterly".to_owned())).await.unwrap();
    rehearsal.pass(300).await;
    let (before, entries) = (rehearsal.seen(&rehearsal.keystile).await, rehearsal.entries().await);

    let tried = migrate(&rehearsal.keystile, admin, order(Destination::Folder, true)).await.unwrap();
    assert!(tried.dry_run && !rehearsal.folder.path().join("keystile.db").exists());
    assert_eq!((rehearsal.entries().await, tried.audit_entries), (entries, entries + 1));

    migrate(&rehearsal.keystile, admin, order(Destination::Folder, false)).await.unwrap();
    let refused = keys::create(&rehearsal.keystile, admin, main, keys::NewKey::Generate { size: None }, None);
    assert!(matches!(refused.await, Err(OperationError::Moved(_))));
    let ready = status::ready(&rehearsal.keystile).await;
    assert!(matches!(ready, Err(OperationError::Moved(_))), "{ready:?}");
    let here = rehearsal.in_folder().await;
    assert_eq!(rehearsal.seen(&here).await, before);
    assert_eq!(rehearsal.seen(&rehearsal.keystile).await, before, "who reads still may");
    assert!(audit_log::verify(&here, admin).await.unwrap().ok);

    let url = database::another().await.expect(NEEDED);
    let to = || Destination::Postgres(SecretText::new(url.clone()));
    let moved = migrate(&here, admin, order(to(), false)).await.unwrap();
    assert!(!format!("{moved:?}").contains("password"), "{moved:?}");
    let there = rehearsal.in_postgres(&url).await;
    assert_eq!(rehearsal.seen(&there).await, before);
    let chain = audit_log::verify(&there, admin).await.unwrap();
    assert_eq!((chain.ok, chain.entries), (true, entries + 2));
    keys::create(&there, admin, main, keys::NewKey::Generate { size: None }, None).await.unwrap();
    assert!(audit_log::verify(&there, admin).await.unwrap().ok);

    // Begun again after it was left, as when somebody pulled the plug between the two commits.
    let again = migrate(&here, admin, order(another().await, false)).await.unwrap();
    assert_eq!(again.audit_entries, entries + 2);
    let full = migrate(&here, admin, order(to(), false)).await;
    assert!(matches!(full, Err(OperationError::InvalidInput { field: "to", .. })), "{full:?}");
}

#[tokio::test]
#[ignore = "needs a PostgreSQL, which `cargo xtask test stores` starts"]
async fn a_number_of_something_revoked_is_not_used_again_after_a_move() {
    let stores = database::Stores::open().await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = keystile_admin::store::Store::open(&folder.path().join("copy.db"), true).await.unwrap();
    let (main, now) = ("main".parse().unwrap(), crate::rehearsal::START);
    let jti = keystile_validator::RevokedClaim::TokenId;
    let issuer = crate::rehearsal::first_issuer();
    let mut here = stores.one.write().await.unwrap();
    let issuer = keystile_admin::domain::Issuer {
        id: issuer.id,
        iss: issuer.iss,
        audience: issuer.audience,
        policy: issuer.policy,
    };
    here.save_issuer(&issuer).await.unwrap();
    here.revoke_values(&main, jti, &["a".to_owned(), "b".to_owned()], now.plus(1)).await.unwrap();
    let newest = here.newest_revocation().await.unwrap();
    here.prune_revoked(now.plus(2), 10).await.unwrap();
    let mut there = file.write().await.unwrap();
    here.copy_into(&mut there).await.unwrap();
    there.revoke_values(&main, jti, &["c".to_owned()], now.plus(9)).await.unwrap();
    assert!(there.newest_revocation().await.unwrap() > newest);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL, which `cargo xtask test stores` starts"]
async fn what_is_wrong_with_a_database_is_said_and_no_password_is() {
    let server = database::another().await.expect(NEEDED);
    let folder = tempfile::TempDir::new().unwrap();
    let refusal = async |url: &str| {
        let database = Some(SecretText::new(url.to_owned()));
        let settings = Settings { database, ..settings(folder.path()) };
        let clock = Arc::new(keystile_admin::domain::SystemClock);
        let error = Keystile::open(settings, clock).await.err().unwrap();
        let shown = format!("{error} {error:?} {:?}", error.help());
        assert!(!shown.contains("secret-word"), "{shown}");
        (error.code(), error.to_string())
    };
    let (code, said) = refusal("postgres://u:secret-word@127.0.0.1:1/keystile").await;
    assert_eq!(code, "database_unreachable", "{said}");
    let wrong = server.replace("password=", "password=secret-word");
    let (code, said) = refusal(&wrong).await;
    assert!(code == "database_unreachable" && said.contains("password"), "{said}");
    let (code, said) = refusal(&server.replace("/test_", "/nobody_")).await;
    assert!(code == "database_unreachable" && said.contains("create it"), "{said}");
    let (code, said) = refusal("postgres://u:secret-word@[/x").await;
    assert!(code == "database_unreachable" && said.contains("its URL"), "{said}");
    let (code, said) = refusal(&server).await;
    assert_eq!(code, "not_initialised", "{said}");
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'x', true, '', 0)";
    database::execute(&server, newer).await;
    let (_, said) = refusal(&server).await;
    assert!(said.contains("newer"), "{said}");
    fs::remove_dir_all(folder.path()).unwrap_or_default();
}
