/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Actions of the manager interface: list sessions, show one, ask for new keys
 */

#include "asterisk.h"

#include "asterisk/channel.h"
#include "asterisk/manager.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

static void append_item(struct ast_str **out, const struct shim_media *media, const struct shim_item *item,
	uint32_t direction)
{
	ast_str_append(out, 0, "%s%s: ", item->header, direction == VOXSEAL_INBOUND ? "In" : "");
	shim_item_show(item, media, direction, out);
	ast_str_append(out, 0, "\r\n");
}

static void append_media(struct ast_str **out, const struct shim_media *media)
{
	size_t i;

	ast_str_append(out, 0, "Media: %s\r\n", media->media);
	for (i = 0; i < shim_item_count; i++) {
		append_item(out, media, &shim_items[i], VOXSEAL_OUTBOUND);
		if (shim_items[i].directed) {
			append_item(out, media, &shim_items[i], VOXSEAL_INBOUND);
		}
	}
}

static void append_call(struct ast_str **out, struct ast_channel *channel)
{
	struct shim_signalling signalling;
	size_t i;

	shim_call_signalling(channel, &signalling);
	for (i = 0; i < shim_call_item_count; i++) {
		ast_str_append(out, 0, "%s: ", shim_call_items[i].header);
		shim_call_items[i].show(channel, &signalling, out);
		ast_str_append(out, 0, "\r\n");
	}
}

/*! \brief An event for each media stream of the channel; how many */
static int list_channel(struct mansession *session, const char *id_text, struct ast_channel *channel)
{
	struct ast_str *out = ast_str_create(1024);
	struct shim_leg leg;
	size_t count = 0;

	shim_leg_read(channel, &leg);
	for (; out && count < leg.count; count++) {
		ast_str_reset(out);
		append_media(&out, &leg.media[count]);
		append_call(&out, channel);
		astman_append(session, "Event: SRTPSession\r\n%sChannel: %s\r\nUniqueid: %s\r\n%s\r\n", id_text,
			ast_channel_name(channel), ast_channel_uniqueid(channel), ast_str_buffer(out));
	}
	shim_leg_release(&leg);
	ast_free(out);
	return (int) count;
}

/*! \brief The line that answers carry when the action had an id */
static void id_line(const struct message *message, char *line, size_t size)
{
	const char *id = astman_get_header(message, "ActionID");

	line[0] = '\0';
	if (!ast_strlen_zero(id)) {
		/* Cut, so that the line end always has room. */
		snprintf(line, size, "ActionID: %.200s\r\n", id);
	}
}

static int action_sessions(struct mansession *session, const struct message *message)
{
	struct ast_channel_iterator *channels = ast_channel_iterator_all_new();
	struct ast_channel *channel;
	char id_text[256];
	int count = 0;

	if (!channels) {
		astman_send_error(session, message, "There is no memory for a list of channels");
		return 0;
	}
	id_line(message, id_text, sizeof(id_text));
	astman_send_listack(session, message, "SRTP sessions follow", "start");
	while ((channel = ast_channel_iterator_next(channels))) {
		count += list_channel(session, id_text, channel);
		ast_channel_unref(channel);
	}
	ast_channel_iterator_destroy(channels);
	astman_send_list_complete_start(session, message, "SRTPSessionsComplete", count);
	astman_send_list_complete_end(session);
	return 0;
}

/*! \brief The channel that the action names, with a reference; NULL after the error was sent */
static struct ast_channel *channel_named(struct mansession *session, const struct message *message)
{
	const char *name = astman_get_header(message, "Channel");
	struct ast_channel *channel = NULL;

	if (ast_strlen_zero(name)) {
		astman_send_error(session, message, "Channel is missing: give a channel's name or unique id");
	} else if (!(channel = ast_channel_get_by_name(name))) {
		astman_send_error(session, message, "There is no such channel");
	}
	return channel;
}

static int action_session(struct mansession *session, const struct message *message)
{
	struct ast_channel *channel = channel_named(session, message);
	char id_text[256];
	int count;

	if (channel) {
		id_line(message, id_text, sizeof(id_text));
		astman_send_listack(session, message, "SRTP sessions follow", "start");
		count = list_channel(session, id_text, channel);
		astman_send_list_complete_start(session, message, "SRTPSessionComplete", count);
		astman_send_list_complete_end(session);
		ast_channel_unref(channel);
	}
	return 0;
}

static int action_rekey(struct mansession *session, const struct message *message)
{
	struct ast_channel *channel = channel_named(session, message);
	const char *reason;

	if (channel) {
		reason = shim_rekey_now(channel);
		if (reason) {
			astman_send_error_va(session, message, "%s", reason);
		} else {
			astman_send_ack(session, message, "A re-INVITE with new keys is on its way");
		}
		ast_channel_unref(channel);
	}
	return 0;
}

void shim_manager_register(void)
{
	ast_manager_register_xml("SRTPSessions", EVENT_FLAG_CALL | EVENT_FLAG_REPORTING, action_sessions);
	ast_manager_register_xml("SRTPSession", EVENT_FLAG_CALL | EVENT_FLAG_REPORTING, action_session);
	ast_manager_register_xml("SRTPRekey", EVENT_FLAG_CALL, action_rekey);
}

void shim_manager_unregister(void)
{
	ast_manager_unregister("SRTPSessions");
	ast_manager_unregister("SRTPSession");
	ast_manager_unregister("SRTPRekey");
}
