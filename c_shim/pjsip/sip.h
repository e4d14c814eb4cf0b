/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the files of res_pjsip_voxseal.so share
 */

#ifndef VOXSEAL_SIP_H
#define VOXSEAL_SIP_H

#include <pjsip.h>
#include <pjsip_ua.h>

#include "../companion.h"

struct ast_sip_session;

/*! \brief Keeps what the last INVITE on each thread said: message.c */
extern pjsip_module voxseal_message_module;

/*!
 * \brief The User-Agent of the last INVITE on this thread, until the next one comes
 *
 * \retval NULL there was none, or the INVITE was of another call
 */
const char *voxseal_message_user_agent(const pj_str_t *call_id);

/*! \brief Remember sessions from their begin to their end, so that the finder finds them: session.c */
void voxseal_session_watch(void);
void voxseal_session_unwatch(void);

/*! \brief End calls whose answer leaves them without the encryption that the endpoint demands: answer.c */
void voxseal_answer_watch(void);
void voxseal_answer_unwatch(void);

/*! \brief Keep of each session how its signalling travels: signalling.c */
void voxseal_signalling_watch(void);
void voxseal_signalling_unwatch(void);

/*! \brief Whether this is TLS, or a WebSocket over TLS */
int voxseal_transport_is_secure(const pjsip_transport *transport);

/*! \brief A message of this session came, or is about to go, over this transport */
void voxseal_signalling_saw(struct ast_sip_session *session, pjsip_transport *transport);

/*! \brief Log when the peer of a secure call leaves out its crypto lines: dropped.c */
void voxseal_dropped_watch(void);
void voxseal_dropped_unwatch(void);

/*! \brief How the signalling of this session travels, from any thread; all is empty before its first message */
void voxseal_signalling_of(struct ast_sip_session *session, struct shim_signalling *signalling);

/*! \brief What res_srtp.so exports: module.c */
const struct shim_companion *voxseal_companion(void);

/*! \brief Judge TLS connections, keep listeners' certificates fresh, and stop: tls_watch.c */
int voxseal_tls_start(void);
void voxseal_tls_stop(void);

/*! \brief Send requests to a peer over the TLS connection that it registered on: reuse.c */
int voxseal_reuse_start(void);
void voxseal_reuse_stop(void);

/*! \brief Fill in what is known of a TLS connection; of any other nothing is: tls_connection.c */
void voxseal_tls_describe(const pjsip_transport *transport, struct shim_signalling *signalling);

/*! \brief What struct shim_finder has under these names */
void voxseal_tls_connections(void (*each)(const struct shim_tls_connection *connection, void *data), void *data);
void voxseal_tls_certificates(void (*each)(const struct shim_tls_certificate *certificate, void *data), void *data);
void voxseal_tls_counts(struct shim_tls_counts *counts);
void voxseal_tls_changed(void);

/*! \brief What res_srtp.so asks */
extern const struct shim_finder voxseal_session_finder;

#endif /* VOXSEAL_SIP_H */
