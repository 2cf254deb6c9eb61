//! Whoever answers in the place of a key set's server, or on the way to it. None of it is believed, none of it fills the
//! memory, and none of it takes longer than a read may.

use std::{path::Path, sync::Arc};

use keystile_gateway::{Location, ReadError};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    time::{self, Duration},
};
use tokio_rustls::TlsAcceptor;

use super::super::{Place, SERVER};
use crate::{client, key_sets::within};

const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");

/// What a server does once it was asked.
#[derive(Clone, Copy)]
enum Trick {
    /// The document, as it should be.
    None,
    /// A body that never ends.
    Endless,
    /// A body of which a byte comes now and then.
    Dribbles,
    /// Nothing at all.
    Silent,
    /// Another place is named.
    Redirect,
    /// What is no HTTP.
    Garbage,
    /// A length that is more than comes.
    Short,
    /// Octets that are no text.
    Octets,
    /// A head that never ends.
    EndlessHead,
}

async fn play(mut stream: impl AsyncRead + AsyncWrite + Unpin, trick: Trick) {
    let _ = stream.read(&mut [0; 4096]).await;
    let whole = |head: &str, body: &str| {
        format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    let said = match trick {
        Trick::None => whole("200 OK", "a.b.c"),
        Trick::Redirect => whole("302 Found\r\nlocation: https://127.0.0.1:1/", ""),
        Trick::Garbage => "\u{7f}ELF and so on\r\n\r\n".to_owned(),
        Trick::Short => "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\na.b.c".to_owned(),
        Trick::Endless | Trick::Dribbles => "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_owned(),
        Trick::Octets => "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n".to_owned(),
        Trick::EndlessHead => "HTTP/1.1 200 OK\r\n".to_owned(),
        Trick::Silent => String::new(),
    };
    let _ = stream.write_all(said.as_bytes()).await;
    match trick {
        Trick::Endless => while stream.write_all(&[b'x'; 16 * 1024]).await.is_ok() {},
        Trick::EndlessHead => while stream.write_all(b"x-more: and more\r\n").await.is_ok() {},
        Trick::Dribbles => {
            while stream.write_all(b"x").await.is_ok() && stream.flush().await.is_ok() {
                time::sleep(Duration::from_millis(50)).await;
            }
        }
        Trick::Octets => drop(stream.write_all(&[0xff, 0xfe]).await),
        Trick::Silent => std::future::pending().await,
        _ => {}
    }
    let _ = stream.shutdown().await;
}

/// A server with this certificate, which lets each client fall for the trick.
async fn server(certificate: &str, trick: Trick) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let folder = Path::new(CERTIFICATES);
    let chain = vec![CertificateDer::from_pem_file(folder.join(certificate)).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    play(stream, trick).await;
                }
            });
        }
    });
    format!("https://localhost:{port}/key-set")
}

/// What a client that believes the authority of these certificates reads there.
async fn read_at(url: String) -> Result<String, ReadError> {
    let authority = std::fs::read(Path::new(CERTIFICATES).join("ca.pem")).unwrap();
    let authority = reqwest::Certificate::from_pem(&authority).unwrap();
    let client = client::builder().tls_certs_only([authority]).build().unwrap();
    let place = Place::new(&Location::Url(url), "the key set of `main`", &client).unwrap();
    within(place.document()).await
}

#[tokio::test]
async fn a_server_is_believed_for_a_certificate_of_its_name_that_is_good_now() {
    assert_eq!(read_at(server("server.pem", Trick::None).await).await, Ok("a.b.c".to_owned()));
    for wrong in ["of-another-name.pem", "expired.pem", "not-yet.pem", "of-nobody.pem"] {
        let read = read_at(server(wrong, Trick::None).await).await;
        assert_eq!(read, Err(ReadError::Failed(SERVER)), "{wrong}");
    }
}

#[tokio::test]
async fn a_server_that_plays_tricks_gives_no_key_set_and_costs_no_more_than_a_read() {
    let failed = Err(ReadError::Failed(SERVER));
    for (what, trick, expected) in [
        ("a body without end", Trick::Endless, failed.clone()),
        ("a redirect", Trick::Redirect, failed.clone()),
        ("no HTTP", Trick::Garbage, failed.clone()),
        ("a body that breaks off", Trick::Short, failed.clone()),
        ("no text", Trick::Octets, failed.clone()),
        ("a head without end", Trick::EndlessHead, failed),
        ("a body that dribbles", Trick::Dribbles, Err(ReadError::TimedOut)),
        ("silence", Trick::Silent, Err(ReadError::TimedOut)),
    ] {
        assert_eq!(read_at(server("server.pem", trick).await).await, expected, "{what}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_not_asked_in_clear() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut question = [0; 3];
        stream.read_exact(&mut question).await.unwrap();
        question
    });
    assert_eq!(read_at(format!("https://localhost:{port}/key-set")).await, Err(ReadError::Failed(SERVER)));
    // A handshake of TLS, and no `GET`.
    assert_eq!(asked.await.unwrap()[0], 0x16);
}
