//! The last good key set on disk, so that a gate that is started while its server is away has something to judge by.
//! It is believed as any other document is, for its signature and until it ends: who can write the file can do no more
//! than whoever answers for the server. A plain set has no signature, so that its file is as good as the keys in it.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

use keystile_gateway::Moment;
use keystile_validator::{Filter, FilterReference};
use tokio::{fs, io::AsyncWriteExt};

/// What is kept of one provider: the document, and the filters that it names. The exact lists behind them are too many.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    provider: String,
}

impl Kept {
    pub(super) fn new(folder: &Path, provider: &str) -> Self {
        Self { folder: folder.to_owned(), provider: provider.to_owned() }
    }

    /// The document, and when it was last confirmed. `None` if there is none, which the first start is.
    pub(super) async fn document(&self) -> Option<(String, Moment)> {
        let path = self.document_path();
        let document = fs::read_to_string(&path).await.ok()?;
        let modified = fs::metadata(&path).await.ok()?.modified().ok()?;
        let since_1970 = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        Some((document, Moment::from_millis(u64::try_from(since_1970.as_millis()).unwrap_or(0))))
    }

    /// The filter that a document names.
    pub(super) async fn filter(&self, named: &FilterReference) -> Option<Filter> {
        named.open(fs::read(self.filter_path(named)).await.ok()?).ok()
    }

    /// Keeps a filter.
    pub(super) async fn keep_filter(&self, named: &FilterReference, value: &[u8]) -> io::Result<()> {
        write(&self.filter_path(named), value).await
    }

    /// Keeps a document in the place of the one before, and forgets the filters that it does not name.
    pub(super) async fn keep(&self, document: &str, filters: &[Filter]) -> io::Result<()> {
        write(&self.document_path(), document.as_bytes()).await?;
        let named: Vec<PathBuf> = filters.iter().map(|filter| self.filter_path(filter.reference())).collect();
        let Ok(mut found) = fs::read_dir(self.filters()).await else { return Ok(()) };
        while let Some(entry) = found.next_entry().await? {
            if !named.contains(&entry.path()) {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }

    /// Notes that the document was confirmed.
    pub(super) async fn confirm(&self, now: Moment) -> io::Result<()> {
        let file = fs::OpenOptions::new().append(true).open(self.document_path()).await?.into_std().await;
        file.set_modified(UNIX_EPOCH + Duration::from_millis(now.as_millis()))
    }

    /// A provider's name has letters, digits, `-`, `_` and `.` only; with the ending it is a file of the folder.
    fn document_path(&self) -> PathBuf {
        self.folder.join(format!("{}.keyset", self.provider))
    }

    fn filters(&self) -> PathBuf {
        self.folder.join(format!("{}.filters", self.provider))
    }

    /// The name of a filter is the publisher's, of any characters; each octet of it in hexadecimal is a file's.
    fn filter_path(&self, named: &FilterReference) -> PathBuf {
        let name: String = named.name().bytes().map(|byte| format!("{byte:02x}")).collect();
        // A file's name may have 255 bytes, and a filter's ends with its digest.
        self.filters().join(name.get(name.len().saturating_sub(200)..).unwrap_or_default())
    }
}

/// Whole or not at all.
pub(crate) async fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    let beside = path.with_extension("new");
    let mut file = fs::File::create(&beside).await?;
    file.write_all(content).await?;
    file.sync_all().await?;
    fs::rename(&beside, path).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_kept_is_found_again_with_its_age() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Kept::new(&folder.path().join("keep"), "main");
        assert_eq!(kept.document().await, None);
        kept.keep("a.b.c", &[]).await.unwrap();
        kept.confirm(Moment::from_millis(1_800_000_000_000)).await.unwrap();
        kept.keep("d.e.f", &[]).await.unwrap();
        kept.confirm(Moment::from_millis(1_800_000_005_000)).await.unwrap();
        let found = kept.document().await;
        assert_eq!(found, Some(("d.e.f".to_owned(), Moment::from_millis(1_800_000_005_000))));
        assert_eq!(std::fs::read_dir(folder.path().join("keep")).unwrap().count(), 1);
    }
}
