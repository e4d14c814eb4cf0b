/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The host's SDES table on top of voxseal_sdes
 *
 * The host keeps one list of ast_sdp_srtp per media stream and writes one a=crypto line per node.
 */

#include "asterisk.h"

#include "asterisk/logger.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"
#include "registry.h"
#include "sdp_lines.h"

/* Cheap, as the host does this for DTLS streams too: keys are made with the offer or the answer. */
static struct ast_sdp_crypto *sdp_crypto_alloc(void)
{
	voxseal_sdes *sdes = NULL;
	voxseal_status status = voxseal_sdes_new(&sdes);
	struct ast_sdp_crypto *crypto = NULL;

	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No SDES negotiation: %s\n", voxseal_status_str(status));
	} else if (!(crypto = shim_line_alloc(sdes, 0))) {
		voxseal_sdes_free(sdes);
	}
	return crypto;
}

/*! \brief Give the node its negotiation on first use */
static int ensure_crypto(struct ast_sdp_srtp *srtp)
{
	if (!srtp->crypto) {
		srtp->crypto = sdp_crypto_alloc();
	}
	return srtp->crypto ? 0 : -1;
}

/*! \brief Have the negotiation say nothing, which ends the call */
static void forbid(struct ast_sdp_crypto *crypto)
{
	crypto->forbidden = 1;
	ast_copy_string(crypto->profile, "none", sizeof(crypto->profile));
}

/*! \brief At the first use of a negotiation: the rules that the call's profile has for it */
static void ensure_profile(struct ast_sdp_srtp *srtp, const struct shim_call *call)
{
	struct ast_sdp_crypto *crypto = srtp->crypto;
	voxseal_profile *profile;
	voxseal_status status;
	size_t needed = 0;

	if (crypto->index || *crypto->profile) {
		return;
	}
	profile = shim_profile_for_call(call);
	if (!profile) {
		forbid(crypto);
	} else if ((status = voxseal_sdes_use_profile(crypto->sdes, profile)) != VOXSEAL_OK
		|| (status = voxseal_profile_session_config(profile, &crypto->config)) != VOXSEAL_OK
		|| (status = voxseal_profile_name(profile, crypto->profile, sizeof(crypto->profile), &needed)) != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No profile for an SDES negotiation, so the call is refused: %s\n", voxseal_status_str(status));
		forbid(crypto);
	}
	voxseal_profile_free(profile);
}

/*! \brief Offer what the profile says; srtp_tag_32 of the endpoint puts the suite with short tags first */
static int offer(struct ast_sdp_crypto *crypto, int taglen_32)
{
	voxseal_status status;

	if (taglen_32) {
		/* A profile without that suite knows better: the device cannot stand it. */
		voxseal_sdes_prefer(crypto->sdes, VOXSEAL_AES_CM_128_HMAC_SHA1_32);
	}
	status = voxseal_sdes_offer(crypto->sdes, NULL, 0);
	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No SDES offer: %s\n", voxseal_status_str(status));
	}
	return status == VOXSEAL_OK ? 0 : -1;
}

/* Nobody in the host calls this: get_attr makes the offer. The low bits of the word are the tag's length. */
static int sdp_crypto_build_offer(struct ast_sdp_crypto *crypto, int taglen)
{
	return offer(crypto, (taglen & 0x7f) == 32);
}

/*
 * The host does not say whether it writes an offer or an answer. What was agreed is repeated; if
 * nothing was offered or agreed yet, this is the place where our offer is made.
 */
static const char *sdp_crypto_get_attr(struct ast_sdp_srtp *srtp, int dtls_enabled, int default_taglen_32)
{
	const char *text = NULL;
	struct shim_call call;

	if (!srtp || ensure_crypto(srtp) || dtls_enabled) {
		return NULL;
	}
	shim_call_find(srtp, &call);
	ensure_profile(srtp, &call);
	if (!srtp->crypto->forbidden && (voxseal_sdes_line_count(srtp->crypto->sdes) || !offer(srtp->crypto, default_taglen_32))
		&& (srtp->crypto->index || !shim_lines_append(srtp))) {
		text = shim_line_text(srtp->crypto);
	}
	return text;
}

