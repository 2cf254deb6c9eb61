//! What was read already, and what was changed since.

use super::*;
use crate::operations::hand_off;

const MAIN: &str = "/v1/issuers/main";

async fn tag(house: &House) -> String {
    house.get(MAIN, &[house.bearer("admin")]).await.header("etag").to_owned()
}

async fn change(house: &House, tags: &[&str], body: &str) -> Answer {
    let tags = tags.iter().map(|tag| ("if-match", (*tag).to_owned()));
    let headers: Vec<_> = [house.bearer("admin")].into_iter().chain(tags).collect();
    house.ask(Method::PATCH, MAIN, &headers, body).await
}

async fn leeway(house: &House) -> Value {
    house.get(MAIN, &[house.bearer("viewer")]).await.json()["policy"]["leeway_secs"].clone()
}

#[tokio::test]
async fn what_the_client_has_already_is_not_sent_again() {
    let house = House::new().await;
    let first = tag(&house).await;
    for known in [first.clone(), format!("W/{first}"), format!("\"other\", {first}"), "*".to_owned()] {
        let again = house.get(MAIN, &[house.bearer("viewer"), ("if-none-match", known)]).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(again.header("etag"), first);
    }
    let other = house.get(MAIN, &[house.bearer("viewer"), ("if-none-match", "\"other\"".to_owned())]).await;
    assert_eq!(other.status, StatusCode::OK);
    assert_eq!(house.get(MAIN, &[("if-none-match", first)]).await.code(), "unauthenticated");
}

#[tokio::test]
async fn a_change_starts_from_the_state_that_was_read() {
    let house = House::new().await;
    let read = tag(&house).await;
    let changed = change(&house, &[&read], r#"{"leeway_secs":7}"#).await;
    assert_eq!(
        (changed.status, &changed.json()["after"]["policy"]["leeway_secs"]),
        (StatusCode::OK, &Value::from(7))
    );
    assert_eq!(changed.header("etag"), tag(&house).await);
    // Somebody else had read the state before, and would undo it.
    let late = change(&house, &[&read], r#"{"leeway_secs":9}"#).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (412, "precondition_failed"));
    assert_eq!(leeway(&house).await, 7);
    let now = format!("{read}, {}", tag(&house).await);
    assert_eq!(change(&house, &[&now], r#"{"leeway_secs":9}"#).await.status, StatusCode::OK);
    assert_eq!(change(&house, &["*"], r#"{"leeway_secs":11}"#).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_change_from_nowhere_is_refused_and_a_weak_tag_is_none() {
    let house = House::new().await;
    let body = r#"{"leeway_secs":7}"#;
    let without = change(&house, &[], body).await;
    assert_eq!((without.status.as_u16(), without.code().as_str()), (428, "precondition_required"));
    let weak = format!("W/{}", tag(&house).await);
    assert_eq!(change(&house, &[&weak], body).await.code(), "precondition_failed");
    assert_eq!(leeway(&house).await, 30);
}

#[tokio::test]
async fn a_dry_run_needs_no_state_and_says_which_it_saw() {
    let house = House::new().await;
    let would = change(&house, &[], r#"{"leeway_secs":7,"dry_run":true}"#).await;
    assert_eq!((would.status, would.header("etag")), (StatusCode::OK, tag(&house).await.as_str()));
    let seen = would.header("etag").to_owned();
    assert_eq!(change(&house, &[&seen], r#"{"leeway_secs":7}"#).await.status, StatusCode::OK);
    assert_eq!(leeway(&house).await, 7);
}

#[tokio::test]
async fn targets_of_the_hand_off_are_set_over_those_that_were_read_and_a_dry_run_sets_none() {
    let house = House::new().await;
    let path = "/v1/issuers/main/hand-off";
    let set = async |tag: Option<&str>, body: &str| {
        let tag = tag.map(|tag| ("if-match", tag.to_owned()));
        let headers: Vec<_> = [house.bearer("admin")].into_iter().chain(tag).collect();
        house.ask(Method::PUT, path, &headers, body).await
    };
    let read = async || house.get(path, &[house.bearer("admin")]).await;
    let revision = |answer: &Answer| format!("\"{}\"", answer.json()["revision"].as_str().unwrap());
    let [disk, none] = [r#"[{"name":"disk","place":{"kind":"file","file":"backend.env"}}]"#, "[]"];

    let empty = revision(&read().await);
    let would = set(Some(&empty), &format!(r#"{{"targets":{disk},"dry_run":true}}"#)).await;
    assert_eq!(would.json()["targets"][0]["status"]["held_kid"], Value::Null, "{}", would.text);
    assert_eq!(read().await.json()["targets"], serde_json::json!([]));

    let one = set(Some(&empty), &format!(r#"{{"targets":{disk}}}"#)).await;
    assert_eq!((one.status, revision(&one)), (StatusCode::OK, revision(&would)));
    let late = set(Some(&empty), &format!(r#"{{"targets":{none}}}"#)).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (412, "precondition_failed"));
    // What stands there is no part of the revision, and is one of the tag.
    hand_off::round(&house.keystile).await.unwrap();
    let shown = read().await;
    assert_eq!(revision(&shown), revision(&one));
    assert_eq!(
        set(Some(shown.header("etag")), &format!(r#"{{"targets":{none}}}"#)).await.status,
        StatusCode::OK
    );
    assert_eq!(
        set(None, &format!(r#"{{"targets":{disk}}}"#)).await.status,
        StatusCode::OK,
        "a state is not demanded"
    );
}
