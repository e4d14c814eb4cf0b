/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Says in the log when the peer leaves out its crypto lines in the middle of a secure call
 *
 * Keys stay in use once they are: nothing is sent in clear and nothing taken in clear. Where the
 * endpoint demands encryption the host refuses such an offer. Where encryption is optional it
 * agrees, and then the sides wait for what the other does not send; so it has to be said.
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/sorcery.h"

#include "sip.h"

/*! \brief Whether a section is of RTP that goes on, and says nothing of keys */
static int is_bare(const pjmedia_sdp_media *section)
{
	pj_str_t rtp = pj_str("RTP/");

	return section->desc.port && !pj_strncmp(&section->desc.transport, &rtp, rtp.slen)
		&& !pjmedia_sdp_media_find_attr2(section, "crypto", NULL);
}

/*! \brief Whether the streams of this state have keys at this place. Those that ride on another one's transport have none. */
static int has_keys(const struct ast_sip_session_media_state *state, unsigned int place)
{
	const struct ast_sip_session_media *media = NULL;

	if (state && place < AST_VECTOR_SIZE(&state->sessions)) {
		media = AST_VECTOR_GET(&state->sessions, place);
	}
	return media && media->rtp && ast_rtp_instance_get_srtp(media->rtp, 0);
}

/*! \brief Look at an offer or an answer of the peer in a call that is up */
static void look_at(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	const pjsip_rdata_sdp_info *info = pjsip_rdata_get_sdp_info(rdata);
	unsigned int place;

	if (session->endpoint->media.rtp.encryption != AST_SIP_MEDIA_ENCRYPT_SDES || !session->channel || !info->sdp) {
		return;
	}
	for (place = 0; place < info->sdp->media_count; place++) {
		const pjmedia_sdp_media *section = info->sdp->media[place];

		if (is_bare(section) && has_keys(session->active_media_state, place)) {
			ast_log(LOG_WARNING, "%s: the peer has dropped the crypto lines of its %.*s in the middle of a secure call, %s: "
				"switch SRTP on at the peer\n", ast_channel_name(session->channel), (int) section->desc.media.slen,
				section->desc.media.ptr, session->endpoint->media.rtp.encryption_optimistic
				? "and what is sent to it stays encrypted with the keys from before, and what it sends in clear is not taken"
				: "which its endpoint does not allow");
		}
	}
}

static int incoming_request(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	if (session->inv_session->state == PJSIP_INV_STATE_CONFIRMED) {
		look_at(session, rdata);
	}
	return 0;
}

static void incoming_response(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	if (rdata->msg_info.msg->line.status.code / 100 == 2) {
		look_at(session, rdata);
	}
}

static struct ast_sip_session_supplement supplement = {
	.method = "INVITE,UPDATE",
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_FIRST,
	.response_priority = AST_SIP_SESSION_AFTER_MEDIA,
	.incoming_request = incoming_request,
	.incoming_response = incoming_response,
};

void voxseal_dropped_watch(void)
{
	ast_sip_session_register_supplement(&supplement);
}

void voxseal_dropped_unwatch(void)
{
	ast_sip_session_unregister_supplement(&supplement);
}
