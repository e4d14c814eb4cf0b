/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The host's nine SRTP slots on top of voxseal_session
 *
 * A voxseal session is a number in a table, and `struct ast_srtp *` is that number, cast. Nothing
 * is allocated here and nothing is ever dereferenced, so a bundled sibling or an RTCP timer that
 * still holds the "pointer" while another thread destroys the session is refused by the engine
 * and cannot touch freed memory. The engine locks for itself: the host's locks do not cover
 * every caller of protect.
 */

#include "asterisk.h"

#include <errno.h>

#include "asterisk/logger.h"
#include "asterisk/module.h"

#include "console.h"
#include "voxseal_shim.h"

_Static_assert(sizeof(struct ast_srtp *) >= sizeof(uint64_t), "a session number must fit a pointer: 64-bit systems only");

/*! \brief Longest RTP or RTCP packet, as in the host's own buffers; the engine refuses what does not fit */
#define MAX_PACKET_LEN 8192

/*! \brief Bit of the flags of unprotect and protect */
#define FLAG_RTCP 1

/*! \brief Refused packets of a session before the first one is worth a line */
#define QUIET_REFUSALS 16

static voxseal_session session_of(struct ast_srtp *srtp)
{
	return (voxseal_session) { .id = (uintptr_t) srtp };
}

static uint32_t kind_of(int flags)
{
	return flags & FLAG_RTCP ? VOXSEAL_RTCP : VOXSEAL_RTP;
}

static const char *suite_name_or_none(voxseal_suite suite)
{
	const char *name = voxseal_suite_name(suite);

	return name ? name : "none";
}

static int apply_policy(voxseal_session session, struct ast_srtp_policy *policy)
{
	voxseal_status status = voxseal_session_apply(session, shim_policy(policy));

	if (status != VOXSEAL_OK) {
		ast_log(LOG_WARNING, "SRTP keys refused: %s\n", voxseal_status_str(status));
	}
	return status == VOXSEAL_OK ? 0 : -1;
}

/*! \brief For the sessions that this thread makes */
static __thread const voxseal_session_config *session_config;

void shim_session_config(const voxseal_session_config *config)
{
	session_config = config;
}

/* *srtp is written on success only. The host may have no remote policy yet. */
static int srtp_create(struct ast_srtp **srtp, struct ast_rtp_instance *rtp,
	struct ast_srtp_policy *remote)
{
	voxseal_session session = { .id = 0 };
	voxseal_status status = voxseal_session_new(session_config, &session);
	int res = -1;

	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No SRTP session: %s\n", voxseal_status_str(status));
	} else if (remote && apply_policy(session, remote)) {
		voxseal_session_free(session);
	} else {
		ast_module_ref(AST_MODULE_SELF);
		shim_totals_session_begins(session);
		if (!session_config) {
			/* Not by SDES, which is recorded when it is agreed */
			shim_record_later(rtp);
		}
		*srtp = (struct ast_srtp *) (uintptr_t) session.id;
		res = 0;
	}
	return res;
}

/*
 * The session stays: a direction whose key and suite did not change keeps index, ROC and replay
 * state, and the engine never starts a used key again at index 0.
 */
static int srtp_replace(struct ast_srtp **srtp, struct ast_rtp_instance *rtp, struct ast_srtp_policy *remote)
{
	int res = 0;

	if (!*srtp) {
		res = srtp_create(srtp, rtp, remote);
	} else if (remote) {
		res = apply_policy(session_of(*srtp), remote);
	}
	return res;
}

/*! \brief One line per session; tools read it, so its shape is kept */
static void report_end(voxseal_session session)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };
	uint64_t replayed;
	uint64_t other;

	if (voxseal_session_stats_read(session, &stats) == VOXSEAL_OK) {
		replayed = stats.replays + stats.late;
		other = stats.protect_refused + stats.unprotect_refused;
		ast_verb(3, "SRTP session ended: out %s, in %s, %" PRIu64 " protected, %" PRIu64 " unprotected, "
			"%" PRIu64 " refused (%" PRIu64 " authentication, %" PRIu64 " replayed, %" PRIu64 " other)\n",
			suite_name_or_none(stats.outbound_suite), suite_name_or_none(stats.inbound_suite),
			stats.packets_protected, stats.packets_unprotected,
			stats.auth_failures + replayed + other, stats.auth_failures, replayed, other);
	}
}

