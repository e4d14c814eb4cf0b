/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Console commands about settings: srtp show suites, settings and profiles, srtp explain, srtp set debug
 */

#include "asterisk.h"

#include "asterisk/cli.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

/*! \brief A negotiation by the rules of a profile, or NULL */
static voxseal_sdes *negotiation_by(const char *profile_name)
{
	voxseal_profile *profile = NULL;
	voxseal_sdes *sdes = NULL;

	if (shim_settings_profile(profile_name, NULL, &profile) == VOXSEAL_OK && voxseal_sdes_new(&sdes) == VOXSEAL_OK) {
		voxseal_sdes_use_profile(sdes, profile);
	}
	voxseal_profile_free(profile);
	return sdes;
}

/*! \brief Complete with the names of profiles, at this word of the line */
static char *complete_profile(const char *word)
{
	char name[80];
	size_t needed = 0;
	size_t i;

	if (!strncasecmp("general", word, strlen(word))) {
		ast_cli_completion_add(ast_strdup("general"));
	}
	for (i = 0; shim_settings_profile_name(i, name, sizeof(name), &needed) == VOXSEAL_OK; i++) {
		if (!strncasecmp(name, word, strlen(word))) {
			ast_cli_completion_add(ast_strdup(name));
		}
	}
	return NULL;
}

static char *show_suites(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	voxseal_suite suite;
	const char *name;

	switch (command) {
	case CLI_INIT:
		entry->command = "srtp show suites";
		entry->usage = "Usage: srtp show suites\n"
			"       Every crypto-suite, and whether [general] offers and accepts it.\n";
		return NULL;
	case CLI_GENERATE:
		return NULL;
	}
	if (args->argc != entry->args) {
		return CLI_SHOWUSAGE;
	}
	ast_cli(args->fd, "%-26s %-8s %s\n", "Suite", "Offered", "Accepted");
	for (suite = 1; (name = voxseal_suite_name(suite)); suite++) {
		voxseal_sdes *sdes = negotiation_by("general");
		int offered = voxseal_sdes_prefer(sdes, suite) == VOXSEAL_OK;
		int accepted = voxseal_sdes_offer(sdes, &suite, 1) == VOXSEAL_OK;

		ast_cli(args->fd, "%-26s %-8s %s\n", name, AST_CLI_YESNO(offered), AST_CLI_YESNO(accepted));
		voxseal_sdes_free(sdes);
	}
	return CLI_SUCCESS;
}

/*! \brief Show a text whose size only its writer knows */
static char *show_text(int fd, voxseal_status (*write)(void *what, char *out, size_t size, size_t *needed), void *what)
{
	size_t needed = 0;
	char *text = NULL;

	if (write(what, NULL, 0, &needed) == VOXSEAL_ERR_BUFFER_TOO_SMALL && (text = ast_malloc(needed))
		&& write(what, text, needed, &needed) == VOXSEAL_OK) {
		ast_cli(fd, "%s", text);
	} else {
		ast_cli(fd, "The settings could not be read: there is no memory, or they changed just now\n");
	}
	ast_free(text);
	return CLI_SUCCESS;
}

static voxseal_status write_profile(void *what, char *out, size_t size, size_t *needed)
{
	return voxseal_profile_show(what, out, size, needed);
}

static voxseal_status write_profiles(attribute_unused void *what, char *out, size_t size, size_t *needed)
{
	return shim_settings_show(out, size, needed);
}

static char *show_settings(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	voxseal_profile *profile = NULL;
	const char *name;
	char *res;

	switch (command) {
	case CLI_INIT:
		entry->command = "srtp show settings";
		entry->usage = "Usage: srtp show settings [PROFILE]\n"
			"       Every option of [general] or of this profile, as it holds for new calls.\n";
		return NULL;
	case CLI_GENERATE:
		return args->pos == 3 ? complete_profile(args->word) : NULL;
	}
	if (args->argc > 4) {
		return CLI_SHOWUSAGE;
	}
	name = args->argc == 4 ? args->argv[3] : "general";
	if (shim_settings_profile(name, NULL, &profile) != VOXSEAL_OK) {
		ast_cli(args->fd, "There is no profile %s: \"srtp show profiles\" lists them\n", name);
		return CLI_FAILURE;
	}
	res = show_text(args->fd, write_profile, profile);
	voxseal_profile_free(profile);
	return res;
}

