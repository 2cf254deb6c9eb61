//! Nobody brings an older set over a newer one, and what others do to the store is noticed and put right.

use std::process::{Child, Command, Stdio};

use keystile_admin::domain::{Clock, Policy, SystemClock, Timestamp};
use keystile_admin::operations::publication::drain;
use keystile_admin::operations::store_watch::look;
use keystile_admin::operations::{Keystile, audit_log, key_set};
use keystile_admin::settings::Settings;

use crate::database;
use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::{Rehearsal, START, settings, until};

async fn begin() -> (FakeKv, Rehearsal) {
    let fake = FakeKv::start(Shelf::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(fake.settings()), Policy::default(), None).await;
    rehearsal.settle().await;
    (fake, rehearsal)
}

/// The same at the real present, for real servers to join.
async fn begin_now() -> (FakeKv, Rehearsal) {
    let fake = FakeKv::start(Shelf::default()).await;
    let (now, kv) = (SystemClock.now(), Some(fake.settings()));
    let rehearsal = Rehearsal::begin_at(now, kv, Policy::default(), None).await;
    rehearsal.settle().await;
    (fake, rehearsal)
}

impl Rehearsal {
    /// A new key, made now as the real servers count.
    async fn new_key_now(&self) {
        self.clock.set(SystemClock.now());
        self.new_key().await;
    }

    pub(crate) async fn newest(&self) -> Vec<u8> {
        key_set::current(&self.keystile, &self.main).await.unwrap().document.into_bytes()
    }

    async fn store_actions(&self) -> Vec<String> {
        let log = audit_log::list(&self.keystile, &self.admin, 100, None).await.unwrap();
        let of_store = |action: &String| action.starts_with("store.");
        log.into_iter().map(|entry| entry.action).filter(of_store).collect()
    }
}

#[tokio::test]
async fn whatever_is_done_to_the_store_is_noticed_told_and_put_right() {
    let (fake, rehearsal) = begin().await;
    let old = rehearsal.newest().await;
    rehearsal.new_key().await;
    rehearsal.settle().await;
    let strike: [(&str, &dyn Fn()); 3] = [
        ("no value", &|| fake.remove()),
        ("a value that no root of this server vouches for", &|| fake.put(b"e30.e30.e30")),
        ("the older version 1", &|| fake.put(&old)),
    ];
    for (times, (found, strike)) in strike.into_iter().enumerate() {
        let writes = fake.writes();
        strike();
        rehearsal.clock.advance(15);
        assert_eq!(look(&rehearsal.keystile).await.unwrap(), 1, "{found}");
        let seen = rehearsal.status().await;
        assert!(seen.push.pending);
        let store = seen.store.unwrap();
        assert_eq!((store.disturbances, store.found.as_deref()), (times as u64 + 1, Some(found)));
        assert_eq!(store.repaired_at, None);
        rehearsal.settle().await;
        assert_eq!(fake.value(), Some(rehearsal.newest().await), "{found}");
        assert_eq!(fake.writes(), writes + 1);
        let seen = rehearsal.status().await;
        assert!(!seen.push.pending && seen.store.unwrap().repaired_at.is_some());
        assert_eq!(rehearsal.store_actions().await[..2], ["store.repaired", "store.disturbed"]);
    }
}

#[tokio::test]
async fn a_store_that_holds_what_was_pushed_is_looked_at_and_left_alone() {
    let (fake, rehearsal) = begin().await;
    let entries = rehearsal.entries().await;
    rehearsal.pass(15).await;
    let store = rehearsal.status().await.store.unwrap();
    assert_eq!((store.intact_at, store.disturbances), (Some(rehearsal.keystile.now()), 0));
    assert_eq!((fake.writes(), rehearsal.entries().await), (1, entries));
}

#[tokio::test]
async fn a_key_whose_set_was_taken_out_of_the_store_waits_for_the_bound_anew() {
    let (fake, rehearsal) = begin().await;
    let kid = rehearsal.new_key().await;
    rehearsal.settle().await;
    rehearsal.pass(100).await;
    fake.remove();
    rehearsal.pass(15).await;
    rehearsal.pass(129).await;
    assert!(!rehearsal.key(&kid).await.safe_to_activate.unwrap().ok);
    rehearsal.pass(1).await;
    assert!(rehearsal.key(&kid).await.safe_to_activate.unwrap().ok);
}

