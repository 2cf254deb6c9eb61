//! The emergency channel: a Durable Object for each issuer that has the newest signed key set, everywhere the same and at
//! once. KV alone may take a minute to show a change.
//!
//! What it holds is believed for its signature, as anywhere else. It only rises: a lower version than it has is refused.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use keystile_gateway::{CHANNEL_REFRESH, Moment, Plan, Rhythm};
use serde::{Deserialize, Serialize};
use worker::{
    DurableObject, Env, Headers, Method, ObjectNamespace, Request, RequestInit, Response, State,
    durable_object, wasm_bindgen,
};

/// The header with a version, between the worker and the object.
const VERSION: &str = "x-keystile-version";

/// The channel of one issuer, as an isolate sees it.
pub(crate) struct Channel {
    objects: ObjectNamespace,
    issuer_id: String,
    rhythm: RefCell<Rhythm>,
    read_well: Cell<Option<Moment>>,
}

impl Channel {
    pub(crate) fn new(objects: ObjectNamespace, issuer_id: &str) -> Self {
        Self {
            objects,
            issuer_id: issuer_id.to_owned(),
            rhythm: RefCell::default(),
            read_well: Cell::default(),
        }
    }

    /// What to do about the channel before a token is judged.
    pub(crate) fn plan(&self, now: Moment) -> Plan {
        self.rhythm.borrow_mut().plan(Some(CHANNEL_REFRESH), now)
    }

    pub(crate) fn is_being_read(&self, now: Moment) -> bool {
        self.rhythm.borrow().is_being_read(now)
    }

    /// Ends the read that is under way.
    pub(crate) fn end_read(&self, is_well: bool, now: Moment) {
        self.rhythm.borrow_mut().end_read(now);
        if is_well {
            self.read_well.set(Some(now));
        }
    }

    /// When it was last read.
    pub(crate) fn read_well(&self) -> Option<Moment> {
        self.read_well.get()
    }

    /// The document that the channel has, if its version is above `version`.
    pub(crate) async fn read(&self, version: u64) -> worker::Result<Option<String>> {
        let mut response = self.ask(Method::Get, version, None).await?;
        match response.status_code() {
            200 => response.text().await.map(Some),
            204 => Ok(None),
            status => Err(worker::Error::RustError(format!("the channel answers {status}"))),
        }
    }

    /// Gives the channel a document that has been verified. Returns whether it is not older than what it has.
    pub(crate) async fn write(&self, version: u64, document: &str) -> worker::Result<bool> {
        Ok(self.ask(Method::Put, version, Some(document)).await?.status_code() == 204)
    }

    async fn ask(&self, method: Method, version: u64, body: Option<&str>) -> worker::Result<Response> {
        let headers = Headers::new();
        headers.set(VERSION, &version.to_string())?;
        let mut init = RequestInit::new();
        init.with_method(method).with_headers(headers).with_body(body.map(Into::into));
        // The host is a formality: only this worker reaches its objects.
        let request = Request::new_with_init("https://emergency-channel/", &init)?;
        self.objects.get_by_name(&self.issuer_id)?.fetch_with_request(request).await
    }
}

/// The Durable Object. Only this worker can reach it, and gives it nothing that it has not verified.
#[durable_object(fetch)]
pub struct EmergencyChannel {
    state: State,
    newest: RefCell<Option<Rc<Newest>>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Newest {
    version: u64,
    document: String,
}

/// Where the newest document is stored.
const NEWEST: &str = "newest";

impl DurableObject for EmergencyChannel {
    fn new(state: State, _: Env) -> Self {
        Self { state, newest: RefCell::default() }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let version = request.headers().get(VERSION)?.and_then(|version| version.parse().ok());
        let Some(version) = version else { return Response::error("name a version", 400) };
        let newest = self.newest().await?;
        match request.method() {
            Method::Get => match newest.filter(|newest| newest.version > version) {
                Some(newest) => Response::ok(newest.document.clone()),
                None => Ok(Response::empty()?.with_status(204)),
            },
            Method::Put => self.take(version, request.text().await?, newest).await,
            _ => Response::error("read or write", 405),
        }
    }
}

impl EmergencyChannel {
    /// What is in memory, or else in storage. While an object waits for its storage, no other request reaches it.
    async fn newest(&self) -> worker::Result<Option<Rc<Newest>>> {
        if self.newest.borrow().is_none() {
            let stored: Option<Newest> = self.state.storage().get(NEWEST).await?;
            self.newest.replace(stored.map(Rc::new));
        }
        Ok(self.newest.borrow().clone())
    }

    async fn take(
        &self,
        version: u64,
        document: String,
        newest: Option<Rc<Newest>>,
    ) -> worker::Result<Response> {
        if newest.is_some_and(|newest| newest.version > version) {
            return Response::error("the channel has a newer one", 409);
        }
        let taken = Rc::new(Newest { version, document });
        self.newest.replace(Some(Rc::clone(&taken)));
        self.state.storage().put(NEWEST, &*taken).await?;
        Ok(Response::empty()?.with_status(204))
    }
}
