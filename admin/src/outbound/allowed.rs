use std::collections::BTreeSet;
use std::str::FromStr;

use reqwest::Url;

/// The hosts that the operator lets the server call wherever they are: by name or address, at one port or at every one.
/// They stand in the environment, so that whoever names a target over the API cannot change them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(BTreeSet<(String, Option<u16>)>);

/// Not a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no host: write `bao.internal:8200`, or `bao.internal` for every port, several with commas; networks and \
     patterns cannot be allowed"
)]
pub struct InvalidHost(String);

impl AllowedHosts {
    /// Whether this very host is among them, at this port. `host` is as a URL has it.
    pub(super) fn has(&self, host: &str, port: u16) -> bool {
        let host = bare(host);
        self.0.contains(&(host.clone(), None)) || self.0.contains(&(host, Some(port)))
    }

    /// The same, and the host of an address that the operator has named, if it begins with `https://`: over TLS, it is
    /// called wherever it is.
    #[must_use]
    pub fn with_host_of(mut self, address: &str) -> Self {
        let url = Url::parse(address).ok().filter(|url| url.scheme() == "https");
        let host = url.as_ref().and_then(|url| Some((bare(url.host_str()?), url.port_or_known_default())));
        self.0.extend(host);
        self
    }
}

impl FromStr for AllowedHosts {
    type Err = InvalidHost;

    /// Reads hosts with commas or white space between them.
    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let host = |word| read(word).ok_or_else(|| InvalidHost(word.to_owned()));
        words.map(host).collect::<Result<_, _>>().map(Self)
    }
}

/// A host as URLs have it, so that `127.1` and `127.0.0.1` are one, and `Bücher.example` and its ASCII form.
fn read(word: &str) -> Option<(String, Option<u16>)> {
    // The last colon is before a port, unless it is one of a bare IPv6 address.
    let (host, port) = match word.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (word, None),
    };
    let is_bare_v6 = host.contains(':') && !host.starts_with('[');
    let host = if is_bare_v6 { format!("[{host}]") } else { host.to_owned() };
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let is_host_alone = !host.contains(['/', '\\', '?', '#', '@', '*']) && url.port().is_none();
    is_host_alone.then(|| url.host_str().map(bare))?.map(|host| (host, port))
}

fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_allowed_by_its_very_name_at_its_port_or_at_every_one() {
        let allowed: AllowedHosts = "Bao.internal:8200, hooks.internal\n[::1]:1 ::2,127.1".parse().unwrap();
        for (host, port) in [
            ("bao.internal", 8200),
            ("BAO.internal.", 8200),
            ("hooks.internal", 1),
            ("[::1]", 1),
            ("[::2]", 443),
            ("127.0.0.1", 7),
        ] {
            assert!(allowed.has(host, port), "{host}:{port}");
        }
        for (host, port) in [
            ("bao.internal", 443),
            ("x.bao.internal", 8200),
            ("internal", 8200),
            ("hooks.internal.example", 1),
            ("[::1]", 2),
            ("127.0.0.2", 7),
        ] {
            assert!(!allowed.has(host, port), "{host}:{port}");
        }
        assert!(!AllowedHosts::default().has("", 443));
    }

    #[test]
    fn the_host_of_an_address_is_allowed_at_its_port_and_over_tls_alone() {
        let allowed = AllowedHosts::default().with_host_of("https://Login.internal/realms/main");
        assert!(allowed.has("login.internal", 443));
        assert!(!allowed.has("login.internal", 80) && !allowed.has("internal", 443));
        for address in ["http://login.internal", "login.internal", "", "https://"] {
            assert_eq!(AllowedHosts::default().with_host_of(address), AllowedHosts::default(), "{address}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "bao:",
            "bao:70000",
            ":80",
            "https://bao:8200",
            "a@b:1",
            "10.0.0.0/8",
            "*",
            "*.internal",
            "a,b:x",
            "[::1",
            "fe80::1%eth0",
        ] {
            assert!(text.parse::<AllowedHosts>().is_err(), "{text}");
        }
    }
}
