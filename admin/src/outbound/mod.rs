//! Requests to places that an administrator has named. Whoever may name one must not get through the server to what only
//! the server reaches: loopback, the link, the metadata of a cloud. The operator, who owns the environment, may allow one
//! such host at a time.
//!
//! Addresses are judged when a name is resolved, and the connection goes to what was judged: a name that answers something
//! else the next time (DNS rebinding) gains nothing. Redirects are not followed, and proxies of the environment not used.

mod address;
mod allowed;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url, redirect};

use address::is_internal;
pub use allowed::{AllowedHosts, InvalidHost};

/// Makes clients, and judges where they may go.
#[derive(Debug, Clone, Default)]
pub struct Outbound {
    allowed: Arc<AllowedHosts>,
}

/// A place that is not asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdmitted {
    /// Not a URL of the web, or one with a user, a query or a fragment.
    #[error("`{url}` is no plain address such as `https://bao.example:8200`")]
    NotPlain {
        /// What was given.
        url: String,
    },
    /// Secrets would travel in clear.
    #[error(
        "`{url}` must begin with https://, unless KEYSTILE__OUTBOUND__ALLOWED_HOSTS names `{host}`: secrets travel there"
    )]
    InClear {
        /// What was given.
        url: String,
        /// Host and port in it.
        host: String,
    },
    /// The host is allowed, but not there.
    #[error("KEYSTILE__OUTBOUND__ALLOWED_HOSTS names `{host}`, but not with the port {port}")]
    OtherPort {
        /// What was named.
        host: String,
        /// The port that was not.
        port: u16,
    },
    /// Only this machine, or its link, gets there.
    #[error(
        "`{host}` is {address}, which lies within the reach of this server alone: KEYSTILE__OUTBOUND__ALLOWED_HOSTS can \
         allow this very host"
    )]
    Internal {
        /// What was named.
        host: String,
        /// Where that is.
        address: IpAddr,
    },
}

impl Outbound {
    /// What may be called besides the rest of the world.
    pub fn allowing(allowed: AllowedHosts) -> Self {
        Self { allowed: Arc::new(allowed) }
    }

    /// A client for addresses that were admitted. A whole exchange takes no longer than `exchange`.
    pub fn client(&self, exchange: Duration) -> Result<Client, String> {
        Client::builder()
            .timeout(exchange)
            .redirect(redirect::Policy::none())
            // A proxy would resolve the name by itself.
            .no_proxy()
            .dns_resolver(Arc::new(Guard { allowed: Arc::clone(&self.allowed) }))
            .user_agent(concat!("keystile/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| error.without_url().to_string())
    }

    /// Reads an address. Returns `Ok` only if a request may go there, as far as can be said without resolving its name.
    pub fn admit(&self, text: &str) -> Result<Url, NotAdmitted> {
        let not_plain = || NotAdmitted::NotPlain { url: text.to_owned() };
        let url = Url::parse(text).map_err(|_| not_plain())?;
        let plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && matches!(url.scheme(), "https" | "http");
        let (true, Some(host), Some(port)) = (plain, url.host_str(), url.port_or_known_default()) else {
            return Err(not_plain());
        };
        let host = host.trim_matches(['[', ']']);
        if self.allowed.has(host, port) {
            return Ok(url);
        }
        if self.allowed.names(host) {
            return Err(NotAdmitted::OtherPort { host: host.to_owned(), port });
        }
        if url.scheme() == "http" {
            return Err(NotAdmitted::InClear { url: text.to_owned(), host: format!("{host}:{port}") });
        }
        match host.parse::<IpAddr>() {
            Ok(address) if is_internal(address) => {
                Err(NotAdmitted::Internal { host: host.to_owned(), address })
            }
            _ => Ok(url),
        }
    }
}

/// Resolves names for a client, and keeps what must not be reached to itself.
struct Guard {
    allowed: Arc<AllowedHosts>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            // The port of a name that was resolved is the URL's, which was admitted.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if allowed.names(name.as_str()) {
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            // One address that must not be reached gives the whole name away.
            match found.iter().map(SocketAddr::ip).find(|address| is_internal(*address)) {
                Some(address) => {
                    Err(NotAdmitted::Internal { host: name.as_str().to_owned(), address }.into())
                }
                None => Ok(Box::new(found.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbound(allowed: &str) -> Outbound {
        Outbound::allowing(allowed.parse().unwrap())
    }

    #[test]
    fn what_the_world_reaches_is_admitted_over_tls() {
        for url in [
            "https://bao.example",
            "https://bao.example:8200",
            "https://10.0.0.7:8200",
            "https://[2001:db8::1]/",
        ] {
            assert!(outbound("").admit(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_only_this_server_reaches_is_refused_in_every_spelling() {
        for url in [
            "https://127.0.0.1:8200",
            "https://127.1",
            "https://2130706433",
            "https://0x7f.0.0.1",
            "https://0.0.0.0",
            "https://[::1]:8200",
            "https://[::ffff:127.0.0.1]",
            "https://169.254.169.254/latest/meta-data",
            "https://[fe80::1]",
            "https://[fd00:ec2::254]",
            "https://100.100.100.200",
        ] {
            assert!(matches!(outbound("").admit(url), Err(NotAdmitted::Internal { .. })), "{url}");
        }
    }

    #[test]
    fn the_operator_allows_one_host_and_port_and_nothing_beside_it() {
        let outbound = outbound("127.0.0.1:8200, [::1]:8201");
        assert!(outbound.admit("http://127.0.0.1:8200").is_ok());
        assert!(outbound.admit("http://[::1]:8201").is_ok());
        for url in ["http://127.0.0.1:8201", "https://127.0.0.1", "https://127.0.0.2:8200"] {
            assert!(outbound.admit(url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_address_is_plain_and_encrypted() {
        for url in
            ["ftp://bao.example", "https://user@bao.example", "https://bao.example/?a=b", "bao.example", ""]
        {
            assert!(matches!(outbound("").admit(url), Err(NotAdmitted::NotPlain { .. })), "{url}");
        }
        assert!(matches!(outbound("").admit("http://bao.example"), Err(NotAdmitted::InClear { .. })));
    }

    #[test]
    fn a_name_that_is_allowed_is_not_allowed_on_another_port() {
        let outbound = outbound("localhost:8200");
        assert!(outbound.admit("http://localhost:8200").is_ok());
        assert!(matches!(outbound.admit("https://localhost:8201"), Err(NotAdmitted::OtherPort { .. })));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let resolve = async |allowed: &str| {
            let guard = Guard { allowed: Arc::new(allowed.parse().unwrap()) };
            guard.resolve("localhost".parse().unwrap()).await.map(Iterator::count)
        };
        let refused = resolve("").await.unwrap_err().to_string();
        assert!(refused.contains("`localhost` is "), "{refused}");
        assert!(resolve("localhost:8200").await.unwrap() > 0);
    }
}
