//! From the store to the keyring: reads the key set, one request at a time, and lets the others wait.

use std::{
    cell::{Ref, RefCell},
    rc::Rc,
    time::Duration,
};

use keystile_validator::{FilterReference, KeySetCode};
use worker::{Context, Delay, Fetch, KvStore, Method, Request, RequestInit, RequestRedirect, console_error};

use crate::{
    clock::Moment,
    deadline::within,
    keyring::{Chase, Keyring, Plan, READ_DEADLINE, ReadError},
    settings::Settings,
};

/// How often a request that waits looks whether the read of another one has ended. It cannot await that read itself:
/// the runtime ties a promise to the request that made it, and would leave the others hanging if that one is cancelled.
const POLL: Duration = Duration::from_millis(5);

/// How long the data center's cache may keep what never changes, in seconds.
const IMMUTABLE_TTL: u64 = 86_400;

const STORE: &str = "the store";
const SERVER: &str = "the admin server";

/// The keyring of this isolate, and where its key set comes from.
pub(crate) struct KeySets {
    keyring: RefCell<Keyring>,
    store: KvStore,
    key: String,
    cache_ttl: u64,
    /// Where the admin server has the key set, for a key so new that the store does not have it yet.
    second_source: Option<String>,
    last_good: Option<String>,
}

impl KeySets {
    pub(crate) fn new(settings: &Settings, store: KvStore) -> Self {
        let Settings { issuer_id, issuer, policy, roots, floor, admin_url, .. } = settings;
        Self {
            keyring: RefCell::new(
                Keyring::new(issuer.clone(), policy.clone(), roots.clone(), floor.clone())
                    .with_filter_grace(settings.filter_grace),
            ),
            store,
            key: format!("keyset/{issuer_id}"),
            cache_ttl: settings.cache_ttl,
            second_source: admin_url.as_ref().map(|url| format!("{url}/v1/issuers/{issuer_id}/key-set")),
            last_good: settings.last_good.clone(),
        }
    }

