/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief New local keys before the lifetime of the old ones is over
 *
 * The engine counts the packets of every key and says when one has come to its soft limit. A
 * thread asks for that count, a single number for the whole process, and looks at the sessions
 * only when it has changed. A session with another key of its own goes over to it (MKI); else a
 * re-INVITE offers a fresh one. Packets are never touched here.
 */

#include "asterisk.h"

#include <errno.h>

#include "asterisk/astobj2.h"
#include "asterisk/channel.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/pbx.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"
#include "asterisk/time.h"
#include "asterisk/utils.h"
#include "asterisk/vector.h"

#include "console.h"
#include "leg.h"
#include "registry.h"

/*! \brief Milliseconds between two looks at the count: five packets of voice */
#define LOOK_MS 100

/*! \brief Milliseconds until a re-INVITE that led to no new key is tried again */
#define RETRY_MS 4000

/*! \brief Names of channels */
AST_VECTOR(channel_ids, char *);

/*! \brief What a look at all sessions leaves to be done for channels */
struct duties {
	/*! The soft limit is to be told of */
	struct channel_ids soft;
	/*! The end of the key is to be told of */
	struct channel_ids silent;
	/*! A re-INVITE is to be sent */
	struct channel_ids renew;
};

static ast_mutex_t stop_lock;
static ast_cond_t stop_cond;
static int stopping;
static pthread_t thread = AST_PTHREADT_NULL;

static const char *channel_of(const struct shim_stream *entry)
{
	return S_OR(ast_rtp_instance_get_channel_id(entry->rtp), "a call without a channel");
}

/*! \brief Ask for a fresh key, at most once per RETRY_MS; the channel to send a re-INVITE on, or NULL */
static char *ask_for_new_key(struct shim_stream *entry)
{
	if (!ast_tvzero(entry->asked) && ast_tvdiff_ms(ast_tvnow(), entry->asked) < RETRY_MS) {
		return NULL;
	}
	entry->asked = ast_tvnow();
	if (voxseal_sdes_rekey(entry->sdes) != VOXSEAL_OK) {
		return NULL;
	}
	ast_verb(3, "%s: the local SRTP key is near the end of its lifetime, a re-INVITE offers a new one\n",
		channel_of(entry));
	return ast_strdup(ast_rtp_instance_get_channel_id(entry->rtp));
}

static void add_channel(struct channel_ids *channels, char *channel_id)
{
	if (channel_id && AST_VECTOR_APPEND(channels, channel_id)) {
		ast_free(channel_id);
	}
}

/*! \brief What to do about one session; whether it has to be looked at again, whatever the count says */
static int look_at(struct shim_stream *entry, void *data)
{
	struct duties *duties = data;
	voxseal_session session = { .id = (uintptr_t) ast_rtp_instance_get_srtp(entry->rtp, 0) };
	voxseal_key_info key = { .struct_size = sizeof(key) };
	int next;

	if (voxseal_session_key(session, VOXSEAL_OUTBOUND, &key) != VOXSEAL_OK || !key.soft_limit_reached) {
		entry->asked = ast_tv(0, 0);
		entry->soft_reported = 0;
		entry->end_reported = 0;
		return 0;
	}
	next = voxseal_session_select_next_key(session) == VOXSEAL_OK;
	if (next || !entry->soft_reported) {
		add_channel(&duties->soft, ast_strdup(ast_rtp_instance_get_channel_id(entry->rtp)));
		entry->soft_reported = !next;
	}
	if (next) {
		ast_verb(3, "%s: the local SRTP key is near the end of its lifetime, the next one is in use\n",
			channel_of(entry));
		return 0;
	}
	if (!key.srtp_remaining && !entry->end_reported) {
		ast_log(LOG_WARNING, "%s: the local SRTP key has reached its lifetime and there is no new one: "
			"nothing is sent until the peer agrees to a new key\n", channel_of(entry));
		add_channel(&duties->silent, ast_strdup(ast_rtp_instance_get_channel_id(entry->rtp)));
		entry->end_reported = 1;
	}
	add_channel(&duties->renew, ask_for_new_key(entry));
	return 1;
}

/*! \brief What is_news() looks for, and whether it found it */
struct news {
	const char *channel_id;
	int found;
};

static int mark_helpless(struct shim_stream *stream, void *data)
{
	struct news *news = data;

	if (!stream->helpless_reported && !strcmp(channel_of(stream), news->channel_id)) {
		stream->helpless_reported = 1;
		news->found = 1;
	}
	return 0;
}

/*! \brief Whether it has not been logged yet for this channel that nobody can send a re-INVITE; from now on it has */
static int is_news(const char *channel_id)
{
	struct news news = { .channel_id = channel_id };

	shim_registry_visit(mark_helpless, &news);
	return news.found;
}

