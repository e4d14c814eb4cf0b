//! TLS connections of a real PBX, held against voxseal.conf: whom it talks to, in both directions.

use crate::tls_peers::{authority, connect, is_called, is_served, set, start, stranger, versions};
use std::fs;
use voxseal_rig::identity::{Identity, Wanted};
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::Sdp;
use voxseal_rig::wait::{PATIENCE, wait_for};

/// What is in the log of the connections that were judged, in their order: at least so many lines, which come from a
/// thread of their own.
fn reasons(pbx: &Pbx, direction: &str, at_least: usize) -> Vec<String> {
    let what = format!("the TLS connection {direction} ");
    voxseal_rig::wait::wait_for(&what, PATIENCE, || {
        let lines: Vec<String> =
            pbx.log().lines().filter(|line| line.contains(&what)).map(str::to_owned).collect();
        Ok((lines.len() >= at_least).then_some(lines))
    })
    .unwrap()
}

#[test]
fn clients_are_served_or_cut_off_by_their_certificate() {
    let settings = "[tls]\ninbound_verify = require+name\nallow = phone.sip.test, *.wild.test\n";
    let pbx = start("inbound", settings);
    let (authority, stranger) = (authority(&pbx), stranger());
    let good = Wanted::named(&["phone.sip.test"]);
    let client = Wanted { usages: &["client"], ..good.clone() };
    let expired = Wanted { days: (-9, -1), ..good.clone() };
    let early = Wanted { days: (1, 9), ..good.clone() };
    let server = Wanted { usages: &["server"], ..good.clone() };
    let sip_domain = Wanted { usages: &["1.3.6.1.5.5.7.3.20"], ..good.clone() };
    let common_only = Wanted { common: "phone.sip.test", names: &[], ..good.clone() };
    let cases = [
        ("good", Some(authority.issue(&good)), ""),
        ("for clients", Some(authority.issue(&client)), ""),
        ("for SIP domains", Some(authority.issue(&sip_domain)), ""),
        ("a common name alone", Some(authority.issue(&common_only)), ""),
        ("an allowed wildcard", Some(authority.issue(&Wanted::named(&["*.wild.test"]))), ""),
        ("none", None, "the peer showed no certificate"),
        ("of a stranger", Some(stranger.issue(&good)), "no authority that we trust issued the certificate"),
        ("expired", Some(authority.issue(&expired)), "the certificate expired at "),
        ("too early", Some(authority.issue(&early)), "the certificate is not valid before "),
        (
            "wrong name",
            Some(authority.issue(&Wanted::named(&["other.sip.test"]))),
            "no name of the list covers",
        ),
        ("wildcard", Some(authority.issue(&Wanted::named(&["*.sip.test"]))), "no name of the list covers"),
        ("for servers", Some(authority.issue(&server)), "the peer is a TLS client"),
    ];
    let mut refused = 0;
    for (what, identity, reason) in cases {
        let identity = identity.transpose().unwrap();
        assert_eq!(is_served(&pbx, identity.as_ref()), reason.is_empty(), "{what}");
        if !reason.is_empty() {
            refused += 1;
            let lines = reasons(&pbx, "from", refused);
            assert_eq!(lines.len(), refused, "{what}: {lines:?}");
            let last = lines.last().unwrap();
            assert!(last.contains("was ended: ") && last.contains(reason), "{what}: {last}");
        }
    }
    pbx.stop().unwrap();
}

#[test]
fn wildcards_and_usages_are_taken_once_the_settings_say_so() {
    let pbx = start("loosened", "[tls]\ninbound_verify = require+name\nallow = phone.sip.test\n");
    let wildcard = authority(&pbx).issue(&Wanted::named(&["*.sip.test"])).unwrap();
    let server = Wanted { usages: &["server"], ..Wanted::named(&["phone.sip.test"]) };
    let server = authority(&pbx).issue(&server).unwrap();
    assert!(!is_served(&pbx, Some(&wildcard)) && !is_served(&pbx, Some(&server)));
    let looser = "[tls]\ninbound_verify = require+name\nallow = phone.sip.test\n\
                  [tls:tls]\nwildcards = yes\neku = server-as-client\n";
    set(&pbx, looser);
    assert!(is_served(&pbx, Some(&wildcard)) && is_served(&pbx, Some(&server)));
    pbx.stop().unwrap();
}

