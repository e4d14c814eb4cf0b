//! What kind of PBX is wanted.

use crate::Result;
use crate::net::{Net, Ports};
use crate::places::companion_is_out_of_reach;

/// Which SRTP module a PBX has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Module {
    /// `target/asterisk/res_srtp.so`, loaded at start.
    Ours,
    /// The one that comes with the PBX, loaded at start.
    Stock,
    /// Ours lies in the module folder as `res_srtp.so` and the stock one as `res_stock_srtp.so`; none is loaded.
    NoneLoaded,
}

const UDP: &str = "
[udp]
type=transport
protocol=udp
bind=@IP@:@UDPPORT@
";

const OPEN: &str = "
[open](!)
type=endpoint
context=tests
disallow=all
allow=ulaw
direct_media=no
rtp_symmetric=yes
rewrite_contact=no
aors=sdes
";

const OPTIONAL: &str = "
[optional](leg)
media_encryption=sdes
media_encryption_optimistic=yes
aors=sdes
";

/// What kind of PBX is wanted.
#[derive(Debug, Clone)]
pub struct PbxConfig {
    /// Name in messages and of the folder.
    pub name: String,
    /// SRTP module.
    pub module: Module,
    /// Own ports.
    pub ports: Ports,
    /// Ports of the other PBX, for calls to the endpoints `far` (SDES) and `fardtls` (DTLS-SRTP).
    pub far: Option<Ports>,
    /// Frequency of the tone that extension `talk` plays, in Hz.
    pub tone: u32,
    /// The network to live in; loopback if `None`.
    pub net: Option<Net>,
    /// Whether our module for settings per endpoint and device, `res_pjsip_voxseal.so`, is loaded after `res_srtp.so`.
    pub companion: bool,
    /// Text at the end of files in `etc`, such as `voxseal.conf`; a file that is not there yet is made. `@DIR@`, `@IP@`
    /// and so on are filled in.
    pub additions: Vec<(&'static str, String)>,
    /// Environment variables of its process, whose values are files in `etc`.
    pub environment: Vec<(&'static str, &'static str)>,
}

impl PbxConfig {
    /// A PBX on loopback with fresh ports.
    pub fn new(name: &str, module: Module) -> Result<PbxConfig> {
        Ok(PbxConfig {
            name: name.into(),
            module,
            ports: Ports::reserve()?,
            far: None,
            tone: 1000,
            net: None,
            companion: false,
            additions: Vec::new(),
            environment: Vec::new(),
        })
    }

    /// The same with this text at the end of a file in `etc`.
    pub fn with(mut self, file: &'static str, text: &str) -> PbxConfig {
        self.additions.push((file, text.into()));
        self
    }

    /// The same with a transport for UDP, which is called `udp`.
    pub fn with_udp(self) -> PbxConfig {
        self.with("pjsip.conf", UDP)
    }

    /// The same with that, and a template `open` for endpoints over any transport, of which the host demands nothing.
    pub fn with_open_endpoints(self) -> PbxConfig {
        self.with_udp().with("pjsip.conf", OPEN)
    }

    /// The same with an endpoint `optional`, whose calls are encrypted if the other side can.
    pub fn with_optional_endpoint(self) -> PbxConfig {
        self.with("pjsip.conf", OPTIONAL)
    }

    /// The same with a manager interface at its own port, where `test` with the password `test` has these rights.
    pub fn with_manager(self, rights: &str) -> PbxConfig {
        let text = "enabled=yes\nbindaddr=@IP@\nport=@MANAGERPORT@\n[test]\nsecret=test\n";
        self.with("manager.conf", &format!("{text}{rights}\n"))
    }

    /// The same with an OpenSSL of this configuration.
    pub fn with_openssl_configuration(mut self, text: &str) -> PbxConfig {
        self.environment.push(("OPENSSL_CONF", "openssl.cnf"));
        self.with("openssl.cnf", text)
    }

    /// The same with names that lead to loopback, whatever a name server says.
    pub fn with_hosts(self, names: &[&str]) -> PbxConfig {
        self.with("modules.conf", "load=res_resolver_unbound.so\n")
            .with("resolver_unbound.conf", "[general]\nhosts=@DIR@/etc/hosts\nresolv=@DIR@/etc/hosts\n")
            .with("hosts", &format!("127.0.0.1 {}\n", names.join(" ")))
    }

    /// The same with `res_pjsip_voxseal.so`.
    pub fn with_companion(mut self) -> PbxConfig {
        self.companion = true;
        self
    }

    /// The same where that can be had.
    pub fn with_companion_in_reach(mut self) -> Result<PbxConfig> {
        self.companion = !companion_is_out_of_reach()?;
        Ok(self)
    }

    /// Our two modules, these endpoints, which may be `open` ones, and these extensions, which may use `CUT()`.
    pub fn site(name: &str, endpoints: &str, extensions: &str) -> Result<PbxConfig> {
        let config = PbxConfig::new(name, Module::Ours)?.with_companion().with_open_endpoints();
        let config = config.with("pjsip.conf", endpoints).with("extensions.conf", extensions);
        Ok(config.with("modules.conf", "load=func_cut.so\n"))
    }

    /// The address it listens on.
    pub fn ip(&self) -> &'static str {
        if self.net.is_some() { Net::IP } else { "127.0.0.1" }
    }
}
