//! Signing in and out.

use super::*;

async fn sign_in(house: &House, token: &str) -> Answer {
    house.ask(Method::POST, "/v1/session", &[], &format!(r#"{{"token":"{token}"}}"#)).await
}

fn cookie_of(answer: &Answer) -> (&'static str, String) {
    ("cookie", answer.header("set-cookie").split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    for (https, secure) in [(false, false), (true, true)] {
        let house = House::reached_over(https).await;
        let answer = sign_in(&house, &house.tokens["operator"]).await;
        let principal = format!("token:{}", &house.tokens["operator"][3..11]);
        let who = serde_json::json!({ "role": "operator", "principal": principal, "label": "operator" });
        assert_eq!(answer.json(), who);
        let cookie = answer.header("set-cookie");
        for flag in ["; HttpOnly", "; SameSite=Strict", "; Path=/", "; Max-Age="] {
            assert!(cookie.contains(flag), "{flag}");
        }
        assert_eq!(cookie.contains("; Secure"), secure);
        assert_eq!(answer.headers.contains_key("strict-transport-security"), secure);
        assert!(!cookie.contains(&house.tokens["operator"]));
    }
}

#[tokio::test]
async fn a_session_ends_when_it_is_signed_out() {
    let house = House::new().await;
    let cookie = cookie_of(&sign_in(&house, &house.tokens["viewer"]).await);
    let who = house.get("/v1/session", std::slice::from_ref(&cookie)).await;
    assert_eq!(who.json()["label"], "viewer");
    let ours = [cookie.clone(), ("x-keystile-csrf", "1".to_owned())];
    let out = house.ask(Method::DELETE, "/v1/session", &ours, "").await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(house.get("/v1/session", &[cookie]).await.code(), "unauthenticated");
}

#[tokio::test]
async fn a_cookie_that_was_there_before_is_never_taken_over() {
    let house = House::new().await;
    let planted = ("cookie", "keystile_session=planted".to_owned());
    let body = format!(r#"{{"token":"{}"}}"#, house.tokens["admin"]);
    let answer = house.ask(Method::POST, "/v1/session", std::slice::from_ref(&planted), &body).await;
    assert_ne!(cookie_of(&answer), planted);
    assert_eq!(house.get("/v1/session", &[planted]).await.code(), "unauthenticated");
}

#[tokio::test]
async fn an_administrator_sees_who_is_signed_in_and_signs_them_out() {
    let house = House::new().await;
    let cookie = house.cookie("operator").await;
    let admin = [house.bearer("admin")];
    let shown = house.get("/v1/sessions", &admin).await;
    let session = shown.json()["sessions"][0].clone();
    assert_eq!((session["label"].as_str(), session["role"].as_str()), (Some("operator"), Some("operator")));
    // What is shown lets nobody in.
    assert!(!shown.text.contains(cookie.1.trim_start_matches("keystile_session=")));
    let path = format!("/v1/sessions/{}", session["id"].as_str().unwrap());
    assert_eq!(house.ask(Method::DELETE, &path, &[house.bearer("operator")], "").await.code(), "forbidden");
    assert_eq!(house.get("/v1/session", std::slice::from_ref(&cookie)).await.status, StatusCode::OK);
    assert_eq!(house.ask(Method::DELETE, &path, &admin, "").await.status, StatusCode::OK);
    assert_eq!(house.get("/v1/session", &[cookie]).await.code(), "unauthenticated");
    assert_eq!(house.ask(Method::DELETE, &path, &admin, "").await.code(), "session_not_found");
}

#[tokio::test]
async fn programs_get_no_session() {
    let house = House::new().await;
    for role in ["edge", "signer"] {
        let answer = sign_in(&house, &house.tokens[role]).await;
        assert!(answer.status.is_client_error(), "{role}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}

#[tokio::test]
async fn guessing_is_slowed_and_the_right_token_never_is() {
    let house = House::new().await;
    let mut last = sign_in(&house, "ks_wrong").await;
    for _ in 0..20 {
        last = sign_in(&house, "ks_wrong").await;
    }
    assert_eq!((last.status.as_u16(), last.code().as_str()), (429, "too_many_guesses"));
    assert_eq!(last.header("retry-after"), "3");
    assert_eq!(last.header("ratelimit-policy"), "\"sign-in\";q=10;w=30");
    assert_eq!(last.header("ratelimit"), "\"sign-in\";r=0;t=3");
    assert_eq!(sign_in(&house, &house.tokens["viewer"]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_an_identity_provider_there_is_no_button_and_nobody_comes_that_way() {
    let house = House::new().await;
    assert_eq!(house.get("/v1/session/provider", &[]).await.json(), serde_json::json!({ "name": null }));
    let ours = [("x-keystile-csrf", "1".to_owned()), ("sec-fetch-site", "same-origin".to_owned())];
    let begun = house.ask(Method::POST, "/v1/session/provider", &ours, "").await;
    assert_eq!((begun.status.as_u16(), begun.code().as_str()), (404, "provider_not_configured"));
    let back = house.get("/v1/session/provider/callback?code=c&state=s", &[]).await;
    assert_eq!((back.status.as_u16(), back.header("location")), (303, "/?sign_in=provider_not_configured"));
    assert!(!back.header("set-cookie").contains("keystile_session"));
}
