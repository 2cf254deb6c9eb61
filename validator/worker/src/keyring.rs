//! The key set that an isolate judges by, how old it is, and when to read it again. Pure: bytes and time come in.

use std::time::Duration;

use keystile_validator::{
    Filter, FilterReference, Floor, KeySet, KeySetCode, KeySetError, Limits, Policy, RootKeys,
    UnverifiedKeySet, ValidatedToken, ValidationError, Validator, Verdict,
};

use crate::{clock::Moment, revoked_lists::RevokedLists};

/// A read that has not ended by then is given up, and another request may read.
pub const READ_DEADLINE: Duration = Duration::from_secs(2);

/// How long a set is used, unless another time is set, after the store had a newer one whose filters it had not. A store
/// that replicates shows what was written within a minute or two: after that, it is lost and not late.
pub const FILTER_GRACE: Duration = Duration::from_secs(300);

/// How long an isolate without any key set leaves the store alone after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// The rhythm of reading for a document that names none.
const DEFAULT_REFRESH_SECS: u32 = 5;

/// The believed key set of one issuer, the rules for replacing it, and the rhythm of doing so.
pub struct Keyring {
    issuer: String,
    policy: Policy,
    roots: RootKeys,
    held: Option<Held>,
    /// What was seen of all sets believed so far. It outlives the set that brought it.
    floor: Floor,
    /// When the last read ended, whatever came of it.
    read_ended: Option<Moment>,
    /// When the read that is under way began.
    read_began: Option<Moment>,
    /// When an unknown `kid` last made us look for a newer set.
    chase_began: Option<Moment>,
    is_chase_over: bool,
    last_error: Option<ReadError>,
    /// Filters that were fetched for a set that is not complete yet.
    fetched: Vec<Filter>,
    /// Since when the store has a newer set whose filters it has not.
    incomplete_since: Option<Moment>,
    filter_grace: Duration,
    /// The exact lists behind the filters.
    lists: RevokedLists,
}

struct Held {
    document: String,
    validator: Validator,
    /// When the store last confirmed this document; never for the bundled one.
    confirmed: Option<Moment>,
}

impl Held {
    fn has_expired(&self, now: Moment) -> bool {
        self.validator.key_set().expires_at().is_none_or(|at| now.unix_time() >= at)
    }
}

/// Why the key set could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store or the server failed.
    #[error("the key set could not be read from {0}")]
    Failed(&'static str),
    /// The store or the server has none.
    #[error("there is no key set in {0}; publish one")]
    Absent(&'static str),
    /// The read took too long.
    #[error("reading the key set took longer than {} s", READ_DEADLINE.as_secs())]
    TimedOut,
    /// What was read is not to be believed.
    #[error("{code}: {0}", code = .0.code())]
    Refused(#[from] KeySetError),
}

/// What to do about the key set before a token is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Judge: the set is fresh, or somebody is reading it while it is fresh enough.
    Judge,
    /// Judge, and read the set in the background. The read is the caller's to end.
    JudgeAndRead,
    /// Read the set first. The read is the caller's to end.
    ReadFirst,
    /// Wait for the read of another request, then judge.
    WaitFirst,
}

/// What to do about a token whose `kid` is not in the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chase {
    /// Nothing: we have looked for a newer set not long ago.
    Enough,
    /// Look for a newer set, then judge again. The chase is the caller's to end.
    Look,
    /// Wait for the chase of another request, then judge again.
    Wait,
}

impl Keyring {
    /// An empty keyring that will believe key sets of `issuer` that `roots` vouch for and that are not below `floor`.
    pub fn new(issuer: String, policy: Policy, roots: RootKeys, floor: Floor) -> Self {
        Self {
            issuer,
            policy,
            roots,
            held: None,
            floor,
            read_ended: None,
            read_began: None,
            chase_began: None,
            is_chase_over: true,
            last_error: None,
            fetched: Vec::new(),
            incomplete_since: None,
            filter_grace: FILTER_GRACE,
            lists: RevokedLists::default(),
        }
    }

