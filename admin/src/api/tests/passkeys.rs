//! The second step of a sign-in, over HTTP. What an authenticator answers is judged in `admin/tests/engine/passkeys.rs`.

use super::users::PASSWORD;
use super::*;
use crate::auth::GUESSES;

const FINISH: &str = "/v1/session/passkey";

/// A server on which everybody must have a passkey.
async fn requiring() -> House {
    let house = House::set_up(true, |settings| Settings { passkey_required: true, ..settings }).await;
    house.invite_ada("admin").await;
    house
}

fn answer(attempt: &str, client_data: &str) -> String {
    let response =
        serde_json::json!({ "clientDataJSON": client_data, "authenticatorData": "AA", "signature": "AA" });
    let credential = serde_json::json!({ "rawId": "AA", "type": "public-key", "response": response });
    serde_json::json!({ "attempt": attempt, "credential": credential }).to_string()
}

#[tokio::test]
async fn a_password_that_is_not_enough_is_answered_with_a_question_and_no_cookie() {
    let house = requiring().await;
    let asked = house.enter("ada", PASSWORD).await;
    assert_eq!((asked.status, asked.header("set-cookie")), (StatusCode::ACCEPTED, ""));
    let question = asked.json();
    assert_eq!(question["origin"], "https://keys.example");
    let wanted = &question["make_passkey"];
    assert_eq!((&wanted["rp"]["id"], &wanted["user"]["name"]), (&"keys.example".into(), &"ada".into()));
    assert_eq!(wanted["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(wanted["pubKeyCredParams"][0], serde_json::json!({ "type": "public-key", "alg": -7 }));
    assert!(question.get("use_passkey").is_none());
    // What came with the question opens nothing by itself, and a wrong answer uses it up.
    let secret = question["attempt"].as_str().unwrap();
    let cookie = [("cookie", format!("keystile_session={secret}"))];
    assert_eq!(house.get("/v1/session", &cookie).await.code(), "unauthenticated");
    let first = serde_json::json!({ "attempt": secret, "name": "key", "credential": { "type": "public-key",
        "response": { "clientDataJSON": "e30", "attestationObject": "AA" } } });
    let finish = "/v1/session/first-passkey";
    let wrong = house.ask(Method::POST, finish, &[], &first.to_string()).await;
    assert_eq!((wrong.header("set-cookie"), wrong.code().as_str()), ("", "passkey_not_registered"));
    assert_eq!(house.ask(Method::POST, finish, &[], &first.to_string()).await.code(), "unauthenticated");
    // Whoever comes with an API token is not concerned.
    let body = serde_json::json!({ "token": house.tokens["viewer"] }).to_string();
    assert_eq!(house.ask(Method::POST, "/v1/session", &[], &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn guessing_attempts_is_braked() {
    let house = requiring().await;
    let mut answered = 0;
    for _ in 0..2 * GUESSES {
        match house.ask(Method::POST, FINISH, &[], &answer("guess", "e30")).await.status {
            StatusCode::UNAUTHORIZED => answered += 1,
            status => assert_eq!(status, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    assert_eq!(answered, GUESSES);
}

#[tokio::test]
async fn what_no_authenticator_sends_is_refused_before_it_is_decoded() {
    let house = requiring().await;
    let long = "A".repeat(20_000);
    for client_data in [long.as_str(), "e30=", "+/", "e 0", "e3"] {
        let refused = house.ask(Method::POST, FINISH, &[], &answer("guess", client_data)).await;
        assert_eq!((refused.status, refused.code().as_str()), (StatusCode::BAD_REQUEST, "invalid_input"));
    }
    let huge = answer("guess", &"A".repeat(2 * 1024 * 1024));
    assert_eq!(house.ask(Method::POST, FINISH, &[], &huge).await.code(), "body_too_large");
    assert_eq!(house.ask(Method::POST, FINISH, &[], "{\"attempt\":").await.code(), "json_malformed");
}
