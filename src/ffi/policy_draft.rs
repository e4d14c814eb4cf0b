//! Policies as they are put together, and as they are taken from a negotiation.

use super::policy::{VOXSEAL_UNENCRYPTED_SRTCP, VOXSEAL_UNENCRYPTED_SRTP};
use super::{lock, voxseal_policy};
use crate::crypto::DerivationRate;
use crate::error::Error;
use crate::sdes::{KeyParam, Mki, Selection};
use crate::secret::MasterKey;
use crate::srtp::{Direction, Encryption, Lifetime, Policy, PolicyKey, SsrcRule};
use crate::suite::{CryptoSuite, MAX_KEY_SALT_LEN, MAX_SRTCP_LIFETIME, MAX_SRTP_LIFETIME};
use zeroize::Zeroizing;

/// A policy as far as the caller has told it.
#[derive(Default)]
pub(super) struct Draft {
    pub suite: Option<CryptoSuite>,
    pub keys: Vec<DraftKey>,
    pub rule: Option<(Direction, SsrcRule)>,
}

pub(super) struct DraftKey {
    pub key_and_salt: Zeroizing<Vec<u8>>,
    pub mki: Box<[u8]>,
    pub lifetime: Lifetime,
    pub derivation_rate: DerivationRate,
    pub encryption: Encryption,
}

impl DraftKey {
    pub fn new(key: &[u8], salt: &[u8]) -> Result<DraftKey, Error> {
        if key.len().saturating_add(salt.len()) > MAX_KEY_SALT_LEN {
            return Err(Error::KeyLength);
        }
        let mut key_and_salt = Zeroizing::new(Vec::with_capacity(MAX_KEY_SALT_LEN));
        key_and_salt.extend_from_slice(key);
        key_and_salt.extend_from_slice(salt);
        Ok(DraftKey {
            key_and_salt,
            mki: Box::default(),
            lifetime: Lifetime::default(),
            derivation_rate: DerivationRate::NEVER,
            encryption: Encryption::default(),
        })
    }

    /// A key with the MKI and the lifetime that its crypto attribute says, and
    /// not more packets than `limit`; one lifetime holds for SRTP and for SRTCP
    /// (RFC 4568 §6.1).
    fn from_negotiation(key: &KeyParam, limit: u64) -> Result<DraftKey, Error> {
        let packets = key.lifetime.map_or(MAX_SRTP_LIFETIME, |lifetime| lifetime.packets()).min(limit);
        let mki = key.mki.as_ref().map_or(&[][..], Mki::bytes);
        Ok(DraftKey {
            mki: mki.into(),
            lifetime: Lifetime { srtp: packets, srtcp: packets.min(MAX_SRTCP_LIFETIME) },
            ..DraftKey::new(key.master_key.key_and_salt(), &[])?
        })
    }
}

impl voxseal_policy {
    /// The whole policy, checked.
    pub(super) fn build(&self) -> Result<Policy, Error> {
        let draft = lock(&self.0)?;
        let suite = draft.suite.ok_or(Error::BadState)?;
        let (direction, ssrc) = draft.rule.ok_or(Error::BadState)?;
        let keys = draft.keys.iter().map(|key| {
            let master_key = MasterKey::new(suite, &key.key_and_salt)?;
            let DraftKey { lifetime, derivation_rate, encryption, .. } = *key;
            Ok(PolicyKey { master_key, mki: key.mki.clone(), lifetime, derivation_rate, encryption })
        });
        Policy::with_keys(direction, ssrc, keys.collect::<Result<_, Error>>()?)
    }

    /// What was negotiated for one direction takes the place of all that was set.
    /// No key protects more than `limit` packets.
    pub(super) fn set(
        &self,
        direction: Direction,
        ssrc: u32,
        selection: &Selection,
        limit: u64,
    ) -> Result<(), Error> {
        // The rate is the peer's declaration about what it sends itself.
        let (keys, kdr) = match direction {
            Direction::Outbound => (&selection.local, 0),
            Direction::Inbound => (&selection.remote, selection.kdr),
        };
        let derivation_rate = DerivationRate::power_of_two(kdr).ok_or(Error::BadArgument)?;
        let weakenings = selection.weakenings;
        let encryption =
            Encryption { srtp: !weakenings.unencrypted_srtp, srtcp: !weakenings.unencrypted_srtcp };
        let drafts = keys.iter().map(|key| {
            Ok(DraftKey { derivation_rate, encryption, ..DraftKey::from_negotiation(key, limit)? })
        });
        let keys = drafts.collect::<Result<_, Error>>()?;
        *lock(&self.0)? = Draft { suite: Some(selection.suite), keys, rule: Some((direction, rule(ssrc))) };
        Ok(())
    }
}

/// `kdr` as its field has it.
pub(super) fn read_kdr(kdr: u32) -> Result<DerivationRate, Error> {
    u8::try_from(kdr).ok().and_then(DerivationRate::power_of_two).ok_or(Error::BadArgument)
}

/// `unencrypted` as its field has it.
pub(super) fn read_unencrypted(bits: u32) -> Result<Encryption, Error> {
    if bits & !(VOXSEAL_UNENCRYPTED_SRTP | VOXSEAL_UNENCRYPTED_SRTCP) != 0 {
        return Err(Error::BadArgument);
    }
    let (srtp, srtcp) = (bits & VOXSEAL_UNENCRYPTED_SRTP == 0, bits & VOXSEAL_UNENCRYPTED_SRTCP == 0);
    Ok(Encryption { srtp, srtcp })
}

pub(super) fn rule(ssrc: u32) -> SsrcRule {
    if ssrc == 0 { SsrcRule::Any } else { SsrcRule::Specific(ssrc) }
}
