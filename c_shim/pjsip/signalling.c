/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief How the signalling of a call travels
 *
 * Of the transport of each INVITE and of each response to one the facts are copied to the session.
 * The transport itself may be gone before anybody asks.
 */

#include "asterisk.h"

#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/strings.h"

#include "sip.h"
#include "voxseal.h"

#define KEPT "voxseal_signalling"

/*! \brief What is kept of a session, under its own lock */
struct kept {
	/*! How the last message travelled */
	struct shim_signalling last;
	/*! The log was told that keys travel in clear */
	int warned;
};

static struct kept *ensure_kept(struct ast_sip_session *session)
{
	return voxseal_ensure_kept(session, KEPT, sizeof(struct kept));
}

/* The host says of every WebSocket that it is secure, and tells apart by name which is. */
int voxseal_transport_is_secure(const pjsip_transport *transport)
{
	return PJSIP_TRANSPORT_IS_SECURE(transport) && strcasecmp(transport->type_name, "WS");
}

static int is_trusted(const struct ast_sip_session *session, int secure, const char *address)
{
	struct shim_endpoint of = voxseal_endpoint_of(session->endpoint);

	return voxseal_companion()->policies->signalling(&of, secure, address, NULL) == VOXSEAL_SIGNALLING_TRUSTED;
}

void voxseal_signalling_saw(struct ast_sip_session *session, pjsip_transport *transport, const char *address)
{
	struct shim_signalling seen = { .secure = voxseal_transport_is_secure(transport) };
	struct kept *kept = ensure_kept(session);

	seen.trusted = is_trusted(session, seen.secure, address);
	ast_copy_string(seen.transport, transport->type_name, sizeof(seen.transport));
	voxseal_tls_describe(transport, &seen);
	if (kept) {
		ao2_lock(kept);
		kept->last = seen;
		ao2_unlock(kept);
		ao2_ref(kept, -1);
	}
}

int voxseal_signalling_is_first_warning(struct ast_sip_session *session)
{
	struct kept *kept = ensure_kept(session);
	int first = 0;

	if (kept) {
		ao2_lock(kept);
		first = !kept->warned;
		kept->warned = 1;
		ao2_unlock(kept);
		ao2_ref(kept, -1);
	}
	return first;
}

void voxseal_signalling_of(struct ast_sip_session *session, struct shim_signalling *signalling)
{
	struct kept *kept = voxseal_kept(session, KEPT);

	memset(signalling, 0, sizeof(*signalling));
	if (kept) {
		ao2_lock(kept);
		*signalling = kept->last;
		ao2_unlock(kept);
		ao2_ref(kept, -1);
	}
}

static int incoming_request(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	voxseal_signalling_saw(session, rdata->tp_info.transport, rdata->pkt_info.src_name);
	return 0;
}

static void incoming_response(struct ast_sip_session *session, struct pjsip_rx_data *rdata)
{
	voxseal_signalling_saw(session, rdata->tp_info.transport, rdata->pkt_info.src_name);
}

static struct ast_sip_session_supplement supplement = {
	.method = "INVITE",
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_FIRST,
	.incoming_request = incoming_request,
	.incoming_response = incoming_response,
};

void voxseal_signalling_watch(void)
{
	ast_sip_session_register_supplement(&supplement);
}

void voxseal_signalling_unwatch(void)
{
	ast_sip_session_unregister_supplement(&supplement);
}
