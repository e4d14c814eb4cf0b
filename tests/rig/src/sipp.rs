//! SIPp: a tester with an SRTP of its own, which calls or is called over TLS and compares what comes back.
//!
//! It knows the AES-CM suites and the NULL ones, takes two lines of an offer, and sends and reads no RTCP. Of a stream
//! that begins below sequence number 32768, SIPp 3.8 finds every packet authentic and decrypts none to what it was, our
//! module and the stock one alike. So its comparison counts where [`Heard::was_readable`] only.

use crate::Result;
use crate::net::Ports;
use crate::pbx::Pbx;
use crate::places::{fresh_folder, pbx_dir};
use crate::wait::{PATIENCE, wait_for};
use crate::watch::Watch;
use std::fs::{self, File};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

/// A suite as SIPp's keywords and the wire know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SippSuite {
    keyword: &'static str,
    /// The registered name.
    pub name: &'static str,
}

const fn row(keyword: &'static str, name: &'static str) -> SippSuite {
    SippSuite { keyword, name }
}

/// The suites that encrypt.
pub const SUITES: [SippSuite; 6] = [
    row("aescm128sha180", "AES_CM_128_HMAC_SHA1_80"),
    row("aescm128sha132", "AES_CM_128_HMAC_SHA1_32"),
    row("aescm192sha180", "AES_192_CM_HMAC_SHA1_80"),
    row("aescm192sha132", "AES_192_CM_HMAC_SHA1_32"),
    row("aescm256sha180", "AES_256_CM_HMAC_SHA1_80"),
    row("aescm256sha132", "AES_256_CM_HMAC_SHA1_32"),
];

/// The suites that leave media readable; [RFC 4568] has no such suites, and none of them may be agreed.
///
/// [RFC 4568]: https://www.rfc-editor.org/rfc/rfc4568#section-6.2
pub const NULL_SUITES: [SippSuite; 2] =
    [row("nullsha180", "NULL_HMAC_SHA1_80"), row("nullsha132", "NULL_HMAC_SHA1_32")];

impl SippSuite {
    /// The suite with this name, one that encrypts.
    pub fn named(name: &str) -> Option<SippSuite> {
        SUITES.into_iter().find(|suite| suite.name == name)
    }
}

/// What a caller came to.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// Datagrams on the wire, both ways.
    pub datagrams: u64,
    /// Of these: with the pattern in clear.
    pub clear: u64,
    /// Packets that it found authentic.
    pub authentic: usize,
    /// Packets that were its pattern.
    pub equal: usize,
    /// The first sequence number that it received.
    pub first: Option<u16>,
}

impl Heard {
    /// Whether SIPp can decrypt a stream that begins like this one.
    pub fn was_readable(&self) -> bool {
        self.first.is_some_and(|sequence| (0x8000..0xff00).contains(&sequence))
    }

    /// Reads SIPp's log of each packet.
    fn read(log: &str, datagrams: u64, clear: u64) -> Heard {
        let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
        let header = log.lines().find(|line| line.contains("RECV LOG")).and_then(|line| line.split_once('['));
        let sequence = header.and_then(|(_, packet)| u16::from_str_radix(packet.get(4..8)?, 16).ok());
        Heard {
            datagrams,
            clear,
            authentic: count("processIncomingPacket() rc ==  0 "),
            equal: count("COMPARISON OK"),
            first: sequence,
        }
    }
}

/// What SIPp does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scenario {
    Caller,
    Refused,
    Callee,
}

/// A SIPp that is in one call, or about to be. It dies with this value; its folder is kept unless it succeeded.
pub struct Sipp {
    folder: PathBuf,
    ports: Ports,
    child: Child,
    wire: Option<Watch>,
}

/// The pattern it plays: this byte over and over.
const PATTERN: u8 = 3;
/// SIPp's exit code when everything went well, but its pattern never came back.
const PATTERN_NOT_HEARD: i32 = 253;
const PATTERN_BYTES: [u8; 8] = [0xcc; 8];

impl Sipp {
    /// Calls an extension and offers one line for each of these suites, of which there may be two.
    pub fn call(pbx: &Pbx, extension: &str, suites: &[SippSuite]) -> Result<Sipp> {
        Sipp::start(pbx, Scenario::Caller, extension, suites)
    }

    /// The same, and expects to be refused with 488.
    pub fn call_in_vain(pbx: &Pbx, extension: &str, suites: &[SippSuite]) -> Result<Sipp> {
        Sipp::start(pbx, Scenario::Refused, extension, suites)
    }

    /// Waits for the PBX's call, to answer it with the first line, which must be of this suite: SIPp 3.8 answers other
    /// lines with the tag that its keyword says, and what it sends then does not authenticate.
    pub fn callee(pbx: &Pbx, suite: SippSuite) -> Result<Sipp> {
        let sipp = Sipp::start(pbx, Scenario::Callee, "callee", &[suite])?;
        let listening = format!(":{:04X} 00000000:0000 0A ", sipp.ports.tls());
        wait_for("SIPp to listen", PATIENCE, || {
            Ok(fs::read_to_string("/proc/net/tcp")?.contains(&listening).then_some(()))
        })?;
        Ok(sipp)
    }

