/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Keeps the certificates of TLS listeners fresh, and warns before they end
 *
 * A thread looks at the files from time to time, and when the settings or pjsip.conf were read anew.
 */

#include "asterisk.h"

#include "asterisk/linkedlists.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/manager.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls_listener.h"

#define SECONDS_OF_A_DAY 86400
/* Between two attempts to open a listener. */
#define RETRY 10

struct listener {
	AST_LIST_ENTRY(listener) list;
	/*! The host makes another one with each listener; a reference, so that no other can be at its place in memory */
	struct ast_sip_transport_state *state;
	struct tls_names names;
	/*! How the files looked the last time, and when something was done about them */
	struct tls_look last;
	struct tls_look handled;
	struct tls_files files;
	struct tls_applied applied;
	struct shim_tls_options options;
	char refused[512];
	/*! The shortest of expiry_warnings that was given, and UINT_MAX before any */
	unsigned int warned;
	/*! It is to be tried again, whatever the settings say */
	int failed;
	int is_there;
	char name[];
};

/*! \brief The lock is held for the list and what is told of it; only the thread changes more */
static AST_LIST_HEAD_STATIC(listeners, listener);

static pthread_t thread = AST_PTHREADT_NULL;
AST_MUTEX_DEFINE_STATIC(wake_lock);
static ast_cond_t wake_cond;
static int woken;
static int stopping;

static void names_of(const struct ast_sip_transport *transport, struct tls_names *names)
{
	memset(names, 0, sizeof(*names));
	ast_copy_string(names->name[TLS_CERTIFICATE], transport->cert_file, sizeof(names->name[0]));
	ast_copy_string(names->name[TLS_KEY], transport->privkey_file, sizeof(names->name[0]));
	ast_copy_string(names->name[TLS_AUTHORITIES], transport->ca_list_file, sizeof(names->name[0]));
}

static void warn(const struct listener *listener, long days)
{
	char when[32] = "";
	struct tm broken_down;

	gmtime_r(&listener->files.not_after, &broken_down);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &broken_down);
	ast_log(LOG_WARNING, "transport %s: the certificate in %s, or one that it comes with, ends at %s, in %ld days: renew "
		"it\n", listener->name, listener->names.name[TLS_CERTIFICATE], when, days);
	/*** DOCUMENTATION ***/
	manager_event(EVENT_FLAG_SYSTEM, "TLSCertificateExpiring",
		"Transport: %s\r\nFile: %s\r\nSubject: %s\r\nNotAfter: %s\r\nDaysLeft: %ld\r\n",
		listener->name, listener->names.name[TLS_CERTIFICATE], listener->files.subject, when, days);
}

/*! \brief Warn once for each number of days, the last time when it is over */
static void look_at_end(struct listener *listener)
{
	long left = (long) (listener->files.not_after - time(NULL));
	long days = left / SECONDS_OF_A_DAY;
	unsigned int reached = UINT_MAX;
	int i;

	if (!listener->files.not_after) {
		return;
	}
	for (i = 0; listener->options.expiry_warnings[i]; i++) {
		if (left <= (long) listener->options.expiry_warnings[i] * SECONDS_OF_A_DAY) {
			reached = left < 0 ? 0 : listener->options.expiry_warnings[i];
		}
	}
	if (reached < listener->warned) {
		listener->warned = reached;
		warn(listener, days);
	}
}

/*! \brief Take the files as they are now; 0, or -1 after it was said why those from before are served on */
static int take_files(struct listener *listener, const char *password, struct tls_files *files)
{
	char reason[512] = "";
	int res = voxseal_tls_files_take(&listener->names, password, files, reason, sizeof(reason));

	if (res) {
		ast_log(LOG_ERROR, "transport %s: %s. Until then %s\n", listener->name, reason, listener->files.copies[0] > 0
			? "the certificate from before is served" : "the host uses the files as they are");
	}
	AST_LIST_LOCK(&listeners);
	ast_copy_string(listener->refused, reason, sizeof(listener->refused));
	AST_LIST_UNLOCK(&listeners);
	return res;
}

/*!
 * \brief Put files and settings into the listener
 *
 * \retval 0 it has them, though it may not listen; then it is tried again
 * \retval -1 it has what it had before
 */
