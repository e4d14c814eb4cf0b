/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The host's SDES table on top of voxseal_sdes
 *
 * The host keeps one list of ast_sdp_srtp per media stream and writes one a=crypto line per node.
 * All nodes share one negotiation: the first one owns it, the others (further lines of our
 * offer) borrow it and are gone as soon as a line was agreed.
 */

#include "asterisk.h"

#include "asterisk/linkedlists.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"
#include "registry.h"
#include "voxseal_shim.h"

/*! \brief Refused lines of an offer that are known again when the host parses it once more */
#define MAX_LOGGED 16

/*! \brief One line of a negotiation */
struct ast_sdp_crypto {
	/*! The negotiation of the media stream; owned by the line with index 0 */
	voxseal_sdes *sdes;
	/*! Which line of the negotiation this is */
	size_t index;
	/*! Name of the profile whose rules the negotiation got; empty before that */
	char profile[80];
	/*! A variable of the channel cannot be followed: nothing is said, which ends the call */
	int forbidden;
	/*! What the profile says of the session that the keys go to */
	voxseal_session_config config;
	/*! Text of the line for the host, with our key in it; NULL until the host asks */
	char *text;
	/*! Bytes that were allocated for the text */
	size_t text_size;
	/*! Hashes of the refused lines that were logged last, in a ring */
	int logged[MAX_LOGGED];
	/*! How many there were so far */
	size_t logged_count;
};

static void wipe_text(struct ast_sdp_crypto *crypto)
{
	if (crypto->text) {
		explicit_bzero(crypto->text, crypto->text_size);
	}
	ast_free(crypto->text);
	crypto->text = NULL;
	crypto->text_size = 0;
}

/* The host passes NULL for a node that never had a line. */
static void sdp_crypto_destroy(struct ast_sdp_crypto *crypto)
{
	if (crypto) {
		wipe_text(crypto);
		if (crypto->index == 0) {
			shim_registry_forget(crypto->sdes);
			voxseal_sdes_free(crypto->sdes);
		}
		ast_free(crypto);
		ast_module_unref(AST_MODULE_SELF);
	}
}

static struct ast_sdp_crypto *line_alloc(voxseal_sdes *sdes, size_t index)
{
	struct ast_sdp_crypto *crypto = ast_calloc(1, sizeof(*crypto));

	if (crypto) {
		crypto->sdes = sdes;
		crypto->index = index;
		crypto->config.struct_size = sizeof(crypto->config);
		ast_module_ref(AST_MODULE_SELF);
	}
	return crypto;
}

/* Cheap, as the host does this for DTLS streams too: keys are made with the offer or the answer. */
static struct ast_sdp_crypto *sdp_crypto_alloc(void)
{
	voxseal_sdes *sdes = NULL;
	voxseal_status status = voxseal_sdes_new(&sdes);
	struct ast_sdp_crypto *crypto = NULL;

	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No SDES negotiation: %s\n", voxseal_status_str(status));
	} else if (!(crypto = line_alloc(sdes, 0))) {
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
		crypto->forbidden = 1;
		ast_copy_string(crypto->profile, "none", sizeof(crypto->profile));
	} else if ((status = voxseal_sdes_use_profile(crypto->sdes, profile)) != VOXSEAL_OK
		|| (status = voxseal_profile_session_config(profile, &crypto->config)) != VOXSEAL_OK
		|| (status = voxseal_profile_name(profile, crypto->profile, sizeof(crypto->profile), &needed)) != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No profile for an SDES negotiation, so the call is refused: %s\n", voxseal_status_str(status));
		crypto->forbidden = 1;
		ast_copy_string(crypto->profile, "none", sizeof(crypto->profile));
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

/*! \brief Append a node for each further line of the offer that the list has no node for yet */
static int append_lines(struct ast_sdp_srtp *srtp)
{
	size_t count = voxseal_sdes_line_count(srtp->crypto->sdes);
	size_t index;

	for (index = 1; index < count; index++) {
		struct ast_sdp_srtp *node = AST_LIST_NEXT(srtp, sdp_srtp_list);

		if (!node && (node = ast_sdp_srtp_alloc())) {
			AST_LIST_NEXT(srtp, sdp_srtp_list) = node;
			node->crypto = line_alloc(srtp->crypto->sdes, index);
		}
		if (!node || !node->crypto) {
			break;
		}
		srtp = node;
	}
	return index < count ? -1 : 0;
}

/*! \brief Take away the lines of our offer that were not agreed; the negotiation itself keeps their keys */
static void drop_other_lines(struct ast_sdp_srtp *srtp)
{
	struct ast_sdp_srtp *others = AST_LIST_NEXT(srtp, sdp_srtp_list);

	AST_LIST_NEXT(srtp, sdp_srtp_list) = NULL;
	if (others) {
		ast_sdp_srtp_destroy(others);
	}
}

/*! \brief The line's text, owned by the line: the host copies it before it calls again */
static const char *line_text(struct ast_sdp_crypto *crypto)
{
	size_t needed = 0;
	voxseal_status status = voxseal_sdes_line(crypto->sdes, crypto->index, NULL, 0, &needed);

	wipe_text(crypto);
	if (status == VOXSEAL_ERR_BUFFER_TOO_SMALL && (crypto->text = ast_calloc(1, needed))) {
		crypto->text_size = needed;
		status = voxseal_sdes_line(crypto->sdes, crypto->index, crypto->text, needed, &needed);
	}
	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No crypto attribute for SDP: %s\n", voxseal_status_str(status));
		wipe_text(crypto);
	}
	return crypto->text;
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
		&& (srtp->crypto->index || !append_lines(srtp))) {
		text = line_text(srtp->crypto);
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
		shim_tell_agreed(rtp, call, crypto->sdes, crypto->profile, news);
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
		drop_other_lines(srtp);
		ast_set_flag(srtp, AST_SRTP_CRYPTO_OFFER_OK);
		agreed(rtp, srtp, &call, fresh);
		res = 0;
	}
	return res;
}

struct ast_sdp_crypto_api shim_sdp_crypto = {
	.dtor = sdp_crypto_destroy,
	.alloc = sdp_crypto_alloc,
	.build_offer = sdp_crypto_build_offer,
	.parse_offer = sdp_crypto_parse_offer,
	.get_attr = sdp_crypto_get_attr,
};
