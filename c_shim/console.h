/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief For people and programs that watch: dialplan function, console, manager, metrics
 */

#ifndef VOXSEAL_CONSOLE_H
#define VOXSEAL_CONSOLE_H

#include "leg.h"
#include "registry.h"
#include "voxseal_shim.h"

/*! \brief Register all of it, and take it back; what cannot be registered was logged and is left out: console.c */
void shim_console_start(void);
void shim_console_stop(void);

/*! \brief The dialplan function SRTP(): function.c */
int shim_function_register(void);
void shim_function_unregister(void);

/*! \brief srtp …: cli.c and cli_settings.c; tls …: cli_tls.c and cli_transports.c */
void shim_cli_register(void);
void shim_cli_unregister(void);
void shim_cli_settings_register(void);
void shim_cli_settings_unregister(void);
void shim_cli_tls_register(void);
void shim_cli_tls_unregister(void);
void shim_cli_transports_register(void);
void shim_cli_transports_unregister(void);

/*! \brief Actions of the manager interface: manager.c */
void shim_manager_register(void);
void shim_manager_unregister(void);

/*! \brief What is shown of a media stream, by name: items.c */
struct shim_item {
	/*! In the dialplan: "lifetime_remaining" */
	const char *name;
	/*! In events of the manager: "LifetimeRemaining" */
	const char *header;
	/*! Whether it has a value in each direction */
	int directed;
	/*! Append the value, nothing for what is not known; direction is VOXSEAL_OUTBOUND or VOXSEAL_INBOUND */
	void (*show)(const struct shim_media *media, voxseal_session session, uint32_t direction, struct ast_str **out);
};

extern const struct shim_item shim_items[];
extern const size_t shim_item_count;

/*! \brief The item "roc" for "roc" and "roc_out", and for "roc_in", which is of the peer's direction; NULL: there is none */
const struct shim_item *shim_item_find(const char *name, uint32_t *direction);

/*! \brief Append the value of an item, of the packets that are asked for */
void shim_item_show(const struct shim_item *item, const struct shim_media *media, uint32_t direction, struct ast_str **out);

/*! \brief What is shown of the signalling, by name: items_call.c */
struct shim_call_item {
	const char *name;
	const char *header;
	void (*show)(struct ast_channel *channel, const struct shim_signalling *signalling, struct ast_str **out);
};

extern const struct shim_call_item shim_call_items[];
extern const size_t shim_call_item_count;

/*! \brief Append text without control characters: it may come from a peer's certificate */
void shim_append_plain(struct ast_str **out, const char *text);

/*! \brief Totals since the module was loaded: totals.c */
struct shim_totals {
	uint64_t negotiated;
	uint64_t refused;
	uint64_t rekeyed;
	uint64_t sessions;
	uint64_t packets_protected;
	uint64_t packets_unprotected;
	uint64_t auth_failures;
	uint64_t replayed;
	uint64_t other_refused;
};

/*! \brief The totals, those of sessions that live included */
void shim_totals_read(struct shim_totals *totals, uint64_t *sessions_now);
void shim_totals_negotiated(void);
void shim_totals_refused(void);
void shim_totals_rekeyed(void);
void shim_totals_session_begins(voxseal_session session);
void shim_totals_session_ends(voxseal_session session);
void shim_totals_free(void);

/*!
 * \brief Tell managers of a channel: its headers, then those of the format, each ended by CR LF: events.c
 *
 * \param channel NULL: the call has none, and the format names it
 */
void __attribute__((format(printf, 3, 4))) shim_tell_channel(struct ast_channel *channel, const char *event,
	const char *format, ...);

/*! \brief Tell managers what was agreed, on this channel if it is known, or refused: events.c */
void shim_tell_agreed(const voxseal_sdes *sdes, struct ast_channel *known, enum shim_news news);
void shim_tell_refused(struct ast_rtp_instance *rtp, const struct shim_call *call, const char *reason);

/*! \brief Tell of agreements that had no channel when they were made, once they have: events.c */
void shim_tell_waiting(void);

/*!
 * \brief Keep how secure the leg of this channel is in its variables, its CDR and CEL: record.c
 *
 * Later is within a tenth of a second, for threads that hold locks of the instance.
 */
void shim_record(struct ast_channel *channel);
void shim_record_later(struct ast_rtp_instance *rtp);
void shim_record_waiting(void);
void shim_record_start(void);
void shim_record_stop(void);

/*!
 * \brief Packets of this session fail: failures.c
 *
 * Managers are told by the next shim_events_flush(), since this thread has packets to carry.
 */
void shim_tell_failures(voxseal_session session);
void shim_events_flush(void);

/*! \brief Show metrics to res_prometheus once it runs: metrics.c */
void shim_metrics_offer(void);
void shim_metrics_withdraw(void);

/*! \brief Ask for new keys on this channel: rekey.c. NULL, or why that is not possible */
const char *shim_rekey_now(struct ast_channel *channel);

/*! \brief Whether the verdict on each line is to be logged; never shows keys */
extern int shim_debug;

/*! \brief Log the verdict on the line that was looked at last, when that is wanted */
void shim_debug_line(const struct shim_call *call, const voxseal_sdes *sdes, const char *profile);

#endif /* VOXSEAL_CONSOLE_H */
