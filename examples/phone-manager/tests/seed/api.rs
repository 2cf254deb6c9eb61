use serde_json::{Value, json};

use crate::backend::{Backend, program};

#[test]
fn a_user_signs_in_is_known_renews_the_session_and_signs_out() {
    let backend = Backend::start();
    assert_eq!(backend.get("/api/health", None).body, json!({ "status": "healthy" }));
    let (access, refresh) = backend.sign_in();
    let me = backend.get("/api/v1/users/me", Some(&access));
    assert_eq!((me.status, me.body["email"].as_str()), (200, Some("test@example.com")));

    let renewed = backend.refresh(&refresh);
    let access = renewed.body["access_token"].as_str().unwrap();
    assert_eq!((renewed.status, renewed.body["expires_in"].as_u64()), (200, Some(3600)));
    assert_eq!(backend.me(access), 200);
    assert_eq!(backend.post("/api/v1/auth/logout", Some(access), &Value::Null).status, 204);
    assert_eq!(backend.me(access), 401);
}

#[test]
fn a_refresh_token_is_good_once_and_its_second_use_ends_the_session() {
    let backend = Backend::start();
    let (access, refresh) = backend.sign_in();
    assert_eq!(backend.me(&refresh), 401, "a refresh token opens nothing else");
    assert_eq!(backend.refresh(&access).status, 401, "an access token renews nothing");
    let renewed = backend.refresh(&refresh);
    assert_eq!(renewed.status, 200);
    assert_eq!(backend.refresh(&refresh).status, 401);
    assert_eq!(backend.me(renewed.body["access_token"].as_str().unwrap()), 401);
}

#[test]
fn failures_are_counted_under_the_names_of_the_procedure() {
    let backend = Backend::start();
    assert_eq!(
        (backend.counter("auth_login_failures"), backend.counter("auth_jwt_validation_errors")),
        (0, 0)
    );
    for email in ["test@example.com", "nobody@example.com"] {
        let wrong = json!({ "email": email, "password": "wrong-password" });
        let refused = backend.post("/api/v1/auth/login", None, &wrong);
        assert_eq!((refused.status, refused.body), (401, json!({ "error": "invalid_credentials" })));
    }
    for token in ["", "nonsense", "a.b.c"] {
        assert_eq!(backend.me(token), 401);
    }
    assert_eq!(
        (backend.counter("auth_login_failures"), backend.counter("auth_jwt_validation_errors")),
        (2, 3)
    );
}

#[test]
fn ending_all_sessions_logs_everybody_out() {
    let backend = Backend::start();
    let (access, refresh) = backend.sign_in();
    assert!(program(backend.folder.path(), &["end-all-sessions"]).status().unwrap().success());
    assert_eq!(backend.me(&access), 401);
    assert_eq!(backend.refresh(&refresh).status, 401);
}

#[test]
fn a_missing_key_is_named_and_a_private_key_is_not_shown() {
    let backend = Backend::start();
    let started = program(backend.folder.path(), &["serve"]).env("PM__JWT__PUBLIC_KEY", "").output().unwrap();
    let said = String::from_utf8(started.stderr).unwrap();
    assert!(!started.status.success() && said.contains("`PM__JWT__PUBLIC_KEY` is not set"), "{said}");
    assert!(!said.contains("PRIVATE KEY-----"), "{said}");
}
