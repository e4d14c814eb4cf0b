/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Which Contact of which address of record came over which TLS connection
 */

#include "asterisk.h"

#include "asterisk/linkedlists.h"
#include "asterisk/lock.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls.h"

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

/*!
 * \brief The newest first
 *
 * The host tells of ends while it holds its lock of all connections: pjproject is not called under this one.
 */
static AST_LIST_HEAD_STATIC(registrations, registration);

/*! \brief Held from the look-up of a connection until it is referenced: meanwhile no connection is destroyed */
AST_MUTEX_DEFINE_STATIC(finding_lock);

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

	if (msg->line.req.method.id != PJSIP_REGISTER_METHOD || !voxseal_tls_is(rdata->tp_info.transport)
		|| !is_sip(rdata->msg_info.to->uri) || voxseal_aor_of(rdata, aor, sizeof(aor))) {
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
	.name = { "voxseal-registrations", 21 },
	.id = -1,
	.priority = PJSIP_MOD_PRIORITY_APPLICATION - 1,
	.on_rx_request = on_register,
	.on_tx_response = on_response,
};

void voxseal_registrations_forget(const pjsip_transport *transport)
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

/* The host does not hold its lock when it tells of this. */
void voxseal_registrations_destroyed(const pjsip_transport *transport)
{
	ast_mutex_lock(&finding_lock);
	voxseal_registrations_forget(transport);
	ast_mutex_unlock(&finding_lock);
}

static int is_of(const struct registration *registration, const struct ast_sip_contact *contact)
{
	return registration->accepted && !strcmp(registration->uri, contact->uri) && !strcmp(registration->aor, contact->aor);
}

static int look_up(const struct ast_sip_contact *contact, pjsip_transport **transport)
{
	const struct registration *registration;

	AST_LIST_LOCK(&registrations);
	AST_LIST_TRAVERSE(&registrations, registration, list) {
		if (is_of(registration, contact)) {
			*transport = registration->transport;
			break;
		}
	}
	AST_LIST_UNLOCK(&registrations);
	return registration != NULL;
}

int voxseal_registrations_find(const struct ast_sip_contact *contact, pjsip_transport **transport)
{
	int found;

	*transport = NULL;
	ast_mutex_lock(&finding_lock);
	found = look_up(contact, transport);
	if (*transport) {
		pjsip_transport_add_ref(*transport);
		if ((*transport)->is_destroying) {
			/* The reference came too late. */
			pjsip_transport_dec_ref(*transport);
			*transport = NULL;
		}
	}
	ast_mutex_unlock(&finding_lock);
	return found;
}

int voxseal_registrations_start(void)
{
	return ast_sip_register_service(&registrations_module) ? -1 : 0;
}

void voxseal_registrations_stop(void)
{
	struct registration *registration;

	ast_sip_unregister_service(&registrations_module);
	AST_LIST_LOCK(&registrations);
	while ((registration = AST_LIST_REMOVE_HEAD(&registrations, list))) {
		ast_free(registration);
	}
	AST_LIST_UNLOCK(&registrations);
}
