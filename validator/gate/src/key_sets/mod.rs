//! The key set of one provider: read again and again in the background, so that no request waits for it, and at once
//! when a token names a key that it does not have.

mod kept;
mod place;

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    time::Duration,
};

use keystile_gateway::{Chase, Keyring, Moment, Provider, READ_DEADLINE, ReadError};
use keystile_validator::{Filter, FilterReference, KeySet, KeySetCode, Limits};
use reqwest::Client;
use tokio::{
    sync::{Mutex, Notify},
    time,
};

use crate::clock;
use kept::Kept;
pub(crate) use kept::write as whole_write;
use place::FileMark;
pub use place::UnreachablePlace;
pub(crate) use place::{Place, innermost};

/// How often a file is looked at.
const GLANCE: Duration = Duration::from_secs(1);

/// An unknown `kid` makes us look for a newer set once in so long, failures included: as often as a set is read anyway.
const CHASE_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause between two reads that fail. What was missed meanwhile is late by no more than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often a request that waits looks whether the read of another one has ended.
const POLL: Duration = Duration::from_millis(5);

/// The keyring of a provider, and where its key set comes from.
#[derive(Debug)]
pub(crate) struct KeySets {
    provider: String,
    keyring: RwLock<Keyring>,
    /// The others are asked where the first fails or has nothing new.
    places: Vec<Place>,
    kept: Option<Kept>,
    fetching: Mutex<()>,
    /// Told of every set that is new.
    pub(crate) news: Notify,
}

impl KeySets {
    /// The key sets of `provider`, of which the last good one is kept in `keep`.
    pub(crate) fn new(
        provider: &Provider,
        client: &Client,
        keep: Option<&Path>,
    ) -> Result<Self, UnreachablePlace> {
        let what = format!("the key set of `{}`", provider.name());
        let places = provider.keys().locations().iter().map(|it| Place::new(it, &what, client));
        Ok(Self {
            provider: provider.name().to_owned(),
            keyring: RwLock::new(Keyring::of(provider)),
            places: places.collect::<Result<_, _>>()?,
            kept: keep.map(|folder| Kept::new(folder, provider.name())),
            fetching: Mutex::new(()),
            news: Notify::new(),
        })
    }

    /// The keyring as it is now. Not to be held while something is awaited.
    pub(crate) fn keyring(&self) -> RwLockReadGuard<'_, Keyring> {
        self.keyring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keyring_mut(&self) -> RwLockWriteGuard<'_, Keyring> {
        self.keyring.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins with what was kept, then reads the set once.
    pub(crate) async fn start(&self) {
        self.begin_with_kept().await;
        self.read().await;
    }

    /// Reads the set again and again, for ever: every `refresh` of its document, seldomer while that fails, and at once
    /// where its file changes.
    pub(crate) async fn follow(&self) {
        let (mut failures, mut mark) = (0, self.mark().await);
        loop {
            self.rest(failures, mark.as_ref()).await;
            mark = self.mark().await;
            failures = if self.read().await { 0 } else { failures + 1 };
        }
    }

    /// Looks for a newer key set on account of an unknown `kid`. Returns whether to judge the token again.
    pub(crate) async fn chase_unknown_kid(self: &Arc<Self>) -> bool {
        let chase = self.keyring_mut().chase(clock::now(), CHASE_PAUSE);
        match chase {
            Chase::Enough => return false,
            Chase::Look => {
                let key_sets = Arc::clone(self);
                // A client that goes away must not take the others' read with it.
                let look = tokio::spawn(async move {
                    let outcome = key_sets.read_everywhere().await;
                    key_sets.end(outcome, Keyring::end_chase).await;
                });
                let _ = look.await;
            }
            Chase::Wait => {
                while self.keyring().is_being_chased(clock::now()) {
                    time::sleep(POLL).await;
                }
            }
        }
        true
    }

    /// Fetches the exact lists that a token has to be looked up in. Returns whether to judge it again.
    pub(crate) async fn fetch_lists(&self) -> bool {
        // Whoever comes second waits, and then finds here what the first one fetched for both.
        let _one_at_a_time = self.fetching.lock().await;
        let wanted = self.keyring().lists().take_wanted(clock::now());
        for named in wanted {
            let value = self.value(named.name(), Limits::MAX_SHARD_BYTES).await;
            let list = value.and_then(|value| Ok(named.open(value)?));
            let mut keyring = self.keyring_mut();
            match list {
                Ok(list) => keyring.lists_mut().keep(list),
                Err(error) => {
                    keyring.lists_mut().note_failure(clock::now());
                    drop(keyring);
                    tracing::warn!(
                        provider = self.provider,
                        list = named.name(),
                        "a list of revoked tokens: {error}"
                    );
                    return false;
                }
            }
        }
        true
    }

    async fn begin_with_kept(&self) {
        let Some(kept) = &self.kept else { return };
        let Some((document, confirmed)) = kept.document().await else { return };
        let missing = self.keyring().missing_filters(&document, clock::now()).unwrap_or_default();
        for named in missing {
            if let Some(filter) = kept.filter(&named).await {
                self.keyring_mut().keep_filter(filter, clock::now());
            }
        }
        let begun = self.keyring_mut().begin_with(document, confirmed, clock::now());
        match begun {
            Ok(()) => tracing::info!(provider = self.provider, "beginning with the key set that was kept"),
            Err(error) => tracing::warn!(provider = self.provider, "the key set that was kept: {error}"),
        }
    }

