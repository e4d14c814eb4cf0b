//! Facts of a TLS connection as a C program tells them.

use super::pointer::{bytes, elements, optional_text, read_struct, text};
use super::{
    VOXSEAL_INBOUND, VOXSEAL_OUTBOUND, VOXSEAL_TLS_CLIENT, VOXSEAL_TLS_NAME_COMMON, VOXSEAL_TLS_NAME_DNS,
    VOXSEAL_TLS_NAME_IP, VOXSEAL_TLS_NAME_OTHER, VOXSEAL_TLS_NAME_URI, VOXSEAL_TLS_SERVER, voxseal_tls_facts,
};
use crate::error::Error;
use crate::tls::{Certificate, Chain, Cipher, Direction, Facts, Name, PeerRole, Version};

pub(super) fn read_direction(direction: u32) -> Result<Direction, Error> {
    match direction {
        VOXSEAL_INBOUND => Ok(Direction::Inbound),
        VOXSEAL_OUTBOUND => Ok(Direction::Outbound),
        _ => Err(Error::BadArgument),
    }
}

/// # Safety
/// As `facts` of [`voxseal_tls_decide`].
pub(super) unsafe fn read_facts(facts: *const voxseal_tls_facts) -> Result<Facts, Error> {
    // SAFETY: by this function's contract.
    let told = unsafe { read_struct(facts) }?;
    let direction = read_direction(told.direction)?;
    let peer = match told.peer_role {
        VOXSEAL_TLS_CLIENT => PeerRole::Client,
        VOXSEAL_TLS_SERVER => PeerRole::Server,
        _ => return Err(Error::BadArgument),
    };
    // SAFETY: by this function's contract.
    let results = unsafe { elements(told.verify_results, told.verify_result_count) }?.to_vec();
    // SAFETY: by this function's contract.
    let cipher = unsafe { optional_text(told.cipher) }?.unwrap_or_default();
    Ok(Facts {
        direction,
        peer,
        version: Version(told.version),
        cipher: Cipher { name: cipher, bits: told.cipher_bits },
        chain: Chain { results, complete: told.verify_complete != 0 },
        // SAFETY: by this function's contract.
        certificate: unsafe { read_certificate(&told) }?,
        now: (told.has_dates != 0).then_some(told.now),
        // SAFETY: by this function's contract.
        expected_name: unsafe { optional_text(told.expected_name) }?,
        resumed: told.resumed != 0,
    })
}

/// # Safety
/// As `facts` of [`voxseal_tls_decide`].
unsafe fn read_certificate(told: &voxseal_tls_facts) -> Result<Option<Certificate>, Error> {
    if told.has_certificate == 0 {
        return Ok(None);
    }
    // SAFETY: by this function's contract.
    let names = unsafe { elements(told.names, told.name_count) }?.iter().map(|name| {
        // SAFETY: by this function's contract.
        let bytes = unsafe { bytes(name.bytes, name.len) }?.to_vec();
        match name.kind {
            VOXSEAL_TLS_NAME_DNS => Ok(Name::Dns(bytes)),
            VOXSEAL_TLS_NAME_IP => Ok(Name::Ip(bytes)),
            VOXSEAL_TLS_NAME_URI => Ok(Name::Uri(bytes)),
            VOXSEAL_TLS_NAME_COMMON => Ok(Name::CommonName(bytes)),
            VOXSEAL_TLS_NAME_OTHER => Ok(Name::Other),
            _ => Err(Error::BadArgument),
        }
    });
    // SAFETY: by this function's contract.
    let ekus = unsafe { elements(told.ekus, told.eku_count) }?.iter().map(|usage| {
        // SAFETY: by this function's contract.
        unsafe { text(*usage) }.map(|usage| usage.into_owned())
    });
    let ekus = ekus.collect::<Result<Vec<String>, Error>>()?;
    Ok(Some(Certificate {
        names: names.collect::<Result<_, _>>()?,
        ekus: (told.has_ekus != 0 || !ekus.is_empty()).then_some(ekus),
        validity: (told.has_dates != 0).then_some((told.not_before, told.not_after)),
    }))
}
