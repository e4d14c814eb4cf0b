//! SIP over WebSockets (RFC 7118): with TLS below it is secure signalling, without it is not.

use crate::policy_site::{Outcome, config, logged, outcome, wait_for_lines};
use std::time::Duration;
use voxseal_rig::caller::Caller;
use voxseal_rig::pbx::Pbx;
use voxseal_rig::sip::{Message, Ua};
use voxseal_rig::wait::{PATIENCE, wait_for};

const HTTP: &str = "
[general]
enabled=yes
bindaddr=@IP@
bindport=@HTTPPORT@
tlsenable=yes
tlsbindaddr=@IP@:@HTTPSPORT@
tlscertfile=@DIR@/etc/server.crt
tlsprivatekey=@DIR@/etc/server.key
";

const ENDPOINTS: &str = "
[ws]
type=transport
protocol=ws
bind=@IP@
[wss]
type=transport
protocol=wss
bind=@IP@

[browser](open)
@srtp_policy=mandatory
aors=browser
[browser]
type=aor
max_contacts=1
";

const MODULES: &str =
    "load=res_http_websocket.so\nload=res_pjsip_transport_websocket.so\nload=res_pjsip_registrar.so\n";

fn start(name: &str, demanded: &str) -> Option<Pbx> {
    let settings = format!("[general]\nrequire_secure_signalling = {demanded}\n");
    let config = config(name, &settings, ENDPOINTS)?.with("http.conf", HTTP).with("modules.conf", MODULES);
    Some(Pbx::start(config).unwrap())
}

/// A caller whose SIP comes over `ws` or `wss`.
fn caller(pbx: &Pbx, scheme: &str, user: &str) -> Caller {
    let (config, ca) = (pbx.config(), pbx.file("etc/ca.pem"));
    let ua = match scheme {
        "wss" => Ua::by_web_socket(config.ip(), config.ports.https(), Some(&ca), user),
        _ => Ua::by_web_socket(config.ip(), config.ports.http(), None, user),
    };
    Caller { ua: ua.unwrap() }
}

#[test]
fn keys_travel_over_wss_and_not_over_ws() {
    let Some(pbx) = start("wss", "yes") else { return };
    let secure = outcome(&pbx, &mut caller(&pbx, "wss", "optional"), "RTP/SAVP", true).unwrap();
    assert_eq!(secure, Outcome::Encrypted);
    let mut clear = caller(&pbx, "ws", "optional");
    match outcome(&pbx, &mut clear, "RTP/SAVP", true).unwrap() {
        Outcome::Refused(warning) => {
            assert!(
                warning.starts_with("399 ")
                    && warning.contains("crypto lines may travel over TLS or WSS only"),
                "{warning}"
            )
        }
        other => panic!("{other:?}"),
    }
    wait_for_lines(&pbx, &["endpoint optional", "over WS", "refused"], 1).unwrap();
    assert_eq!(outcome(&pbx, &mut clear, "RTP/AVP", false).unwrap(), Outcome::Clear, "there is no key in it");
    pbx.stop().unwrap();
}

#[test]
fn keys_over_ws_are_warned_of_and_those_over_wss_are_not() {
    let Some(pbx) = start("ws-warned", "warn") else { return };
    for scheme in ["wss", "ws"] {
        let found = outcome(&pbx, &mut caller(&pbx, scheme, "optional"), "RTP/SAVP", true).unwrap();
        assert_eq!(found, Outcome::Encrypted, "{scheme}");
    }
    wait_for_lines(&pbx, &["over WS: crypto lines travel in clear"], 1).unwrap();
    assert_eq!(logged(&pbx, &["crypto lines travel in clear"]), 1);
    pbx.stop().unwrap();
}

/// Has the PBX call the browser that registered, which is busy; its INVITE, if one comes before the call has failed.
fn called(pbx: &Pbx, browser: &mut Caller) -> Option<Message> {
    browser.ua.register("browser", "sip:browser@nowhere.invalid;transport=ws").unwrap();
    pbx.cli("channel originate PJSIP/browser extension echo@tests").unwrap();
    let invite = wait_for("a call, or its end", PATIENCE, || {
        // What was sent before the end of the call has come by then.
        let ended = pbx.channels()? == 0;
        let invite = browser.ua.receive(Duration::from_millis(100))?;
        Ok((ended || invite.is_some()).then_some(invite))
    })
    .unwrap();
    if let Some(invite) = &invite {
        browser.ua.reply(invite, "486 Busy Here", "rig", b"").unwrap();
    }
    pbx.wait_until_idle().unwrap();
    invite
}

#[test]
fn our_keys_leave_over_wss_alone() {
    let Some(pbx) = start("wss-called", "yes") else { return };
    let invite = called(&pbx, &mut caller(&pbx, "wss", "browser")).unwrap();
    assert!(invite.head.starts_with("INVITE ") && invite.body.contains("a=crypto:"), "{}", invite.head);
    assert!(called(&pbx, &mut caller(&pbx, "ws", "browser")).is_none());
    wait_for_lines(&pbx, &["endpoint browser", "over WS"], 1).unwrap();
    pbx.stop().unwrap();
}
