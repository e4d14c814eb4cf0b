/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief From a channel to its media streams, with or without SRTP, whoever made the keys
 *
 * The channel driver gives the RTP instances once media flows. Before that (an incoming call that
 * is not answered yet) the registry knows streams by their SIP session.
 */

#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/channel.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "leg.h"

static const char *const medias[] = { "audio", "video", "text" };

typedef enum ast_rtp_glue_result (*get_info)(struct ast_channel *channel, struct ast_rtp_instance **rtp);

/*! \brief The instance with a reference; the driver may give one and say in the same breath that it is not for bridges */
static struct ast_rtp_instance *instance_of(struct ast_channel *channel, get_info get)
{
	struct ast_rtp_instance *rtp = NULL;

	if (get) {
		get(channel, &rtp);
	}
	return rtp;
}

void shim_owner_init(struct shim_owner *owner, struct ast_channel *channel)
{
	struct ast_rtp_glue *glue;

	memset(owner, 0, sizeof(*owner));
	owner->id = ast_channel_uniqueid(channel);
	owner->session = shim_call_session(channel);
	ast_channel_lock(channel);
	glue = ast_channel_tech(channel) ? ast_rtp_instance_get_glue(ast_channel_tech(channel)->type) : NULL;
	if (glue && ast_channel_tech_pvt(channel)) {
		owner->rtp[0] = instance_of(channel, glue->get_rtp_info);
		owner->rtp[1] = instance_of(channel, glue->get_vrtp_info);
		owner->rtp[2] = instance_of(channel, glue->get_trtp_info);
	}
	ast_channel_unlock(channel);
}

void shim_owner_release(struct shim_owner *owner)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(owner->rtp); i++) {
		ao2_cleanup(owner->rtp[i]);
	}
}

int shim_leg_owns(const struct shim_owner *owner, const struct shim_stream *stream)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(owner->rtp); i++) {
		if (stream->rtp && stream->rtp == owner->rtp[i]) {
			return 1;
		}
	}
	return (stream->session && stream->session == owner->session)
		|| !strcmp(owner->id, ast_rtp_instance_get_channel_id(stream->rtp));
}

static voxseal_session session_of(struct ast_rtp_instance *rtp, int rtcp)
{
	return (voxseal_session) { .id = (uintptr_t) ast_rtp_instance_get_srtp(rtp, rtcp) };
}

static enum shim_state state_of(const struct shim_media *media)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };
	enum shim_state state = SHIM_CLEAR;

	if (voxseal_session_stats_read(media->rtp, &stats) == VOXSEAL_OK && stats.outbound_suite && stats.inbound_suite) {
		state = media->agreed.unencrypted & VOXSEAL_UNENCRYPTED_SRTP ? SHIM_AUTHENTICATED : SHIM_SECURE;
	} else if (*media->reason) {
		state = SHIM_REFUSED;
	}
	return state;
}

static void take_session(struct shim_media *media, struct ast_rtp_instance *rtp)
{
	media->rtp = session_of(rtp, 0);
	media->rtcp = session_of(rtp, 1);
	/* The host puts a session of its own there for RTCP on another port under DTLS alone. */
	if (!media->rtcp.id) {
		media->rtcp = media->rtp;
	}
}

static char *verdicts_of(const voxseal_sdes *sdes)
{
	struct ast_str *all = ast_str_create(256);
	size_t count = voxseal_sdes_verdict_count(sdes);
	char *text = NULL;
	size_t i;

	for (i = 0; all && i < count; i++) {
		char verdict[SHIM_REASON_SIZE];
		size_t needed = 0;

		if (voxseal_sdes_verdict(sdes, i, verdict, sizeof(verdict), &needed) == VOXSEAL_OK) {
			ast_str_append(&all, 0, "%s%s", ast_str_strlen(all) ? "\n" : "", verdict);
		}
	}
	if (all && ast_str_strlen(all)) {
		text = ast_strdup(ast_str_buffer(all));
	}
	ast_free(all);
	return text;
}

/*! \brief A leg that is being filled, and for whom */
struct reading {
	struct shim_owner owner;
	struct shim_leg *leg;
};

/*! \brief The place for a stream: that of its instance, or a new one; NULL when there are too many */
static struct shim_media *place_for(struct reading *reading, const struct shim_stream *stream)
{
	struct shim_leg *leg = reading->leg;
	struct shim_media *media = NULL;
	size_t i;

	for (i = 0; i < leg->count; i++) {
		if (!strcmp(leg->media[i].media, S_OR(stream->media, "audio"))) {
			media = &leg->media[i];
		}
	}
	for (i = 0; i < ARRAY_LEN(medias); i++) {
		if (stream->rtp == reading->owner.rtp[i]) {
			return media;
		}
	}
	/* An instance that the driver gives counts more than one that waits for an answer. */
	if (media && media->rtp.id) {
		return NULL;
	}
	if (!media && leg->count < SHIM_MEDIA_MAX) {
		media = &leg->media[leg->count++];
		ast_copy_string(media->media, S_OR(stream->media, "audio"), sizeof(media->media));
	}
	return media;
}

static int take_stream(struct shim_stream *stream, void *data)
{
	struct reading *reading = data;
	struct shim_media *media = shim_leg_owns(&reading->owner, stream) ? place_for(reading, stream) : NULL;

	if (media) {
		take_session(media, stream->rtp);
		media->keying = stream->agreed ? "SDES" : "";
		media->since = stream->since;
		ast_copy_string(media->profile, stream->profile, sizeof(media->profile));
		ast_copy_string(media->reason, stream->reason, sizeof(media->reason));
		ast_free(media->verdicts);
		media->verdicts = verdicts_of(stream->sdes);
		media->agreed.struct_size = sizeof(media->agreed);
		voxseal_sdes_agreement(stream->sdes, &media->agreed);
	}
	return 0;
}

void shim_leg_read(struct ast_channel *channel, struct shim_leg *leg)
{
	struct reading reading = { .leg = leg };
	size_t i;

	memset(leg, 0, sizeof(*leg));
	shim_owner_init(&reading.owner, channel);
	for (i = 0; i < ARRAY_LEN(medias); i++) {
		if (reading.owner.rtp[i]) {
			struct shim_media *media = &leg->media[leg->count++];

			ast_copy_string(media->media, medias[i], sizeof(media->media));
			take_session(media, reading.owner.rtp[i]);
			media->keying = media->rtp.id ? "DTLS" : "";
		}
	}
	shim_registry_visit(take_stream, &reading);
	for (i = 0; i < leg->count; i++) {
		leg->media[i].state = state_of(&leg->media[i]);
	}
	shim_owner_release(&reading.owner);
}

void shim_leg_release(struct shim_leg *leg)
{
	size_t i;

	for (i = 0; i < leg->count; i++) {
		ast_free(leg->media[i].verdicts);
	}
	leg->count = 0;
}

const struct shim_media *shim_leg_media(const struct shim_leg *leg, const char *media)
{
	size_t i;

	for (i = 0; i < leg->count; i++) {
		if (!media || !strcasecmp(leg->media[i].media, media)) {
			return &leg->media[i];
		}
	}
	return NULL;
}
