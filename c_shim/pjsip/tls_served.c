/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What each TLS listener serves: its certificate, key and authorities, and the settings of handshakes
 *
 * All of it is done on a thread that pjproject knows, while nobody makes or destroys listeners: tls_watch.c sees to that.
 */

#include "asterisk.h"

#include "asterisk/linkedlists.h"
#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls_listener.h"

/* Between two attempts to open a listener. */
#define RETRY 10
#define NOT_OPENED "transport %s: its listener could not be opened again: see that this machine has its address and no " \
	"other program its port"

struct listener {
	AST_LIST_ENTRY(listener) list;
	/*! The host makes another one with each listener; a reference, so that no other can be at its place in memory */
	struct ast_sip_transport_state *state;
	/*! What pjsip.conf says, or said last: the host keeps the listener of a transport that is taken out */
	struct ast_sip_transport *transport;
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
	/*! It has another certificate, and nobody was told: it did not listen yet */
	int untold;
	int is_there;
	char name[];
};

/*! \brief The lock is held for the list and what is told of it; only the thread changes more */
static AST_LIST_HEAD_STATIC(listeners, listener);

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
	int res = voxseal_tls_listener_restart(listener->transport, host, wanted);

	if (res && !listener->failed) {
		ast_log(LOG_ERROR, NOT_OPENED "; it is tried again every %d seconds\n", listener->name, RETRY);
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

/*! \brief Serve these from now on; a listener that is opened anew may have got what it had */
static void replace_files(struct listener *listener, const struct tls_files *files)
{
	struct tls_files before = listener->files;
	int is_new = before.not_after != files->not_after
		|| memcmp(before.fingerprint, files->fingerprint, sizeof(before.fingerprint));

	AST_LIST_LOCK(&listeners);
	listener->files = *files;
	AST_LIST_UNLOCK(&listeners);
	if (is_new) {
		listener->warned = UINT_MAX;
		listener->untold = before.copies[TLS_CERTIFICATE] > 0;
	}
	if (listener->untold && !listener->failed) {
		ast_log(LOG_NOTICE, "transport %s: the new certificate for %s is served from now on\n", listener->name,
			listener->files.subject);
		listener->untold = 0;
	}
	voxseal_tls_files_free(&before);
}

/*! \brief What is new: settings, names of files, files that look the same twice, or the listener itself */
static void refresh(struct listener *listener, struct ast_sip_transport_state *state)
{
	struct tls_applied wanted = { 0 };
	struct tls_files files = { .not_after = 0 };
	struct tls_names names;
	struct tls_look now;
	/* After a failure all is to be done once more. */
	int is_new = listener->state != state || listener->failed;
	int other_files;

	voxseal_tls_names(listener->transport, &names);
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
		int res = take_files(listener, listener->transport->password, &files);

		listener->handled = now;
		if (!res) {
			if (apply(listener, &files, &wanted)) {
				/* What was there before is named still. */
				voxseal_tls_files_free(&files);
				return;
			}
			replace_files(listener, &files);
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
	struct listener *listener = listener_of(state->id);

	if (listener && transport) {
		ao2_replace(listener->transport, transport);
	}
	if (listener && listener->transport) {
		listener->is_there = 1;
		voxseal_companion()->tls_options(state->id, &listener->options);
		refresh(listener, state);
		voxseal_tls_expiry_look(listener->name, listener->names.name[TLS_CERTIFICATE], &listener->files,
			&listener->options, &listener->warned);
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
			ao2_cleanup(listener->transport);
			ast_free(listener);
		} else {
			listener->is_there = 0;
		}
	}
	AST_LIST_TRAVERSE_SAFE_END;
	AST_LIST_UNLOCK(&listeners);
}

void voxseal_tls_served_look(void)
{
	struct ao2_container *states = ast_sip_get_transport_states();
	struct ao2_iterator each;
	struct ast_sip_transport_state *state;

	if (!states) {
		return;
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
}

unsigned int voxseal_tls_served_pause(void)
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

static int give_back(const struct listener *listener)
{
	int res = voxseal_tls_listener_restart(listener->transport, NULL, NULL);

	if (res > 0) {
		ast_log(LOG_ERROR, NOT_OPENED ", then restart Asterisk\n", listener->name);
	}
	return res < 0 ? -1 : 0;
}

int voxseal_tls_served_give_back(void)
{
	struct listener *listener;
	int res = 0;

	AST_LIST_TRAVERSE(&listeners, listener, list) {
		res |= give_back(listener);
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