static void srtp_destroy(struct ast_srtp *srtp)
{
	voxseal_session session = session_of(srtp);

	report_end(session);
	shim_totals_session_ends(session);
	voxseal_session_free(session);
	ast_module_unref(AST_MODULE_SELF);
}

static int srtp_add_stream(struct ast_srtp *srtp, struct ast_srtp_policy *local)
{
	return apply_policy(session_of(srtp), local);
}

static int srtp_change_source(struct ast_srtp *srtp, unsigned int from_ssrc, unsigned int to_ssrc)
{
	return voxseal_session_rename_ssrc(session_of(srtp), from_ssrc, to_ssrc) == VOXSEAL_OK ? 0 : -1;
}

/* No version of the host since 16 sets a callback, and the engine has no event that would need one. */
static void srtp_set_cb(attribute_unused struct ast_srtp *srtp, attribute_unused const struct ast_srtp_cb *cb,
	attribute_unused void *data)
{
}

/*!
 * \brief Say that packets are refused, ever more seldom
 *
 * The count of the session itself is the rate limit: a line at 16, 32, 64, … refused packets, so
 * that nobody on the network can fill the log. Duplicates are ordinary and not reported.
 */
static void report_refused(voxseal_session session, const char *what, voxseal_status status)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };
	uint64_t count;

	if (status != VOXSEAL_ERR_REPLAYED && status != VOXSEAL_ERR_TOO_OLD) {
		voxseal_session_stats_read(session, &stats);
	}
	count = stats.auth_failures + stats.unprotect_refused + stats.protect_refused;
	if (count >= QUIET_REFUSALS && !(count & (count - 1))) {
		ast_log(LOG_WARNING, "SRTP %s refused: %s (%" PRIu64 " packets of this session so far)\n",
			what, voxseal_status_str(status), count);
		shim_tell_failures(session);
	}
}

/*
 * Bit 1 of flags (replay protection wanted, rtp.conf) is not looked at: packets are always
 * checked for replay. A refused packet must leave EAGAIN behind: at any other errno the host
 * hangs the call up, and anybody who can send a packet could make it do so.
 */
static int srtp_unprotect(struct ast_srtp *srtp, void *buf, int *len, int flags)
{
	voxseal_session session = session_of(srtp);
	size_t packet_len = *len > 0 ? *len : 0;
	voxseal_status status = voxseal_session_unprotect(session, kind_of(flags), buf, &packet_len);
	int res = -1;

	if (status == VOXSEAL_OK) {
		*len = (int) packet_len;
		res = *len;
	} else {
		report_refused(session, "packet from the network", status);
		errno = EAGAIN;
	}
	return res;
}

/*
 * The packet handed in may be shared with other readers, so the result goes to a buffer of this
 * thread; the host uses it after it has dropped its locks, and before this thread protects again.
 */
static int srtp_protect(struct ast_srtp *srtp, void **buf, int *len, int rtcp)
{
	static __thread unsigned char protected_packet[MAX_PACKET_LEN + VOXSEAL_MAX_TRAILER_LEN];
	voxseal_session session = session_of(srtp);
	size_t packet_len = *len > 0 ? *len : 0;
	size_t protected_len = 0;
	voxseal_status status = voxseal_session_protect(session, kind_of(rtcp), *buf, packet_len,
		protected_packet, sizeof(protected_packet), &protected_len);
	int res = -1;

	if (status == VOXSEAL_OK) {
		*buf = protected_packet;
		*len = (int) protected_len;
		res = *len;
	} else {
		report_refused(session, "packet to the network", status);
		errno = status == VOXSEAL_ERR_BUFFER_TOO_SMALL ? EMSGSIZE : EAGAIN;
	}
	return res;
}

static int srtp_get_random(unsigned char *key, size_t len)
{
	return voxseal_random_fill(key, len) == VOXSEAL_OK ? 0 : -1;
}

struct ast_srtp_res shim_srtp_engine = {
	.create = srtp_create,
	.replace = srtp_replace,
	.destroy = srtp_destroy,
	.add_stream = srtp_add_stream,
	.change_source = srtp_change_source,
	.set_cb = srtp_set_cb,
	.unprotect = srtp_unprotect,
	.protect = srtp_protect,
	.get_random = srtp_get_random,
};
