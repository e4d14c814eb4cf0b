/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief voxseal.conf: read at load and at reload, and taken as a whole or not at all
 */

#include "asterisk.h"

#include "asterisk/config.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/strings.h"

#include "voxseal_shim.h"

#define SETTINGS_FILE "voxseal.conf"

/*! \brief What is in force; NULL stands for the defaults */
static voxseal_settings *in_force;
AST_RWLOCK_DEFINE_STATIC(in_force_lock);

/*! \brief Say which line was refused and why; without a line it is the settings as a whole */
static void log_refusal(const voxseal_settings *settings, const char *section, const struct ast_variable *line,
	voxseal_status status)
{
	char reason[512];
	size_t needed = 0;

	if (status != VOXSEAL_ERR_SETTING_REFUSED
		|| voxseal_settings_reason(settings, reason, sizeof(reason), &needed) != VOXSEAL_OK) {
		ast_copy_string(reason, voxseal_status_str(status), sizeof(reason));
	}
	if (line) {
		shim_settings_refuse(section, line, reason);
	} else {
		ast_log(LOG_ERROR, SETTINGS_FILE ": %s\n", reason);
	}
}

void shim_settings_refuse(const char *section, const struct ast_variable *line, const char *reason)
{
	if (line && line->lineno) {
		/* The name is empty for the file itself and set for one that it includes. */
		ast_log(LOG_ERROR, "%s:%d: %s\n", S_OR(line->file, SETTINGS_FILE), line->lineno, reason);
	} else if (line) {
		/* A row of a database (static realtime) */
		ast_log(LOG_ERROR, SETTINGS_FILE ", [%s]: %s\n", section, reason);
	}
}

/*! \brief Take every line that can be taken, so that all errors are told at once; how many could not */
static int take_lines(voxseal_settings *settings, struct ast_config *config)
{
	struct ast_category *section = NULL;
	int refused = 0;

	while ((section = ast_category_browse_filtered(config, NULL, section, NULL))) {
		const char *name = ast_category_get_name(section);
		struct ast_variable *line;

		if (shim_tls_is_section(name)) {
			continue;
		}
		for (line = ast_category_first(section); line; line = line->next) {
			voxseal_status status = voxseal_settings_set(settings, name, line->name, line->value);

			if (status != VOXSEAL_OK) {
				log_refusal(settings, name, line, status);
				refused++;
			}
		}
	}
	return refused;
}

/*! \brief All that the file says */
struct content {
	voxseal_settings *settings;
	struct shim_tls *tls;
};

static void content_free(struct content *content)
{
	voxseal_settings_free(content->settings);
	shim_tls_free(content->tls);
	memset(content, 0, sizeof(*content));
}

/*! \brief Take the file as a whole: 0, or -1 after its errors were logged */
static int content_from(struct ast_config *config, struct content *content)
{
	voxseal_status status = voxseal_settings_new(&content->settings);
	int refused = 0;

	if (status == VOXSEAL_OK && config) {
		refused = take_lines(content->settings, config);
	}
	content->tls = shim_tls_read(config, &refused);
	if (status == VOXSEAL_OK && !refused) {
		status = voxseal_settings_check(content->settings);
	}
	if (status != VOXSEAL_OK) {
		log_refusal(content->settings, NULL, NULL, status);
	}
	if (status != VOXSEAL_OK || refused || !content->tls) {
		content_free(content);
		return -1;
	}
	return 0;
}

/*! \brief Read the file, or take the defaults if it is missing: 0, or -1 after its errors were logged */
static int read_file(struct content *content)
{
	struct ast_flags flags = { 0 };
	struct ast_config *config = ast_config_load(SETTINGS_FILE, flags);
	int res = -1;

	if (config == CONFIG_STATUS_FILEINVALID) {
		ast_log(LOG_ERROR, SETTINGS_FILE ": Asterisk cannot read it: a line before this one says why\n");
	} else {
		res = content_from(config, content);
		if (config) {
			ast_config_destroy(config);
		}
	}
	return res;
}

