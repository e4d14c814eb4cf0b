/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The dialplan function SRTP()
 *
 * Reading looks at the call as it is at that moment. What is written before Dial() becomes channel
 * variables that the called channel inherits: variables.c reads them there.
 */

#include "asterisk.h"

#include "asterisk/app.h"
#include "asterisk/causes.h"
#include "asterisk/channel.h"
#include "asterisk/logger.h"
#include "asterisk/pbx.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

static const struct shim_call_item *call_item(const char *name)
{
	size_t i;

	for (i = 0; i < shim_call_item_count; i++) {
		if (!strcasecmp(shim_call_items[i].name, name)) {
			return &shim_call_items[i];
		}
	}
	return NULL;
}

/*! \brief "verdict" is all of them with line feeds between, "verdict.2" the second; whether it is a verdict at all */
static int show_verdict(const struct shim_media *media, const char *name, struct ast_str **out)
{
	const char *verdicts = media ? S_OR(media->verdicts, "") : "";
	unsigned int nth;

	if (!strcasecmp(name, "verdict")) {
		ast_str_append(out, 0, "%s", verdicts);
		return 1;
	}
	if (strncasecmp(name, "verdict.", 8) || sscanf(name + 8, "%30u", &nth) != 1 || !nth) {
		return 0;
	}
	while (--nth && (verdicts = strchr(verdicts, '\n'))) {
		verdicts++;
	}
	if (verdicts) {
		ast_str_append(out, 0, "%.*s", (int) strcspn(verdicts, "\n"), verdicts);
	}
	return 1;
}

static int show_media_item(const struct shim_media *media, const char *name, struct ast_str **out)
{
	uint32_t direction = VOXSEAL_OUTBOUND;
	const struct shim_item *item = shim_item_find(name, &direction);

	if (show_verdict(media, name, out)) {
		return 0;
	}
	if (!item) {
		ast_log(LOG_ERROR, "SRTP(%s): there is no such item; \"core show function SRTP\" lists them\n", name);
		return -1;
	}
	if (media) {
		shim_item_show(item, media, direction, out);
	} else if (!strcasecmp(name, "state")) {
		ast_str_append(out, 0, "%s", shim_state_name(SHIM_CLEAR));
	}
	return 0;
}

static int is_media(const char *media)
{
	return !strcasecmp(media, "audio") || !strcasecmp(media, "video") || !strcasecmp(media, "text");
}

static int show_item(struct ast_channel *channel, const char *name, const char *media, const char *kind,
	struct ast_str **out)
{
	const struct shim_call_item *of_call = call_item(name);
	const struct shim_media *found;
	struct shim_signalling signalling;
	struct shim_media asked;
	struct shim_leg leg;
	int res;

	if (of_call) {
		shim_call_signalling(channel, &signalling);
		of_call->show(channel, &signalling, out);
		return 0;
	}
	if (media && !is_media(media)) {
		ast_log(LOG_ERROR, "SRTP(%s,%s): \"%s\" is not audio, video or text\n", name, media, media);
		return -1;
	}
	if (kind && strcasecmp(kind, "rtp") && strcasecmp(kind, "rtcp")) {
		ast_log(LOG_ERROR, "SRTP(%s,%s,%s): \"%s\" is not rtp or rtcp\n", name, S_OR(media, ""), kind, kind);
		return -1;
	}
	shim_leg_read(channel, &leg);
	found = shim_leg_media(&leg, media);
	if (found) {
		asked = *found;
		asked.packets = !kind ? SHIM_PACKETS_ALL : strcasecmp(kind, "rtcp") ? SHIM_PACKETS_RTP : SHIM_PACKETS_RTCP;
	}
	res = show_media_item(found ? &asked : NULL, name, out);
	shim_leg_release(&leg);
	return res;
}

static int srtp_read(struct ast_channel *channel, const char *function, char *data, struct ast_str **out,
	attribute_unused ssize_t len)
{
	AST_DECLARE_APP_ARGS(args, AST_APP_ARG(item); AST_APP_ARG(media); AST_APP_ARG(kind););

	ast_str_reset(*out);
	AST_STANDARD_APP_ARGS(args, data);
	if (!channel || ast_strlen_zero(args.item)) {
		ast_log(LOG_ERROR, "%s: it needs a channel and an item, as in SRTP(suite)\n", function);
		return -1;
	}
	return show_item(channel, args.item, S_OR(args.media, NULL), S_OR(args.kind, NULL), out);
}

