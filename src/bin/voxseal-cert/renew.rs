//! The verb `renew`.

use crate::args::Renew;
use crate::fault::{Fault, Result};
use crate::files::{Outputs, certificates_of, folder_of};
use crate::issue::{self, Purpose, Wish};
use crate::names::SubjectName;
use crate::{keys, show};
use openssl::x509::{X509, X509Ref, X509VerifyResult};
use std::net::IpAddr;
use voxseal::tls_openssl::certificate_facts;

pub fn renew(renew: &Renew) -> Result<()> {
    let base = renew.file.with_extension("");
    let outputs = Outputs::in_place(&base)?;
    let (Some(certificate_file), Some(key_file)) = outputs.sources() else {
        return Err(Fault::of(format_args!(
            "{}: beside it there must be files with the same name that end in .crt and .key, or in .pem; name one of them",
            renew.file.display()
        )));
    };
    if !outputs.has(&renew.file) {
        return Err(Fault::of(format_args!(
            "{}: this is not one of the files that would be renewed; name the .crt, .key or .pem with the key",
            renew.file.display()
        )));
    }
    let old = certificates_of(certificate_file)?.remove(0);
    let key = keys::read(key_file)?;
    if !old.public_key()?.public_eq(&key) {
        return Err(Fault::of(format_args!(
            "{}: the key is not that of {}; put the two together that were made together",
            key_file.display(),
            certificate_file.display()
        )));
    }
    let (first, last) = issue::validity(&old)?;
    let seconds = renew.days.map_or(last.saturating_sub(first), issue::days);
    let (key, certificate, chain) = if show::is_authority(&old) {
        (key.clone(), renewed_authority(renew, &old, &key, seconds)?, Vec::new())
    } else {
        let key = if renew.new_key { keys::generate_like(&key)? } else { key };
        let authority = renew.authority.load(folder_of(&base))?;
        check_issuer(&authority.certificate, &old)?;
        let purpose = Purpose::AsBefore(certificate_facts(&old).ekus.unwrap_or_default());
        let wish = Wish { subject: old.subject_name(), names: &names(&old)?, purpose, seconds };
        let certificate = issue::certificate(&wish, &key, &authority)?;
        (key, certificate, authority.chain())
    };
    outputs.write(&certificate, &chain, &key)?;
    outputs.report(&certificate);
    Ok(())
}

fn renewed_authority(
    renew: &Renew,
    old: &X509,
    key: &openssl::pkey::PKeyRef<openssl::pkey::Private>,
    seconds: i64,
) -> Result<X509> {
    if renew.new_key {
        return Err(Fault::of(
            "an authority with a new key is another one; make it with \"voxseal-cert ca\" in another folder, and have all phones and PBXs load it",
        ));
    }
    if old.issued(old) != X509VerifyResult::OK {
        return Err(Fault::of("another authority issued this one; that one must renew it"));
    }
    if let Some(extension) = show::foreign_extension(old) {
        return Err(Fault::of(format_args!(
            "this authority's \"{extension}\" cannot be kept; renew it with the program that made it"
        )));
    }
    issue::authority(old.subject_name(), key, seconds, show::path_length(old))
}

fn check_issuer(authority: &X509Ref, old: &X509Ref) -> Result<()> {
    if authority.issued(old) == X509VerifyResult::OK {
        return Ok(());
    }
    Err(Fault::of(
        "another authority issued this certificate; name that one with --ca, or make a new certificate with \"voxseal-cert server\" or \"client\"",
    ))
}

fn names(old: &X509Ref) -> Result<Vec<SubjectName>> {
    let Some(alternatives) = old.subject_alt_names() else {
        return Err(Fault::of(
            "the certificate has no subject alternative names, and clients look at nothing else; make a new one with \"voxseal-cert server\" and --alt",
        ));
    };
    let read = |name: &openssl::x509::GeneralNameRef| {
        let address = name.ipaddress().and_then(|bytes| {
            let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
            v4.or(<[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
        });
        let dns = name.dnsname().map(|text| SubjectName::Dns(text.to_owned()));
        let uri = || name.uri().map(|text| SubjectName::Uri(text.to_owned()));
        let email = || name.email().map(|text| SubjectName::Email(text.to_owned()));
        dns.or_else(uri).or_else(|| address.map(SubjectName::Ip)).or_else(email).ok_or_else(|| {
            Fault::of("the certificate has a name of a kind that cannot be kept; make a new one with \"voxseal-cert server\"")
        })
    };
    alternatives.iter().map(read).collect()
}
