/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The nodes of the host's list for one media stream: each is one a=crypto line of a negotiation
 *
 * All nodes share one negotiation: the first one owns it, the others (further lines of our
 * offer) borrow it and are gone as soon as a line was agreed.
 */

#ifndef VOXSEAL_SDP_LINES_H
#define VOXSEAL_SDP_LINES_H

#include "voxseal_shim.h"

/*! \brief Refused lines of an offer that are known again when the host parses it once more */
#define MAX_LOGGED 16

/*! \brief One line of a negotiation */
struct ast_sdp_crypto {
	/*! The negotiation of the media stream; owned by the line with index 0 */
	voxseal_sdes *sdes;
	/*! Which line of the negotiation this is */
	size_t index;
	/*! Name of the profile whose rules the negotiation got; empty before that */
	char profile[80];
	/*! A variable of the channel cannot be followed: nothing is said, which ends the call */
	int forbidden;
	/*! What the profile says of the session that the keys go to */
	voxseal_session_config config;
	/*! Text of the line for the host, with our key in it; NULL until the host asks */
	char *text;
	/*! Bytes that were allocated for the text */
	size_t text_size;
	/*! Hashes of the refused lines that were logged last, in a ring */
	int logged[MAX_LOGGED];
	/*! How many there were so far */
	size_t logged_count;
};

/*! \brief A node for this line; with index 0 it takes the negotiation over. NULL when there is no memory: sdp_lines.c */
struct ast_sdp_crypto *shim_line_alloc(voxseal_sdes *sdes, size_t index);

/*! \brief The host passes NULL for a node that never had a line */
void shim_line_destroy(struct ast_sdp_crypto *crypto);

/*! \brief Append a node for each further line of the offer that the list has no node for yet; 0, or -1 without memory */
int shim_lines_append(struct ast_sdp_srtp *srtp);

/*! \brief Take away the lines of our offer that were not agreed; the negotiation itself keeps their keys */
void shim_lines_drop_others(struct ast_sdp_srtp *srtp);

/*! \brief The line's text, owned by the line: the host copies it before it calls again; NULL after the reason was logged */
const char *shim_line_text(struct ast_sdp_crypto *crypto);

#endif /* VOXSEAL_SDP_LINES_H */
