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

/*! \brief How the signalling of this session travels: signalling.c */
void voxseal_signalling_of(const struct ast_sip_session *session, struct shim_signalling *signalling);

/*! \brief What res_srtp.so asks */
extern const struct shim_finder voxseal_session_finder;

#endif /* VOXSEAL_SIP_H */
