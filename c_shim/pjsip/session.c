/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Whose SDP is written or read: from a media stream's crypto attributes to the SIP session
 *
 * The host does all work on a session, its SDP included, on the session's serializer. Incoming
 * calls share a few serializers, and each outgoing call has one of its own. So of all sessions
 * those are looked at whose serializer runs on this thread, and nobody else touches their media
 * meanwhile; of these it is the one that has the stream.
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/linkedlists.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/threadpool.h"
#if defined(__has_include)
#if __has_include("asterisk/taskpool.h")
#include "asterisk/taskpool.h"
#define HAS_TASKPOOL
#endif
#endif
#include "asterisk/utils.h"

#include "sip.h"

struct known_session {
	/*! Without a reference: the entry goes when the session is destroyed */
	struct ast_sip_session *session;
	/*! NULL when the peer did not say */
	char *user_agent;
	AST_LIST_ENTRY(known_session) list;
};

static AST_RWLIST_HEAD_STATIC(known_sessions, known_session);

/*! \brief What the peer calls itself: the caller in its INVITE, the callee when it registered */
static const char *user_agent_of(const struct ast_sip_session *session)
{
	const char *name = NULL;

	if (session->inv_session->role == PJSIP_ROLE_UAS) {
		name = voxseal_message_user_agent(&session->inv_session->dlg->call_id->id);
	} else if (session->contact) {
		name = S_OR(session->contact->user_agent, NULL);
	}
	return name;
}

static void session_begin(struct ast_sip_session *session)
{
	struct known_session *known = ast_calloc(1, sizeof(*known));

	voxseal_endpoint_take(session);
	if (known) {
		known->session = session;
		known->user_agent = ast_strdup(user_agent_of(session));
		AST_RWLIST_WRLOCK(&known_sessions);
		AST_RWLIST_INSERT_HEAD(&known_sessions, known, list);
		AST_RWLIST_UNLOCK(&known_sessions);
	} else {
		/* Its endpoint's suites would not be found. */
		voxseal_session_doom(session);
	}
}

#define DOOMED "voxseal_doomed"

/* That something is kept says it. */
void voxseal_session_doom(struct ast_sip_session *session)
{
	voxseal_keep(session, DOOMED, session->endpoint);
}

int voxseal_session_is_doomed(struct ast_sip_session *session)
{
	void *doomed = voxseal_kept(session, DOOMED);

	ao2_cleanup(doomed);
	return doomed != NULL;
}

struct ast_sip_session *voxseal_session_of(const pj_str_t *call_id, const pj_str_t *local_tag, const pj_str_t *remote_tag,
	int lock)
{
	pjsip_dialog *dialog = pjsip_ua_find_dialog(call_id, local_tag, remote_tag, lock ? PJ_TRUE : PJ_FALSE);
	struct ast_sip_session *session = dialog ? ast_sip_dialog_get_session(dialog) : NULL;

	if (dialog && lock) {
		pjsip_dlg_dec_lock(dialog);
	}
	return session;
}

static void session_destroy(struct ast_sip_session *session)
{
	struct known_session *known;

	AST_RWLIST_WRLOCK(&known_sessions);
	AST_RWLIST_TRAVERSE_SAFE_BEGIN(&known_sessions, known, list) {
		if (known->session == session) {
			AST_RWLIST_REMOVE_CURRENT(list);
			break;
		}
	}
	AST_RWLIST_TRAVERSE_SAFE_END;
	AST_RWLIST_UNLOCK(&known_sessions);

	if (known) {
		ast_free(known->user_agent);
		ast_free(known);
	}
}

/* Else the caller would hear nothing: no answer of a session that is doomed leaves. */
static int incoming_request(struct ast_sip_session *session, attribute_unused pjsip_rx_data *rdata)
{
	pjsip_tx_data *answer = NULL;

	if (session->channel || !voxseal_session_is_doomed(session)) {
		return 0;
	}
	if (pjsip_inv_end_session(session->inv_session, PJSIP_SC_INTERNAL_SERVER_ERROR, NULL, &answer) == PJ_SUCCESS
		&& answer) {
		ast_sip_session_send_response(session, answer);
	}
	return -1;
}

/* What is sent is seen later by a thread that may be anyone's: the host may have to look up a name first. */
static void outgoing_request(struct ast_sip_session *session, attribute_unused pjsip_tx_data *tdata)
{
	voxseal_wishes_take(session);
}

/* A session keeps a reference to the module of each supplement that it began with. */
static struct ast_sip_session_supplement supplement = {
	.method = "INVITE",
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_FIRST,
	.session_begin = session_begin,
	.incoming_request = incoming_request,
	.outgoing_request = outgoing_request,
	.session_destroy = session_destroy,
};

void voxseal_session_watch(void)
{
	ast_sip_session_register_supplement(&supplement);
}

