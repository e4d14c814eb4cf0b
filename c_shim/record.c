/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief How secure a leg is, kept where records of calls are made from: channel variable, CDR, CEL
 *
 * It is written whenever it changes, so that it holds at hangup, whoever hangs up. The CDR engine may
 * wait for a database; a task processor of our own waits for it, and no call does.
 */

#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/cdr.h"
#include "asterisk/cel.h"
#include "asterisk/channel.h"
#include "asterisk/json.h"
#include "asterisk/logger.h"
#include "asterisk/pbx.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"
#include "asterisk/taskprocessor.h"
#include "asterisk/utils.h"
#include "asterisk/vector.h"

#include "console.h"

#define SUMMARY "SRTP_SUMMARY"
#define SUITE "SRTP_SUITE"

static struct ast_taskprocessor *writer;

/*! \brief What is written for one channel */
struct record {
	struct ast_channel *channel;
	const char *secure;
	const char *suite;
};

/*! \brief A static text: the suite that we send the first media with; empty without one */
static const char *suite_of(struct ast_channel *channel)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };
	const struct shim_media *media;
	const char *suite = NULL;
	struct shim_leg leg;

	shim_leg_read(channel, &leg);
	media = shim_leg_media(&leg, NULL);
	if (media && voxseal_session_stats_read(media->rtp, &stats) == VOXSEAL_OK) {
		suite = voxseal_suite_name(stats.outbound_suite);
	}
	shim_leg_release(&leg);
	return S_OR(suite, "");
}

static int is_variable(struct ast_channel *channel, const char *name, const char *value)
{
	int is;

	ast_channel_lock(channel);
	is = !strcmp(S_OR(pbx_builtin_getvar_helper(channel, name), ""), value);
	ast_channel_unlock(channel);
	return is;
}

/*! \brief Through the function, which waits until the CDR engine knows the channel; else as well as it goes */
static void set_cdr(struct ast_channel *channel, const char *name, const char *value)
{
	char function[64];

	snprintf(function, sizeof(function), "CDR(%s)", name);
	if (ast_custom_function_find("CDR")) {
		ast_func_write(channel, function, value);
	} else {
		ast_cdr_setvar(ast_channel_name(channel), name, value);
	}
}

/*! \brief Somebody dialled this channel, so that it is the dstchannel of a record */
static int is_dialled(struct ast_channel *channel)
{
	return ast_test_flag(ast_channel_flags(channel), AST_FLAG_OUTGOING)
		&& !ast_test_flag(ast_channel_flags(channel), AST_FLAG_ORIGINATED);
}

static void record_free(struct record *record)
{
	ast_channel_unref(record->channel);
	ast_free(record);
}

static int write_cdr(void *data)
{
	struct record *record = data;

	set_cdr(record->channel, "srtp", record->secure);
	set_cdr(record->channel, "srtp_suite", record->suite);
	if (is_dialled(record->channel)) {
		set_cdr(record->channel, "srtp_dst", record->secure);
		set_cdr(record->channel, "srtp_dst_suite", record->suite);
	}
	record_free(record);
	return 0;
}

/*! \brief Takes it over */
static void push_cdr(struct record *record)
{
	if (ast_taskprocessor_push(writer, write_cdr, record)) {
		record_free(record);
	}
}

static struct record *copy_of(const struct record *record)
{
	struct record *copy = ast_malloc(sizeof(*copy));

	if (copy) {
		*copy = *record;
		ast_channel_ref(copy->channel);
	}
	return copy;
}

AST_MUTEX_DEFINE_STATIC(later_lock);
/*! \brief Instances that have got keys, with a reference each */
static AST_VECTOR(, struct ast_rtp_instance *) later;
/*! \brief What is to be written into CDRs once more */
static AST_VECTOR(, struct record *) again;

/*!
 * \brief Have it written, and soon once more for a channel that was dialled
 *
 * Dial() tells the CDR engine whom it has called when it has done so, and who was called may have answered before: then the
 * record does not have this channel as its dstchannel yet.
 */
