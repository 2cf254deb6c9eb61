//! The server proves who it is, and shows a renewed certificate without a restart.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use keystile_admin::api::{CannotServe, Server, bind, serve};
use keystile_admin::config::TlsFiles;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::rehearsal::Rehearsal;

/// A certificate of its own for `localhost`, by OpenSSL.
fn certify(folder: &Path) -> TlsFiles {
    let files = TlsFiles { certificate: folder.join("tls.crt"), key: folder.join("tls.key") };
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&files.key)
        .arg("-out")
        .arg(&files.certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    files
}

/// What a client hears that believes the certificate in this file, if it believes the server.
async fn ask(port: u16, believed: &[u8]) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(believed).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let tcp = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut heard = Vec::new();
    // A server may close without a last word of TLS.
    let _ = stream.read_to_end(&mut heard).await;
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_without_a_restart_and_half_of_one_is_not() {
    let rehearsal = Rehearsal::begin().await;
    let folder = TempDir::new().unwrap();
    let files = certify(folder.path());
    let first = std::fs::read(&files.certificate).unwrap();
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // A connection that never says anything holds up nobody.
    let _silent = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let server = Arc::new(Server::new(Arc::new(rehearsal.keystile), true));
    let serving = tokio::spawn(serve(listener, Some(files.clone()), server, std::future::pending()));
    assert!(ask(port, &first).await.unwrap().starts_with("HTTP/1.1 200"), "over TLS");
    // Another key under the old certificate: a renewal in the middle.
    let beside = TempDir::new().unwrap();
    let renewed = certify(beside.path());
    std::fs::copy(&renewed.key, &files.key).unwrap();
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert!(ask(port, &first).await.is_ok(), "the pair that fits stays");
    std::fs::copy(&renewed.certificate, &files.certificate).unwrap();
    let second = std::fs::read(&files.certificate).unwrap();
    for _ in 0..60 {
        if ask(port, &second).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(ask(port, &second).await.unwrap().starts_with("HTTP/1.1 200"));
    assert!(ask(port, &first).await.is_err(), "the old one is not shown any more");
    serving.abort();
}

#[tokio::test]
async fn a_certificate_without_its_key_is_refused_before_anybody_is_served() {
    let rehearsal = Rehearsal::begin().await;
    let (one, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let files = TlsFiles { certificate: certify(one.path()).certificate, key: certify(other.path()).key };
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let server = Arc::new(Server::new(Arc::new(rehearsal.keystile), true));
    let refused = serve(listener, Some(files), server, std::future::pending()).await;
    assert!(matches!(refused, Err(CannotServe::Tls(_))));
}
