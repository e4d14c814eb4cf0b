/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the files of res_pjsip_voxseal.so share
 */

#ifndef VOXSEAL_SIP_H
#define VOXSEAL_SIP_H

#include <pjsip.h>
#include <pjsip_ua.h>

#include "../companion.h"

struct ast_sip_endpoint;
struct ast_sip_session;

/*! \brief The res_srtp.so that this module belongs to: module.c */
const struct shim_companion *voxseal_companion(void);

/*! \brief Keeps what the last INVITE on each thread said, and where it came from: message.c */
extern pjsip_module voxseal_message_module;

/*!
 * \brief The User-Agent of the last INVITE on this thread, until the next one comes
 *
 * \retval NULL there was none, or the INVITE was of another call
 */
const char *voxseal_message_user_agent(const pj_str_t *call_id);

/*!
 * \brief Where the last INVITE on this thread, or the last answer to one, came from: "192.0.2.1:5061"
 *
 * \param[out] transport "TLS"
 * \retval NULL there was none, or it was of another call
 */
const char *voxseal_message_source(const pj_str_t *call_id, const char **transport);

/*! \brief Remember sessions from their begin to their end, so that the finder finds them: session.c */
void voxseal_session_watch(void);
void voxseal_session_unwatch(void);

/*!
 * \brief The session of a dialog, with a reference; or NULL
 *
 * Nobody but the lock keeps the dialog for who has received a message. A message that is being sent keeps it by its
 * transaction, which this thread may have locked: the dialog must not be locked after that.
 */
struct ast_sip_session *voxseal_session_of(const pj_str_t *call_id, const pj_str_t *local_tag, const pj_str_t *remote_tag,
	int lock);

/*!
 * \brief Keep a reference to this object for as long as the session lives: kept.c
 *
 * \param name NULL: nobody asks for it
 * \retval 0 success
 * \retval -1 there is no memory
 */
int voxseal_keep(struct ast_sip_session *session, const char *name, void *object);

/*! \brief The object that is kept under this name, with a reference; or NULL */
void *voxseal_kept(struct ast_sip_session *session, const char *name);

/*! \brief The same, made of zeros at the first use, from any thread; NULL when there is no memory */
void *voxseal_ensure_kept(struct ast_sip_session *session, const char *name, size_t size);

/*!
 * \brief Have this done on the session's serializer, and do not wait: kept.c
 *
 * Session and module stay until it is done.
 */
int voxseal_push(struct ast_sip_session *session, void (*work)(struct ast_sip_session *session));

/*! \brief This session must never send a description, and whether that was said */
void voxseal_session_doom(struct ast_sip_session *session);
int voxseal_session_is_doomed(struct ast_sip_session *session);

/*! \brief The endpoint's own settings of policies, as long as the endpoint lives: endpoint.c */
struct shim_endpoint voxseal_endpoint_of(const struct ast_sip_endpoint *endpoint);

/*! \brief Whether new sessions of this endpoint negotiate keys by SDES */
int voxseal_endpoint_will_use_sdes(const struct ast_sip_endpoint *endpoint);

/*! \brief Have a session that begins follow its endpoint's media policy */
void voxseal_endpoint_take(struct ast_sip_session *session);

/*! \brief A description of the peer's */
struct voxseal_described {
	/*! NULL: there is none, as the peer asks for ours */
	const pjmedia_sdp_session *sdp;
	const struct ast_sip_endpoint *endpoint;
	/*! NULL when the call does not exist yet */
	struct ast_sip_session *session;
	/*! The way it came, and the address of the other end */
	const pjsip_transport *transport;
	const char *address;
};

/*!
 * \brief Whether it may be taken: judge.c
 *
 * \retval 0 yes
 * \retval positive no: the code for a Warning header, and the reason was filled
 */
int voxseal_judge(const struct voxseal_described *described, struct shim_reason *reason);

/*! \brief Whether a section has a format that the endpoint allows: format.c */
int voxseal_shares_format(const struct ast_sip_endpoint *endpoint, const pjmedia_sdp_media *media);

/*! \brief Refuse what the policies do not allow: receive.c */
extern pjsip_module voxseal_first_request_module;
extern pjsip_module voxseal_later_request_module;

/*! \brief Keep keys from leaving in clear: send.c */
extern pjsip_module voxseal_send_module;

/*! \brief End calls whose answer leaves them without the encryption that the endpoint demands: answer.c */
void voxseal_answer_watch(void);
void voxseal_answer_unwatch(void);

