//! The gate as a reverse proxy: what passes goes to the origin, streamed in both directions, and the answer comes back
//! as it is. Framing is the connection's own on either side: no length and no coding of the client's is handed on, so
//! that client, gate and origin cannot disagree about where a request ends.

mod hop_by_hop;
mod upgrade;

use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode, Uri, Version,
    body::{Body as _, Incoming},
    header::{self, HeaderValue},
    http::request::Parts,
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use keystile_gateway::{Answer, Decision, Pass, Refusal};
use tokio::time;
use tower_http::timeout::TimeoutBody;

use crate::{
    body::{Body, BodyError, full, streamed},
    connection::Caller,
    convention::host_of,
    gate::Gate,
    head::{Head, only, set},
    key_sets::innermost,
    settings::{Bounds, Origin},
};

/// A connection to the origin is made by then, or the origin is not there.
const CONNECT: Duration = Duration::from_secs(5);

/// The origin has sent the head of its answer by then. Whoever thinks longer has an answer for nobody.
const ANSWER: Duration = Duration::from_secs(60);

/// An idle connection is not used again after so long. Node's server closes after 5 s, and most others after more.
const IDLE: Duration = Duration::from_secs(4);

/// An accepted request on its way.
type Outgoing = http_body_util::combinators::BoxBody<hyper::body::Bytes, BodyError>;

/// The way to the origin.
#[derive(Debug)]
pub(crate) struct Proxy {
    client: Client<HttpsConnector<HttpConnector>, Outgoing>,
    origin: Origin,
    bounds: Bounds,
}