    /// The same keyring, with another time for which a set is used after the store had a newer one whose filters it
    /// had not.
    #[must_use]
    pub fn with_filter_grace(self, filter_grace: Duration) -> Self {
        Self { filter_grace, ..self }
    }

    /// Judges a token at `now`; `None` if there is nothing to judge it by.
    ///
    /// A token that a filter has a hit for is believed only if its list is at hand and has it not. If the list is
    /// not at hand, the code is `revocation_unconfirmed`, and [`RevokedLists::take_wanted`] names it.
    pub fn judge(&self, token: &[u8], now: Moment) -> Option<Result<ValidatedToken, ValidationError>> {
        if self.incomplete_since.is_some_and(|since| now.since(since) >= self.filter_grace) {
            return None;
        }
        Some(match self.validator()?.judge(token, now.unix_time()) {
            Ok(Verdict::Believed(token)) => Ok(token),
            Ok(Verdict::Suspected(token)) => self.lists.confirm(token),
            Err(error) => Err(error),
        })
    }

    /// The exact lists behind the filters.
    pub fn lists(&self) -> &RevokedLists {
        &self.lists
    }

    /// The same, to be added to.
    pub fn lists_mut(&mut self) -> &mut RevokedLists {
        &mut self.lists
    }

    /// The filters that a document names and that are not at hand. Nothing of a document that may not follow is worth
    /// fetching, so it is refused here.
    pub fn missing_filters(&self, document: &str, now: Moment) -> Result<Vec<FilterReference>, KeySetError> {
        let signed = UnverifiedKeySet::parse(document.as_bytes(), &Limits::default())?.verify(&self.roots)?;
        signed.check(&self.issuer, now.unix_time(), &self.floor)?;
        let is_missing =
            |named: &&FilterReference| !self.filters_at_hand().any(|filter| filter.reference() == *named);
        Ok(signed.filters().iter().filter(is_missing).cloned().collect())
    }

    /// Keeps a filter for the set that names it. The read that it is a part of goes on.
    pub fn keep_filter(&mut self, filter: Filter, now: Moment) {
        self.fetched.push(filter);
        self.read_began = Some(now);
    }

    fn filters_at_hand(&self) -> impl Iterator<Item = &Filter> {
        self.key_set().map(KeySet::filters).unwrap_or_default().iter().chain(&self.fetched)
    }

    /// What to judge tokens by.
    pub fn validator(&self) -> Option<&Validator> {
        self.held.as_ref().map(|held| &held.validator)
    }

    /// The set that tokens are judged by.
    pub fn key_set(&self) -> Option<&KeySet> {
        self.validator().map(Validator::key_set)
    }

    /// The signed document of that set.
    pub(crate) fn document(&self) -> Option<&str> {
        self.held.as_ref().map(|held| held.document.as_str())
    }

    /// The version of that set.
    pub fn version(&self) -> Option<u64> {
        self.key_set().and_then(KeySet::version)
    }

    /// When the store last confirmed that set.
    pub fn confirmed(&self) -> Option<Moment> {
        self.held.as_ref().and_then(|held| held.confirmed)
    }

    /// Why the last read failed, if it did.
    pub fn last_error(&self) -> Option<&ReadError> {
        self.last_error.as_ref()
    }

    /// How long the set is used before it is read again in the background.
    pub fn refresh(&self) -> Duration {
        let secs = self.key_set().and_then(KeySet::refresh).unwrap_or(DEFAULT_REFRESH_SECS);
        Duration::from_secs(u64::from(secs.max(1)))
    }

    /// Whether a read is under way. A request can be cancelled in the middle of its read, hence the deadline.
    pub fn is_being_read(&self, now: Moment) -> bool {
        self.read_began.is_some_and(|began| now.since(began) < READ_DEADLINE)
    }

