/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What is known of TLS connections, from the end of their handshake until they are destroyed, and look-ups in it
 */

#include "asterisk.h"

#include "asterisk/linkedlists.h"
#include "asterisk/lock.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls_connection.h"

static AST_RWLIST_HEAD_STATIC(connections, tls_connection);
static struct shim_tls_counts counts;

static void connection_free(struct tls_connection *connection)
{
	voxseal_companion()->tls_peer_free(connection->peer.proven);
	ast_free(connection);
}

void voxseal_tls_count_failed(void)
{
	AST_RWLIST_WRLOCK(&connections);
	counts.failed++;
	AST_RWLIST_UNLOCK(&connections);
}

void voxseal_tls_counts(struct shim_tls_counts *now)
{
	AST_RWLIST_RDLOCK(&connections);
	*now = counts;
	AST_RWLIST_UNLOCK(&connections);
}

int voxseal_tls_ends(const struct tls_connection *connection)
{
	return connection->enforced && connection->verdict.verdict == VOXSEAL_TLS_REFUSE;
}

static void count(const struct tls_connection *connection)
{
	if (voxseal_tls_ends(connection)) {
		counts.refused++;
	} else if (connection->verdict.verdict == VOXSEAL_TLS_ACCEPT) {
		counts.accepted++;
	} else {
		counts.warned++;
	}
}

void voxseal_tls_known_add(struct tls_connection *connection)
{
	AST_RWLIST_WRLOCK(&connections);
	count(connection);
	AST_RWLIST_INSERT_TAIL(&connections, connection, list);
	AST_RWLIST_UNLOCK(&connections);
}

void voxseal_tls_known_forget(const pjsip_transport *transport)
{
	struct tls_connection *connection;

	AST_RWLIST_WRLOCK(&connections);
	AST_RWLIST_TRAVERSE_SAFE_BEGIN(&connections, connection, list) {
		if (connection->transport == transport) {
			AST_RWLIST_REMOVE_CURRENT(list);
			connection_free(connection);
		}
	}
	AST_RWLIST_TRAVERSE_SAFE_END;
	AST_RWLIST_UNLOCK(&connections);
}

void voxseal_tls_known_free(void)
{
	struct tls_connection *connection;

	AST_RWLIST_WRLOCK(&connections);
	while ((connection = AST_RWLIST_REMOVE_HEAD(&connections, list))) {
		connection_free(connection);
	}
	AST_RWLIST_UNLOCK(&connections);
}

void voxseal_tls_connections(void (*each)(const struct shim_tls_connection *connection, void *data), void *data)
{
	struct tls_connection *connection;

	AST_RWLIST_RDLOCK(&connections);
	AST_RWLIST_TRAVERSE(&connections, connection, list) {
		const struct shim_tls_connection told = {
			.transport = connection->name,
			.address = connection->address,
			.inbound = connection->inbound,
			.verdict = connection->verdict.verdict,
			.reason = connection->verdict.reason,
			.version = connection->peer.version,
			.cipher = connection->peer.cipher,
			.peer_cn = connection->peer.cn,
		};

		each(&told, data);
	}
	AST_RWLIST_UNLOCK(&connections);
}

int voxseal_tls_is_accepted_from(const char *address)
{
	const struct tls_connection *connection;

	AST_RWLIST_RDLOCK(&connections);
	AST_RWLIST_TRAVERSE(&connections, connection, list) {
		if (connection->inbound && !strcmp(connection->address, address)) {
			break;
		}
	}
	AST_RWLIST_UNLOCK(&connections);
	return connection != NULL;
}

/*! \brief The connection over this transport, under the lock; NULL: it is older than this module */
static const struct tls_connection *find(const pjsip_transport *transport)
{
	const struct tls_connection *connection;

	AST_RWLIST_TRAVERSE(&connections, connection, list) {
		if (connection->transport == transport) {
			break;
		}
	}
	return connection;
}

void voxseal_tls_transport_name(const pjsip_transport *transport, char *name, size_t size)
{
	const struct tls_connection *connection;

	AST_RWLIST_RDLOCK(&connections);
	connection = find(transport);
	ast_copy_string(name, connection ? connection->name : "", size);
	AST_RWLIST_UNLOCK(&connections);
}

void voxseal_tls_describe(const pjsip_transport *transport, struct shim_signalling *signalling)
{
	const struct tls_connection *connection;

	AST_RWLIST_RDLOCK(&connections);
	if ((connection = find(transport))) {
		ast_copy_string(signalling->tls_version, connection->peer.version, sizeof(signalling->tls_version));
		ast_copy_string(signalling->tls_cipher, connection->peer.cipher, sizeof(signalling->tls_cipher));
		ast_copy_string(signalling->peer_cn, connection->peer.cn, sizeof(signalling->peer_cn));
		ast_copy_string(signalling->peer_san, connection->peer.san, sizeof(signalling->peer_san));
		ast_copy_string(signalling->peer_fingerprint, connection->peer.fingerprint, sizeof(signalling->peer_fingerprint));
		ast_copy_string(signalling->verdict, connection->verdict.reason, sizeof(signalling->verdict));
	}
	AST_RWLIST_UNLOCK(&connections);
}

/*! \brief The same, of a peer that has proved to be somebody */
static const struct tls_connection *find_proven(const pjsip_transport *transport)
{
	const struct tls_connection *connection = find(transport);

	return connection && connection->peer.proven ? connection : NULL;
}

int voxseal_tls_is_proven(const pjsip_transport *transport)
{
	int proven;

	AST_RWLIST_RDLOCK(&connections);
	proven = find_proven(transport) != NULL;
	AST_RWLIST_UNLOCK(&connections);
	return proven;
}

size_t voxseal_tls_claimed_by(const pjsip_transport *transport, const voxseal_tls_claim *claims, size_t count, char *reason,
	size_t reason_size)
{
	const struct tls_connection *connection;
	size_t place = count;

	*reason = '\0';
	AST_RWLIST_RDLOCK(&connections);
	if ((connection = find_proven(transport))
		&& voxseal_companion()->tls_peer_find(connection->peer.proven, claims, count, time(NULL), &place, reason, reason_size)
			!= VOXSEAL_OK) {
		place = count;
	}
	AST_RWLIST_UNLOCK(&connections);
	return place;
}