static char *show_profiles(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	switch (command) {
	case CLI_INIT:
		entry->command = "srtp show profiles";
		entry->usage = "Usage: srtp show profiles\n"
			"       Every profile, what it is for, and the User-Agents that choose it.\n";
		return NULL;
	case CLI_GENERATE:
		return NULL;
	}
	return args->argc == entry->args ? show_text(args->fd, write_profiles, NULL) : CLI_SHOWUSAGE;
}

/*! \brief The words from this one on with a blank between, to be wiped and freed */
static char *join(const struct ast_cli_args *args, int first)
{
	struct ast_str *line = ast_str_create(512);
	char *text = NULL;
	int i;

	for (i = first; line && i < args->argc; i++) {
		ast_str_append(&line, 0, "%s%s", i > first ? " " : "", args->argv[i]);
	}
	if (line) {
		text = ast_strdup(ast_str_buffer(line));
		explicit_bzero(ast_str_buffer(line), ast_str_strlen(line));
	}
	ast_free(line);
	return text;
}

/* Always a success: of a command that fails the host repeats the whole line, and the key with it. */
static char *explain_by(int fd, const char *profile_name, char *text)
{
	voxseal_sdes *sdes = negotiation_by(profile_name);
	char verdict[SHIM_REASON_SIZE];
	uint32_t outcome = 0;
	size_t needed = 0;

	if (!sdes || !text) {
		ast_cli(fd, "There is no profile %s: \"srtp show profiles\" lists them\n", profile_name);
	} else {
		voxseal_sdes_process(sdes, text, strlen(text), &outcome);
		if (voxseal_sdes_verdict(sdes, 0, verdict, sizeof(verdict), &needed) == VOXSEAL_OK) {
			ast_cli(fd, "[%s] %s\n", profile_name, verdict);
		}
	}
	voxseal_sdes_free(sdes);
	return CLI_SUCCESS;
}

static char *explain(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	int named = args && args->argc > 4 && !strcasecmp(args->argv[2], "profile");
	char *text;
	char *res;

	switch (command) {
	case CLI_INIT:
		entry->command = "srtp explain";
		entry->usage = "Usage: srtp explain [profile NAME] CRYPTO-LINE\n"
			"       Whether this line of a peer's offer would be taken under [general] or under\n"
			"       the profile, and why not. The line begins with its tag or with a=crypto:\n"
			"       and its key is not shown.\n";
		return NULL;
	case CLI_GENERATE:
		if (args->pos == 2 && !strncasecmp("profile", args->word, strlen(args->word))) {
			ast_cli_completion_add(ast_strdup("profile"));
		}
		return args->pos == 3 && !strcasecmp(args->argv[2], "profile") ? complete_profile(args->word) : NULL;
	}
	if (args->argc < 3) {
		return CLI_SHOWUSAGE;
	}
	text = join(args, named ? 4 : 2);
	res = explain_by(args->fd, named ? args->argv[3] : "general", text);
	if (text) {
		explicit_bzero(text, strlen(text));
	}
	ast_free(text);
	return res;
}

static char *set_debug(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	switch (command) {
	case CLI_INIT:
		entry->command = "srtp set debug {on|off}";
		entry->usage = "Usage: srtp set debug {on|off}\n"
			"       Shows the verdict on each crypto line of each call, never a key.\n";
		return NULL;
	case CLI_GENERATE:
		return NULL;
	}
	if (args->argc != entry->args) {
		return CLI_SHOWUSAGE;
	}
	shim_debug = !strcasecmp(args->argv[3], "on");
	ast_cli(args->fd, "Verdicts on crypto lines are %s\n", shim_debug ? "shown from now on" : "no longer shown");
	return CLI_SUCCESS;
}

static struct ast_cli_entry commands[] = {
	AST_CLI_DEFINE(show_suites, "Show crypto-suites"),
	AST_CLI_DEFINE(show_settings, "Show the options of a profile"),
	AST_CLI_DEFINE(show_profiles, "Show profiles"),
	AST_CLI_DEFINE(explain, "Tell whether a crypto line would be taken"),
	AST_CLI_DEFINE(set_debug, "Show the verdict on each crypto line"),
};

void shim_cli_settings_register(void)
{
	ast_cli_register_multiple(commands, ARRAY_LEN(commands));
}

void shim_cli_settings_unregister(void)
{
	ast_cli_unregister_multiple(commands, ARRAY_LEN(commands));
}
