/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the log says of negotiations: one line for each agreement, one for each refused line
 */

#include "asterisk.h"

#include "asterisk/logger.h"
#include "asterisk/netsock2.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"

#include "voxseal_shim.h"

/*!
 * \brief Log why the negotiation of a call goes no further
 *
 * An incoming call has no channel yet when its offer is read: then our media port, which also
 * stands in the SDP, has to name it.
 */
void shim_report(struct ast_rtp_instance *rtp, const char *what, const char *reason)
{
	const char *channel = ast_rtp_instance_get_channel_id(rtp);
	struct ast_sockaddr address;

	if (!shim_may_warn()) {
		return;
	}
	if (!ast_strlen_zero(channel)) {
		ast_log(LOG_WARNING, "%s: %s%s\n", channel, what, reason);
	} else {
		ast_rtp_instance_get_local_address(rtp, &address);
		ast_log(LOG_WARNING, "call on RTP port %d: %s%s\n", ast_sockaddr_port(&address), what, reason);
	}
}

/*! \brief One line for each agreement; tools read it, so its start is kept */
void shim_report_agreed(const voxseal_sdes *sdes, const char *profile)
{
	voxseal_agreement agreed = { .struct_size = sizeof(agreed) };

	if (voxseal_sdes_agreement(sdes, &agreed) == VOXSEAL_OK) {
		ast_verb(3, "SDES agreed: tag %" PRIu32 " %s (profile %s, MKI of ours %" PRIu32 " and of the peer %" PRIu32
			" bytes, lifetime of our key %" PRIu64 " packets)\n", agreed.tag, voxseal_suite_name(agreed.suite),
			profile, agreed.local_mki_len, agreed.remote_mki_len, agreed.local_lifetime);
	}
}

void shim_report_refused(struct ast_rtp_instance *rtp, const voxseal_sdes *sdes, voxseal_status status, char *reason,
	size_t reason_size)
{
	size_t needed = 0;

	if (!sdes || voxseal_sdes_reason(sdes, reason, reason_size, &needed) != VOXSEAL_OK) {
		ast_copy_string(reason, voxseal_status_str(status), reason_size);
	}
	if (status == VOXSEAL_ERR_NOT_PREFERRED) {
		/* Nothing is wrong with it. */
		ast_verb(3, "%s\n", reason);
	} else {
		shim_report(rtp, "", reason);
	}
}
