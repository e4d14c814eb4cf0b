/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Console command tls show transports: certificates of ours, connections that are up, and how many there were
 */

#include "asterisk.h"

#include "asterisk/cli.h"
#include "asterisk/localtime.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

/* Less than 80 columns. */
#define CERTIFICATE_ROW "%-12.12s %-34.34s %-10.10s %.19s\n"
#define CONNECTION_ROW "%-12.12s %-3.3s %-21.21s %-7.7s %-6.6s %.24s\n"

static const char *verdict_name(unsigned int verdict)
{
	return verdict == VOXSEAL_TLS_ACCEPT ? "ok" : verdict == VOXSEAL_TLS_WARN ? "warn" : "refuse";
}

/*! \brief Text of a peer's certificate or of a file for the console */
static const char *plain(struct ast_str **buffer, const char *text)
{
	ast_str_reset(*buffer);
	shim_append_plain(buffer, S_OR(text, ""));
	return ast_str_buffer(*buffer);
}

/*! \brief What is to be shown once no lock is held that SIP waits for, and room for a text */
struct output {
	struct ast_str *all;
	struct ast_str *buffer;
};

static void show_certificate(const struct shim_tls_certificate *certificate, void *data)
{
	struct output *output = data;
	struct timeval when = { .tv_sec = certificate->not_after };
	struct ast_tm local;
	char date[16];

	ast_localtime(&when, &local, "UTC");
	ast_strftime(date, sizeof(date), "%F", &local);
	ast_str_append(&output->all, 0, CERTIFICATE_ROW, certificate->transport,
		plain(&output->buffer, certificate->subject), date,
		ast_strlen_zero(certificate->refused) ? "served" : "NOT SERVED");
	if (!ast_strlen_zero(certificate->refused)) {
		ast_str_append(&output->all, 0, "  %s: %s\n", certificate->file, certificate->refused);
	}
}

static void show_connection(const struct shim_tls_connection *connection, void *data)
{
	struct output *output = data;

	ast_str_append(&output->all, 0, CONNECTION_ROW, connection->transport, connection->inbound ? "in" : "out",
		connection->address, connection->version, verdict_name(connection->verdict),
		plain(&output->buffer, S_OR(connection->peer_cn, "no certificate")));
	if (connection->verdict != VOXSEAL_TLS_ACCEPT) {
		ast_str_append(&output->all, 0, "  %s\n", plain(&output->buffer, connection->reason));
	}
}

static char *show_all(int fd)
{
	struct output output = { .all = ast_str_create(1024), .buffer = ast_str_create(128) };
	struct shim_tls_counts counts;
	int complete = output.all && output.buffer;

	if (complete) {
		ast_str_append(&output.all, 0, CERTIFICATE_ROW, "Transport", "Certificate", "Until", "State");
		shim_tls_certificates(show_certificate, &output);
		ast_str_append(&output.all, 0, CONNECTION_ROW, "Transport", "Way", "Peer", "Version", "Rules", "Certificate");
		shim_tls_connections(show_connection, &output);
		shim_tls_counts(&counts);
		ast_cli(fd, "%s%lu connections without and %lu with a warning, %lu refused, %lu failed handshakes\n",
			ast_str_buffer(output.all), counts.accepted, counts.warned, counts.refused, counts.failed);
	}
	ast_free(output.all);
	ast_free(output.buffer);
	return complete ? CLI_SUCCESS : CLI_FAILURE;
}

static char *show_transports(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	switch (command) {
	case CLI_INIT:
		entry->command = "tls show transports";
		entry->usage = "Usage: tls show transports\n"
			"       The certificates that TLS transports serve, the connections that are up with\n"
			"       the verdict on each, and how many there were. Needs res_pjsip_voxseal.so.\n";
		return NULL;
	case CLI_GENERATE:
		return NULL;
	}
	if (args->argc != entry->args) {
		return CLI_SHOWUSAGE;
	}
	return show_all(args->fd);
}

static struct ast_cli_entry commands[] = {
	AST_CLI_DEFINE(show_transports, "Show certificates and TLS connections"),
};

void shim_cli_transports_register(void)
{
	ast_cli_register_multiple(commands, ARRAY_LEN(commands));
}

void shim_cli_transports_unregister(void)
{
	ast_cli_unregister_multiple(commands, ARRAY_LEN(commands));
}
