/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What was negotiated, by media stream; for whoever renews keys, shows them or tells of them
 */

#ifndef VOXSEAL_REGISTRY_H
#define VOXSEAL_REGISTRY_H

#include "asterisk/linkedlists.h"
#include "asterisk/time.h"

#include "voxseal_shim.h"

/*! \brief The longest sentence of a refusal that is kept */
#define SHIM_REASON_SIZE 512

/*! \brief Refusals of one stream that managers are told of */
#define SHIM_REFUSALS 32

/*! \brief A media stream whose crypto attributes were looked at; the registry's lock covers all of it */
struct shim_stream {
	voxseal_sdes *sdes;
	/*! A reference, so that the instance outlives its entry */
	struct ast_rtp_instance *rtp;
	/*! The SIP session, as in struct shim_call; NULL when it is not known */
	const void *session;
	/*! "audio" and so on; empty when that is not known */
	char media[16];
	char profile[80];
	/*! Why the last line was refused; empty since one was taken */
	char reason[SHIM_REASON_SIZE];
	/*! Hashes of the refusals that managers were told of; 0 is a place that is free */
	int refusals[SHIM_REFUSALS];
	/*! Of which endpoint; empty when that is not known */
	char endpoint[80];
	/*! Where the peer's lines came from, and over what, as in struct shim_call; empty when that is not known */
	char source[64];
	char source_transport[16];
	/*! Whether something is agreed */
	int agreed;
	/*! Whether managers were told of what is agreed */
	int told;
	/*! When it was agreed or refused last */
	time_t since;
	/*! Of rekey.c: when a new key was asked for last; zero while none is wanted */
	struct timeval asked;
	/*! Of rekey.c: whether managers were told that the end of the key is near */
	int soft_reported;
	/*! Of rekey.c: whether the end of the key was logged */
	int end_reported;
	/*! Of rekey.c: whether it was logged that nobody can send a re-INVITE: once for each call */
	int helpless_reported;
	AST_LIST_ENTRY(shim_stream) list;
};

/*! \brief What became of a line, as shim_registry_agreed() sees it */
enum shim_news {
	SHIM_NEWS_NONE,
	/*! The first agreement of this stream */
	SHIM_NEWS_NEGOTIATED,
	/*! Another key or suite than before */
	SHIM_NEWS_REKEYED,
};

/*! \brief What is told of an agreement */
struct shim_agreement {
	/*! With a reference, which who asked for it gives back */
	struct ast_rtp_instance *rtp;
	char endpoint[80];
	char source[64];
	char source_transport[16];
	char media[16];
	char profile[80];
	voxseal_agreement agreed;
};

/*!
 * \brief A line was taken
 *
 * \param fresh something was activated for it
 * \param tellable the channel is known, so that managers can be told
 * \return what they are to be told now: each agreement once
 *
 * It also counts agreements and changes of keys, whether anybody can be told or not.
 */
enum shim_news shim_registry_agreed(struct ast_rtp_instance *rtp, voxseal_sdes *sdes, const struct shim_call *call,
	const char *profile, int fresh, int tellable);

/*! \brief What this negotiation agreed on: 1 it was filled in, 0 nothing is known of it */
int shim_registry_describe(const voxseal_sdes *sdes, struct shim_agreement *agreement);

/*!
 * \brief An agreement that nobody was told of, as its call had no channel, and whose call has one now
 *
 * \retval 1 it was filled in, and counts as told
 * \retval 0 there is none
 */
int shim_registry_untold(struct shim_agreement *agreement);

/*!
 * \brief A line was refused
 *
 * \retval 0 that is known: the host reads offers twice
 * \retval 1 it is news
 */
int shim_registry_refused(struct ast_rtp_instance *rtp, voxseal_sdes *sdes, const struct shim_call *call,
	const char *profile, const char *reason);

/*! \brief The negotiation is about to be freed */
void shim_registry_forget(voxseal_sdes *sdes);

/*! \brief Visit all streams under the lock; the results of the visits, or-ed */
int shim_registry_visit(int (*visit)(struct shim_stream *stream, void *data), void *data);

#endif /* VOXSEAL_REGISTRY_H */
