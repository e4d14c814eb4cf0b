//! Sections, layers and profiles.

use super::options::option;
use super::*;
use crate::error::Error;
use crate::sdes::{Answer, DEFAULT_OFFER, MkiSupport};
use crate::suite::CryptoSuite::*;

fn try_file(text: &str) -> Result<Profiles, String> {
    let mut profiles = Profiles::new();
    for Entry { section, name, value } in entries(text) {
        profiles.set(section, name, value).map_err(|refused| refused.to_string())?;
    }
    profiles.check().map_err(|refused| refused.to_string())?;
    Ok(profiles)
}

fn file(text: &str) -> Profiles {
    try_file(text).unwrap()
}

fn refusal(text: &str) -> String {
    try_file(text).err().unwrap()
}

fn named(profiles: &Profiles, name: &str) -> Profile {
    profiles.find(Some(name), None).unwrap()
}

/// The name of the profile for a User-Agent.
fn chosen(profiles: &Profiles, user_agent: impl AsRef<[u8]>) -> String {
    profiles.find(None, Some(user_agent.as_ref())).unwrap().name().to_owned()
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let profile = Profiles::new().find(None, None).unwrap();
    assert_eq!((profile.name(), profile.rules()), (GENERAL, &Rules::default()));
    assert_eq!(profile.sdes(), crate::sdes::Settings::default());
    assert_eq!(profile.session(), Session::default());
    assert_eq!(named(&Profiles::new(), "General").rules(), &Rules::default());
}

#[test]
fn layers_are_defaults_general_like_and_the_profile() {
    let profiles = file(
        "[far]\nkeys=3\nmki_length=3\nrtp_window=300\norder=ours\n\
         [near]\nlike=far\nkeys=4\nmki_length=4\n\
         [mine]\nkeys=5\nlike = near\n\
         [general]\nkeys=2\nmki_length=2\nrtp_window=200\nrtcp_window=222\n",
    );
    let mine = named(&profiles, "mine");
    assert_eq!((mine.sdes().keys, mine.sdes().mki_len), (5, 4));
    assert_eq!((mine.session().rtp_window, mine.session().rtcp_window), (300, 222));
    assert_eq!(mine.session().overlap_packets, 1024);
    assert_eq!(named(&profiles, GENERAL).sdes().keys, 2);
}

#[test]
fn the_provider_holds_for_all_calls_and_stands_in_general_alone() {
    assert_eq!(Profiles::new().primitives(), Primitives::RustCrypto);
    let profiles = file("[general]\nprovider = OpenSSL\n");
    assert_eq!(profiles.primitives(), Primitives::OpenSsl);
    let mut profile = named(&profiles, "aastra");
    assert_eq!(profile.rules().primitives(), Primitives::OpenSsl);
    let sentence = "provider: this holds for all calls; it belongs in [general] of voxseal.conf";
    assert_eq!(profile.set("provider", "rustcrypto").unwrap_err().to_string(), sentence);
    assert_eq!(
        refusal("[mine]\nprovider = openssl\n"),
        "provider: this holds for all calls; move it to [general]"
    );
    assert_eq!(refusal("[general]\nprovider = nss\n"), "provider: \"nss\" is not rustcrypto or openssl");
}

#[test]
fn a_section_with_a_shipped_name_changes_that_profile() {
    let profiles = file("[Aastra]\nmin_lifetime=0\n[x]\nlike=AASTRA\n");
    for name in ["aastra", "x"] {
        let sdes = named(&profiles, name).sdes();
        assert_eq!((sdes.offer, sdes.min_lifetime), (vec![AesCm128HmacSha1_80], 0), "{name}");
    }
    assert_eq!(chosen(&profiles, "Aastra 57i"), "Aastra", "its shipped pattern still counts");
    let based = file("[stock]\nlike=teams\n");
    assert_eq!(named(&based, "stock").sdes().lifetime.map(|lifetime| lifetime.packets()), Some(1 << 31));
    assert_eq!(named(&based, "stock").sdes().offer, [AesCm128HmacSha1_80]);
}

#[test]
fn the_later_of_two_lines_counts() {
    let profiles = file("[x]\norder=ours\n[y]\nkeys=1\n[X]\norder=theirs\n");
    assert_eq!(named(&profiles, "x").sdes().order, crate::sdes::Order::Theirs);
}

