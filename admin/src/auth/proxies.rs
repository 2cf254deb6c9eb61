//! Whose word counts about where a request comes from: that of the proxies the operator trusts, and nobody else's.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The proxies in front of this server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    /// The header that every one of them writes. A proxy hands on the other one as the client sent it, so that reading
    /// both would believe clients.
    pub header: ForwardingHeader,
}

/// How proxies say for whom they ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ForwardingHeader {
    /// `X-Forwarded-For: client, proxy`
    #[default]
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy` (RFC 7239)
    Forwarded,
}

/// A text that names no addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an address nor a network: write them like `10.0.0.7, 10.1.0.0/16, fd00::/8`")]
pub struct NotANetwork(String);

impl TrustedProxies {
    /// Trusts these addresses and networks, separated by commas, to write this header.
    pub fn parse(list: &str, header: ForwardingHeader) -> Result<Self, NotANetwork> {
        let one = |text: &str| {
            let address = IpAddr::from_str(text).map(IpNet::from);
            address.or_else(|_| IpNet::from_str(text)).map_err(|_| NotANetwork(text.to_owned()))
        };
        let named = list.split(',').map(str::trim).filter(|text| !text.is_empty());
        Ok(Self { networks: named.map(one).collect::<Result<_, _>>()?, header })
    }

    /// The client of a request that `peer` sent, with the values of the header in their order.
    ///
    /// From the nearest hop backwards, each hop is believed as long as a trusted proxy names it: the first that is no
    /// proxy of ours is the client, and what it says about others counts for nothing.
    pub fn client<'a>(&self, peer: IpAddr, values: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops = values.rev().flat_map(|value| value.rsplit(','));
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            match self.header.address(hop.trim()) {
                Some(address) => client = address.to_canonical(),
                // `unknown`, an obfuscated name, or nonsense: nobody beyond it is known either.
                None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

impl ForwardingHeader {
    /// The name of the header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    fn address(self, hop: &str) -> Option<IpAddr> {
        let node = match self {
            Self::XForwardedFor => hop,
            Self::Forwarded => hop.split(';').find_map(|pair| {
                let (name, value) = pair.trim().split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
            })?,
        };
        let bare = node.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(node);
        // Some proxies name the port too.
        bare.parse().ok().or_else(|| node.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()))
    }
}

impl FromStr for ForwardingHeader {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::XForwardedFor, Self::Forwarded]
            .into_iter()
            .find(|header| header.name().eq_ignore_ascii_case(text))
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, header: ForwardingHeader, peer: &str, values: &[&str]) -> String {
        let proxies = TrustedProxies::parse(trusted, header).unwrap();
        proxies.client(peer.parse().unwrap(), values.iter().copied()).to_string()
    }

    #[test]
    fn a_header_is_believed_from_a_trusted_proxy_alone() {
        let x = ForwardingHeader::XForwardedFor;
        assert_eq!(client("", x, "192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(client("10.0.0.0/8", x, "192.0.2.9", &["198.51.100.1"]), "192.0.2.9");
        assert_eq!(client("10.0.0.0/8", x, "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", x, "::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client("10.0.0.0/8", x, "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_client_says_about_itself_is_not_believed() {
        let x = ForwardingHeader::XForwardedFor;
        let forged = ["203.0.113.66, 10.0.0.9, 198.51.100.1"];
        assert_eq!(client("10.0.0.0/8", x, "10.0.0.1", &forged), "198.51.100.1");
        // In two lines, and through two proxies of ours.
        assert_eq!(
            client("10.0.0.0/8", x, "10.0.0.1", &["203.0.113.66", "198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(client("10.0.0.0/8", x, "10.0.0.1", &["198.51.100.1, unknown"]), "10.0.0.1");
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        let forwarded = ForwardingHeader::Forwarded;
        let values = [r#"for=203.0.113.66, proto=https;FOR="[2001:db8::17]:4711";by=10.0.0.1"#];
        assert_eq!(client("10.0.0.1", forwarded, "10.0.0.1", &values), "2001:db8::17");
        assert_eq!(client("10.0.0.1", forwarded, "10.0.0.1", &["for=_hidden"]), "10.0.0.1");
    }

    #[test]
    fn a_text_that_names_no_network_is_refused() {
        let refused = TrustedProxies::parse("10.0.0.1, proxy.internal", ForwardingHeader::XForwardedFor);
        assert!(refused.unwrap_err().to_string().contains("`proxy.internal`"));
    }
}
