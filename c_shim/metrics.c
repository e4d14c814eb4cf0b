/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Metrics for Prometheus, through res_prometheus when that is loaded
 *
 * Its two functions are looked up while it runs, so that this module loads without it, and it may be
 * loaded and unloaded as ever. When it is unloaded it forgets whom it asked.
 */

#include "asterisk.h"

#include <dlfcn.h>

#include "asterisk/astobj2.h"
#include "asterisk/logger.h"
#include "asterisk/paths.h"
#include "asterisk/res_prometheus.h"
#include "asterisk/strings.h"

#include "console.h"

/*! \brief Looks of the thread of rekey.c between two of ours: a second or so */
#define LOOKS 10

#define HOST "res_prometheus.so"

/*! \brief The library that was asked to take our callback, and its settings then; only compared */
static struct {
	const void *library;
	const void *settings;
} offered;

static void append(struct ast_str **out, const char *name, const char *type, const char *help, uint64_t value)
{
	ast_str_append(out, 0, "# HELP voxseal_%s %s\n# TYPE voxseal_%s %s\nvoxseal_%s %" PRIu64 "\n",
		name, help, name, type, name, value);
}

static void append_failures(struct ast_str **out, const struct shim_totals *totals)
{
	ast_str_append(out, 0, "# HELP voxseal_packets_refused_total Packets that were refused\n"
		"# TYPE voxseal_packets_refused_total counter\n"
		"voxseal_packets_refused_total{reason=\"authentication\"} %" PRIu64 "\n"
		"voxseal_packets_refused_total{reason=\"replayed\"} %" PRIu64 "\n"
		"voxseal_packets_refused_total{reason=\"other\"} %" PRIu64 "\n",
		totals->auth_failures, totals->replayed, totals->other_refused);
}

static void scraped(struct ast_str **out)
{
	struct shim_tls_counts connections;
	struct shim_totals totals;
	uint64_t sessions;

	shim_totals_read(&totals, &sessions);
	append(out, "sessions", "gauge", "SRTP sessions that are up", sessions);
	append(out, "sessions_total", "counter", "SRTP sessions since the module was loaded", totals.sessions);
	append(out, "negotiations_total", "counter", "SDES agreements", totals.negotiated);
	append(out, "refusals_total", "counter", "SDES lines that were refused", totals.refused);
	append(out, "rekeys_total", "counter", "Changes of keys within calls", totals.rekeyed);
	append(out, "packets_protected_total", "counter", "Packets that were protected", totals.packets_protected);
	append(out, "packets_unprotected_total", "counter", "Packets that were authenticated and opened",
		totals.packets_unprotected);
	append_failures(out, &totals);
	shim_tls_counts(&connections);
	append(out, "tls_connections_total", "counter", "TLS connections that were used",
		connections.accepted + connections.warned);
	append(out, "tls_refusals_total", "counter", "TLS connections that were ended by a verdict", connections.refused);
	append(out, "tls_failures_total", "counter", "TLS handshakes that failed", connections.failed);
}

static struct prometheus_callback callback = {
	.name = "voxseal",
	.callback_fn = scraped,
};

/*! \brief Its library if that is loaded, which stays until dlclose(); or NULL */
static void *open_host(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" HOST, ast_config_AST_MODULE_DIR);
	return dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
}

/*! \brief Have it take or drop our callback; -1 when it does not know the function */
static int ask(void *library, const char *name)
{
	void (*function)(struct prometheus_callback *callback) = (void (*)(struct prometheus_callback *)) dlsym(library, name);

	if (!function) {
		return -1;
	}
	function(&callback);
	return 0;
}

/*! \brief Where its settings lie; NULL before it is started, when it would forget us once more */
static const void *settings_of(void *library)
{
	struct prometheus_general_config *(*get)(void) =
		(struct prometheus_general_config *(*)(void)) dlsym(library, "prometheus_general_config_get");
	struct prometheus_general_config *settings = get ? get() : NULL;

	ao2_cleanup(settings);
	return settings;
}

/*! \brief Offer our callback once to each that is started: one that was loaded anew has other settings */
static void offer_to(void *library)
{
	const void *settings = settings_of(library);

	if (settings && (library != offered.library || settings != offered.settings)) {
		offered.library = library;
		offered.settings = settings;
		/* When it has only read its settings anew, it has ours. */
		ask(library, "prometheus_callback_unregister");
		if (ask(library, "prometheus_callback_register")) {
			ast_log(LOG_WARNING, HOST " did not take voxseal's metrics: it is of a version that is not known\n");
		}
	}
}

/*
 * Whoever unloads this module holds the core's list of modules and waits for the thread that this runs on:
 * the core is asked nothing here that needs the list.
 */
void shim_metrics_offer(void)
{
	static unsigned int looks;
	void *library;

	if (looks++ % LOOKS) {
		return;
	}
	library = open_host();
	if (library) {
		offer_to(library);
		dlclose(library);
	} else {
		memset(&offered, 0, sizeof(offered));
	}
}

/* The thread that offers has ended. */
void shim_metrics_withdraw(void)
{
	void *library = open_host();

	if (library && library == offered.library) {
		ask(library, "prometheus_callback_unregister");
	}
	if (library) {
		dlclose(library);
	}
	memset(&offered, 0, sizeof(offered));
}