    /// The keyring as it is now. Not to be held while something is awaited.
    pub(crate) fn keyring(&self) -> Ref<'_, Keyring> {
        self.keyring.borrow()
    }

    /// Returns when the key set is fresh enough to judge by, or cannot be made so.
    pub(crate) async fn ready(self: &Rc<Self>, context: &Context) {
        let plan = self.keyring.borrow_mut().plan(Moment::now());
        match plan {
            Plan::Judge => {}
            Plan::JudgeAndRead => {
                let key_sets = Rc::clone(self);
                context.wait_until(async move { key_sets.read().await });
            }
            Plan::ReadFirst => self.read().await,
            Plan::WaitFirst => self.wait_while(Keyring::is_being_read).await,
        }
    }

    /// Looks for a newer key set on account of an unknown `kid`. Returns whether to judge the token again.
    pub(crate) async fn chase_unknown_kid(&self) -> bool {
        let chase = self.keyring.borrow_mut().chase(Moment::now(), Duration::from_secs(self.cache_ttl));
        match chase {
            Chase::Enough => return false,
            Chase::Look => {
                let outcome = within(READ_DEADLINE, self.read_either()).await;
                let outcome = self.complete(outcome).await;
                self.end(outcome, Keyring::end_chase);
            }
            Chase::Wait => self.wait_while(Keyring::is_being_chased).await,
        }
        true
    }

    /// Fetches the exact lists that a token has to be looked up in. Returns whether to judge it again.
    pub(crate) async fn fetch_lists(&self) -> bool {
        let wanted = self.keyring().lists().take_wanted(Moment::now());
        if wanted.is_empty() {
            return false;
        }
        for named in wanted {
            let read =
                within(READ_DEADLINE, self.immutable(named.name())).await.unwrap_or(Err(ReadError::TimedOut));
            let list = read.and_then(|value| Ok(named.open(value)?));
            let mut keyring = self.keyring.borrow_mut();
            match list {
                Ok(list) => keyring.lists_mut().keep(list),
                Err(error) => {
                    console_error!("the list `{}` of revoked tokens: {error}", named.name());
                    keyring.lists_mut().note_failure(Moment::now());
                    return false;
                }
            }
        }
        true
    }

    /// A value that never changes, so that the data center's cache may keep it for long.
    async fn immutable(&self, name: &str) -> Result<Vec<u8>, ReadError> {
        let value = self.store.get(name).cache_ttl(IMMUTABLE_TTL).bytes().await.map_err(|error| {
            console_error!("reading `{name}` from the store: {error}");
            ReadError::Failed(STORE)
        })?;
        value.ok_or(ReadError::Absent(STORE))
    }

    async fn wait_while(&self, is_busy: fn(&Keyring, Moment) -> bool) {
        while is_busy(&self.keyring(), Moment::now()) {
            Delay::from(POLL).await;
        }
    }

    async fn read(&self) {
        let outcome = within(READ_DEADLINE, self.read_store()).await;
        let outcome = self.complete(outcome).await;
        self.end(outcome, Keyring::end_read);
    }

    /// Where a set was read whose filters are not at hand, fetches them and takes the set. What was fetched is kept, so
    /// that the next read goes on where this one is given up.
    async fn complete(&self, outcome: Option<Result<Read, ReadError>>) -> Option<Outcome> {
        let (document, missing) = match outcome? {
            Ok(Read::Taken { is_new }) => return Some(Ok(is_new)),
            Ok(Read::Incomplete { document, missing }) => (document, missing),
            Err(error) => return Some(Err(error)),
        };
        for named in missing {
            let value = within(READ_DEADLINE, self.immutable(named.name())).await?;
            match value.and_then(|value| Ok(named.open(value)?)) {
                Ok(filter) => self.keyring.borrow_mut().keep_filter(filter, Moment::now()),
                Err(error) => {
                    console_error!("the filter `{}`: {error}", named.name());
                    break;
                }
            }
        }
        // Without all of them it is refused once more, and the keyring knows since when.
        Some(self.keyring.borrow_mut().accept(document, Moment::now()).map_err(ReadError::from))
    }

    /// The server is asked only if the store has nothing new, which spares it.
    async fn read_either(&self) -> Result<Read, ReadError> {
        match (self.read_store().await, &self.second_source) {
            (Ok(Read::Taken { is_new: false }) | Err(_), Some(url)) => self.take(document_at(url).await?),
            (outcome, _) => outcome,
        }
    }

    async fn read_store(&self) -> Result<Read, ReadError> {
        let value = self.store.get(&self.key).cache_ttl(self.cache_ttl).text().await.map_err(|error| {
            console_error!("reading `{}` from the store: {error}", self.key);
            ReadError::Failed(STORE)
        })?;
        self.take(value.ok_or(ReadError::Absent(STORE))?)
    }

    fn take(&self, document: String) -> Result<Read, ReadError> {
        let (mut keyring, now) = (self.keyring.borrow_mut(), Moment::now());
        match keyring.accept(document.clone(), now) {
            Ok(is_new) => Ok(Read::Taken { is_new }),
            Err(error) if error.code() == KeySetCode::FilterMissing => {
                let missing = keyring.missing_filters(&document, now)?;
                Ok(Read::Incomplete { document, missing })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn end(&self, outcome: Option<Outcome>, end: fn(&mut Keyring, Result<(), ReadError>, Moment)) {
        let outcome = outcome.unwrap_or(Err(ReadError::TimedOut)).map(drop);
        let (mut keyring, now) = (self.keyring.borrow_mut(), Moment::now());
        if let Err(error) = &outcome {
            console_error!("{error}");
            if let Some(Err(error)) = self.last_good.as_ref().map(|document| keyring.fall_back(document, now))
            {
                console_error!("the variable `LAST_GOOD` cannot be used: {error}");
            }
        }
        end(&mut keyring, outcome, now);
    }
}

/// Whether a read changed the key set, or why it failed.
type Outcome = Result<bool, ReadError>;

/// What a document that was read came to.
enum Read {
    /// It is the set that tokens are judged by.
    Taken { is_new: bool },
    /// It would be, with these filters.
    Incomplete { document: String, missing: Vec<FilterReference> },
}

/// The document that the admin server has. A redirect is not followed: we ask the configured server and nobody else.
async fn document_at(url: &str) -> Result<String, ReadError> {
    let failed = |error: worker::Error| {
        console_error!("reading the key set from the admin server: {error}");
        ReadError::Failed(SERVER)
    };
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url, &init).map_err(failed)?;
    let mut response = Fetch::Request(request).send().await.map_err(failed)?;
    match response.status_code() {
        200 => response.text().await.map_err(failed),
        404 => Err(ReadError::Absent(SERVER)),
        _ => Err(ReadError::Failed(SERVER)),
    }
}
