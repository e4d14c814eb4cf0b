//! A SIP phone that is not ours: baresip, with its own SRTP code.

use crate::Result;
use crate::net::{Net, Ports};
use crate::pbx::Pbx;
use crate::places::{fresh_folder, pbx_dir};
use crate::wait::{PATIENCE, wait_for};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

/// A baresip in a call. It plays 1000 Hz and records what it hears.
pub struct Baresip {
    folder: PathBuf,
    child: Child,
}

/// What a phone is told by its owner.
pub struct Account<'a> {
    /// Its user at the PBX, which names the endpoint.
    pub user: &'a str,
    /// Its password there, where there is one.
    pub password: Option<&'a str>,
    /// The port of the PBX for SIP over TLS.
    pub port: u16,
    /// For how long it registers; 0 if not at all.
    pub registered_seconds: u32,
    /// The authority that must have issued the PBX's certificate for the PBX's address; nobody is asked without one.
    pub authority: Option<&'a Path>,
}

impl Account<'_> {
    /// One that the PBX lets in by its name alone, and that does not register.
    fn named<'a>(user: &'a str, pbx: &Pbx) -> Account<'a> {
        let port = pbx.config().ports.tls();
        Account { user, password: None, port, registered_seconds: 0, authority: None }
    }
}

impl Baresip {
    /// The tone it plays, in Hz.
    pub const TONE: u32 = 1000;

    /// Calls an extension of a PBX that lives in the same network, over TLS, and insists on SRTP by SDES.
    pub fn call(net: &Net, pbx: &Pbx, extension: &str) -> Result<Baresip> {
        Baresip::with(net, pbx, extension, &Account::named("sdes", pbx))
    }

    /// The same, as the endpoint of this name, where it is registered meanwhile: it can be called afterwards.
    pub fn register_and_call(net: &Net, pbx: &Pbx, endpoint: &str, extension: &str) -> Result<Baresip> {
        let account = Account { registered_seconds: 60, ..Account::named(endpoint, pbx) };
        Baresip::with(net, pbx, extension, &account)
    }

    /// The same with this account.
    pub fn with(net: &Net, pbx: &Pbx, extension: &str, account: &Account) -> Result<Baresip> {
        let folder = fresh_folder("baresip")?;
        let tree = pbx_dir()?;
        fs::create_dir(folder.join("rec"))?;
        fs::copy(pbx.file("etc/both.pem"), folder.join("both.pem"))?;
        let authority = account.authority.map_or_else(|| pbx.file("etc/ca.pem"), Path::to_owned);
        fs::copy(authority, folder.join("ca.pem"))?;
        let password = account.password.map(|word| format!(";auth_pass={word}")).unwrap_or_default();
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
                .replace("@USER@", account.user)
                .replace("@PASSWORD@", &password)
                .replace("@VERIFY@", if account.authority.is_some() { "yes" } else { "no" })
                .replace("@REGINT@", &account.registered_seconds.to_string())
                .replace("@IP@", Net::IP)
                .replace("@IFACE@", Net::INTERFACE)
                .replace("@SIPPORT@", &ports.tls().to_string())
                .replace("@PBXPORT@", &account.port.to_string())
                .replace("@RTPSTART@", &ports.rtp_start().to_string())
                .replace("@RTPEND@", &ports.rtp_end().to_string());
            fs::write(folder.join(name), text)?;
        }
        let uri = format!("sip:{extension}@{}:{};transport=tls", Net::IP, account.port);
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
        wait_for("baresip to record what it hears", PATIENCE, || {
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
