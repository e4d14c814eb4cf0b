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

/*! \brief Follow one variable; what there is to say is logged unless the companion has said it before */
static int follow(const struct shim_call *call, const char *name, const char *value, voxseal_profile *profile)
{
	char note[512] = "";
	voxseal_status status = voxseal_profile_set_variable(profile, name, value, note, sizeof(note));

	if (call->session) {
		/* It asked for wishes first. */
	} else if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "%s: the call is not made, because the channel variable %s cannot be followed: %s\n",
			ast_channel_name(call->channel), name, S_OR(note, voxseal_status_str(status)));
	} else if (!ast_strlen_zero(note)) {
		ast_log(LOG_NOTICE, "%s: %s\n", ast_channel_name(call->channel), note);
	}
	return status == VOXSEAL_OK ? 0 : -1;
}

/*! \brief Copy the variable's value, which any thread may change; NULL where there is none. -1: there is no memory */
static int read_value(struct ast_channel *channel, const char *name, char **value)
{
	const char *said;
	int res;

	ast_channel_lock(channel);
	said = S_OR(pbx_builtin_getvar_helper(channel, name), NULL);
	*value = ast_strdup(said);
	res = said && !*value ? -1 : 0;
	ast_channel_unlock(channel);
	return res;
}

/*! \brief sip:alice@example.org;secure=true: encrypted media, and TLS */
static int follow_uri(const struct shim_call *call, voxseal_profile *profile)
{
	return call->secure_uri && (follow(call, "SRTP_POLICY", "mandatory", profile)
		|| follow(call, "SRTP_REQUIRE_TLS", "yes", profile));
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
		char *value;

		res = read_value(call->channel, variables[i], &value);
		if (value) {
			res = follow(call, variables[i], value, profile);
		}
		ast_free(value);
	}
	return res ? -1 : 0;
}

/*! \brief A profile with which every wish shows */
static voxseal_status blank(voxseal_profile **profile)
{
	static const char *const options[][2] = {
		{ "media_policy", "host" }, { "require_secure_signalling", "no" }, { "trusted_proxy", "none" },
	};
	voxseal_status status = shim_settings_profile("general", NULL, profile);
	size_t i;

	for (i = 0; status == VOXSEAL_OK && i < ARRAY_LEN(options); i++) {
		status = voxseal_profile_set(*profile, options[i][0], options[i][1], NULL, 0);
	}
	return status;
}

static uint32_t policy_of(const voxseal_profile *profile)
{
	uint32_t policy = VOXSEAL_MEDIA_POLICY_HOST;

	voxseal_profile_media_policy(profile, &policy);
	return policy;
}

static const char *policy_name(const voxseal_profile *profile)
{
	uint32_t policy = policy_of(profile);

	return policy == VOXSEAL_MEDIA_POLICY_FORBIDDEN ? "forbidden"
		: policy == VOXSEAL_MEDIA_POLICY_OPTIONAL ? "optional"
		: policy == VOXSEAL_MEDIA_POLICY_MANDATORY ? "mandatory" : "";
}

static int requires_tls(const voxseal_profile *profile)
{
	uint32_t verdict = VOXSEAL_SIGNALLING_REFUSE;

	/* To no address that could be trusted. */
	voxseal_profile_signalling(profile, 0, "", &verdict, NULL, 0);
	return verdict == VOXSEAL_SIGNALLING_REFUSE;
}

voxseal_status shim_variables_check(const char *name, const char *value, int *demands, char *reason, size_t reason_size)
{
	voxseal_profile *profile = NULL;
	voxseal_status status = blank(&profile);

	*demands = 0;
	if (status == VOXSEAL_OK
		&& (status = voxseal_profile_set_variable(profile, name, value, reason, reason_size)) == VOXSEAL_OK) {
		*demands = policy_of(profile) == VOXSEAL_MEDIA_POLICY_MANDATORY || requires_tls(profile);
	}
	voxseal_profile_free(profile);
	return status;
}

int shim_variables_wishes(struct ast_channel *channel, int secure_uri, struct shim_wishes *wishes)
{
	struct shim_call call = { .channel = channel, .outgoing = 1, .secure_uri = secure_uri };
	voxseal_profile *profile = NULL;
	char *said = NULL;
	int res = blank(&profile) != VOXSEAL_OK || shim_variables_follow(&call, profile)
		|| read_value(channel, "SRTP_REQUIRE_TLS", &said) ? -1 : 0;

	memset(wishes, 0, sizeof(*wishes));
	if (!res) {
		ast_copy_string(wishes->media_policy, policy_name(profile), sizeof(wishes->media_policy));
		if (requires_tls(profile)) {
			strcpy(wishes->require_secure_signalling, "yes");
		} else if (said) {
			strcpy(wishes->require_secure_signalling, "no");
		}
	}
	ast_free(said);
	voxseal_profile_free(profile);
	return res;
}
