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

#include "asterisk/linkedlists.h"
#include "asterisk/lock.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls.h"

/* Of TLS, where a URI has none. */
#define DEFAULT_PORT 5061
/* How long a registration is remembered whose connection has ended. */
#define REMEMBERED 7200
/* The oldest is forgotten for one more: of all, and of an address of record. */
#define MAX_REGISTRATIONS 10000
#define MAX_OF_AOR 100

/*! \brief One Contact of a REGISTER */
struct registration {
	AST_LIST_ENTRY(registration) list;
	/*! NULL once it is shut down */
	pjsip_transport *transport;
	time_t ended;
	int accepted;
	/*! It takes its Contact back, or all of them when uri is "*" */
	int ends;
	int32_t cseq;
	char call_id[256];
	/*! Name of the address of record in pjsip.conf */
	char aor[256];
	/*! As the host keeps it */
	char uri[PJSIP_MAX_URL_SIZE];
};

/*! \brief The newest first. A connection that is in here is alive while the lock is held. */
static AST_LIST_HEAD_STATIC(registrations, registration);

static int is_tls(const pjsip_transport *transport)
{
	return transport->key.type == PJSIP_TRANSPORT_TLS || transport->key.type == PJSIP_TRANSPORT_TLS6;
}

/*! \brief Whether one takes the place of another, or takes it back */
static int replaces(const struct registration *by, const struct registration *registration)
{
	return registration->accepted == by->accepted && !strcmp(registration->aor, by->aor)
		&& (!strcmp(registration->uri, by->uri) || (by->accepted && by->ends && !strcmp(by->uri, "*")))
		&& (by->accepted || registration->transport == by->transport);
}

/*! \brief Forget what this one replaces, whose connection ended long ago, and the oldest of too many; under the lock */
static void prune(const struct registration *by)
{
	struct registration *registration;
	time_t oldest = time(NULL) - REMEMBERED;
	unsigned int all = 0;
	unsigned int of_aor = 0;

	AST_LIST_TRAVERSE_SAFE_BEGIN(&registrations, registration, list) {
		int same = !strcmp(registration->aor, by->aor);

		if (registration != by && (replaces(by, registration)
			|| (!registration->transport && registration->ended < oldest)
			|| all >= MAX_REGISTRATIONS || (same && of_aor >= MAX_OF_AOR))) {
			AST_LIST_REMOVE_CURRENT(list);
			ast_free(registration);
		} else {
			all++;
			of_aor += same;
		}
	}
	AST_LIST_TRAVERSE_SAFE_END;
}

static int is_one_of(const char *name, const char *names)
{
	char *rest = ast_strdupa(names);
	char *each;

	while ((each = ast_strip(strsep(&rest, ",")))) {
		if (!strcmp(each, name)) {
			return 1;
		}
	}
	return 0;
}

/*! \brief Whether this user at this domain, or of this name alone, is one of the endpoint's addresses of record */
static int take_name(const char *user, const char *domain, const char *names, char *aor, size_t size)
{
	int len = domain ? snprintf(aor, size, "%s@%s", user, domain) : snprintf(aor, size, "%s", user);

	return len > 0 && (size_t) len < size && is_one_of(aor, names);
}

/*!
 * \brief Find the address of record that a REGISTER is for, as the registrar does
 *
 * Users of different domains are different peers, and so are those with and without a domain.
 *
 * \retval -1 it is for none of the endpoint's that its To header names
 */
static int find_aor(pjsip_rx_data *rdata, char *aor, size_t size)
{
	const pjsip_sip_uri *record = pjsip_uri_get_uri(rdata->msg_info.to->uri);
	struct ast_sip_endpoint *endpoint = ast_pjsip_rdata_get_endpoint(rdata);
	struct ast_sip_domain_alias *alias;
	char user[256];
	char domain[256];
	int found;

	if (!endpoint) {
		return -1;
	}
	ast_copy_pj_str(user, &record->user, sizeof(user));
	ast_copy_pj_str(domain, &record->host, sizeof(domain));
	alias = ast_sorcery_retrieve_by_id(ast_sip_get_sorcery(), "domain_alias", domain);
	found = take_name(user, domain, endpoint->aors, aor, size)
		|| (alias && take_name(user, alias->domain, endpoint->aors, aor, size))
		|| take_name(user, NULL, endpoint->aors, aor, size);
	ao2_cleanup(alias);
	ao2_ref(endpoint, -1);
	return found ? 0 : -1;
}

