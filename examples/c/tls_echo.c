/*
 * TLS on sockets of the program's own: a server that gives back what it gets, and a client that sends its input.
 *
 *   tls_echo serve PBX.pem               prints the port that it listens on, and serves until its input ends
 *   tls_echo connect PORT CA.pem NAME    sends each line of its input to NAME on this machine, and prints the answers
 *
 *   cc -std=c99 -Iinclude examples/c/tls_echo.c -o tls_echo -Ltarget/release -lvoxseal
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "voxseal.h"

enum { MAX_PEERS = 16, PIECE = 16384 };

/* A socket and the TLS on it. */
struct peer {
	int socket;
	voxseal_tls_connection *tls;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t) now.tv_sec * 1000 + (uint64_t) now.tv_nsec / 1000000;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "tls_echo: %s: %s\n", what, why);
	exit(1);
}

static void must(voxseal_status status, const char *what)
{
	if (status != VOXSEAL_OK) {
		die(what, voxseal_status_str(status));
	}
}

/* Called by the library when something happens to a connection; without any lock, so it may look at it. */
static void report(void *user, voxseal_tls_connection *connection, const voxseal_tls_event *event)
{
	(void) user;
	(void) connection;
	fprintf(stderr, "tls_echo: %s: %s\n", event->kind == VOXSEAL_TLS_EVENT_ESTABLISHED ? "established" :
		event->kind == VOXSEAL_TLS_EVENT_REFUSED ? "refused" : "alert", event->text);
}

static voxseal_tls_context *make_context(const char *certificate, const char *trust)
{
	char reason[512] = "";
	voxseal_tls_policy *policy = NULL;
	voxseal_tls_context *context = NULL;
	voxseal_tls_identity identity;

	must(voxseal_tls_policy_new(&policy), "policy");
	must(voxseal_tls_context_new(policy, &context), "context");
	voxseal_tls_policy_free(policy);
	must(voxseal_tls_context_set_hook(context, VOXSEAL_TLS_EVENT_ESTABLISHED | VOXSEAL_TLS_EVENT_REFUSED
		| VOXSEAL_TLS_EVENT_ALERT, report, NULL), "hook");
	if (certificate != NULL) {
		memset(&identity, 0, sizeof(identity));
		identity.struct_size = sizeof(identity);
		identity.certificate_files = &certificate;
		identity.certificate_file_count = 1;
		must(voxseal_tls_context_add_identity(context, VOXSEAL_INBOUND, &identity), "certificate");
	}
	if (trust != NULL) {
		must(voxseal_tls_context_add_trust(context, VOXSEAL_OUTBOUND, trust), "trust");
	}
	if (voxseal_tls_context_load(context, now_ms(), reason, sizeof(reason)) != VOXSEAL_OK) {
		die("load", reason);
	}
	return context;
}

/* Sends all that the library has for the peer; 0 when the socket is gone. */
static int flush(const struct peer *peer)
{
	uint8_t bytes[PIECE];
	size_t count = 0, sent;

	while (voxseal_tls_connection_take(peer->tls, bytes, sizeof(bytes), &count) == VOXSEAL_OK && count > 0) {
		for (sent = 0; sent < count;) {
			ssize_t written = write(peer->socket, bytes + sent, count - sent);

			if (written < 0 && errno != EINTR) {
				return 0;
			}
			sent += written > 0 ? (size_t) written : 0;
		}
	}
	return 1;
}

/* Takes what the socket has, and hands plaintext to `use`; 0 when the connection has ended. */
static int receive(const struct peer *peer, int (*use)(const struct peer *, const uint8_t *, size_t))
{
	uint8_t bytes[PIECE];
	size_t count = 0;
	ssize_t arrived = read(peer->socket, bytes, sizeof(bytes));
	voxseal_status status;

	if (arrived < 0) {
		return errno == EINTR;
	}
	status = arrived == 0 ? voxseal_tls_connection_end(peer->tls)
		: voxseal_tls_connection_feed(peer->tls, bytes, (size_t) arrived, now_ms());
	while (status == VOXSEAL_OK) {
		status = voxseal_tls_connection_read(peer->tls, bytes, sizeof(bytes), &count);
		if (status == VOXSEAL_ERR_TLS_NOT_ESTABLISHED || (status == VOXSEAL_OK && count == 0)) {
			return flush(peer);
		}
		if (status == VOXSEAL_OK && !use(peer, bytes, count)) {
			break;
		}
	}
	flush(peer); /* an alert or a close-notify */
	return 0;
}

static int give_back(const struct peer *peer, const uint8_t *bytes, size_t count)
{
	return voxseal_tls_connection_write(peer->tls, bytes, count) == VOXSEAL_OK;
}

static int print(const struct peer *peer, const uint8_t *bytes, size_t count)
{
	(void) peer;
	return fwrite(bytes, 1, count, stdout) == count && fflush(stdout) == 0;
}

static void drop(struct peer *peer)
{
	close(peer->socket);
	voxseal_tls_connection_free(peer->tls);
	peer->tls = NULL;
}

