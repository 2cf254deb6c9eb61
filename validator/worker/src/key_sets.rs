//! From where key sets are published to the keyring: reads one request at a time, and lets the others wait.

mod channel;

use std::{
    cell::{Ref, RefCell},
    rc::Rc,
    time::Duration,
};

use futures_util::{StreamExt, future::join};
use keystile_gateway::{Chase, Keyring, Location, Moment, Plan, Provider, READ_DEADLINE, ReadError};
use keystile_validator::{FilterReference, KeySetCode, Limits};
use worker::{
    Context, Delay, Fetch, KvStore, Method, Request, RequestInit, RequestRedirect, Response, console_error,
};

use crate::{clock, deadline::within, deployment::Bindings, emergency_channel::Channel, settings::Settings};

/// How often a request that waits looks whether the read of another one has ended. It cannot await that read itself:
/// the runtime ties a promise to the request that made it, and would leave the others hanging if that one is cancelled.
const POLL: Duration = Duration::from_millis(5);

/// How long the data center's cache may keep what never changes, in seconds.
const IMMUTABLE_TTL: u64 = 86_400;

const STORE: &str = "the store";
const SERVER: &str = "the server";

pub(crate) use channel::Undelivered;

/// The keyring of one provider in this isolate, and where its key set comes from.
pub(crate) struct KeySets {
    keyring: RefCell<Keyring>,
    store: KvStore,
    cache_ttl: u64,
    /// Where the server brings a set that must be known at once.
    channel: Option<Channel>,
    /// Where the key set is read. The places after the first are asked about a key so new that it does not have it yet.
    places: Vec<Location>,
}

impl KeySets {
    pub(crate) fn new(provider: &Provider, bindings: &Bindings, settings: &Settings) -> Self {
        let places = provider.keys().locations();
        let channel = issuer_id(places)
            .zip(bindings.channels.as_ref())
            .map(|(id, objects)| Channel::new(objects.clone(), id));
        Self {
            keyring: RefCell::new(Keyring::of(provider).with_filter_grace(settings.filter_grace)),
            store: bindings.store.clone(),
            cache_ttl: settings.cache_ttl,
            channel,
            places: places.to_vec(),
        }
    }

    /// The id under which the admin server publishes this set, if it does.
    pub(crate) fn issuer_id(&self) -> Option<&str> {
        issuer_id(&self.places)
    }

    /// The emergency channel of this issuer, if one is bound.
    pub(crate) fn channel(&self) -> Option<&Channel> {
        self.channel.as_ref()
    }

