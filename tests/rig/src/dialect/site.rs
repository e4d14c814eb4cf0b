//! A PBX with an endpoint for every system, and calls through it.

use super::phone::{Phone, Placed};
use super::{Dialect, audio};
use crate::Result;
use crate::pbx::{Pbx, PbxConfig};
use crate::sip::Ua;

/// Endpoints by what they demand, whatever system is behind them.
const BY_POLICY: &str = "
[mandatory](leg)
media_encryption=sdes

[optional](leg)
media_encryption=sdes
media_encryption_optimistic=yes

[disabled](leg)
media_encryption=no
";

/// The same by policies of ours, over any transport, and with keys over secure signalling alone. For the host these
/// demand nothing.
const BY_OUR_POLICY: &str = "
[ours](!,open)
@require_secure_signalling=yes

[our-mandatory](ours)
@srtp_policy=mandatory

[our-optional](ours)
@srtp_policy=optional

[our-disabled](ours)
@srtp_policy=forbidden
";

/// Extensions that call the phone at this port through this endpoint, plainly and with `secure=true` in the URI, and one that
/// sends the caller to it.
const EXTENSION: &str =
    "exten => _via_.,1,Dial(PJSIP/${CUT(EXTEN,_,2)}/sip:callee@@IP@:${CUT(EXTEN,_,3)}\\;transport=tls,60)
exten => _secure_.,1,Dial(PJSIP/${CUT(EXTEN,_,2)}/sip:callee@@IP@:${CUT(EXTEN,_,3)}\\;transport=tls\\;secure=true,60)
exten => _redirect_.,1,Transfer(PJSIP/sip:callee@@IP@:${CUT(EXTEN,_,2)}\\;transport=tls)
";

/// Starts a PBX with our module and an endpoint for each system, of the same name and with its profile; further
/// endpoints are `mandatory`, `optional` and `disabled` by the host's settings, and by our policies the same with `our-`.
///
/// `media_encryption_optimistic` is the host's switch for crypto attributes on `RTP/AVP`. Without it an endpoint takes
/// such offers, too, and answers them in kind, but its own offers are `RTP/SAVP`.
pub fn start(name: &str) -> Result<Pbx> {
    let mut endpoints = format!("{BY_POLICY}{BY_OUR_POLICY}");
    for system in Dialect::all()? {
        let on_avp = audio(&system.offer(4000, 1, "sendrecv"))?.transport == "RTP/AVP";
        let optimistic = if on_avp { "yes" } else { "no" };
        endpoints += &format!(
            "\n[{}](leg)\nmedia_encryption=sdes\nmedia_encryption_optimistic={optimistic}\n@srtp_profile={}\n",
            system.name, system.profile
        );
    }
    let config = PbxConfig::site(name, &endpoints, EXTENSION)?.with("modules.conf", "load=app_transfer.so\n");
    let pbx = Pbx::start(config)?;
    // Without it every offer of ours is the default one, which not everybody can stand.
    if !pbx.runs("res_pjsip_voxseal.so")? {
        return Err("res_pjsip_voxseal.so does not run, and endpoints have no profiles".into());
    }
    Ok(pbx)
}

/// Connects to the PBX as this endpoint.
pub fn connect(pbx: &Pbx, endpoint: &str) -> Result<Ua> {
    let config = pbx.config();
    Ua::connect(config.ip(), config.ports.tls(), &pbx.file("etc/ca.pem"), endpoint)
}

/// One system calls another through the PBX, each behind the endpoint of this name. What came of it at both ends.
pub fn place(
    pbx: &Pbx,
    caller: (&Dialect, &str),
    callee: (&Dialect, &str),
) -> Result<(Placed, Result<Phone>)> {
    let called = connect(pbx, callee.1)?;
    let extension = format!("via_{}_{}", callee.1, called.port());
    let system = callee.0.clone();
    let answering = std::thread::spawn(move || Phone::answer(&system, called));
    let placed = Phone::call(caller.0, connect(pbx, caller.1)?, &extension);
    let answered = answering.join().map_err(|_| "the callee failed")?;
    match placed {
        Ok(placed) => Ok((placed, answered)),
        Err(error) => {
            let more = answered.err().map(|more| format!("; {more}")).unwrap_or_default();
            Err(format!("{error}{more}").into())
        }
    }
}

/// Offers this SDP to an echo as this endpoint: the final status, and the answer. The call is ended again.
pub fn ask(pbx: &Pbx, endpoint: &str, sdp: &str) -> Result<(u16, String)> {
    ask_over(connect(pbx, endpoint)?, sdp)
}

/// The same over UDP, which the endpoints `our-` have.
pub fn ask_by_udp(pbx: &Pbx, endpoint: &str, sdp: &str) -> Result<(u16, String)> {
    ask_over(Ua::by_udp(pbx.config().ip(), pbx.config().ports.udp(), endpoint)?, sdp)
}

fn ask_over(mut ua: Ua, sdp: &str) -> Result<(u16, String)> {
    let (mut dialog, answer) = ua.invite("echo", sdp.as_bytes())?;
    if answer.status() == Some(200) {
        ua.bye(&mut dialog)?;
    }
    Ok((answer.status().unwrap_or(0), answer.body))
}
