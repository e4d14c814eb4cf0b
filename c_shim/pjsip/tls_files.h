/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The certificate, key and authorities that a listener serves: tls_files.c
 */

#ifndef VOXSEAL_TLS_FILES_H
#define VOXSEAL_TLS_FILES_H

#include <sys/stat.h>
#include <time.h>

enum tls_file {
	TLS_CERTIFICATE,
	TLS_KEY,
	TLS_AUTHORITIES,
	TLS_FILES,
};

/*! \brief Names of files; empty where pjsip.conf names none */
struct tls_names {
	char name[TLS_FILES][512];
};

/*! \brief How files looked at one moment */
struct tls_look {
	struct stat stat[TLS_FILES];
};

/*!
 * \brief Files as they were when they were taken
 *
 * The host reads them for each connection that it makes, and for the first one that it accepts. It
 * is given copies in memory, so that a file that is replaced or broken meanwhile changes nothing.
 */
struct tls_files {
	/*! What the host is to open */
	struct tls_names host;
	int copies[TLS_FILES];
	/*! Of the first certificate; "CN = pbx.example.org" */
	char subject[256];
	/*! SHA-256 of the first certificate */
	unsigned char fingerprint[32];
	/*! The end of the one that ends first */
	time_t not_after;
};

/*! \brief Whether it is another file, or another content, as far as that can be seen */
int voxseal_tls_stat_differs(const struct stat *one, const struct stat *other);

void voxseal_tls_look(const struct tls_names *names, struct tls_look *look);
int voxseal_tls_look_differs(const struct tls_look *one, const struct tls_look *other);

/*!
 * \brief Copy files and see whether they can be served: readable, the key is the certificate's, within their dates
 *
 * \retval 0 they can
 * \retval -1 they cannot, and the reason is one sentence; nothing is left to free
 */
int voxseal_tls_files_take(const struct tls_names *names, const char *password, struct tls_files *files, char *reason,
	size_t reason_size);
void voxseal_tls_files_free(struct tls_files *files);

#endif /* VOXSEAL_TLS_FILES_H */
