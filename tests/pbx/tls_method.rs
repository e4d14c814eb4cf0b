//! A TLS transport for which pjsip.conf names no `method`: Asterisk by itself then has nothing for today's phones, as the guides
//! say; with the companion it has, whether voxseal.conf has a `[tls]` section or not.

use openssl::ssl::SslVersion;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sip::Ua;

const TRANSPORT: &str = "
[bare]
type=transport
protocol=tls
bind=@IP@:@UDPPORT@
cert_file=@DIR@/etc/server.crt
priv_key_file=@DIR@/etc/server.key
";

/// The versions of TLS in which a phone gets a connection.
fn versions(config: PbxConfig, settings: &str) -> Vec<&'static str> {
    let config = config.with("pjsip.conf", TRANSPORT).with("voxseal.conf", settings);
    let pbx = Pbx::start(config).unwrap();
    let (ip, port, ca) = (pbx.config().ip(), pbx.config().ports.udp(), pbx.file("etc/ca.pem"));
    let all = [("1.2", SslVersion::TLS1_2), ("1.3", SslVersion::TLS1_3)];
    let served = |version| Ua::connect_with(ip, port, &ca, "sdes", None, Some(version)).is_ok();
    let versions = all.into_iter().filter(|(_, version)| served(*version)).map(|(name, _)| name).collect();
    pbx.stop().unwrap();
    versions
}

#[test]
fn without_a_method_phones_of_today_are_served_where_the_companion_is() {
    let config = || PbxConfig::new("no-method", Module::Ours).unwrap();
    assert_eq!(versions(config(), ""), [""; 0]);
    assert_eq!(versions(config().with_companion(), ""), ["1.2", "1.3"]);
    assert_eq!(versions(config().with_companion(), "[tls:bare]\nmax_version = 1.2\n"), ["1.2"]);
}
