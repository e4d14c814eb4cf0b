/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the variables of a channel ask of the call that it makes
 *
 * The session exists before Dial() has handed its variables on, and nothing tells when it has. So
 * they are looked at when our offer is written, at the latest when it is to be sent; and at once when
 * SRTP() sets them on the called channel, before the offer.
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/logger.h"
#include "asterisk/pbx.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/strings.h"

#include "sip.h"

#define TAKEN "voxseal_wishes"

/*! \brief Of a session whose wishes were looked at: from then on the channel, which may go, is not asked */
struct taken {
	int require_tls;
	int hangup_if_clear;
};

int voxseal_has_secure_uri(const struct ast_sip_session *session)
{
	pj_str_t name = pj_str("secure");
	pjsip_uri *uri = session->inv_session->dlg->target;
	pjsip_sip_uri *sip_uri = uri ? pjsip_uri_get_uri(uri) : NULL;
	const pjsip_param *parameter = NULL;

	if (sip_uri && (PJSIP_URI_SCHEME_IS_SIP(sip_uri) || PJSIP_URI_SCHEME_IS_SIPS(sip_uri))) {
		parameter = pjsip_param_find(&sip_uri->other_param, &name);
	}
	return parameter && !pj_stricmp2(&parameter->value, "true");
}

static void follow(struct ast_sip_session *session)
{
	struct shim_wishes wishes;
	const char *reason = NULL;

	if (voxseal_session_is_doomed(session)) {
		return;
	}
	if (voxseal_companion()->policies->wishes(session->channel, voxseal_has_secure_uri(session), &wishes)) {
		voxseal_session_doom(session);
		return;
	}
	if (*wishes.media_policy || *wishes.require_secure_signalling) {
		reason = voxseal_endpoint_wish(session, &wishes);
	}
	if (reason) {
		ast_log(LOG_ERROR, "%s: the call is not made, because SRTP_POLICY=%s cannot be followed: %s\n",
			ast_channel_name(session->channel), wishes.media_policy, reason);
		voxseal_session_doom(session);
	}
}

static int is_ours_to_make(const struct ast_sip_session *session)
{
	return session->channel && session->inv_session && session->inv_session->role == PJSIP_ROLE_UAC;
}

static void look(struct ast_sip_session *session, struct taken *taken)
{
	const char *value;

	ast_channel_lock(session->channel);
	value = pbx_builtin_getvar_helper(session->channel, "SRTP_REQUIRE_TLS");
	taken->require_tls = (!ast_strlen_zero(value) && !ast_false(value)) || voxseal_has_secure_uri(session);
	value = pbx_builtin_getvar_helper(session->channel, "SRTP_HANGUP_IF_CLEAR");
	taken->hangup_if_clear = ast_true(S_OR(value, ""));
	ast_channel_unlock(session->channel);
}

void voxseal_wishes_take(struct ast_sip_session *session)
{
	struct taken *taken = voxseal_kept(session, TAKEN);

	if (!taken && is_ours_to_make(session)) {
		follow(session);
		taken = ao2_alloc(sizeof(*taken), NULL);
		if (taken) {
			look(session, taken);
		}
		if (!taken || voxseal_keep(session, TAKEN, taken)) {
			voxseal_session_doom(session);
		}
	}
	ao2_cleanup(taken);
}

static void take_early(struct ast_sip_session *session)
{
	if (is_ours_to_make(session) && session->inv_session->state == PJSIP_INV_STATE_NULL
		&& !AST_VECTOR_SIZE(&session->pending_media_state->sessions)) {
		follow(session);
	}
}

/* Not waited for: who asks may hold the channel's lock, and the host pushes the call itself to the serializer later. */
void voxseal_wishes_take_early(struct ast_sip_session *session)
{
	voxseal_push(session, take_early);
}

int voxseal_wishes_require_tls(struct ast_sip_session *session)
{
	struct taken *taken = voxseal_kept(session, TAKEN);
	int wished = taken && taken->require_tls;

	ao2_cleanup(taken);
	return wished;
}

int voxseal_wishes_hangup_if_clear(struct ast_sip_session *session)
{
	struct taken *taken = voxseal_kept(session, TAKEN);
	int wished = taken && taken->hangup_if_clear;

	ao2_cleanup(taken);
	return wished;
}
