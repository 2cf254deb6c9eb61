//! What takes two people, over HTTP: the header, and where private keys go.

use super::*;

const TARGETS: &str = r#"{"targets":[{"name":"disk","place":{"kind":"file","file":"backend.env","format":"env"},"prefix":"PM","private_key":"pkcs8","reload_secs":60}]}"#;

impl House {
    /// Two administrators beside the first one, and the policy.
    async fn with_policy() -> (Self, String) {
        let house = Self::new().await;
        let made = api_tokens::create(&house.keystile, &Actor::local("test"), "Bob", Role::Admin, None).await;
        let bob = made.unwrap().secret.reveal().to_owned();
        let headers = [house.bearer("admin"), ("if-match", "*".to_owned())];
        let body = r#"{"approval_required":true}"#;
        let on = house.ask(Method::PATCH, "/v1/issuers/main", &headers, body).await;
        assert_eq!(on.status, StatusCode::OK, "{}", on.text);
        (house, bob)
    }
}

#[tokio::test]
async fn a_deed_that_takes_two_people_is_done_with_the_id_of_its_approval() {
    let (house, bob) = House::with_policy().await;
    let (admin, bob) = (house.bearer("admin"), ("authorization", format!("Bearer {bob}")));
    let mine = [admin.clone()];
    let set = |headers: Vec<(&'static str, String)>| {
        let house = &house;
        async move { house.ask(Method::PUT, "/v1/issuers/main/hand-off", &headers, TARGETS).await }
    };
    assert_eq!(set(vec![admin.clone()]).await.code(), "approval_required");
    let wanted: Value = serde_json::from_str(TARGETS).unwrap();
    let deed = serde_json::json!({
        "deed": { "kind": "set_hand_off", "issuer": "main", "targets": wanted["targets"] }
    });
    let asked = house.ask(Method::POST, "/v1/approvals", &mine, &deed.to_string()).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text);
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/approvals/{id}/approve");
    let own = house.ask(Method::POST, &path, &mine, "").await;
    assert_eq!((own.status, own.code()), (StatusCode::FORBIDDEN, "own_request".to_owned()));
    assert_eq!(house.ask(Method::POST, &path, &[bob], "").await.json()["state"], "approved");
    let approval = ("keystile-approval", id.clone());
    let done = set(vec![admin.clone(), approval.clone()]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let shown = house.get(&format!("/v1/approvals/{id}"), &mine).await.json();
    assert_eq!(shown["state"], "used");
    // It is done, so that doing it again changes nothing and needs nobody.
    assert_eq!(set(vec![admin]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_is_the_person_whose_token_opened_it() {
    let (house, _) = House::with_policy().await;
    let asked = r#"{"deed":{"kind":"end_approval","issuer":"main"}}"#;
    let asked = house.ask(Method::POST, "/v1/approvals", &[house.bearer("admin")], asked).await.json();
    let path = format!("/v1/approvals/{}/approve", asked["id"].as_str().unwrap());
    let ours = [
        house.cookie("admin").await,
        ("x-keystile-csrf", "1".to_owned()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ];
    assert_eq!(house.ask(Method::POST, &path, &ours, "").await.code(), "own_request");
}