#[test]
fn servers_are_called_or_not_by_their_certificate() {
    let pbx = start("outbound", "[tls]\nenforce = yes\n");
    let (authority, stranger) = (authority(&pbx), stranger());
    let good = Wanted::named(&["pbx.sip.test"]);
    let cases = [
        ("pbx.sip.test", authority.issue(&good), ""),
        ("127.0.0.1", authority.issue(&Wanted::named(&["IP:127.0.0.1"])), ""),
        ("pbx.sip.test", authority.issue(&Wanted::named(&["URI:sip:pbx.sip.test"])), ""),
        ("pbx.sip.test", stranger.issue(&good), "no authority that we trust issued the certificate"),
        (
            "pbx.sip.test",
            authority.issue(&Wanted { days: (-9, -1), ..good.clone() }),
            "the certificate expired at ",
        ),
        (
            "pbx.sip.test",
            authority.issue(&Wanted::named(&["other.sip.test"])),
            "the certificate must name the SIP domain that was asked for",
        ),
        (
            "pbx.sip.test",
            authority.issue(&Wanted::named(&["IP:127.0.0.1"])),
            "which does not cover pbx.sip.test",
        ),
        ("127.0.0.1", authority.issue(&good), "an address must stand in it as an IP name"),
        (
            "a.wild.test",
            authority.issue(&Wanted::named(&["*.wild.test"])),
            "wildcards are off as RFC 5922 §7.2 demands",
        ),
        (
            "pbx.sip.test",
            authority.issue(&Wanted { usages: &["client"], ..good.clone() }),
            "the peer is a TLS server",
        ),
    ];
    let mut refused = 0;
    for (domain, identity, reason) in cases {
        assert_eq!(is_called(&pbx, domain, &identity.unwrap()), reason.is_empty(), "{domain}: {reason}");
        if !reason.is_empty() {
            refused += 1;
            let lines = reasons(&pbx, "to", refused);
            assert_eq!(lines.len(), refused, "{reason}: {lines:?}");
            assert!(lines.last().unwrap().contains(reason), "{reason}: {lines:?}");
        }
    }
    set(&pbx, "[tls]\nwildcards = yes\n");
    assert!(is_called(&pbx, "a.wild.test", &authority.issue(&Wanted::named(&["*.wild.test"])).unwrap()));
    pbx.stop().unwrap();
}

#[test]
fn each_direction_has_its_own_authorities_and_revocation_lists() {
    let pbx = start("stores", "");
    let (customers, provider) = (stranger(), Identity::authority("the provider's").unwrap());
    for (authority, name) in [(&customers, "customers"), (&provider, "provider")] {
        let [pem, key] = ["pem", "key"].map(|ext| pbx.file(&format!("etc/{name}.{ext}")));
        authority.write(&pem, &key).unwrap();
    }
    let folder = pbx.file("etc").display().to_string();
    let settings = format!(
        "[tls:tls]\ninbound_verify = require\ninbound_ca_file = {folder}/customers.pem\n\
         outbound_ca_file = {folder}/provider.pem\n"
    );
    set(&pbx, &settings);
    let good = Wanted::named(&["pbx.sip.test"]);
    let (customer, upstream) = (customers.issue(&good).unwrap(), provider.issue(&good).unwrap());
    assert!(is_served(&pbx, Some(&customer)) && !is_served(&pbx, Some(&upstream)));
    assert!(is_called(&pbx, "pbx.sip.test", &upstream) && !is_called(&pbx, "pbx.sip.test", &customer));
    // One customer is revoked, by a list that the settings name from now on; the list of a stranger is worth nothing.
    let other = customers.issue(&good).unwrap();
    let list = pbx.file("etc/revoked.pem");
    std::fs::write(&list, customers.revoke(&[&customer]).unwrap()).unwrap();
    let more = format!("{settings}crl_file = {}\n", list.display());
    set(&pbx, &more);
    assert!(!is_served(&pbx, Some(&customer)) && is_served(&pbx, Some(&other)));
    pbx.wait_for_log("a certificate of the chain was revoked", PATIENCE).unwrap();
    // A new list is read without being asked for.
    std::fs::write(&list, customers.revoke(&[&other]).unwrap()).unwrap();
    assert!(is_served(&pbx, Some(&customer)) && !is_served(&pbx, Some(&other)));
    std::fs::write(&list, provider.revoke(&[]).unwrap()).unwrap();
    assert!(!is_served(&pbx, Some(&customer)), "there is no list of its authority");
    pbx.stop().unwrap();
}

#[test]
fn without_a_section_nothing_is_ended_and_all_is_told() {
    let pbx = start("reported", "");
    let stranger = stranger().issue(&Wanted::named(&["elsewhere.sip.test"])).unwrap();
    assert!(is_served(&pbx, Some(&stranger)));
    assert!(is_called(&pbx, "pbx.sip.test", &stranger));
    for direction in ["from", "to"] {
        let lines = reasons(&pbx, direction, 1);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(lines[0].contains("is used, as no [tls] section"), "{lines:?}");
        assert!(lines[0].contains("no authority that we trust"), "{lines:?}");
    }
    pbx.stop().unwrap();
}

