//! Signing in by name, over HTTP.

use super::*;
use crate::auth::GUESSES;

pub(super) const PASSWORD: &str = "four short words";

impl House {
    async fn with_ada(role: &str) -> Self {
        let house = Self::new().await;
        house.invite_ada(role).await;
        house
    }

    pub(super) async fn invite_ada(&self, role: &str) {
        let wanted = serde_json::json!({ "name": "ada", "role": role }).to_string();
        let made = self.ask(Method::POST, "/v1/users", &[self.bearer("admin")], &wanted).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let chosen = serde_json::json!({ "invitation": made.json()["invitation"], "password": PASSWORD });
        let set = self.ask(Method::POST, "/v1/invitation", &[], &chosen.to_string()).await;
        assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    }

    pub(super) async fn enter(&self, name: &str, password: &str) -> Answer {
        let wanted = serde_json::json!({ "name": name, "password": password }).to_string();
        self.ask(Method::POST, "/v1/session", &[], &wanted).await
    }
}

#[tokio::test]
async fn a_user_signs_in_by_name_and_acts_under_it() {
    let house = House::with_ada("admin").await;
    let entered = house.enter("ada", PASSWORD).await;
    let who = serde_json::json!({ "role": "admin", "principal": "user:ada", "label": "ada" });
    assert_eq!(entered.json(), who);
    let cookie = entered.header("set-cookie").split(';').next().unwrap().to_owned();
    let ours = [("cookie", cookie), ("x-keystile-csrf", "1".to_owned())];
    let made = house.ask(Method::POST, "/v1/api-tokens", &ours, r#"{"label":"l","role":"viewer"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let log = house.get("/v1/audit?limit=1", &[house.bearer("admin")]).await.json();
    assert_eq!(log["entries"][0]["actor"], "user:ada");
    // Shut out, and out at once.
    let out = house.ask(Method::POST, "/v1/users/ada/disable", &[house.bearer("admin")], "").await;
    assert_eq!(out.status, StatusCode::OK);
    assert_eq!(house.get("/v1/session", &ours).await.code(), "unauthenticated");
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_answered_alike() {
    let house = House::with_ada("viewer").await;
    let told = |answer: &Answer| {
        let mut problem = answer.json();
        problem.as_object_mut().unwrap().remove("request_id");
        problem
    };
    let [wrong, unknown] = [house.enter("ada", "wrong").await, house.enter("bob", "wrong").await];
    assert_eq!(told(&wrong), told(&unknown));
    assert_eq!(wrong.code(), "unauthenticated");
}

#[tokio::test]
async fn guessing_a_password_is_slowed_and_says_for_how_long() {
    let house = House::with_ada("viewer").await;
    let mut answered = 0;
    for _ in 0..2 * GUESSES {
        let answer = house.enter("ada", "wrong").await;
        match answer.status {
            StatusCode::UNAUTHORIZED => answered += 1,
            _ => assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0),
        }
    }
    // The clock stands still, so that after the free ones nothing is looked at any more, not even the right one.
    assert_eq!(answered, 3);
    assert_eq!(house.enter("ada", PASSWORD).await.code(), "too_many_guesses");
    // Somebody else is not concerned, nor is the holder of a token.
    assert_eq!(house.enter("bob", "wrong").await.code(), "unauthenticated");
    let body = serde_json::json!({ "token": house.tokens["viewer"] }).to_string();
    assert_eq!(house.ask(Method::POST, "/v1/session", &[], &body).await.status, StatusCode::OK);
}
