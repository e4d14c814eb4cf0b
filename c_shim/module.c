/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The module: what it registers with Asterisk, and in which order
 *
 * It takes the place of the stock res_srtp.so and keeps that file name, so that the PBX cannot
 * load both. Only interfaces that are the same from Asterisk 16 on are used.
 */

#include "asterisk.h"

#include "asterisk/ast_version.h"
#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/rtp_engine.h"

#include "console.h"
#include "voxseal_shim.h"

/*!
 * \brief Why this module must not register, as a sentence that says what to do; NULL when it may
 *
 * The second question matters because ast_rtp_engine_unregister_srtp() ends whoever's registration.
 */
static const char *reason_to_decline(void)
{
	const char *reason = NULL;

	if (voxseal_abi_version() != VOXSEAL_ABI_VERSION) {
		reason = "its parts are of different voxseal versions: build and install the module again as a whole";
	} else if (ast_rtp_engine_srtp_is_registered()) {
		reason = "another module already provides SRTP: remove the stock res_srtp.so (or any other SRTP module) "
			"and restart Asterisk";
	}
	return reason;
}

/*! \brief Register the SRTP engine and SDES, both or none; NULL or why not */
static const char *register_all(void)
{
	const char *reason = NULL;

	if (ast_rtp_engine_register_srtp(&shim_srtp_engine, &shim_policy_engine)) {
		reason = "Asterisk refused the SRTP engine: look for another SRTP module in modules.conf";
	} else if (ast_sdp_crypto_register(&shim_sdp_crypto)) {
		ast_rtp_engine_unregister_srtp();
		reason = "Asterisk refused the SDES handler: look for another SRTP module in modules.conf";
	} else if (shim_rekey_start()) {
		ast_sdp_crypto_unregister(&shim_sdp_crypto);
		ast_rtp_engine_unregister_srtp();
		reason = "the system gave it no thread: look at the limits of the user that runs Asterisk";
	}
	return reason;
}

/* Never AST_MODULE_LOAD_FAILURE: that would keep the whole PBX from starting. */
static int load_module(void)
{
	const char *reason = reason_to_decline();

	if (!reason && shim_settings_load()) {
		reason = "voxseal.conf has errors: correct the lines named above, then load it again";
	}
	if (!reason) {
		reason = register_all();
	}

	if (reason) {
		shim_settings_free();
		ast_log(LOG_ERROR, "voxseal is not loaded, %s\n", reason);
	} else {
		shim_console_start();
		ast_log(LOG_NOTICE, "voxseal %s provides SRTP and SDES to Asterisk %s, with the cryptography of %s\n",
			voxseal_version(), ast_get_version(), voxseal_provider_name());
	}
	return reason ? AST_MODULE_LOAD_DECLINE : AST_MODULE_LOAD_SUCCESS;
}

/* Sessions and negotiations hold references to the module, so none is alive here. */
static int unload_module(void)
{
	shim_rekey_stop();
	shim_console_stop();
	ast_sdp_crypto_unregister(&shim_sdp_crypto);
	ast_rtp_engine_unregister_srtp();
	shim_totals_free();
	shim_settings_free();
	return 0;
}

AST_MODULE_INFO(ASTERISK_GPL_KEY, AST_MODFLAG_LOAD_ORDER, "voxseal SRTP engine and SDES",
	.support_level = AST_MODULE_SUPPORT_EXTENDED,
	.load = load_module,
	.unload = unload_module,
	.reload = shim_settings_reload,
	.load_pri = AST_MODPRI_CHANNEL_DEPEND,
);