    /// What to do before a token is judged at `now`.
    ///
    /// A set older than `refresh` is read in the background, one older than twice that before it judges, so that an
    /// isolate adds at most twice `refresh` to the time until a change takes effect, however rarely it is visited.
    /// A failed read counts as a read: what can be had is the last good set.
    pub fn plan(&mut self, now: Moment) -> Plan {
        let idle = self.read_ended.map_or(Duration::MAX, |ended| now.since(ended));
        let (background, foreground) = match self.held {
            Some(_) => (self.refresh(), self.refresh() * 2),
            None => (RETRY, RETRY),
        };
        match (idle < background, idle < foreground, self.is_being_read(now)) {
            (true, _, _) | (_, true, true) => Plan::Judge,
            (_, false, true) => Plan::WaitFirst,
            (_, true, false) => {
                self.read_began = Some(now);
                Plan::JudgeAndRead
            }
            (_, false, false) => {
                self.read_began = Some(now);
                Plan::ReadFirst
            }
        }
    }

    /// What to do about an unknown `kid` at `now`. We look for a newer set once per `pause`, failures included, so
    /// that made-up `kid`s cannot turn the gateway against the store or the server.
    pub fn chase(&mut self, now: Moment, pause: Duration) -> Chase {
        if self.is_being_chased(now) {
            return Chase::Wait;
        }
        if self.chase_began.is_some_and(|began| now.since(began) < pause) {
            return Chase::Enough;
        }
        self.chase_began = Some(now);
        self.is_chase_over = false;
        Chase::Look
    }

    /// Whether a request is looking for a newer set on account of an unknown `kid`.
    pub fn is_being_chased(&self, now: Moment) -> bool {
        !self.is_chase_over && self.chase_began.is_some_and(|began| now.since(began) < READ_DEADLINE)
    }

    /// Ends the chase that is under way. What it found counts as read.
    pub fn end_chase(&mut self, outcome: Result<(), ReadError>, now: Moment) {
        self.is_chase_over = true;
        self.note(outcome, now);
    }

    /// Takes a document that was read. Returns whether it changed the set. The document that we hold already is not
    /// verified again until it expires.
    pub fn accept(&mut self, document: String, now: Moment) -> Result<bool, KeySetError> {
        let is_new = self.held.as_ref().is_none_or(|held| held.document != document || held.has_expired(now));
        if is_new {
            let held = self.hold(document, now);
            if held.is_err_and(|error| error.code() == KeySetCode::FilterMissing) {
                self.incomplete_since.get_or_insert(now);
            }
            held?;
        }
        self.incomplete_since = None;
        if let Some(held) = &mut self.held {
            held.confirmed = Some(now);
        }
        Ok(is_new)
    }

    /// Ends the read that is under way, and keeps the last good set if it failed.
    pub fn end_read(&mut self, outcome: Result<(), ReadError>, now: Moment) {
        self.read_began = None;
        self.note(outcome, now);
    }

    /// Begins with the bundled document if there is nothing better. Its age is not known.
    pub fn fall_back(&mut self, document: &str, now: Moment) -> Result<(), KeySetError> {
        if self.held.is_none() { self.hold(document.to_owned(), now) } else { Ok(()) }
    }

    fn note(&mut self, outcome: Result<(), ReadError>, now: Moment) {
        self.read_ended = Some(now);
        self.last_error = outcome.err();
    }

    fn hold(&mut self, document: String, now: Moment) -> Result<(), KeySetError> {
        let key_set = UnverifiedKeySet::parse(document.as_bytes(), &Limits::default())?
            .verify(&self.roots)?
            .with_filters(self.filters_at_hand())
            .trusted(&self.issuer, now.unix_time(), &self.floor)?;
        self.floor.raise(&key_set);
        self.fetched.clear();
        let validator = Validator::new(key_set, self.policy.clone());
        self.held = Some(Held { document, validator, confirmed: None });
        Ok(())
    }
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
