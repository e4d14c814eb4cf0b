//! Networks: an address, or all addresses that begin alike (RFC 4632, RFC 4291 §2.3).

use super::sentence::quote;
use super::values::number;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, `192.0.2.0/24`; of one address, `2001:db8::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads one; the fault is a sentence with the remedy in it.
    pub(super) fn read(text: &str) -> Result<Network, String> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address = read_address(address).ok_or_else(|| no_network(text))?;
        let prefix = match prefix {
            None => bits(address),
            Some(digits) => number(digits, 0..=bits(address)).map_err(|_| no_network(text))?,
        };
        if prefix == 0 {
            return Err(format!("{text} is everybody; set require_secure_signalling = no if that is meant"));
        }
        let network = Network { first: first_of(address, prefix), prefix };
        if network.first != address {
            return Err(format!("{text} has bits beyond its prefix; write {network}"));
        }
        Ok(network)
    }

    /// Whether an address is in it. An IPv4 address that is written as an IPv6 one
    /// is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        bits(address) == bits(self.first) && first_of(address, self.prefix) == self.first
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == bits(self.first) {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

/// An address as hosts write it: brackets and the name of an interface do not count.
pub fn read_address(text: &str) -> Option<IpAddr> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = inner.split('%').next().unwrap_or(inner);
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The first address of the network of this address.
fn first_of(address: IpAddr, prefix: u8) -> IpAddr {
    let host = u32::from(bits(address).saturating_sub(prefix));
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(host).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(host).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

fn no_network(text: &str) -> String {
    format!(
        "{} is neither an address nor a network such as 192.0.2.0/24; names are not looked up",
        quote(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        Network::read(network).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn a_network_has_the_addresses_that_begin_alike() {
        for (network, inside, outside) in [
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
            ("192.0.2.8/31", "192.0.2.9", "192.0.2.10"),
            ("128.0.0.0/1", "255.255.255.255", "127.255.255.255"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
            ("fe80::/10", "febf::1", "fec0::1"),
        ] {
            assert!(contains(network, inside), "{inside} in {network}");
            assert!(!contains(network, outside), "{outside} in {network}");
        }
    }

    #[test]
    fn ipv4_is_ipv4_however_it_is_written() {
        assert!(contains("192.0.2.0/24", "::ffff:192.0.2.1"));
        assert!(contains("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!contains("::/1", "192.0.2.1"), "an IPv6 network has no IPv4 address");
    }

    #[test]
    fn addresses_are_read_as_hosts_write_them() {
        let expected = "fe80::1".parse().ok();
        for text in ["fe80::1", "[fe80::1]", "fe80::1%eth0", "[fe80::1%eth0]"] {
            assert_eq!(read_address(text), expected, "{text}");
        }
        for text in ["", "[]", "pbx.example.org", "192.0.2.1:5060", "192.0.2", "[192.0.2.1"] {
            assert_eq!(read_address(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused_with_the_remedy() {
        for text in [
            "",
            "/24",
            "192.0.2.0/",
            "192.0.2.0/33",
            "192.0.2.0/-1",
            "192.0.2.0/+8",
            "::/129",
            "pbx",
            "192.0.2.0/24/24",
            "192.0.2.0/0024",
        ] {
            assert!(Network::read(text).unwrap_err().contains("neither an address nor a network"), "{text}");
        }
        let beyond = Network::read("192.0.2.1/24").unwrap_err();
        assert_eq!(beyond, "192.0.2.1/24 has bits beyond its prefix; write 192.0.2.0/24");
        assert!(Network::read("0.0.0.0/0").unwrap_err().contains("is everybody"));
    }

    #[test]
    fn a_network_reads_as_it_was_written() {
        for text in ["192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "::1"] {
            assert_eq!(Network::read(text).unwrap().to_string(), text);
        }
    }
}
