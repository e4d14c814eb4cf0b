/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Console commands about certificates: they run the command voxseal-cert, which knows OpenSSL
 */

#include "asterisk.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "asterisk/app.h"
#include "asterisk/cli.h"
#include "asterisk/paths.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

#define COMMAND "voxseal-cert"

/*! \brief What the shell says of a command that is not there */
#define NOT_FOUND 127

/*! \brief The file's whole path, to be freed: absolute, or below astetcdir; NULL after a reason was shown */
static char *whole_path(int fd, const char *file)
{
	char *path = NULL;

	if (*file == '/') {
		path = ast_strdup(file);
	} else if (*file == '-' || strstr(file, "..")) {
		ast_cli(fd, "%s: give an absolute path, or one below %s\n", file, ast_config_AST_CONFIG_DIR);
	} else if (ast_asprintf(&path, "%s/%s", ast_config_AST_CONFIG_DIR, file) < 0) {
		path = NULL;
	}
	return path;
}

/*! \brief In the child: never returns */
static void run_child(int output, char *const argv[])
{
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	ast_close_fds_above_n(STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(NOT_FOUND);
}

/*! \brief Show what the child writes, then wait for its end */
static int show_output(int fd, int input, pid_t child)
{
	char part[512];
	int status = 0;
	ssize_t len;

	while ((len = read(input, part, sizeof(part) - 1)) > 0) {
		part[len] = '\0';
		ast_cli(fd, "%s", part);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : NOT_FOUND;
}

/*! \brief Run a program without a shell and show what it prints; its exit status */
static int run(int fd, char *const argv[])
{
	int ends[2];
	int res = NOT_FOUND;
	pid_t child;

	if (pipe(ends)) {
		return NOT_FOUND;
	}
	/* Else the host asks for the child's status as well, and whoever comes second gets none. */
	child = ast_safe_fork(1);
	if (!child) {
		run_child(ends[1], argv);
	}
	close(ends[1]);
	if (child > 0) {
		res = show_output(fd, ends[0], child);
	}
	ast_safe_fork_cleanup();
	close(ends[0]);
	return res;
}

/*! \brief voxseal-cert VERB FILE…, the files from this word on */
static char *run_command(const struct ast_cli_args *args, char *verb, int first)
{
	char *argv[AST_MAX_ARGS + 3] = { COMMAND, verb };
	int count = 2;
	int res = NOT_FOUND - 1;
	int i;

	for (i = first; i < args->argc; i++) {
		argv[count] = whole_path(args->fd, args->argv[i]);
		if (argv[count]) {
			count++;
		}
	}
	if (count - 2 == args->argc - first) {
		res = run(args->fd, argv);
	}
	if (res == NOT_FOUND) {
		ast_cli(args->fd, "The command " COMMAND " is not installed where Asterisk looks for programs (PATH): "
			"install it beside this module\n");
	}
	while (count > 2) {
		ast_free(argv[--count]);
	}
	return res ? CLI_FAILURE : CLI_SUCCESS;
}

/*! \brief Offer one name of a folder as the end of the word, a folder with a slash behind it */
static void offer(const char *folder, const char *start, const char *name)
{
	struct stat found;
	char *path = NULL;
	char *word = NULL;

	if (ast_asprintf(&path, "%s%s", folder, name) > 0 && !stat(path, &found)
		&& ast_asprintf(&word, "%s%s%s", start, name, S_ISDIR(found.st_mode) ? "/" : "") > 0) {
		ast_cli_completion_add(word);
	}
	ast_free(path);
}

/*! \brief Offer the files whose names begin like this, absolute ones or those below astetcdir; hidden ones are not offered */
static char *complete_file(const char *word)
{
	const char *slash = strrchr(word, '/');
	const char *rest = slash ? slash + 1 : word;
	char *start = ast_strndup(word, rest - word);
	char *folder = NULL;
	struct dirent *entry;
	DIR *names;

	if (!start || strstr(word, "..")
		|| ast_asprintf(&folder, "%s%s%s", *word == '/' ? "" : ast_config_AST_CONFIG_DIR, *word == '/' ? "" : "/", start) < 0) {
		ast_free(start);
		return NULL;
	}
	names = opendir(folder);
	while (names && (entry = readdir(names))) {
		if (*entry->d_name != '.' && !strncmp(entry->d_name, rest, strlen(rest))) {
			offer(folder, start, entry->d_name);
		}
	}
	if (names) {
		closedir(names);
	}
	ast_free(folder);
	ast_free(start);
	return NULL;
}

static char *show_certificate(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	switch (command) {
	case CLI_INIT:
		entry->command = "tls show certificate";
		entry->usage = "Usage: tls show certificate FILE\n"
			"       What stands in a certificate. FILE is absolute or below Asterisk's\n"
			"       configuration folder. Private keys are not shown.\n";
		return NULL;
	case CLI_GENERATE:
		return args->pos == 3 ? complete_file(args->word) : NULL;
	}
	return args->argc == 4 ? run_command(args, "show", 3) : CLI_SHOWUSAGE;
}

static char *check(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	switch (command) {
	case CLI_INIT:
		entry->command = "tls check";
		entry->usage = "Usage: tls check FILE...\n"
			"       Whether certificates and keys in these files fit together and are in date.\n"
			"       A FILE is absolute or below Asterisk's configuration folder.\n";
		return NULL;
	case CLI_GENERATE:
		return args->pos >= 2 ? complete_file(args->word) : NULL;
	}
	return args->argc >= 3 ? run_command(args, "check", 2) : CLI_SHOWUSAGE;
}

static struct ast_cli_entry commands[] = {
	AST_CLI_DEFINE(show_certificate, "Show what stands in a certificate"),
	AST_CLI_DEFINE(check, "Check files of certificates and keys"),
};

void shim_cli_tls_register(void)
{
	ast_cli_register_multiple(commands, ARRAY_LEN(commands));
}

void shim_cli_tls_unregister(void)
{
	ast_cli_unregister_multiple(commands, ARRAY_LEN(commands));
}
