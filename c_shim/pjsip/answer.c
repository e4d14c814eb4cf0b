/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief An answer that leaves a call without the encryption that its endpoint demands ends the call
 *
 * When no crypto attribute of an answer can be used, the host leaves the call up, and both sides
 * sit in silence. Nothing is sent in clear, but a call that says nothing helps nobody.
 */

#include "asterisk.h"

#include "asterisk/causes.h"
#include "asterisk/channel.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/sorcery.h"

#include "sip.h"

/*! \brief Whether this endpoint's calls may have no other media than SDES-SRTP */
static int demands_sdes(const struct ast_sip_endpoint *endpoint)
{
	return endpoint->media.rtp.encryption == AST_SIP_MEDIA_ENCRYPT_SDES && !endpoint->media.rtp.encryption_optimistic;
}

static int has_keys(const struct ast_sip_session_media_state *state)
{
	int i;

	for (i = 0; state && i < (int) AST_VECTOR_SIZE(&state->sessions); i++) {
		const struct ast_sip_session_media *media = AST_VECTOR_GET(&state->sessions, i);

		if (media && media->rtp && ast_rtp_instance_get_srtp(media->rtp, 0)) {
			return 1;
		}
	}
	return 0;
}

/* Before chan_pjsip tells the channel that it was answered, so that it is never bridged. */
static void incoming_response(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	const pjsip_msg *message = rdata->msg_info.msg;

	if (message->line.status.code / 100 != 2 || !message->body || !session->channel
		|| !demands_sdes(session->endpoint)
		|| has_keys(session->active_media_state) || has_keys(session->pending_media_state)) {
		return;
	}
	ast_log(LOG_WARNING, "%s: ended, because the answer has no crypto line that can be used and endpoint %s demands "
		"encryption: switch SRTP on at the peer, or set media_encryption_optimistic=yes\n",
		ast_channel_name(session->channel), ast_sorcery_object_get_id(session->endpoint));
	ast_queue_hangup_with_cause(session->channel, AST_CAUSE_INCOMPATIBLE_DESTINATION);
}

static struct ast_sip_session_supplement supplement = {
	.method = "INVITE",
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_FIRST,
	.response_priority = AST_SIP_SESSION_AFTER_MEDIA,
	.incoming_response = incoming_response,
};

void voxseal_answer_watch(void)
{
	ast_sip_session_register_supplement(&supplement);
}

void voxseal_answer_unwatch(void)
{
	ast_sip_session_unregister_supplement(&supplement);
}