    /// The keyring as it is now. Not to be held while something is awaited.
    pub(crate) fn keyring(&self) -> Ref<'_, Keyring> {
        self.keyring.borrow()
    }

    /// Returns when the key set is fresh enough to judge by, or cannot be made so.
    pub(crate) async fn ready(self: &Rc<Self>, context: &Context) {
        join(self.follow_store(context), self.follow_channel(context)).await;
    }

    async fn follow_store(self: &Rc<Self>, context: &Context) {
        let plan = self.keyring.borrow_mut().plan(clock::now());
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
        let chase = self.keyring.borrow_mut().chase(clock::now(), Duration::from_secs(self.cache_ttl));
        match chase {
            Chase::Enough => return false,
            Chase::Look => {
                let outcome = within(READ_DEADLINE, self.read_from(&self.places)).await;
                let outcome = self.complete(outcome).await;
                self.end(outcome, Keyring::end_chase);
            }
            Chase::Wait => self.wait_while(Keyring::is_being_chased).await,
        }
        true
    }

    /// Fetches the exact lists that a token has to be looked up in. Returns whether to judge it again.
    pub(crate) async fn fetch_lists(&self) -> bool {
        let wanted = self.keyring().lists().take_wanted(clock::now());
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
                    keyring.lists_mut().note_failure(clock::now());
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
        while is_busy(&self.keyring(), clock::now()) {
            Delay::from(POLL).await;
        }
    }

    async fn read(&self) {
        let (first, others) = self.places.split_at(1.min(self.places.len()));
        let mut outcome = within(READ_DEADLINE, self.read_from(first)).await;
        // Whoever has nothing to judge by asks everywhere. Others can wait until their place answers again.
        let is_reached = matches!(outcome, Some(Ok(_) | Err(ReadError::Refused(_))));
        if !is_reached && !self.keyring().standing(clock::now()).is_usable() {
            let elsewhere = within(READ_DEADLINE, self.read_from(others)).await;
            outcome = elsewhere.filter(Result::is_ok).or(outcome);
        }
        let outcome = self.complete(outcome).await;
        self.end(outcome, Keyring::end_read);
    }

    /// Where a set was read whose filters are not at hand, fetches them and takes the set. What was fetched is kept, so
    /// that the next read goes on where this one is given up.
    async fn complete(&self, outcome: Option<Result<Read, ReadError>>) -> Outcome {
        let (document, missing) = match outcome.unwrap_or(Err(ReadError::TimedOut))? {
            Read::Taken => return Ok(()),
            Read::Incomplete { document, missing } => (document, missing),
        };
        for named in missing {
            let value = within(READ_DEADLINE, self.immutable(named.name())).await;
            match value.unwrap_or(Err(ReadError::TimedOut)).and_then(|value| Ok(named.open(value)?)) {
                Ok(filter) => self.keyring.borrow_mut().keep_filter(filter, clock::now()),
                Err(error) => {
                    console_error!("the filter `{}`: {error}", named.name());
                    break;
                }
            }
        }
        // Without all of them it is refused once more, and the keyring knows since when.
        self.keyring.borrow_mut().accept(document, clock::now()).map(drop).map_err(ReadError::from)
    }

    /// Every place is asked: what is new in one of them may not be the newest yet. Where one has answered well, it does not
    /// matter that the next one has an older set, or fails.
    async fn read_from(&self, places: &[Location]) -> Result<Read, ReadError> {
        let mut outcome = Err(ReadError::Absent(STORE));
        for (index, place) in places.iter().enumerate() {
            match self.read_at(place).await {
                Err(error) if index == 0 => outcome = Err(error),
                Err(_) => {}
                found => outcome = found,
            }
        }
        outcome
    }

    async fn read_at(&self, place: &Location) -> Result<Read, ReadError> {
        let key = match place {
            Location::Kv(key) => key,
            Location::Url(url) => return self.take(document_at(url).await?),
            // The settings have made sure that there is none.
            Location::File(_) => return Err(ReadError::Absent("a file")),
        };
        let value = self.store.get(key).cache_ttl(self.cache_ttl).text().await.map_err(|error| {
            console_error!("reading `{key}` from the store: {error}");
            ReadError::Failed(STORE)
        })?;
        self.take(value.ok_or(ReadError::Absent(STORE))?)
    }

    fn take(&self, document: String) -> Result<Read, ReadError> {
        let (mut keyring, now) = (self.keyring.borrow_mut(), clock::now());
        match keyring.accept(document.clone(), now) {
            Ok(_) => Ok(Read::Taken),
            Err(error) if error.code() == KeySetCode::FilterMissing => {
                let missing = keyring.missing_filters(&document, now)?;
                Ok(Read::Incomplete { document, missing })
            }
            Err(error) => Err(error.into()),
        }
    }

    fn end(&self, outcome: Outcome, end: fn(&mut Keyring, Outcome, Moment)) {
        end(&mut self.keyring.borrow_mut(), outcome, clock::now());
        if let Some(error) = self.keyring().last_error() {
            console_error!("{error}");
        }
    }
}

/// The id under which the admin server publishes a set that is read at `places`.
fn issuer_id(places: &[Location]) -> Option<&str> {
    match places.first() {
        Some(Location::Kv(key)) => key.strip_prefix("keyset/"),
        _ => None,
    }
}

/// Why a read failed, if it did.
type Outcome = Result<(), ReadError>;

/// What a document that was read came to.
enum Read {
    /// It is the set that tokens are judged by.
    Taken,
    /// It would be, with these filters.
    Incomplete { document: String, missing: Vec<FilterReference> },
}

/// The document that a server has. A redirect is not followed: we ask the configured server and nobody else.
async fn document_at(url: &str) -> Result<String, ReadError> {
    let failed = |error: worker::Error| {
        console_error!("reading the key set at `{url}`: {error}");
        ReadError::Failed(SERVER)
    };
    let mut init = RequestInit::new();
    init.with_method(Method::Get).with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(url, &init).map_err(failed)?;
    let mut response = Fetch::Request(request).send().await.map_err(failed)?;
    match response.status_code() {
        200 => bounded_text(&mut response).await.map_err(failed),
        404 => Err(ReadError::Absent(SERVER)),
        _ => Err(ReadError::Failed(SERVER)),
    }
}

/// The body, up to one byte more than a key set may have: a server that never ends must not fill the memory.
async fn bounded_text(response: &mut Response) -> worker::Result<String> {
    let limit = Limits::default().key_set_bytes() + 1;
    let (mut stream, mut body) = (response.stream()?, Vec::new());
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() >= limit {
            body.truncate(limit);
            break;
        }
    }
    String::from_utf8(body).map_err(|_| worker::Error::RustError("the key set is no text".to_owned()))
}
