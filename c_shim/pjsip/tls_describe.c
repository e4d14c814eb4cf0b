/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the log, the console and the dialplan say of a TLS peer: text, by which nobody is identified
 */

#include "asterisk.h"

#include <arpa/inet.h>
#include <openssl/x509.h>

#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls.h"

/* Security events are written with quotation marks, and those in them are not told apart. */
static char harmless(unsigned char byte)
{
	return byte < ' ' || byte == 0x7f || byte == '"' || byte == '\\' ? '?' : (char) byte;
}

/*! \brief Add the text of a name, whole letters of it, without what could disturb a log or a console */
static void append_name(const voxseal_tls_name *name, char *out, size_t size)
{
	static const char *const kinds[] = { "", "DNS:", "IP:", "URI:", "" };
	char text[INET6_ADDRSTRLEN] = "";
	size_t used = strlen(out);
	size_t i;

	if (name->kind == VOXSEAL_TLS_NAME_IP) {
		if ((name->len != 4 && name->len != 16)
			|| !inet_ntop(name->len == 4 ? AF_INET : AF_INET6, name->bytes, text, sizeof(text))) {
			return;
		}
		snprintf(out + used, size - used, "%sIP:%s", used ? ", " : "", text);
		return;
	}
	used += snprintf(out + used, size - used, "%s%s", used ? ", " : "", kinds[name->kind]);
	for (i = 0; i < name->len && used + 1 < size; i++, used++) {
		out[used] = harmless(name->bytes[i]);
	}
	for (; i && i < name->len && (name->bytes[i] & 0xc0) == 0x80; i--) {
		used--;
	}
	out[MIN(used, size - 1)] = '\0';
}

void voxseal_tls_describe_peer(SSL *ssl, X509 *certificate, const voxseal_tls_facts *facts, struct tls_peer *peer)
{
	unsigned int i;

	memset(peer, 0, sizeof(*peer));
	ast_copy_string(peer->version, SSL_get_version(ssl), sizeof(peer->version));
	ast_copy_string(peer->cipher, SSL_get_cipher_name(ssl), sizeof(peer->cipher));
	if (!certificate) {
		return;
	}
	for (i = 0; i < facts->name_count; i++) {
		const voxseal_tls_name *name = &facts->names[i];

		if (name->kind == VOXSEAL_TLS_NAME_COMMON) {
			append_name(name, peer->cn, sizeof(peer->cn));
		} else if (name->kind != VOXSEAL_TLS_NAME_OTHER) {
			append_name(name, peer->san, sizeof(peer->san));
		}
	}
	X509_digest(certificate, EVP_sha256(), peer->digest, &peer->digest_len);
	for (i = 0; i < peer->digest_len; i++) {
		sprintf(peer->fingerprint + 3 * i, "%02X%s", peer->digest[i], i + 1 < peer->digest_len ? ":" : ""); /* 32 of them fit. */
	}
}
