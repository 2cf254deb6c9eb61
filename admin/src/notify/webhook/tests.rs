use std::sync::Arc;

use super::*;
use crate::outbound::SystemNames;
use crate::outbound::tests::receiver;

async fn send(url: &str) -> Result<(), DeliveryError> {
    let outbound = Outbound::new("127.0.0.1".parse().unwrap(), Arc::new(SystemNames)).unwrap();
    let client = WebhookClient::new(outbound);
    let parcel = Parcel {
        url: url.to_owned(),
        id: "msg_1".to_owned(),
        body: "{}".to_owned(),
        secrets: vec![SecretBytes::new(vec![7; 32])],
    };
    client.deliver(parcel, Timestamp::from_secs(1_700_000_000)).await
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

#[tokio::test]
async fn a_webhook_that_redirects_is_not_followed() {
    let (inner, reached) = receiver(OK).await;
    let head = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{inner}/\r\n\r\n");
    let (port, _) = receiver(head.leak()).await;
    let sent = send(&format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(sent, Err(DeliveryError::Redirected { status: 307 }));
    assert!(reached.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_the_receiver_says_beyond_its_status_is_told_nobody() {
    let (port, seen) = receiver("HTTP/1.1 503 x\r\nretry-after: 7\r\n\r\nsecret of the inner network").await;
    let sent = send(&format!("http://127.0.0.1:{port}/")).await;
    let refused = sent.unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(7)));
    assert!(!format!("{refused} {refused:?}").contains("secret"));
    let request = seen.lock().unwrap().remove(0);
    assert!(
        request.contains("webhook-id: msg_1\r\n") && request.contains("webhook-timestamp: 1700000000\r\n")
    );
    assert!(request.contains("webhook-signature: v1,"), "{request}");
    let gone = receiver("HTTP/1.1 410 Gone\r\n\r\n").await.0;
    let sent = send(&format!("http://127.0.0.1:{gone}/")).await;
    assert_eq!(sent, Err(DeliveryError::Gone));
}
