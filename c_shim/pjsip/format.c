/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Whether a section of the peer's has a format that its endpoint allows: without one the host declines it
 */

#include "asterisk.h"

#include "asterisk/format_cap.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/rtp_engine.h"

#include "sip.h"

/*! \brief A payload type with a name of its own */
static void add_named(struct ast_rtp_codecs *codecs, const pjmedia_sdp_media *media, const pjmedia_sdp_attr *attribute)
{
	char type[16], name[64];
	pjmedia_sdp_rtpmap map;

	if (pjmedia_sdp_attr_get_rtpmap(attribute, &map) == PJ_SUCCESS) {
		ast_copy_pj_str(type, &media->desc.media, sizeof(type));
		ast_copy_pj_str(name, &map.enc_name, sizeof(name));
		ast_rtp_codecs_payloads_set_rtpmap_type_rate(codecs, NULL, pj_strtoul(&map.pt), type, name, 0, map.clock_rate);
	}
}

static void read_formats(struct ast_rtp_codecs *codecs, const pjmedia_sdp_media *media)
{
	unsigned int i;

	for (i = 0; i < media->desc.fmt_count; i++) {
		pj_str_t payload_type = media->desc.fmt[i];
		pjmedia_sdp_attr *named = pjmedia_sdp_attr_find2(media->attr_count, media->attr, "rtpmap", &payload_type);

		ast_rtp_codecs_payloads_set_m_type(codecs, NULL, pj_strtoul(&payload_type));
		if (named) {
			add_named(codecs, media, named);
		}
	}
}

int voxseal_shares_format(const struct ast_sip_endpoint *endpoint, const pjmedia_sdp_media *media)
{
	struct ast_format_cap *theirs = ast_format_cap_alloc(AST_FORMAT_CAP_FLAG_DEFAULT);
	struct ast_rtp_codecs codecs = AST_RTP_CODECS_NULL_INIT;
	int others, shares = 0;

	if (theirs && !ast_rtp_codecs_payloads_initialize(&codecs)) {
		read_formats(&codecs, media);
		ast_rtp_codecs_payload_formats(&codecs, theirs, &others);
		shares = ast_format_cap_iscompatible(theirs, endpoint->media.codecs);
		ast_rtp_codecs_payloads_destroy(&codecs);
	}
	ao2_cleanup(theirs);
	return shares;
}
