/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Which call it is, as far as res_pjsip_voxseal.so says, and which profile it gets
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/sdp_srtp.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"
#include "voxseal_shim.h"

AST_RWLOCK_DEFINE_STATIC(finder_lock);
static const struct shim_finder *finder;

static void attach(const struct shim_finder *from_now_on)
{
	ast_rwlock_wrlock(&finder_lock);
	finder = from_now_on;
	ast_rwlock_unlock(&finder_lock);
}

/* The one name that the module exports. */
extern const struct shim_companion voxseal_companion;
__attribute__((visibility("default"))) const struct shim_companion voxseal_companion = {
	.version = SHIM_COMPANION_VERSION,
	.call_size = sizeof(struct shim_call),
	.policies = &shim_endpoint_policies,
	.attach = attach,
	.tls_decide = shim_tls_decide,
	.tls_peer = shim_tls_peer,
	.tls_peer_find = voxseal_tls_peer_find,
	.tls_peer_free = voxseal_tls_peer_free,
	.tls_options = shim_tls_options,
	.tls_may_warn = shim_may_warn_of_tls,
	.tls_sections = shim_tls_sections,
	.record = shim_record,
};

int shim_call_find(const struct ast_sdp_srtp *srtp, struct shim_call *call)
{
	int res = -1;

	memset(call, 0, sizeof(*call));
	call->stream = -1;
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		res = finder->call(srtp, call);
	}
	ast_rwlock_unlock(&finder_lock);
	return res;
}

void shim_call_survey(const struct ast_sdp_srtp *srtp, voxseal_sdes *sdes)
{
	char *lines = NULL;

	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		lines = finder->peer_lines(srtp);
	}
	ast_rwlock_unlock(&finder_lock);

	if (lines) {
		size_t len = strlen(lines);

		voxseal_sdes_survey(sdes, lines, len);
		explicit_bzero(lines, len);
		ast_free(lines);
	}
}

int shim_call_reinvite(const char *channel_id)
{
	int res = -1;

	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		res = finder->reinvite(channel_id);
	}
	ast_rwlock_unlock(&finder_lock);
	return res;
}

/* A channel is locked before the finder is: who asks may hold its lock already. */
int shim_call_signalling(struct ast_channel *channel, struct shim_signalling *signalling)
{
	int res = -1;

	memset(signalling, 0, sizeof(*signalling));
	ast_channel_lock(channel);
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		res = finder->signalling(channel, signalling);
	}
	ast_rwlock_unlock(&finder_lock);
	ast_channel_unlock(channel);
	return res;
}

void shim_tls_connections(void (*each)(const struct shim_tls_connection *connection, void *data), void *data)
{
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		finder->tls_connections(each, data);
	}
	ast_rwlock_unlock(&finder_lock);
}

void shim_tls_certificates(void (*each)(const struct shim_tls_certificate *certificate, void *data), void *data)
{
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		finder->tls_certificates(each, data);
	}
	ast_rwlock_unlock(&finder_lock);
}

void shim_tls_counts(struct shim_tls_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		finder->tls_counts(counts);
	}
	ast_rwlock_unlock(&finder_lock);
}

void shim_tls_changed(void)
{
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		finder->tls_changed();
	}
	ast_rwlock_unlock(&finder_lock);
}

const void *shim_call_session(struct ast_channel *channel)
{
	const void *session = NULL;

	ast_channel_lock(channel);
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		session = finder->session(channel);
	}
	ast_rwlock_unlock(&finder_lock);
	ast_channel_unlock(channel);
	return session;
}

int shim_call_wish(struct ast_channel *channel)
{
	int res = -1;

	ast_channel_lock(channel);
	ast_rwlock_rdlock(&finder_lock);
	if (finder) {
		finder->wish(channel);
		res = 0;
	}
	ast_rwlock_unlock(&finder_lock);
	ast_channel_unlock(channel);
	return res;
}

/*! \brief The profile that the endpoint names, else the one for the peer's User-Agent, else the general one */
static voxseal_profile *profile_of(const struct shim_call *call)
{
	const char *name = S_OR(call->profile, NULL);
	voxseal_profile *profile = NULL;
	voxseal_status status = shim_settings_profile(name, call->user_agent, &profile);

	if (status != VOXSEAL_OK && name) {
		ast_log(LOG_WARNING, "endpoint %s: @srtp_profile=%s: %s, its calls are refused: correct the name in pjsip.conf, "
			"or add the profile to voxseal.conf and reload res_srtp.so\n",
			call->endpoint, name, voxseal_status_str(status));
	} else if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No SRTP profile: %s\n", voxseal_status_str(status));
	}
	return profile;
}

static void set_suites(const struct shim_call *call, voxseal_profile *profile)
{
	char reason[512] = "";
	voxseal_status status = voxseal_profile_set(profile, "suites", call->suites, reason, sizeof(reason));

	if (status != VOXSEAL_OK) {
		ast_log(LOG_WARNING, "endpoint %s: @srtp_suites=%s: %s, the profile's own suites are used: correct it in "
			"pjsip.conf\n", call->endpoint, call->suites, S_OR(reason, voxseal_status_str(status)));
	}
}

voxseal_profile *shim_profile_for_call(const struct shim_call *call)
{
	voxseal_profile *profile = profile_of(call);

	if (profile && !ast_strlen_zero(call->suites)) {
		set_suites(call, profile);
	}
	if (profile && shim_variables_follow(call, profile)) {
		voxseal_profile_free(profile);
		profile = NULL;
	}
	return profile;
}