static int is_built_in(const char *provider)
{
	const char *name;
	size_t i;

	for (i = 0; (name = voxseal_provider_built_in(i)); i++) {
		if (!strcmp(name, provider)) {
			return 1;
		}
	}
	return 0;
}

/*!
 * \brief Have the cryptography that the settings ask for: 0, or -1 after it was said why it cannot be had
 *
 * It is chosen once, before the first key. Nothing else takes its place: who asks for OpenSSL may have to.
 */
static int choose_provider(const voxseal_settings *settings)
{
	const char *wanted = voxseal_settings_provider(settings);
	voxseal_status status = voxseal_provider_select(wanted);

	if (status == VOXSEAL_OK) {
		return 0;
	}
	if (!is_built_in(wanted)) {
		ast_log(LOG_ERROR, SETTINGS_FILE ": provider: %s is not built into this module: build the module where the "
			"headers of OpenSSL 3 are (libssl-dev), or set provider = %s\n", wanted, voxseal_provider_name());
	} else if (status == VOXSEAL_ERR_BAD_STATE) {
		ast_log(LOG_ERROR, SETTINGS_FILE ": provider: %s is in use until the module is unloaded: restart Asterisk, or "
			"unload res_srtp.so and load it again, to have %s\n", voxseal_provider_name(), wanted);
	} else {
		ast_log(LOG_ERROR, SETTINGS_FILE ": provider: a trial of each crypto-suite by %s went wrong (%s): look at its "
			"configuration, openssl.cnf, or set provider = rustcrypto\n", wanted, voxseal_status_str(status));
	}
	return -1;
}

static void put_in_force(const struct content *content)
{
	voxseal_settings *before;

	ast_rwlock_wrlock(&in_force_lock);
	before = in_force;
	in_force = content->settings;
	ast_rwlock_unlock(&in_force_lock);
	voxseal_settings_free(before);
	shim_tls_put_in_force(content->tls);
}

int shim_settings_load(void)
{
	struct content content = { NULL, NULL };
	int res = read_file(&content);

	if (!res) {
		res = choose_provider(content.settings);
		if (!res) {
			put_in_force(&content);
		} else {
			content_free(&content);
		}
	}
	return res;
}

int shim_settings_reload(void)
{
	int res = shim_settings_load();

	if (res) {
		ast_log(LOG_ERROR, SETTINGS_FILE " was not taken and the settings from before stay: correct the lines named "
			"above, then reload res_srtp.so again\n");
	} else {
		ast_verb(2, SETTINGS_FILE " was read: new calls follow it\n");
		shim_tls_changed();
	}
	return res;
}

void shim_settings_free(void)
{
	const struct content nothing = { NULL, NULL };

	put_in_force(&nothing);
}

/* A profile is a copy, so that calls need not outlive the settings they began with. */
voxseal_status shim_settings_profile(const char *name, const char *user_agent, voxseal_profile **profile)
{
	voxseal_status status;

	ast_rwlock_rdlock(&in_force_lock);
	status = voxseal_profile_find(in_force, name, user_agent, profile);
	ast_rwlock_unlock(&in_force_lock);
	return status;
}

voxseal_status shim_settings_show(char *out, size_t out_size, size_t *needed)
{
	voxseal_status status;

	ast_rwlock_rdlock(&in_force_lock);
	status = voxseal_settings_show(in_force, out, out_size, needed);
	ast_rwlock_unlock(&in_force_lock);
	return status;
}

voxseal_status shim_settings_profile_name(size_t index, char *out, size_t out_size, size_t *needed)
{
	voxseal_status status;

	ast_rwlock_rdlock(&in_force_lock);
	status = voxseal_settings_profile_name(in_force, index, out, out_size, needed);
	ast_rwlock_unlock(&in_force_lock);
	return status;
}
