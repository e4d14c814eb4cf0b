/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Whether a description of the peer's may be taken, by the policies of its endpoint
 */

#include "asterisk.h"

#include "asterisk/codec.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/rtp_engine.h"

#include "sip.h"
#include "voxseal.h"

/*! \brief Warning codes of RFC 3261 section 20.43 */
#define INCOMPATIBLE_TRANSPORT_PROTOCOL 302
#define MISCELLANEOUS 399

static int has_attribute(unsigned int count, pjmedia_sdp_attr *const *attributes, const char *name)
{
	return pjmedia_sdp_attr_find2(count, attributes, name, NULL) != NULL;
}

static int has_part(const pj_str_t *text, const char *part)
{
	char copy[64];

	ast_copy_pj_str(copy, text, sizeof(copy));
	return strcasestr(copy, part) != NULL;
}

/*! \brief Whether it is RTP, by its name or as the host takes it, and not declined: all else is no media of ours */
static int is_live_rtp(const pjmedia_sdp_media *media)
{
	int speaks = !pj_stricmp2(&media->desc.media, "audio") || !pj_stricmp2(&media->desc.media, "video");

	return media->desc.port && (has_part(&media->desc.transport, "RTP/")
		|| (speaks && !has_part(&media->desc.transport, "udptl")));
}

/* There may be none at a place for which the host had no memory. */
static int has_rtp(const struct ast_sip_session_media *media)
{
	return media && media->rtp;
}

static int has_srtp(const struct ast_sip_session_media *media)
{
	return has_rtp(media) && ast_rtp_instance_get_srtp(media->rtp, 0);
}

/*!
 * \brief Whether the stream of this section is encrypted; of one that is new, whether another of its kind is, whose place it
 * could take
 */
static int is_encrypted(const struct voxseal_described *described, unsigned int index)
{
	const struct ast_sip_session_media_state *state = described->session ? described->session->active_media_state : NULL;
	const pjmedia_sdp_media *section = described->sdp->media[index];
	size_t count = state ? AST_VECTOR_SIZE(&state->sessions) : 0, i;

	if (index < count && has_rtp(AST_VECTOR_GET(&state->sessions, index))) {
		return has_srtp(AST_VECTOR_GET(&state->sessions, index));
	}
	for (i = 0; i < count; i++) {
		const struct ast_sip_session_media *media = AST_VECTOR_GET(&state->sessions, i);

		if (has_srtp(media) && !pj_stricmp2(&section->desc.media, ast_codec_media_type2str(media->type))) {
			return 1;
		}
	}
	return 0;
}

static uint32_t stream_of(const struct voxseal_described *described, unsigned int index)
{
	const pjmedia_sdp_session *sdp = described->sdp;
	const pjmedia_sdp_media *media = sdp->media[index];
	uint32_t stream = 0;

	stream |= has_part(&media->desc.transport, "SAVP") ? VOXSEAL_STREAM_SAVP : 0;
	stream |= has_attribute(media->attr_count, media->attr, "crypto") ? VOXSEAL_STREAM_CRYPTO : 0;
	/* A fingerprint gives no keys to who does not speak DTLS. */
	stream |= described->endpoint->media.rtp.encryption == AST_SIP_MEDIA_ENCRYPT_DTLS
		&& (has_attribute(media->attr_count, media->attr, "fingerprint")
			|| has_attribute(sdp->attr_count, sdp->attr, "fingerprint")) ? VOXSEAL_STREAM_DTLS : 0;
	stream |= is_encrypted(described, index) ? VOXSEAL_STREAM_ENCRYPTED : 0;
	return stream;
}

/*! \brief Whether keys of ours or of the peer's would be in it; without SDP we are the one to offer */
static int has_keys(const struct voxseal_described *described)
{
	unsigned int i;

	if (described->session ? described->session->endpoint->media.rtp.encryption != AST_SIP_MEDIA_ENCRYPT_SDES
		: !voxseal_endpoint_will_use_sdes(described->endpoint)) {
		return 0;
	}
	for (i = 0; described->sdp && i < described->sdp->media_count; i++) {
		const pjmedia_sdp_media *media = described->sdp->media[i];

		if (is_live_rtp(media) && has_attribute(media->attr_count, media->attr, "crypto")) {
			return 1;
		}
	}
	return !described->sdp;
}

/*! \brief How many sections the host still takes */
struct room {
	unsigned int audio;
	unsigned int video;
};

/*!
 * \brief Whether the host may take this section. It declines by itself whatever is neither audio nor video, and what is more
 * than it takes; one that it declines for want of a format leaves its room to the next.
 */
static int may_be_taken(const struct voxseal_described *described, unsigned int index, struct room *room)
{
	const pjmedia_sdp_media *media = described->sdp->media[index];
	unsigned int *left = !pj_stricmp2(&media->desc.media, "audio") ? &room->audio
		: !pj_stricmp2(&media->desc.media, "video") ? &room->video : NULL;

	if (!is_live_rtp(media) || !left || !*left) {
		return 0;
	}
	*left -= voxseal_shares_format(described->endpoint, media) ? 1 : 0;
	return 1;
}

int voxseal_judge(const struct voxseal_described *described, struct shim_reason *reason)
{
	const struct shim_policies *policies = voxseal_companion()->policies;
	struct shim_endpoint of = voxseal_endpoint_of(described->endpoint);
	struct room room = {
		described->endpoint->media.max_audio_streams,
		described->endpoint->media.max_video_streams,
	};
	unsigned int i;

	if (has_keys(described) && policies->signalling(&of, voxseal_transport_is_secure(described->transport),
			described->address, reason) == VOXSEAL_SIGNALLING_REFUSE) {
		return MISCELLANEOUS;
	}
	for (i = 0; described->sdp && i < described->sdp->media_count; i++) {
		if (may_be_taken(described, i, &room)
			&& policies->media(&of, stream_of(described, i), reason) == VOXSEAL_MEDIA_REFUSE) {
			return INCOMPATIBLE_TRANSPORT_PROTOCOL;
		}
	}
	return 0;
}