static int apply(struct listener *listener, const struct tls_files *files, const struct tls_applied *wanted)
{
	const struct tls_names *host = files->copies[TLS_CERTIFICATE] > 0 ? &files->host : &listener->names;
	int res = voxseal_tls_listener_restart(listener->name, host, wanted);

	if (res && !listener->failed) {
		ast_log(LOG_ERROR, "transport %s: its listener could not be opened again: see that no other program has its port; "
			"it is tried again every %d seconds\n", listener->name, RETRY);
	}
	AST_LIST_LOCK(&listeners);
	listener->failed = res != 0;
	AST_LIST_UNLOCK(&listeners);
	if (res < 0) {
		return -1;
	}
	listener->applied = *wanted;
	return 0;
}

static void replace_files(struct listener *listener, const struct tls_files *files)
{
	struct tls_files before = listener->files;

	AST_LIST_LOCK(&listeners);
	listener->files = *files;
	AST_LIST_UNLOCK(&listeners);
	listener->warned = UINT_MAX;
	voxseal_tls_files_free(&before);
}

/*! \brief What is new: settings, names of files, files that look the same twice, or the listener itself */
static void refresh(struct listener *listener, const struct ast_sip_transport *transport,
	struct ast_sip_transport_state *state)
{
	struct tls_applied wanted = { 0 };
	struct tls_files files = { .not_after = 0 };
	struct tls_names names;
	struct tls_look now;
	int is_new = listener->state != state;
	int other_files;

	/* After a failure all is to be done once more. */
	is_new |= listener->failed;
	names_of(transport, &names);
	voxseal_tls_look(&names, &now);
	voxseal_tls_wanted(&listener->options, &wanted);
	other_files = is_new || memcmp(&names, &listener->names, sizeof(names))
		|| (listener->options.watch && voxseal_tls_look_differs(&now, &listener->handled)
			&& !voxseal_tls_look_differs(&now, &listener->last));
	AST_LIST_LOCK(&listeners);
	listener->names = names;
	AST_LIST_UNLOCK(&listeners);
	listener->last = now;
	ao2_replace(listener->state, state);
	if (other_files) {
		int res = take_files(listener, transport->password, &files);

		listener->handled = now;
		if (!res) {
			int had = listener->files.copies[TLS_CERTIFICATE] > 0;

			if (apply(listener, &files, &wanted)) {
				/* What was there before is named still. */
				voxseal_tls_files_free(&files);
				return;
			}
			replace_files(listener, &files);
			if (had) {
				ast_log(LOG_NOTICE, "transport %s: the new certificate for %s is served from now on\n",
					listener->name, listener->files.subject);
			}
			return;
		}
	}
	if (is_new || memcmp(&wanted, &listener->applied, sizeof(wanted))) {
		apply(listener, &listener->files, &wanted);
	}
}

static struct listener *listener_of(const char *name)
{
	struct listener *listener;

	AST_LIST_TRAVERSE(&listeners, listener, list) {
		if (!strcmp(listener->name, name)) {
			return listener;
		}
	}
	listener = ast_calloc(1, sizeof(*listener) + strlen(name) + 1);
	if (listener) {
		strcpy(listener->name, name); /* Fits, it was allocated for that. */
		listener->warned = UINT_MAX;
		AST_LIST_LOCK(&listeners);
		AST_LIST_INSERT_TAIL(&listeners, listener, list);
		AST_LIST_UNLOCK(&listeners);
	}
	return listener;
}

static void look_at(struct ast_sip_transport_state *state)
{
	struct ast_sip_transport *transport = ast_sorcery_retrieve_by_id(ast_sip_get_sorcery(), "transport", state->id);
	struct listener *listener = transport ? listener_of(state->id) : NULL;

	if (listener) {
		listener->is_there = 1;
		voxseal_companion()->tls_options(state->id, &listener->options);
		refresh(listener, transport, state);
		look_at_end(listener);
	}
	ao2_cleanup(transport);
}

/*! \brief Forget listeners that are there no longer */
static void sweep(void)
{
	struct listener *listener;

	AST_LIST_LOCK(&listeners);
	AST_LIST_TRAVERSE_SAFE_BEGIN(&listeners, listener, list) {
		if (!listener->is_there) {
			AST_LIST_REMOVE_CURRENT(list);
			voxseal_tls_files_free(&listener->files);
			ao2_cleanup(listener->state);
			ast_free(listener);
		} else {
			listener->is_there = 0;
		}
	}
	AST_LIST_TRAVERSE_SAFE_END;
	AST_LIST_UNLOCK(&listeners);
}

