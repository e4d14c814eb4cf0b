/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief A finished handshake as facts, held against the rules
 *
 * The host has OpenSSL verify peers, but keeps of the faults only which kinds there were, and looks
 * at no accepted peer. So the chain is verified once more, to the end and with all faults, against
 * the trust store of the direction.
 */

#include "asterisk.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "asterisk/res_pjsip.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls.h"

/* Distinct faults; a chain with more than that is bad in any case. */
#define MAX_FAULTS 32

/*! \brief The facts, and what they point to */
struct collected {
	voxseal_tls_facts facts;
	int32_t faults[MAX_FAULTS];
	GENERAL_NAMES *alternatives;
	unsigned char *common;
	voxseal_tls_name *names;
	EXTENDED_KEY_USAGE *usages;
	const char **ekus;
	char expected[256];
};

/* To the end, whatever it finds. */
static int on_fault(int ok, X509_STORE_CTX *ctx)
{
	struct collected *found = X509_STORE_CTX_get_app_data(ctx);
	int32_t fault = X509_STORE_CTX_get_error(ctx);
	size_t i;

	for (i = 0; !ok && i < found->facts.verify_result_count; i++) {
		if (found->faults[i] == fault) {
			return 1;
		}
	}
	if (!ok && found->facts.verify_result_count < MAX_FAULTS) {
		found->faults[found->facts.verify_result_count++] = fault;
	}
	return 1;
}

/*! \brief Set the verifier up as OpenSSL does for a handshake */
static int prepare(X509_STORE_CTX *ctx, SSL *ssl, X509 *certificate, X509_STORE *store, struct collected *found)
{
	X509_VERIFY_PARAM *param;

	if (!X509_STORE_CTX_init(ctx, store, certificate, SSL_get_peer_cert_chain(ssl))
		|| !X509_STORE_CTX_set_default(ctx, SSL_is_server(ssl) ? "ssl_client" : "ssl_server")) {
		return -1;
	}
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, SSL_get_security_level(ssl));
	/* The host trusts each certificate of ca_list_file, whether it is a root or not. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	X509_STORE_CTX_set_app_data(ctx, found);
	X509_STORE_CTX_set_verify_cb(ctx, on_fault);
	return 0;
}

static void verify(SSL *ssl, X509 *certificate, X509_STORE *store, struct collected *found)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	if (ctx && !prepare(ctx, ssl, certificate, store, found) && X509_verify_cert(ctx) > 0) {
		found->facts.verify_complete = 1;
	}
	if (!found->facts.verify_result_count) {
		found->faults[found->facts.verify_result_count++] =
			found->facts.verify_complete ? X509_V_OK : X509_V_ERR_UNSPECIFIED;
	}
	found->facts.verify_results = found->faults;
	X509_STORE_CTX_free(ctx);
}

/*! \brief One alternative name as it stands in the certificate */
static voxseal_tls_name name_of(const GENERAL_NAME *general)
{
	voxseal_tls_name name = { .kind = VOXSEAL_TLS_NAME_OTHER };
	const ASN1_STRING *text = NULL;

	if (general->type == GEN_DNS) {
		name.kind = VOXSEAL_TLS_NAME_DNS;
		text = general->d.dNSName;
	} else if (general->type == GEN_IPADD) {
		name.kind = VOXSEAL_TLS_NAME_IP;
		text = general->d.iPAddress;
	} else if (general->type == GEN_URI) {
		name.kind = VOXSEAL_TLS_NAME_URI;
		text = general->d.uniformResourceIdentifier;
	}
	if (text) {
		name.bytes = ASN1_STRING_get0_data(text);
		name.len = ASN1_STRING_length(text);
	}
	return name;
}

/*! \brief The most specific common name, in UTF-8 */
static int common_name(X509 *certificate, unsigned char **text)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	int last = -1;
	int at;

	for (at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0; last = at) {
	}
	return last < 0 ? -1 : ASN1_STRING_to_UTF8(text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
}

/* An extension that cannot be read, or comes twice, is there all the same: then the common name does not count. */
static int collect_names(X509 *certificate, struct collected *found)
{
	int present = -1;
	int count;
	int len;
	int i;

	found->alternatives = X509_get_ext_d2i(certificate, NID_subject_alt_name, &present, NULL);
	count = found->alternatives ? sk_GENERAL_NAME_num(found->alternatives) : 0;
	found->names = ast_calloc(count + 2, sizeof(*found->names));
	if (!found->names) {
		return -1;
	}
	for (i = 0; i < count; i++) {
		found->names[i] = name_of(sk_GENERAL_NAME_value(found->alternatives, i));
	}
	if (!count && present != -1) {
		found->names[i++].kind = VOXSEAL_TLS_NAME_OTHER;
	}
	if ((len = common_name(certificate, &found->common)) >= 0) {
		found->names[i++] = (voxseal_tls_name) { VOXSEAL_TLS_NAME_COMMON, found->common, len };
	}
	found->facts.names = found->names;
	found->facts.name_count = i;
	return 0;
}

