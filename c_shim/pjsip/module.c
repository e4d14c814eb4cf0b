/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief res_pjsip_voxseal.so: tells res_srtp.so which endpoint and which device a call is with
 *
 * A module of its own, since it depends on the pjproject that the PBX was built with, down to the
 * layout of its structures. Without it every call gets the general profile.
 */

#include "asterisk.h"

#include <dlfcn.h>

#include "asterisk/logger.h"
#include "asterisk/module.h"
#include "asterisk/paths.h"
#include "asterisk/res_pjsip.h"

#include "sip.h"

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

/* As pj_get_version() writes it. */
#if PJ_VERSION_NUM_REV
#define HEADERS_VERSION TEXT(PJ_VERSION_NUM_MAJOR) "." TEXT(PJ_VERSION_NUM_MINOR) "." TEXT(PJ_VERSION_NUM_REV) \
	PJ_VERSION_NUM_EXTRA
#else
#define HEADERS_VERSION TEXT(PJ_VERSION_NUM_MAJOR) "." TEXT(PJ_VERSION_NUM_MINOR) PJ_VERSION_NUM_EXTRA
#endif

/*! \brief The symbol of the res_srtp.so that is loaded, which stays loaded while this module needs it; or NULL */
static const struct shim_companion *find_companion(void)
{
	const struct shim_companion *found = NULL;
	char path[PATH_MAX];
	void *module;

	snprintf(path, sizeof(path), "%s/res_srtp.so", ast_config_AST_MODULE_DIR);
	module = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
	if (module) {
		found = dlsym(module, SHIM_COMPANION_SYMBOL);
		dlclose(module);
	}
	return found;
}

static const struct shim_companion *found_companion;

const struct shim_companion *voxseal_companion(void)
{
	return found_companion;
}

/*! \brief Why this module must not register, as a sentence that says what to do; NULL when it may */
static const char *reason_to_decline(void)
{
	const struct shim_companion *srtp = found_companion;
	const char *reason = NULL;

	if (strcmp(pj_get_version(), HEADERS_VERSION)) {
		reason = "it was built for another version of pjproject: build it with the headers of the one that runs";
	} else if (!srtp) {
		reason = "the res_srtp.so that is loaded is not voxseal's: install that one first";
	} else if (srtp->version != SHIM_COMPANION_VERSION || srtp->call_size != sizeof(struct shim_call)) {
		reason = "res_srtp.so is of another voxseal version: build and install both modules together";
	}
	return reason;
}

static pjsip_module *const modules[] = {
	&voxseal_message_module,
	&voxseal_first_request_module,
	&voxseal_later_request_module,
	&voxseal_send_module,
};

static void unregister_modules(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(modules); i++) {
		if (modules[i]->id != -1) {
			ast_sip_unregister_service(modules[i]);
		}
	}
}

/*! \brief All or none */
static int register_modules(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(modules); i++) {
		if (ast_sip_register_service(modules[i])) {
			unregister_modules();
			return -1;
		}
	}
	return 0;
}

/*! \brief Register what may fail, all or nothing; NULL or why not */
static const char *register_all(void)
{
	static const char *const no_room = "pjproject has no room for one more module: unload a res_pjsip module that is not needed";

	if (register_modules()) {
		return no_room;
	}
	if (voxseal_reuse_start()) {
		unregister_modules();
		return no_room;
	}
	if (voxseal_identify_start()) {
		voxseal_reuse_stop();
		unregister_modules();
		return "Asterisk has no memory for it";
	}
	/* The last, as it may not be possible to stop it. */
	if (voxseal_tls_start()) {
		voxseal_identify_stop();
		voxseal_reuse_stop();
		unregister_modules();
		return "the system gave it no thread: look at the limits of the user that runs Asterisk";
	}
	return NULL;
}

static int load_module(void)
{
	const char *reason;

	found_companion = find_companion();
	reason = reason_to_decline();
	if (!reason) {
		/* The first that begins and the last that ends: what is kept of a connection is to go with it. */
		voxseal_tls_connections_watch();
		if ((reason = register_all())) {
			voxseal_tls_connections_unwatch();
		}
	}
	if (reason) {
		ast_log(LOG_ERROR, "res_pjsip_voxseal is not loaded, %s (it was built for pjproject " HEADERS_VERSION
			", and %s runs)\n", reason, pj_get_version());
		return AST_MODULE_LOAD_DECLINE;
	}
	voxseal_session_watch();
	voxseal_signalling_watch();
	voxseal_answer_watch();
	voxseal_record_watch();
	found_companion->attach(&voxseal_session_finder);
	return AST_MODULE_LOAD_SUCCESS;
}

/* Sessions that have anything of ours hold references to the module: there is none. */
static int unload_module(void)
{
	found_companion->attach(NULL);
	if (voxseal_tls_stop()) {
		found_companion->attach(&voxseal_session_finder);
		return -1;
	}
	voxseal_identify_stop();
	voxseal_reuse_stop();
	voxseal_tls_connections_unwatch();
	voxseal_record_unwatch();
	voxseal_answer_unwatch();
	voxseal_signalling_unwatch();
	voxseal_session_unwatch();
	unregister_modules();
	return 0;
}

AST_MODULE_INFO(ASTERISK_GPL_KEY, AST_MODFLAG_LOAD_ORDER, "voxseal settings per PJSIP endpoint and device",
	.support_level = AST_MODULE_SUPPORT_EXTENDED,
	.load = load_module,
	.unload = unload_module,
	.load_pri = AST_MODPRI_APP_DEPEND,
	.requires = "res_srtp,res_pjsip,res_pjsip_session",
);