#[test]
fn like_leads_to_a_known_profile_and_not_in_a_circle() {
    let unknown = refusal("[x]\nlike=grandstraem\n");
    assert_eq!(
        unknown,
        "[x] like: there is no profile \"grandstraem\" (did you mean \"grandstream\"?); name one of the file or a shipped one"
    );
    let circle = refusal("[a]\nlike=b\n[b]\nlike=c\n[c]\nlike=A\n");
    assert_eq!(circle, "[a] like: a like b like c like A goes in a circle; leave one of these lines out");
    assert!(refusal("[aastra]\nlike=aastra\n").contains("goes in a circle"));
    assert!(refusal("[x]\nlike=general\n").contains("holds for every profile already"));
    assert!(refusal("[x]\nlike=\n").contains("not the name of a profile"));
    let chain = |len: usize| {
        (0..len).map(|number| format!("[p{number}]\nlike=p{}\n", number + 1)).collect::<String>()
            + &format!("[p{len}]\nkeys=1\n")
    };
    file(&chain(20));
    assert!(refusal(&chain(900)).contains("too many steps"));
}

#[test]
fn options_must_go_together() {
    assert!(refusal("[x]\nkeys=2\n").starts_with("[x] keys: more than one key needs an MKI"));
    assert!(refusal("[general]\nkeys=2\n").starts_with("[general] keys:"));
    assert!(refusal("[general]\nlifetime_in_offer=yes\n").starts_with("[general] lifetime_in_offer:"));
    assert!(refusal("[x]\nlike=teams\nlifetime=none\n").starts_with("[x] lifetime_in_offer:"));
    let nothing = refusal("[x]\nlike=aastra\naccept=AEAD_AES_256_GCM\n");
    assert!(nothing.starts_with("[x] suites: none of them is in accept"), "{nothing}");
}

#[test]
fn what_is_not_accepted_is_not_offered() {
    let profiles = file("[general]\naccept=AEAD_AES_128_GCM,AES_CM_128_HMAC_SHA1_80\n");
    assert_eq!(named(&profiles, GENERAL).sdes().offer, [AesCm128HmacSha1_80, AeadAes128Gcm]);
    assert_eq!(named(&profiles, "twilio").sdes().offer, [AesCm128HmacSha1_80]);
    // The call fails with a reason; the file is not refused for a phone that may not be there.
    let strict = file("[general]\naccept=AEAD_AES_128_GCM\n");
    let aastra = named(&strict, "aastra").sdes();
    assert_eq!((aastra.offer, aastra.accept), (vec![AesCm128HmacSha1_80], vec![AeadAes128Gcm]));
}

#[test]
fn the_longest_pattern_wins_and_those_of_the_file_come_first() {
    let profiles = file(
        "[wide]\nuser_agent=Aas*\n[first]\nuser_agent=Yealink SIP-T4?S*\n[second]\nuser_agent=Yealink SIP-T46S*\n\
         [third]\nuser_agent=Yealink SIP-T4?S*\n",
    );
    assert_eq!(chosen(&profiles, "Aastra 57i/3.2"), "wide", "shorter than the shipped one, but of the file");
    assert_eq!(chosen(&profiles, "yealink sip-t46s 66.84"), "second");
    assert_eq!(chosen(&profiles, "Yealink SIP-T42S 66.84"), "first", "of equals the first");
    assert_eq!(chosen(&profiles, "Yealink W52P"), "yealink");
    assert_eq!(chosen(&profiles, "Something else"), GENERAL);
    assert_eq!(chosen(&profiles, ""), GENERAL);
    let both = profiles.find(Some("twilio"), Some(b"Aastra 57i")).unwrap();
    assert_eq!(both.name(), "twilio", "a name comes before a User-Agent");
}

#[test]
fn shipped_patterns_can_be_dropped() {
    let profiles =
        file("[aastra]\nuser_agent=none\n[zoiper]\nuser_agent=x*\nuser_agent=None\nuser_agent=Zed*\n");
    assert_eq!(chosen(&profiles, "Aastra 57i/3.2"), GENERAL);
    assert_eq!(chosen(&profiles, "Zoiper r29185"), GENERAL);
    assert_eq!(chosen(&profiles, "xx"), GENERAL);
    assert_eq!(chosen(&profiles, "Zed 1"), "zoiper");
    assert_eq!(profiles.summary("zoiper").unwrap().user_agents, ["Zed*"]);
    assert_eq!(profiles.summary("aastra").unwrap().user_agents, [""; 0]);
}

