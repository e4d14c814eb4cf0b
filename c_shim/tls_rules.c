/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The sections [tls] and [tls:NAME] of voxseal.conf: what TLS connections of a transport must be like
 */

#include "asterisk.h"

#include "asterisk/config.h"
#include "asterisk/linkedlists.h"
#include "asterisk/lock.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "voxseal_shim.h"

#define SECTION "tls"
/*! \brief Without a section, or where it does not say: TLS 1.2 to 1.3 */
#define DEFAULT_MIN 0x0303
#define DEFAULT_MAX 0x0304

/*! \brief The rules of one transport */
struct rules {
	AST_LIST_ENTRY(rules) list;
	voxseal_tls_policy *policy;
	struct shim_tls_options options;
	/*! The oldest version for peers that connect, and for those that we connect to */
	unsigned int floors[2];
	/*! The transport's name; empty for all that have no section of their own */
	char name[];
};

struct shim_tls {
	/*! The last one is that of all other transports */
	AST_LIST_HEAD_NOLOCK(, rules) all;
};

static struct shim_tls *in_force;
AST_RWLOCK_DEFINE_STATIC(in_force_lock);

/*! \brief NULL when this is no section for TLS, else the transport's name, empty for all */
static const char *transport_of(const char *section)
{
	size_t len = strlen(SECTION);

	if (strncasecmp(section, SECTION, len) || (section[len] && section[len] != ':')) {
		return NULL;
	}
	return section[len] ? section + len + 1 : "";
}

int shim_tls_is_section(const char *section)
{
	return transport_of(section) != NULL;
}

static void rules_free(struct rules *rules)
{
	voxseal_tls_policy_free(rules->policy);
	ast_free(rules);
}

void shim_tls_free(struct shim_tls *tls)
{
	struct rules *rules;

	while (tls && (rules = AST_LIST_REMOVE_HEAD(&tls->all, list))) {
		rules_free(rules);
	}
	ast_free(tls);
}

static struct rules *rules_new(struct shim_tls *tls, const char *name)
{
	struct rules *rules = ast_calloc(1, sizeof(*rules) + strlen(name) + 1);

	if (rules && voxseal_tls_policy_new(&rules->policy) != VOXSEAL_OK) {
		ast_free(rules);
		rules = NULL;
	}
	if (rules) {
		strcpy(rules->name, name); /* Fits, it was allocated for that. */
		shim_tls_options_default(&rules->options);
		rules->floors[0] = rules->floors[1] = DEFAULT_MIN;
		AST_LIST_INSERT_HEAD(&tls->all, rules, list);
	}
	return rules;
}

static struct rules *rules_of(const struct shim_tls *tls, const char *name)
{
	struct rules *rules = NULL;

	if (tls) {
		AST_LIST_TRAVERSE(&tls->all, rules, list) {
			if (!*rules->name || !strcmp(rules->name, name)) {
				break;
			}
		}
	}
	return rules;
}

/*! \brief Take one line; 0, or -1 with the reason */
static int take_line(struct rules *rules, const struct ast_variable *line, char *reason, size_t reason_size)
{
	int res = shim_tls_options_set(&rules->options, line->name, line->value, reason, reason_size);

	if (!res) {
		voxseal_status status = voxseal_tls_policy_set(rules->policy, line->name, line->value, reason, reason_size);

		if (status != VOXSEAL_OK) {
			if (status != VOXSEAL_ERR_SETTING_REFUSED) {
				ast_copy_string(reason, voxseal_status_str(status), reason_size);
			}
			return -1;
		}
		shim_tls_options_floor(&rules->options, rules->floors, line->name, line->value);
	}
	return res < 0 ? -1 : 0;
}

/*!
 * \brief Take the lines of all sections that are for this transport
 *
 * \param loud whether errors are told; those of [tls] are not told again for each transport
 * \return how many lines were refused
 */
