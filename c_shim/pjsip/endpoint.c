/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief An endpoint's media policy, in place of media_encryption and media_encryption_optimistic
 *
 * The host reads these two from the session's endpoint, which all calls share and nobody may
 * change. So where a policy says something else the session gets a copy of its own, as each call
 * of a realtime endpoint has.
 */

#include "asterisk.h"

#include "asterisk/config.h"
#include "asterisk/logger.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"

#include "sip.h"
#include "voxseal.h"

/*! \brief What the host's two fields say */
struct encryption {
	enum ast_sip_session_media_encryption kind;
	unsigned int optimistic;
};

/*! \brief Fields of ours; when they are looked up the host leaves the @ out */
static const char *const own_fields[] = {
	"@srtp_profile", "@srtp_suites", "@require_secure_signalling", "@srtp_policy", "@tls_identity",
};

struct shim_endpoint voxseal_endpoint_of(const struct ast_sip_endpoint *endpoint)
{
	struct shim_endpoint of = {
		.name = ast_sorcery_object_get_id(endpoint),
		.profile = ast_sorcery_object_get_extended(endpoint, "srtp_profile"),
		.require_secure_signalling = ast_sorcery_object_get_extended(endpoint, "require_secure_signalling"),
		.media_policy = ast_sorcery_object_get_extended(endpoint, "srtp_policy"),
	};

	return of;
}

/*! \brief What the endpoint's fields have to be for its policy to hold */
static struct encryption wanted_as(const struct ast_sip_endpoint *endpoint, const struct shim_endpoint *of)
{
	struct encryption wanted = { endpoint->media.rtp.encryption, endpoint->media.rtp.encryption_optimistic };
	uint32_t policy = voxseal_companion()->policies->media_policy(of);

	if (policy == VOXSEAL_MEDIA_POLICY_FORBIDDEN) {
		wanted.kind = AST_SIP_MEDIA_ENCRYPT_NONE;
		wanted.optimistic = 0;
	} else if (policy == VOXSEAL_MEDIA_POLICY_OPTIONAL || policy == VOXSEAL_MEDIA_POLICY_MANDATORY) {
		wanted.kind = wanted.kind == AST_SIP_MEDIA_ENCRYPT_DTLS ? wanted.kind : AST_SIP_MEDIA_ENCRYPT_SDES;
		wanted.optimistic = policy == VOXSEAL_MEDIA_POLICY_OPTIONAL;
	}
	return wanted;
}

static struct encryption wanted_of(const struct ast_sip_endpoint *endpoint)
{
	struct shim_endpoint of = voxseal_endpoint_of(endpoint);

	return wanted_as(endpoint, &of);
}

static int has(const struct ast_sip_endpoint *endpoint, struct encryption wanted)
{
	return endpoint->media.rtp.encryption == wanted.kind
		&& !endpoint->media.rtp.encryption_optimistic == !wanted.optimistic;
}

int voxseal_endpoint_will_use_sdes(const struct ast_sip_endpoint *endpoint)
{
	return wanted_of(endpoint).kind == AST_SIP_MEDIA_ENCRYPT_SDES;
}

/*! \brief A field of ours, two of which may differ in this call */
static const char *own_value(const struct ast_sip_endpoint *endpoint, const char *field, const struct shim_endpoint *of)
{
	if (!strcmp(field, "@srtp_policy")) {
		return of->media_policy;
	}
	if (!strcmp(field, "@require_secure_signalling")) {
		return of->require_secure_signalling;
	}
	return ast_sorcery_object_get_extended(endpoint, field + 1);
}

/*!
 * \brief What the endpoint has that a new one has not, and our own fields, which the host leaves out
 *
 * Defaults are left out, as some are of options that the host no longer has and warns of.
 */
