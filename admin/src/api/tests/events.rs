//! The stream of events: what is heard, and when it ends.

use axum::body::BodyDataStream;

use super::*;

impl House {
    async fn listen(&self, headers: &[(&str, String)]) -> BodyDataStream {
        let mut request = Request::builder().uri("/v1/events");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(
            (answer.status(), &answer.headers()["content-type"]),
            (StatusCode::OK, &"text/event-stream".parse().unwrap())
        );
        answer.into_body().into_data_stream()
    }
}

/// The id of an event and the version of the key set that it tells.
async fn next(stream: &mut BodyDataStream) -> Option<(String, u64)> {
    let frame = String::from_utf8(stream.next().await?.unwrap().to_vec()).unwrap();
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
    assert_eq!(field("event:"), "status");
    let status: Value = serde_json::from_str(field("data:")).unwrap();
    Some((field("id:").to_owned(), status["issuers"][0]["version"].as_u64().unwrap()))
}

#[tokio::test]
async fn whoever_knows_the_present_state_hears_only_of_the_next() {
    let house = House::new().await;
    let admin = house.bearer("admin");
    let (known, version) = next(&mut house.listen(std::slice::from_ref(&admin)).await).await.unwrap();
    let mut stream = house.listen(&[admin.clone(), ("last-event-id", known.clone())]).await;
    let order = r#"{"scope":"sub","value":"s","reason":"r"}"#;
    let raised = house.ask(Method::POST, "/v1/issuers/main/epochs", &[admin], order).await;
    assert_eq!(raised.status, StatusCode::ACCEPTED);
    let (id, heard) = next(&mut stream).await.unwrap();
    assert_eq!(heard, version + 1);
    assert_ne!(id, known);
}

#[tokio::test]
async fn the_stream_ends_with_the_session() {
    let house = House::new().await;
    let cookie = house.cookie("viewer").await;
    let mut stream = house.listen(std::slice::from_ref(&cookie)).await;
    next(&mut stream).await.unwrap();
    let ours = [cookie, ("x-keystile-csrf", "1".to_owned())];
    assert_eq!(house.ask(Method::DELETE, "/v1/session", &ours, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(next(&mut stream).await, None);
}
