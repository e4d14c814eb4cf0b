/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The last look at what is sent: no key leaves over signalling that the endpoint's policy refuses
 *
 * Only here it is certain which way a message goes, and what is in it. What may not leave fails
 * like any message that no transport takes.
 */

#include "asterisk.h"

#include "asterisk/causes.h"
#include "asterisk/channel.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"

#include "sip.h"
#include "voxseal.h"

/*! \brief Whether there is a crypto attribute in the message as it will be on the wire */
static int has_keys(const pjsip_tx_data *tdata)
{
	static const char line[] = "\na=crypto:";

	return tdata->msg->body && tdata->buf.start
		&& memmem(tdata->buf.start, tdata->buf.cur - tdata->buf.start, line, strlen(line));
}

/*! \brief The session that a message of ours belongs to, with a reference; or NULL */
static struct ast_sip_session *session_of(const pjsip_tx_data *tdata)
{
	const pjsip_cid_hdr *call_id = PJSIP_MSG_CID_HDR(tdata->msg);
	const pjsip_from_hdr *from = PJSIP_MSG_FROM_HDR(tdata->msg);
	const pjsip_to_hdr *to = PJSIP_MSG_TO_HDR(tdata->msg);

	if (!call_id || !from || !to) {
		return NULL;
	}
	return tdata->msg->type == PJSIP_REQUEST_MSG ? voxseal_session_of(&call_id->id, &from->tag, &to->tag, 0)
		: voxseal_session_of(&call_id->id, &to->tag, &from->tag, 0);
}

/*! \brief On the session's serializer, where alone the channel does not go meanwhile */
static void hang_up(struct ast_sip_session *session)
{
	if (session->channel) {
		ast_queue_hangup_with_cause(session->channel, AST_CAUSE_BEARERCAPABILITY_NOTAVAIL);
	}
}

/*! \brief Whether keys may go out as this message does */
static pj_status_t judge(struct ast_sip_session *session, const pjsip_tx_data *tdata)
{
	const struct shim_policies *policies = voxseal_companion()->policies;
	struct shim_endpoint of = voxseal_endpoint_of(session->endpoint);
	const pjsip_transport *transport = tdata->tp_info.transport;
	struct shim_reason reason;
	uint32_t verdict = policies->signalling(&of, voxseal_transport_is_secure(transport), tdata->tp_info.dst_name,
		&reason);

	if (verdict == VOXSEAL_SIGNALLING_REFUSE) {
		if (policies->may_warn()) {
			ast_log(LOG_WARNING, "endpoint %s: nothing was sent to %s over %s and the call is ended, %s: %s\n", of.name,
				tdata->tp_info.dst_name, transport->type_name, reason.cause, reason.remedy);
		}
		voxseal_push(session, hang_up);
		return PJSIP_EUNSUPTRANSPORT;
	}
	if (verdict == VOXSEAL_SIGNALLING_WARN && voxseal_signalling_is_first_warning(session) && policies->may_warn()) {
		ast_log(LOG_WARNING, "endpoint %s, call with %s over %s: %s: %s\n", of.name, tdata->tp_info.dst_name,
			transport->type_name, reason.cause, reason.remedy);
	}
	return PJ_SUCCESS;
}

static pj_status_t on_message(pjsip_tx_data *tdata)
{
	struct ast_sip_session *session;
	pj_status_t status = PJ_SUCCESS;
	int keys = has_keys(tdata);

	if (!tdata->msg->body || !(session = session_of(tdata))) {
		return PJ_SUCCESS;
	}
	if (tdata->msg->type == PJSIP_REQUEST_MSG) {
		voxseal_signalling_saw(session, tdata->tp_info.transport, tdata->tp_info.dst_name);
	}
	if (voxseal_session_is_doomed(session)) {
		voxseal_push(session, hang_up);
		status = PJSIP_EUNSUPTRANSPORT;
	} else if (keys || voxseal_wishes_require_tls(session)) {
		status = judge(session, tdata);
	}
	ao2_ref(session, -1);
	return status;
}

/* Modules with lower numbers come later: the host's own printing of the message is done. */
pjsip_module voxseal_send_module = {
	.name = { "voxseal keys", 12 },
	.id = -1,
	.priority = PJSIP_MOD_PRIORITY_TRANSPORT_LAYER - 1,
	.on_tx_request = on_message,
	.on_tx_response = on_message,
};
