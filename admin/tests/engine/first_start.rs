//! What the first start makes, and what later ones leave alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use keystile_admin::domain::{ManualClock, Policy, SecretText};
use keystile_admin::operations::environment::{PrivateKeyFormat, environment};
use keystile_admin::operations::{Keystile, OperationError, first_start, key_set, rotation, status};
use keystile_admin::settings::{FirstIssuer, KeyPairPem, Settings};
use tempfile::TempDir;

use crate::rehearsal::{Rehearsal, START, first_issuer, openssl_pair, settings};

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(START))
}

fn pair((private_key, public_key): (SecretText, String)) -> KeyPairPem {
    KeyPairPem { private_key, public_key: Some(public_key) }
}

async fn refusal(adopt: KeyPairPem) -> (OperationError, TempDir) {
    let folder = TempDir::new().unwrap();
    let first = FirstIssuer { adopt: Some(adopt), ..first_issuer() };
    let error = first_start::init(settings(folder.path()), clock(), first).await.err().unwrap();
    (error, folder)
}

#[tokio::test]
async fn the_first_start_makes_one_active_key_and_a_set_that_the_pinned_root_believes() {
    let rehearsal = Rehearsal::begin().await;
    assert_eq!(rehearsal.version().await, 1);
    assert_eq!(rehearsal.published().await, [rehearsal.made.kid.as_str()]);
    assert_eq!(rehearsal.key(&rehearsal.made.kid).await.state, "active");
}

#[tokio::test]
async fn the_data_belongs_to_its_owner_alone() {
    let rehearsal = Rehearsal::begin().await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(rehearsal.folder.path()), 0o700);
    assert_eq!(mode(&rehearsal.folder.path().join("master.key")), 0o600);
}

#[tokio::test]
async fn a_second_start_makes_nothing() {
    let rehearsal = Rehearsal::begin().await;
    let again = first_start::init(settings(rehearsal.folder.path()), clock(), first_issuer()).await;
    let (keystile, made) = again.unwrap();
    assert!(made.is_none());
    drop(keystile);
    assert_eq!(rehearsal.version().await, 1);
    assert_eq!(rehearsal.keys().await.len(), 1);
}

#[tokio::test]
async fn an_adopted_pair_is_the_first_active_key_and_comes_out_as_it_went_in() {
    let (private, public) = openssl_pair(2048);
    let pem = private.reveal().to_owned();
    let adopt = pair((private, public.clone()));
    let rehearsal = Rehearsal::begin_with(None, Policy::default(), Some(adopt)).await;
    let key = rehearsal.key(&rehearsal.made.kid).await;
    assert_eq!((key.state, key.source), ("active", "adopted"));
    let format = PrivateKeyFormat::Pkcs1;
    let variables =
        environment(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, "PM", format).await.unwrap();
    let value = |name: &str| variables.iter().find(|variable| variable.name == name).unwrap().value.reveal();
    assert_eq!(value("PM__JWT__PRIVATE_KEY"), pem);
    assert_eq!(value("PM__JWT__PUBLIC_KEY"), public);
    assert_eq!(value("PM__JWT__REFRESH_TOKEN_EXPIRY_SECS"), "2592000");
}

#[tokio::test]
async fn halves_of_two_pairs_are_refused_and_nothing_is_made() {
    let (private, _) = openssl_pair(2048);
    let (_, other) = openssl_pair(2048);
    let (error, folder) = refusal(pair((private, other))).await;
    assert_eq!(error.code(), "key_invalid");
    let opened = Keystile::open(settings(folder.path()), clock()).await;
    assert_eq!(opened.err().unwrap().code(), "not_initialised");
}

#[tokio::test]
async fn a_short_an_encrypted_and_an_unreadable_key_are_refused_with_a_remedy() {
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (private_key, remedy) in [
        (openssl_pair(1024).0, "2048 bits"),
        (SecretText::new(encrypted.to_owned()), "decrypt it first"),
        (SecretText::new("secret words".to_owned()), "PKCS#1"),
    ] {
        let (error, _) = refusal(KeyPairPem { private_key, public_key: None }).await;
        assert_eq!(error.code(), "key_invalid");
        assert!(error.to_string().contains(remedy), "{error}");
        assert!(!error.to_string().contains("secret words"), "{error}");
    }
}

#[tokio::test]
async fn a_folder_without_data_is_not_opened_but_named() {
    let folder = TempDir::new().unwrap();
    let error = Keystile::open(settings(folder.path()), clock()).await.err().unwrap();
    assert_eq!(error, OperationError::NotInitialised { data: folder.path().display().to_string() });
}

#[tokio::test]
async fn under_another_master_key_the_server_is_read_only_and_says_why() {
    let rehearsal = Rehearsal::begin().await;
    let other = SecretText::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned());
    let settings = Settings { master_key: Some(other), ..settings(rehearsal.folder.path()) };
    let entries = rehearsal.entries().await;
    let keystile = Keystile::open(settings, rehearsal.clock.clone()).await.unwrap();
    let (admin, main) = (&rehearsal.admin, &rehearsal.main);
    let unusable = |error: OperationError| error.code() == "master_key_unusable";
    assert!(unusable(status::ready(&keystile).await.unwrap_err()));
    assert!(unusable(rotation::start(&keystile, admin, main, None, None).await.unwrap_err()));
    let handed = environment(&keystile, admin, main, "PM", PrivateKeyFormat::Pkcs1).await;
    assert!(unusable(handed.err().unwrap()));
    assert_eq!(status::status(&keystile, admin).await.unwrap().issuers.len(), 1);
    assert_eq!(key_set::current(&keystile, main).await.unwrap().version, 1);
    assert_eq!(rehearsal.entries().await, entries);
}

#[tokio::test]
async fn a_lost_master_key_is_named_and_not_replaced() {
    let rehearsal = Rehearsal::begin().await;
    let file = rehearsal.folder.path().join("master.key");
    fs::remove_file(&file).unwrap();
    let again = first_start::init(settings(rehearsal.folder.path()), clock(), first_issuer()).await;
    let (keystile, made) = again.unwrap();
    assert_eq!(keystile.unsealed().await.unwrap_err().code(), "master_key_unusable");
    assert!(made.is_none() && !file.exists());
}

#[tokio::test]
async fn a_master_key_that_is_put_back_opens_the_server_that_runs() {
    let rehearsal = Rehearsal::begin().await;
    let (file, away) = (rehearsal.folder.path().join("master.key"), rehearsal.folder.path().join("away"));
    fs::rename(&file, &away).unwrap();
    let keystile = rehearsal.second_process().await;
    assert!(rotation::start(&keystile, &rehearsal.admin, &rehearsal.main, None, None).await.is_err());
    fs::rename(&away, &file).unwrap();
    keystile.unsealed().await.unwrap();
    rotation::start(&keystile, &rehearsal.admin, &rehearsal.main, None, None).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = first_start::init(settings(&file.join("data")), clock(), first_issuer()).await.err().unwrap();
    assert_eq!(error.code(), "data_folder_unusable");
}

#[tokio::test]
async fn no_private_key_lies_in_clear_in_the_data_folder() {
    let (private, public) = openssl_pair(2048);
    let pem = private.reveal().to_owned();
    let (_, der) = pkcs1::der::SecretDocument::from_pem(&pem).unwrap();
    let rehearsal = Rehearsal::begin_with(None, Policy::default(), Some(pair((private, public)))).await;
    // The second half of PKCS#1 holds nothing but secret numbers.
    let secret = &der.as_bytes()[der.as_bytes().len() / 2..][..32];
    for entry in fs::read_dir(rehearsal.folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret));
    }
}
