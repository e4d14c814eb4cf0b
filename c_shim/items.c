/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What is shown of a media stream: one row for each item
 *
 * Nothing here is secret. "out" is our direction, under our key, and "in" the peer's.
 */

#include "asterisk.h"

#include "asterisk/strings.h"
#include "asterisk/time.h"
#include "asterisk/localtime.h"
#include "asterisk/utils.h"

#include "console.h"

/*! \brief Streams of a session that are looked at */
#define STREAMS_MAX 64

/*! \brief The most SRTCP packets under one key (RFC 3711 §9.2) */
#define SRTCP_LIFETIME (UINT64_C(1) << 31)

/*! \brief Names of items of our direction may end with this, and those of the peer's do with the other */
#define OUTBOUND "_out"
#define INBOUND "_in"

static voxseal_session_stats stats_of(voxseal_session session)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };

	/* On an error it stays zero. */
	voxseal_session_stats_read(session, &stats);
	return stats;
}

static voxseal_session_stats srtcp_stats_of(voxseal_session session)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };

	voxseal_session_srtcp_stats(session, &stats);
	return stats;
}

/*! \brief Counters of packets, by the kinds that are asked for */
struct counts {
	uint64_t protected;
	uint64_t unprotected;
	uint64_t auth_failures;
	uint64_t replays;
	uint64_t refused;
};

static void add(struct counts *counts, const voxseal_session_stats *stats, int sign)
{
	counts->protected += sign * stats->packets_protected;
	counts->unprotected += sign * stats->packets_unprotected;
	counts->auth_failures += sign * stats->auth_failures;
	counts->replays += sign * (stats->replays + stats->late);
	counts->refused += sign * (stats->protect_refused + stats->unprotect_refused);
}

/*
 * RTCP has a session of its own under DTLS without rtcp-mux alone. SRTCP is read first, so that less is never taken away
 * than there is.
 */
static struct counts counts_of(const struct shim_media *media)
{
	voxseal_session_stats srtcp = srtcp_stats_of(media->rtcp);
	voxseal_session_stats all = stats_of(media->rtp);
	int one = media->rtp.id == media->rtcp.id;
	struct counts counts = { 0 };

	if (media->packets != SHIM_PACKETS_RTCP) {
		add(&counts, &all, 1);
		if (one && media->packets == SHIM_PACKETS_RTP) {
			add(&counts, &srtcp, -1);
		}
	}
	if (media->packets == SHIM_PACKETS_RTCP || (media->packets == SHIM_PACKETS_ALL && !one)) {
		add(&counts, &srtcp, 1);
	}
	return counts;
}

static void show_suite(attribute_unused const struct shim_media *media, voxseal_session session, uint32_t direction,
	struct ast_str **out)
{
	voxseal_session_stats stats = stats_of(session);
	const char *name = voxseal_suite_name(direction == VOXSEAL_OUTBOUND ? stats.outbound_suite : stats.inbound_suite);

	ast_str_append(out, 0, "%s", S_OR(name, ""));
}

static void show_tag(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	if (media->agreed.tag) {
		ast_str_append(out, 0, "%" PRIu32, media->agreed.tag);
	}
}

static void show_profile(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	ast_str_append(out, 0, "%s", media->profile);
}

static void show_state(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	ast_str_append(out, 0, "%s", shim_state_name(media->state));
}

static void show_keying(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	ast_str_append(out, 0, "%s", media->keying);
}

static void show_reason(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	ast_str_append(out, 0, "%s", media->reason);
}

static void show_since(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	struct timeval when = { .tv_sec = media->since };
	struct ast_tm local;
	char text[32];

	if (media->since) {
		ast_localtime(&when, &local, NULL);
		ast_strftime(text, sizeof(text), "%F %T", &local);
		ast_str_append(out, 0, "%s", text);
	}
}

static int key_of(voxseal_session session, uint32_t direction, voxseal_key_info *key)
{
	memset(key, 0, sizeof(*key));
	key->struct_size = sizeof(*key);
	return voxseal_session_key(session, direction, key) == VOXSEAL_OK;
}

static void show_mki(attribute_unused const struct shim_media *media, voxseal_session session, uint32_t direction,
	struct ast_str **out)
{
	voxseal_key_info key;
	size_t i;

	if (key_of(session, direction, &key)) {
		for (i = 0; i < key.mki_len; i++) {
			ast_str_append(out, 0, "%02x", key.mki[i]);
		}
	}
}

static void show_lifetime(const struct shim_media *media, attribute_unused voxseal_session session,
	uint32_t direction, struct ast_str **out)
{
	uint64_t lifetime = direction == VOXSEAL_OUTBOUND ? media->agreed.local_lifetime : media->agreed.remote_lifetime;

	if (media->agreed.tag) {
		ast_str_append(out, 0, "%" PRIu64, media->packets == SHIM_PACKETS_RTCP ? MIN(lifetime, SRTCP_LIFETIME) : lifetime);
	}
}

