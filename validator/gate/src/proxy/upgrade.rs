//! WebSocket through the proxy. No other upgrade is handed on: `h2c` would let a client speak to the origin unjudged.

use hyper::{
    HeaderMap, Response,
    body::Incoming,
    header::{self, HeaderValue},
    http::request::Parts,
    upgrade::{OnUpgrade, Upgraded},
};
use hyper_util::rt::TokioIo;
use keystile_gateway::Refusal;
use tokio::io::copy_bidirectional;

use crate::{
    body::{Body, full},
    connection::Caller,
};

const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// A client that wants to go on in WebSocket (RFC 6455 section 4.1).
pub(super) struct Wanted(OnUpgrade);

impl Wanted {
    /// What the request wants, if it wants that.
    pub(super) fn by(parts: &mut Parts) -> Option<Self> {
        let mut upgrades = parts.headers.get_all(header::UPGRADE).iter();
        let is_websocket = upgrades.next().is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"websocket"))
            && upgrades.next().is_none();
        let is_get = parts.method == hyper::Method::GET;
        parts.extensions.remove::<OnUpgrade>().filter(|_| is_websocket && is_get).map(Self)
    }

    /// Wants the same of the origin.
    pub(super) fn ask(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, WEBSOCKET);
    }

    /// The origin has said yes: from here on the two speak to each other, for as long as both want.
    pub(super) fn connect(
        self,
        answer: Response<Incoming>,
        caller: &Caller,
    ) -> Result<Response<Body>, Refusal> {
        let is_websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
        if !answer.headers().get(header::UPGRADE).is_some_and(is_websocket) {
            return Err(Refusal::OriginUnreachable);
        }
        let mut headers = answer.headers().clone();
        super::hop_by_hop::take_out(&mut headers);
        let mut response = Response::new(full(""));
        *response.status_mut() = answer.status();
        *response.headers_mut() = headers;
        self.ask(response.headers_mut());
        let (client, caller) = (self.0, caller.clone());
        tokio::spawn(async move {
            if let (Ok(origin), Ok(client)) = (hyper::upgrade::on(answer).await, client.await) {
                speak(client, origin).await;
            }
            drop(caller);
        });
        Ok(response)
    }
}

/// An end that breaks off ends the other; neither is worth a word.
async fn speak(client: Upgraded, origin: Upgraded) {
    let _ = copy_bidirectional(&mut TokioIo::new(client), &mut TokioIo::new(origin)).await;
}
