/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The one list of negotiations and the RTP instances that they serve
 */

#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/lock.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"
#include "registry.h"

static AST_LIST_HEAD_STATIC(streams, shim_stream);

static struct shim_stream *stream_with(const voxseal_sdes *sdes)
{
	struct shim_stream *stream;

	AST_LIST_TRAVERSE(&streams, stream, list) {
		if (stream->sdes == sdes) {
			break;
		}
	}
	return stream;
}

/*! \brief The negotiation's entry, made if there is none; *before is to be unreferenced without the lock */
static struct shim_stream *entry_for(struct ast_rtp_instance *rtp, voxseal_sdes *sdes, const struct shim_call *call,
	const char *profile, struct ast_rtp_instance **before)
{
	struct shim_stream *stream = stream_with(sdes);

	if (!stream && (stream = ast_calloc(1, sizeof(*stream)))) {
		stream->sdes = sdes;
		AST_LIST_INSERT_TAIL(&streams, stream, list);
	}
	if (!stream) {
		return NULL;
	}
	if (stream->rtp != rtp) {
		*before = stream->rtp;
		stream->rtp = ao2_bump(rtp);
	}
	stream->session = call->session;
	if (!ast_strlen_zero(call->source)) {
		/* Else it is read once more, when another message was the last of this thread. */
		ast_copy_string(stream->source, call->source, sizeof(stream->source));
		ast_copy_string(stream->source_transport, S_OR(call->source_transport, ""), sizeof(stream->source_transport));
	}
	ast_copy_string(stream->endpoint, S_OR(call->endpoint, ""), sizeof(stream->endpoint));
	ast_copy_string(stream->media, S_OR(call->media, ""), sizeof(stream->media));
	ast_copy_string(stream->profile, profile, sizeof(stream->profile));
	return stream;
}

enum shim_news shim_registry_agreed(struct ast_rtp_instance *rtp, voxseal_sdes *sdes, const struct shim_call *call,
	const char *profile, int fresh, int tellable)
{
	struct ast_rtp_instance *before = NULL;
	enum shim_news news = SHIM_NEWS_NONE;
	struct shim_stream *stream;

	AST_LIST_LOCK(&streams);
	stream = entry_for(rtp, sdes, call, profile, &before);
	if (stream) {
		stream->reason[0] = '\0';
		if (fresh || !stream->agreed) {
			if (stream->agreed) {
				shim_totals_rekeyed();
			} else {
				shim_totals_negotiated();
			}
		}
		if (fresh) {
			stream->since = time(NULL);
			if (stream->told) {
				news = SHIM_NEWS_REKEYED;
			}
		}
		if (tellable && !stream->told) {
			stream->told = 1;
			news = SHIM_NEWS_NEGOTIATED;
		}
		stream->agreed = 1;
	}
	AST_LIST_UNLOCK(&streams);
	ao2_cleanup(before);
	return news;
}

static void describe(const struct shim_stream *stream, struct shim_agreement *agreement)
{
	memset(agreement, 0, sizeof(*agreement));
	agreement->rtp = ao2_bump(stream->rtp);
	agreement->agreed.struct_size = sizeof(agreement->agreed);
	voxseal_sdes_agreement(stream->sdes, &agreement->agreed);
	ast_copy_string(agreement->endpoint, stream->endpoint, sizeof(agreement->endpoint));
	ast_copy_string(agreement->source, stream->source, sizeof(agreement->source));
	ast_copy_string(agreement->source_transport, stream->source_transport, sizeof(agreement->source_transport));
	ast_copy_string(agreement->media, stream->media, sizeof(agreement->media));
	ast_copy_string(agreement->profile, stream->profile, sizeof(agreement->profile));
}

int shim_registry_describe(const voxseal_sdes *sdes, struct shim_agreement *agreement)
{
	const struct shim_stream *stream;

	AST_LIST_LOCK(&streams);
	stream = stream_with(sdes);
	if (stream) {
		describe(stream, agreement);
	}
	AST_LIST_UNLOCK(&streams);
	return stream != NULL;
}

int shim_registry_untold(struct shim_agreement *agreement)
{
	struct shim_stream *stream;
	int found = 0;

	AST_LIST_LOCK(&streams);
	AST_LIST_TRAVERSE(&streams, stream, list) {
		if (stream->agreed && !stream->told && !ast_strlen_zero(ast_rtp_instance_get_channel_id(stream->rtp))) {
			stream->told = 1;
			describe(stream, agreement);
			found = 1;
			break;
		}
	}
	AST_LIST_UNLOCK(&streams);
	return found;
}

/*! \brief Whether this refusal of the stream is the first of its kind; remembers it */
static int is_news(struct shim_stream *stream, const char *reason)
{
	int hash = ast_str_hash(reason);
	size_t i;

	for (i = 0; i < ARRAY_LEN(stream->refusals) && stream->refusals[i]; i++) {
		if (stream->refusals[i] == hash) {
			return 0;
		}
	}
	if (i == ARRAY_LEN(stream->refusals)) {
		return 0;
	}
	stream->refusals[i] = hash;
	return 1;
}

int shim_registry_refused(struct ast_rtp_instance *rtp, voxseal_sdes *sdes, const struct shim_call *call,
	const char *profile, const char *reason)
{
	struct ast_rtp_instance *before = NULL;
	struct shim_stream *stream;
	int news = 0;

	AST_LIST_LOCK(&streams);
	stream = entry_for(rtp, sdes, call, profile, &before);
	if (stream) {
		ast_copy_string(stream->reason, reason, sizeof(stream->reason));
		news = is_news(stream, reason);
		if (news) {
			stream->since = time(NULL);
		}
	}
	AST_LIST_UNLOCK(&streams);
	ao2_cleanup(before);
	return news;
}

void shim_registry_forget(voxseal_sdes *sdes)
{
	struct shim_stream *stream;

	AST_LIST_LOCK(&streams);
	stream = stream_with(sdes);
	if (stream) {
		AST_LIST_REMOVE(&streams, stream, list);
	}
	AST_LIST_UNLOCK(&streams);

	/* The last reference frees the SRTP session: not under the lock. */
	if (stream) {
		ao2_cleanup(stream->rtp);
		ast_free(stream);
	}
}

int shim_registry_visit(int (*visit)(struct shim_stream *stream, void *data), void *data)
{
	struct shim_stream *stream;
	int res = 0;

	AST_LIST_LOCK(&streams);
	AST_LIST_TRAVERSE(&streams, stream, list) {
		res |= visit(stream, data);
	}
	AST_LIST_UNLOCK(&streams);
	return res;
}
