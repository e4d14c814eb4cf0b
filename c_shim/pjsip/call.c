/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What res_srtp.so is told of the call that a stream belongs to
 */

#include "asterisk.h"

#include "asterisk/codec.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/sorcery.h"
#include "asterisk/vector.h"

#include "sip.h"

/*! \brief The media of a stream of this session */
static const char *media_of(const struct ast_sip_session *session, const struct ast_sdp_srtp *srtp, int stream)
{
	const struct ast_sip_session_media_state *state = voxseal_stream_in(session->pending_media_state, srtp) == stream
		? session->pending_media_state : session->active_media_state;

	return ast_codec_media_type2str(AST_VECTOR_GET(&state->sessions, stream)->type);
}

void voxseal_call_of(struct ast_sip_session *session, const struct ast_sdp_srtp *srtp, struct shim_call *call)
{
	const struct ast_sip_endpoint *endpoint;

	voxseal_wishes_take(session);
	endpoint = session->endpoint;
	call->endpoint = ast_sorcery_object_get_id(endpoint);
	/* The host's name for a field leaves its @ out. */
	call->profile = ast_sorcery_object_get_extended(endpoint, "srtp_profile");
	call->suites = ast_sorcery_object_get_extended(endpoint, "srtp_suites");
	call->media = media_of(session, srtp, call->stream);
	call->source = voxseal_message_source(&session->inv_session->dlg->call_id->id, &call->source_transport);
	call->session = session;
	call->channel = session->channel;
	call->outgoing = session->inv_session->role == PJSIP_ROLE_UAC;
	call->secure_uri = call->outgoing && voxseal_has_secure_uri(session);
}
