//! What a PBX finds in its folder: configuration, modules, certificates and documentation.

use super::{Module, PbxConfig};
use crate::places::{our_companion, our_module, repository};
use crate::{Result, certs};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

const TEMPLATES: &[(&str, &str)] = &[
    ("acl.conf", include_str!("../../conf/acl.conf")),
    ("asterisk.conf", include_str!("../../conf/asterisk.conf")),
    ("ccss.conf", include_str!("../../conf/ccss.conf")),
    ("cdr.conf", include_str!("../../conf/cdr.conf")),
    ("cel.conf", include_str!("../../conf/cel.conf")),
    ("extensions.conf", include_str!("../../conf/extensions.conf")),
    ("features.conf", include_str!("../../conf/features.conf")),
    ("indications.conf", include_str!("../../conf/indications.conf")),
    ("logger.conf", include_str!("../../conf/logger.conf")),
    ("manager.conf", include_str!("../../conf/manager.conf")),
    ("modules.conf", include_str!("../../conf/modules.conf")),
    ("pjproject.conf", include_str!("../../conf/pjproject.conf")),
    ("pjsip.conf", include_str!("../../conf/pjsip.conf")),
    ("rtp.conf", include_str!("../../conf/rtp.conf")),
    ("udptl.conf", include_str!("../../conf/udptl.conf")),
];

/// Puts all of it there.
pub(super) fn furnish(folder: &Path, config: &PbxConfig, tree: &Path) -> Result<()> {
    for name in ["etc", "modules", "lib", "data", "spool", "run", "log", "cache"] {
        fs::create_dir_all(folder.join(name))?;
    }
    link_documentation(tree, &folder.join("data/documentation"))?;
    link_modules(tree, &folder.join("modules"), config.module)?;
    if config.companion {
        symlink(our_companion()?, folder.join("modules/res_pjsip_voxseal.so"))?;
    }
    certs::write_to(&folder.join("etc"), config.ip())?;
    for (name, text) in TEMPLATES {
        fs::write(folder.join("etc").join(name), fill(text, config, folder, tree))?;
    }
    for (name, text) in &config.additions {
        let file = folder.join("etc").join(name);
        let before = fs::read_to_string(&file).unwrap_or_default();
        fs::write(file, before + &fill(text, config, folder, tree))?;
    }
    Ok(())
}

fn link_modules(tree: &Path, folder: &Path, module: Module) -> Result<()> {
    let stock = tree.join("modules").canonicalize()?;
    for entry in fs::read_dir(&stock)? {
        let entry = entry?;
        if entry.file_name() != "res_srtp.so" {
            symlink(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    let (ours, stock) = (folder.join("res_srtp.so"), stock.join("res_srtp.so"));
    match module {
        Module::Stock => symlink(stock, ours)?,
        Module::Ours => symlink(our_module()?, ours)?,
        Module::NoneLoaded => {
            symlink(our_module()?, ours)?;
            symlink(stock, folder.join("res_stock_srtp.so"))?;
        }
    }
    Ok(())
}

/// The PBX's own documentation, and that of our module where it belongs.
fn link_documentation(tree: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("thirdparty"))?;
    for entry in fs::read_dir(tree.join("data/documentation").canonicalize()?)? {
        let entry = entry?;
        if entry.file_name() != "thirdparty" {
            symlink(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    for entry in fs::read_dir(repository().join("c_shim/documentation"))? {
        let entry = entry?;
        symlink(entry.path(), folder.join("thirdparty").join(entry.file_name()))?;
    }
    Ok(())
}

fn fill(text: &str, config: &PbxConfig, folder: &Path, tree: &Path) -> String {
    let load = match (config.module, config.companion) {
        (Module::NoneLoaded, _) => "",
        (_, false) => "load=res_srtp.so",
        (_, true) => "load=res_srtp.so\nload=res_pjsip_voxseal.so",
    };
    text.replace("@DIR@", &folder.display().to_string())
        .replace("@PBX@", &tree.display().to_string())
        .replace("@IP@", config.ip())
        .replace("@TLSPORT@", &config.ports.tls().to_string())
        .replace("@UDPPORT@", &config.ports.udp().to_string())
        .replace("@HTTPPORT@", &config.ports.http().to_string())
        .replace("@HTTPSPORT@", &config.ports.https().to_string())
        .replace("@MANAGERPORT@", &config.ports.manager().to_string())
        .replace("@FARPORT@", &config.far.unwrap_or(config.ports).tls().to_string())
        .replace("@RTPSTART@", &config.ports.rtp_start().to_string())
        .replace("@RTPEND@", &config.ports.rtp_end().to_string())
        .replace("@TONE@", &config.tone.to_string())
        .replace("@SRTP@", load)
}
