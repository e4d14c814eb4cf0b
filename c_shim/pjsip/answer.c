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

/*! \brief Judge the description in an answer, as one in a request is judged */
static int is_refused(struct ast_sip_session *session, struct pjsip_rx_data *rdata, struct shim_reason *reason)
{
	pjsip_rdata_sdp_info *info = pjsip_rdata_get_sdp_info(rdata);
	struct voxseal_described described = {
		.sdp = info ? info->sdp : NULL,
		.endpoint = session->endpoint,
		.session = session,
		.transport = rdata->tp_info.transport,
		.address = rdata->pkt_info.src_name,
	};

	return described.sdp && voxseal_judge(&described, reason);
}

/*! \brief Whether SRTP(hangup_if_clear) was set and the media is in clear */
static int is_unwanted(const struct ast_sip_session *session)
{
	return voxseal_wishes_hangup_if_clear(session)
		&& !has_keys(session->active_media_state) && !has_keys(session->pending_media_state);
}

/* Before chan_pjsip tells the channel that it was answered, so that it is never bridged. */
static void incoming_response(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	const pjsip_msg *message = rdata->msg_info.msg;
	struct shim_reason refusal;
	struct shim_reason reason = {
		"the answer has no crypto line that can be used, and the endpoint demands encryption",
		"switch SRTP on at the peer, or set media_encryption_optimistic=yes in pjsip.conf or media_policy=optional in "
		"voxseal.conf",
	};
	int demanded = demands_sdes(session->endpoint)
		&& !has_keys(session->active_media_state) && !has_keys(session->pending_media_state);

	if (message->line.status.code / 100 != 2 || !message->body || !session->channel) {
		return;
	}
	if (is_refused(session, rdata, &refusal)) {
		reason = refusal;
	} else if (!demanded && !is_unwanted(session)) {
		return;
	}
	ast_log(LOG_WARNING, "%s: ended, endpoint %s: %s: %s\n", ast_channel_name(session->channel),
		ast_sorcery_object_get_id(session->endpoint), reason.cause, reason.remedy);
	ast_queue_hangup_with_cause(session->channel, AST_CAUSE_BEARERCAPABILITY_NOTAVAIL);
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
