/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the two modules tell each other about TLS: part of companion.h
 *
 * res_srtp.so has the rules and decides; res_pjsip_voxseal.so has the connections and ends them.
 */

#ifndef VOXSEAL_COMPANION_TLS_H
#define VOXSEAL_COMPANION_TLS_H

#include <time.h>

struct voxseal_tls_claim;
struct voxseal_tls_facts;
struct voxseal_tls_peer;

/*! \brief A live TLS connection and what was decided on it; texts live until the function that was called with it returns */
struct shim_tls_connection {
	/*! Name of the transport in pjsip.conf */
	const char *transport;
	/*! The peer's address, "192.0.2.1:5061" */
	const char *address;
	/*! The peer opened it */
	int inbound;
	/*! VOXSEAL_TLS_ACCEPT, _WARN or _REFUSE */
	unsigned int verdict;
	/*! The sentence that goes with the verdict */
	const char *reason;
	/*! "TLSv1.3" */
	const char *version;
	/*! "TLS_AES_256_GCM_SHA384" */
	const char *cipher;
	/*! The common name of the peer's certificate; empty when it showed none */
	const char *peer_cn;
};

/*! \brief A certificate of ours that a TLS transport serves */
struct shim_tls_certificate {
	/*! Name of the transport in pjsip.conf */
	const char *transport;
	/*! cert_file */
	const char *file;
	/*! The subject, "CN = pbx.example.org" */
	const char *subject;
	/*! The end of its validity, or of that certificate in the file which ends first */
	time_t not_after;
	/*! Why the files as they are now are not served; empty when they are */
	const char *refused;
};

/*! \brief How many TLS connections there were since res_pjsip_voxseal.so was loaded */
struct shim_tls_counts {
	/*! Used, without and with a warning */
	unsigned long accepted;
	unsigned long warned;
	/*! Ended by a verdict */
	unsigned long refused;
	/*! Accepted connections whose handshake failed or took too long */
	unsigned long failed;
};

/*! \brief What a transport's section of voxseal.conf, [tls:NAME] over [tls], says to res_pjsip_voxseal.so */
struct shim_tls_options {
	/*! There is one: its rules hold. Without any, verdicts are reported and nothing is ended. */
	int enforced;
	/*! The oldest and the newest version for handshakes, by its number on the wire; 0: what pjsip.conf says */
	unsigned int min_version;
	unsigned int max_version;
	/*! Seconds until a handshake must be over; 0: no limit */
	unsigned int handshake_timeout;
	/*! Seconds between two looks at the files of certificates; 0: never */
	unsigned int watch;
	/*! Days before the end of a certificate on which to warn, the longest first; ends with 0 */
	unsigned int expiry_warnings[8];
	/*! Requests to a peer that registered travel on the connection that it registered on */
	int reuse;
	/*! A client's certificate identifies the endpoint that claims it */
	int identify;
	/*! PEM files: trusted authorities by direction, revocation lists; empty: ca_list_file of pjsip.conf, none */
	char inbound_ca_file[512];
	char outbound_ca_file[512];
	char crl_file[512];
};

/*! \brief What a transport's rules say about a connection */
struct shim_tls_verdict {
	/*! VOXSEAL_TLS_ACCEPT, _WARN or _REFUSE */
	unsigned int verdict;
	/*! The rule that is broken, a VOXSEAL_ERR_TLS_…, or VOXSEAL_OK */
	int rule;
	/*! Cause and remedy */
	char reason[512];
};

#endif /* VOXSEAL_COMPANION_TLS_H */
