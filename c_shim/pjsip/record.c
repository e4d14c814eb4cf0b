/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief When records of a call may have to say something else: it was answered, or the peer hangs up
 *
 * The host queues the hangup in its own supplement, after ours: hangup handlers see what we wrote.
 */

#include "asterisk.h"

#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"

#include "sip.h"

static void record(struct ast_sip_session *session)
{
	if (session->channel) {
		voxseal_companion()->record(session->channel);
	}
}

static int is_success(const pjsip_msg *message)
{
	return PJSIP_IS_STATUS_IN_CLASS(message->line.status.code, 200);
}

static void incoming_response(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	if (is_success(rdata->msg_info.msg)) {
		record(session);
	}
}

static void outgoing_response(struct ast_sip_session *session, struct pjsip_tx_data *tdata)
{
	if (is_success(tdata->msg)) {
		record(session);
	}
}

static struct ast_sip_session_supplement answers = {
	.method = "INVITE",
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_FIRST,
	.response_priority = AST_SIP_SESSION_AFTER_MEDIA,
	.incoming_response = incoming_response,
	.outgoing_response = outgoing_response,
};

static struct ast_sip_session_supplement ends = {
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_FIRST,
	.session_end = record,
};

void voxseal_record_watch(void)
{
	ast_sip_session_register_supplement(&answers);
	ast_sip_session_register_supplement(&ends);
}

void voxseal_record_unwatch(void)
{
	ast_sip_session_unregister_supplement(&ends);
	ast_sip_session_unregister_supplement(&answers);
}
