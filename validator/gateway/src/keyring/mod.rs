//! The key set that a gateway judges by, how old it is, and when to read it again. Pure: bytes and time come in.

mod revoked_lists;
mod rhythm;
mod standing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use keystile_validator::{
    Filter, FilterReference, Floor, KeySet, KeySetCode, KeySetError, Limits, Policy, RootKeys, SignedKeySet,
    UnverifiedKeySet, ValidatedToken, Validator,
};

pub use revoked_lists::RevokedLists;
pub use rhythm::{CHANNEL_BOUND_SECS, CHANNEL_DEADLINE, CHANNEL_REFRESH, Chase, Plan, READ_DEADLINE, Rhythm};
pub use standing::{ReadError, Standing};

use crate::{
    moment::Moment,
    policy::{KeySource, Provider},
    refused_token::RefusedToken,
    rule::Distrust,
};

/// How long a set is used, unless another time is set, after the store had a newer one whose filters it had not. A store
/// that replicates shows what was written within a minute or two: after that, it is lost and not late.
pub const FILTER_GRACE: Duration = Duration::from_secs(300);

/// The rhythm of reading for a document that names none.
const DEFAULT_REFRESH_SECS: u32 = 5;

/// The believed key set of one issuer, the rules for replacing it, and the rhythm of doing so.
#[derive(Debug)]
pub struct Keyring {
    issuer: String,
    trust: Trust,
    /// A document to begin with when none can be read.
    bundled: Option<String>,
    held: Option<Held>,
    /// Counts the sets that were held, so that no two have the same number.
    revision: u64,
    /// What was seen of all sets believed so far. It outlives the set that brought it.
    floor: Floor,
    rhythm: Rhythm,
    last_error: Option<ReadError>,
    /// Filters that were fetched for a set that is not complete yet.
    fetched: Vec<Filter>,
    /// Since when the store has a newer set whose filters it has not.
    incomplete_since: Option<Moment>,
    filter_grace: Duration,
    /// The exact lists behind the filters.
    lists: RevokedLists,
}

/// Why a key set is believed.
#[derive(Debug)]
enum Trust {
    /// A root signed it.
    Roots(RootKeys),
    /// It comes from the server of its issuer, and is believed for a while.
    Server { refresh: Duration, usable_for: Duration },
}

#[derive(Debug)]
struct Held {
    document: String,
    key_set: KeySet,
    /// When the store last confirmed this document; never for the bundled one.
    confirmed: Option<Moment>,
}

impl Keyring {
    /// An empty keyring that will believe key sets of `issuer` that `roots` vouch for and that are not below `floor`.
    pub fn new(issuer: String, roots: RootKeys, floor: Floor) -> Self {
        Self::with_trust(issuer, Trust::Roots(roots), floor)
    }

    /// An empty keyring for the key sets of `provider`.
    pub fn of(provider: &Provider) -> Self {
        let issuer = provider.issuer().to_owned();
        match provider.keys() {
            KeySource::Signed { roots, floor, last_good, .. } => {
                let keyring = Self::new(issuer, roots.clone(), floor.clone());
                Self { bundled: last_good.clone(), ..keyring }
            }
            KeySource::Jwks { refresh, usable_for, .. } => {
                let [refresh, usable_for] =
                    [refresh, usable_for].map(|secs| Duration::from_secs(u64::from(*secs)));
                Self::with_trust(issuer, Trust::Server { refresh, usable_for }, Floor::default())
            }
        }
    }

