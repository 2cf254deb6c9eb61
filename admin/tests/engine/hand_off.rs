//! Keys are handed over to where backends read them, at the moment that the rotation allows it.

use std::fs;
use std::path::PathBuf;

use keystile_admin::hand_off::{FileFormat, Place, PrivateKeyFormat, Target};
use keystile_admin::operations::emergency::{self, EmergencyOrder};
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::{Keystile, audit_log, hand_off, keys, retire, rotation};
use keystile_admin::settings::Settings;

use crate::rehearsal::{Rehearsal, settings};

/// A server whose only target is a file of its own, with a backend that takes a new key up within a minute.
struct Backend {
    rehearsal: Rehearsal,
    folder: PathBuf,
}

impl Backend {
    async fn begin() -> Self {
        let mut rehearsal = Rehearsal::begin().await;
        let folder = rehearsal.folder.path().join("backends");
        fs::create_dir(&folder).unwrap();
        let own = Settings { hand_off_folder: Some(folder.clone()), ..settings(rehearsal.folder.path()) };
        rehearsal.keystile = Keystile::open(own, rehearsal.clock.clone()).await.unwrap();
        let backend = Self { rehearsal, folder };
        backend.set(vec![target("disk", "backend.env")]).await.unwrap();
        backend.go_on().await;
        backend
    }

    async fn set(&self, targets: Vec<Target>) -> Result<(), String> {
        let Rehearsal { keystile, admin, main, .. } = &self.rehearsal;
        hand_off::configure(keystile, admin, main, targets.into())
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    }

    /// Lets everything that is due be done, until nothing is.
    async fn go_on(&self) {
        for _ in 0..4 {
            self.rehearsal.settle().await;
            hand_off::round(&self.rehearsal.keystile).await.unwrap();
        }
    }

    async fn pass(&self, secs: u64) {
        self.rehearsal.clock.advance(secs);
        self.go_on().await;
    }

    /// The kid of the key that the backend would sign with.
    fn reads(&self) -> String {
        let text = fs::read_to_string(self.folder.join("backend.env")).unwrap();
        let kid = text.lines().find_map(|line| line.strip_prefix("PM__JWT__KEY_ID=")).unwrap();
        kid.to_owned()
    }

    async fn rotate(&self) -> String {
        let Rehearsal { keystile, admin, main, .. } = &self.rehearsal;
        let new = rotation::start(keystile, admin, main, None, None).await.unwrap().new_kid;
        self.go_on().await;
        new
    }

    async fn signs(&self) -> String {
        self.rehearsal.status().await.active_kid
    }

    async fn waiting_for(&self, kid: &str) -> Option<String> {
        self.rehearsal.key(kid).await.safe_to_activate.and_then(|ready| ready.waiting_for)
    }
}

fn target(name: &str, file: &str) -> Target {
    Target {
        name: name.to_owned(),
        place: Place::File { file: file.to_owned(), format: FileFormat::Env },
        prefix: "PM".to_owned(),
        private_key: PrivateKeyFormat::Pkcs1,
        reload_secs: 60,
    }
}

#[tokio::test]
async fn a_backend_has_the_new_key_once_every_edge_has_it_and_before_it_signs_here() {
    let backend = Backend::begin().await;
    let old = backend.signs().await;
    assert_eq!(backend.reads(), old);
    let new = backend.rotate().await;
    backend.pass(129).await;
    assert_eq!(backend.reads(), old);
    backend.pass(1).await;
    assert_eq!((backend.reads(), backend.signs().await), (new.clone(), old.clone()));
    backend.pass(59).await;
    assert_eq!(backend.signs().await, old);
    backend.pass(1).await;
    assert_eq!(backend.signs().await, new);
    let handed =
        audit_log::list(&backend.rehearsal.keystile, &backend.rehearsal.admin, 100, None).await.unwrap();
    let handed = handed.into_iter().find(|entry| entry.action == "key.handed_over").unwrap();
    let after = handed.after.unwrap();
    assert_eq!((handed.subject, after["target"].as_str()), (new, Some("disk")));
    assert_eq!(after["public_half_sha256"].as_str().map(str::len), Some(64));
    assert!(!after.to_string().contains("PRIVATE"));
}

#[tokio::test]
async fn a_target_that_fails_holds_the_rotation_up_visibly_and_it_goes_on_by_itself() {
    let backend = Backend::begin().await;
    let (old, new) = (backend.signs().await, backend.rotate().await);
    fs::rename(&backend.folder, backend.folder.with_extension("gone")).unwrap();
    backend.pass(130).await;
    backend.pass(10_000).await;
    assert_eq!(backend.signs().await, old);
    let waiting = backend.waiting_for(&new).await.unwrap();
    assert!(waiting.starts_with("not handed over to `disk` since 2023-11-14T22:15:30Z: "), "{waiting}");
    let status = backend.rehearsal.status().await.hand_off.remove(0);
    assert_eq!((status.held_kid, status.wanted_kid), (Some(old), Some(new.clone())));
    assert!(status.tries > 1 && status.last_error.is_some() && status.waiting_since.is_some());
    fs::rename(backend.folder.with_extension("gone"), &backend.folder).unwrap();
    backend.pass(100).await;
    backend.pass(60).await;
    assert_eq!((backend.reads(), backend.signs().await), (new.clone(), new));
}

