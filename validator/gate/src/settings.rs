//! What a gate is started with.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use hyper::Uri;
use hyper::http::uri::{Authority, Scheme};
use keystile_gateway::{Asserter, GatewayPolicy, Location};
use keystile_validator::RootKeys;

use crate::{convention::Convention, key_sets::UnreachablePlace, tls::TlsFiles};

/// Everything that a gate is told.
#[derive(Debug)]
pub struct Settings {
    /// Who may pass.
    pub policy: PolicySource,
    /// Where requests, or questions about them, come in.
    pub listen: SocketAddr,
    /// Where the gate tells about itself: health, readiness, metrics, key sets.
    pub status: SocketAddr,
    /// What it does with a request.
    pub job: Job,
    /// The folder in which the last good key sets are kept, if they are.
    pub keep: Option<PathBuf>,
    /// Whom it reports to, if to anybody.
    pub reports: Option<Reports>,
    /// The region's name in reports and status.
    pub region: String,
    /// How much it takes upon itself.
    pub bounds: Bounds,
    /// The certificate of the address for requests, if it speaks TLS.
    pub tls: Option<TlsFiles>,
    /// What signs assertions about requests, if the origin shares a key with the gate.
    pub asserter: Option<Asserter>,
}

/// Where the policy comes from.
#[derive(Debug)]
pub enum PolicySource {
    /// It is here, and stays as it is.
    Given(Box<GatewayPolicy>),
    /// It is signed, and followed.
    Signed(SignedSource),
}

/// A signed policy that is read again and again.
#[derive(Debug)]
pub struct SignedSource {
    /// Where it is read.
    pub at: Location,
    /// The keys that may sign it.
    pub roots: RootKeys,
    /// The issuer for whose gateways it must be.
    pub issuer: String,
    /// The version below which none is believed, also right after a start.
    pub floor: u64,
}

/// What a gate does with a request.
#[derive(Clone, Debug)]
pub enum Job {
    /// It answers the questions of another proxy, which this is.
    Answer(Convention),
    /// It hands what passes to an origin.
    Proxy(Origin),
}

/// Whom a gate tells which version it runs: a region like any other.
#[derive(Clone)]
pub struct Reports {
    /// The admin server: a URL without a slash at its end.
    pub admin: String,
    /// An API token of the role `edge`.
    pub token: String,
    /// Which provider is which of the server's issuers: the name, and the issuer's id.
    pub issuers: Vec<(String, String)>,
}

impl Reports {
    /// Reports to the admin server at `admin`. The token would travel in clear over plain HTTP, so that is for this
    /// machine alone.
    pub fn to(admin: &str, token: String, issuers: Vec<(String, String)>) -> Result<Self, SettingsError> {
        let wrong = || SettingsError::Admin(admin.to_owned());
        let url: Uri = admin.parse().map_err(|_| wrong())?;
        let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback());
        let is_safe =
            url.scheme() == Some(&Scheme::HTTPS) || (url.scheme() == Some(&Scheme::HTTP) && is_here);
        if !is_safe || url.query().is_some() {
            return Err(wrong());
        }
        Ok(Self { admin: admin.trim_end_matches('/').to_owned(), token, issuers })
    }
}

impl std::fmt::Debug for Reports {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reports")
            .field("admin", &self.admin)
            .field("issuers", &self.issuers)
            .finish_non_exhaustive()
    }
}

/// How much a gate takes upon itself.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Connections that are open at a time, upgraded ones included. More wait to be accepted.
    pub connections: u32,
    /// Those of one address, or of one network of IPv6. More are closed.
    pub connections_per_address: Option<u32>,
    /// Octets of a request's body on its way to the origin.
    pub body: u64,
    /// For so long it may be a client's turn: to finish a head, to send the next piece of a body, to take the next
    /// piece of an answer, or to ask again.
    pub silence: Duration,
}

