//! Where a request comes from.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::router::Server;
use super::serve::Peer;

/// The address of the client: that of the connection, unless a trusted proxy names another. Absent where there is no
/// connection, as in tests.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client(pub(super) Option<IpAddr>);

/// Finds out once, for everything that is done for this request.
pub(super) async fn recognise(
    State(server): State<Arc<Server>>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(Peer(peer))| peer.ip());
    let proxies = &server.proxies;
    let values = request.headers().get_all(proxies.header.name()).iter();
    let values = values.map(|value| value.to_str().unwrap_or_default()).collect::<Vec<_>>();
    let client = peer.map(|peer| proxies.client(peer, values.into_iter()));
    request.extensions_mut().insert(Client(client));
    next.run(request).await
}
