//! Requests to a peer that registered over TLS travel on the connection that it registered on, and on no other.

use voxseal_rig::callee::Callee;
use voxseal_rig::caller::Offer;
use voxseal_rig::media::random_payload;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::{Attribute, Sdp};
use voxseal_rig::tls_server::TlsServer;
use voxseal_rig::wait::{PATIENCE, wait_for};

const PEERS: &str = "\n[phone](leg)\nmedia_encryption=sdes\naors=phone\n[phone]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n\
                     [mallory](leg)\nmedia_encryption=sdes\naors=mallory\n[mallory]\ntype=aor\nmax_contacts=1\n\
                     remove_existing=yes\n";

fn start(name: &str, settings: &str) -> Pbx {
    let config = PbxConfig::new(name, Module::Ours).unwrap().with_companion();
    let config = config.with("pjsip.conf", PEERS).with("voxseal.conf", settings);
    Pbx::start(config.with("modules.conf", "load=res_pjsip_registrar.so\n")).unwrap()
}

fn call(pbx: &Pbx, peer: &str) {
    pbx.cli(&format!("channel originate PJSIP/{peer} extension echo@tests")).unwrap();
}

/// The call comes on this connection, media and all, and its end as well.
fn is_called(pbx: &Pbx, peer: &str, at: &mut Callee) {
    call(pbx, peer);
    let mut media = at.answer().unwrap();
    let sent = media.wait_for_first_echo().unwrap();
    assert!(media.echoed(&random_payload().unwrap(), &sent).unwrap());
    pbx.cli("channel request hangup all").unwrap();
    at.wait_for_bye().unwrap();
    pbx.wait_until_idle().unwrap();
}

fn contact(port: u16) -> String {
    format!("sip:peer@127.0.0.1:{port};transport=tls")
}

/// A phone that registered, and a server at the address in its Contact.
fn registered(pbx: &Pbx) -> (Callee, TlsServer) {
    let elsewhere = TlsServer::bind("127.0.0.1").unwrap();
    let mut phone = Callee::connect(pbx).unwrap();
    phone.ua.register("phone", &contact(elsewhere.port().unwrap())).unwrap();
    (phone, elsewhere)
}

#[test]
fn a_registered_peer_is_called_on_its_connection_and_no_second_one_is_opened() {
    let pbx = start("reused", "");
    let (mut phone, elsewhere) = registered(&pbx);
    is_called(&pbx, "phone", &mut phone);
    // The host asks a contact whether it is there by another way than it calls it.
    pbx.cli("pjsip qualify phone").unwrap();
    let options = phone.ua.wait_for_request("OPTIONS").unwrap();
    phone.ua.accept(&options).unwrap();
    assert!(elsewhere.connection().unwrap().is_none(), "the PBX connected to the address in the Contact");
    pbx.stop().unwrap();
}

