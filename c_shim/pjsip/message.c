/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the caller of an INVITE calls itself, and where an INVITE or the answer to one came from
 *
 * The host makes a session on the thread that an INVITE was read on, and does not hand the INVITE
 * on. So its User-Agent is kept until the next INVITE on that thread, and found by its Call-ID only:
 * another call on the same thread cannot take it for its own.
 */

#include "asterisk.h"

#include "asterisk/strings.h"
#include "asterisk/threadstorage.h"

#include "sip.h"

/* Freed by the core, so that threads may outlive this module. */
AST_THREADSTORAGE(kept_call_id);
AST_THREADSTORAGE(kept_user_agent);
AST_THREADSTORAGE(kept_source);
AST_THREADSTORAGE(kept_transport);

static void keep(struct ast_threadstorage *place, const pj_str_t *text)
{
	struct ast_str *kept = ast_str_thread_get(place, 64);

	if (kept) {
		ast_str_reset(kept);
		if (text && text->slen > 0) {
			ast_str_set_substr(&kept, 0, text->ptr, text->slen);
		}
	}
}

static const char *kept_in(struct ast_threadstorage *place, const pj_str_t *call_id)
{
	struct ast_str *of_call = ast_str_thread_get(&kept_call_id, 64);
	struct ast_str *kept = ast_str_thread_get(place, 64);

	if (!of_call || !kept || !ast_str_strlen(of_call) || pj_strcmp2(call_id, ast_str_buffer(of_call))) {
		return NULL;
	}
	return ast_str_strlen(kept) ? ast_str_buffer(kept) : NULL;
}

const char *voxseal_message_user_agent(const pj_str_t *call_id)
{
	return kept_in(&kept_user_agent, call_id);
}

const char *voxseal_message_source(const pj_str_t *call_id, const char **transport)
{
	*transport = kept_in(&kept_transport, call_id);
	return kept_in(&kept_source, call_id);
}

static void keep_message(const pjsip_rx_data *rdata, const pj_str_t *user_agent)
{
	char address[PJ_INET6_ADDRSTRLEN + 10];
	pj_str_t source = pj_str(pj_sockaddr_print(&rdata->pkt_info.src_addr, address, sizeof(address), 3));
	pj_str_t transport = pj_str(rdata->tp_info.transport->type_name);

	keep(&kept_call_id, &rdata->msg_info.cid->id);
	keep(&kept_user_agent, user_agent);
	keep(&kept_source, &source);
	keep(&kept_transport, &transport);
}

/* PJ_FALSE: the message goes on to the other modules. */
static pj_bool_t on_request(pjsip_rx_data *rdata)
{
	pj_str_t name = pj_str("User-Agent");
	pjsip_generic_string_hdr *user_agent;

	if (rdata->msg_info.msg->line.req.method.id == PJSIP_INVITE_METHOD) {
		user_agent = pjsip_msg_find_hdr_by_name(rdata->msg_info.msg, &name, NULL);
		keep_message(rdata, user_agent ? &user_agent->hvalue : NULL);
	}
	return PJ_FALSE;
}

static pj_bool_t on_response(pjsip_rx_data *rdata)
{
	if (rdata->msg_info.cseq->method.id == PJSIP_INVITE_METHOD) {
		keep_message(rdata, NULL);
	}
	return PJ_FALSE;
}

/* After the distributor, which hands a message over to its call's serializer, and before whoever makes a session. */
pjsip_module voxseal_message_module = {
	.name = { "voxseal", 7 },
	.id = -1,
	.priority = PJSIP_MOD_PRIORITY_TSX_LAYER - 2,
	.on_rx_request = on_request,
	.on_rx_response = on_response,
};
