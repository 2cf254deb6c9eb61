//! Servers of key sets, the hostile ones among them, over real sockets.

mod hostile;

use super::*;
use crate::client::client;
use tokio::{
    io::AsyncWriteExt,
    net::TcpListener,
    sync::mpsc::{self, Receiver},
};

/// A stand-in for a server, which says what it is told to: one answer to each connection. What it was asked comes
/// out at the other end.
async fn server(answers: Vec<String>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/issuers/main/key-set", listener.local_addr().unwrap());
    let (asked, questions) = mpsc::channel(8);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut question = vec![0; 4096];
            let length = stream.read(&mut question).await.unwrap();
            asked.send(String::from_utf8_lossy(&question[..length]).into_owned()).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, questions)
}

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn at(url: String) -> Place {
    Place::new(&Location::Url(url), "main", &client()).unwrap()
}

#[tokio::test]
async fn a_document_that_has_not_changed_is_not_sent_again() {
    let first = answer("200 OK\r\nETag: \"7\"", "a.b.c\n");
    let (url, mut questions) = server(vec![first, answer("304 Not Modified", "")]).await;
    let place = at(url);
    assert_eq!(place.document().await, Ok("a.b.c".to_owned()));
    assert_eq!(place.document().await, Ok("a.b.c".to_owned()));
    assert!(!questions.recv().await.unwrap().contains("if-none-match"));
    assert!(questions.recv().await.unwrap().contains("if-none-match: \"7\""));
}

#[tokio::test]
async fn what_is_no_document_is_none() {
    let elsewhere = answer("302 Found\r\nLocation: http://127.0.0.1:1/", "");
    let long = "x".repeat(Limits::default().key_set_bytes() + 1);
    for (said, expected) in [
        (answer("404 Not Found", "none"), ReadError::Absent(SERVER)),
        (answer("500 Oh", "a.b.c"), ReadError::Failed(SERVER)),
        (answer("304 Not Modified", ""), ReadError::Failed(SERVER)),
        (elsewhere, ReadError::Failed(SERVER)),
        (answer("200 OK", &long), ReadError::Failed(SERVER)),
    ] {
        let (url, _questions) = server(vec![said]).await;
        assert_eq!(at(url).document().await, Err(expected));
    }
}

#[tokio::test]
async fn values_lie_below_the_document_and_nowhere_else() {
    let (url, mut questions) = server(vec![answer("200 OK", "value")]).await;
    let place = at(url);
    assert_eq!(place.value("revoked/main/ab", 10).await, Ok(b"value".to_vec()));
    let question = questions.recv().await.unwrap();
    assert!(question.starts_with("GET /v1/issuers/main/key-set/revoked%2Fmain%2Fab HTTP/1.1"), "{question}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("main.jwt");
    std::fs::create_dir_all(folder.path().join("main.jwt.values/revoked")).unwrap();
    std::fs::write(folder.path().join("main.jwt.values/revoked/ab"), "value").unwrap();
    std::fs::write(&file, "a.b.c\n").unwrap();
    let place = Place::File(file);
    assert_eq!(place.document().await, Ok("a.b.c".to_owned()));
    assert_eq!(place.value("revoked/ab", 5).await, Ok(b"value".to_vec()));
    assert_eq!(place.value("revoked/ab", 4).await, Err(ReadError::Failed(FILE)));
    for elsewhere in ["../main.jwt", "/main.jwt", "revoked/../../main.jwt", "", "a//b"] {
        assert_eq!(place.value(elsewhere, 10).await, Err(ReadError::Absent(FILE)), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_file_that_changes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("main.jwt"));
    let none = place.mark().await;
    std::fs::write(folder.path().join("main.jwt"), "a.b.c").unwrap();
    let first = place.mark().await;
    std::fs::write(folder.path().join("main.jwt"), "a.b.c.d").unwrap();
    assert!(none != first && first != place.mark().await);
}
