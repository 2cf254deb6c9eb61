//! Clients that are slow on purpose, too many, or speak TLS and HTTP/2: a real gate, real sockets, and an origin that is
//! played here. Nothing is measured; what must end is waited for.

mod scene;

use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::{Request, body::Bytes, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use keystile_gate::Bounds;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

use scene::{Scene, in_time};

/// So that nobody waits for long.
const SHORT: Bounds =
    Bounds { connections: 64, connections_per_address: None, body: 1 << 20, silence: Duration::from_secs(1) };

#[tokio::test]
async fn a_head_that_dribbles_in_ends_the_connection() {
    let scene = Scene::set(SHORT, None).await;
    let (mut from, mut to) = scene.connect().await.into_split();
    tokio::spawn(async move {
        for byte in b"GET / HTTP/1.1\r\nhost: a.example\r\nx-long: ".iter().chain(&[b'x'; 1000]) {
            if to.write_all(&[*byte]).await.is_err() {
                break;
            }
            time::sleep(Duration::from_millis(100)).await;
        }
    });
    // A word of farewell may come before the end.
    let mut said = Vec::new();
    let _ = in_time(from.read_to_end(&mut said)).await;
    assert!(!said.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&said));
    assert!(scene.origin.asked().is_empty());
}

#[tokio::test]
async fn a_connection_that_says_nothing_ends() {
    let scene = Scene::set(SHORT, None).await;
    let mut idle = scene.connect().await;
    assert_eq!(in_time(idle.read(&mut [0])).await.unwrap_or(0), 0);
    // So does one that has been answered, and not before.
    let mut used = scene.connect().await;
    used.write_all(b"GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = in_time(used.read_to_end(&mut said)).await;
    assert!(said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_let_go_and_the_origin_with_it() {
    let mut scene = Scene::set(SHORT, None).await;
    let mut client = scene.connect().await;
    client.write_all(b"GET /endless HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
    in_time(scene.origin.broken_off()).await;
    // What is in the buffers of both ends is there still, and then the end.
    let mut rest = Vec::new();
    let _ = in_time(client.read_to_end(&mut rest)).await;
}

#[tokio::test]
async fn an_origin_that_thinks_or_streams_slowly_is_not_held_against_the_client() {
    let scene = Scene::set(SHORT, None).await;
    let mut client = scene.connect().await;
    let request = "GET /slow HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n";
    client.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    in_time(client.read_to_string(&mut said)).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200") && said.contains("first") && said.contains("second"), "{said}");
}

#[tokio::test]
async fn a_body_that_stops_coming_ends_the_request() {
    let scene = Scene::set(SHORT, None).await;
    let mut client = scene.connect().await;
    client
        .write_all(b"POST /body HTTP/1.1\r\nhost: a.example\r\ncontent-length: 10\r\n\r\nabc")
        .await
        .unwrap();
    let mut said = Vec::new();
    let _ = in_time(client.read_to_end(&mut said)).await;
    assert!(!said.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn one_address_has_no_more_connections_than_it_may_and_others_wait_for_a_place() {
    let bounds = Bounds { connections_per_address: Some(2), silence: Duration::from_secs(60), ..SHORT };
    let scene = Scene::set(bounds, None).await;
    let first = scene.answered().await;
    let _second = scene.answered().await;
    let mut third = scene.connect().await;
    assert_eq!(in_time(third.read(&mut [0])).await.unwrap_or(0), 0, "it is closed");
    drop(first);
    // The gate hears of it a little later.
    while !scene.is_answered().await {
        time::sleep(Duration::from_millis(20)).await;
    }

    let scene = Scene::set(Bounds { connections: 1, connections_per_address: None, ..bounds }, None).await;
    let first = scene.answered().await;
    let mut second = scene.connect().await;
    second.write_all(b"GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
    let mut said = [0; 12];
    assert!(time::timeout(Duration::from_millis(300), second.read_exact(&mut said)).await.is_err());
    drop(first);
    in_time(second.read_exact(&mut said)).await.unwrap();
    assert_eq!(&said, b"HTTP/1.1 200");
}

#[tokio::test]
async fn over_tls_the_client_chooses_the_protocol_and_the_origin_hears_one() {
    let scene = Scene::set(SHORT, Some("server.pem")).await;
    let mut client = scene.shake_hands(b"http/1.1").await;
    client.write_all(b"GET /x HTTP/1.1\r\nhost: a.example\r\nx-forwarded-proto: http\r\n\r\n").await.unwrap();
    let mut said = [0; 12];
    in_time(client.read_exact(&mut said)).await.unwrap();
    assert_eq!(&said, b"HTTP/1.1 200");

    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(scene.shake_hands(b"h2").await)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::builder()
        .uri("https://b.example/y?z=1")
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .body(Empty::<Bytes>::new())
        .unwrap();
    let answer = in_time(sender.send_request(request)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("connection"));
    in_time(answer.into_body().collect()).await.unwrap();

    let asked = scene.origin.asked();
    let [first, second] = &asked[..] else { panic!("{asked:?}") };
    assert!(first.starts_with("GET /x HTTP/1.1") && first.contains("x-forwarded-proto: https"), "{first}");
    assert!(second.starts_with("GET /y?z=1 HTTP/1.1"), "{second}");
    for line in ["cookie: a=1; b=2\r\n", "host: b.example\r\n", "x-forwarded-proto: https\r\n"] {
        assert!(second.contains(line), "`{line}` in {second}");
    }
}

#[tokio::test]
async fn an_http2_client_that_asks_nothing_or_takes_nothing_is_let_go() {
    let mut scene = Scene::set(SHORT, Some("server.pem")).await;
    let greet = async || {
        let stream = TokioIo::new(scene.shake_hands(b"h2").await);
        http2::handshake::<_, _, Empty<Bytes>>(TokioExecutor::new(), stream).await.unwrap()
    };
    let (_idle, connection) = greet().await;
    let _ = in_time(connection).await;

    let (mut sender, connection) = greet().await;
    let driven = tokio::spawn(connection);
    let request = Request::get("https://a.example/endless").body(Empty::new()).unwrap();
    let answer = in_time(sender.send_request(request)).await.unwrap();
    in_time(scene.origin.broken_off()).await;
    let _ = in_time(driven).await;
    drop(answer);
}

#[tokio::test]
async fn what_is_no_tls_harms_nobody_and_a_renewed_certificate_is_shown_to_the_next() {
    let scene = Scene::set(SHORT, Some("server.pem")).await;
    let mut plain = scene.connect().await;
    plain.write_all(b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    let _ = in_time(plain.read_to_end(&mut said)).await;
    assert!(!said.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&said));

    let before = scene.certificate_shown().await;
    // What is no certificate changes nothing.
    scene.put_certificate("make.sh");
    time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(scene.certificate_shown().await, before);
    scene.put_certificate("renewed.pem");
    while scene.certificate_shown().await == before {
        time::sleep(Duration::from_millis(50)).await;
    }
}

/// A connection that is open, and has nothing to say.
#[tokio::test]
async fn a_handshake_that_does_not_come_takes_a_place_for_a_while_only() {
    let scene = Scene::set(Bounds { connections: 1, ..SHORT }, Some("server.pem")).await;
    let silent: TcpStream = scene.connect().await;
    let mut waiting = in_time(scene.shake_hands(b"http/1.1")).await;
    waiting.write_all(b"GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n").await.unwrap();
    let mut said = [0; 12];
    in_time(waiting.read_exact(&mut said)).await.unwrap();
    drop(silent);
}
