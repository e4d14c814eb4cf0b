/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Channel variables that change the settings of a call that we make
 *
 * They are read on the channel that the call is made with, where Dial() has put what the calling
 * channel has with an underscore. A call that comes in has been answered for before the dialplan
 * could set anything, so they do not concern it.
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/logger.h"
#include "asterisk/pbx.h"
#include "asterisk/strings.h"

#include "voxseal_shim.h"

/*! \brief As voxseal_profile_set_variable() knows them; later ones have the last word */
static const char *const variables[] = {
	"rtp_secure_media",
	"SIP_SRTP_SDES",
	"SIPSRTP",
	"SRTP_SUITES",
	"SRTP_POLICY",
	"SRTP_REQUIRE_TLS",
};

static int follow(struct ast_channel *channel, const char *name, const char *value, voxseal_profile *profile)
{
	char note[512] = "";
	voxseal_status status = voxseal_profile_set_variable(profile, name, value, note, sizeof(note));

	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "%s: the call is not made, because the channel variable %s cannot be followed: %s\n",
			ast_channel_name(channel), name, S_OR(note, voxseal_status_str(status)));
	} else if (!ast_strlen_zero(note)) {
		ast_log(LOG_NOTICE, "%s: %s\n", ast_channel_name(channel), note);
	}
	return status == VOXSEAL_OK ? 0 : -1;
}

/*! \brief A copy of the variable's value, which any thread may change */
static char *value_of(struct ast_channel *channel, const char *name)
{
	char *value;

	ast_channel_lock(channel);
	value = ast_strdup(pbx_builtin_getvar_helper(channel, name));
	ast_channel_unlock(channel);
	return value;
}

/*! \brief sip:alice@example.org;secure=true: encrypted media, and TLS */
static int follow_uri(const struct shim_call *call, voxseal_profile *profile)
{
	return call->secure_uri && (follow(call->channel, "SRTP_POLICY", "mandatory", profile)
		|| follow(call->channel, "SRTP_REQUIRE_TLS", "yes", profile));
}

int shim_variables_follow(const struct shim_call *call, voxseal_profile *profile)
{
	size_t i;
	int res;

	if (!call->outgoing || !call->channel) {
		return 0;
	}
	res = follow_uri(call, profile);
	for (i = 0; i < ARRAY_LEN(variables) && !res; i++) {
		char *value = value_of(call->channel, variables[i]);

		if (!ast_strlen_zero(value)) {
			res = follow(call->channel, variables[i], value, profile);
		}
		ast_free(value);
	}
	return res ? -1 : 0;
}
