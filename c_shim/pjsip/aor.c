/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Which address of record a REGISTER is for
 */

#include "asterisk.h"

#include "asterisk/res_pjsip.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls.h"

static int is_one_of(const char *name, const char *names)
{
	char *rest = ast_strdupa(names);
	char *each;

	while ((each = ast_strip(strsep(&rest, ",")))) {
		if (!strcmp(each, name)) {
			return 1;
		}
	}
	return 0;
}

/*! \brief Whether this user at this domain, or of this name alone, is one of the endpoint's addresses of record */
static int take_name(const char *user, const char *domain, const char *names, char *aor, size_t size)
{
	int len = domain ? snprintf(aor, size, "%s@%s", user, domain) : snprintf(aor, size, "%s", user);

	return len > 0 && (size_t) len < size && is_one_of(aor, names);
}

int voxseal_aor_of(pjsip_rx_data *rdata, char *aor, size_t size)
{
	const pjsip_sip_uri *record = pjsip_uri_get_uri(rdata->msg_info.to->uri);
	struct ast_sip_endpoint *endpoint = ast_pjsip_rdata_get_endpoint(rdata);
	struct ast_sip_domain_alias *alias;
	char user[256];
	char domain[256];
	int found;

	if (!endpoint) {
		return -1;
	}
	ast_copy_pj_str(user, &record->user, sizeof(user));
	ast_copy_pj_str(domain, &record->host, sizeof(domain));
	alias = ast_sorcery_retrieve_by_id(ast_sip_get_sorcery(), "domain_alias", domain);
	found = take_name(user, domain, endpoint->aors, aor, size)
		|| (alias && take_name(user, alias->domain, endpoint->aors, aor, size))
		|| take_name(user, NULL, endpoint->aors, aor, size);
	ao2_cleanup(alias);
	ao2_ref(endpoint, -1);
	return found ? 0 : -1;
}
