//! A gate before an origin, both in this process.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails where what it stands on is not there"
)]

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use keystile_gate::{Bounds, Job, Origin as Upstream, PolicySource, Settings, TlsFiles, run};
use keystile_gateway::GatewayPolicy;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Everything passes: what is tried is how a connection is treated.
const OPEN: &str = r#"{ "format": 1, "providers": { "main": { "issuer": "https://issuer.example", "audience": "a",
    "keys": { "jwks": { "at": "file:none" } } } }, "routes": [{ "id": "open", "require": { "optional": { "provider": "main" } } }] }"#;

const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates");

/// A running gate. It ends with the test's runtime.
pub(crate) struct Scene {
    pub(crate) origin: Origin,
    address: SocketAddr,
    folder: TempDir,
}

/// What must end ends long before.
pub(crate) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    time::timeout(Duration::from_secs(60), what).await.expect("it does not end")
}

impl Scene {
    /// A gate with these bounds, and this certificate if it speaks TLS.
    pub(crate) async fn set(bounds: Bounds, certificate: Option<&str>) -> Self {
        let (origin, folder) = (Origin::start().await, tempfile::tempdir().unwrap());
        let address = free_address().await;
        let scene = Self { origin, address, folder };
        let tls = certificate.map(|name| {
            scene.put_certificate(name);
            TlsFiles { chain: scene.chain(), key: Path::new(CERTIFICATES).join("server.key") }
        });
        let settings = Settings {
            policy: PolicySource::Given(Box::new(GatewayPolicy::from_json(OPEN).unwrap())),
            listen: address,
            status: free_address().await,
            job: Job::Proxy(Upstream::parse(&scene.origin.url, true).unwrap()),
            keep: None,
            reports: None,
            region: "here".to_owned(),
            bounds,
            tls,
            asserter: None,
        };
        tokio::spawn(run(settings, std::future::pending()));
        while TcpStream::connect(address).await.is_err() {
            time::sleep(Duration::from_millis(10)).await;
        }
        scene
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// A connection that has been answered, and stays open.
    pub(crate) async fn answered(&self) -> TcpStream {
        loop {
            if let Some(stream) = self.try_to_be_answered().await {
                return stream;
            }
        }
    }

    pub(crate) async fn is_answered(&self) -> bool {
        self.try_to_be_answered().await.is_some()
    }

    async fn try_to_be_answered(&self) -> Option<TcpStream> {
        let mut stream = self.connect().await;
        stream.write_all(b"GET /x HTTP/1.1\r\nhost: a.example\r\n\r\n").await.ok()?;
        let mut said = [0; 12];
        in_time(stream.read_exact(&mut said)).await.ok()?;
        assert_eq!(&said, b"HTTP/1.1 200");
        Some(stream)
    }

    /// A connection over TLS that speaks this protocol.
    pub(crate) async fn shake_hands(&self, protocol: &[u8]) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(Path::new(CERTIFICATES).join("ca.pem")).unwrap()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, self.connect().await).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol));
        stream
    }

    /// The certificate that the gate shows now.
    pub(crate) async fn certificate_shown(&self) -> Vec<u8> {
        let stream = self.shake_hands(b"http/1.1").await;
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }

    /// Puts a file in the place of the certificate.
    pub(crate) fn put_certificate(&self, name: &str) {
        fs::copy(Path::new(CERTIFICATES).join(name), self.chain()).unwrap();
    }

    fn chain(&self) -> PathBuf {
        self.folder.path().join("chain.pem")
    }
}

async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// An origin that answers by the path, and remembers the heads of what it was asked.
pub(crate) struct Origin {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    broken: mpsc::Receiver<()>,
}

impl Origin {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, (say, broken)) = (Arc::<Mutex<Vec<String>>>::default(), mpsc::channel(8));
        let heads = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&heads), say.clone()));
            }
        });
        Self { url, asked, broken }
    }

    /// The heads of the requests so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Returns when an endless answer was not taken any more.
    pub(crate) async fn broken_off(&mut self) {
        self.broken.recv().await.unwrap();
    }
}

async fn serve(mut stream: TcpStream, heads: Arc<Mutex<Vec<String>>>, broken: mpsc::Sender<()>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().unwrap().push(head.clone());
    if head.starts_with("POST /body ") && stream.read_exact(&mut [0; 10]).await.is_err() {
        return;
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let _ = match path.as_str() {
        "/endless" => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n").await;
            while stream.write_all(&[b'x'; 64 * 1024]).await.is_ok() {}
            broken.send(()).await.map_err(|_| ())
        }
        "/slow" => {
            time::sleep(Duration::from_millis(1500)).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nfirst").await;
            time::sleep(Duration::from_millis(1500)).await;
            stream.write_all(b"second").await.map_err(|_| ())
        }
        _ => stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
            .await
            .map_err(|_| ()),
    };
}
