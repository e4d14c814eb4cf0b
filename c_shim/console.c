/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief All that people and programs see of the module
 *
 * Calls do not depend on it: what cannot be registered is left out with a line in the log.
 */

#include "asterisk.h"

#include "asterisk/logger.h"
#include "asterisk/strings.h"

#include "console.h"

int shim_debug;

void shim_debug_line(const struct shim_call *call, const voxseal_sdes *sdes, const char *profile)
{
	size_t count = voxseal_sdes_verdict_count(sdes);
	char verdict[SHIM_REASON_SIZE];
	size_t needed = 0;

	if (shim_debug && count
		&& voxseal_sdes_verdict(sdes, count - 1, verdict, sizeof(verdict), &needed) == VOXSEAL_OK) {
		ast_verbose("SRTP: endpoint %s, m= section %d (%s), profile %s: %s\n", S_OR(call->endpoint, "unknown"),
			call->stream, S_OR(call->media, "unknown"), profile, verdict);
	}
}

void shim_console_start(void)
{
	if (shim_function_register()) {
		ast_log(LOG_WARNING, "the dialplan function SRTP() is left out: another module has one of that name\n");
	}
	shim_cli_register();
	shim_cli_settings_register();
	shim_cli_tls_register();
	shim_cli_transports_register();
	shim_manager_register();
	shim_record_start();
}

void shim_console_stop(void)
{
	shim_record_stop();
	shim_manager_unregister();
	shim_cli_transports_unregister();
	shim_cli_tls_unregister();
	shim_cli_settings_unregister();
	shim_cli_unregister();
	shim_function_unregister();
	shim_metrics_withdraw();
}
