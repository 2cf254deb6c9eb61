use std::str::FromStr;

/// Hosts that the operator allows although only this server reaches them, each with its port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<(String, u16)>);

/// Not a host with its port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host with its port: write it like `127.0.0.1:8200`, several with commas")]
pub struct InvalidHost(String);

impl AllowedHosts {
    pub(super) fn has(&self, host: &str, port: u16) -> bool {
        self.0.iter().any(|(allowed, its)| allowed.eq_ignore_ascii_case(host) && *its == port)
    }

    pub(super) fn names(&self, host: &str) -> bool {
        self.0.iter().any(|(allowed, _)| allowed.eq_ignore_ascii_case(host))
    }
}

impl FromStr for AllowedHosts {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        let hosts = text.split(',').map(str::trim).filter(|host| !host.is_empty());
        let host = |text: &str| {
            let (host, port) = text.rsplit_once(':').ok_or_else(|| InvalidHost(text.to_owned()))?;
            let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            let port = port.parse().map_err(|_| InvalidHost(text.to_owned()))?;
            if host.is_empty() || host.contains(['/', '@']) {
                Err(InvalidHost(text.to_owned()))
            } else {
                Ok((host.to_owned(), port))
            }
        };
        hosts.map(host).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_named_with_their_ports() {
        let allowed: AllowedHosts = "bao.internal:8200,[::1]:1".parse().unwrap();
        assert!(allowed.has("BAO.internal", 8200) && allowed.has("::1", 1) && !allowed.has("::1", 2));
        for text in ["bao", "bao:", "bao:70000", ":80", "https://bao:8200", "a@b:1"] {
            assert!(text.parse::<AllowedHosts>().is_err(), "{text}");
        }
    }
}
