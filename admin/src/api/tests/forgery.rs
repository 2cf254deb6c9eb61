//! What a cookie may change depends on who made the browser send it.

use super::*;

/// What the browser says, and the code of the answer. Cancelling where nothing is under way is a harmless
/// change.
const MATRIX: [(&[(&str, &str)], &str); 9] = [
    (&[("x-keystile-csrf", "1"), ("sec-fetch-site", "same-origin")], "rotation_not_found"),
    (&[("x-keystile-csrf", "1"), ("origin", "http://keys.example")], "rotation_not_found"),
    (&[("x-keystile-csrf", "1")], "rotation_not_found"),
    (&[], "csrf_refused"),
    (&[("sec-fetch-site", "same-origin")], "csrf_refused"),
    (&[("x-keystile-csrf", "1"), ("sec-fetch-site", "cross-site")], "csrf_refused"),
    (&[("x-keystile-csrf", "1"), ("sec-fetch-site", "same-site")], "csrf_refused"),
    (&[("x-keystile-csrf", "1"), ("origin", "http://evil.example")], "csrf_refused"),
    (&[("x-keystile-csrf", "1"), ("origin", "null")], "csrf_refused"),
];

async fn cancel(house: &House, credential: (&'static str, String), said: &[(&'static str, &str)]) -> String {
    let said = said.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let headers: Vec<_> = said.chain([credential]).collect();
    house.ask(Method::DELETE, "/v1/issuers/main/rotation", &headers, "").await.code()
}

#[tokio::test]
async fn only_our_own_page_changes_things_by_cookie() {
    let house = House::new().await;
    for (said, code) in MATRIX {
        assert_eq!(cancel(&house, house.cookie("admin").await, said).await, code, "{said:?}");
    }
}

#[tokio::test]
async fn an_api_token_needs_no_marker_because_no_browser_adds_it() {
    let house = House::new().await;
    for (said, _) in MATRIX {
        assert_eq!(cancel(&house, house.bearer("admin"), said).await, "rotation_not_found", "{said:?}");
    }
}

#[tokio::test]
async fn another_page_cannot_sign_anybody_in() {
    let house = House::new().await;
    let body = format!(r#"{{"token":"{}"}}"#, house.tokens["viewer"]);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        let headers = [("content-type", content_type.to_owned())];
        let answer = house.ask(Method::POST, "/v1/session", &headers, &body).await;
        assert_eq!(answer.code(), "content_type_unsupported", "{content_type}");
        assert!(answer.headers.get("set-cookie").is_none());
    }
}