static void order_cdr(const struct record *record)
{
	int ordered = writer && ast_cdr_is_enabled();
	struct record *copy = ordered ? copy_of(record) : NULL;

	if (copy) {
		push_cdr(copy);
	}
	copy = ordered && is_dialled(record->channel) ? copy_of(record) : NULL;
	if (copy) {
		ast_mutex_lock(&later_lock);
		if (AST_VECTOR_APPEND(&again, copy)) {
			record_free(copy);
		}
		ast_mutex_unlock(&later_lock);
	}
}

static void write_cel(const struct record *record)
{
	struct ast_json *event = ast_json_pack("{s: s, s: {s: s, s: s}}", "event", "SRTP",
		"extra", "secure", record->secure, "suite", record->suite);

	if (event) {
		ast_cel_publish_event(record->channel, AST_CEL_USER_DEFINED, event);
		ast_json_unref(event);
	}
}

void shim_record(struct ast_channel *channel)
{
	struct record record = { .channel = channel };

	/* A channel on its way out has no media any more, and what it had is written. */
	if (ast_test_flag(ast_channel_flags(channel), AST_FLAG_ZOMBIE)) {
		return;
	}
	record.secure = shim_security_name(shim_leg_security(channel));
	record.suite = suite_of(channel);
	if (!is_variable(channel, SUMMARY, record.secure) || !is_variable(channel, SUITE, record.suite)) {
		pbx_builtin_setvar_helper(channel, SUMMARY, record.secure);
		pbx_builtin_setvar_helper(channel, SUITE, record.suite);
		order_cdr(&record);
		write_cel(&record);
	}
}

void shim_record_later(struct ast_rtp_instance *rtp)
{
	ast_mutex_lock(&later_lock);
	if (!AST_VECTOR_APPEND(&later, rtp)) {
		ao2_ref(rtp, +1);
	}
	ast_mutex_unlock(&later_lock);
}

/*! \brief The channel of this instance is written for; takes over the reference */
static void record_instance(struct ast_rtp_instance *rtp)
{
	const char *id = ast_rtp_instance_get_channel_id(rtp);
	struct ast_channel *channel = ast_strlen_zero(id) ? NULL : ast_channel_get_by_name(id);

	/* Whoever made the session of this instance for DTLS has the lock until the instance has the session. */
	ao2_lock(rtp);
	ao2_unlock(rtp);
	if (channel) {
		shim_record(channel);
		ast_channel_unref(channel);
	}
	ao2_ref(rtp, -1);
}

/*! \brief Take the contents of a vector over, and leave it empty */
#define TAKE(vector, now) do { \
	(now)->elems = (vector)->elems; \
	(now)->max = (vector)->max; \
	(now)->current = (vector)->current; \
	AST_VECTOR_INIT(vector, 0); \
} while (0)

void shim_record_waiting(void)
{
	AST_VECTOR(, struct ast_rtp_instance *) instances;
	AST_VECTOR(, struct record *) records;

	ast_mutex_lock(&later_lock);
	TAKE(&later, &instances);
	TAKE(&again, &records);
	ast_mutex_unlock(&later_lock);
	AST_VECTOR_CALLBACK_VOID(&records, push_cdr);
	AST_VECTOR_CALLBACK_VOID(&instances, record_instance);
	AST_VECTOR_FREE(&records);
	AST_VECTOR_FREE(&instances);
}

void shim_record_start(void)
{
	writer = ast_taskprocessor_get("voxseal/records", TPS_REF_DEFAULT);
	if (!writer) {
		ast_log(LOG_WARNING, "CDRs will not say how secure calls are: the system gave no thread for it\n");
	}
}

/* What was ordered is written first. */
void shim_record_stop(void)
{
	shim_record_waiting();
	/* What that has ordered to be written once more. */
	shim_record_waiting();
	writer = ast_taskprocessor_unreference(writer);
}
