/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Requests that the endpoint's policies do not allow are refused before the host looks at them
 *
 * An INVITE that begins a call is looked at after its caller was authenticated, so that nobody
 * else learns anything from the refusal; requests within a call before the dialog gets them. Both
 * come here on the call's serializer, and repetitions do not, as the transaction answers them.
 */

#include "asterisk.h"

#include "asterisk/causes.h"
#include "asterisk/channel.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"

#include "sip.h"

static int is_method(const pjsip_rx_data *rdata, const char *name)
{
	return !pj_strcmp2(&rdata->msg_info.msg->line.req.method.name, name);
}

/*! \brief What the message describes, and whether that is anything to judge */
static int describes(pjsip_rx_data *rdata, struct voxseal_described *described)
{
	pjsip_rdata_sdp_info *info = pjsip_rdata_get_sdp_info(rdata);

	described->sdp = info ? info->sdp : NULL;
	described->transport = rdata->tp_info.transport;
	described->address = rdata->pkt_info.src_name;
	/* An INVITE without SDP, whatever else is in it, asks for ours; one whose SDP cannot be read is refused by the host. */
	return described->sdp || (is_method(rdata, "INVITE") && !(info && info->body.ptr));
}

static void log_refusal(const pjsip_rx_data *rdata, const struct voxseal_described *described,
	const struct shim_reason *reason)
{
	struct shim_endpoint of = voxseal_endpoint_of(described->endpoint);

	if (voxseal_companion()->policies->may_warn()) {
		ast_log(LOG_WARNING, "endpoint %s: %.*s from %s over %s refused, %s: %s\n", of.name,
			(int) rdata->msg_info.msg->line.req.method.name.slen, rdata->msg_info.msg->line.req.method.name.ptr,
			described->address, described->transport->type_name, reason->cause, reason->remedy);
	}
}

static void respond(pjsip_rx_data *rdata, int code, const char *cause)
{
	pjsip_hdr headers;
	pj_str_t text;

	pj_list_init(&headers);
	pj_list_push_back(&headers, pjsip_warning_hdr_create(rdata->tp_info.pool, code,
		&rdata->tp_info.transport->local_name.host, pj_cstr(&text, cause)));
	pjsip_endpt_respond(ast_sip_get_pjsip_endpoint(), NULL, rdata, PJSIP_SC_NOT_ACCEPTABLE_HERE, NULL, &headers, NULL,
		NULL);
}

/*! \brief Judge a request, and refuse it if need be: whether that is all that is to be done with it */
static pj_bool_t refuse_unless_allowed(pjsip_rx_data *rdata, struct voxseal_described *described)
{
	struct shim_reason reason;
	int code = voxseal_judge(described, &reason);

	if (code) {
		log_refusal(rdata, described, &reason);
		if (!is_method(rdata, "ACK")) {
			respond(rdata, code, reason.cause);
		} else if (described->session && described->session->channel) {
			/* It cannot be refused, and the call would go on as nobody agreed. */
			ast_queue_hangup_with_cause(described->session->channel, AST_CAUSE_BEARERCAPABILITY_NOTAVAIL);
		}
	}
	return code && !is_method(rdata, "ACK");
}

static pj_bool_t on_first_request(pjsip_rx_data *rdata)
{
	struct voxseal_described described = { 0 };
	struct ast_sip_endpoint *endpoint;
	pj_bool_t handled = PJ_FALSE;

	if (rdata->msg_info.to->tag.slen || !is_method(rdata, "INVITE") || !describes(rdata, &described)) {
		return PJ_FALSE;
	}
	if ((endpoint = ast_pjsip_rdata_get_endpoint(rdata))) {
		described.endpoint = endpoint;
		handled = refuse_unless_allowed(rdata, &described);
	}
	ao2_cleanup(endpoint);
	return handled;
}

static pj_bool_t on_later_request(pjsip_rx_data *rdata)
{
	struct voxseal_described described = { 0 };
	struct ast_sip_session *session;
	pj_bool_t handled = PJ_FALSE;

	if (!rdata->msg_info.to->tag.slen || !describes(rdata, &described)) {
		return PJ_FALSE;
	}
	session = voxseal_session_of(&rdata->msg_info.cid->id, &rdata->msg_info.to->tag, &rdata->msg_info.from->tag, 1);
	if (session) {
		described.session = session;
		described.endpoint = session->endpoint;
		handled = refuse_unless_allowed(rdata, &described);
	}
	ao2_cleanup(session);
	return handled;
}

/* After the host's authenticator, which comes two before the applications, and before its sessions. */
pjsip_module voxseal_first_request_module = {
	.name = { "voxseal calls", 13 },
	.id = -1,
	.priority = PJSIP_MOD_PRIORITY_APPLICATION - 1,
	.on_rx_request = on_first_request,
};

/* After transactions, before dialogs. */
pjsip_module voxseal_later_request_module = {
	.name = { "voxseal calls that are up", 25 },
	.id = -1,
	.priority = PJSIP_MOD_PRIORITY_TSX_LAYER + 1,
	.on_rx_request = on_later_request,
};
