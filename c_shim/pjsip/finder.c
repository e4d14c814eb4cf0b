/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What res_srtp.so asks about channels, from any thread
 */

#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/channel.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"

#include "sip.h"

static void send_reinvite(struct ast_sip_session *session)
{
	/* Without a media state of its own the host does not ask whether anything but the keys has changed. */
	ast_sip_session_refresh(session, NULL, NULL, NULL, AST_SIP_SESSION_REFRESH_METHOD_INVITE, 1, NULL);
}

static int reinvite(const char *channel_id)
{
	struct ast_channel *channel = ast_channel_get_by_name(channel_id);
	struct ast_sip_session *session = channel ? voxseal_session_with(channel) : NULL;
	int res = session ? voxseal_push(session, send_reinvite) : -1;

	ao2_cleanup(session);
	ast_channel_cleanup(channel);
	return res;
}

static int signalling(struct ast_channel *channel, struct shim_signalling *signalling)
{
	struct ast_sip_session *session = voxseal_session_with(channel);

	if (session) {
		voxseal_signalling_of(session, signalling);
	}
	ao2_cleanup(session);
	return session ? 0 : -1;
}

static const void *session_id(struct ast_channel *channel)
{
	struct ast_sip_session *session = voxseal_session_with(channel);

	ao2_cleanup(session);
	return session;
}

static void wish(struct ast_channel *channel)
{
	struct ast_sip_session *session = voxseal_session_with(channel);

	if (session) {
		voxseal_wishes_take_early(session);
	}
	ao2_cleanup(session);
}

const struct shim_finder voxseal_session_finder = {
	.call = voxseal_session_call,
	.peer_lines = voxseal_session_peer_lines,
	.reinvite = reinvite,
	.signalling = signalling,
	.tls_connections = voxseal_tls_connections,
	.tls_certificates = voxseal_tls_certificates,
	.tls_counts = voxseal_tls_counts,
	.tls_changed = voxseal_tls_changed,
	.session = session_id,
	.wish = wish,
};