/*! \brief Look at all listeners; a task on a thread that pjproject knows */
static int look(attribute_unused void *data)
{
	struct ao2_container *states = ast_sip_get_transport_states();
	struct ao2_iterator each;
	struct ast_sip_transport_state *state;

	if (!states) {
		return -1;
	}
	each = ao2_iterator_init(states, 0);
	for (; (state = ao2_iterator_next(&each)); ao2_ref(state, -1)) {
		if (state->type == AST_TRANSPORT_TLS && !state->flow && state->factory) {
			look_at(state);
		}
	}
	ao2_iterator_destroy(&each);
	ao2_ref(states, -1);
	sweep();
	return 0;
}

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

/*! \brief Seconds until the next look; 0: until something is read anew */
static unsigned int pause_between_looks(void)
{
	struct listener *listener;
	unsigned int least = 0;

	AST_LIST_LOCK(&listeners);
	AST_LIST_TRAVERSE(&listeners, listener, list) {
		unsigned int watch = listener->failed ? RETRY : listener->options.watch;

		if (watch && (!least || watch < least)) {
			least = watch;
		}
	}
	AST_LIST_UNLOCK(&listeners);
	return least;
}

static void wait_for_next(void)
{
	unsigned int seconds = pause_between_looks();
	struct timespec until = { .tv_sec = time(NULL) + seconds };
	int res = 0;

	ast_mutex_lock(&wake_lock);
	while (!woken && !stopping && !res) {
		res = seconds ? ast_cond_timedwait(&wake_cond, &wake_lock, &until) : ast_cond_wait(&wake_cond, &wake_lock);
	}
	woken = 0;
	ast_mutex_unlock(&wake_lock);
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

static void on_loaded(attribute_unused const char *type)
{
	wake();
}

static const struct ast_sorcery_observer observer = { .loaded = on_loaded };

/*! \brief Whether the host has this listener no longer, so that nothing of ours is named in it */
static int is_gone(const struct listener *listener)
{
	struct ast_sip_transport_state *state = ast_sip_get_transport_state(listener->name);
	int gone = state != listener->state;

	ao2_cleanup(state);
	return gone;
}

/*!
 * \brief Give all listeners back as pjsip.conf has them; a task on a thread that pjproject knows
 *
 * \retval -1 one of them still has what is ours, and must not lose it; at the next look all get it again
 */
static int give_back(attribute_unused void *data)
{
	struct listener *listener;
	int res = 0;

	AST_LIST_TRAVERSE(&listeners, listener, list) {
		if (voxseal_tls_listener_restart(listener->name, NULL, NULL) < 0 && !is_gone(listener)) {
			res = -1;
		}
	}
	AST_LIST_LOCK(&listeners);
	AST_LIST_TRAVERSE(&listeners, listener, list) {
		listener->failed = res != 0;
		listener->is_there = res != 0;
	}
	AST_LIST_UNLOCK(&listeners);
	sweep();
	return res;
}

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
	voxseal_tls_connections_watch();
	ast_sip_push_task_wait_servant(NULL, look, NULL);
	ast_sorcery_observer_add(ast_sip_get_sorcery(), "transport", &observer);
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
	ast_sorcery_observer_remove(ast_sip_get_sorcery(), "transport", &observer);
	voxseal_tls_connections_unwatch();
	ast_cond_destroy(&wake_cond);
	return 0;
}

void voxseal_tls_certificates(void (*each)(const struct shim_tls_certificate *certificate, void *data), void *data)
{
	struct listener *listener;

	AST_LIST_LOCK(&listeners);
	AST_LIST_TRAVERSE(&listeners, listener, list) {
		const struct shim_tls_certificate told = {
			.transport = listener->name,
			.file = listener->names.name[TLS_CERTIFICATE],
			.subject = listener->files.subject,
			.not_after = listener->files.not_after,
			.refused = listener->refused,
		};

		each(&told, data);
	}
	AST_LIST_UNLOCK(&listeners);
}
