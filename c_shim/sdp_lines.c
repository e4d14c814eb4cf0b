/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Lines of a negotiation as nodes of the host's list
 */

#include "asterisk.h"

#include "asterisk/linkedlists.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/utils.h"

#include "registry.h"
#include "sdp_lines.h"

static void wipe_text(struct ast_sdp_crypto *crypto)
{
	if (crypto->text) {
		explicit_bzero(crypto->text, crypto->text_size);
	}
	ast_free(crypto->text);
	crypto->text = NULL;
	crypto->text_size = 0;
}

void shim_line_destroy(struct ast_sdp_crypto *crypto)
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

struct ast_sdp_crypto *shim_line_alloc(voxseal_sdes *sdes, size_t index)
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

int shim_lines_append(struct ast_sdp_srtp *srtp)
{
	size_t count = voxseal_sdes_line_count(srtp->crypto->sdes);
	size_t index;

	for (index = 1; index < count; index++) {
		struct ast_sdp_srtp *node = AST_LIST_NEXT(srtp, sdp_srtp_list);

		if (!node && (node = ast_sdp_srtp_alloc())) {
			AST_LIST_NEXT(srtp, sdp_srtp_list) = node;
			node->crypto = shim_line_alloc(srtp->crypto->sdes, index);
		}
		if (!node || !node->crypto) {
			break;
		}
		srtp = node;
	}
	return index < count ? -1 : 0;
}

void shim_lines_drop_others(struct ast_sdp_srtp *srtp)
{
	struct ast_sdp_srtp *others = AST_LIST_NEXT(srtp, sdp_srtp_list);

	AST_LIST_NEXT(srtp, sdp_srtp_list) = NULL;
	if (others) {
		ast_sdp_srtp_destroy(others);
	}
}

const char *shim_line_text(struct ast_sdp_crypto *crypto)
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
