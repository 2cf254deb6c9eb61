//! The host that a request is for.

use serde::Deserialize;

/// A host name or address without port, in lower case and without the dot of the root at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Host(String);

impl Host {
    /// Reads what a `Host` header or the authority of a URL says. `None` if it is no host, user and password included.
    pub(crate) fn parse(authority: &str) -> Option<Self> {
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let end = rest.find(']')? + 2;
                authority.split_at_checked(end)?
            }
            None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
        };
        let is_port = port.strip_prefix(':').is_none_or(|port| port.bytes().all(|it| it.is_ascii_digit()));
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_host = if host.starts_with('[') { is_address(host) } else { is_name(host) };
        let is_whole = port.is_empty() || port.starts_with(':');
        (is_whole && is_port && is_host).then(|| Self(host.to_ascii_lowercase()))
    }
}

/// A pattern for hosts: `api.example.com`, or `*.example.com` for everything below that name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum HostPattern {
    /// This host.
    Exactly(String),
    /// Every host below this one, at any depth, but not itself.
    Below(String),
}

/// A host pattern that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a host is a name such as `api.example.com`, without port, or `*.example.com` for all below it")]
pub(crate) struct HostPatternError;

impl HostPattern {
    pub(crate) fn matches(&self, host: &Host) -> bool {
        match self {
            Self::Exactly(name) => host.0 == *name,
            Self::Below(name) => host
                .0
                .strip_suffix(name.as_str())
                .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = HostPatternError;

    fn try_from(pattern: String) -> Result<Self, Self::Error> {
        let (name, is_below) = match pattern.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (pattern.as_str(), false),
        };
        let Host(host) = Host::parse(name).ok_or(HostPatternError)?;
        // What parsing takes off, a port for one, would never be compared.
        if !host.eq_ignore_ascii_case(name) {
            return Err(HostPatternError);
        }
        Ok(if is_below { Self::Below(host) } else { Self::Exactly(host) })
    }
}

fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_address(host: &str) -> bool {
    host.bytes().all(|it| it.is_ascii_hexdigit() || matches!(it, b'[' | b']' | b':' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, authority: &str) -> bool {
        let pattern = HostPattern::try_from(pattern.to_owned()).unwrap();
        Host::parse(authority).is_some_and(|host| pattern.matches(&host))
    }

    #[test]
    fn a_host_is_compared_without_case_port_and_the_dot_of_the_root() {
        for same in ["api.example.com", "API.Example.COM", "api.example.com:8443", "api.example.com."] {
            assert!(matches("api.example.com", same), "{same}");
        }
        assert!(!matches("api.example.com", "api.example.com.evil.example"));
        assert!(matches("[::1]", "[::1]:8787"));
    }

    #[test]
    fn a_star_is_everything_below_a_name_and_not_the_name() {
        assert!(matches("*.example.com", "a.example.com") && matches("*.example.com", "a.b.example.com"));
        assert!(!matches("*.example.com", "example.com") && !matches("*.example.com", "evilexample.com"));
    }

    #[test]
    fn what_is_no_host_matches_nothing() {
        for wrong in
            ["", ".", "a..b", "user@api.example.com", "a b", "api.example.com:x", "[::1", "a/b", "a%2eb"]
        {
            assert_eq!(Host::parse(wrong), None, "{wrong}");
        }
        for wrong in ["", "*", "*.", "a.*.b", "https://a.b", "a.b:80", "a.b."] {
            assert!(HostPattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
