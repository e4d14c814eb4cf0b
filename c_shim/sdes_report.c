/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the log says of negotiations: one line for each agreement, one for each refused line
 */

#include "asterisk.h"

#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/netsock2.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"

#include "voxseal_shim.h"

/*! \brief Warnings in one second, of all calls together, of TLS connections, and as many events: nobody can fill the log */
#define MOST_PER_SECOND 250

/*! \brief How often something was wanted in this second */
struct tally {
	time_t second;
	unsigned int count;
};

AST_MUTEX_DEFINE_STATIC(tally_lock);

/*! \brief Whether it may be done once more in this second; left_out is how often it was not in the second before */
static int once_more(struct tally *tally, unsigned int *left_out)
{
	time_t now = time(NULL);
	int may;

	*left_out = 0;
	ast_mutex_lock(&tally_lock);
	if (now != tally->second) {
		*left_out = tally->count > MOST_PER_SECOND ? tally->count - MOST_PER_SECOND : 0;
		tally->second = now;
		tally->count = 0;
	}
	may = tally->count++ < MOST_PER_SECOND;
	ast_mutex_unlock(&tally_lock);
	return may;
}

/* Both say how many lines there were not, once there are fewer again. */
int shim_may_warn(void)
{
	static struct tally warnings;
	unsigned int left_out;
	int may = once_more(&warnings, &left_out);

	if (left_out) {
		ast_log(LOG_WARNING, "%u more refused calls or crypto lines were not logged\n", left_out);
	}
	return may;
}

/* Who calls by the hundred must not keep the end of a connection out of the log, nor the other way round. */
int shim_may_warn_of_tls(void)
{
	static struct tally warnings;
	unsigned int left_out;
	int may = once_more(&warnings, &left_out);

	if (left_out) {
		ast_log(LOG_WARNING, "%u more TLS connections were not logged\n", left_out);
	}
	return may;
}

int shim_may_tell(void)
{
	static struct tally events;
	unsigned int left_out;

	return once_more(&events, &left_out);
}

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
