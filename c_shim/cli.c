/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Console commands about calls: srtp show sessions, session and stats, srtp rekey
 */

#include "asterisk.h"

#include "asterisk/ast_version.h"
#include "asterisk/channel.h"
#include "asterisk/cli.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

/* Less than 80 columns. */
#define ROW "%-25.25s %-5.5s %-13.13s %-23.23s %.10s\n"

/*! \brief The value of one item, in out */
static const char *item(struct ast_str **out, const char *name, const struct shim_media *media)
{
	uint32_t direction = VOXSEAL_OUTBOUND;
	const struct shim_item *found = shim_item_find(name, &direction);

	ast_str_reset(*out);
	if (found) {
		shim_item_show(found, media, direction, out);
	}
	return ast_str_buffer(*out);
}

static size_t show_channel(int fd, struct ast_channel *channel, struct ast_str **suite)
{
	const char *secure = shim_security_name(shim_leg_security(channel));
	struct shim_leg leg;
	size_t count;

	shim_leg_read(channel, &leg);
	for (count = 0; count < leg.count; count++) {
		const struct shim_media *media = &leg.media[count];

		ast_cli(fd, ROW, ast_channel_name(channel), media->media, shim_state_name(media->state),
			item(suite, "suite", media), secure);
	}
	shim_leg_release(&leg);
	return count;
}

static char *show_sessions(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	struct ast_channel_iterator *channels;
	struct ast_channel *channel;
	struct ast_str *suite;
	size_t count = 0;

	switch (command) {
	case CLI_INIT:
		entry->command = "srtp show sessions";
		entry->usage = "Usage: srtp show sessions\n"
			"       Every media stream of every call with RTP, and how secure its leg is:\n"
			"       both (media and signalling), media, signalling or none.\n";
		return NULL;
	case CLI_GENERATE:
		return NULL;
	}
	if (args->argc != entry->args) {
		return CLI_SHOWUSAGE;
	}
	suite = ast_str_create(64);
	channels = ast_channel_iterator_all_new();
	ast_cli(args->fd, ROW, "Channel", "Media", "State", "Suite", "Secure");
	while (suite && channels && (channel = ast_channel_iterator_next(channels))) {
		count += show_channel(args->fd, channel, &suite);
		ast_channel_unref(channel);
	}
	if (channels) {
		ast_channel_iterator_destroy(channels);
	}
	ast_free(suite);
	ast_cli(args->fd, "%zu media stream%s\n", count, count == 1 ? "" : "s");
	return CLI_SUCCESS;
}

/*! \brief A line for the value if there is one; control characters cannot be in it */
static void line(int fd, const char *name, const char *value)
{
	if (!ast_strlen_zero(value)) {
		ast_cli(fd, "  %-20s %s\n", name, value);
	}
}

/*! \brief Of SRTCP alone: packets both ways and failures */
static void show_srtcp(int fd, const struct shim_media *media, struct ast_str **out)
{
	static const char *const names[] = { "packets", "packets_in", "failures" };
	struct shim_media asked = *media;
	size_t i;

	asked.packets = SHIM_PACKETS_RTCP;
	for (i = 0; i < ARRAY_LEN(names) && media->rtp.id; i++) {
		char name[48];

		snprintf(name, sizeof(name), "srtcp_%s", names[i]);
		line(fd, name, item(out, names[i], &asked));
	}
}

static void show_media(int fd, const struct shim_media *media, struct ast_str **out)
{
	size_t i;
	size_t n;

	ast_cli(fd, "%s\n", media->media);
	for (i = 0; i < shim_item_count; i++) {
		for (n = 0; n < 2; n++) {
			char name[48];

			ast_str_reset(*out);
			shim_item_show(&shim_items[i], media, n ? VOXSEAL_INBOUND : VOXSEAL_OUTBOUND, out);
			snprintf(name, sizeof(name), "%s%s", shim_items[i].name, n ? "_in" : "");
			if (!n || shim_items[i].directed) {
				line(fd, name, ast_str_buffer(*out));
			}
		}
	}
	show_srtcp(fd, media, out);
	if (media->verdicts) {
		char *verdicts = ast_strdupa(media->verdicts);
		char *verdict;

		while ((verdict = strsep(&verdicts, "\n"))) {
			ast_cli(fd, "  %s\n", verdict);
		}
	}
}