impl Proxy {
    /// A way to `origin` for bodies within these bounds.
    pub(crate) fn new(origin: Origin, bounds: Bounds) -> Result<Self, std::io::Error> {
        let mut http = HttpConnector::new();
        http.set_connect_timeout(Some(CONNECT));
        http.set_nodelay(true);
        http.enforce_http(false);
        let connector = HttpsConnectorBuilder::new()
            .try_with_platform_verifier()
            .map_err(std::io::Error::other)?
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, origin, bounds })
    }

    /// Decides about a request, and brings it to the origin and the answer back if it passes.
    pub(crate) async fn serve(
        &self,
        gate: &Gate,
        request: Request<Incoming>,
        caller: &Caller,
    ) -> Response<Body> {
        let request_id = gate.lasting.request_id(only(request.headers(), "x-request-id"));
        let outcome = self.judge_and_forward(gate, request, caller, &request_id).await;
        outcome.unwrap_or_else(|refusal| refused(refusal.to_answer(gate.wording(), &request_id)))
    }

    async fn judge_and_forward(
        &self,
        gate: &Gate,
        request: Request<Incoming>,
        caller: &Caller,
        request_id: &str,
    ) -> Result<Response<Body>, Refusal> {
        let (parts, body) = request.into_parts();
        let noted = |refusal: Refusal| {
            gate.lasting.note_refusal(&refusal, request_id);
            refusal
        };
        let head = head_of(&parts).map_err(noted)?;
        if body.size_hint().lower() > self.bounds.body {
            return Err(noted(Refusal::BodyTooLarge));
        }
        let decision = gate.decide(&head).await;
        gate.note(&decision, &head, request_id);
        let mut pass = match decision {
            Decision::Pass(pass) => pass,
            Decision::Refuse { refusal, .. } => return Err(refusal),
        };
        gate.assert(&mut pass, &head, request_id);
        let uri = self.uri(&head, &pass).ok_or_else(|| noted(Refusal::GatewayFailed))?;
        let mut headers = self.headers(&parts, &head, &pass, caller);
        // A length that has been checked by the time it is sent: hyper delivers as much, or breaks off.
        if let Some(length @ 1..) = body.size_hint().exact() {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        self.forward((parts, headers, uri), body, caller).await.map_err(noted)
    }

    async fn forward(
        &self,
        (mut parts, headers, uri): (Parts, HeaderMap, Uri),
        body: Incoming,
        caller: &Caller,
    ) -> Result<Response<Body>, Refusal> {
        let upgrade = upgrade::Wanted::by(&mut parts);
        parts.headers = headers;
        parts.uri = uri;
        parts.version = Version::HTTP_11;
        parts.extensions.clear();
        if let Some(upgrade) = &upgrade {
            upgrade.ask(&mut parts.headers);
        }
        let request = Request::from_parts(parts, self.bounded(body));
        let answer = match time::timeout(ANSWER, self.client.request(request)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(why(&error)),
            Err(_) => {
                tracing::warn!("the origin has not answered for {} s", ANSWER.as_secs());
                return Err(Refusal::OriginUnreachable);
            }
        };
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
            return upgrade.ok_or(Refusal::OriginUnreachable)?.connect(answer, caller);
        }
        let (mut parts, body) = answer.into_parts();
        hop_by_hop::take_out(&mut parts.headers);
        parts.version = Version::HTTP_11;
        Ok(Response::from_parts(parts, streamed(body)))
    }

    /// The address at the origin: the path as the client sent it, the query without what it must lose.
    fn uri(&self, head: &Head<'_>, pass: &Pass<'_>) -> Option<Uri> {
        let query = pass.query.as_ref().map_or(head.query, Option::as_deref);
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        Uri::builder()
            .scheme(self.origin.scheme.clone())
            .authority(self.origin.authority.clone())
            .path_and_query(format!("{}{}{query}", self.origin.base, head.path))
            .build()
            .ok()
    }

    /// What the origin is told: first everything is taken out that must be, so that no `Connection` of the client's can
    /// take out what is set afterwards.
    fn headers(&self, parts: &Parts, head: &Head<'_>, pass: &Pass<'_>, caller: &Caller) -> HeaderMap {
        let mut headers = parts.headers.clone();
        hop_by_hop::take_out(&mut headers);
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::EXPECT);
        headers.remove(header::HOST);
        pass.remove.iter().for_each(|name| drop(headers.remove(name.as_str())));
        pass.set.iter().for_each(|(name, value)| set(&mut headers, name, value));
        let host = if self.origin.keeps_host && !head.host.is_empty() {
            head.host
        } else {
            self.origin.authority.as_str()
        };
        set(&mut headers, "host", host);
        if caller.is_over_tls {
            set(&mut headers, "x-forwarded-proto", "https");
        }
        let peer = HeaderValue::try_from(caller.address.to_string());
        headers.extend(peer.ok().map(|peer| (header::HeaderName::from_static("x-forwarded-for"), peer)));
        headers
    }

    fn bounded(&self, body: Incoming) -> Outgoing {
        if body.is_end_stream() {
            return full("");
        }
        let most = usize::try_from(self.bounds.body).unwrap_or(usize::MAX);
        TimeoutBody::new(self.bounds.silence, Box::pin(Limited::new(body, most))).boxed()
    }
}

/// A refusal, as a client gets it.
pub(crate) fn refused(answer: Answer) -> Response<Body> {
    let mut response = Response::new(full(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::FORBIDDEN);
    answer.headers.iter().for_each(|(name, value)| set(response.headers_mut(), name, value));
    response
}

/// What is judged. Methods that make a tunnel or an echo of a proxy are for no route.
fn head_of(parts: &Parts) -> Result<Head<'_>, Refusal> {
    if matches!(parts.method, Method::CONNECT | Method::TRACE)
        || parts.headers.get_all(header::HOST).iter().count() > 1
    {
        return Err(Refusal::NoRoute);
    }
    let host = host_of(parts).unwrap_or_default();
    let target = parts.uri.path_and_query().map_or("", |it| it.as_str());
    Head::new(parts.method.as_str(), host, target, &parts.headers).ok_or(Refusal::NoRoute)
}

/// A client that sends too much, or nothing any more, is no failure of the origin's.
fn why(error: &hyper_util::client::legacy::Error) -> Refusal {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(found) = cause {
        if found.is::<http_body_util::LengthLimitError>() {
            return Refusal::BodyTooLarge;
        }
        cause = found.source();
    }
    tracing::warn!("the origin: {}", innermost(error));
    Refusal::OriginUnreachable
}
