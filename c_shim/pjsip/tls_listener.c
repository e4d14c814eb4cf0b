/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Other settings for a live TLS listener: its socket is opened anew, and its connections stay
 *
 * That is done on the thread on which the host accepts connections and shakes hands, between two of
 * its events: nobody else touches the listener meanwhile.
 */

#include "asterisk.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>

#include "asterisk/lock.h"
#include "asterisk/logger.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/sorcery.h"
#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "tls_listener.h"

/* The thread looks at its timers every 10 ms. */
#define PATIENCE 10
/* How often it is tried to open the socket when another program has taken the port in between. */
#define TRIES 3

struct restart {
	pj_timer_entry entry;
	const char *name;
	struct ast_sip_transport_state *state;
	pjsip_tls_setting setting;
	pj_status_t status;
	/*! The listener was given the setting */
	int given;
	ast_mutex_t lock;
	ast_cond_t cond;
	int done;
};

/*! \brief Say at most once a second that handshakes fail: there may be thousands */
static void on_accept_fail(const pjsip_tls_on_accept_fail_param *param)
{
	static time_t said;
	static unsigned int unsaid;
	char address[PJ_INET6_ADDRSTRLEN + 10];
	const char *cause = ERR_reason_error_string((unsigned int) param->last_native_err);
	char text[PJ_ERR_MSG_SIZE];

	voxseal_tls_count_failed();
	if (said == time(NULL)) {
		unsaid++;
		return;
	}
	said = time(NULL);
	pj_strerror(param->status, text, sizeof(text));
	ast_log(LOG_NOTICE, "The TLS handshake of %s failed: %s (and %u before it that were not told)\n",
		pj_sockaddr_print(param->remote_addr, address, sizeof(address), 3), S_OR(cause, text), unsaid);
	unsaid = 0;
}

static unsigned int versions_mask(unsigned int oldest, unsigned int newest)
{
	static const unsigned int bits[] = {
		PJ_SSL_SOCK_PROTO_TLS1, PJ_SSL_SOCK_PROTO_TLS1_1, PJ_SSL_SOCK_PROTO_TLS1_2, PJ_SSL_SOCK_PROTO_TLS1_3,
	};
	unsigned int mask = 0;
	unsigned int version;

	for (version = oldest; oldest && version <= newest; version++) {
		mask |= bits[version - 0x0301];
	}
	return mask;
}

static void add_option(pj_sockopt_params *params, int level, int name, const int *value)
{
	unsigned int i = params->cnt++;

	params->options[i].level = level;
	params->options[i].optname = name;
	params->options[i].optval = (void *) value;
	params->options[i].optlen = sizeof(*value);
}

/*! \brief The options of sockets as the host sets them; what it keeps of them may have been freed since */
static void set_socket_options(attribute_unused const struct ast_sip_transport *transport, pj_sockopt_params *params)
{
	static const int on = 1;

	memset(params, 0, sizeof(*params));
	add_option(params, pj_SOL_TCP(), pj_TCP_NODELAY(), &on);
#if defined(HAS_TCP_KEEPALIVE) && defined(PJ_MAX_SOCKOPT_PARAMS) && PJ_MAX_SOCKOPT_PARAMS >= 5
	if (transport->tcp_keepalive_enable) {
		add_option(params, pj_SOL_SOCKET(), SO_KEEPALIVE, &on);
		add_option(params, pj_SOL_TCP(), TCP_KEEPIDLE, &transport->tcp_keepalive_idle_time);
		add_option(params, pj_SOL_TCP(), TCP_KEEPINTVL, &transport->tcp_keepalive_interval_time);
		add_option(params, pj_SOL_TCP(), TCP_KEEPCNT, &transport->tcp_keepalive_probe_count);
	}
#endif
}

/*! \brief pjsip.conf's settings of the listener; all texts are those of the transport object */
static void set_as_host(const struct ast_sip_transport_state *state, const struct ast_sip_transport *transport,
	pjsip_tls_setting *setting)
{
	*setting = state->tls;
	setting->ciphers = (pj_ssl_cipher *) state->ciphers;
	setting->password = pj_str((char *) transport->password);
	setting->ca_list_path = pj_str((char *) transport->ca_list_path);
	setting->ca_list_file = pj_str((char *) transport->ca_list_file);
	setting->cert_file = pj_str((char *) transport->cert_file);
	setting->privkey_file = pj_str((char *) transport->privkey_file);
	set_socket_options(transport, &setting->sockopt_params);
}

/*!
 * \brief Whether somebody listens there, which the host does not find out: then the port cannot be had
 *
 * It cannot be had either where the address is away, or where nobody may have it. Then nobody listens.
 */
