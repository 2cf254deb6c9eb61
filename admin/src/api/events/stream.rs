//! The stream of events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use utoipa::ToSchema;

use super::listeners::Place;
use crate::api::caller::{Caller, identify};
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::operations::{Keystile, OperationError, StatusView, status};

/// As soon as a person could see a difference.
const LOOK: Duration = Duration::from_secs(1);
/// Proxies close what is silent for a minute, some for half of one.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A listener that was refused a place comes back so late.
const RETRY_SECS: u64 = 30;

/// One event of the stream, by the names of its fields.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `Event` writes")]
pub(in crate::api) struct StatusEvent {
    /// `status`
    event: String,
    /// The name of the state.
    id: String,
    /// The body of `GET /v1/status`, as JSON.
    data: String,
}

/// The status of the server (`GET /v1/status`) each time that it has changed, as server-sent events.
///
/// Each event is named `status`, and its id names that state. A client that comes back with `Last-Event-ID` hears
/// nothing until the state is another one; there is nothing to replay, because each event holds the whole state. A
/// comment every 15 s shows that the line is alive. The stream ends when the caller may not read any more.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "status", operation_id = "follow_status",
    params(("last-event-id" = Option<String>, Header, description = "The last state that the client has seen")),
    responses((status = 200, content_type = "text/event-stream", body = StatusEvent)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let Some(place) = server.listeners.take() else { return Err(full()) };
    let known = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let mut listener = Listener { keystile: caller.keystile, headers, known, place };
    // Somebody who may not read is told so with a status, not with a stream that ends at once.
    let first = listener.look().await?;
    let first = futures_util::stream::iter(first.map(Ok));
    let rest = unfold(listener, |mut listener| async { Some((Ok(listener.next().await?), listener)) });
    let events = futures_util::StreamExt::chain(first, rest);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

struct Listener {
    keystile: Arc<Keystile>,
    /// With the credential, which is looked at each time: it may end while somebody listens.
    headers: HeaderMap,
    known: String,
    place: Place,
}

impl Listener {
    /// The next change. `None` ends the stream: the server stops, or the caller may not read any more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                () = self.place.stopped() => return None,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Some(event) = self.look().await.ok()? {
                return Some(event);
            }
        }
    }

    /// The present state, if it is another one than the client knows.
    async fn look(&mut self) -> Result<Option<Event>, OperationError> {
        let (actor, _) = identify(&self.keystile, &self.headers).await?;
        let status = status::status(&self.keystile, &actor).await?;
        let id = name(&status)?;
        if id == self.known {
            return Ok(None);
        }
        let event = Event::default().event("status").id(&id).json_data(&status);
        self.known = id;
        event.map(Some).map_err(|error| OperationError::Internal { detail: error.to_string() })
    }
}

/// A name of the state: of everything but the server's clock, which is never the same.
fn name(status: &StatusView) -> Result<String, OperationError> {
    let text = serde_json::to_string(&(&status.server_version, &status.issuers));
    let text = text.map_err(|error| OperationError::Internal { detail: error.to_string() })?;
    let hash = digest(&SHA256, text.as_bytes());
    Ok(hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn full() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too_many_listeners",
        "too many listen to events already: ask for `/v1/status` now and then instead",
    )
    .retry_after(RETRY_SECS)
}
