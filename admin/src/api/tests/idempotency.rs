//! A request that is sent again happens once.

use super::*;

const ROTATION: &str = "/v1/issuers/main/rotation";

async fn post(house: &House, path: &str, role: &str, key: &str, body: &str) -> Answer {
    let headers = [house.bearer(role), ("idempotency-key", key.to_owned())];
    house.ask(Method::POST, path, &headers, body).await
}

async fn keys(house: &House) -> usize {
    let listed = house.get("/v1/issuers/main/keys", &[house.bearer("viewer")]).await;
    listed.json()["keys"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_duplicates_starts_one_rotation_and_gets_one_answer() {
    let house = Arc::new(House::new().await);
    let storm: Vec<_> = (0..50)
        .map(|_| {
            let house = house.clone();
            tokio::spawn(async move {
                loop {
                    let answer = post(&house, ROTATION, "operator", "\"storm\"", r#"{"reason":"r"}"#).await;
                    if answer.status == StatusCode::ACCEPTED {
                        return answer;
                    }
                    // The first is at work, or writes at this instant; anything else fails the test.
                    let code = answer.code();
                    assert!(["idempotency_in_flight", "store_busy"].contains(&code.as_str()), "{code}");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for one in storm {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().map(|answer| &answer.text).collect::<std::collections::BTreeSet<_>>().len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.header("idempotency-replayed") == "true").count(), 49);
    assert_eq!(keys(&house).await, 2);
    let audit = house.get("/v1/audit", &[house.bearer("auditor")]).await.json();
    let started = audit["entries"].as_array().unwrap().iter().filter(|it| it["action"] == "rotation.started");
    assert_eq!(started.count(), 1);
}

#[tokio::test]
async fn the_answer_is_the_first_one_for_its_caller_alone() {
    let house = House::new().await;
    let body = r#"{"label":"l","role":"viewer"}"#;
    let first = post(&house, "/v1/api-tokens", "admin", "k", body).await;
    let again = post(&house, "/v1/api-tokens", "admin", "\"k\"", body).await;
    assert_eq!((first.status, &first.text), (StatusCode::CREATED, &again.text));
    assert_eq!(again.header("content-type"), first.header("content-type"));
    assert_eq!(post(&house, "/v1/api-tokens", "viewer", "k", body).await.code(), "forbidden");
    assert_eq!(
        house.ask(Method::POST, "/v1/api-tokens", &[("idempotency-key", "k".into())], body).await.code(),
        "unauthenticated"
    );
}

#[tokio::test]
async fn a_key_that_came_with_another_request_is_refused_and_nothing_happens() {
    let house = House::new().await;
    assert_eq!(post(&house, ROTATION, "operator", "k", "{}").await.status, StatusCode::ACCEPTED);
    let other = post(&house, "/v1/issuers/main/keys", "operator", "k", "{}").await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "idempotency_key_reused"));
    let other = post(&house, ROTATION, "operator", "k", r#"{"bits":4096}"#).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    assert_eq!(keys(&house).await, 2);
}

#[tokio::test]
async fn a_refusal_is_not_kept_so_that_the_next_try_is_judged_anew() {
    let house = House::new().await;
    let pause = "/v1/issuers/main/rotation/pause";
    assert_eq!(post(&house, pause, "operator", "k", "{}").await.code(), "rotation_not_found");
    assert_eq!(post(&house, ROTATION, "operator", "r", "{}").await.status, StatusCode::ACCEPTED);
    assert_eq!(post(&house, pause, "operator", "k", "{}").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let house = House::new().await;
    for key in [String::new(), "\"\"".into(), "a b".into(), "a\"b".into(), "k".repeat(256)] {
        assert_eq!(post(&house, ROTATION, "operator", &key, "{}").await.code(), "invalid_input", "{key}");
    }
    assert_eq!(keys(&house).await, 1);
}
