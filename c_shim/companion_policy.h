/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What res_srtp.so tells res_pjsip_voxseal.so of an endpoint's policies: part of companion.h
 *
 * Numbers are those of voxseal.h. What the settings leave unclear is refused, with a reason.
 */

#ifndef VOXSEAL_COMPANION_POLICY_H
#define VOXSEAL_COMPANION_POLICY_H

#include <stddef.h>
#include <stdint.h>

struct ast_channel;

/*! \brief An endpoint of pjsip.conf; texts are NULL when it has no such field */
struct shim_endpoint {
	/*! Its name */
	const char *name;
	/*! @srtp_profile */
	const char *profile;
	/*! @require_secure_signalling */
	const char *require_secure_signalling;
	/*! @srtp_policy */
	const char *media_policy;
};

/*! \brief A refusal or a warning */
struct shim_reason {
	/*! The cause: the peer may read it too */
	char cause[256];
	/*! The remedy, for the log alone */
	char remedy[256];
};

/*! \brief What the variables of a channel ask of a call that it makes; an empty text is nothing */
struct shim_wishes {
	/*! As @srtp_policy */
	char media_policy[16];
	/*! As @require_secure_signalling */
	char require_secure_signalling[8];
};

struct shim_policies {
	/*! \brief VOXSEAL_SIGNALLING_...: whether keys may travel between us and this address; reason may be NULL */
	uint32_t (*signalling)(const struct shim_endpoint *endpoint, int secure, const char *address,
		struct shim_reason *reason);
	/*! \brief VOXSEAL_MEDIA_...: what becomes of a stream, given as VOXSEAL_STREAM_... flags */
	uint32_t (*media)(const struct shim_endpoint *endpoint, uint32_t stream, struct shim_reason *reason);
	/*! \brief VOXSEAL_MEDIA_POLICY_..., or 0 when the settings of the endpoint cannot be read */
	uint32_t (*media_policy)(const struct shim_endpoint *endpoint);
	/*! \brief Whether one more warning about a call may be logged in this second */
	int (*may_warn)(void);
	/*!
	 * \brief What the variables of this channel ask for, and the URI that it calls
	 *
	 * \retval 0 success
	 * \retval -1 one of them cannot be followed: that was logged, and the call must not be made
	 */
	int (*wishes)(struct ast_channel *channel, int secure_uri, struct shim_wishes *wishes);
};

#endif /* VOXSEAL_COMPANION_POLICY_H */