static int collect_usages(X509 *certificate, struct collected *found)
{
	int present = -1;
	int count;
	int i;

	found->usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, &present, NULL);
	found->facts.has_ekus = present != -1;
	count = found->usages ? sk_ASN1_OBJECT_num(found->usages) : 0;
	found->ekus = ast_calloc(count + 1, sizeof(*found->ekus));
	for (i = 0; found->ekus && i < count; i++) {
		char text[128] = "";

		OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(found->usages, i), 1);
		if (!(found->ekus[i] = ast_strdup(text))) {
			return -1;
		}
		found->facts.eku_count = i + 1;
	}
	found->facts.ekus = found->ekus;
	return found->ekus ? 0 : -1;
}

static int seconds_of(const ASN1_TIME *time, int64_t *seconds)
{
	struct tm broken_down;

	if (!ASN1_TIME_to_tm(time, &broken_down)) {
		return -1;
	}
	*seconds = timegm(&broken_down);
	return 0;
}

static int collect_certificate(SSL *ssl, X509 *certificate, X509_STORE *store, struct collected *found)
{
	voxseal_tls_facts *facts = &found->facts;

	facts->has_certificate = 1;
	facts->now = time(NULL);
	facts->has_dates = !seconds_of(X509_get0_notBefore(certificate), &facts->not_before)
		&& !seconds_of(X509_get0_notAfter(certificate), &facts->not_after);
	verify(ssl, certificate, store ? store : SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)), found);
	return collect_names(certificate, found) || collect_usages(certificate, found) ? -1 : 0;
}

static void collect_connection(SSL *ssl, const pjsip_transport *transport, struct collected *found)
{
	voxseal_tls_facts *facts = &found->facts;
	int inbound = transport->dir == PJSIP_TP_DIR_INCOMING;

	facts->struct_size = sizeof(*facts);
	facts->direction = inbound ? VOXSEAL_INBOUND : VOXSEAL_OUTBOUND;
	facts->peer_role = SSL_is_server(ssl) ? VOXSEAL_TLS_CLIENT : VOXSEAL_TLS_SERVER;
	facts->version = SSL_version(ssl);
	facts->cipher = SSL_get_cipher_name(ssl);
	facts->cipher_bits = SSL_get_cipher_bits(ssl, NULL);
	facts->resumed = SSL_session_reused(ssl);
	if (!inbound) {
		/* The host of the URI that was to be reached, before it was looked up. */
		ast_copy_pj_str(found->expected, &transport->remote_name.host, sizeof(found->expected));
		facts->expected_name = found->expected;
	}
}

static void collected_free(struct collected *found)
{
	size_t i;

	for (i = 0; i < found->facts.eku_count; i++) {
		ast_free((char *) found->ekus[i]);
	}
	ast_free(found->ekus);
	ast_free(found->names);
	OPENSSL_free(found->common);
	GENERAL_NAMES_free(found->alternatives);
	EXTENDED_KEY_USAGE_free(found->usages);
}

void voxseal_tls_judge(SSL *ssl, const pjsip_transport *transport, const char *name, struct shim_tls_verdict *verdict,
	struct tls_peer *peer)
{
	X509 *certificate = SSL_get1_peer_certificate(ssl);
	struct shim_tls_options options;
	struct collected found = { .facts = { .struct_size = 0 } };
	X509_STORE *store;
	int res;

	voxseal_companion()->tls_options(name, &options);
	res = voxseal_tls_store(name, transport->dir == PJSIP_TP_DIR_INCOMING, &options, &store);
	collect_connection(ssl, transport, &found);
	if (certificate && !res) {
		res = collect_certificate(ssl, certificate, store, &found);
	}
	/* Without memory for the facts there are none, and what is not known is refused. */
	voxseal_companion()->tls_decide(name, res ? NULL : &found.facts, verdict);
	voxseal_tls_describe_peer(ssl, certificate, &found.facts, peer);
	peer->proven = certificate && !res
		? voxseal_companion()->tls_peer(name, &found.facts, peer->digest, peer->digest_len) : NULL;
	collected_free(&found);
	X509_STORE_free(store);
	X509_free(certificate);
	ERR_clear_error();
}
