/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief How secure a leg is and how secure a call is, in one word
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/strings.h"

#include "leg.h"

const char *shim_state_name(enum shim_state state)
{
	static const char *const names[] = {
		[SHIM_CLEAR] = "clear",
		[SHIM_REFUSED] = "refused",
		[SHIM_AUTHENTICATED] = "authenticated",
		[SHIM_SECURE] = "secure",
	};

	return names[state];
}

/* Media that is not there is not secure: a leg without streams has none that could be relied on. */
int shim_leg_security(struct ast_channel *channel)
{
	struct shim_signalling signalling;
	struct shim_leg leg;
	int security = 0;
	size_t secure = 0;
	size_t i;

	shim_leg_read(channel, &leg);
	for (i = 0; i < leg.count; i++) {
		secure += leg.media[i].state == SHIM_SECURE;
	}
	if (leg.count && secure == leg.count) {
		security |= SHIM_SECURE_MEDIA;
	}
	shim_leg_release(&leg);

	if (!shim_call_signalling(channel, &signalling)
		&& (signalling.secure || signalling.trusted)) {
		security |= SHIM_SECURE_SIGNALLING;
	}
	return security;
}

int shim_call_security(struct ast_channel *channel)
{
	struct ast_channel *peer = ast_channel_bridge_peer(channel);
	int security = shim_leg_security(channel);

	if (peer) {
		security &= shim_leg_security(peer);
		ast_channel_unref(peer);
	}
	return security;
}

const char *shim_security_name(int security)
{
	static const char *const names[] = {
		[0] = "none",
		[SHIM_SECURE_MEDIA] = "media",
		[SHIM_SECURE_SIGNALLING] = "signalling",
		[SHIM_SECURE_MEDIA | SHIM_SECURE_SIGNALLING] = "both",
	};

	return names[security & (SHIM_SECURE_MEDIA | SHIM_SECURE_SIGNALLING)];
}
