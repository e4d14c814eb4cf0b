/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief TLS listeners of the host: what one is given, what each serves, and when that is looked at
 */

#ifndef VOXSEAL_TLS_LISTENER_H
#define VOXSEAL_TLS_LISTENER_H

#include "tls.h"
#include "tls_files.h"

struct ast_sip_transport;

/*! \brief What is set at a listener beside its files */
struct tls_applied {
	/*! pj_ssl_sock_proto; 0: as pjsip.conf says */
	unsigned int versions;
	unsigned int handshake_timeout;
};

/*! \brief The files that pjsip.conf names: tls_listener.c */
void voxseal_tls_names(const struct ast_sip_transport *transport, struct tls_names *names);

/*! \brief What the settings want */
void voxseal_tls_wanted(const struct shim_tls_options *options, struct tls_applied *wanted);

/*!
 * \brief Give a listener these files and settings: tls_listener.c; on a thread that pjproject knows and that may wait
 *
 * \param transport as pjsip.conf has it, or had it last: the host keeps a listener whose transport was taken out
 * \param wanted NULL: all is to be as pjsip.conf says
 * \retval 0 it listens with them, or there is none that could have anything of ours
 * \retval 1 it has them, but does not listen
 * \retval -1 nothing was done
 */
int voxseal_tls_listener_restart(const struct ast_sip_transport *transport, const struct tls_names *names,
	const struct tls_applied *wanted);

/*!
 * \brief Look at all listeners: tls_served.c; on a thread that pjproject knows
 *
 * Nobody may make or destroy listeners meanwhile.
 */
void voxseal_tls_served_look(void);

/*!
 * \brief Give all listeners back as pjsip.conf has them, in the same way
 *
 * \retval -1 one of them still has what is ours, and must not lose it; at the next look all get it again
 */
int voxseal_tls_served_give_back(void);

/*! \brief Seconds until the next look; 0: until something is read anew */
unsigned int voxseal_tls_served_pause(void);

/*!
 * \brief Warn once for each number of days before the end, the last time when it is over: tls_expiry.c
 *
 * \param warned the shortest of them that was warned of, and UINT_MAX before any
 */
void voxseal_tls_expiry_look(const char *transport, const char *file, const struct tls_files *files,
	const struct shim_tls_options *options, unsigned int *warned);

#endif /* VOXSEAL_TLS_LISTENER_H */
