//! A fax over UDPTL in a secure call: no media of RTP, so nothing there that could be encrypted, and no reason to end the call.

use std::net::UdpSocket;
use std::time::Duration;
use voxseal_rig::caller::{Caller, Offer};
use voxseal_rig::media::Media;
use voxseal_rig::pbx::{Module, Pbx, PbxConfig};
use voxseal_rig::sdp::Sdp;
use voxseal_rig::wait::{PATIENCE, wait_for};

const S80: &str = "AES_CM_128_HMAC_SHA1_80";

const ENDPOINTS: &str = "
[fax](leg)
media_encryption=sdes
t38_udptl=yes
aors=sdes
";
const DIALPLAN: &str = "
exten => fax,1,Answer()
 same => n,ReceiveFAX(@DIR@/spool/in.tif)
";
const MODULES: &str = "
load=res_pjsip_t38.so
load=res_fax.so
load=res_fax_spandsp.so
";

#[test]
fn fax_over_udptl_is_let_through_where_encryption_is_mandatory() {
    let config = PbxConfig::new("fax", Module::Ours).unwrap().with_companion();
    let config = config.with("pjsip.conf", ENDPOINTS).with("extensions.conf", DIALPLAN);
    let pbx = Pbx::start(config.with("modules.conf", MODULES)).unwrap();
    let mut caller = Caller::connect_as(&pbx, "fax").unwrap();
    let offer = Offer::named(1, S80).unwrap();
    let media = Media::bind().unwrap();
    let (mut dialog, answer) =
        caller.ua.invite("fax", &Sdp::new(media.port, &[offer.line.as_bytes()]).write()).unwrap();
    assert!(answer.body.contains("a=crypto:"), "the call is secure at first");

    // The PBX asks for T.38 once it has been silent for a while.
    let invite = wait_for("the re-INVITE", PATIENCE, || {
        let message = caller.ua.receive(Duration::from_millis(50))?;
        Ok(message.filter(|message| message.head.starts_with("INVITE ")))
    })
    .unwrap();
    let offered = &invite.body;
    assert!(offered.contains("m=image ") && offered.contains(" udptl t38"), "{offered}");
    let udptl = UdpSocket::bind((pbx.config().ip(), 0)).unwrap();
    let description = format!(
        "v=0\r\no=- 1 9 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=image {port} udptl t38\r\n\
         a=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\na=T38FaxRateManagement:transferredTCF\r\n\
         a=T38FaxMaxDatagram:400\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n",
        ip = pbx.config().ip(),
        port = udptl.local_addr().unwrap().port(),
    );
    caller.ua.accept_with(&invite, description.as_bytes()).unwrap();

    // It begins to speak as a fax machine does.
    udptl.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(udptl.recv(&mut [0; 2000]).unwrap() > 0);
    assert!(!pbx.log().contains("ended, endpoint"), "{}", pbx.log());
    caller.ua.bye(&mut dialog).unwrap();
    pbx.wait_until_idle().unwrap();
    pbx.stop().unwrap();
}
