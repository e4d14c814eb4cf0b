/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the files of this module share: the three tables that module.c registers.
 *
 * The module passes arguments between Asterisk and libvoxseal and maps results. What a crypto
 * attribute or a packet means is decided behind voxseal.h.
 */

#ifndef VOXSEAL_SHIM_H
#define VOXSEAL_SHIM_H

#include "asterisk/res_srtp.h"
#include "asterisk/sdp_srtp.h"

#include "voxseal.h"

/*! \brief SRTP sessions: srtp_engine.c */
extern struct ast_srtp_res shim_srtp_engine;

/*! \brief Suite, master key and SSRC on their way into a session: policy.c */
extern struct ast_srtp_policy_res shim_policy_engine;

/*! \brief SDES negotiation, the a=crypto lines of SDP: sdp_crypto.c */
extern struct ast_sdp_crypto_api shim_sdp_crypto;

/*!
 * \brief Start and end the thread that renews local keys before their lifetime is over: rekey.c
 *
 * \retval 0 success
 * \retval -1 there is no thread
 */
int shim_rekey_start(void);
void shim_rekey_stop(void);

/*! \brief Renew the keys of this negotiation when their time comes, in the session of this instance */
void shim_rekey_watch(struct ast_rtp_instance *rtp, voxseal_sdes *sdes);

/*! \brief The negotiation is about to be freed */
void shim_rekey_forget(voxseal_sdes *sdes);

/*!
 * \brief The engine's policy behind the host's opaque pointer
 *
 * `struct ast_srtp_policy` is declared by the host and defined by nobody: here it is another
 * name for a voxseal_policy.
 */
static inline voxseal_policy *shim_policy(struct ast_srtp_policy *policy)
{
	return (voxseal_policy *) policy;
}

#endif /* VOXSEAL_SHIM_H */