#[test]
fn user_agents_as_devices_send_them() {
    let profiles = Profiles::new();
    for (user_agent, name) in [
        ("Aastra 57i/3.2.0.70", "aastra"),
        ("Cisco/SPA525G2-7.4.9c", "cisco-spa"),
        ("Cisco-CUCM11.5", "cisco-cucm"),
        ("Bria iPad 1.1.5", "bria"),
        ("Acrobits Softphone/2.00", "acrobits"),
        ("Grandstream GXP2120 1.0.4.23", "grandstream"),
        ("Zoiper rev.11619", "zoiper"),
        ("Z 5.6.4 rv2.10.20.5", "zoiper"),
        ("Blink 0.2.7 (Linux)", "blink"),
        ("Twilio Gateway", "twilio"),
        ("MicroSIP/3.21.3", "microsip"),
        ("FreeSWITCH-mod_sofia/1.10.9-release", "freeswitch"),
        ("Linphone/3.6.1 (eXosip2/4.1.0)", "linphone"),
        ("LinphoneAndroid/5.1.2", "linphone"),
        ("Yealink SIP-T46S 66.84.0.15", "yealink"),
        ("PolycomSoundPointIP-SPIP_550-UA/3.3.1", "polycom"),
        ("PolycomVVX-VVX_400-UA/5.9.0", "polycom"),
        ("Microsoft.PSTNHub.SIPProxy v.2021.3.8.5", "teams"),
        ("Audiocodes-Sip-Gateway-MP-118 FXS/v.6.60A", "audiocodes"),
        ("Asterisk PBX 22.10.1", GENERAL),
    ] {
        assert_eq!(chosen(&profiles, user_agent), name, "{user_agent}");
    }
}

#[test]
fn hostile_user_agents_are_harmless() {
    let profiles = file("[x]\nuser_agent=*a*b*c*d*e*f*g\n");
    for user_agent in [vec![b'a'; 100_000], vec![0; 5], vec![0xff; 600], b"\r\n[general]".to_vec()] {
        assert_eq!(chosen(&profiles, user_agent), GENERAL);
    }
}

#[test]
fn a_refused_line_changes_nothing() {
    let mut profiles = file("[general]\nkeys=1\n[x]\norder=ours\nuser_agent=X*\n");
    let before = (named(&profiles, "x"), named(&profiles, GENERAL), profiles.names().count());
    for (section, name, value) in [
        ("x", "order", "mine"),
        ("x", "nothing", "1"),
        ("x", "user_agent", ""),
        ("x", "user_agent", &"x".repeat(MAX_PATTERN_LEN + 1)),
        ("x", "description", &"x".repeat(501)),
        ("x", "like", "[x]"),
        ("general", "like", "stock"),
        ("general", "user_agent", "*"),
        ("general", "description", "all"),
        ("GENERAL", "keys", "0"),
        ("new", "keys", "0"),
        ("", "keys", "1"),
        (" x", "keys", "1"),
        ("a]b", "keys", "1"),
        ("a\nb", "keys", "1"),
        (&"n".repeat(MAX_NAME_LEN + 1), "keys", "1"),
    ] {
        let refused = profiles.set(section, name, value).expect_err(name).to_string();
        assert!(refused.len() < 1000 && !refused.contains(char::is_control), "{refused}");
        let after = (named(&profiles, "x"), named(&profiles, GENERAL), profiles.names().count());
        assert_eq!(before, after, "{section} {name}");
    }
    assert_eq!(chosen(&profiles, "X1"), "x");
}

#[test]
fn sections_and_patterns_are_bounded() {
    let mut profiles = Profiles::new();
    for number in 0..MAX_PROFILES {
        profiles.set(&format!("p{number}"), "keys", "1").unwrap();
    }
    assert!(profiles.set("one-more", "keys", "1").unwrap_err().to_string().contains("merge some"));
    for number in 0..MAX_PATTERNS {
        profiles.set("p1", "user_agent", &format!("u{number}")).unwrap();
    }
    assert!(profiles.set("p1", "user_agent", "u").is_err());
    profiles.set("p2", "keys", "1").unwrap();
}

#[test]
fn a_name_that_is_none_is_an_error() {
    for name in ["", "nobody", "\0", &"x".repeat(100_000)] {
        assert_eq!(Profiles::new().find(Some(name), Some(b"Aastra 57i")), Err(Error::UnknownProfile));
    }
}

#[test]
fn names_are_those_of_the_file_and_the_other_shipped_ones() {
    let profiles = file("[general]\nkeys=1\n[mine]\nkeys=1\n[stock]\nkeys=1\n");
    let names: Vec<&str> = profiles.names().collect();
    assert_eq!(names[..3], ["mine", "stock", "bare"]);
    assert_eq!(names.iter().filter(|name| **name == "stock").count(), 1);
    assert_eq!(names.len(), Profiles::new().names().count() + 1);
    names.iter().for_each(|name| assert_eq!(named(&profiles, name).name(), *name));
}

