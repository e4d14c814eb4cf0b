/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Packets that fail, told to managers: not by the thread that carries packets, and ever more seldom
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/lock.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

/*! \brief Sessions that wait to be told of; more at once are left out until their next report */
#define WAITING_MAX 256

AST_MUTEX_DEFINE_STATIC(waiting_lock);
static uint64_t waiting[WAITING_MAX];
static size_t waiting_count;

/* Called at 16, 32, 64, … failures of a session, so that it costs the packets nothing. */
void shim_tell_failures(voxseal_session session)
{
	ast_mutex_lock(&waiting_lock);
	if (waiting_count < WAITING_MAX) {
		waiting[waiting_count++] = session.id;
	}
	ast_mutex_unlock(&waiting_lock);
}

/*! \brief The media of this channel that has the session; NULL when it has none such */
static const struct shim_media *media_with(const struct shim_leg *leg, uint64_t session)
{
	size_t i;

	for (i = 0; i < leg->count; i++) {
		if (leg->media[i].rtp.id == session || leg->media[i].rtcp.id == session) {
			return &leg->media[i];
		}
	}
	return NULL;
}

static void tell(struct ast_channel *channel, const struct shim_media *media, uint64_t id)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };

	if (voxseal_session_stats_read((voxseal_session) { .id = id }, &stats) == VOXSEAL_OK) {
		shim_tell_channel(channel, "SRTPAuthFailures", "Media: %s\r\nSuite: %s\r\nAuthFailures: %" PRIu64
			"\r\nReplays: %" PRIu64 "\r\nRefused: %" PRIu64 "\r\n", media->media,
			S_OR(voxseal_suite_name(stats.inbound_suite), ""), stats.auth_failures, stats.replays + stats.late,
			stats.protect_refused + stats.unprotect_refused);
	}
}

static void tell_if_here(struct ast_channel *channel, const uint64_t *sessions, size_t count)
{
	struct shim_leg leg;
	size_t i;

	shim_leg_read(channel, &leg);
	for (i = 0; i < count; i++) {
		const struct shim_media *media = media_with(&leg, sessions[i]);

		if (media) {
			tell(channel, media, sessions[i]);
		}
	}
	shim_leg_release(&leg);
}

void shim_events_flush(void)
{
	struct ast_channel_iterator *channels;
	struct ast_channel *channel;
	uint64_t sessions[WAITING_MAX];
	size_t count;

	ast_mutex_lock(&waiting_lock);
	count = waiting_count;
	memcpy(sessions, waiting, count * sizeof(*sessions));
	waiting_count = 0;
	ast_mutex_unlock(&waiting_lock);

	channels = count ? ast_channel_iterator_all_new() : NULL;
	if (channels) {
		while ((channel = ast_channel_iterator_next(channels))) {
			tell_if_here(channel, sessions, count);
			ast_channel_unref(channel);
		}
		ast_channel_iterator_destroy(channels);
	}
}
