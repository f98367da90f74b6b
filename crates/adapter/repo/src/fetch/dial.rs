//! What Go says of a connection that did not come about. Go: net `OpError` and `DNSError`.

use std::net::ToSocketAddrs as _;

use url::{Host, Url};

/// Where the name servers of this machine are written.
const RESOLVER: &str = "/etc/resolv.conf";

/// Nobody knows the name.
pub(super) fn unknown_host(host: &str) -> String {
    let resolver = std::fs::read_to_string(RESOLVER).unwrap_or_default();
    let server = name_server(&resolver).map(|server| format!(" on {server}")).unwrap_or_default();
    format!("dial tcp: lookup {host}{server}: no such host")
}

/// The system refused to connect; Go names the address that it tried first.
pub(super) fn refused(url: Option<&Url>, number: i32) -> String {
    let words = std::io::Error::from_raw_os_error(number).to_string();
    let words = words.split(" (os error").next().unwrap_or_default().to_lowercase();
    let address = url.and_then(|url| match (url.host()?, url.port_or_known_default()?) {
        (Host::Ipv4(address), port) => Some(format!(" {address}:{port}")),
        (Host::Ipv6(address), port) => Some(format!(" [{address}]:{port}")),
        (Host::Domain(name), port) => Some(format!(" {}", (name, port).to_socket_addrs().ok()?.next()?)),
    });
    format!("dial tcp{}: connect: {words}", address.unwrap_or_default())
}

/// The first name server with its port.
fn name_server(resolver: &str) -> Option<String> {
    let mut servers = resolver.lines().filter_map(|line| line.strip_prefix("nameserver"));
    let server = servers.find_map(|rest| rest.split_whitespace().next())?;
    Some(if server.contains(':') { format!("[{server}]:53") } else { format!("{server}:53") })
}

#[cfg(test)]
mod tests {
    use super::name_server;

    #[test]
    fn the_first_name_server_is_named() {
        assert_eq!(
            name_server("# x\nsearch a.b\nnameserver 10.0.0.1\nnameserver ::1\n").as_deref(),
            Some("10.0.0.1:53")
        );
        assert_eq!(name_server("nameserver\tfd00::1\n").as_deref(), Some("[fd00::1]:53"));
        assert_eq!(name_server("options edns0\n"), None);
    }
}
