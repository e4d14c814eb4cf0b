/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Certificates and keys: copied first, then checked, then served
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "asterisk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls_files.h"

/* The largest bundles of authorities have a tenth of that. */
#define MAX_FILE (16 * 1024 * 1024)

void voxseal_tls_look(const struct tls_names *names, struct tls_look *look)
{
	int i;

	memset(look, 0, sizeof(*look));
	for (i = 0; i < TLS_FILES; i++) {
		if (!ast_strlen_zero(names->name[i]) && stat(names->name[i], &look->stat[i])) {
			memset(&look->stat[i], 0, sizeof(look->stat[i]));
		}
	}
}

int voxseal_tls_stat_differs(const struct stat *one, const struct stat *other)
{
	return one->st_mtim.tv_sec != other->st_mtim.tv_sec || one->st_mtim.tv_nsec != other->st_mtim.tv_nsec
		|| one->st_size != other->st_size || one->st_ino != other->st_ino || one->st_dev != other->st_dev;
}

int voxseal_tls_look_differs(const struct tls_look *one, const struct tls_look *other)
{
	int i;

	for (i = 0; i < TLS_FILES; i++) {
		if (voxseal_tls_stat_differs(&one->stat[i], &other->stat[i])) {
			return 1;
		}
	}
	return 0;
}

void voxseal_tls_files_free(struct tls_files *files)
{
	int i;

	for (i = 0; i < TLS_FILES; i++) {
		if (files->copies[i] > 0) {
			close(files->copies[i]);
		}
	}
	memset(files, 0, sizeof(*files));
}

/*! \brief Copy what is to be read from one descriptor to the other; 0, or -1 with errno */
static int pour(int from, int to)
{
	char block[8192];
	ssize_t len;
	size_t all = 0;
	int res = 0;

	while (!res && (len = read(from, block, sizeof(block)))) {
		all += len > 0 ? len : 0;
		if (all > MAX_FILE) {
			errno = EFBIG;
		}
		res = len < 0 || all > MAX_FILE || write(to, block, len) != len ? -1 : 0;
	}
	/* A private key may have been in it. */
	explicit_bzero(block, sizeof(block));
	return res;
}

/*! \brief A copy in memory that has a name for OpenSSL; -1 with errno */
static int copy(const char *name, char *host, size_t host_size)
{
	int from = open(name, O_RDONLY | O_CLOEXEC);
	int to = -1;
	int res = -1;

	if (from >= 0) {
		to = memfd_create("voxseal", MFD_CLOEXEC);
		res = to < 0 ? -1 : pour(from, to);
		close(from);
	}
	if (res) {
		int cause = errno;

		if (to >= 0) {
			close(to);
		}
		errno = cause;
		return -1;
	}
	snprintf(host, host_size, "/proc/self/fd/%d", to);
	return to;
}

/* The host looks for certificates of other kinds beside one with such a name. */
static int has_siblings(const struct tls_names *names)
{
	return strstr(names->name[TLS_CERTIFICATE], "_rsa.") != NULL;
}

static int copy_all(const struct tls_names *names, struct tls_files *files, char *reason, size_t reason_size)
{
	int i;

	for (i = 0; i < TLS_FILES; i++) {
		const char *name = names->name[i];

		if (ast_strlen_zero(name)) {
			continue;
		}
		files->copies[i] = copy(name, files->host.name[i], sizeof(files->host.name[i]));
		if (files->copies[i] < 0) {
			snprintf(reason, reason_size, "%s cannot be read: %s; put the file there, readable for Asterisk", name,
				strerror(errno));
			return -1;
		}
	}
	if (has_siblings(names)) {
		files->host = *names;
	}
	return 0;
}

static int tell_password(char *out, int size, attribute_unused int writing, void *password)
{
	return password ? snprintf(out, size, "%s", (const char *) password) : 0;
}