/*! \brief Whether the registrar is asked to forget this Contact */
static int is_end(const pjsip_msg *msg, const pjsip_contact_hdr *contact)
{
	const pjsip_expires_hdr *expires = pjsip_msg_find_hdr(msg, PJSIP_H_EXPIRES, NULL);

	if (contact->star || contact->expires == PJSIP_EXPIRES_NOT_SPECIFIED) {
		return expires && !expires->ivalue;
	}
	return !contact->expires;
}

static int print_uri(const pjsip_contact_hdr *contact, char *uri, size_t size)
{
	if (contact->star) {
		ast_copy_string(uri, "*", size);
		return 1;
	}
	return pjsip_uri_print(PJSIP_URI_IN_CONTACT_HDR, pjsip_uri_get_uri(contact->uri), uri, size - 1);
}

static void keep(pjsip_rx_data *rdata, const char *aor, const pjsip_contact_hdr *contact)
{
	struct registration *registration = ast_calloc(1, sizeof(*registration));
	int len;

	if (!registration) {
		return;
	}
	registration->transport = rdata->tp_info.transport;
	registration->cseq = rdata->msg_info.cseq->cseq;
	ast_copy_pj_str(registration->call_id, &rdata->msg_info.cid->id, sizeof(registration->call_id));
	ast_copy_string(registration->aor, aor, sizeof(registration->aor));
	registration->ends = is_end(rdata->msg_info.msg, contact);
	len = print_uri(contact, registration->uri, sizeof(registration->uri));
	AST_LIST_LOCK(&registrations);
	if (len <= 0 || registration->transport->is_shutdown) {
		ast_free(registration);
	} else {
		AST_LIST_INSERT_HEAD(&registrations, registration, list);
		prune(registration);
	}
	AST_LIST_UNLOCK(&registrations);
}

static int is_sip(const void *uri)
{
	return uri && (PJSIP_URI_SCHEME_IS_SIP(uri) || PJSIP_URI_SCHEME_IS_SIPS(uri));
}

/* PJ_FALSE: the REGISTER goes on to the registrar. */
static pj_bool_t on_register(pjsip_rx_data *rdata)
{
	const pjsip_msg *msg = rdata->msg_info.msg;
	const pjsip_contact_hdr *contact = NULL;
	char aor[256];

	if (msg->line.req.method.id != PJSIP_REGISTER_METHOD || !is_tls(rdata->tp_info.transport)
		|| !is_sip(rdata->msg_info.to->uri) || find_aor(rdata, aor, sizeof(aor))) {
		return PJ_FALSE;
	}
	while ((contact = pjsip_msg_find_hdr(msg, PJSIP_H_CONTACT, contact ? contact->next : NULL))) {
		if (contact->star || is_sip(contact->uri)) {
			keep(rdata, aor, contact);
		}
	}
	return PJ_FALSE;
}

/*! \brief One that this answer settles, or NULL; under the lock */
static struct registration *settled_by(const pjsip_transport *transport, const pj_str_t *call_id, int32_t cseq)
{
	struct registration *registration;

	AST_LIST_TRAVERSE(&registrations, registration, list) {
		if (!registration->accepted && registration->transport == transport && registration->cseq == cseq
			&& !pj_strcmp2(call_id, registration->call_id)) {
			return registration;
		}
	}
	return NULL;
}

