/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief TLS connections: judged when their handshake is over
 *
 * The host reports a connection before it reads anything from it, or sends anything on it, so that
 * no message ever travels on one that is refused.
 */

#include "asterisk.h"

#include <pjsip.h>

#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/netsock2.h"
#include "asterisk/res_pjproject.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/security_events.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls_connection.h"

static void log_verdict(const struct tls_connection *connection)
{
	const char *direction = connection->inbound ? "from" : "to";
	const char *reason = connection->verdict.reason;

	if (connection->verdict.verdict != VOXSEAL_TLS_ACCEPT && !voxseal_companion()->tls_may_warn()) {
		return;
	}
	if (voxseal_tls_ends(connection)) {
		ast_log(LOG_WARNING, "transport %s: the TLS connection %s %s was ended: %s\n",
			connection->name, direction, connection->address, reason);
	} else if (connection->verdict.verdict == VOXSEAL_TLS_REFUSE) {
		ast_log(LOG_NOTICE, "transport %s: the TLS connection %s %s is used, as no [tls] section of voxseal.conf "
			"is enforced: %s\n", connection->name, direction, connection->address, reason);
	} else if (connection->verdict.verdict == VOXSEAL_TLS_WARN) {
		ast_log(LOG_WARNING, "transport %s: the TLS connection %s %s is used all the same: %s\n",
			connection->name, direction, connection->address, reason);
	} else {
		ast_verb(4, "transport %s: TLS connection %s %s: %s\n", connection->name, direction, connection->address, reason);
	}
}

static void report_security(const struct tls_connection *connection, const pjsip_transport *transport)
{
	struct ast_sockaddr local = { .len = 0 };
	struct ast_sockaddr remote = { .len = 0 };
	struct ast_security_event_inval_transport event = {
		.common.event_type = AST_SECURITY_EVENT_INVAL_TRANSPORT,
		.common.version = AST_SECURITY_EVENT_INVAL_TRANSPORT_VERSION,
		.common.service = "PJSIP",
		.common.module = AST_MODULE,
		.common.account_id = S_OR(connection->peer.cn, "<unknown>"),
		.common.session_id = transport->obj_name,
		.common.local_addr = { .addr = &local, .transport = AST_TRANSPORT_TLS },
		.common.remote_addr = { .addr = &remote, .transport = AST_TRANSPORT_TLS },
		.transport = connection->name,
	};

	ast_sockaddr_from_pj_sockaddr(&local, &transport->local_addr);
	ast_sockaddr_from_pj_sockaddr(&remote, &transport->key.rem_addr);
	ast_security_event_report(AST_SEC_EVT(&event));
}

/*!
 * \brief Find the transport in pjsip.conf that a connection belongs to
 *
 * A reload may have replaced its listener while the handshake ran, so that is only compared.
 *
 * \retval -1 there is none any more
 */
static int find_name(const pjsip_transport *transport, char *name, size_t size)
{
	struct ao2_container *states = ast_sip_get_transport_states();
	struct ast_sip_transport_state *state;
	struct ao2_iterator each;
	int found = 0;

	if (!states) {
		return -1;
	}
	each = ao2_iterator_init(states, 0);
	for (; !found && (state = ao2_iterator_next(&each)); ao2_ref(state, -1)) {
		if (state->factory && state->factory == transport->factory) {
			ast_copy_string(name, state->id, size);
			found = 1;
		}
	}
	ao2_iterator_destroy(&each);
	ao2_ref(states, -1);
	return found ? 0 : -1;
}

static int is_enforced(const char *name)
{
	struct shim_tls_options options;

	voxseal_companion()->tls_options(name, &options);
	return options.enforced;
}

static void note_if_enforced(const char *name, void *any)
{
	*(int *) any |= is_enforced(name);
}

/*! \brief Which rules hold is not known, so it is ended if any are enforced, and proves nothing */
static void judge_without_name(struct tls_connection *connection)
{
	voxseal_companion()->tls_peer_free(connection->peer.proven);
	connection->peer.proven = NULL;
	connection->enforced = is_enforced("");
	voxseal_companion()->tls_sections(note_if_enforced, &connection->enforced);
	connection->verdict.verdict = VOXSEAL_TLS_REFUSE;
	connection->verdict.rule = VOXSEAL_ERR_TLS_NOT_ALLOWED;
	ast_copy_string(connection->verdict.reason, "a reload has replaced its transport meanwhile, so that it is not known which "
		"rules hold for it; connect again", sizeof(connection->verdict.reason));
}

static struct tls_connection *connection_of(const pjsip_transport *transport, SSL *ssl)
{
	struct tls_connection *connection = ast_calloc(1, sizeof(*connection));
	int is_named;

	if (connection) {
		connection->transport = transport;
		connection->inbound = transport->dir == PJSIP_TP_DIR_INCOMING;
		pj_sockaddr_print(&transport->key.rem_addr, connection->address, sizeof(connection->address), 3);
		is_named = !find_name(transport, connection->name, sizeof(connection->name));
		voxseal_tls_judge(ssl, transport, connection->name, &connection->verdict, &connection->peer);
		if (is_named) {
			connection->enforced = is_enforced(connection->name);
		} else {
			judge_without_name(connection);
		}
	}
	return connection;
}

static void connected(pjsip_transport *transport, SSL *ssl)
{
	struct tls_connection *connection = connection_of(transport, ssl);
	int refused = !connection || voxseal_tls_ends(connection);

	/* An address of memory may be used again. */
	voxseal_tls_known_forget(transport);
	if (connection) {
		log_verdict(connection);
		if (refused) {
			report_security(connection, transport);
		}
		voxseal_tls_known_add(connection);
	}
	if (refused) {
		voxseal_tls_end(transport);
	}
}

/*! \brief The host tells nothing of the handshake: where rules are enforced, it is not used */
static void connected_unseen(pjsip_transport *transport)
{
	struct tls_connection connection = { .transport = transport };

	if (find_name(transport, connection.name, sizeof(connection.name))) {
		judge_without_name(&connection);
	} else {
		connection.enforced = is_enforced(connection.name);
	}
	voxseal_tls_known_forget(transport);
	if (connection.enforced) {
		ast_log(LOG_WARNING, "transport %s: a TLS connection was ended, as the host tells nothing of its handshake: use the "
			"pjproject that this module was built for\n", connection.name);
		voxseal_tls_end(transport);
	}
}

static void on_state(pjsip_transport *transport, pjsip_transport_state state, const pjsip_transport_state_info *info)
{
	const pjsip_tls_state_info *tls = info->ext_info;

	if (!voxseal_tls_is(transport)) {
		return;
	}
	if (state == PJSIP_TP_STATE_CONNECTED && !transport->is_shutdown) {
		if (tls && tls->ssl_sock_info && tls->ssl_sock_info->native_ssl) {
			connected(transport, tls->ssl_sock_info->native_ssl);
		} else {
			connected_unseen(transport);
		}
	} else if (state == PJSIP_TP_STATE_DESTROY) {
		voxseal_registrations_destroyed(transport);
		voxseal_tls_known_forget(transport);
	} else if (state != PJSIP_TP_STATE_CONNECTED) {
		voxseal_registrations_forget(transport);
	}
}

static struct ast_sip_tpmgr_state_callback callback = { .cb = on_state };

void voxseal_tls_connections_watch(void)
{
	ast_sip_transport_state_register(&callback);
}

void voxseal_tls_connections_unwatch(void)
{
	ast_sip_transport_state_unregister(&callback);
	voxseal_tls_known_free();
	voxseal_tls_stores_free();
}
