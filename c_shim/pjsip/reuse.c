/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Requests to a peer travel on the TLS connection that it registered on (RFC 5923)
 *
 * The host looks for a connection by the address in the peer's Contact. That may be one at which
 * nobody can be reached, or at which somebody else is connected. Here a Contact of an address of
 * record stands for the connection on which its last REGISTER was accepted: nobody gets to another
 * one by what it writes into a Contact.
 */

#include "asterisk.h"

#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/strings.h"

#include "tls.h"

/* Of TLS, where a URI has none. */
#define DEFAULT_PORT 5061

/*! \brief Whether somebody is connected from the address that the request goes to: within a call the peer has said which */
static int leads_to_stranger(const pjsip_tx_data *tdata)
{
	const pjsip_sip_uri *uri = pjsip_uri_get_uri(tdata->msg->line.req.uri);
	char address[PJ_INET6_ADDRSTRLEN + 10];

	if (!PJSIP_URI_SCHEME_IS_SIP(uri) && !PJSIP_URI_SCHEME_IS_SIPS(uri)) {
		return 0;
	}
	snprintf(address, sizeof(address), memchr(uri->host.ptr, ':', uri->host.slen) ? "[%.*s]:%d" : "%.*s:%d",
		(int) uri->host.slen, uri->host.ptr, uri->port ? uri->port : DEFAULT_PORT);
	return voxseal_tls_is_accepted_from(address);
}

/*!
 * \brief Choose how a request to a registered peer travels
 *
 * \retval 1 as selector says, whose reference the caller gives back
 * \retval 0 as the host chooses
 */
static int choose(const struct ast_sip_contact *contact, const pjsip_tx_data *tdata, pjsip_tpselector *selector)
{
	struct shim_tls_options options;
	pjsip_transport *transport = NULL;
	char name[128];

	*selector = tdata->tp_sel;
	pjsip_tpselector_add_ref(selector);
	if (!contact || ast_strlen_zero(contact->uri) || !ast_strlen_zero(contact->path)
		|| (!strcasestr(contact->uri, "transport=tls") && strncasecmp(contact->uri, "sips:", 5))
		|| pjsip_msg_find_hdr(tdata->msg, PJSIP_H_ROUTE, NULL) || !voxseal_registrations_find(contact, &transport)) {
		pjsip_tpselector_dec_ref(selector);
		return 0;
	}
	if (transport) {
		voxseal_tls_transport_name(transport, name, sizeof(name));
		voxseal_companion()->tls_options(name, &options);
		pjsip_tpselector_dec_ref(selector);
		if (!options.reuse) {
			pjsip_transport_dec_ref(transport);
			return 0;
		}
		memset(selector, 0, sizeof(*selector));
		selector->type = PJSIP_TPSELECTOR_TRANSPORT;
		selector->u.transport = transport;
		return 1;
	}
	if (selector->type == PJSIP_TPSELECTOR_TRANSPORT) {
		/* The connection that an earlier request of this call was given. */
		pjsip_tpselector_dec_ref(selector);
		memset(selector, 0, sizeof(*selector));
	}
	selector->disable_connection_reuse = leads_to_stranger(tdata);
	return 1;
}

static void on_session_request(struct ast_sip_session *session, pjsip_tx_data *tdata)
{
	pjsip_tpselector selector;

	if (choose(session->contact, tdata, &selector)) {
		pjsip_tx_data_set_transport(tdata, &selector);
		pjsip_dlg_set_transport(session->inv_session->dlg, &selector);
		pjsip_tpselector_dec_ref(&selector);
	}
}

static void on_request(attribute_unused struct ast_sip_endpoint *endpoint, struct ast_sip_contact *contact,
	pjsip_tx_data *tdata)
{
	pjsip_tpselector selector;

	if (choose(contact, tdata, &selector)) {
		pjsip_tx_data_set_transport(tdata, &selector);
		pjsip_tpselector_dec_ref(&selector);
	}
}

static struct ast_sip_session_supplement of_sessions = {
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_LAST,
	.outgoing_request = on_session_request,
};

static struct ast_sip_supplement of_others = {
	.priority = AST_SIP_SUPPLEMENT_PRIORITY_LAST,
	.outgoing_request = on_request,
};

int voxseal_reuse_start(void)
{
	if (voxseal_registrations_start()) {
		return -1;
	}
	ast_sip_session_register_supplement(&of_sessions);
	ast_sip_register_supplement(&of_others);
	return 0;
}

void voxseal_reuse_stop(void)
{
	ast_sip_unregister_supplement(&of_others);
	ast_sip_session_unregister_supplement(&of_sessions);
	voxseal_registrations_stop();
}