#[test]
fn the_address_in_the_contact_is_called_when_the_settings_say_so() {
    let pbx = start("anew", "[tls]\nenforce = no\nreuse = no\n");
    let (_phone, elsewhere) = registered(&pbx);
    call(&pbx, "phone");
    wait_for("a second connection", PATIENCE, || elsewhere.connection()).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn nobody_gets_to_another_peers_connection_by_a_contact_or_a_call_id() {
    let pbx = start("claimed", "");
    let mut phone = Callee::connect(&pbx).unwrap();
    let own = contact(phone.ua.port().parse().unwrap());
    let call_id = phone.ua.register("phone", &own).unwrap();
    // Its own address of record, at the phone's address and under the phone's Call-ID.
    let mut mallory = Callee::connect(&pbx).unwrap();
    mallory.ua.register_under("mallory", &own, &call_id).unwrap();
    is_called(&pbx, "phone", &mut phone);
    is_called(&pbx, "mallory", &mut mallory);
    // Once it is gone, what is for it goes to no connection of another.
    drop(mallory);
    call(&pbx, "mallory");
    pbx.wait_until_idle().unwrap();
    // Anything but the answer to this would be an error.
    phone.ua.register("phone", &own).unwrap();
    is_called(&pbx, "phone", &mut phone);
    pbx.stop().unwrap();
}

#[test]
fn a_peer_that_registers_anew_is_called_on_its_new_connection() {
    let pbx = start("moved", "");
    let elsewhere = TlsServer::bind("127.0.0.1").unwrap();
    let listed = contact(elsewhere.port().unwrap());
    let mut before = Callee::connect(&pbx).unwrap();
    let call_id = before.ua.register("phone", &listed).unwrap();
    let mut after = Callee::connect(&pbx).unwrap();
    after.ua.register_under("phone", &listed, &call_id).unwrap();
    is_called(&pbx, "phone", &mut after);
    before.ua.register("phone", &listed).unwrap();
    is_called(&pbx, "phone", &mut before);
    assert!(elsewhere.connection().unwrap().is_none());
    pbx.stop().unwrap();
}

#[test]
fn two_tenants_with_the_same_user_are_called_on_their_own_connections() {
    let config = PbxConfig::new("tenants", Module::Ours).unwrap().with_companion();
    let tenant = |endpoint, record| {
        format!(
            "\n[{endpoint}](leg)\nmedia_encryption=sdes\naors={record}\n[{record}]\ntype=aor\nmax_contacts=1\n"
        )
    };
    let tenants = [("red", "alice@red.example"), ("blue", "alice@blue.example"), ("bare", "alice")];
    let peers: String = tenants.iter().map(|(endpoint, record)| tenant(endpoint, record)).collect();
    let config = config.with("modules.conf", "load=res_pjsip_registrar.so\n").with("pjsip.conf", &peers);
    let pbx = Pbx::start(config).unwrap();
    let mut phones = tenants.map(|_| Callee::connect(&pbx).unwrap());
    // All say that they are where the first one is.
    let claimed = format!("<{}>;expires=300", contact(phones[0].ua.port().parse().unwrap()));
    for (phone, (endpoint, _)) in phones.iter_mut().zip(tenants) {
        let record = format!("alice@{endpoint}.example");
        phone.ua.register_record(endpoint, &record, &claimed).unwrap();
    }
    // Whoever registered last owns no connection but its own.
    phones[1].ua.register_record("blue", "alice@blue.example", &claimed).unwrap();
    for (phone, (endpoint, _)) in phones.iter_mut().zip(tenants) {
        is_called(&pbx, endpoint, phone);
    }
    pbx.stop().unwrap();
}

#[test]
fn registers_that_are_refused_take_no_room_from_a_peer() {
    let guarded = "\n[guarded](leg)\naors=guarded\nauth=guarded\n[guarded]\ntype=aor\nmax_contacts=1\n\
                   [guarded]\ntype=auth\nauth_type=userpass\nusername=guarded\npassword=unknown\n";
    let config = PbxConfig::new("flooded", Module::Ours).unwrap().with_companion();
    let config = config.with("pjsip.conf", &format!("{PEERS}{guarded}"));
    let pbx = Pbx::start(config.with("modules.conf", "load=res_pjsip_registrar.so\n")).unwrap();
    let mut mallory = Callee::connect(&pbx).unwrap();
    for nth in 0..1002 {
        let contact = format!("<sip:{nth}@127.0.0.1;transport=tls>");
        let refused = mallory.ua.register_record("guarded", "guarded@red.example", &contact).unwrap_err();
        assert!(refused.to_string().contains("401"), "{refused}");
    }
    let (mut phone, _elsewhere) = registered(&pbx);
    is_called(&pbx, "phone", &mut phone);
    pbx.stop().unwrap();
}

#[test]
fn a_contact_that_was_taken_back_stands_for_no_connection() {
    let pbx = start("retracted", "");
    let elsewhere = TlsServer::bind("127.0.0.1").unwrap();
    let listed = contact(elsewhere.port().unwrap());
    let mut phone = Callee::connect(&pbx).unwrap();
    phone.ua.register("phone", &listed).unwrap();
    let address = format!("phone@{}", pbx.config().ip());
    phone.ua.register_record("phone", &address, &format!("<{listed}>;expires=0")).unwrap();
    // What the PBX is told by other means is reached by other means.
    let listed = format!("[phone]\ntype=aor\ncontact={}\n", listed.replace(';', "\\;"));
    let file = pbx.file("etc/pjsip.conf");
    let before = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, before.replace("[phone]\ntype=aor\n", &listed)).unwrap();
    pbx.cli("module reload res_pjsip.so").unwrap();
    call(&pbx, "phone");
    wait_for("a second connection", PATIENCE, || elsewhere.connection()).unwrap();
    pbx.stop().unwrap();
}

#[test]
fn a_peer_whose_contact_is_no_sip_uri_harms_nobody_when_it_has_gone() {
    let pbx = start("elsewhere", "");
    for claimed in ["<mailto:AAAAAAAAAAAAAAAA@elsewhere.example>", "<tel:+4930123456;ext=7>"] {
        let mut phone = Callee::connect(&pbx).unwrap();
        let own = contact(phone.ua.port().parse().unwrap());
        phone.ua.register("phone", &own).unwrap();
        call(&pbx, "phone");
        let invite = phone.ua.wait_for_request("INVITE").unwrap();
        phone.ua.claimed_contact = claimed.into();
        let offered = Attribute::all_of(&invite.body).unwrap().remove(0);
        let (tag, suite) = offered.tag_and_suite().unwrap();
        let answer = Sdp::new(40_000, &[Offer::new(tag, suite).unwrap().line.as_bytes()]).write();
        phone.ua.accept_with(&invite, &answer).unwrap();
        let is_up = || Ok(pbx.cli("core show channels concise")?.contains("!Up!Echo!").then_some(()));
        wait_for("the answer", PATIENCE, is_up).unwrap();
        drop(phone);
        // Who connects after it has gone is served after its end was seen.
        Callee::connect(&pbx).unwrap();
        // A BYE that goes nowhere.
        pbx.cli("channel request hangup all").unwrap();
        pbx.wait_until_idle().unwrap();
    }
    pbx.stop().unwrap();
}

#[test]
fn peers_that_go_just_when_they_are_called_leave_the_others_reachable() {
    let pbx = start("going", "");
    let mut phone = Callee::connect(&pbx).unwrap();
    phone.ua.register("phone", &contact(phone.ua.port().parse().unwrap())).unwrap();
    for _ in 0..25 {
        let mut going = Callee::connect(&pbx).unwrap();
        going.ua.register("mallory", &contact(going.ua.port().parse().unwrap())).unwrap();
        call(&pbx, "mallory");
        drop(going);
    }
    pbx.cli("channel request hangup all").unwrap();
    pbx.wait_until_idle().unwrap();
    is_called(&pbx, "phone", &mut phone);
    pbx.stop().unwrap();
}
