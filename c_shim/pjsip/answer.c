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
#include "asterisk/stream.h"

#include "sip.h"

/*! \brief Whether this endpoint's calls may have no other media than SDES-SRTP */
static int demands_sdes(const struct ast_sip_endpoint *endpoint)
{
	return endpoint->media.rtp.encryption == AST_SIP_MEDIA_ENCRYPT_SDES && !endpoint->media.rtp.encryption_optimistic;
}

/*! \brief The instance whose keys a stream is sent with: in a bundle that of the first */
static struct ast_rtp_instance *carrier_of(const struct ast_sip_session_media_state *state,
	const struct ast_sip_session_media *media)
{
	int i;

	for (i = 0; media->bundled && i < (int) AST_VECTOR_SIZE(&state->sessions); i++) {
		const struct ast_sip_session_media *first = AST_VECTOR_GET(&state->sessions, i);

		if (first && first->bundle_group == media->bundle_group) {
			return first->rtp;
		}
	}
	return media->rtp;
}

/* Keys of DTLS come after the answer, and no media before them. */
static int is_stream_in_clear(const struct ast_sip_session_media_state *state, int stream)
{
	const struct ast_sip_session_media *media = AST_VECTOR_GET(&state->sessions, stream);
	struct ast_rtp_instance *carrier;

	if (!media || !media->rtp || media->encryption == AST_SIP_MEDIA_ENCRYPT_DTLS || (state->topology
			&& stream < ast_stream_topology_get_count(state->topology)
			&& ast_stream_get_state(ast_stream_topology_get_stream(state->topology, stream)) == AST_STREAM_STATE_REMOVED)) {
		return 0;
	}
	carrier = carrier_of(state, media);
	return !carrier || !ast_rtp_instance_get_srtp(carrier, 0);
}

/*! \brief Whether a stream that was agreed has no keys, or none was agreed at all; a fax over UDPTL is no such stream */
static int is_in_clear(const struct ast_sip_session *session)
{
	const struct ast_sip_session_media_state *state = session->active_media_state;
	int count = state ? (int) AST_VECTOR_SIZE(&state->sessions) : 0;
	int i;

	for (i = 0; i < count; i++) {
		if (is_stream_in_clear(state, i)) {
			return 1;
		}
	}
	return !count;
}

/*! \brief The peer's description that this answer made the one in force; NULL when there is none */
static const pjmedia_sdp_session *description_in(const struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	pjsip_rdata_sdp_info *info = pjsip_rdata_get_sdp_info(rdata);
	pjmedia_sdp_neg *neg = session->inv_session->neg;
	const pjmedia_sdp_session *sdp = NULL;

	/* A 2xx without one confirms that of an earlier response, and a provisional one may be of another branch. */
	if (info && info->sdp && rdata->msg_info.msg->line.status.code / 100 == 2) {
		return info->sdp;
	}
	if (neg && pjmedia_sdp_neg_get_state(neg) == PJMEDIA_SDP_NEG_STATE_DONE) {
		pjmedia_sdp_neg_get_active_remote(neg, &sdp);
	}
	return sdp;
}

/*! \brief Judge the description in an answer, as one in a request is judged */
static int is_refused(struct ast_sip_session *session, struct pjsip_rx_data *rdata, struct shim_reason *reason)
{
	struct voxseal_described described = {
		.sdp = description_in(session, rdata),
		.endpoint = session->endpoint,
		.session = session,
		.transport = rdata->tp_info.transport,
		.address = rdata->pkt_info.src_name,
	};

	return described.sdp && voxseal_judge(&described, reason);
}

/*! \brief Whether this response says what the media is: the last one does, and an early one with an answer in it */
static int is_answer(const struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	int kind = rdata->msg_info.msg->line.status.code / 100;

	return kind == 2 || (kind == 1 && rdata->msg_info.msg->body && description_in(session, rdata));
}

/* Before chan_pjsip tells the channel that it was answered, so that it is never bridged. */
static void incoming_response(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	struct shim_reason refusal;
	struct shim_reason reason = {
		"the answer has no crypto line that can be used, and the endpoint demands encryption",
		"switch SRTP on at the peer, or set media_encryption_optimistic=yes in pjsip.conf or media_policy=optional in "
		"voxseal.conf",
	};

	if (!session->channel || !is_answer(session, rdata)) {
		return;
	}
	if (is_refused(session, rdata, &refusal)) {
		reason = refusal;
	} else if (!is_in_clear(session)
		|| (!demands_sdes(session->endpoint) && !voxseal_wishes_hangup_if_clear(session))) {
		return;
	}
	ast_log(LOG_WARNING, "%s: ended, endpoint %s: %s: %s\n", ast_channel_name(session->channel),
		ast_sorcery_object_get_id(session->endpoint), reason.cause, reason.remedy);
	ast_queue_hangup_with_cause(session->channel, AST_CAUSE_BEARERCAPABILITY_NOTAVAIL);
}

static struct ast_sip_session_supplement supplement = {
	.method = "INVITE,UPDATE",
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
