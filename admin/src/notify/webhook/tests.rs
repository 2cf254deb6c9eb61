use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A stand-in for DNS, because the real one cannot be made to change its mind on demand. Each look-up takes one answer.
struct FickleNames(Mutex<VecDeque<Vec<IpAddr>>>);

impl FickleNames {
    fn answering(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = |one: &&[&str]| one.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(answers.iter().map(parsed).collect())))
    }

    fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Names for FickleNames {
    fn addresses(&self, _: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        let next = self.0.lock().unwrap().pop_front();
        Box::pin(async move { next.ok_or_else(|| io::Error::other("looked up once more than needed")) })
    }
}

/// A listener on loopback that answers everything with `head`, and counts.
async fn receiver(head: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, seen) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(Vec::new())));
    let seen_there = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 4_096];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            seen_there.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
            let _ = stream.write_all(head.as_bytes()).await;
        }
    });
    (port, seen)
}

async fn send(names: Arc<dyn Names>, allowed: &str, url: &str) -> Result<(), DeliveryError> {
    let client = WebhookClient::new(AllowedHosts::from_text(allowed), names).unwrap();
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
async fn a_name_that_stands_for_any_address_that_is_not_public_is_not_gone_to() {
    let (port, seen) = receiver(OK).await;
    let url = format!("https://rebinding.example:{port}/");
    let refused = DeliveryError::NotPublic { host: "rebinding.example".to_owned() };
    for answer in
        [&["127.0.0.1"][..], &["1.1.1.1", "127.0.0.1"], &["169.254.169.254"], &["::1"], &["10.0.0.1"]]
    {
        let names = FickleNames::answering(&[answer]);
        assert_eq!(send(names, "", &url).await, Err(refused.clone()), "{answer:?}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_checked_and_the_name_is_looked_up_once() {
    let (port, seen) = receiver(OK).await;
    // The second answer would be taken by whoever looks the name up again to connect.
    let names = FickleNames::answering(&[&["127.0.0.1"], &["192.0.2.1"]]);
    let sent = send(names.clone(), "hooks.example", &format!("http://hooks.example:{port}/")).await;
    assert_eq!((sent, names.left()), (Ok(()), 1));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_permission_is_for_that_very_host() {
    let (port, seen) = receiver(OK).await;
    for url in [format!("http://127.0.0.1:{port}/"), format!("https://other.example:{port}/")] {
        let names = FickleNames::answering(&[&["127.0.0.1"]]);
        assert!(send(names, "hooks.example", &url).await.is_err(), "{url}");
    }
    assert!(seen.lock().unwrap().is_empty());
    assert_eq!(send(Arc::new(SystemNames), "127.0.0.1", &format!("http://127.0.0.1:{port}/")).await, Ok(()));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (inner, reached) = receiver(OK).await;
    let head = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{inner}/\r\n\r\n");
    let (port, _) = receiver(head.leak()).await;
    let sent = send(Arc::new(SystemNames), "127.0.0.1", &format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(sent, Err(DeliveryError::Redirected { status: 307 }));
    assert!(reached.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_the_receiver_says_beyond_its_status_is_told_nobody() {
    let (port, seen) = receiver("HTTP/1.1 503 x\r\nretry-after: 7\r\n\r\nsecret of the inner network").await;
    let sent = send(Arc::new(SystemNames), "127.0.0.1", &format!("http://127.0.0.1:{port}/")).await;
    let refused = sent.unwrap_err();
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(7)));
    assert!(!format!("{refused} {refused:?}").contains("secret"));
    let request = seen.lock().unwrap().remove(0);
    assert!(
        request.contains("webhook-id: msg_1\r\n") && request.contains("webhook-timestamp: 1700000000\r\n")
    );
    assert!(request.contains("webhook-signature: v1,"), "{request}");
    let gone = receiver("HTTP/1.1 410 Gone\r\n\r\n").await.0;
    let sent = send(Arc::new(SystemNames), "127.0.0.1", &format!("http://127.0.0.1:{gone}/")).await;
    assert_eq!(sent, Err(DeliveryError::Gone));
}
