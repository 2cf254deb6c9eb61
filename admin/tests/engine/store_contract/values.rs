//! What is read is what was written.

use keystile_admin::domain::{Emergency, Issuer, Timestamp};
use keystile_admin::store::StoreError;

use super::{issuer, main, with_issuer};
use crate::database::Stores;

#[tokio::test]
async fn large_and_odd_values_are_read_as_they_were_written() {
    let stores = Stores::open().await;
    let odd = [
        "".to_owned(),
        "x".repeat(1 << 20),
        "ä \u{1f511} \u{200d} \u{fffd} \u{feff}".to_owned(),
        "'; DROP TABLE issuers; -- \" \\ $1 ? %s {}".to_owned(),
        "\u{1}\t\r\n\u{7f}".to_owned(),
    ];
    for text in odd {
        let mut change = stores.one.write().await.unwrap();
        change.save_issuer(&issuer(&text)).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(stores.other.read().await.unwrap().issuer(&main()).await.unwrap().unwrap().iss, text);
    }
    let mut change = stores.one.write().await.unwrap();
    let refused = change.save_issuer(&issuer("a\0b")).await;
    assert_eq!(refused, Err(StoreError::ZeroCharacter));
}

#[tokio::test]
async fn what_is_in_order_is_in_that_of_bytes() {
    let stores = Stores::open().await;
    let ids = ["a-b", "aa", "b", "a"];
    let mut change = stores.one.write().await.unwrap();
    for id in ids {
        change.save_issuer(&Issuer { id: id.parse().unwrap(), ..issuer("i") }).await.unwrap();
    }
    let read: Vec<_> = change.issuer_ids().await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(read, ["a", "a-b", "aa", "b"]);
}

#[tokio::test]
async fn a_number_beyond_the_databases_is_the_largest_that_they_have() {
    const LARGEST: u64 = i64::MAX as u64;
    let stores = with_issuer().await;
    let mut change = stores.one.write().await.unwrap();
    let emergency = |secs: u64| Emergency {
        version: 1,
        revoked_kid: "r".to_owned(),
        new_kid: "n".to_owned(),
        declared_at: Timestamp::from_secs(secs),
        confirmed_at: None,
    };
    change.save_emergency(&main(), &emergency(u64::MAX)).await.unwrap();
    let read = change.latest_emergency(&main()).await.unwrap().unwrap();
    assert_eq!(read, emergency(LARGEST));
    let confirmed = Emergency { confirmed_at: Some(Timestamp::from_secs(0)), ..read };
    change.save_emergency(&main(), &confirmed).await.unwrap();
    assert_eq!(change.latest_emergency(&main()).await.unwrap(), Some(confirmed));
}
