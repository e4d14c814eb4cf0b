/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What is shown of a call as a whole, its signalling above all: one row for each item
 */

#include "asterisk.h"

#include <ctype.h>

#include "asterisk/channel.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

void shim_append_plain(struct ast_str **out, const char *text)
{
	for (; *text; text++) {
		ast_str_append(out, 0, "%c", iscntrl((unsigned char) *text) ? '?' : *text);
	}
}

static void show_signalling(attribute_unused struct ast_channel *channel, const struct shim_signalling *signalling,
	struct ast_str **out)
{
	if (!ast_strlen_zero(signalling->transport)) {
		ast_str_append(out, 0, "%s", signalling->secure ? "tls" : signalling->trusted ? "trusted" : "clear");
	}
}

#define SHOW_TEXT(field) \
static void show_##field(attribute_unused struct ast_channel *channel, const struct shim_signalling *signalling, \
	struct ast_str **out) \
{ \
	shim_append_plain(out, signalling->field); \
}

SHOW_TEXT(transport)
SHOW_TEXT(tls_version)
SHOW_TEXT(tls_cipher)
SHOW_TEXT(peer_cn)
SHOW_TEXT(peer_san)
SHOW_TEXT(peer_fingerprint)
SHOW_TEXT(verdict)

static void show_secure(struct ast_channel *channel, attribute_unused const struct shim_signalling *signalling,
	struct ast_str **out)
{
	ast_str_append(out, 0, "%s", shim_security_name(shim_leg_security(channel)));
}

static void show_secure_call(struct ast_channel *channel, attribute_unused const struct shim_signalling *signalling,
	struct ast_str **out)
{
	ast_str_append(out, 0, "%s", shim_security_name(shim_call_security(channel)));
}

const struct shim_call_item shim_call_items[] = {
	{ "secure", "Secure", show_secure },
	{ "secure_call", "SecureCall", show_secure_call },
	{ "signalling", "Signalling", show_signalling },
	{ "transport", "Transport", show_transport },
	{ "tls_version", "TLSVersion", show_tls_version },
	{ "tls_cipher", "TLSCipher", show_tls_cipher },
	{ "tls_verdict", "TLSVerdict", show_verdict },
	{ "peer_cn", "PeerCN", show_peer_cn },
	{ "peer_san", "PeerSAN", show_peer_san },
	{ "peer_fingerprint", "PeerFingerprint", show_peer_fingerprint },
};

const size_t shim_call_item_count = ARRAY_LEN(shim_call_items);
