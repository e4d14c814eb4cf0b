/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What managers, the security log and channel variables are told: agreements, refusals, failures
 */

#include "asterisk.h"

#include <ctype.h>
#include <stdarg.h>

#include "asterisk/astobj2.h"
#include "asterisk/channel.h"
#include "asterisk/manager.h"
#include "asterisk/netsock2.h"
#include "asterisk/rtp_engine.h"
#include "asterisk/security_events.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "console.h"

void shim_tell_channel(struct ast_channel *channel, const char *event, const char *format, ...)
{
	struct ast_str *more = ast_str_create(256);
	va_list arguments;

	if (more) {
		va_start(arguments, format);
		ast_str_set_va(&more, 0, format, arguments);
		va_end(arguments);
	}
	if (more && channel) {
		ast_manager_event(channel, EVENT_FLAG_CALL, event, "Channel: %s\r\nUniqueid: %s\r\nLinkedid: %s\r\n%s",
			ast_channel_name(channel), ast_channel_uniqueid(channel), ast_channel_linkedid(channel),
			ast_str_buffer(more));
	} else if (more) {
		manager_event(EVENT_FLAG_CALL, event, "%s", ast_str_buffer(more));
	}
	ast_free(more);
}

/*! \brief The channel of this stream with a reference, or NULL */
static struct ast_channel *channel_of(struct ast_rtp_instance *rtp, struct ast_channel *known)
{
	const char *id = ast_rtp_instance_get_channel_id(rtp);

	if (known) {
		return ast_channel_ref(known);
	}
	return ast_strlen_zero(id) ? NULL : ast_channel_get_by_name(id);
}

static enum ast_transport transport_named(const char *name)
{
	static const struct {
		const char *name;
		enum ast_transport transport;
	} known[] = {
		{ "TCP", AST_TRANSPORT_TCP }, { "TLS", AST_TRANSPORT_TLS }, { "WS", AST_TRANSPORT_WS }, { "WSS", AST_TRANSPORT_WSS },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++) {
		/* "TLS6" is one as well. */
		if (name && !strncasecmp(name, known[i].name, strlen(known[i].name)) && !isalpha(name[strlen(known[i].name)])) {
			return known[i].transport;
		}
	}
	return AST_TRANSPORT_UDP;
}

/*!
 * \brief For the security log
 *
 * The host has no type for keys. "Request not allowed" and "invalid transport" say what happened.
 * Addresses are banned for that: it is the one that the peer's message came from, never one that it
 * claims, and without it nothing is said.
 */
static void report_security(struct ast_rtp_instance *rtp, const struct shim_call *call, const char *transport,
	const char *reason)
{
	struct ast_sockaddr local;
	struct ast_sockaddr remote;
	char session[32];
	struct ast_security_event_common common = {
		.service = "SRTP",
		.module = AST_MODULE,
		.account_id = S_OR(call->endpoint, "unknown"),
		.session_id = session,
		.local_addr = { .addr = &local, .transport = AST_TRANSPORT_UDP },
		.remote_addr = { .addr = &remote, .transport = transport_named(call->source_transport) },
	};

	if (ast_strlen_zero(call->source) || !ast_sockaddr_parse(&remote, call->source, PARSE_PORT_REQUIRE)) {
		return;
	}
	ast_rtp_instance_get_local_address(rtp, &local);
	snprintf(session, sizeof(session), "rtp-%d", ast_sockaddr_port(&local));
	if (transport) {
		struct ast_security_event_inval_transport event = { .common = common, .transport = transport };

		event.common.event_type = AST_SECURITY_EVENT_INVAL_TRANSPORT;
		event.common.version = AST_SECURITY_EVENT_INVAL_TRANSPORT_VERSION;
		ast_security_event_report(AST_SEC_EVT(&event));
	} else {
		struct ast_security_event_req_not_allowed event = {
			.common = common, .request_type = "crypto line", .request_params = reason,
		};

		event.common.event_type = AST_SECURITY_EVENT_REQ_NOT_ALLOWED;
		event.common.version = AST_SECURITY_EVENT_REQ_NOT_ALLOWED_VERSION;
		ast_security_event_report(AST_SEC_EVT(&event));
	}
}

/*! \brief SDES keys that went over the network in clear are no secret */
static void tell_insecure_signalling(const struct shim_agreement *agreement, struct ast_channel *channel)
{
	const struct shim_call call = {
		.endpoint = agreement->endpoint, .source = agreement->source, .source_transport = agreement->source_transport,
	};
	struct shim_signalling signalling;

	if (!shim_call_signalling(channel, &signalling) && !ast_strlen_zero(signalling.transport)
		&& !signalling.secure && !signalling.trusted) {
		shim_tell_channel(channel, "SRTPInsecureSignalling", "Endpoint: %s\r\nTransport: %s\r\n",
			agreement->endpoint, signalling.transport);
		report_security(agreement->rtp, &call, signalling.transport, NULL);
	}
}

/*! \brief Tell managers; \a known is the call's channel, or NULL when only its instance knows it */
static void tell_agreed(const struct shim_agreement *agreement, struct ast_channel *known, enum shim_news news)
{
	const voxseal_agreement *agreed = &agreement->agreed;
	struct ast_channel *channel = channel_of(agreement->rtp, known);

	if (channel) {
		shim_tell_channel(channel, news == SHIM_NEWS_REKEYED ? "SRTPRekey" : "SRTPNegotiated",
			"Endpoint: %s\r\nMedia: %s\r\nTag: %" PRIu32 "\r\nSuite: %s\r\nProfile: %s\r\nLifetime: %" PRIu64 "\r\n",
			agreement->endpoint, S_OR(agreement->media, "audio"), agreed->tag, S_OR(voxseal_suite_name(agreed->suite), ""),
			agreement->profile, agreed->local_lifetime);
		shim_record(channel);
		if (news == SHIM_NEWS_NEGOTIATED) {
			tell_insecure_signalling(agreement, channel);
		}
	}
	ast_channel_cleanup(channel);
}

void shim_tell_agreed(const voxseal_sdes *sdes, struct ast_channel *known, enum shim_news news)
{
	struct shim_agreement agreement;

	if (shim_registry_describe(sdes, &agreement)) {
		tell_agreed(&agreement, known, news);
		ao2_ref(agreement.rtp, -1);
	}
}

void shim_tell_waiting(void)
{
	struct shim_agreement agreement;

	while (shim_registry_untold(&agreement)) {
		tell_agreed(&agreement, NULL, SHIM_NEWS_NEGOTIATED);
		ao2_ref(agreement.rtp, -1);
	}
}

/* The call may have no channel yet, or never get one: then the endpoint and our port name it. */
void shim_tell_refused(struct ast_rtp_instance *rtp, const struct shim_call *call, const char *reason)
{
	struct ast_channel *channel;
	struct ast_sockaddr local;

	shim_totals_refused();
	if (!shim_may_tell()) {
		return;
	}
	channel = channel_of(rtp, call->channel);
	ast_rtp_instance_get_local_address(rtp, &local);
	shim_tell_channel(channel, "SRTPRefused", "Endpoint: %s\r\nMedia: %s\r\nRTPPort: %d\r\nReason: %s\r\n",
		S_OR(call->endpoint, ""), S_OR(call->media, "audio"), ast_sockaddr_port(&local), reason);
	if (channel) {
		shim_record(channel);
	}
	report_security(rtp, call, NULL, reason);
	ast_channel_cleanup(channel);
}
