/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief A client's certificate says which endpoint its requests come from
 *
 * Only requests on a TLS connection whose client proved by its certificate to be somebody are looked
 * at here, and only endpoints that claim certificates. All else is left to the host's other identifiers.
 */

#include "asterisk.h"

#include "asterisk/astobj2.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls.h"

/*! \brief As endpoint_identifier_order names it */
#define NAME "voxseal_certificate"
/*! \brief An endpoint's own option, looked up without its at sign */
#define CLAIMED "tls_identity"

/*! \brief The endpoints that claim certificates */
struct claimants {
	/*! Holds the references */
	struct ao2_container *all;
	struct ast_sip_endpoint **endpoints;
	voxseal_tls_claim *claims;
	size_t count;
};

static void claimants_free(struct claimants *claimants)
{
	ast_free(claimants->claims);
	ast_free(claimants->endpoints);
	ao2_cleanup(claimants->all);
}

static int add_claimant(void *object, void *data, attribute_unused int flags)
{
	struct claimants *claimants = data;
	const char *claimed = ast_sorcery_object_get_extended(object, CLAIMED);

	if (!ast_strlen_zero(claimed)) {
		claimants->endpoints[claimants->count] = object;
		claimants->claims[claimants->count].holder = ast_sorcery_object_get_id(object);
		claimants->claims[claimants->count].certificates = claimed;
		claimants->count++;
	}
	return 0;
}

/*! \brief Nobody claims anything when there is no memory for that */
static void collect(struct claimants *claimants)
{
	int most;

	memset(claimants, 0, sizeof(*claimants));
	claimants->all = ast_sip_get_endpoints();
	most = claimants->all ? ao2_container_count(claimants->all) : 0;
	claimants->endpoints = ast_calloc(most + 1, sizeof(*claimants->endpoints));
	claimants->claims = ast_calloc(most + 1, sizeof(*claimants->claims));
	if (most && claimants->endpoints && claimants->claims) {
		/* It is this function's own: nobody adds to it. */
		ao2_callback(claimants->all, OBJ_NODATA, add_claimant, claimants);
	}
}

AST_MUTEX_DEFINE_STATIC(told_lock);
static char told[512];

/*! \brief Log this, unless it is what was logged last: peers make it come again with each request */
static void tell(const char *reason)
{
	int is_new;

	ast_mutex_lock(&told_lock);
	is_new = strcmp(told, reason);
	ast_copy_string(told, reason, sizeof(told));
	ast_mutex_unlock(&told_lock);
	if (is_new) {
		ast_log(LOG_WARNING, "@" CLAIMED " in pjsip.conf: %s\n", reason);
	}
}

/*! \brief Whether this request is on a connection whose client is somebody, where that counts */
static int is_proven(const pjsip_transport *transport)
{
	struct shim_tls_options options;
	char name[128];

	if (!voxseal_tls_is(transport)) {
		return 0;
	}
	voxseal_tls_transport_name(transport, name, sizeof(name));
	voxseal_companion()->tls_options(name, &options);
	return options.identify && voxseal_tls_is_proven(transport);
}

/* NULL: another identifier is asked. */
static struct ast_sip_endpoint *identify(pjsip_rx_data *rdata)
{
	struct ast_sip_endpoint *endpoint = NULL;
	struct claimants claimants;
	char reason[sizeof(told)];
	size_t place;

	if (!is_proven(rdata->tp_info.transport)) {
		return NULL;
	}
	collect(&claimants);
	place = voxseal_tls_claimed_by(rdata->tp_info.transport, claimants.claims, claimants.count, reason, sizeof(reason));
	if (place < claimants.count) {
		endpoint = ao2_bump(claimants.endpoints[place]);
	}
	claimants_free(&claimants);
	if (*reason) {
		tell(reason);
	}
	return endpoint;
}

static struct ast_sip_endpoint_identifier identifier = {
	.identify_endpoint = identify,
};

static void note_if_on(const char *transport, void *data)
{
	struct shim_tls_options options;
	int *on = data;

	voxseal_companion()->tls_options(transport, &options);
	*on |= options.identify;
}

/*! \brief Whether endpoint_identifier_order has our name */
static int is_in_order(void)
{
	char *order = ast_sip_get_endpoint_identifier_order();
	char *rest = order;
	char *name;
	int found = 0;

	while (!found && (name = strsep(&rest, ","))) {
		found = !strcmp(name, NAME);
	}
	ast_free(order);
	return found;
}

void voxseal_identify_changed(void)
{
	int on = 0;

	note_if_on("", &on);
	voxseal_companion()->tls_sections(note_if_on, &on);
	if (on && !is_in_order()) {
		ast_log(LOG_WARNING, "voxseal.conf: identify_by_certificate is on, but comes after all that a request says of itself: put "
			"endpoint_identifier_order=" NAME ",ip,username into [global] of pjsip.conf, and start Asterisk anew\n");
	}
}

int voxseal_identify_start(void)
{
	if (ast_sip_register_endpoint_identifier_with_name(&identifier, NAME)) {
		return -1;
	}
	voxseal_identify_changed();
	return 0;
}

void voxseal_identify_stop(void)
{
	ast_sip_unregister_endpoint_identifier(&identifier);
}
