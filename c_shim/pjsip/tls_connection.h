/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief TLS connections that are known: tls_known.c
 */

#ifndef VOXSEAL_TLS_CONNECTION_H
#define VOXSEAL_TLS_CONNECTION_H

#include "asterisk/linkedlists.h"

#include "tls.h"

struct tls_connection {
	AST_LIST_ENTRY(tls_connection) list;
	/*! Never dereferenced */
	const pjsip_transport *transport;
	struct tls_peer peer;
	struct shim_tls_verdict verdict;
	int enforced;
	int inbound;
	char address[PJ_INET6_ADDRSTRLEN + 10];
	char name[128];
};

/*! \brief Whether the verdict ends the connection */
int voxseal_tls_ends(const struct tls_connection *connection);

/*! \brief Know a connection from now on, and count its verdict; takes it over */
void voxseal_tls_known_add(struct tls_connection *connection);

/*! \brief The connection is no more: its address of memory may be used again */
void voxseal_tls_known_forget(const pjsip_transport *transport);
void voxseal_tls_known_free(void);

#endif /* VOXSEAL_TLS_CONNECTION_H */
