/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the two modules, res_srtp.so and res_pjsip_voxseal.so, have in common
 *
 * res_srtp.so knows crypto attributes and no SIP; res_pjsip_voxseal.so knows whose SDP they stand
 * in. It finds the one symbol that res_srtp.so exports and attaches its functions to it. Nothing
 * here depends on pjproject, so that res_srtp.so serves a PBX without it, too.
 */

#ifndef VOXSEAL_COMPANION_H
#define VOXSEAL_COMPANION_H

#include <stddef.h>

#include "companion_policy.h"
#include "companion_tls.h"

struct ast_channel;
struct ast_sdp_srtp;

/*! \brief One more when a field or a function below changes its meaning */
#define SHIM_COMPANION_VERSION 9

/*! \brief The symbol's name, for dlsym() */
#define SHIM_COMPANION_SYMBOL "voxseal_companion"

/*!
 * \brief The call that this thread writes or reads SDP of
 *
 * Texts are NULL when there is none, and live until the function that asked returns to the host.
 */
struct shim_call {
	/*! Name of the endpoint in pjsip.conf */
	const char *endpoint;
	/*! The endpoint's @srtp_profile */
	const char *profile;
	/*! The endpoint's @srtp_suites */
	const char *suites;
	/*! What the peer calls itself: its User-Agent header, or what it registered with */
	const char *user_agent;
	/*! Where the peer's last message of this call came from on this thread, "192.0.2.1:5061", and over what, "TLS" */
	const char *source;
	const char *source_transport;
	/*! Which m= section the crypto attributes belong to, from 0; -1 when that is not known */
	int stream;
	/*! "audio", "video" and so on */
	const char *media;
	/*! Tells SIP sessions apart, and is never looked into */
	const void *session;
	/*! The call's channel; an incoming call has none while its INVITE is read */
	struct ast_channel *channel;
	/*! We called */
	int outgoing;
	/*! The URI that we called has the parameter secure=true */
	int secure_uri;
};

/*! \brief How the signalling of a call travels; texts are empty where there is nothing to say */
struct shim_signalling {
	/*! The peer's last message came, or ours would go, over TLS or WSS */
	int secure;
	/*! It came in clear, from a proxy that is trusted to have ended TLS */
	int trusted;
	/*! "TLS", "UDP" and so on */
	char transport[16];
	/*! "TLSv1.3" */
	char tls_version[16];
	/*! "TLS_AES_256_GCM_SHA384" */
	char tls_cipher[64];
	/*! The common name of the peer's certificate */
	char peer_cn[128];
	/*! Its subject alternative names, "DNS:pbx.example.org, IP:192.0.2.1" */
	char peer_san[512];
	/*! SHA-256 of the certificate, in hex with colons */
	char peer_fingerprint[100];
	/*! The sentence that goes with the verdict on the connection */
	char verdict[512];
};

/*! \brief What res_pjsip_voxseal.so attaches: a media stream is named by the first node of its list */
struct shim_finder {
	/*!
	 * \brief Find the call that has this media stream
	 *
	 * \retval 0 found
	 * \retval -1 there is no such call, or not on this thread
	 */
	int (*call)(const struct ast_sdp_srtp *srtp, struct shim_call *call);
	/*!
	 * \brief The values of all crypto attributes in the peer's description of this stream, joined by line feeds
	 *
	 * There are keys in it: the caller wipes it before it frees it. NULL when there are none.
	 */
	char *(*peer_lines)(const struct ast_sdp_srtp *srtp);
	/*!
	 * \brief Send a re-INVITE with a fresh description of our side; does not wait for it
	 *
	 * \retval 0 it is on its way
	 * \retval -1 there is no SIP session with this channel
	 */
	int (*reinvite)(const char *channel_id);
	/*!
	 * \brief How the signalling of this channel, which is locked, travels
	 *
	 * \retval 0 success
	 * \retval -1 there is no SIP session with this channel
	 */
	int (*signalling)(struct ast_channel *channel, struct shim_signalling *signalling);
	/*! \brief Call the function with each live TLS connection of PJSIP, the oldest first */
	void (*tls_connections)(void (*each)(const struct shim_tls_connection *connection, void *data), void *data);
	/*! \brief Call the function with each certificate that is watched */
	void (*tls_certificates)(void (*each)(const struct shim_tls_certificate *certificate, void *data), void *data);
	void (*tls_counts)(struct shim_tls_counts *counts);
	/*! \brief Other settings are in force */
	void (*tls_changed)(void);
	/*! \brief The session of this channel, which is locked, as in struct shim_call; NULL when there is none */
	const void *(*session)(struct ast_channel *channel);
	/*! \brief The variables of this locked channel have changed: where it has not called yet, that holds for the call */
	void (*wish)(struct ast_channel *channel);
};

/*! \brief What res_srtp.so exports */
struct shim_companion {
	/*! SHIM_COMPANION_VERSION */
	unsigned int version;
	/*! Bytes of struct shim_call */
	unsigned int call_size;
	/*! Policies of endpoints */
	const struct shim_policies *policies;
	/*! From now on these functions are asked; NULL: no longer. None of them is running when it returns. */
	void (*attach)(const struct shim_finder *finder);
	/*!
	 * \brief Hold a connection of the transport with this name against its rules
	 *
	 * Where nothing can be decided, the verdict is to refuse.
	 */
	void (*tls_decide)(const char *transport, const struct voxseal_tls_facts *facts, struct shim_tls_verdict *verdict);
	/*! \brief What a client has proved to be, by the rules of the transport with this name; NULL: nothing */
	struct voxseal_tls_peer *(*tls_peer)(const char *transport, const struct voxseal_tls_facts *facts,
		const unsigned char *fingerprint, size_t fingerprint_len);
	/*! \brief voxseal_tls_peer_find() and voxseal_tls_peer_free() */
	int32_t (*tls_peer_find)(const struct voxseal_tls_peer *peer, const struct voxseal_tls_claim *claims, size_t claim_count,
		int64_t now, size_t *place, char *reason, size_t reason_size);
	void (*tls_peer_free)(struct voxseal_tls_peer *peer);
	/*! \brief The settings of the transport with this name */
	void (*tls_options)(const char *transport, struct shim_tls_options *options);
	/*! \brief Whether one more verdict may be logged in this second */
	int (*tls_may_warn)(void);
	/*! \brief Call the function with the name of each transport that has a section of its own */
	void (*tls_sections)(void (*each)(const char *transport, void *data), void *data);
	/*! \brief How secure this channel's leg is may have changed: keep it for records of the call */
	void (*record)(struct ast_channel *channel);
};

#endif /* VOXSEAL_COMPANION_H */