    /// Whether it was read, or confirmed.
    async fn read(&self) -> bool {
        let outcome = self.read_until_one_answers().await;
        self.end(outcome, Keyring::end_read).await
    }

    async fn read_until_one_answers(&self) -> Result<bool, ReadError> {
        let mut outcome = Err(ReadError::TimedOut);
        for place in &self.places {
            outcome = self.read_at(place).await;
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// The others are asked only if the first has nothing new, which spares them.
    async fn read_everywhere(&self) -> Result<bool, ReadError> {
        let mut outcome = Err(ReadError::TimedOut);
        for place in &self.places {
            match self.read_at(place).await {
                Ok(true) => return Ok(true),
                Ok(false) => outcome = Ok(false),
                Err(error) => outcome = outcome.or(Err(error)),
            }
        }
        outcome
    }

    /// Reads the set at one place, with the filters that it names, and says whether it is another one.
    async fn read_at(&self, place: &Place) -> Result<bool, ReadError> {
        let document = within(place.document()).await?;
        let accepted = self.keyring_mut().accept(document.clone(), clock::now());
        match accepted {
            Err(error) if error.code() == KeySetCode::FilterMissing => {
                let missing = self.keyring().missing_filters(&document, clock::now())?;
                for named in missing {
                    let filter = self.fetch_filter(place, &named).await?;
                    self.keyring_mut().keep_filter(filter, clock::now());
                }
                Ok(self.keyring_mut().accept(document, clock::now())?)
            }
            accepted => Ok(accepted?),
        }
    }

    async fn fetch_filter(&self, place: &Place, named: &FilterReference) -> Result<Filter, ReadError> {
        let value = within(place.value(named.name(), named.max_bytes())).await?;
        if let Some(kept) = &self.kept
            && let Err(error) = kept.keep_filter(named, &value).await
        {
            tracing::warn!(provider = self.provider, "the filter cannot be kept: {error}");
        }
        Ok(named.open(value)?)
    }

    async fn value(&self, name: &str, most: usize) -> Result<Vec<u8>, ReadError> {
        let mut outcome = Err(ReadError::TimedOut);
        for place in &self.places {
            outcome = within(place.value(name, most)).await;
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// Notes how a read ended, and keeps what is new. Returns whether it did well.
    async fn end(
        &self,
        outcome: Result<bool, ReadError>,
        end: fn(&mut Keyring, Result<(), ReadError>, Moment),
    ) -> bool {
        let before = self.keyring().last_error().cloned();
        end(&mut self.keyring_mut(), outcome.clone().map(drop), clock::now());
        match outcome {
            Err(error) => {
                // Once for each cause, or it would fill the log for as long as an outage lasts.
                if before.as_ref() != Some(&error) {
                    tracing::warn!(provider = self.provider, "{error}");
                }
                return false;
            }
            Ok(true) => {
                let version = self.keyring().version();
                tracing::info!(provider = self.provider, version, "another key set");
                self.news.notify_waiters();
            }
            Ok(false) => {}
        }
        self.keep(outcome == Ok(true)).await;
        true
    }

    async fn keep(&self, is_new: bool) {
        let Some(kept) = &self.kept else { return };
        let held = is_new.then(|| {
            let keyring = self.keyring();
            let filters = keyring.key_set().map(KeySet::filters).unwrap_or_default().to_vec();
            keyring.held_document().map(|document| (document.to_owned(), filters))
        });
        let written = match held.flatten() {
            Some((document, filters)) => kept.keep(&document, &filters).await,
            None => Ok(()),
        };
        let noted = match written {
            Ok(()) => kept.confirm(clock::now()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            tracing::warn!(provider = self.provider, "the key set cannot be kept: {error}");
        }
    }

    async fn mark(&self) -> Option<FileMark> {
        self.places.first()?.mark().await
    }

    /// Waits until it is time to read again.
    async fn rest(&self, failures: u32, mark: Option<&FileMark>) {
        let refresh = self.keyring().refresh();
        let pause = pause(refresh, failures);
        let Some(mark) = mark else { return time::sleep(pause).await };
        let mut rested = Duration::ZERO;
        while rested < pause && self.mark().await.as_ref() == Some(mark) {
            let step = GLANCE.min(pause - rested);
            time::sleep(step).await;
            rested += step;
        }
    }
}

/// Twice as long after each failure, up to a bound that a long `refresh` may be above anyway.
pub(crate) fn pause(refresh: Duration, failures: u32) -> Duration {
    let longest = LONGEST_PAUSE.max(refresh);
    refresh.saturating_mul(2_u32.saturating_pow(failures)).min(longest)
}

pub(crate) async fn within<T>(read: impl Future<Output = Result<T, ReadError>>) -> Result<T, ReadError> {
    time::timeout(READ_DEADLINE, read).await.unwrap_or(Err(ReadError::TimedOut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_fails_is_asked_seldomer_and_seldomer_up_to_a_bound() {
        let secs = |failures| pause(Duration::from_secs(5), failures).as_secs();
        assert_eq!([0, 1, 2, 3, 30].map(secs), [5, 10, 20, 30, 30]);
        assert_eq!(pause(Duration::from_secs(300), 4).as_secs(), 300);
    }
}