static void take_in(voxseal_tls_context *context, int listener, struct peer *peers)
{
	int socket = accept(listener, NULL, NULL), i;

	for (i = 0; socket >= 0 && i < MAX_PEERS; i++) {
		if (peers[i].tls == NULL) {
			peers[i].socket = socket;
			if (voxseal_tls_connection_new(context, VOXSEAL_INBOUND, NULL, now_ms(), &peers[i].tls)
				== VOXSEAL_OK) {
				return;
			}
			break;
		}
	}
	if (socket >= 0) {
		close(socket); /* no place for it, or too many in their handshakes */
	}
}

static struct sockaddr_in local(uint16_t port)
{
	struct sockaddr_in address;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static void serve(voxseal_tls_context *context)
{
	struct peer peers[MAX_PEERS];
	struct pollfd polled[MAX_PEERS + 2];
	struct sockaddr_in address = local(0);
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), i;

	memset(peers, 0, sizeof(peers));
	if (listener < 0 || bind(listener, (struct sockaddr *) &address, size) || listen(listener, MAX_PEERS)
		|| getsockname(listener, (struct sockaddr *) &address, &size)) {
		die("listen", strerror(errno));
	}
	printf("%u\n", (unsigned) ntohs(address.sin_port));
	fflush(stdout);
	for (;;) {
		for (i = 0; i < MAX_PEERS; i++) {
			polled[i].fd = peers[i].tls != NULL ? peers[i].socket : -1;
			polled[i].events = POLLIN;
		}
		polled[MAX_PEERS].fd = listener;
		polled[MAX_PEERS + 1].fd = STDIN_FILENO;
		polled[MAX_PEERS].events = polled[MAX_PEERS + 1].events = POLLIN;
		/* Once in a second at least, for peers who never finish their handshakes. */
		if (poll(polled, MAX_PEERS + 2, 1000) < 0) {
			if (errno != EINTR) {
				die("poll", strerror(errno));
			}
			continue;
		}
		for (i = 0; i < MAX_PEERS; i++) {
			if (peers[i].tls != NULL && ((polled[i].revents && !receive(&peers[i], give_back))
				|| voxseal_tls_connection_check_time(peers[i].tls, now_ms()) != VOXSEAL_OK)) {
				drop(&peers[i]);
			}
		}
		if (polled[MAX_PEERS].revents) {
			take_in(context, listener, peers);
		}
		if (polled[MAX_PEERS + 1].revents) {
			break;
		}
	}
	for (i = 0; i < MAX_PEERS; i++) {
		if (peers[i].tls != NULL) {
			drop(&peers[i]);
		}
	}
	close(listener);
}

static void talk(voxseal_tls_context *context, uint16_t port, const char *name)
{
	struct sockaddr_in address = local(port);
	voxseal_tls_connection_info info;
	struct pollfd polled[2];
	struct peer peer;
	char line[1024];

	peer.socket = socket(AF_INET, SOCK_STREAM, 0);
	if (peer.socket < 0 || connect(peer.socket, (struct sockaddr *) &address, sizeof(address))) {
		die("connect", strerror(errno));
	}
	must(voxseal_tls_connection_new(context, VOXSEAL_OUTBOUND, name, now_ms(), &peer.tls), "connection");
	info.struct_size = sizeof(info);
	while (flush(&peer) && voxseal_tls_connection_info_read(peer.tls, &info) == VOXSEAL_OK) {
		polled[0].fd = peer.socket;
		/* The input has to wait until it is known who the peer is. */
		polled[1].fd = info.state == VOXSEAL_TLS_ESTABLISHED ? STDIN_FILENO : -1;
		polled[0].events = polled[1].events = POLLIN;
		polled[0].revents = polled[1].revents = 0;
		if (poll(polled, 2, 1000) < 0 || (polled[0].revents && !receive(&peer, print))
			|| voxseal_tls_connection_check_time(peer.tls, now_ms()) != VOXSEAL_OK) {
			break;
		}
		if (polled[1].revents) {
			if (fgets(line, sizeof(line), stdin) == NULL) {
				must(voxseal_tls_connection_close(peer.tls), "close");
				flush(&peer);
				break;
			}
			must(voxseal_tls_connection_write(peer.tls, (const uint8_t *) line, strlen(line)), "write");
		}
	}
	drop(&peer);
}

int main(int argc, char **argv)
{
	voxseal_tls_context *context;

	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdin, NULL, _IONBF, 0); /* what poll does not see must not wait in a buffer */
	if (argc == 3 && strcmp(argv[1], "serve") == 0) {
		context = make_context(argv[2], NULL);
		serve(context);
	} else if (argc == 5 && strcmp(argv[1], "connect") == 0) {
		context = make_context(NULL, argv[3]);
		talk(context, (uint16_t) atoi(argv[2]), argv[4]);
	} else {
		fprintf(stderr, "usage: tls_echo serve PBX.pem | connect PORT CA.pem NAME\n");
		return 2;
	}
	voxseal_tls_context_free(context);
	return 0;
}
