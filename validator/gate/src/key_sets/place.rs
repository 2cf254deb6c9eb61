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
pub(crate) enum Place {
    /// An address. Values lie below it.
    Address { client: Client, url: Url, known: Mutex<Option<Known>> },
    /// A file. Values lie in the folder of its name with `.values` behind it.
    File(PathBuf),
}

/// What was read last at an address, and the tag by which its server knows it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    tag: header::HeaderValue,
    document: String,
}

/// By what a change of a file is noticed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FileMark {
    modified: Option<SystemTime>,
    length: u64,
}

/// A place that a native gateway cannot reach.
#[derive(Debug, thiserror::Error)]
pub enum UnreachablePlace {
    /// The edge's store.
    #[error("{0} is read at `kv:`, which the edge worker alone can reach; name its `https` URL or a `file:`")]
    Kv(String),
    /// No address.
    #[error("{what} is read at `{url}`, which is no URL: {problem}")]
    Url {
        /// What is read.
        what: String,
        /// What the policy says.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Place {
    /// A place for what is read there: `what` names it where it cannot be.
    pub(crate) fn new(location: &Location, what: &str, client: &Client) -> Result<Self, UnreachablePlace> {
        match location {
            Location::Kv(_) => Err(UnreachablePlace::Kv(what.to_owned())),
            Location::File(path) => Ok(Self::File(path.into())),
            Location::Url(url) => {
                let wrong = |error: <Url as std::str::FromStr>::Err| UnreachablePlace::Url {
                    what: what.to_owned(),
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

    /// The key set that is there now.
    pub(super) async fn document(&self) -> Result<String, ReadError> {
        self.text(Limits::default().key_set_bytes()).await
    }

    /// The text that is there now, of `most` bytes.
    pub(crate) async fn text(&self, most: usize) -> Result<String, ReadError> {
        let bytes = match self {
            Self::File(path) => whole_file(path, most).await?,
            Self::Address { client, url, known } => return text_at(client, url, known, most).await,
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

async fn text_at(
    client: &Client,
    url: &Url,
    known: &Mutex<Option<Known>>,
    most: usize,
) -> Result<String, ReadError> {
    let last = lock(known).clone();
    let mut request = client.get(url.clone());
    if let Some(last) = &last {
        request = request.header(header::IF_NONE_MATCH, last.tag.clone());
    }
    let (tag, bytes) = match (fetch(request, most).await?, last) {
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
mod tests;