/*! \brief Keep of each session how its signalling travels: signalling.c */
void voxseal_signalling_watch(void);
void voxseal_signalling_unwatch(void);

/*! \brief Whether this is TLS, or a WebSocket over TLS */
int voxseal_transport_is_secure(const pjsip_transport *transport);

/*! \brief A message of this session came, or is about to go, over this transport from or to this address */
void voxseal_signalling_saw(struct ast_sip_session *session, pjsip_transport *transport, const char *address);

/*! \brief Whether nobody has asked this of the session before: each call is warned of once */
int voxseal_signalling_is_first_warning(struct ast_sip_session *session);

/*! \brief How the signalling of this session travels, from any thread; all is empty before its first message */
void voxseal_signalling_of(struct ast_sip_session *session, struct shim_signalling *signalling);

/*! \brief Have records of calls say how secure they are when they are answered and end: record.c */
void voxseal_record_watch(void);
void voxseal_record_unwatch(void);

/*! \brief Judge connections from now on, and know them: tls_connection.c */
void voxseal_tls_connections_watch(void);
void voxseal_tls_connections_unwatch(void);

/*! \brief Keep listeners' certificates fresh, and stop: tls_watch.c */
int voxseal_tls_start(void);
/*! \retval -1 it goes on, as a listener still needs what is in this module */
int voxseal_tls_stop(void);

/*! \brief Send requests to a peer over the TLS connection that it registered on: reuse.c */
int voxseal_reuse_start(void);
void voxseal_reuse_stop(void);

/*! \brief Identify endpoints by the certificates of TLS clients: identify.c */
int voxseal_identify_start(void);
void voxseal_identify_stop(void);

/*! \brief Other settings are in force: say so where they cannot hold */
void voxseal_identify_changed(void);

/*! \brief Fill in what is known of a TLS connection; of any other nothing is: tls_known.c */
void voxseal_tls_describe(const pjsip_transport *transport, struct shim_signalling *signalling);

/*! \brief What struct shim_finder has under these names */
void voxseal_tls_connections(void (*each)(const struct shim_tls_connection *connection, void *data), void *data);
void voxseal_tls_certificates(void (*each)(const struct shim_tls_certificate *certificate, void *data), void *data);
void voxseal_tls_counts(struct shim_tls_counts *counts);
void voxseal_tls_changed(void);

/*!
 * \brief Have this call follow wishes: endpoint.c
 *
 * \return NULL, or why that is not possible
 */
const char *voxseal_endpoint_wish(struct ast_sip_session *session, const struct shim_wishes *wishes);

/*! \brief Follow the variables of the channel once, on the session's serializer: wishes.c */
void voxseal_wishes_take(struct ast_sip_session *session);

/*! \brief The same from another thread, if nothing was offered yet */
void voxseal_wishes_take_early(struct ast_sip_session *session);

/*! \brief Whether this call of ours may go over TLS alone, whatever is in it */
int voxseal_wishes_require_tls(struct ast_sip_session *session);

/*! \brief Whether this call of ours is to be ended when the answer leaves it in clear */
int voxseal_wishes_hangup_if_clear(struct ast_sip_session *session);

/*! \brief Whether the URI that is called demands encryption: "sip:alice@example.org;secure=true" */
int voxseal_has_secure_uri(const struct ast_sip_session *session);

/*! \brief Which stream of these has this node, or -1: session.c */
struct ast_sip_session_media_state;
int voxseal_stream_in(const struct ast_sip_session_media_state *state, const struct ast_sdp_srtp *srtp);

/*! \brief Fill in what is known of the call whose stream, call->stream, has this node: call.c */
void voxseal_call_of(struct ast_sip_session *session, const struct ast_sdp_srtp *srtp, struct shim_call *call);

/*! \brief The session of this channel with a reference, or NULL: session.c */
struct ast_channel;
struct ast_sip_session *voxseal_session_with(struct ast_channel *channel);

/*! \brief What struct shim_finder has as call and peer_lines: session.c */
int voxseal_session_call(const struct ast_sdp_srtp *srtp, struct shim_call *call);
char *voxseal_session_peer_lines(const struct ast_sdp_srtp *srtp);

/*! \brief What res_srtp.so asks: finder.c */
extern const struct shim_finder voxseal_session_finder;

#endif /* VOXSEAL_SIP_H */