static void settle(const pjsip_transport *transport, const pj_str_t *call_id, int32_t cseq, int accepted)
{
	struct registration *registration;

	AST_LIST_LOCK(&registrations);
	while ((registration = settled_by(transport, call_id, cseq))) {
		registration->accepted = accepted;
		if (accepted) {
			prune(registration);
		}
		if (!accepted || registration->ends) {
			AST_LIST_REMOVE(&registrations, registration, list);
			ast_free(registration);
		}
	}
	AST_LIST_UNLOCK(&registrations);
}

/* A REGISTER was accepted when it is answered with 200; the answer goes where the REGISTER came from. */
static pj_status_t on_response(pjsip_tx_data *tdata)
{
	const pjsip_msg *msg = tdata->msg;
	const pjsip_cseq_hdr *cseq = PJSIP_MSG_CSEQ_HDR(msg);
	const pjsip_cid_hdr *call_id = PJSIP_MSG_CID_HDR(msg);

	if (msg->line.status.code >= 200 && cseq && cseq->method.id == PJSIP_REGISTER_METHOD && call_id
		&& tdata->tp_info.transport) {
		settle(tdata->tp_info.transport, &call_id->id, cseq->cseq, msg->line.status.code == 200);
	}
	return PJ_SUCCESS;
}

/*
 * After the host has put the peer's address into the Contact, where the endpoint wants that, and after it
 * has authenticated the peer: right before the registrar.
 */
static pjsip_module registrations_module = {
	.name = { "voxseal-reuse", 13 },
	.id = -1,
	.priority = PJSIP_MOD_PRIORITY_APPLICATION - 1,
	.on_rx_request = on_register,
	.on_tx_response = on_response,
};

void voxseal_reuse_forget(const pjsip_transport *transport)
{
	struct registration *registration;

	AST_LIST_LOCK(&registrations);
	AST_LIST_TRAVERSE(&registrations, registration, list) {
		if (registration->transport == transport) {
			registration->transport = NULL;
			registration->ended = time(NULL);
		}
	}
	AST_LIST_UNLOCK(&registrations);
}

static int is_of(const struct registration *registration, const struct ast_sip_contact *contact)
{
	return registration->accepted && !strcmp(registration->uri, contact->uri) && !strcmp(registration->aor, contact->aor);
}

/*!
 * \brief Find the connection of a registration
 *
 * \retval 1 it is known; transport has a reference, or is NULL when it has ended
 * \retval 0 nothing is known of it
 */
static int find(const struct ast_sip_contact *contact, pjsip_transport **transport)
{
	const struct registration *registration;

	AST_LIST_LOCK(&registrations);
	AST_LIST_TRAVERSE(&registrations, registration, list) {
		if (is_of(registration, contact)) {
			*transport = registration->transport;
			if (*transport) {
				pjsip_transport_add_ref(*transport);
			}
			break;
		}
	}
	AST_LIST_UNLOCK(&registrations);
	return registration != NULL;
}

/*! \brief Whether somebody is connected from the address that the request goes to */
static int leads_to_stranger(const pjsip_tx_data *tdata)
{
	const pjsip_sip_uri *uri = pjsip_uri_get_uri(tdata->msg->line.req.uri);
	char address[PJ_INET6_ADDRSTRLEN + 10];

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
		|| pjsip_msg_find_hdr(tdata->msg, PJSIP_H_ROUTE, NULL) || !find(contact, &transport)) {
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
	if (ast_sip_register_service(&registrations_module)) {
		return -1;
	}
	ast_sip_session_register_supplement(&of_sessions);
	ast_sip_register_supplement(&of_others);
	return 0;
}

void voxseal_reuse_stop(void)
{
	struct registration *registration;

	ast_sip_unregister_supplement(&of_others);
	ast_sip_session_unregister_supplement(&of_sessions);
	ast_sip_unregister_service(&registrations_module);
	AST_LIST_LOCK(&registrations);
	while ((registration = AST_LIST_REMOVE_HEAD(&registrations, list))) {
		ast_free(registration);
	}
	AST_LIST_UNLOCK(&registrations);
}
