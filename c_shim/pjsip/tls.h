/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the files about TLS connections, listeners and certificates share
 */

#ifndef VOXSEAL_TLS_H
#define VOXSEAL_TLS_H

#include <openssl/ssl.h>

#include "sip.h"
#include "voxseal.h"

/*! \brief What is kept of a peer once its handshake is over; empty where there is nothing to say */
struct tls_peer {
	char version[16];
	char cipher[64];
	char cn[128];
	char san[512];
	char fingerprint[100];
	/*! The same as bytes */
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int digest_len;
	/*! What a client has proved to be, or NULL; given back by tls_peer_free() of the companion */
	voxseal_tls_peer *proven;
};

/*! \brief Whether this is a connection over TLS; a WebSocket is none */
static inline int voxseal_tls_is(const pjsip_transport *transport)
{
	return transport->key.type == PJSIP_TRANSPORT_TLS || transport->key.type == PJSIP_TRANSPORT_TLS6;
}

/*! \brief Hold a connection against the rules of the transport with this name, and tell about the peer: tls_facts.c */
void voxseal_tls_judge(SSL *ssl, const pjsip_transport *transport, const char *name, struct shim_tls_verdict *verdict,
	struct tls_peer *peer);

/*!
 * \brief Copy the name of the transport in pjsip.conf that a connection was made under: tls_known.c
 *
 * It is empty when the connection is older than this module.
 */
void voxseal_tls_transport_name(const pjsip_transport *transport, char *name, size_t size);

/*! \brief What is said of a peer; nothing is proven yet: tls_describe.c */
void voxseal_tls_describe_peer(SSL *ssl, X509 *certificate, const voxseal_tls_facts *facts, struct tls_peer *peer);

/*!
 * \brief The authorities that are trusted, and revocation lists, for peers of one direction: tls_trust.c
 *
 * \param[out] store gets a reference, which the caller gives back; NULL when the settings name no files
 * \retval 0 success
 * \retval -1 there is no memory: nobody can be trusted
 */
int voxseal_tls_store(const char *transport, int inbound, const struct shim_tls_options *options, X509_STORE **store);
void voxseal_tls_stores_free(void);

/*! \brief End a connection that was reported just now: tls_end.c */
void voxseal_tls_end(pjsip_transport *transport);

/*! \brief One more accepted connection whose handshake failed */
void voxseal_tls_count_failed(void);

/*! \brief Whether a live connection was accepted from this address, "192.0.2.1:5061" */
int voxseal_tls_is_accepted_from(const char *address);

/*! \brief Whether the peer of a live connection has proved to be somebody */
int voxseal_tls_is_proven(const pjsip_transport *transport);

/*!
 * \brief Find the one of these claims that the peer of a live connection fits
 *
 * \param reason gets what an administrator should know, or an empty text
 * \return its place; count when there is none
 */
size_t voxseal_tls_claimed_by(const pjsip_transport *transport, const voxseal_tls_claim *claims, size_t count, char *reason,
	size_t reason_size);

/*!
 * \brief Find the address of record that a REGISTER is for, as the registrar does: aor.c
 *
 * Users of different domains are different peers, and so are those with and without a domain.
 *
 * \retval -1 it is for none of the endpoint's that its To header names
 */
int voxseal_aor_of(pjsip_rx_data *rdata, char *aor, size_t size);

/*! \brief Know registrations over TLS, and stop: registrations.c */
int voxseal_registrations_start(void);
void voxseal_registrations_stop(void);

struct ast_sip_contact;

/*!
 * \brief Find the connection of a registration
 *
 * \retval 1 it is known; transport has a reference, or is NULL when it has ended
 * \retval 0 nothing is known of it
 */
int voxseal_registrations_find(const struct ast_sip_contact *contact, pjsip_transport **transport);

/*! \brief This connection takes no more requests */
void voxseal_registrations_forget(const pjsip_transport *transport);

/*! \brief This connection is about to be destroyed: returns when nobody is about to use it */
void voxseal_registrations_destroyed(const pjsip_transport *transport);

#endif /* VOXSEAL_TLS_H */
