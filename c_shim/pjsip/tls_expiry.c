/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Warnings before a certificate ends that we serve
 */

#include "asterisk.h"

#include "asterisk/logger.h"
#include "asterisk/manager.h"

#include "tls_listener.h"

#define SECONDS_OF_A_DAY 86400

static void warn(const char *transport, const char *file, const struct tls_files *files, long days)
{
	char when[32] = "";
	struct tm broken_down;

	gmtime_r(&files->not_after, &broken_down);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &broken_down);
	if (days < 0) {
		ast_log(LOG_WARNING, "transport %s: the certificate in %s, or one that it comes with, has ended at %s: renew it\n",
			transport, file, when);
	} else {
		ast_log(LOG_WARNING, "transport %s: the certificate in %s, or one that it comes with, ends at %s, in %ld days: renew "
			"it\n", transport, file, when, days);
	}
	/*** DOCUMENTATION ***/
	manager_event(EVENT_FLAG_SYSTEM, "TLSCertificateExpiring",
		"Transport: %s\r\nFile: %s\r\nSubject: %s\r\nNotAfter: %s\r\nDaysLeft: %ld\r\n",
		transport, file, files->subject, when, days);
}

void voxseal_tls_expiry_look(const char *transport, const char *file, const struct tls_files *files,
	const struct shim_tls_options *options, unsigned int *warned)
{
	long left = (long) (files->not_after - time(NULL));
	/* Whole days, and -1 on the first one after the end. */
	long days = left < 0 ? (left + 1) / SECONDS_OF_A_DAY - 1 : left / SECONDS_OF_A_DAY;
	unsigned int reached = UINT_MAX;
	int i;

	if (!files->not_after) {
		return;
	}
	for (i = 0; options->expiry_warnings[i]; i++) {
		if (left <= (long) options->expiry_warnings[i] * SECONDS_OF_A_DAY) {
			reached = left < 0 ? 0 : options->expiry_warnings[i];
		}
	}
	if (reached < *warned) {
		*warned = reached;
		warn(transport, file, files, days);
	}
}
