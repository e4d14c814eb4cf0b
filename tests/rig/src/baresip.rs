//! A SIP phone that is not ours: baresip, with its own SRTP code.

use crate::net::{Net, Ports};
use crate::pbx::Pbx;
use crate::places::{fresh_folder, pbx_dir};
use crate::{Result, wait::wait_for};
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

/// A baresip in a call. It plays 1000 Hz and records what it hears.
pub struct Baresip {
    folder: PathBuf,
    child: Child,
}

impl Baresip {
    /// The tone it plays, in Hz.
    pub const TONE: u32 = 1000;

    /// Calls an extension of a PBX that lives in the same network, over TLS, and insists on SRTP by SDES.
    pub fn call(net: &Net, pbx: &Pbx, extension: &str) -> Result<Baresip> {
        Baresip::start(net, pbx, extension, "sdes", 0)
    }

    /// The same, as the endpoint of this name, where it is registered meanwhile: it can be called afterwards.
    pub fn register_and_call(net: &Net, pbx: &Pbx, endpoint: &str, extension: &str) -> Result<Baresip> {
        Baresip::start(net, pbx, extension, endpoint, 60)
    }

    fn start(
        net: &Net,
        pbx: &Pbx,
        extension: &str,
        endpoint: &str,
        registered_seconds: u32,
    ) -> Result<Baresip> {
        let folder = fresh_folder("baresip")?;
        let tree = pbx_dir()?;
        fs::create_dir(folder.join("rec"))?;
        for name in ["both.pem", "ca.pem"] {
            fs::copy(pbx.file("etc").join(name), folder.join(name))?;
        }
        let ports = Ports::reserve()?;
        let templates = [
            ("config", include_str!("../conf/baresip/config")),
            ("accounts", include_str!("../conf/baresip/accounts")),
            ("contacts", ""),
        ];
        for (name, text) in templates {
            let text = text
                .replace("@DIR@", &folder.display().to_string())
                .replace("@BARESIP@", &tree.join("baresip").display().to_string())
                .replace("@USER@", endpoint)
                .replace("@REGINT@", &registered_seconds.to_string())
                .replace("@IP@", Net::IP)
                .replace("@IFACE@", Net::INTERFACE)
                .replace("@SIPPORT@", &ports.tls().to_string())
                .replace("@PBXPORT@", &pbx.config().ports.tls().to_string())
                .replace("@RTPSTART@", &ports.rtp_start().to_string())
                .replace("@RTPEND@", &ports.rtp_end().to_string());
            fs::write(folder.join(name), text)?;
        }
        let uri = format!("sip:{extension}@{}:{};transport=tls", Net::IP, pbx.config().ports.tls());
        let output = File::create(folder.join("output"))?;
        let mut command = net.command(&tree.join("bin/baresip"));
        command.args(["-4", "-f"]).arg(&folder).args(["-e", &format!("/dial {uri}")]);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).current_dir(&folder);
        Ok(Baresip { child: command.spawn()?, folder })
    }

    /// What it printed.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.folder.join("output")).unwrap_or_default()).into_owned()
    }

    /// Waits until it has recorded so much, and gives the file.
    pub fn wait_for_recording(&self, seconds: u32) -> Result<PathBuf> {
        let wanted = u64::from(seconds) * 16_000;
        wait_for("baresip to record what it hears", Duration::from_secs(20), || {
            for entry in fs::read_dir(self.folder.join("rec"))? {
                let entry = entry?;
                let received = entry.file_name().to_string_lossy().ends_with("dec.wav");
                if received && entry.metadata()?.len() > wanted {
                    return Ok(Some(entry.path()));
                }
            }
            Ok(None)
        })
        .map_err(|error| format!("{error}; it printed: {}", self.output()).into())
    }

    /// Ends the phone and removes its folder.
    pub fn stop(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(fs::remove_dir_all(&self.folder)?)
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if self.folder.exists() {
            eprintln!("baresip: folder kept: {}", self.folder.display());
        }
    }
}