/*! \brief Load all that is there as the host will; 0, or -1 with the reason */
static int load(SSL_CTX *ctx, const struct tls_names *names, const struct tls_files *files, char *reason, size_t reason_size)
{
	const char *key = names->name[TLS_KEY];

	if (*names->name[TLS_CERTIFICATE]
		&& SSL_CTX_use_certificate_chain_file(ctx, files->host.name[TLS_CERTIFICATE]) != 1) {
		snprintf(reason, reason_size, "%s has no certificate in it that can be read (%s); put one in PEM there",
			names->name[TLS_CERTIFICATE], ERR_reason_error_string(ERR_peek_last_error()));
		return -1;
	}
	if (*key && SSL_CTX_use_PrivateKey_file(ctx, files->host.name[TLS_KEY], SSL_FILETYPE_PEM) != 1) {
		int cause = ERR_GET_REASON(ERR_peek_last_error());

		if (cause == X509_R_KEY_VALUES_MISMATCH || cause == X509_R_KEY_TYPE_MISMATCH) {
			snprintf(reason, reason_size, "the key in %s is not that of the certificate in %s; put the two there that "
				"belong together", key, names->name[TLS_CERTIFICATE]);
		} else {
			snprintf(reason, reason_size, "%s has no key in it that can be read, or password is not its passphrase (%s); "
				"put one in PEM there", key, ERR_reason_error_string(ERR_peek_last_error()));
		}
		return -1;
	}
	if (*names->name[TLS_AUTHORITIES]
		&& SSL_CTX_load_verify_locations(ctx, files->host.name[TLS_AUTHORITIES], NULL) != 1) {
		snprintf(reason, reason_size, "%s has no certificate in it that can be read (%s); put those of the authorities "
			"there", names->name[TLS_AUTHORITIES], ERR_reason_error_string(ERR_peek_last_error()));
		return -1;
	}
	return 0;
}

static time_t end_of(const X509 *certificate)
{
	struct tm broken_down;

	return ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &broken_down) ? timegm(&broken_down) : 0;
}

/*! \brief Keep whose certificate it is and when it ends; 0, or -1 with the reason when it may not be served now */
static int look_at_dates(SSL_CTX *ctx, const char *file, struct tls_files *files, char *reason, size_t reason_size)
{
	X509 *own = SSL_CTX_get0_certificate(ctx);
	STACK_OF(X509) *chain = NULL;
	BIO *text = BIO_new(BIO_s_mem());
	int i;

	X509_digest(own, EVP_sha256(), files->fingerprint, NULL);
	SSL_CTX_get0_chain_certs(ctx, &chain);
	files->not_after = end_of(own);
	for (i = 0; i < sk_X509_num(chain); i++) {
		files->not_after = MIN(files->not_after, end_of(sk_X509_value(chain, i)));
	}
	if (text && X509_NAME_print_ex(text, X509_get_subject_name(own), 0, XN_FLAG_ONELINE) >= 0) {
		int len = BIO_read(text, files->subject, sizeof(files->subject) - 1);

		files->subject[MAX(len, 0)] = '\0';
	}
	BIO_free(text);
	if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0) {
		snprintf(reason, reason_size, "the certificate in %s is not valid yet; check this machine's clock, or wait", file);
		return -1;
	}
	if (files->not_after <= time(NULL)) {
		snprintf(reason, reason_size, "the certificate in %s, or one that it comes with, has expired; renew it", file);
		return -1;
	}
	return 0;
}

int voxseal_tls_files_take(const struct tls_names *names, const char *password, struct tls_files *files, char *reason,
	size_t reason_size)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int res = -1;

	memset(files, 0, sizeof(*files));
	if (ctx) {
		SSL_CTX_set_default_passwd_cb(ctx, tell_password);
		SSL_CTX_set_default_passwd_cb_userdata(ctx, (void *) S_OR(password, NULL));
		ERR_clear_error();
		res = copy_all(names, files, reason, reason_size) || load(ctx, names, files, reason, reason_size);
		if (!res && *names->name[TLS_CERTIFICATE]) {
			res = look_at_dates(ctx, names->name[TLS_CERTIFICATE], files, reason, reason_size);
		}
	}
	ERR_clear_error();
	SSL_CTX_free(ctx);
	if (res) {
		voxseal_tls_files_free(files);
		return -1;
	}
	return 0;
}
