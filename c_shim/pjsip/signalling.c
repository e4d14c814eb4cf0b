/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief How the signalling of a call travels
 *
 * Of the transport of each INVITE and of each response to one the facts are copied to the session.
 * The transport itself may be gone before anybody asks.
 */

#include "asterisk.h"

#include "asterisk/datastore.h"
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

static void release(void *kept)
{
	ao2_cleanup(kept);
}

static const struct ast_datastore_info kept_info = {
	.type = KEPT,
	.destroy = release,
};

/*! \brief With a reference, or NULL */
static struct kept *kept_of(struct ast_sip_session *session)
{
	struct ast_datastore *datastore = ast_sip_session_get_datastore(session, KEPT);
	struct kept *kept = datastore ? ao2_bump(datastore->data) : NULL;

	ao2_cleanup(datastore);
	return kept;
}

/*! \brief The same, made at the first use: on the session's serializer alone */
static struct kept *ensure_kept(struct ast_sip_session *session)
{
	struct kept *kept = kept_of(session);
	struct ast_datastore *datastore = kept ? NULL : ast_sip_session_alloc_datastore(&kept_info, KEPT);

	if (datastore && (kept = ao2_alloc(sizeof(*kept), NULL))) {
		datastore->data = ao2_bump(kept);
		ast_sip_session_add_datastore(session, datastore);
	}
	ao2_cleanup(datastore);
	return kept;
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
	struct kept *kept = kept_of(session);

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
