//! From the store to the keyring: reads the key set, one request at a time, and lets the others wait.

use std::{
    cell::{Ref, RefCell},
    rc::Rc,
    time::Duration,
};

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
            keyring: RefCell::new(Keyring::new(issuer.clone(), policy.clone(), roots.clone(), floor.clone())),
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
                self.end(outcome, Keyring::end_chase);
            }
            Chase::Wait => self.wait_while(Keyring::is_being_chased).await,
        }
        true
    }

    async fn wait_while(&self, is_busy: fn(&Keyring, Moment) -> bool) {
        while is_busy(&self.keyring(), Moment::now()) {
            Delay::from(POLL).await;
        }
    }

    async fn read(&self) {
        let outcome = within(READ_DEADLINE, self.read_store()).await;
        self.end(outcome, Keyring::end_read);
    }

    /// The server is asked only if the store has nothing new, which spares it.
    async fn read_either(&self) -> Outcome {
        match (self.read_store().await, &self.second_source) {
            (Ok(true), _) => Ok(true),
            (outcome, None) => outcome,
            (_, Some(url)) => self.accept(document_at(url).await?),
        }
    }

    async fn read_store(&self) -> Outcome {
        let value = self.store.get(&self.key).cache_ttl(self.cache_ttl).text().await.map_err(|error| {
            console_error!("reading `{}` from the store: {error}", self.key);
            ReadError::Failed(STORE)
        })?;
        self.accept(value.ok_or(ReadError::Absent(STORE))?)
    }

    fn accept(&self, document: String) -> Outcome {
        Ok(self.keyring.borrow_mut().accept(document, Moment::now())?)
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