static void show_call(int fd, struct ast_channel *channel, struct ast_str **out)
{
	struct shim_signalling signalling;
	size_t i;

	shim_call_signalling(channel, &signalling);
	for (i = 0; i < shim_call_item_count; i++) {
		ast_str_reset(*out);
		shim_call_items[i].show(channel, &signalling, out);
		line(fd, shim_call_items[i].name, ast_str_buffer(*out));
	}
}

static char *show_session(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	struct ast_channel *channel;
	struct ast_str *out;
	struct shim_leg leg;
	size_t i;

	switch (command) {
	case CLI_INIT:
		entry->command = "srtp show session";
		entry->usage = "Usage: srtp show session CHANNEL\n"
			"       All that is known of a channel's media and signalling, and the verdict on\n"
			"       each line that the peer offered. CHANNEL is a name or a unique id.\n";
		return NULL;
	case CLI_GENERATE:
		return ast_complete_channels(args->line, args->word, args->pos, args->n, 3);
	}
	if (args->argc != 4) {
		return CLI_SHOWUSAGE;
	}
	out = ast_str_create(256);
	channel = ast_channel_get_by_name(args->argv[3]);
	if (!channel || !out) {
		ast_cli(args->fd, "There is no channel %s: \"core show channels\" lists them\n", args->argv[3]);
		ast_free(out);
		ast_channel_cleanup(channel);
		return CLI_FAILURE;
	}
	ast_cli(args->fd, "%s\n", ast_channel_name(channel));
	show_call(args->fd, channel, &out);
	shim_leg_read(channel, &leg);
	for (i = 0; i < leg.count; i++) {
		show_media(args->fd, &leg.media[i], &out);
	}
	shim_leg_release(&leg);
	ast_free(out);
	ast_channel_unref(channel);
	return CLI_SUCCESS;
}

static char *show_stats(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	struct shim_totals totals;
	uint64_t sessions;

	switch (command) {
	case CLI_INIT:
		entry->command = "srtp show stats";
		entry->usage = "Usage: srtp show stats\n"
			"       Versions, and totals of all calls since the module was loaded.\n";
		return NULL;
	case CLI_GENERATE:
		return NULL;
	}
	if (args->argc != entry->args) {
		return CLI_SHOWUSAGE;
	}
	shim_totals_read(&totals, &sessions);
	ast_cli(args->fd, "voxseal %s, ABI %" PRIu32 ", primitives by %s\non Asterisk %s\n", voxseal_version(),
		voxseal_abi_version(), voxseal_provider_name(), ast_get_version());
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "sessions now", sessions);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "sessions in all", totals.sessions);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "SDES agreements", totals.negotiated);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "SDES lines refused", totals.refused);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "changes of keys", totals.rekeyed);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "packets protected", totals.packets_protected);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "packets opened", totals.packets_unprotected);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "packets not authentic", totals.auth_failures);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "packets replayed or too late", totals.replayed);
	ast_cli(args->fd, "  %-28s %" PRIu64 "\n", "packets refused otherwise", totals.other_refused);
	return CLI_SUCCESS;
}

static char *rekey(struct ast_cli_entry *entry, int command, struct ast_cli_args *args)
{
	struct ast_channel *channel;
	const char *reason = "there is no such channel";

	switch (command) {
	case CLI_INIT:
		entry->command = "srtp rekey";
		entry->usage = "Usage: srtp rekey CHANNEL\n"
			"       Offers the peer of this channel a new key now, in a re-INVITE.\n";
		return NULL;
	case CLI_GENERATE:
		return ast_complete_channels(args->line, args->word, args->pos, args->n, 2);
	}
	if (args->argc != 3) {
		return CLI_SHOWUSAGE;
	}
	channel = ast_channel_get_by_name(args->argv[2]);
	if (channel) {
		reason = shim_rekey_now(channel);
	}
	ast_cli(args->fd, "%s: %s\n", args->argv[2], S_OR(reason, "a re-INVITE with new keys is on its way"));
	ast_channel_cleanup(channel);
	return reason ? CLI_FAILURE : CLI_SUCCESS;
}

static struct ast_cli_entry commands[] = {
	AST_CLI_DEFINE(show_sessions, "Show media streams and whether they are secure"),
	AST_CLI_DEFINE(show_session, "Show all that is known of a channel's security"),
	AST_CLI_DEFINE(show_stats, "Show versions and totals"),
	AST_CLI_DEFINE(rekey, "Offer the peer of a channel a new key"),
};

void shim_cli_register(void)
{
	ast_cli_register_multiple(commands, ARRAY_LEN(commands));
}

void shim_cli_unregister(void)
{
	ast_cli_unregister_multiple(commands, ARRAY_LEN(commands));
}
