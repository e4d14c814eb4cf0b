/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Negotiated keys on their way into the SRTP session of an RTP instance
 */

#include "asterisk.h"

#include "asterisk/rtp_engine.h"
#include "asterisk/utils.h"

#include "voxseal_shim.h"

/*! \brief The largest replay window that a session can have, in packets */
#define LARGEST_WINDOW 32768

/*! \brief Of a session to be made: what the profile says, and a replay window not smaller than the peer wishes */
static voxseal_session_config wished_by_peer(voxseal_sdes *sdes, const voxseal_session_config *profile)
{
	voxseal_agreement agreed = { .struct_size = sizeof(agreed) };
	voxseal_session_config config = *profile;

	if (voxseal_sdes_agreement(sdes, &agreed) == VOXSEAL_OK && agreed.window_hint > config.rtp_window) {
		config.rtp_window = MIN(agreed.window_hint, LARGEST_WINDOW);
	}
	return config;
}

/*! \brief The host makes the session on the way, if there is none yet */
static int add_policies(struct ast_rtp_instance *rtp, struct ast_srtp_policy *remote, struct ast_srtp_policy *local,
	const voxseal_session_config *config)
{
	int res;

	shim_session_config(config);
	res = ast_rtp_instance_add_srtp_policy(rtp, remote, local, 0);
	shim_session_config(NULL);
	return res;
}

/*!
 * \brief Put the negotiated keys into the SRTP session of the instance, then make the agreement final
 *
 * One session serves RTP and RTCP: only DTLS without rtcp-mux has separate keys for RTCP.
 */
int shim_activate(struct ast_rtp_instance *rtp, voxseal_sdes *sdes, const voxseal_session_config *profile)
{
	voxseal_session_config config = wished_by_peer(sdes, profile);
	struct ast_srtp_policy *local = shim_policy_engine.alloc();
	struct ast_srtp_policy *remote = shim_policy_engine.alloc();
	const char *reason = NULL;
	voxseal_status status = voxseal_sdes_policies(sdes, 0,
		shim_policy(local), shim_policy(remote));

	if (status != VOXSEAL_OK) {
		reason = voxseal_status_str(status);
	} else if (add_policies(rtp, remote, local, &config)) {
		reason = "the RTP instance did not take them";
	} else if ((status = voxseal_sdes_commit(sdes)) != VOXSEAL_OK) {
		reason = voxseal_status_str(status);
	}
	if (reason) {
		voxseal_sdes_discard(sdes);
		shim_report(rtp, "negotiated SRTP keys could not be activated: ", reason);
	}

	shim_policy_engine.destroy(local);
	shim_policy_engine.destroy(remote);
	return reason ? -1 : 0;
}