static int take_sections(struct rules *rules, struct ast_config *config, const char *transport, int loud)
{
	struct ast_category *section = NULL;
	int refused = 0;

	while ((section = ast_category_browse_filtered(config, NULL, section, NULL))) {
		const char *name = transport_of(ast_category_get_name(section));
		struct ast_variable *line;

		if (!name || strcmp(name, transport)) {
			continue;
		}
		if (!rules->options.min_version) {
			rules->options.enforced = 1;
			rules->options.min_version = DEFAULT_MIN;
			rules->options.max_version = DEFAULT_MAX;
		}
		for (line = ast_category_first(section); line; line = line->next) {
			char reason[512] = "";

			if (take_line(rules, line, reason, sizeof(reason))) {
				shim_settings_refuse(ast_category_get_name(section), loud ? line : NULL, reason);
				refused++;
			}
		}
		if (loud && rules->options.min_version > rules->options.max_version) {
			shim_settings_refuse(ast_category_get_name(section), ast_category_first(section),
				"max_version is older than min_version: raise it");
			refused++;
		}
	}
	return refused;
}

/*! \brief The section of each transport, once, over that of all */
static int take_transports(struct shim_tls *tls, struct ast_config *config)
{
	struct ast_category *section = NULL;
	int refused = 0;

	while ((section = ast_category_browse_filtered(config, NULL, section, NULL))) {
		const char *name = transport_of(ast_category_get_name(section));
		struct rules *rules;

		if (ast_strlen_zero(name) || *rules_of(tls, name)->name) {
			continue;
		}
		if (!(rules = rules_new(tls, name))) {
			return refused + 1;
		}
		take_sections(rules, config, "", 0);
		refused += take_sections(rules, config, name, 1);
	}
	return refused;
}

struct shim_tls *shim_tls_read(struct ast_config *config, int *refused)
{
	struct shim_tls *tls = ast_calloc(1, sizeof(*tls));
	struct rules *all = tls ? rules_new(tls, "") : NULL;

	if (!all) {
		shim_tls_free(tls);
		return NULL;
	}
	if (config) {
		*refused += take_sections(all, config, "", 1);
		*refused += take_transports(tls, config);
	}
	return tls;
}

void shim_tls_put_in_force(struct shim_tls *tls)
{
	struct shim_tls *before;

	ast_rwlock_wrlock(&in_force_lock);
	before = in_force;
	in_force = tls;
	ast_rwlock_unlock(&in_force_lock);
	shim_tls_free(before);
}

void shim_tls_decide(const char *transport, const voxseal_tls_facts *facts, struct shim_tls_verdict *verdict)
{
	voxseal_status status = VOXSEAL_ERR_NULL_POINTER;
	struct rules *rules;

	memset(verdict, 0, sizeof(*verdict));
	ast_rwlock_rdlock(&in_force_lock);
	if ((rules = rules_of(in_force, transport))) {
		status = voxseal_tls_decide(rules->policy, facts, &verdict->verdict, &verdict->rule, verdict->reason,
			sizeof(verdict->reason));
	}
	ast_rwlock_unlock(&in_force_lock);
	if (status != VOXSEAL_OK) {
		verdict->verdict = VOXSEAL_TLS_REFUSE;
		verdict->rule = status;
		ast_copy_string(verdict->reason, voxseal_status_str(status), sizeof(verdict->reason));
	}
}

voxseal_tls_peer *shim_tls_peer(const char *transport, const voxseal_tls_facts *facts, const unsigned char *fingerprint,
	size_t fingerprint_len)
{
	voxseal_tls_peer *peer = NULL;
	struct rules *rules;

	ast_rwlock_rdlock(&in_force_lock);
	if ((rules = rules_of(in_force, transport))
		&& voxseal_tls_peer_new(rules->policy, facts, fingerprint, fingerprint_len, &peer) != VOXSEAL_OK) {
		peer = NULL;
	}
	ast_rwlock_unlock(&in_force_lock);
	return peer;
}

void shim_tls_options(const char *transport, struct shim_tls_options *options)
{
	struct rules *rules;

	ast_rwlock_rdlock(&in_force_lock);
	if ((rules = rules_of(in_force, transport))) {
		*options = rules->options;
	} else {
		shim_tls_options_default(options);
	}
	ast_rwlock_unlock(&in_force_lock);
}

void shim_tls_sections(void (*each)(const char *transport, void *data), void *data)
{
	struct rules *rules;

	ast_rwlock_rdlock(&in_force_lock);
	if (in_force) {
		AST_LIST_TRAVERSE(&in_force->all, rules, list) {
			if (*rules->name) {
				each(rules->name, data);
			}
		}
	}
	ast_rwlock_unlock(&in_force_lock);
}