    /// Lets the PBX call it and put the call through to an extension.
    pub fn be_called(&self, pbx: &Pbx, extension: &str) -> Result<()> {
        let uri = format!("PJSIP/sdes/sip:callee@{}:{}\\;transport=tls", pbx.config().ip(), self.ports.tls());
        pbx.cli(&format!("channel originate {uri} extension {extension}@tests"))?;
        Ok(())
    }

    fn start(pbx: &Pbx, scenario: Scenario, service: &str, suites: &[SippSuite]) -> Result<Sipp> {
        let folder = fresh_folder("sipp")?;
        let ports = Ports::reserve()?;
        let text = match scenario {
            Scenario::Caller => include_str!("../conf/sipp/caller.xml"),
            Scenario::Refused => include_str!("../conf/sipp/refused.xml"),
            Scenario::Callee => include_str!("../conf/sipp/callee.xml"),
        };
        fs::write(folder.join("scenario.xml"), fill(text, suites))?;
        let wire = Watch::start(media_ports(ports), PATTERN_BYTES)?;
        let output = File::create(folder.join("output"))?;
        let mut command = Command::new(pbx_dir()?.join("bin/sipp"));
        command.args(arguments(pbx, ports, service, suites));
        if scenario != Scenario::Callee {
            command.arg(format!("{}:{}", pbx.config().ip(), pbx.config().ports.tls()));
        }
        command.current_dir(&folder).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        Ok(Sipp { child: command.spawn()?, folder, ports, wire: Some(wire) })
    }

    /// Waits until so many datagrams went to its media ports.
    pub fn wait_for_media(&mut self, datagrams: u64) -> Result<()> {
        let Sipp { wire, child, .. } = self;
        let seen = &wire.as_ref().ok_or("SIPp has ended")?.seen;
        let waited = wait_for("SIPp's media", PATIENCE, || {
            if let Some(status) = child.try_wait()? {
                return Err(format!("SIPp ended too early, with {status}").into());
            }
            Ok((seen.towards.load(Ordering::Relaxed) >= datagrams).then_some(()))
        });
        waited.map_err(|error| format!("{error}; {}", self.errors()).into())
    }

    /// Waits until it has ended, which must be with success: all messages as in its scenario, and its pattern heard
    /// if it could be.
    pub fn succeed(mut self) -> Result<Heard> {
        let child = &mut self.child;
        let status = wait_for("SIPp to end", PATIENCE, || Ok(child.try_wait()?))
            .map_err(|error| format!("{error}; {}", self.errors()))?;
        let seen = self.wire.take().ok_or("SIPp has ended")?.stop()?;
        let log = fs::read(self.folder.join("debugafile")).unwrap_or_default();
        let number = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let log = String::from_utf8_lossy(&log);
        let heard = Heard::read(&log, number(&seen.datagrams), number(&seen.clear));
        let noise =
            status.code() == Some(PATTERN_NOT_HEARD) && heard.first.is_some() && !heard.was_readable();
        if !status.success() && !noise {
            return Err(format!("SIPp failed, {status}, {heard:?}; {}", self.errors()).into());
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(heard)
    }

    fn errors(&self) -> String {
        let text = fs::read(self.folder.join("errors")).unwrap_or_default();
        format!("SIPp says: {}", String::from_utf8_lossy(&text).trim())
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(wire) = self.wire.take() {
            let _ = wire.stop();
        }
        if self.folder.exists() {
            eprintln!("SIPp: folder kept: {}", self.folder.display());
        }
    }
}

fn media_ports(ports: Ports) -> RangeInclusive<u16> {
    ports.rtp_start()..=ports.rtp_end()
}

/// The scenario with a crypto line for each suite, in SIPp's keywords: it makes the keys.
fn fill(text: &str, suites: &[SippSuite]) -> String {
    let lines = suites.iter().zip(1..).map(|(SippSuite { keyword, .. }, nth)| {
        format!(
            "a=crypto:[cryptotag{nth}audio] [cryptosuite{keyword}{nth}audio] inline:[cryptokeyparams{nth}audio]"
        )
    });
    let crypto = lines.collect::<Vec<_>>().join("\n      ");
    let text = if suites.is_empty() { text.replace("      @CRYPTO@\n", "") } else { text.into() };
    text.replace("@CRYPTO@", &crypto).replace("@PATTERN@", &PATTERN.to_string())
}

fn arguments(pbx: &Pbx, ports: Ports, service: &str, suites: &[SippSuite]) -> Vec<String> {
    let (ip, etc) = (pbx.config().ip(), pbx.file("etc"));
    let (endpoint, profile) = if suites.is_empty() { ("plain", "RTP/AVP") } else { ("sdes", "RTP/SAVP") };
    let file = |name: &str| etc.join(name).display().to_string();
    let text = format!(
        "-sf scenario.xml -nostdin -m 1 -t l1 -i {ip} -mi {ip} -ci {ip} -p {} -cp {} \
         -min_rtp_port {} -max_rtp_port {} -s {service} -key endpoint {endpoint} -key profile {profile} \
         -rtpcheck_debug -trace_err -error_file errors -trace_msg -message_file messages \
         -timeout 120 -timeout_error",
        ports.tls(),
        ports.tls() + 1,
        ports.rtp_start(),
        ports.rtp_end(),
    );
    let mut arguments: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    for (option, name) in [("-tls_ca", "ca.pem"), ("-tls_cert", "server.pem"), ("-tls_key", "server.key")] {
        arguments.extend([option.to_owned(), file(name)]);
    }
    arguments
}