void voxseal_session_unwatch(void)
{
	ast_sip_session_unregister_supplement(&supplement);
}

/*! \brief The serializer whose task this thread runs; which kind SIP has depends on Asterisk's version */
static struct ast_taskprocessor *current_serializer(void)
{
	struct ast_taskprocessor *current = ast_threadpool_serializer_get_current();

#ifdef HAS_TASKPOOL
	if (ast_taskpool_serializer_get_current()) {
		current = ast_taskpool_serializer_get_current();
	}
#endif
	return current;
}

int voxseal_stream_in(const struct ast_sip_session_media_state *state, const struct ast_sdp_srtp *srtp)
{
	int i;

	for (i = 0; state && i < (int) AST_VECTOR_SIZE(&state->sessions); i++) {
		const struct ast_sip_session_media *media = AST_VECTOR_GET(&state->sessions, i);

		if (media && media->srtp == srtp) {
			return i;
		}
	}
	return -1;
}

static int stream_of(const struct ast_sip_session *session, const struct ast_sdp_srtp *srtp)
{
	int stream = voxseal_stream_in(session->pending_media_state, srtp);

	return stream < 0 ? voxseal_stream_in(session->active_media_state, srtp) : stream;
}

/*!
 * \brief Find the session of a stream
 *
 * \return the session, which this thread works on, so that it stays until the work is done; or NULL
 */
static const struct known_session *find(const struct ast_sdp_srtp *srtp, int *stream)
{
	const struct ast_taskprocessor *serializer = current_serializer();
	const struct known_session *known = NULL;

	if (!serializer) {
		return NULL;
	}
	AST_RWLIST_RDLOCK(&known_sessions);
	AST_RWLIST_TRAVERSE(&known_sessions, known, list) {
		if (known->session->serializer == serializer && (*stream = stream_of(known->session, srtp)) >= 0) {
			break;
		}
	}
	AST_RWLIST_UNLOCK(&known_sessions);
	return known;
}

int voxseal_session_call(const struct ast_sdp_srtp *srtp, struct shim_call *call)
{
	const struct known_session *known = find(srtp, &call->stream);

	if (known) {
		voxseal_call_of(known->session, srtp, call);
		call->user_agent = known->user_agent;
	}
	return known ? 0 : -1;
}

/*! \brief The peer's description of a stream in the offer and answer that are under way, or NULL */
static const pjmedia_sdp_media *described(const struct ast_sip_session *session, int stream)
{
	pjmedia_sdp_neg *neg = session->inv_session->neg;
	const pjmedia_sdp_session *sdp = NULL;

	/* When nothing is under way any more, pjproject would log that it was asked. */
	if (!neg || (pjmedia_sdp_neg_get_state(neg) != PJMEDIA_SDP_NEG_STATE_REMOTE_OFFER
			&& pjmedia_sdp_neg_get_state(neg) != PJMEDIA_SDP_NEG_STATE_WAIT_NEGO)) {
		return NULL;
	}
	if (pjmedia_sdp_neg_get_neg_remote(neg, &sdp) != PJ_SUCCESS || stream >= (int) sdp->media_count) {
		return NULL;
	}
	return sdp->media[stream];
}

/*! \brief Write the values of the crypto attributes, or nothing but their length when out is NULL */
static size_t write_lines(const pjmedia_sdp_media *media, char *out)
{
	size_t len = 0;
	unsigned int i;

	for (i = 0; i < media->attr_count; i++) {
		const pjmedia_sdp_attr *attr = media->attr[i];

		if (!pj_strcmp2(&attr->name, "crypto") && attr->value.slen > 0) {
			if (out) {
				memcpy(out + len, attr->value.ptr, attr->value.slen);
				out[len + attr->value.slen] = '\n';
			}
			len += attr->value.slen + 1;
		}
	}
	return len;
}

char *voxseal_session_peer_lines(const struct ast_sdp_srtp *srtp)
{
	int stream = -1;
	const struct known_session *known = find(srtp, &stream);
	const pjmedia_sdp_media *media = known ? described(known->session, stream) : NULL;
	size_t len = media ? write_lines(media, NULL) : 0;
	char *lines = len ? ast_malloc(len) : NULL;

	if (lines) {
		write_lines(media, lines);
		/* In place of the last line feed. */
		lines[len - 1] = '\0';
	}
	return lines;
}

struct ast_sip_session *voxseal_session_with(struct ast_channel *channel)
{
	struct ast_sip_session *session = NULL;

	ast_channel_lock(channel);
	if (ast_channel_tech(channel) && !strcmp(ast_channel_tech(channel)->type, "PJSIP") && ast_channel_tech_pvt(channel)) {
		session = ao2_bump(((struct ast_sip_channel_pvt *) ast_channel_tech_pvt(channel))->session);
	}
	ast_channel_unlock(channel);
	return session;
}
