/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What is known of the media of a channel
 */

#ifndef VOXSEAL_LEG_H
#define VOXSEAL_LEG_H

#include "registry.h"
#include "voxseal_shim.h"

struct ast_channel;
struct ast_str;

/*! \brief Streams of a channel that are looked at */
#define SHIM_MEDIA_MAX 8

/*! \brief What tells the streams of a channel from those of others */
struct shim_owner {
	const char *id;
	const void *session;
	/*! References to the instances for audio, video and text; NULL where there is none */
	struct ast_rtp_instance *rtp[3];
};

void shim_owner_init(struct shim_owner *owner, struct ast_channel *channel);
void shim_owner_release(struct shim_owner *owner);

/*! \brief Whether the stream is of this owner */
int shim_leg_owns(const struct shim_owner *owner, const struct shim_stream *stream);

enum shim_state {
	/*! Nothing protects it */
	SHIM_CLEAR,
	/*! The peer's lines were refused, and nothing protects it */
	SHIM_REFUSED,
	/*! Authenticated only: UNENCRYPTED_SRTP was agreed */
	SHIM_AUTHENTICATED,
	SHIM_SECURE,
};

/*! \brief Which packets counters are of */
enum shim_packets {
	SHIM_PACKETS_ALL,
	SHIM_PACKETS_RTP,
	SHIM_PACKETS_RTCP,
};

/*! \brief One media stream */
struct shim_media {
	/*! What is asked for: all, unless the reader says otherwise */
	enum shim_packets packets;
	/*! "audio" and so on */
	char media[16];
	enum shim_state state;
	/*! "SDES", "DTLS", or empty */
	const char *keying;
	char profile[80];
	char reason[SHIM_REASON_SIZE];
	/*! The verdicts on the peer's lines, with line feeds between them; NULL for none */
	char *verdicts;
	/*! What was agreed by SDES; its tag is 0 when nothing was */
	voxseal_agreement agreed;
	/*! The sessions of RTP and RTCP; mostly one for both */
	voxseal_session rtp;
	voxseal_session rtcp;
	/*! When it was agreed or refused; 0 when that is not known */
	time_t since;
};

/*! \brief The streams of one channel: a copy, to be given to shim_leg_release() */
struct shim_leg {
	size_t count;
	struct shim_media media[SHIM_MEDIA_MAX];
};

void shim_leg_read(struct ast_channel *channel, struct shim_leg *leg);
void shim_leg_release(struct shim_leg *leg);

/*! \brief The stream of this media, or the first one for NULL; NULL when there is none */
const struct shim_media *shim_leg_media(const struct shim_leg *leg, const char *media);

/*! \brief "secure" and so on */
const char *shim_state_name(enum shim_state state);

/*! \brief What of a leg is secure: a set of these */
#define SHIM_SECURE_MEDIA 1
#define SHIM_SECURE_SIGNALLING 2

int shim_leg_security(struct ast_channel *channel);

/*! \brief The same of both legs of a bridge: what is secure on each of them; of the channel alone without a bridge */
int shim_call_security(struct ast_channel *channel);

/*! \brief "both", "media", "signalling" or "none" */
const char *shim_security_name(int security);

#endif /* VOXSEAL_LEG_H */