impl Default for Bounds {
    /// 4,096 connections with a full head each take 512 MiB, which a small machine has. A body of 1 GiB is larger than
    /// what is uploaded through a gateway in one piece. Proxies in front hold connections open that they do not use,
    /// nginx for 60 s; whoever closes first must be the proxy, or it sends a request into nothing. They also come from one
    /// address all together.
    fn default() -> Self {
        let silence = Duration::from_secs(75);
        Self { connections: 4096, connections_per_address: None, body: 1 << 30, silence }
    }
}

/// Where requests go that pass.
#[derive(Clone, Debug)]
pub struct Origin {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// What comes before the path of a request, without a slash at its end.
    pub(crate) base: String,
    /// Whether the origin gets the `Host` that the client asked for; otherwise its own.
    pub(crate) keeps_host: bool,
}

impl Origin {
    /// Reads a URL without user, query and fragment.
    pub fn parse(url: &str, keeps_host: bool) -> Result<Self, SettingsError> {
        let wrong = || SettingsError::Origin(url.to_owned());
        let parts = url.parse::<Uri>().map_err(|_| wrong())?.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else { return Err(wrong()) };
        let path = parts.path_and_query.ok_or_else(wrong)?;
        let is_http = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
        if !is_http || authority.as_str().contains('@') || path.query().is_some() || url.contains('#') {
            return Err(wrong());
        }
        Ok(Self { scheme, authority, base: path.path().trim_end_matches('/').to_owned(), keeps_host })
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The origin is no address.
    #[error("the origin `{0}` must be an `http` or `https` URL without user, query and fragment")]
    Origin(String),
    /// The admin server is no address, or one that a token must not be sent to.
    #[error("the admin server `{0}` must be an `https` URL without query; `http` is for this machine alone")]
    Admin(String),
    /// The region has a name that the server does not take.
    #[error("the region `{0}` must have 1 to 64 letters, digits, `-`, `_`, `.` or `:`")]
    Region(String),
    /// The policy asks for what a proxy does not let its adviser do.
    #[error(
        "the policy takes the token of `{provider}` out of requests, and {proxy} cannot be told to; \
         say `\"token\": \"keep\"`, and take it out in the configuration of {proxy}"
    )]
    CannotStrip {
        /// Whose tokens.
        provider: String,
        /// Where.
        proxy: &'static str,
    },
    /// A provider to report about is none.
    #[error(
        "the policy has no provider `{0}` with a signed key set, which a report could be about; see `--report`"
    )]
    NothingToReport(String),
    /// A key set is read where a gate cannot.
    #[error(transparent)]
    Place(#[from] UnreachablePlace),
}

impl Settings {
    /// Whether the region can be reported.
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let is_name = |it: u8| it.is_ascii_alphanumeric() || b"-_.:".contains(&it);
        if !(1..=64).contains(&self.region.len()) || !self.region.bytes().all(is_name) {
            return Err(SettingsError::Region(self.region.clone()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_where_requests_can_go() {
        let origin = Origin::parse("https://origin.example:8443/app/", true).unwrap();
        assert_eq!((origin.authority.as_str(), origin.base.as_str()), ("origin.example:8443", "/app"));
        assert_eq!(Origin::parse("http://127.0.0.1:8080", true).unwrap().base, "");
        for wrong in [
            "",
            "origin.example",
            "/app",
            "ftp://a.example",
            "http://u:p@a.example",
            "http://a/?b",
            "http://a/#b",
        ] {
            assert!(Origin::parse(wrong, true).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_token_travels_in_clear_on_this_machine_alone() {
        let to = |admin: &str| Reports::to(admin, "secret".into(), Vec::new()).is_ok();
        assert!(to("https://keys.example.com/") && to("http://127.0.0.1:8420") && to("http://[::1]:8420"));
        for wrong in [
            "http://keys.example.com",
            "keys.example.com",
            "https://a/?b",
            "",
            "http://127.0.0.1.evil.example",
        ] {
            assert!(!to(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_token_for_reports_is_never_shown() {
        let reports = Reports { admin: "https://a".into(), token: "secret".into(), issuers: Vec::new() };
        assert!(!format!("{reports:?}").contains("secret"));
    }
}