static int listens(const pj_sockaddr *address)
{
	int on = 1;
	int sock = socket(address->addr.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int taken = 0;

	if (sock >= 0) {
		setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		taken = (bind(sock, (const struct sockaddr *) address, pj_sockaddr_get_len(address)) || listen(sock, 1))
			&& errno == EADDRINUSE;
		close(sock);
	}
	return taken;
}

static void on_timer(attribute_unused pj_timer_heap_t *heap, pj_timer_entry *entry)
{
	struct restart *restart = entry->user_data;
	struct ast_sip_transport_state *now = ast_sip_get_transport_state(restart->name);
	int tries;

	restart->status = PJ_ENOTFOUND;
	/* A reload may have replaced the listener since. */
	if (now == restart->state && now->factory) {
		for (tries = 0; tries < TRIES; tries++) {
			restart->given = 1;
			restart->status = pjsip_tls_transport_restart2(now->factory, &restart->setting, &now->host, NULL);
			/* Where the host keeps the name of the transport. */
			sprintf(now->factory->info, "%s", restart->name);
			if (listens(&now->host)) {
				break;
			}
			restart->status = PJ_EUNKNOWN;
		}
	}
	ao2_cleanup(now);
	ast_mutex_lock(&restart->lock);
	restart->done = 1;
	ast_cond_signal(&restart->cond);
	ast_mutex_unlock(&restart->lock);
}

/*! \brief Have it done and wait for it; 0, or 1 when it failed, or -1 when the thread does not come to it */
static int run(struct restart *restart)
{
	pj_timer_heap_t *heap = pjsip_endpt_get_timer_heap(ast_sip_get_pjsip_endpoint());
	const pj_time_val at_once = { 0, 0 };
	struct timespec until = { .tv_sec = time(NULL) + PATIENCE };

	pj_timer_entry_init(&restart->entry, 1, restart, on_timer);
	if (pj_timer_heap_schedule(heap, &restart->entry, &at_once) != PJ_SUCCESS) {
		return -1;
	}
	ast_mutex_lock(&restart->lock);
	while (!restart->done && !ast_cond_timedwait(&restart->cond, &restart->lock, &until)) {
	}
	ast_mutex_unlock(&restart->lock);
	/* When it cannot be taken back, it runs just now. */
	if (!restart->done && pj_timer_heap_cancel(heap, &restart->entry) <= 0) {
		ast_mutex_lock(&restart->lock);
		while (!restart->done) {
			ast_cond_wait(&restart->cond, &restart->lock);
		}
		ast_mutex_unlock(&restart->lock);
	}
	if (!restart->done || !restart->given) {
		return -1;
	}
	return restart->status == PJ_SUCCESS ? 0 : 1;
}

void voxseal_tls_names(const struct ast_sip_transport *transport, struct tls_names *names)
{
	memset(names, 0, sizeof(*names));
	ast_copy_string(names->name[TLS_CERTIFICATE], transport->cert_file, sizeof(names->name[0]));
	ast_copy_string(names->name[TLS_KEY], transport->privkey_file, sizeof(names->name[0]));
	ast_copy_string(names->name[TLS_AUTHORITIES], transport->ca_list_file, sizeof(names->name[0]));
}

void voxseal_tls_wanted(const struct shim_tls_options *options, struct tls_applied *wanted)
{
	wanted->versions = versions_mask(options->min_version, options->max_version);
	wanted->handshake_timeout = options->handshake_timeout;
}

/*! \brief The settings' versions, or 0 for those of `method`; all where neither says any, as the host's TLS 1.0 serves nobody */
static unsigned int versions_of(const pjsip_tls_setting *host, const struct tls_applied *wanted)
{
	return wanted->versions || host->method != PJSIP_SSL_UNSPECIFIED_METHOD ? wanted->versions
		: versions_mask(0x0301, 0x0304);
}

int voxseal_tls_listener_restart(const struct ast_sip_transport *transport, const struct tls_names *names,
	const struct tls_applied *wanted)
{
	const char *name = ast_sorcery_object_get_id(transport);
	struct restart restart = { .name = name, .state = ast_sip_get_transport_state(name) };
	int res = wanted ? -1 : 0;

	if (restart.state && restart.state->factory) {
		set_as_host(restart.state, transport, &restart.setting);
		if (wanted) {
			restart.setting.ca_list_file = pj_str((char *) names->name[TLS_AUTHORITIES]);
			restart.setting.cert_file = pj_str((char *) names->name[TLS_CERTIFICATE]);
			restart.setting.privkey_file = pj_str((char *) names->name[TLS_KEY]);
			restart.setting.proto = versions_of(&restart.setting, wanted);
			restart.setting.timeout.sec = wanted->handshake_timeout;
			restart.setting.on_accept_fail_cb = on_accept_fail;
		}
		ast_mutex_init(&restart.lock);
		ast_cond_init(&restart.cond, NULL);
		res = run(&restart);
		ast_cond_destroy(&restart.cond);
		ast_mutex_destroy(&restart.lock);
	}
	ao2_cleanup(restart.state);
	return res;
}
