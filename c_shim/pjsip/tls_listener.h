/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What a TLS listener of the host is given: tls_listener.c
 */

#ifndef VOXSEAL_TLS_LISTENER_H
#define VOXSEAL_TLS_LISTENER_H

#include "tls.h"
#include "tls_files.h"

/*! \brief What is set at a listener beside its files */
struct tls_applied {
	/*! pj_ssl_sock_proto; 0: as pjsip.conf says */
	unsigned int versions;
	unsigned int handshake_timeout;
};

/*! \brief What the settings want */
void voxseal_tls_wanted(const struct shim_tls_options *options, struct tls_applied *wanted);

/*!
 * \brief Give a listener these files and settings, on a thread that pjproject knows and that may wait
 *
 * \param wanted NULL: all is to be as pjsip.conf says
 * \retval 0 it listens with them
 * \retval 1 it has them, but does not listen
 * \retval -1 nothing was done
 */
int voxseal_tls_listener_restart(const char *name, const struct tls_names *names, const struct tls_applied *wanted);

#endif /* VOXSEAL_TLS_LISTENER_H */