#[test]
fn one_listener_has_all_versions_that_the_settings_allow() {
    // pjsip.conf of the rig has method=tlsv1_2.
    let pbx = start("versions", "");
    assert_eq!(versions(&pbx), [false, true, false], "pjsip.conf's method alone");
    for (settings, served) in [
        ("[tls]\n", [false, true, true]),
        ("[tls]\nmin_version = 1.3\n", [false, false, true]),
        ("[tls]\nmax_version = 1.2\n", [false, true, false]),
        ("", [false, true, false]),
    ] {
        set(&pbx, settings);
        voxseal_rig::wait::wait_for(settings, PATIENCE, || Ok((versions(&pbx) == served).then_some(())))
            .unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn wrong_lines_are_refused_each_with_its_reason_and_what_was_set_before_stays() {
    let pbx = start("lines", "[tls]\ninbound_verify = require\n");
    set(
        &pbx,
        "[tls]\nverify = maybe\nwatch = never\nexpiry_warnings = 0\ncrl_file = /nowhere/crl.pem\n\
         [tls:tls]\nmax_version = 1.1\nsuites = default\n[tls:trunk]\nhandshake_timeout = 601\n",
    );
    for (line, reason) in [
        (2, "verify: \"maybe\" is not none, optional, require or require+name"),
        (3, "watch: \"never\" is not yes, no or a number of seconds from 1 to 86400"),
        (4, "expiry_warnings: \"0\" is not none, or at most 7 numbers of days from 1 to 3650"),
        (5, "crl_file: \"/nowhere/crl.pem\" is not a file that Asterisk can read"),
        (7, "max_version is older than min_version: raise it"),
        (8, "\"suites\": there is no such option"),
        (10, "handshake_timeout: \"601\" is not none, or a number of seconds from 1 to 600"),
    ] {
        pbx.wait_for_log(&format!("voxseal.conf:{line}: {reason}"), PATIENCE).unwrap();
    }
    assert!(!is_served(&pbx, None), "what was set before does not hold any more");
    set(&pbx, "[tls:trunk]\nwildcards = yes\n");
    pbx.wait_for_log("[tls:trunk] holds for nothing", PATIENCE).unwrap();
    assert!(is_served(&pbx, None));
    pbx.stop().unwrap();
}

#[test]
fn a_peers_name_stays_within_its_quotation_marks_in_the_security_log() {
    let config = PbxConfig::new("quoted", Module::Ours).unwrap().with_companion();
    let config =
        config.with("voxseal.conf", "[tls]\ninbound_verify = require+name\nallow = phone.sip.test\n");
    let config = config.with("modules.conf", "load=res_security_log.so\n");
    let pbx = Pbx::start(config.with("logger.conf", "security => security\n")).unwrap();
    // 127 bytes of it are kept: none but whole letters.
    let common = format!("\"\\a{}", "€".repeat(61));
    let wanted = Wanted { common: &common, ..Wanted::named(&["other.sip.test"]) };
    assert!(!is_served(&pbx, Some(&authority(&pbx).issue(&wanted).unwrap())));
    let told = format!("AccountID=\"??a{}\"", "€".repeat(41));
    wait_for("the security log", PATIENCE, || {
        let log = fs::read(pbx.file("log/security")).unwrap_or_default();
        Ok(log.windows(told.len()).any(|part| part == told.as_bytes()).then_some(()))
    })
    .unwrap();
    pbx.stop().unwrap();
}

#[test]
fn calls_that_are_refused_by_the_hundred_leave_room_in_the_log_for_connections() {
    let pbx = start("room", "[tls]\ninbound_verify = require\n");
    let good = authority(&pbx).issue(&Wanted::named(&["phone.sip.test"])).unwrap();
    let mut caller = connect(&pbx, Some(&good), None).unwrap();
    let lines: Vec<String> = (1..=60).map(|tag| format!("{tag} NO_SUCH_SUITE_{tag} inline:AAAA")).collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let offer = Sdp::new(40_000, &lines).write();
    for round in 1..=8 {
        for _ in 0..8 {
            assert_eq!(caller.invite("echo", &offer).unwrap().1.status(), Some(488));
        }
        assert!(!is_served(&pbx, None));
        let told = || Ok((pbx.log().matches(" was ended: ").count() == round).then_some(()));
        wait_for("the line on the connection", PATIENCE, told).unwrap();
    }
    pbx.stop().unwrap();
}