/*! \brief The channel variable for what can be asked of the legs that a channel calls; NULL: that is none of it */
static const char *variable_for(const char *item)
{
	static const char *const variables[][2] = {
		{ "offer", "SRTP_SUITES" }, { "policy", "SRTP_POLICY" }, { "require", "SRTP_REQUIRE_TLS" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(variables); i++) {
		if (!strcasecmp(variables[i][0], item)) {
			return variables[i][1];
		}
	}
	return NULL;
}

/*!
 * \brief Set a variable for the channels that this one calls
 *
 * Behind a Local channel, a queue or a forwarded call the leg to a phone comes later only. So what demands security goes
 * on to all legs that come from this channel. What may allow less is for the next one alone.
 */
static int set_inherited(struct ast_channel *channel, const char *variable, const char *value, int demands)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", demands ? "__" : "_", variable);
	return pbx_builtin_setvar_helper(channel, name, value);
}

/*! \brief Check a variable as it would be followed, and set it */
static int set_variable(struct ast_channel *channel, const char *item, const char *variable, const char *value)
{
	char note[512] = "";
	int demands;
	voxseal_status status = shim_variables_check(variable, value, &demands, note, sizeof(note));

	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "%s: SRTP(%s)=%s is not taken: %s\n", ast_channel_name(channel), item, value,
			S_OR(note, voxseal_status_str(status)));
		return -1;
	}
	if (set_inherited(channel, variable, value, demands)) {
		return -1;
	}
	if (shim_call_wish(channel)) {
		ast_log(LOG_ERROR, "%s: SRTP(%s)=%s holds for no call: load res_pjsip_voxseal.so\n", ast_channel_name(channel),
			item, value);
		return -1;
	}
	return 0;
}

static int rekey_now(struct ast_channel *channel, const char *value)
{
	const char *reason = strcasecmp(value, "now") ? "the only value is now" : shim_rekey_now(channel);

	if (reason) {
		ast_log(LOG_ERROR, "%s: SRTP(rekey)=%s is not done: %s\n", ast_channel_name(channel), value, reason);
	}
	return reason ? -1 : 0;
}

/*! \brief Whether this channel is being called and was not answered: its media is yet to come */
static int is_yet_to_answer(const struct ast_channel *channel)
{
	return ast_channel_state(channel) != AST_STATE_UP && ast_channel_state(channel) != AST_STATE_RING;
}

/*! \brief End this call if its media is not secure; the channels that it calls see to themselves, by the variable */
static int hangup_if_clear(struct ast_channel *channel, const char *value)
{
	int wanted = ast_true(value);

	if (!wanted && !ast_false(value)) {
		ast_log(LOG_ERROR, "%s: SRTP(hangup_if_clear)=%s is not taken: the value is yes or no\n",
			ast_channel_name(channel), value);
		return -1;
	}
	if (set_inherited(channel, "SRTP_HANGUP_IF_CLEAR", wanted ? "yes" : "no", wanted)) {
		return -1;
	}
	if (shim_call_wish(channel) && wanted) {
		ast_log(LOG_ERROR, "%s: SRTP(hangup_if_clear)=%s holds for no call that it makes: load res_pjsip_voxseal.so\n",
			ast_channel_name(channel), value);
	}
	if (wanted && !is_yet_to_answer(channel) && !(shim_leg_security(channel) & SHIM_SECURE_MEDIA)) {
		ast_log(LOG_WARNING, "%s: ended, because its media is not encrypted and SRTP(hangup_if_clear) is set: "
			"switch SRTP on at the peer\n", ast_channel_name(channel));
		ast_queue_hangup_with_cause(channel, AST_CAUSE_BEARERCAPABILITY_NOTAUTH);
	}
	return 0;
}

static int srtp_write(struct ast_channel *channel, const char *function, char *data, const char *value)
{
	const char *variable = variable_for(S_OR(data, ""));
	int res = -1;

	if (!channel || ast_strlen_zero(data)) {
		ast_log(LOG_ERROR, "%s: it needs a channel and an item, as in Set(SRTP(policy)=mandatory)\n", function);
	} else if (variable) {
		res = set_variable(channel, data, variable, value);
	} else if (!strcasecmp(data, "rekey")) {
		res = rekey_now(channel, value);
	} else if (!strcasecmp(data, "hangup_if_clear")) {
		res = hangup_if_clear(channel, value);
	} else {
		ast_log(LOG_ERROR, "SRTP(%s) cannot be set: offer, policy, require, rekey and hangup_if_clear can\n", data);
	}
	return res;
}

static struct ast_custom_function function = {
	.name = "SRTP",
	.read2 = srtp_read,
	.write = srtp_write,
};

int shim_function_register(void)
{
	return ast_custom_function_register(&function);
}

void shim_function_unregister(void)
{
	ast_custom_function_unregister(&function);
}
