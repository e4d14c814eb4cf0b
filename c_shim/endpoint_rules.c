/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The policies of an endpoint: whether keys need secure signalling, and media encryption
 *
 * They come from the profile that the endpoint names, else from [general]. What a peer calls
 * itself does not count: nobody may choose by a header how strict we are.
 */

#include "asterisk.h"

#include "asterisk/strings.h"

#include "voxseal_shim.h"

#define SIGNALLING_REMEDY \
	"use TLS, or list the address in trusted_proxy or change require_secure_signalling in voxseal.conf"
#define MEDIA_REMEDY "change the device's setting, or media_policy in voxseal.conf or @srtp_policy in pjsip.conf"

static void give(struct shim_reason *reason, const char *cause, const char *remedy)
{
	ast_copy_string(reason->cause, cause, sizeof(reason->cause));
	ast_copy_string(reason->remedy, remedy, sizeof(reason->remedy));
}

/*! \brief Put the endpoint's own value in place of the profile's; -1 and the reason when it is none */
static int put_own(voxseal_profile *profile, const char *option, const char *field, const char *value,
	struct shim_reason *reason)
{
	char why[160] = "";

	if (!value || voxseal_profile_set(profile, option, value, why, sizeof(why)) == VOXSEAL_OK) {
		return 0;
	}
	give(reason, "the settings here have an error", "");
	snprintf(reason->remedy, sizeof(reason->remedy), "correct %s in pjsip.conf (%s)", field, why);
	return -1;
}

/*! \brief The profile that decides about an endpoint, to be freed by the caller; NULL and the cause when there is none */
static voxseal_profile *rules_of(const struct shim_endpoint *endpoint, struct shim_reason *reason)
{
	voxseal_profile *profile = NULL;
	const char *named = S_OR(endpoint->profile, NULL);
	voxseal_status status = shim_settings_profile(S_OR(named, "general"), NULL, &profile);

	if (status != VOXSEAL_OK && named) {
		/* Its policies may be strict ones: another profile's are no substitute. */
		give(reason, "the settings here have an error", "");
		snprintf(reason->remedy, sizeof(reason->remedy), "correct @srtp_profile=%.64s in pjsip.conf, or add the profile to "
			"voxseal.conf and reload res_srtp.so (%s)", named, voxseal_status_str(status));
	} else if (status != VOXSEAL_OK) {
		give(reason, "the settings here cannot be read", "look for earlier lines about voxseal.conf in this log");
	} else if (put_own(profile, "require_secure_signalling", "@require_secure_signalling",
			endpoint->require_secure_signalling, reason)
		|| put_own(profile, "media_policy", "@srtp_policy", endpoint->media_policy, reason)) {
		voxseal_profile_free(profile);
		profile = NULL;
	}
	return profile;
}

static uint32_t signalling(const struct shim_endpoint *endpoint, int secure, const char *address,
	struct shim_reason *reason)
{
	struct shim_reason unasked;
	uint32_t verdict = VOXSEAL_SIGNALLING_REFUSE;
	voxseal_profile *profile;

	reason = reason ? reason : &unasked;
	if ((profile = rules_of(endpoint, reason))) {
		give(reason, "", SIGNALLING_REMEDY);
		voxseal_profile_signalling(profile, secure ? 1 : 0, address, &verdict, reason->cause, sizeof(reason->cause));
	}
	voxseal_profile_free(profile);
	return verdict;
}

static uint32_t media(const struct shim_endpoint *endpoint, uint32_t stream, struct shim_reason *reason)
{
	uint32_t verdict = VOXSEAL_MEDIA_REFUSE;
	voxseal_profile *profile = rules_of(endpoint, reason);

	if (profile) {
		give(reason, "", MEDIA_REMEDY);
		voxseal_profile_media(profile, stream, &verdict, reason->cause, sizeof(reason->cause));
	}
	voxseal_profile_free(profile);
	return verdict;
}

static uint32_t media_policy(const struct shim_endpoint *endpoint)
{
	struct shim_reason reason;
	uint32_t policy = 0;
	voxseal_profile *profile = rules_of(endpoint, &reason);

	if (profile) {
		voxseal_profile_media_policy(profile, &policy);
	}
	voxseal_profile_free(profile);
	return policy;
}

const struct shim_policies shim_endpoint_policies = {
	.signalling = signalling,
	.media = media,
	.media_policy = media_policy,
	.may_warn = shim_may_warn,
	.wishes = shim_variables_wishes,
};