#[test]
fn a_copy_is_changed_alone_and_only_as_a_whole_that_goes_together() {
    let profiles = Profiles::new();
    let mut profile = named(&profiles, "twilio");
    profile.set("Suites", " AES_CM_128_HMAC_SHA1_32 ").unwrap();
    assert_eq!(profile.sdes().offer, [AesCm128HmacSha1_32]);
    assert_ne!(profile, named(&profiles, "twilio"));
    let before = profile.clone();
    for (name, value) in [
        ("keys", "2"),
        ("lifetime_in_offer", "yes"),
        ("accept", "AEAD_AES_128_GCM"),
        ("suites", ""),
        ("like", "stock"),
        ("user_agent", "*"),
        ("description", "mine"),
        ("srtp_suites", "default"),
    ] {
        profile.set(name, value).unwrap_err();
        assert_eq!(profile, before, "{name}");
    }
    profile.set("mki_length", "1").unwrap();
    profile.set("keys", "2").unwrap();
    assert_eq!((profile.sdes().keys, profile.sdes().mki_len), (2, 1));
}

#[test]
fn every_line_of_the_shipped_text_is_taken() {
    let text = shipped_text();
    let mut profiles = Profiles::new();
    for Entry { section, name, value } in entries(text) {
        profiles.set(section, name, value).unwrap_or_else(|refused| panic!("[{section}] {refused}"));
        assert_eq!(option(name).unwrap().name, name, "spelled as in the table");
    }
    profiles.check().unwrap();
    assert_eq!(profiles.names().count(), Profiles::new().names().count(), "no section is there twice");
    for name in Profiles::new().names() {
        assert_eq!(named(&profiles, name), named(&Profiles::new(), name));
        let summary = profiles.summary(name).unwrap();
        assert!(summary.description.ends_with(['.', ',']) && summary.description.len() > 20, "{name}");
    }
}

/// A User-Agent is what the peer says it is.
#[test]
fn no_user_agent_makes_us_accept_what_general_refuses() {
    let loosening = ["accept", "min_lifetime", "renumbered_tags", "allow"];
    let shipped = Profiles::new();
    let strict = file("[general]\nmki=refuse\nmin_lifetime=2^48\naccept=AEAD_AES_256_GCM\nallow=none\n");
    for name in shipped.names() {
        if shipped.summary(name).unwrap().user_agents.is_empty() {
            continue;
        }
        let profile = named(&strict, name).sdes();
        assert_eq!(profile.mki, MkiSupport::Refuse, "{name}");
        assert_eq!(profile.accept, [AeadAes256Gcm], "{name}");
        for (option, value) in named(&shipped, name).rules().changes_from(&Rules::default()) {
            assert!(!loosening.contains(&option), "{name}: {option} = {value}");
        }
    }
}

#[test]
fn aastra_gets_one_plain_line_whatever_general_says() {
    let profiles = file(
        "[general]\nlifetime=2^31\nlifetime_in_offer=yes\nlifetime_in_answer=own\nmki_length=4\nkeys=2\nmki_in_answer=own\n",
    );
    for name in ["aastra", "minisipserver", "stock"] {
        let sdes = named(&profiles, name).sdes();
        assert_eq!((sdes.offer, sdes.lifetime_in_offer), (vec![AesCm128HmacSha1_80], false), "{name}");
        assert_eq!((sdes.lifetime_in_answer, sdes.mki_in_answer), (Answer::Omit, Answer::Omit), "{name}");
        assert_eq!((sdes.mki_len, sdes.keys), (0, 1), "{name}");
    }
}

#[test]
fn shipped_profiles_say_what_the_systems_need() {
    let sdes = |name| named(&Profiles::new(), name).sdes();
    let rfc_4568 = [AesCm128HmacSha1_80, AesCm128HmacSha1_32];
    for name in ["twilio", "bria", "blink", "yealink", "polycom"] {
        assert_eq!(sdes(name).offer, rfc_4568, "{name}");
    }
    assert_eq!(sdes("cisco-spa").offer, [AesCm128HmacSha1_32, AesCm128HmacSha1_80]);
    assert_eq!(sdes("twilio").mki, MkiSupport::Refuse);
    assert_eq!(sdes("grandstream").offer, DEFAULT_OFFER);
    assert_eq!(sdes("grandstream").lifetime_in_answer, Answer::Omit);
    let teams = sdes("teams");
    assert_eq!(teams.lifetime.map(|lifetime| lifetime.to_string()).as_deref(), Some("2^31"));
    assert_eq!((teams.lifetime_in_offer, teams.lifetime_in_answer), (true, Answer::Own));
    assert_eq!(teams.mki_in_answer, Answer::Mirror);
    let audiocodes = sdes("audiocodes");
    assert_eq!((audiocodes.lifetime_in_answer, audiocodes.mki_in_answer), (Answer::Mirror, Answer::Mirror));
    assert!(sdes("nokia").offer.iter().all(|suite| !suite.name().starts_with("AEAD")));
    assert!(sdes("broadworks").renumbered_tags && !sdes("polycom").renumbered_tags);
    assert_eq!(sdes("stock").accept.len(), 8);
}
