//! Where a key set is read: an address or a file.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use keystile_gateway::{Location, ReadError};
use keystile_validator::Limits;
use reqwest::{Client, RequestBuilder, StatusCode, Url, header};
use tokio::{fs, io::AsyncReadExt};

const SERVER: &str = "its server";
const FILE: &str = "its file";

/// A place where a key set is read, and the values beside it.
#[derive(Debug)]
pub(super) enum Place {
    /// An address. Values lie below it.
    Address { client: Client, url: Url, known: Mutex<Option<Known>> },
    /// A file. Values lie in the folder of its name with `.values` behind it.
    File(PathBuf),
}

/// What was read last at an address, and the tag by which its server knows it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    tag: header::HeaderValue,
    document: String,
}

/// By what a change of a file is noticed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FileMark {
    modified: Option<SystemTime>,
    length: u64,
}

/// A place that a native gateway cannot reach.
#[derive(Debug, thiserror::Error)]
pub enum UnreachablePlace {
    /// The edge's store.
    #[error(
        "the key set of `{0}` is read at `kv:`, which the edge worker alone can reach; name its `https` URL or a `file:`"
    )]
    Kv(String),
    /// No address.
    #[error("the key set of `{provider}` is read at `{url}`, which is no URL: {problem}")]
    Url {
        /// Whose keys.
        provider: String,
        /// What the policy says.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Place {
    pub(super) fn new(
        location: &Location,
        provider: &str,
        client: &Client,
    ) -> Result<Self, UnreachablePlace> {
        match location {
            Location::Kv(_) => Err(UnreachablePlace::Kv(provider.to_owned())),
            Location::File(path) => Ok(Self::File(path.into())),
            Location::Url(url) => {
                let wrong = |error: <Url as std::str::FromStr>::Err| UnreachablePlace::Url {
                    provider: provider.to_owned(),
                    url: url.clone(),
                    problem: error.to_string(),
                };
                Ok(Self::Address {
                    client: client.clone(),
                    url: url.parse().map_err(wrong)?,
                    known: Mutex::default(),
                })
            }
        }
    }

    /// The document that is there now.
    pub(super) async fn document(&self) -> Result<String, ReadError> {
        let bytes = match self {
            Self::File(path) => whole_file(path, Limits::default().key_set_bytes()).await?,
            Self::Address { client, url, known } => return document_at(client, url, known).await,
        };
        String::from_utf8(bytes).map(|text| text.trim().to_owned()).map_err(|_| ReadError::Failed(FILE))
    }

    /// A value beside the document: a filter, or one of its lists.
    pub(super) async fn value(&self, name: &str, most: usize) -> Result<Vec<u8>, ReadError> {
        let parts: Vec<&str> = name.split('/').collect();
        // A name is signed for; it shall not lead elsewhere for all that.
        if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return Err(ReadError::Absent(self.word()));
        }
        match self {
            Self::File(path) => {
                let mut folder = path.clone().into_os_string();
                folder.push(".values");
                whole_file(&parts.iter().fold(PathBuf::from(folder), |path, part| path.join(part)), most)
                    .await
            }
            Self::Address { client, url, .. } => {
                let mut below = url.clone();
                below.set_query(None);
                if let Ok(mut path) = below.path_segments_mut() {
                    // One segment: its slashes are escaped.
                    path.pop_if_empty().push(name);
                }
                Ok(fetch(client.get(below), most).await?.1)
            }
        }
    }

    /// What a change of the file shows; nothing of an address does.
    pub(super) async fn mark(&self) -> Option<FileMark> {
        let Self::File(path) = self else { return None };
        let found = fs::metadata(path).await;
        Some(found.map_or_else(
            |_| FileMark::default(),
            |it| FileMark { modified: it.modified().ok(), length: it.len() },
        ))
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Address { .. } => SERVER,
            Self::File(_) => FILE,
        }
    }
}

async fn document_at(client: &Client, url: &Url, known: &Mutex<Option<Known>>) -> Result<String, ReadError> {
    let last = lock(known).clone();
    let mut request = client.get(url.clone());
    if let Some(last) = &last {
        request = request.header(header::IF_NONE_MATCH, last.tag.clone());
    }
    let (tag, bytes) = match (fetch(request, Limits::default().key_set_bytes()).await?, last) {
        ((Answered::Unchanged, _), Some(last)) => return Ok(last.document),
        ((Answered::Unchanged, _), None) => return Err(ReadError::Failed(SERVER)),
        ((Answered::New(tag), bytes), _) => (tag, bytes),
    };
    let document = String::from_utf8(bytes).map_err(|_| ReadError::Failed(SERVER))?;
    let document = document.trim().to_owned();
    *lock(known) = tag.map(|tag| Known { tag, document: document.clone() });
    Ok(document)
}

enum Answered {
    New(Option<header::HeaderValue>),
    Unchanged,
}

/// Asks, and reads `most` bytes at most: more are an error of whoever answers.
async fn fetch(request: RequestBuilder, most: usize) -> Result<(Answered, Vec<u8>), ReadError> {
    let failed = |error: reqwest::Error| {
        let error = error.without_url();
        tracing::debug!("a key set's server: {}", innermost(&error));
        if error.is_timeout() { ReadError::TimedOut } else { ReadError::Failed(SERVER) }
    };
    let mut answer = request.send().await.map_err(failed)?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED => return Ok((Answered::Unchanged, Vec::new())),
        StatusCode::NOT_FOUND => return Err(ReadError::Absent(SERVER)),
        status => {
            tracing::debug!("a key set's server answers {status}");
            return Err(ReadError::Failed(SERVER));
        }
    }
    let tag = answer.headers().get(header::ETAG).cloned();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most {
            return Err(ReadError::Failed(SERVER));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((Answered::New(tag), body))
}

async fn whole_file(path: &Path, most: usize) -> Result<Vec<u8>, ReadError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => ReadError::Absent(FILE),
        _ => {
            tracing::debug!("reading `{}`: {error}", path.display());
            ReadError::Failed(FILE)
        }
    };
    let file = fs::File::open(path).await.map_err(failed)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).await.map_err(failed)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        Err(ReadError::Failed(FILE))
    } else {
        Ok(bytes)
    }
}

/// The outermost message only says that a request failed; the innermost one says why.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn lock(known: &Mutex<Option<Known>>) -> std::sync::MutexGuard<'_, Option<Known>> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::client;
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
        assert!(
            question.starts_with("GET /v1/issuers/main/key-set/revoked%2Fmain%2Fab HTTP/1.1"),
            "{question}"
        );

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
}
