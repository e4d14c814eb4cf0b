/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Trust stores by transport and direction, and revocation lists, read anew when their files change
 */

#include "asterisk.h"

#include <openssl/err.h>

#include "asterisk/linkedlists.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls.h"
#include "tls_files.h"

/*! \brief A store and what it was read from */
struct trusted {
	AST_LIST_ENTRY(trusted) list;
	X509_STORE *store;
	char authorities[512];
	char folder[512];
	char revoked[512];
	struct stat read[2];
	int inbound;
	char transport[];
};

static AST_LIST_HEAD_STATIC(stores, trusted);

/*! \brief Whether a file is another one than when it was read; fills in how it is now */
static int changed(const char *file, struct stat *read)
{
	struct stat now;

	if (ast_strlen_zero(file) || stat(file, &now)) {
		/* A file that is gone is no reason to trust nobody, or those who were revoked. */
		return 0;
	}
	if (!voxseal_tls_stat_differs(&now, read)) {
		return 0;
	}
	*read = now;
	return 1;
}

static int add_revoked(X509_STORE *store, const char *file)
{
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	return lookup && X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) > 0
		&& X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) ? 0 : -1;
}

/*! \brief A store of these files; a folder of authorities is where the host has one. NULL after the reason was logged. */
static X509_STORE *read_store(const char *transport, const char *authorities, const char *folder, const char *revoked)
{
	X509_STORE *store = X509_STORE_new();
	const char *bad = NULL;

	if (store && (!ast_strlen_zero(authorities) || !ast_strlen_zero(folder))
		&& X509_STORE_load_locations(store, S_OR(authorities, NULL), S_OR(folder, NULL)) != 1) {
		bad = S_OR(authorities, folder);
	} else if (store && !ast_strlen_zero(revoked) && add_revoked(store, revoked)) {
		bad = revoked;
	}
	if (bad) {
		ast_log(LOG_ERROR, "transport %s: %s has nothing in it that can be used (%s), and what was read before is used "
			"on: put PEM certificates, or revocation lists, there\n", transport, bad,
			ERR_reason_error_string(ERR_peek_last_error()));
		X509_STORE_free(store);
		store = NULL;
	}
	ERR_clear_error();
	return store;
}

static struct trusted *find(const char *transport, int inbound)
{
	struct trusted *trusted;

	AST_LIST_TRAVERSE(&stores, trusted, list) {
		if (trusted->inbound == inbound && !strcmp(trusted->transport, transport)) {
			return trusted;
		}
	}
	trusted = ast_calloc(1, sizeof(*trusted) + strlen(transport) + 1);
	if (trusted) {
		strcpy(trusted->transport, transport); /* Fits, it was allocated for that. */
		trusted->inbound = inbound;
		AST_LIST_INSERT_HEAD(&stores, trusted, list);
	}
	return trusted;
}

/*! \brief The store as the files are now; of files that cannot be read, as it was */
static X509_STORE *refresh(struct trusted *trusted, const char *authorities, const char *folder, const char *revoked)
{
	int other = strcmp(trusted->authorities, authorities) || strcmp(trusted->folder, folder)
		|| strcmp(trusted->revoked, revoked);
	int newer = changed(authorities, &trusted->read[0]) | changed(revoked, &trusted->read[1]);

	if (other || newer || !trusted->store) {
		X509_STORE *store = read_store(trusted->transport, authorities, folder, revoked);

		if (store || other) {
			/* Settings that name other files must not go on with those from before: then nobody is trusted. */
			X509_STORE_free(trusted->store);
			trusted->store = store ? store : X509_STORE_new();
			ast_copy_string(trusted->authorities, authorities, sizeof(trusted->authorities));
			ast_copy_string(trusted->folder, folder, sizeof(trusted->folder));
			ast_copy_string(trusted->revoked, revoked, sizeof(trusted->revoked));
		}
	}
	if (trusted->store) {
		X509_STORE_up_ref(trusted->store);
	}
	return trusted->store;
}

int voxseal_tls_store(const char *transport, int inbound, const struct shim_tls_options *options, X509_STORE **store)
{
	const char *own = inbound ? options->inbound_ca_file : options->outbound_ca_file;
	struct ast_sip_transport *object = NULL;
	char authorities[512] = "";
	char folder[512] = "";
	struct trusted *trusted;

	*store = NULL;
	if (ast_strlen_zero(own) && ast_strlen_zero(options->crl_file)) {
		return 0;
	}
	ast_copy_string(authorities, own, sizeof(authorities));
	if (ast_strlen_zero(own)
		&& (object = ast_sorcery_retrieve_by_id(ast_sip_get_sorcery(), "transport", transport))) {
		ast_copy_string(authorities, object->ca_list_file, sizeof(authorities));
		ast_copy_string(folder, object->ca_list_path, sizeof(folder));
		ao2_ref(object, -1);
	}
	AST_LIST_LOCK(&stores);
	if ((trusted = find(transport, inbound))) {
		*store = refresh(trusted, authorities, folder, options->crl_file);
	}
	AST_LIST_UNLOCK(&stores);
	/* No store would stand for the host's own. */
	return *store ? 0 : -1;
}

void voxseal_tls_stores_free(void)
{
	struct trusted *trusted;

	AST_LIST_LOCK(&stores);
	while ((trusted = AST_LIST_REMOVE_HEAD(&stores, list))) {
		X509_STORE_free(trusted->store);
		ast_free(trusted);
	}
	AST_LIST_UNLOCK(&stores);
}