/*! \brief Remember, log and tell that a line was refused */
static void refused(struct ast_rtp_instance *rtp, struct ast_sdp_srtp *srtp, const struct shim_call *call,
	voxseal_status status)
{
	struct ast_sdp_crypto *crypto = srtp->crypto;
	char reason[SHIM_REASON_SIZE];

	shim_report_refused(rtp, crypto ? crypto->sdes : NULL, status, reason, sizeof(reason));
	if (crypto && status != VOXSEAL_ERR_NOT_PREFERRED
		&& shim_registry_refused(rtp, crypto->sdes, call, crypto->profile, reason)) {
		shim_tell_refused(rtp, call, reason);
	}
}

/*! \brief Remember, log and tell that a line was taken */
static void agreed(struct ast_rtp_instance *rtp, struct ast_sdp_srtp *srtp, const struct shim_call *call, int fresh)
{
	struct ast_sdp_crypto *crypto = srtp->crypto;
	int tellable = call->channel || !ast_strlen_zero(ast_rtp_instance_get_channel_id(rtp));
	enum shim_news news = shim_registry_agreed(rtp, crypto->sdes, call, crypto->profile, fresh, tellable);

	if (fresh) {
		shim_report_agreed(crypto->sdes, crypto->profile);
	}
	if (news != SHIM_NEWS_NONE) {
		shim_tell_agreed(crypto->sdes, call->channel, news);
	}
}

/*! \brief Whether this refused line is to be logged: once, however often it comes */
static int is_news(struct ast_sdp_crypto *crypto, const char *attr)
{
	int hash = ast_str_hash(attr);
	size_t i;

	for (i = 0; i < MIN(crypto->logged_count, MAX_LOGGED); i++) {
		if (crypto->logged[i] == hash) {
			return 0;
		}
	}
	crypto->logged[crypto->logged_count++ % MAX_LOGGED] = hash;
	return 1;
}

/*
 * Called for each a=crypto line until the first 0, and twice for every offer from the network: a
 * line that was agreed before is UNCHANGED and activates nothing. An instance without a session
 * would send in clear: unless keys can be activated for it, its line is refused.
 */
static int sdp_crypto_parse_offer(struct ast_rtp_instance *rtp, struct ast_sdp_srtp *srtp, const char *attr)
{
	uint32_t outcome = VOXSEAL_SDES_UNCHANGED;
	voxseal_status status = VOXSEAL_ERR_NULL_POINTER;
	struct shim_call call;
	int fresh;
	int res = -1;

	shim_call_find(srtp, &call);
	if (!ensure_crypto(srtp)) {
		ensure_profile(srtp, &call);
		shim_call_survey(srtp, srtp->crypto->sdes);
		status = voxseal_sdes_process(srtp->crypto->sdes, attr, strlen(attr), &outcome);
		shim_debug_line(&call, srtp->crypto->sdes, srtp->crypto->profile);
	}
	fresh = outcome == VOXSEAL_SDES_PENDING || !ast_rtp_instance_get_srtp(rtp, 0);
	if (status != VOXSEAL_OK) {
		if (!srtp->crypto || is_news(srtp->crypto, attr)) {
			refused(rtp, srtp, &call, status);
		}
	} else if (!srtp->crypto->forbidden && (!fresh || !shim_activate(rtp, srtp->crypto->sdes, &srtp->crypto->config))) {
		shim_lines_drop_others(srtp);
		ast_set_flag(srtp, AST_SRTP_CRYPTO_OFFER_OK);
		agreed(rtp, srtp, &call, fresh);
		res = 0;
	}
	return res;
}

struct ast_sdp_crypto_api shim_sdp_crypto = {
	.dtor = shim_line_destroy,
	.alloc = sdp_crypto_alloc,
	.build_offer = sdp_crypto_build_offer,
	.parse_offer = sdp_crypto_parse_offer,
	.get_attr = sdp_crypto_get_attr,
};
