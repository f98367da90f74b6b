//! Which addresses an upstream may have that nobody in charge has named.
//!
//! A server that was registered over the API, an address in a redirect, in OAuth metadata or in an OpenAPI document
//! is another's choice. It may not lead into the network that the gateway stands in. The check is made on the address
//! that is about to be connected to, so a name that resolves differently the second time gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where connections may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// To any address.
    Anywhere,
    /// To public addresses only.
    Public,
}

impl Reach {
    /// Says why an address may not be connected to.
    pub(crate) fn refusal(self, address: IpAddr) -> Option<&'static str> {
        match self {
            Self::Anywhere => None,
            Self::Public => kind(address),
        }
    }
}

/// Names the kind of an address that is not public.
fn kind(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

fn kind_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127, ..) => Some("loopback"),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Some("private"),
        (169, 254, _) => Some("link-local"),
        (100, 64..=127, _) => Some("shared by a carrier"),
        (0, ..) => Some("this host"),
        (192, 0, 0 | 2) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => Some("reserved"),
        (224..=239, ..) => Some("multicast"),
        (240..=255, ..) => Some("reserved"),
        _ => None,
    }
}

fn kind_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("this host"),
        // IPv4 in IPv6: mapped, compatible, NAT64 and 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] => embedded(high, low).or(Some("reserved").filter(|_| segments[5] == 0)),
        [0x64, 0xff9b, .., high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        [0xfc00..=0xfdff, ..] => Some("private"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xfec0..=0xfeff, ..] => Some("private"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x100, 0, 0, 0, ..] => Some("reserved"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_refused_in_every_spelling() {
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
        ] {
            let address: IpAddr = text.parse().unwrap();
            assert!(Reach::Public.refusal(address).is_some(), "{text}");
            assert!(Reach::Anywhere.refusal(address).is_none(), "{text}");
        }
        for text in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert_eq!(Reach::Public.refusal(text.parse().unwrap()), None, "{text}");
        }
    }
}
