//! Requests to places that somebody has named over the API: targets of the hand-off, and webhooks. Whoever may name one
//! must not get through the server to what only the server reaches: itself, its networks, the metadata of its cloud. The
//! operator, who owns the environment, allows one such host at a time ([`SETTING`]).
//!
//! What a name stands for is judged at every connection, and the connection goes to what was judged: a name that stands for
//! something else a moment later (DNS rebinding) gains nothing. Redirects are not followed, and proxies of the environment
//! not asked.
//!
//! What the operator names in the environment itself (the store, the emergency channel, the mail server) is not judged.

mod address;
mod allowed;
mod failure;
mod names;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Method, RequestBuilder, Url, redirect};

use address::is_public;
pub use allowed::{AllowedHosts, InvalidHost};
pub use failure::{Failure, NotAdmitted, SETTING};
pub use names::{Addresses, Names, SystemNames};

/// The longest address that is kept. Those of chat services have some 100 characters.
const LONGEST: usize = 2_048;

/// Says where requests may go, and makes them.
#[derive(Clone)]
pub struct Outbound {
    allowed: AllowedHosts,
    /// For everybody: judges what names stand for.
    guarded: Client,
    /// For what the operator has allowed, alone.
    trusted: Client,
}

/// A place that may be called, provided that its name stands for nothing else than it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    url: Url,
    is_allowed: bool,
}

impl Outbound {
    /// Lets requests go to the public, and to what is `allowed`. Names are looked up by `names`.
    pub fn new(allowed: AllowedHosts, names: Arc<dyn Names>) -> Result<Self, Failure> {
        let guarded = client(Resolver { names: Arc::clone(&names), is_guarded: true })?;
        Ok(Self { allowed, guarded, trusted: client(Resolver { names, is_guarded: false })? })
    }

    /// Whom the operator lets it call wherever they are.
    pub fn allowed(&self) -> &AllowedHosts {
        &self.allowed
    }

    /// Reads an address. Returns `Ok` only if a request may go there, as far as can be said without looking its name up.
    pub fn admit(&self, text: &str) -> Result<Destination, NotAdmitted> {
        let (url, host, port) = read(text)?;
        let host = host.as_str();
        if self.allowed.has(host, port) {
            return Ok(Destination { url, is_allowed: true });
        }
        let host_and_port = format!("{host}:{port}");
        if url.scheme() == "http" {
            return Err(NotAdmitted::InClear { host: host_and_port });
        }
        // An address is connected to without asking the resolver.
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
        if literal.is_ok_and(|address| !is_public(address)) || is_own_name(host) {
            return Err(NotAdmitted::NotPublic { host: host_and_port });
        }
        Ok(Destination { url, is_allowed: false })
    }

    /// Reads an address that the operator has named in the environment: it may lead inside, and never in clear beyond this
    /// machine.
    pub fn admit_for_operator(&self, text: &str) -> Result<Destination, NotAdmitted> {
        let (url, host, port) = read(text)?;
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let stays_here = literal.is_ok_and(|address| address.is_loopback()) || is_own_name(&host);
        if url.scheme() == "http" && !stays_here && !self.allowed.has(&host, port) {
            return Err(NotAdmitted::InClear { host: format!("{host}:{port}") });
        }
        Ok(Destination { url, is_allowed: true })
    }

    /// Begins a request.
    pub fn request(&self, method: Method, to: &Destination) -> RequestBuilder {
        let client = if to.is_allowed { &self.trusted } else { &self.guarded };
        client.request(method, to.url.clone())
    }
}

impl Destination {
    /// The whole address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The same place, with more segments at the end of its path, each escaped.
    #[must_use]
    pub fn below<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut below = self.clone();
        // Addresses of the web have a path that can be lengthened.
        if let Ok(mut path) = below.url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        below
    }
}

/// An address of the web, its host and its port.
fn read(text: &str) -> Result<(Url, String, u16), NotAdmitted> {
    let unusable = |cause: &str| NotAdmitted::Unusable { cause: cause.to_owned() };
    if text.len() > LONGEST {
        return Err(unusable("it is longer than 2048 characters"));
    }
    let url = Url::parse(text).map_err(|error| unusable(&error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(unusable("it must begin with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("it may carry no user name and no password"));
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(unusable("it names no host"));
    };
    let host = host.to_owned();
    Ok((url, host, port))
}

/// What stands for this machine by definition (RFC 6761, 6.3), whatever a resolver says.
fn is_own_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost" || host.ends_with(".localhost")
}

fn client(resolver: Resolver) -> Result<Client, Failure> {
    Client::builder()
        .redirect(redirect::Policy::none())
        // A proxy would look names up by itself, and reach what it can.
        .no_proxy()
        // A connection that is kept would be a name that is not looked up.
        .pool_max_idle_per_host(0)
        .dns_resolver(Arc::new(resolver))
        .user_agent(concat!("keystile/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| Failure::from(&error))
}

/// Looks names up for a client.
struct Resolver {
    names: Arc<dyn Names>,
    is_guarded: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let (looking, is_guarded) = (self.names.addresses(host.clone()), self.is_guarded);
        Box::pin(async move {
            let addresses = looking.await?;
            // One address that may not be reached gives the whole name away.
            if is_guarded && !addresses.iter().all(|address| is_public(*address)) {
                return Err(NotAdmitted::NotPublic { host }.into());
            }
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
