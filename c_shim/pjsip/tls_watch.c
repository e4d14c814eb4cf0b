/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief When TLS listeners are looked at: a thread does it from time to time, and when the settings or
 * pjsip.conf were read anew
 */

#include "asterisk.h"

#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/sorcery.h"
#include "asterisk/utils.h"

#include "tls_listener.h"

static pthread_t thread = AST_PTHREADT_NULL;
AST_MUTEX_DEFINE_STATIC(wake_lock);
static ast_cond_t wake_cond;
static int woken;
static int stopping;

/*! \brief A section for a transport that there is not, or that has no TLS, guards nothing */
static void check_section(const char *name, attribute_unused void *data)
{
	struct ast_sip_transport_state *state = ast_sip_get_transport_state(name);

	if (!state || (state->type != AST_TRANSPORT_TLS && state->type != AST_TRANSPORT_WSS)) {
		ast_log(LOG_WARNING, "voxseal.conf: [tls:%s] holds for nothing: pjsip.conf has no TLS transport %s; correct one "
			"of the names\n", name, name);
	}
	ao2_cleanup(state);
}

static void wait_for_next(void)
{
	unsigned int seconds = voxseal_tls_served_pause();
	struct timespec until = { .tv_sec = time(NULL) + seconds };
	int res = 0;

	ast_mutex_lock(&wake_lock);
	while (!woken && !stopping && !res) {
		res = seconds ? ast_cond_timedwait(&wake_cond, &wake_lock, &until) : ast_cond_wait(&wake_cond, &wake_lock);
	}
	woken = 0;
	ast_mutex_unlock(&wake_lock);
}

/*! \brief Held while the host reads transports: then it destroys listeners and makes others */
AST_MUTEX_DEFINE_STATIC(reading_lock);
/*! \brief The thread that reads them, while one does */
static pthread_t reader = AST_PTHREADT_NULL;

/* Not waited for: when the host has read them there is another look. */
static int look(attribute_unused void *data)
{
	if (!ast_mutex_trylock(&reading_lock)) {
		voxseal_tls_served_look();
		ast_mutex_unlock(&reading_lock);
	}
	return 0;
}

static int give_back(attribute_unused void *data)
{
	int res = -1;

	if (!ast_mutex_trylock(&reading_lock)) {
		res = voxseal_tls_served_give_back();
		ast_mutex_unlock(&reading_lock);
	}
	return res;
}

static void *watch(attribute_unused void *data)
{
	while (!stopping) {
		wait_for_next();
		if (!stopping) {
			ast_sip_push_task_wait_servant(NULL, look, NULL);
		}
	}
	return NULL;
}

static void wake(void)
{
	ast_mutex_lock(&wake_lock);
	woken = 1;
	ast_cond_signal(&wake_cond);
	ast_mutex_unlock(&wake_lock);
}

void voxseal_tls_changed(void)
{
	voxseal_companion()->tls_sections(check_section, NULL);
	voxseal_identify_changed();
	wake();
}

static void on_loading(attribute_unused const char *name, attribute_unused const struct ast_sorcery *sorcery,
	const char *type, attribute_unused int reloaded)
{
	if (!strcmp(type, "transport")) {
		ast_mutex_lock(&reading_lock);
		reader = pthread_self();
	}
}

/* Whoever began before this module came has not locked anything. */
static void on_loaded(attribute_unused const char *name, attribute_unused const struct ast_sorcery *sorcery,
	const char *type, attribute_unused int reloaded)
{
	if (!strcmp(type, "transport")) {
		if (pthread_equal(reader, pthread_self())) {
			reader = AST_PTHREADT_NULL;
			ast_mutex_unlock(&reading_lock);
		}
		wake();
	}
}

static const struct ast_sorcery_instance_observer observer = {
	.object_type_loading = on_loading,
	.object_type_loaded = on_loaded,
};

static int start_thread(void)
{
	stopping = 0;
	if (ast_pthread_create_background(&thread, NULL, watch, NULL)) {
		thread = AST_PTHREADT_NULL;
		return -1;
	}
	return 0;
}

static void stop_thread(void)
{
	ast_mutex_lock(&wake_lock);
	stopping = 1;
	ast_cond_signal(&wake_cond);
	ast_mutex_unlock(&wake_lock);
	if (thread != AST_PTHREADT_NULL) {
		pthread_join(thread, NULL);
		thread = AST_PTHREADT_NULL;
	}
}

int voxseal_tls_start(void)
{
	ast_cond_init(&wake_cond, NULL);
	/* First what may fail: it waits until there is a listener, and is told of those at the end. */
	if (start_thread()) {
		ast_cond_destroy(&wake_cond);
		return -1;
	}
	ast_sorcery_instance_observer_add(ast_sip_get_sorcery(), &observer);
	ast_sip_push_task_wait_servant(NULL, look, NULL);
	voxseal_companion()->tls_sections(check_section, NULL);
	wake();
	return 0;
}

int voxseal_tls_stop(void)
{
	stop_thread();
	if (ast_sip_push_task_wait_servant(NULL, give_back, NULL)) {
		ast_log(LOG_ERROR, "res_pjsip_voxseal stays loaded: a TLS listener could not be given back to res_pjsip; try again, or "
			"restart Asterisk\n");
		start_thread();
		return -1;
	}
	ast_sorcery_instance_observer_remove(ast_sip_get_sorcery(), &observer);
	ast_cond_destroy(&wake_cond);
	return 0;
}