static int settings_of(const struct ast_sip_endpoint *endpoint, const struct ast_sip_endpoint *new,
	const struct shim_endpoint *of, struct ast_variable **settings)
{
	struct ast_variable *all = ast_sorcery_objectset_create(ast_sip_get_sorcery(), endpoint);
	struct ast_variable *defaults = ast_sorcery_objectset_create(ast_sip_get_sorcery(), new);
	int res = all && defaults ? ast_sorcery_changeset_create(defaults, all, settings) : -1;
	size_t i;

	for (i = 0; !res && i < ARRAY_LEN(own_fields); i++) {
		const char *value = own_value(endpoint, own_fields[i], of);

		if (value) {
			struct ast_variable *own = ast_variable_new(own_fields[i], value, "");

			if (own) {
				ast_variable_list_append(settings, own);
			} else {
				/* A copy without it may be less strict. */
				res = -1;
			}
		}
	}
	ast_variables_destroy(defaults);
	ast_variables_destroy(all);
	return res;
}

/*! \brief A copy with these two fields; NULL when it cannot be made */
static struct ast_sip_endpoint *copy_with(const struct ast_sip_endpoint *endpoint, const struct shim_endpoint *of,
	struct encryption wanted)
{
	struct ast_sip_endpoint *copy = ast_sorcery_alloc(ast_sip_get_sorcery(), "endpoint",
		ast_sorcery_object_get_id(endpoint));
	struct ast_variable *settings = NULL;

	if (copy && (settings_of(endpoint, copy, of, &settings)
			|| ast_sorcery_objectset_apply(ast_sip_get_sorcery(), copy, settings))) {
		ao2_ref(copy, -1);
		copy = NULL;
	}
	ast_variables_destroy(settings);
	if (copy) {
		copy->media.rtp.encryption = wanted.kind;
		copy->media.rtp.encryption_optimistic = wanted.optimistic;
	}
	return copy;
}

/* Nothing of the session's media exists yet. */
void voxseal_endpoint_take(struct ast_sip_session *session)
{
	struct shim_endpoint of = voxseal_endpoint_of(session->endpoint);
	struct encryption wanted = wanted_as(session->endpoint, &of);
	struct ast_sip_endpoint *copy;

	if (has(session->endpoint, wanted)) {
		return;
	}
	if ((copy = copy_with(session->endpoint, &of, wanted))) {
		ao2_replace(session->endpoint, copy);
		ao2_ref(copy, -1);
	} else {
		ast_log(LOG_ERROR, "endpoint %s: its media policy cannot be held, so the call fails: Asterisk cannot copy the "
			"endpoint, earlier lines may say why\n", ast_sorcery_object_get_id(session->endpoint));
		voxseal_session_doom(session);
	}
}

/*! \brief Media that is there keeps its kind of encryption */
static int has_media(const struct ast_sip_session *session)
{
	return session->pending_media_state && AST_VECTOR_SIZE(&session->pending_media_state->sessions);
}

const char *voxseal_endpoint_wish(struct ast_sip_session *session, const struct shim_wishes *wishes)
{
	struct shim_endpoint of = voxseal_endpoint_of(session->endpoint);
	struct ast_sip_endpoint *copy;
	struct encryption wanted;

	of.media_policy = S_OR(wishes->media_policy, of.media_policy);
	of.require_secure_signalling = S_OR(wishes->require_secure_signalling, of.require_secure_signalling);
	wanted = wanted_as(session->endpoint, &of);
	if (has_media(session) && wanted.kind != session->endpoint->media.rtp.encryption) {
		if (strcmp(S_OR(of.media_policy, ""), "optional")) {
			return "the endpoint's media_encryption is another one, and the offer is made already: set SRTP(policy) in a "
				"pre-dial handler, b() of Dial(), or @srtp_policy=optional in pjsip.conf";
		}
		/* In clear is one of the two that are allowed. */
		wanted.kind = session->endpoint->media.rtp.encryption;
	}
	/* The endpoint from before lives as long as the session: the host may be at work with it. */
	if (!(copy = copy_with(session->endpoint, &of, wanted)) || voxseal_keep(session, NULL, session->endpoint)) {
		ao2_cleanup(copy);
		return "Asterisk cannot copy the endpoint: earlier lines may say why";
	}
	ao2_replace(session->endpoint, copy);
	ao2_ref(copy, -1);
	return NULL;
}