/*!
 * \brief The host renegotiates: it asks sdp_crypto.c for our line, which now carries the fresh key
 *
 * PJSIP_SEND_SESSION_REFRESH() would be a way without the companion, but the host sends nothing
 * while the media streams are the same.
 */
static void reinvite(const char *channel_id)
{
	if (shim_call_reinvite(channel_id) && is_news(channel_id)) {
		ast_log(LOG_WARNING, "%s: no re-INVITE for a new SRTP key can be sent: load res_pjsip_voxseal.so\n", channel_id);
	}
}

/*! \brief For the dialplan and for managers: this leg has fallen silent */
static void tell_silence(const char *channel_id)
{
	struct ast_channel *channel = ast_channel_get_by_name(channel_id);

	if (channel) {
		pbx_builtin_setvar_helper(channel, "SRTP_LIFETIME_REACHED", "1");
		shim_tell_channel(channel, "SRTPLifetimeReached", "%s", "");
		ast_channel_unref(channel);
	}
}

static void tell_soft_limit(const char *channel_id)
{
	struct ast_channel *channel = ast_channel_get_by_name(channel_id);

	if (channel) {
		shim_tell_channel(channel, "SRTPLifetimeSoft", "%s", "");
		ast_channel_unref(channel);
	}
}

static void do_for_all(struct channel_ids *channels, void (*duty)(const char *channel_id))
{
	AST_VECTOR_CALLBACK_VOID(channels, duty);
	AST_VECTOR_RESET(channels, ast_free_ptr);
	AST_VECTOR_FREE(channels);
}

static int look_at_all(void)
{
	struct duties duties;
	int again;

	AST_VECTOR_INIT(&duties.soft, 0);
	AST_VECTOR_INIT(&duties.silent, 0);
	AST_VECTOR_INIT(&duties.renew, 0);
	again = shim_registry_visit(look_at, &duties);

	/* Without the lock: channels have locks of their own. */
	do_for_all(&duties.soft, tell_soft_limit);
	do_for_all(&duties.renew, reinvite);
	do_for_all(&duties.silent, tell_silence);
	return again;
}

/*! \brief Make fresh keys for a stream of this channel; 1 when there are such */
static int renew(struct shim_stream *entry, void *data)
{
	return shim_leg_owns(data, entry) && entry->agreed && voxseal_sdes_rekey(entry->sdes) == VOXSEAL_OK;
}

const char *shim_rekey_now(struct ast_channel *channel)
{
	struct shim_owner owner;
	const char *reason = NULL;

	shim_owner_init(&owner, channel);
	if (!shim_registry_visit(renew, &owner)) {
		reason = "no SDES keys are agreed on this channel, so there is nothing to renew";
	} else if (shim_call_reinvite(ast_channel_uniqueid(channel))) {
		reason = "no re-INVITE can be sent: load res_pjsip_voxseal.so, and try it on a PJSIP channel";
	}
	shim_owner_release(&owner);
	return reason;
}

static int wait_for_stop(void)
{
	struct timeval until = ast_tvadd(ast_tvnow(), ast_samp2tv(LOOK_MS, 1000));
	struct timespec deadline = { .tv_sec = until.tv_sec, .tv_nsec = until.tv_usec * 1000L };
	int stop;

	ast_mutex_lock(&stop_lock);
	while (!stopping && ast_cond_timedwait(&stop_cond, &stop_lock, &deadline) != ETIMEDOUT) {
		/* Woken without a reason */
	}
	stop = stopping;
	ast_mutex_unlock(&stop_lock);
	return stop;
}

static void *watch_lifetimes(attribute_unused void *data)
{
	uint64_t seen = 0;
	int again = 0;

	while (!wait_for_stop()) {
		uint64_t count = voxseal_soft_limits_reached();

		if (again || count != seen) {
			seen = count;
			again = look_at_all();
		}
		shim_events_flush();
		shim_tell_waiting();
		shim_record_waiting();
		shim_metrics_offer();
	}
	return NULL;
}

int shim_rekey_start(void)
{
	stopping = 0;
	ast_mutex_init(&stop_lock);
	ast_cond_init(&stop_cond, NULL);
	return ast_pthread_create(&thread, NULL, watch_lifetimes, NULL) ? -1 : 0;
}

void shim_rekey_stop(void)
{
	ast_mutex_lock(&stop_lock);
	stopping = 1;
	ast_cond_signal(&stop_cond);
	ast_mutex_unlock(&stop_lock);
	pthread_join(thread, NULL);
	ast_cond_destroy(&stop_cond);
	ast_mutex_destroy(&stop_lock);
}