#[tokio::test]
async fn a_process_that_was_asleep_in_a_push_does_not_have_the_last_word() {
    let (fake, rehearsal) = begin().await;
    let other = Settings { kv: Some(fake.settings()), ..settings(rehearsal.folder.path()) };
    let other = Keystile::open(other, rehearsal.clock.clone()).await.unwrap();
    rehearsal.new_key().await;
    fake.hold_next_write();
    let late = async { drain(&rehearsal.keystile).await.unwrap() };
    let meanwhile = async {
        fake.until_held().await;
        assert!(drain(&other).await.unwrap().left_to_another);
        // Its lease ends while it sleeps, and the next version is pushed by the other process.
        rehearsal.clock.advance(6);
        rehearsal.new_key().await;
        assert_eq!(drain(&other).await.unwrap().pushed[0].version, 3);
        fake.release_write();
    };
    tokio::join!(late, meanwhile);
    let store = rehearsal.status().await.store.unwrap();
    assert_eq!((store.disturbances, store.repaired_at), (1, None));
    drain(&other).await.unwrap();
    assert_eq!(fake.value(), Some(rehearsal.newest().await));
    assert_eq!(rehearsal.status().await.pushed_version, Some(3));
}

#[tokio::test]
async fn a_lease_of_a_clock_that_was_set_back_since_holds_nobody_up() {
    let (fake, rehearsal) = begin().await;
    rehearsal.new_key().await;
    fake.hold_next_write();
    // Dropped in the middle of its write, as a process that is killed.
    tokio::select! {
        drained = drain(&rehearsal.keystile) => panic!("the push was to be held up: {drained:?}"),
        () = fake.until_held() => {}
    }
    assert!(drain(&rehearsal.keystile).await.unwrap().left_to_another);
    rehearsal.clock.set(Timestamp::from_secs(START.as_secs() - 3_600));
    assert_eq!(drain(&rehearsal.keystile).await.unwrap().pushed.len(), 1);
}

/// Two real servers, one of which is stopped in the middle of a write and goes on when the other has pushed a newer set.
#[tokio::test]
async fn a_stopped_server_that_goes_on_cannot_bring_an_older_set_back() {
    let (fake, rehearsal) = begin_now().await;
    let sleeper = Server::start(&rehearsal, &fake);
    fake.hold_next_write();
    rehearsal.new_key_now().await;
    fake.until_held().await;
    sleeper.signal("STOP");
    let _other = Server::start(&rehearsal, &fake);
    rehearsal.new_key_now().await;
    until(async || fake.writes() == 2, "the other server to push version 3").await;
    fake.release_write();
    until(async || fake.writes() == 3, "the late write of version 2").await;
    sleeper.signal("CONT");
    until(
        async || {
            let seen = rehearsal.status().await;
            let store = seen.store.unwrap();
            store.disturbances > 0 && store.repaired_at.is_some() && !seen.push.pending
        },
        "the older set to be noticed and overwritten",
    )
    .await;
    assert_eq!(fake.value(), Some(rehearsal.newest().await));
}

/// A process that died in a push must not hold the others up for longer than its lease.
#[tokio::test]
async fn a_server_killed_in_a_push_holds_nobody_up_for_long() {
    let (fake, rehearsal) = begin_now().await;
    let victim = Server::start(&rehearsal, &fake);
    fake.hold_next_write();
    rehearsal.new_key_now().await;
    fake.until_held().await;
    drop(victim);
    let _next = Server::start(&rehearsal, &fake);
    let before = fake.writes();
    until(async || fake.writes() > before, "the next server to push").await;
    assert_eq!(fake.value(), Some(rehearsal.newest().await));
}

/// A real server on the folder of a rehearsal. Dropping it kills it.
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn start(rehearsal: &Rehearsal, fake: &FakeKv) -> Self {
        let kv = fake.settings();
        let child = Command::new(env!("CARGO_BIN_EXE_keystile"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(rehearsal.folder.path())
            .envs(database::variable(rehearsal.folder.path()))
            .env("KEYSTILE__KV__BASE_URL", kv.base_url)
            .env("KEYSTILE__KV__NAMESPACE_ID", kv.namespace_id)
            .env("KEYSTILE__KV__API_TOKEN", kv.api_token.reveal())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
