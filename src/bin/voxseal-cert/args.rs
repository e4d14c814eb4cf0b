//! The verbs and their options.

use crate::authority::{Authority, load};
use crate::fault::Result;
use crate::keys::KeyType;
use crate::names::SubjectName;
use crate::owner::Owner;
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};

/// Makes, shows and checks the certificates that SIP over TLS needs.
///
/// First an authority, once; then a certificate for the PBX, and one for each phone that must have its own. All
/// phones and PBXs that are to trust them load ca.crt.
#[derive(Parser)]
#[command(name = "voxseal-cert", version)]
pub struct Cli {
    #[command(subcommand)]
    pub verb: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Make an authority: ca.crt and ca.key
    Ca(Ca),
    /// Make a certificate for a PBX or another server
    Server(Server),
    /// Make a certificate for a phone or another client
    Client(Leaf),
    /// Make the certificate of a file anew, with the same names
    Renew(Renew),
    /// Print subject, names, purposes, dates and fingerprint of the certificates in files
    Show(Show),
    /// Check that files can be used; one sentence for each fault, and status 1
    Check(Check),
}

/// Where results go, and what all of them have.
#[derive(Args)]
pub struct Target {
    /// The folder for the files
    #[arg(short, long, default_value = ".", value_name = "FOLDER")]
    pub dir: PathBuf,
    /// The organisation in the subject
    #[arg(short = 'O', long, value_name = "TEXT")]
    pub org: Option<String>,
    /// The kind of the new key
    #[arg(long, value_enum, default_value = "p256")]
    pub key_type: KeyType,
    /// Who owns the files, as names or numbers; the group may read the combined PEM
    #[arg(long, value_name = "USER[:GROUP]")]
    pub owner: Option<Owner>,
    /// Replace files that are already there
    #[arg(long)]
    pub force: bool,
}

#[derive(Args)]
pub struct Ca {
    #[command(flatten)]
    pub target: Target,
    /// The authority's name
    #[arg(short = 'C', long, value_name = "TEXT")]
    pub cn: Option<String>,
    /// How long it is valid
    #[arg(long, default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: u32,
}

/// Which authority signs.
#[derive(Args)]
pub struct By {
    /// The authority's certificate, and those above it [default: ca.crt in the folder]
    #[arg(short = 'c', long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The authority's key [default: beside its certificate]
    #[arg(short = 'k', long, value_name = "FILE")]
    pub ca_key: Option<PathBuf>,
}

impl By {
    pub fn load(&self, folder: &Path) -> Result<Authority> {
        let certificate = self.ca.clone().unwrap_or_else(|| folder.join("ca.crt"));
        let key = self.ca_key.clone().unwrap_or_else(|| certificate.with_extension("key"));
        load(&certificate, &key)
    }
}

#[derive(Args)]
pub struct Server {
    #[command(flatten)]
    pub leaf: Leaf,
    /// For a server that shows it also where it is the client, as PBXs on trunks do
    #[arg(long)]
    pub also_client: bool,
}

#[derive(Args)]
pub struct Leaf {
    #[command(flatten)]
    pub target: Target,
    #[command(flatten)]
    pub authority: By,
    /// A name it is for, DNS:pbx.example.com, IP:192.0.2.1 or URI:sip:alice@example.com; may be given several times
    #[arg(short = 'a', long, required = true, value_delimiter = ',', value_name = "NAME")]
    pub alt: Vec<SubjectName>,
    /// The common name in the subject [default: the first name]
    #[arg(short = 'C', long, value_name = "TEXT")]
    pub cn: Option<String>,
    /// Names of the files, without their ends .crt, .key and .pem [default: asterisk, or client]
    #[arg(short, long, value_name = "NAME")]
    pub output: Option<String>,
    /// How long it is valid, at most as long as the authority
    #[arg(long, default_value_t = 825, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: u32,
}

impl Leaf {
    pub fn common_name(&self) -> Option<String> {
        self.cn.clone().or_else(|| self.alt.first().map(SubjectName::bare))
    }
}

#[derive(Args)]
pub struct Renew {
    /// Its certificate; key and combined PEM are found beside it by their names
    pub file: PathBuf,
    #[command(flatten)]
    pub authority: By,
    /// How long it is valid [default: as long as before]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: Option<u32>,
    /// Make a new key of the same kind, instead of keeping the key
    #[arg(long)]
    pub new_key: bool,
}

#[derive(Args)]
pub struct Show {
    /// PEM files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

#[derive(Args)]
pub struct Check {
    /// PEM files with a certificate each; a key that is not in the file is looked for beside it
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The key, if it is elsewhere
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Authorities, of which one must have issued it
    #[arg(short = 'c', long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,
    /// A name that it must be for: a domain or an address
    #[arg(long, value_name = "NAME")]
    pub name: Vec<String>,
    /// What it must be for
    #[arg(long, value_enum)]
    pub role: Option<Role>,
    /// Who must own the file with the key
    #[arg(long, value_name = "USER[:GROUP]")]
    pub owner: Option<Owner>,
    /// Days for which it must still be valid
    #[arg(long, default_value_t = 0, value_name = "DAYS")]
    pub days_left: u32,
}

/// The side of a connection that shows the certificate.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    Server,
    Client,
}
