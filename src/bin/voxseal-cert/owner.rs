//! Owners of files, by name or number.

use crate::fault::{Fault, Result};
use nix::unistd::{Group, User};
use std::fmt;
use std::fs::{File, Metadata};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;
use std::str::FromStr;

/// A user and a group; what is not said stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub user: Option<u32>,
    pub group: Option<u32>,
}

impl FromStr for Owner {
    type Err = String;

    /// `USER`, `USER:GROUP` or `:GROUP`.
    fn from_str(text: &str) -> core::result::Result<Owner, String> {
        let (user, group) = text.split_once(':').unwrap_or((text, ""));
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let user = some(user).map(|name| user_number(&name)).transpose()?;
        let group = some(group).map(|name| group_number(&name)).transpose()?;
        Ok(Owner { user, group })
    }
}

fn user_number(name: &str) -> core::result::Result<u32, String> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let found = User::from_name(name).ok().flatten();
    found.map(|user| user.uid.as_raw()).ok_or_else(|| format!("this system has no user {name}"))
}

fn group_number(name: &str) -> core::result::Result<u32, String> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let found = Group::from_name(name).ok().flatten();
    found.map(|group| group.gid.as_raw()).ok_or_else(|| format!("this system has no group {name}"))
}

impl Owner {
    pub fn of(metadata: &Metadata) -> Owner {
        Owner { user: Some(metadata.uid()), group: Some(metadata.gid()) }
    }

    /// Whether a file with this owner is as it should be.
    pub fn is_met_by(self, found: Owner) -> bool {
        (self.user.is_none() || self.user == found.user)
            && (self.group.is_none() || self.group == found.group)
    }

    pub fn give(self, file: &File, path: &Path) -> Result<()> {
        fchown(file, self.user, self.group).map_err(|error| {
            Fault::of(format_args!(
                "{}: it cannot be given to {self} ({error}); run this as root, or leave --owner out",
                path.display()
            ))
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.user, self.group) {
            (Some(user), Some(group)) => write!(f, "user {user} of group {group}"),
            (Some(user), None) => write!(f, "user {user}"),
            (None, Some(group)) => write!(f, "group {group}"),
            (None, None) => f.write_str("anybody"),
        }
    }
}
