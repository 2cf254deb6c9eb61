//! Whom a passkey belongs to.

use std::net::IpAddr;

/// This server, as authenticators know it: by the name in its address, which the configuration says and no request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origin: String,
}

impl RelyingParty {
    /// That of the address at which people open the console.
    ///
    /// None where there can be none: browsers keep passkeys for names alone, never for an IP address, and over TLS alone,
    /// but for `localhost`. A loopback address stands for that.
    pub fn at(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (scheme, usual_port) = match scheme.to_ascii_lowercase().as_str() {
            "https" => ("https", 443),
            "http" => ("http", 80),
            _ => return None,
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        let (host, port) = host_and_port(authority)?;
        let id = match host.parse::<IpAddr>() {
            Ok(address) if address.to_canonical().is_loopback() => "localhost".to_owned(),
            Ok(_) => return None,
            Err(_) => name(host)?,
        };
        if scheme == "http" && id != "localhost" && !id.ends_with(".localhost") {
            return None;
        }
        let port = port.filter(|port| *port != usual_port).map(|port| format!(":{port}"));
        Some(Self { origin: format!("{scheme}://{id}{}", port.unwrap_or_default()), id })
    }

    /// The name, as in `rp.id`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the console must be open for its passkeys to be used.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':').or(Some(port).filter(|port| port.is_empty()))?)
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
    Some((host, port))
}

/// A name of the DNS in ASCII. What ends in a number is an IP address to browsers, however it is written.
fn name(host: &str) -> Option<String> {
    let name = host.to_ascii_lowercase();
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
    };
    let last = name.rsplit('.').next()?;
    let is_number = last.bytes().all(|it| it.is_ascii_digit()) || last.starts_with("0x");
    (name.len() <= 253 && name.split('.').all(is_label) && !is_number).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Option<(String, String)> {
        RelyingParty::at(url).map(|it| (it.id, it.origin))
    }

    fn is(id: &str, origin: &str) -> Option<(String, String)> {
        Some((id.to_owned(), origin.to_owned()))
    }

    #[test]
    fn it_is_named_by_the_address_of_the_console() {
        assert_eq!(at("https://keys.example"), is("keys.example", "https://keys.example"));
        assert_eq!(at("https://KEYS.example:443/console"), is("keys.example", "https://keys.example"));
        assert_eq!(at("HTTPS://keys.example:8420"), is("keys.example", "https://keys.example:8420"));
    }

    #[test]
    fn a_loopback_address_stands_for_localhost() {
        for url in
            ["http://127.0.0.1:8420", "http://[::1]:8420", "http://localhost:8420", "http://127.9.0.1:8420"]
        {
            assert_eq!(at(url), is("localhost", "http://localhost:8420"), "{url}");
        }
        assert_eq!(at("https://127.0.0.1"), is("localhost", "https://localhost"));
    }

    #[test]
    fn browsers_keep_no_passkey_for_an_ip_address_or_in_clear() {
        for url in [
            "https://192.0.2.7",
            "https://[2001:db8::1]",
            "http://0.0.0.0:8420",
            "https://192.0.2.0x7",
            "https://127.1",
            "http://keys.example",
            "https://",
            "https://keys..example",
            "https://keys.example.",
            "https://user@keys.example",
            "https://schlüssel.example",
            "https://keys.example:99999",
            "https://[::1",
            "ftp://keys.example",
            "keys.example",
        ] {
            assert_eq!(at(url), None, "{url}");
        }
    }
}