static void show_remaining(const struct shim_media *media, voxseal_session session, uint32_t direction,
	struct ast_str **out)
{
	voxseal_key_info key;

	if (key_of(session, direction, &key)) {
		ast_str_append(out, 0, "%" PRIu64,
			media->packets == SHIM_PACKETS_RTCP ? key.srtcp_remaining : key.srtp_remaining);
	}
}

/*! \brief The stream with most packets: after a change of SSRC the old one is still there */
static int main_stream(voxseal_session session, uint32_t direction, voxseal_stream_info *found)
{
	voxseal_stream_info streams[STREAMS_MAX];
	size_t count = 0;
	size_t i;

	if (voxseal_session_streams(session, direction, streams, ARRAY_LEN(streams), &count) != VOXSEAL_OK || !count) {
		return 0;
	}
	*found = streams[0];
	for (i = 1; i < MIN(count, ARRAY_LEN(streams)); i++) {
		if (streams[i].packets > found->packets) {
			*found = streams[i];
		}
	}
	return found->packets > 0;
}

/* SRTCP has none: its packets carry their index. */
static void show_roc(const struct shim_media *media, voxseal_session session, uint32_t direction,
	struct ast_str **out)
{
	voxseal_stream_info stream;

	if (media->packets != SHIM_PACKETS_RTCP && main_stream(session, direction, &stream)) {
		ast_str_append(out, 0, "%" PRIu32, stream.roc);
	}
}

static void show_ssrc(attribute_unused const struct shim_media *media, voxseal_session session, uint32_t direction,
	struct ast_str **out)
{
	voxseal_stream_info stream;

	if (main_stream(session, direction, &stream)) {
		ast_str_append(out, 0, "%08" PRIx32, stream.ssrc);
	}
}

static void show_packets(const struct shim_media *media, attribute_unused voxseal_session session,
	uint32_t direction, struct ast_str **out)
{
	struct counts counts = counts_of(media);

	ast_str_append(out, 0, "%" PRIu64, direction == VOXSEAL_OUTBOUND ? counts.protected : counts.unprotected);
}

static void show_auth_failures(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	ast_str_append(out, 0, "%" PRIu64, counts_of(media).auth_failures);
}

static void show_replays(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	ast_str_append(out, 0, "%" PRIu64, counts_of(media).replays);
}

static void show_refused(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	ast_str_append(out, 0, "%" PRIu64, counts_of(media).refused);
}

static void show_failures(const struct shim_media *media, attribute_unused voxseal_session session,
	attribute_unused uint32_t direction, struct ast_str **out)
{
	struct counts counts = counts_of(media);

	ast_str_append(out, 0, "%" PRIu64, counts.auth_failures + counts.replays + counts.refused);
}

const struct shim_item shim_items[] = {
	{ "state", "State", 0, show_state },
	{ "keying", "Keying", 0, show_keying },
	{ "suite", "Suite", 1, show_suite },
	{ "tag", "Tag", 0, show_tag },
	{ "profile", "Profile", 0, show_profile },
	{ "reason", "Reason", 0, show_reason },
	{ "since", "Since", 0, show_since },
	{ "mki", "MKI", 1, show_mki },
	{ "lifetime", "Lifetime", 1, show_lifetime },
	{ "lifetime_remaining", "LifetimeRemaining", 1, show_remaining },
	{ "roc", "ROC", 1, show_roc },
	{ "ssrc", "SSRC", 1, show_ssrc },
	{ "packets", "Packets", 1, show_packets },
	{ "failures", "Failures", 0, show_failures },
	{ "auth_failures", "AuthFailures", 0, show_auth_failures },
	{ "replays", "Replays", 0, show_replays },
	{ "refused", "Refused", 0, show_refused },
};

const size_t shim_item_count = ARRAY_LEN(shim_items);

const struct shim_item *shim_item_find(const char *name, uint32_t *direction)
{
	size_t i;

	for (i = 0; i < shim_item_count; i++) {
		size_t len = strlen(shim_items[i].name);
		const char *rest = name + len;

		if (!strncasecmp(shim_items[i].name, name, len)
			&& (!*rest || !strcasecmp(rest, OUTBOUND) || !strcasecmp(rest, INBOUND))) {
			*direction = !strcasecmp(rest, INBOUND) ? VOXSEAL_INBOUND : VOXSEAL_OUTBOUND;
			return &shim_items[i];
		}
	}
	return NULL;
}

void shim_item_show(const struct shim_item *item, const struct shim_media *media, uint32_t direction, struct ast_str **out)
{
	item->show(media, media->packets == SHIM_PACKETS_RTCP ? media->rtcp : media->rtp, direction, out);
}