#[tokio::test]
async fn a_key_that_a_backend_may_sign_with_is_not_called_off_and_one_that_nobody_has_is() {
    let backend = Backend::begin().await;
    let Rehearsal { keystile, admin, main, .. } = &backend.rehearsal;
    let old = backend.signs().await;
    backend.rotate().await;
    rotation::cancel(keystile, admin, main).await.unwrap();
    let new = backend.rotate().await;
    backend.pass(130).await;
    assert_eq!(backend.reads(), new);
    let entries = backend.rehearsal.entries().await;
    let refused = rotation::cancel(keystile, admin, main).await.unwrap_err();
    assert_eq!(refused.code(), "with_backends");
    let order = RollbackOrder { reason: "a test".to_owned(), override_reason: None, dry_run: false };
    assert!(rollback(keystile, admin, main, order).await.is_err());
    assert_eq!(backend.rehearsal.entries().await, entries);
    assert_eq!((backend.reads(), backend.signs().await), (new, old));
}

#[tokio::test]
async fn an_emergency_hands_over_at_once_says_who_lacks_it_and_waits_for_nobody() {
    let backend = Backend::begin().await;
    let Rehearsal { keystile, admin, main, .. } = &backend.rehearsal;
    let stolen = backend.signs().await;
    fs::rename(&backend.folder, backend.folder.with_extension("gone")).unwrap();
    let order = EmergencyOrder { reason: "a test".to_owned(), confirm: stolen.clone() };
    let done = emergency::emergency(keystile, admin, main, order).await.unwrap();
    backend.go_on().await;
    assert_eq!(backend.rehearsal.key(&stolen).await.state, "revoked");
    let lacking = emergency::get(keystile, admin, main).await.unwrap().unwrap().not_handed_over;
    assert_eq!(lacking, ["disk"]);
    fs::rename(backend.folder.with_extension("gone"), &backend.folder).unwrap();
    backend.pass(64).await;
    assert_eq!(backend.reads(), done.new_kid);
    let lacking = emergency::get(keystile, admin, main).await.unwrap().unwrap().not_handed_over;
    assert_eq!(lacking, Vec::<String>::new());
}

#[tokio::test]
async fn after_a_rollback_the_clock_of_the_key_before_runs_from_the_last_backend() {
    let backend = Backend::begin().await;
    let Rehearsal { keystile, admin, main, .. } = &backend.rehearsal;
    let (old, new) = (backend.signs().await, backend.rotate().await);
    backend.pass(130).await;
    backend.pass(60).await;
    fs::rename(&backend.folder, backend.folder.with_extension("gone")).unwrap();
    let order = RollbackOrder { reason: "a test".to_owned(), override_reason: None, dry_run: false };
    rollback(keystile, admin, main, order).await.unwrap();
    assert_eq!(backend.signs().await, old);
    // The backend signs with the new key for as long as it cannot read the old one again.
    backend.pass(2_592_000 + 160).await;
    assert_eq!(backend.rehearsal.key(&new).await.state, "retiring");
    let refused = retire::retire(keystile, admin, main, &new).await.unwrap_err();
    assert_eq!(refused.code(), "backends_behind");
    fs::rename(backend.folder.with_extension("gone"), &backend.folder).unwrap();
    backend.pass(64).await;
    assert_eq!(backend.reads(), old);
    backend.pass(2_592_000 + 160 + 59).await;
    assert_eq!(backend.rehearsal.key(&new).await.state, "retiring");
    backend.pass(60).await;
    assert_eq!(backend.rehearsal.key(&new).await.state, "retired");
}

#[tokio::test]
async fn what_others_put_there_is_put_right_within_a_minute() {
    let backend = Backend::begin().await;
    let kid = backend.signs().await;
    fs::write(backend.folder.join("backend.env"), "PM__JWT__KEY_ID=another\n").unwrap();
    backend.pass(59).await;
    assert_eq!(backend.reads(), "another");
    backend.pass(1).await;
    assert_eq!(backend.reads(), kid);
}

#[tokio::test]
async fn a_target_that_leads_inside_or_elsewhere_is_refused_and_nothing_changes() {
    let backend = Backend::begin().await;
    let bao = |address: &str| Target {
        place: Place::Openbao {
            address: address.to_owned(),
            mount: "secret".to_owned(),
            path: "apps/backend".to_owned(),
            namespace: None,
            credential: "bao".to_owned(),
        },
        ..target("vault", "x")
    };
    let entries = backend.rehearsal.entries().await;
    for address in
        ["https://127.0.0.2:8200", "https://10.0.0.7", "http://bao.example", "https://169.254.169.254"]
    {
        let refused = backend.set(vec![bao(address)]).await.unwrap_err();
        assert!(refused.contains("KEYSTILE__OUTBOUND__ALLOWED_HOSTS"), "{refused}");
    }
    for twice in [[target("a", "x"), target("a", "y")], [target("a", "x"), target("b", "x")]] {
        assert!(backend.set(twice.to_vec()).await.is_err());
    }
    assert!(backend.set(vec![target("disk", "../keystile.db")]).await.is_err());
    assert_eq!(backend.rehearsal.entries().await, entries);
    assert_eq!(backend.rehearsal.status().await.hand_off.len(), 1);
}

#[tokio::test]
async fn a_target_that_is_taken_out_is_waited_for_no_more_and_what_stands_there_stays() {
    let backend = Backend::begin().await;
    let (old, new) = (backend.signs().await, backend.rotate().await);
    backend.set(Vec::new()).await.unwrap();
    backend.pass(130).await;
    assert_eq!((backend.reads(), backend.signs().await), (old, new));
    assert!(
        keys::list(&backend.rehearsal.keystile, &backend.rehearsal.admin, &backend.rehearsal.main)
            .await
            .is_ok()
    );
}