    fn with_trust(issuer: String, trust: Trust, floor: Floor) -> Self {
        Self {
            issuer,
            trust,
            bundled: None,
            held: None,
            revision: 0,
            floor,
            rhythm: Rhythm::default(),
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

    /// Judges a token at `now`, anew; [`Verdicts`](crate::Verdicts) does it once for a token that comes again.
    ///
    /// A token that a filter has a hit for is believed only if its list is at hand and has it not. If the list is
    /// not at hand, the code is `revocation_unconfirmed`, and [`RevokedLists::take_wanted`] names it.
    pub fn judge(&self, policy: &Policy, token: &[u8], now: Moment) -> Result<ValidatedToken, Distrust> {
        let (key_set, _) = self.usable(now).ok_or(Distrust::NoKeySet)?;
        Ok(self.hear(&Validator::new(key_set.clone(), policy.clone()), token, now)?)
    }

    /// Judges a token by a validator that has the set of this keyring.
    pub(crate) fn hear(
        &self,
        validator: &Validator,
        token: &[u8],
        now: Moment,
    ) -> Result<ValidatedToken, RefusedToken> {
        let heard = validator.judge(token, now.unix_time()).and_then(|verdict| self.lists.hear(verdict));
        heard.map_err(|error| RefusedToken::new(error, token, validator))
    }

    /// The set to judge by at `now`, and its number, which no other set of this keyring has had. There is none while
    /// the filters of a newer one are lost, and after a plain one has not been confirmed for too long; a signed one
    /// says itself when it ends.
    pub fn usable(&self, now: Moment) -> Option<(&KeySet, u64)> {
        let is_incomplete = self.incomplete_since.is_some_and(|since| now.since(since) >= self.filter_grace);
        let has_ended = match (&self.trust, self.confirmed()) {
            (Trust::Server { usable_for, .. }, Some(confirmed)) => now.since(confirmed) >= *usable_for,
            (Trust::Server { .. }, None) => true,
            (Trust::Roots(_), _) => false,
        };
        self.key_set().filter(|_| !is_incomplete && !has_ended).map(|key_set| (key_set, self.revision))
    }

    /// What the gateway judges by at `now`.
    pub fn standing(&self, now: Moment) -> Standing {
        let Some(held) = &self.held else { return Standing::Nothing };
        if self.usable(now).is_none() || self.has_expired(held, now) {
            return Standing::Ended;
        }
        match (&self.last_error, held.confirmed) {
            (None, Some(_)) => Standing::Confirmed,
            (_, Some(_)) => Standing::LastGood,
            (_, None) => Standing::Bundled,
        }
    }

    /// The exact lists behind the filters.
    pub fn lists(&self) -> &RevokedLists {
        &self.lists
    }

    /// The same, to be added to.
    pub fn lists_mut(&mut self) -> &mut RevokedLists {
        &mut self.lists
    }

    /// The version of a signed document, if it is genuine and may stand beside or after the present one.
    pub fn vet(&self, document: &str, now: Moment) -> Result<u64, KeySetError> {
        let Trust::Roots(roots) = &self.trust else { return Err(KeySetCode::DocumentRootUnknown.into()) };
        let signed = signed_by(document, roots)?;
        signed.check(&self.issuer, now.unix_time(), &self.floor)?;
        Ok(signed.version())
    }

    /// The filters that a document names and that are not at hand. Nothing of a document that may not follow is worth
    /// fetching, so it is refused here.
    pub fn missing_filters(&self, document: &str, now: Moment) -> Result<Vec<FilterReference>, KeySetError> {
        let Trust::Roots(roots) = &self.trust else { return Ok(Vec::new()) };
        let signed = signed_by(document, roots)?;
        signed.check(&self.issuer, now.unix_time(), &self.floor)?;
        let is_missing =
            |named: &&FilterReference| !self.filters_at_hand().any(|filter| filter.reference() == *named);
        Ok(signed.filters().iter().filter(is_missing).cloned().collect())
    }

    /// Keeps a filter for the set that names it. The read that it is a part of goes on.
    pub fn keep_filter(&mut self, filter: Filter, now: Moment) {
        self.fetched.push(filter);
        self.rhythm.go_on(now);
    }

    fn filters_at_hand(&self) -> impl Iterator<Item = &Filter> {
        self.key_set().map(KeySet::filters).unwrap_or_default().iter().chain(&self.fetched)
    }

    /// The set that was believed last, whether it is still usable or not.
    pub fn key_set(&self) -> Option<&KeySet> {
        self.held.as_ref().map(|held| &held.key_set)
    }

    /// The signed document of that set.
    pub fn document(&self) -> Option<&str> {
        self.held_document().filter(|_| matches!(self.trust, Trust::Roots(_)))
    }

    /// The text of that set, whether it is signed or plain.
    pub fn held_document(&self) -> Option<&str> {
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

    /// For how long the store has not confirmed that set; `None` if it never has.
    pub fn age(&self, now: Moment) -> Option<Duration> {
        self.confirmed().map(|confirmed| now.since(confirmed))
    }

    /// Why the last read failed, if it did.
    pub fn last_error(&self) -> Option<&ReadError> {
        self.last_error.as_ref()
    }

    /// How long the set is used before it is read again in the background.
    pub fn refresh(&self) -> Duration {
        if let Trust::Server { refresh, .. } = self.trust {
            return refresh;
        }
        let secs = self.key_set().and_then(KeySet::refresh).unwrap_or(DEFAULT_REFRESH_SECS);
        Duration::from_secs(u64::from(secs.max(1)))
    }

    /// What to do before a token is judged at `now`.
    ///
    /// A set older than `refresh` is read in the background, one older than twice that, or one that has ended, before it
    /// judges: so a gateway adds at most twice `refresh` to the time until a change takes effect, even if rarely visited.
    pub fn plan(&mut self, now: Moment) -> Plan {
        let refresh = self.standing(now).is_usable().then(|| self.refresh());
        self.rhythm.plan(refresh, now)
    }

    /// What to do about an unknown `kid` at `now`. We look for a newer set once per `pause`, failures included, so
    /// that made-up `kid`s cannot turn the gateway against the store or the server.
    pub fn chase(&mut self, now: Moment, pause: Duration) -> Chase {
        self.rhythm.chase(now, pause)
    }

    /// Whether a read is under way.
    pub fn is_being_read(&self, now: Moment) -> bool {
        self.rhythm.is_being_read(now)
    }

    /// Whether a request is looking for a newer set on account of an unknown `kid`.
    pub fn is_being_chased(&self, now: Moment) -> bool {
        self.rhythm.is_being_chased(now)
    }

    /// Takes a document that was read. Returns whether it changed the set. The document that we hold already is not
    /// verified again until it expires.
    pub fn accept(&mut self, document: String, now: Moment) -> Result<bool, KeySetError> {
        let is_new =
            self.held.as_ref().is_none_or(|held| held.document != document || self.has_expired(held, now));
        if is_new {
            let held = self.hold(document, now);
            if held.as_ref().is_err_and(|error| error.code() == KeySetCode::FilterMissing) {
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

    /// Begins with a document that was kept over a restart and last confirmed at `at`, if there is no better.
    pub fn begin_with(&mut self, document: String, at: Moment, now: Moment) -> Result<(), KeySetError> {
        if self.held.is_none() {
            self.hold(document, now)?;
            self.held.iter_mut().for_each(|held| held.confirmed = Some(at));
        }
        Ok(())
    }

    /// Ends the read that is under way. If it failed, the last good set is kept, or the bundled one is begun with.
    pub fn end_read(&mut self, outcome: Result<(), ReadError>, now: Moment) {
        self.rhythm.end_read(now);
        self.note(outcome, now);
    }

    /// Ends the chase that is under way. What it found counts as read.
    pub fn end_chase(&mut self, outcome: Result<(), ReadError>, now: Moment) {
        self.rhythm.end_chase(now);
        self.note(outcome, now);
    }

    fn note(&mut self, outcome: Result<(), ReadError>, now: Moment) {
        self.last_error = outcome.err().map(|error| self.fall_back(error, now));
    }

    /// Begins with the bundled document if there is nothing better. Its age is not known.
    fn fall_back(&mut self, error: ReadError, now: Moment) -> ReadError {
        let bundled = self.bundled.clone().filter(|_| self.held.is_none());
        match bundled.map(|document| self.hold(document, now)) {
            Some(Err(bundled)) => ReadError::BundledRefused { read: Box::new(error), bundled },
            None | Some(Ok(())) => error,
        }
    }

    fn has_expired(&self, held: &Held, now: Moment) -> bool {
        let has_ended = held.key_set.expires_at().is_none_or(|at| now.unix_time() >= at);
        matches!(self.trust, Trust::Roots(_)) && has_ended
    }

    fn hold(&mut self, document: String, now: Moment) -> Result<(), KeySetError> {
        let key_set = match &self.trust {
            Trust::Roots(roots) => signed_by(&document, roots)?
                .with_filters(self.filters_at_hand())
                .trusted(&self.issuer, now.unix_time(), &self.floor)?,
            Trust::Server { .. } => KeySet::from_jwks(document.as_bytes(), &Limits::default())?,
        };
        self.floor.raise(&key_set);
        self.fetched.clear();
        self.revision += 1;
        self.held = Some(Held { document, key_set, confirmed: None });
        Ok(())
    }
}

fn signed_by(document: &str, roots: &RootKeys) -> Result<SignedKeySet, KeySetError> {
    UnverifiedKeySet::parse(document.as_bytes(), &Limits::default())?.verify(roots)
}
