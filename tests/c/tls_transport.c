/*
 * Both ends of TLS connections, without sockets. The argument is a folder with ca.pem, other.pem and pbx.pem, which is
 * for pbx.test and has its key in it.
 */

#include <string.h>
#include <time.h>

#include "check.h"

enum { PATH_SIZE = 512, TEXT_SIZE = 2048 };

static char ca[PATH_SIZE], other_ca[PATH_SIZE], pbx[PATH_SIZE];
static char text[TEXT_SIZE];

static uint64_t now_ms(void)
{
	return (uint64_t) time(NULL) * 1000;
}

/* What the hook was told. */
struct told {
	unsigned established, refused, alerts, keys;
	voxseal_status rule;
	voxseal_tls_connection *last;
};

static void hook(void *user, voxseal_tls_connection *connection, const voxseal_tls_event *event)
{
	struct told *told = user;
	voxseal_tls_connection_info info;

	told->established += event->kind == VOXSEAL_TLS_EVENT_ESTABLISHED;
	told->refused += event->kind == VOXSEAL_TLS_EVENT_REFUSED;
	told->alerts += event->kind == VOXSEAL_TLS_EVENT_ALERT;
	told->keys += event->kind == VOXSEAL_TLS_EVENT_KEY;
	if (event->kind == VOXSEAL_TLS_EVENT_REFUSED) {
		told->rule = event->rule;
	}
	told->last = connection;
	CHECK(event->struct_size == sizeof(*event) && event->text[0] != '\0');
	/* No lock is held: this would wait for ever. */
	info.struct_size = sizeof(info);
	CHECK_OK(voxseal_tls_connection_info_read(connection, &info));
	CHECK(voxseal_tls_connection_check_time(connection, now_ms()) != VOXSEAL_ERR_POISONED);
}

static voxseal_tls_context *make_context(const char *trust)
{
	const char *files[] = { pbx };
	voxseal_tls_policy *policy = NULL;
	voxseal_tls_context *context = NULL;
	voxseal_tls_identity identity;

	CHECK_OK(voxseal_tls_policy_new(&policy));
	CHECK_OK(voxseal_tls_context_new(policy, &context));
	voxseal_tls_policy_free(policy);
	/* Valgrind on a busy machine takes longer than the ten seconds of the default. */
	CHECK_OK(voxseal_tls_context_set(context, "handshake_millis", "600000", text, sizeof(text)));
	memset(&identity, 0, sizeof(identity));
	identity.struct_size = sizeof(identity);
	identity.certificate_files = files;
	identity.certificate_file_count = 1;
	CHECK_OK(voxseal_tls_identity_check(&identity, now_ms(), text, sizeof(text)));
	CHECK_OK(voxseal_tls_context_add_identity(context, VOXSEAL_INBOUND, &identity));
	CHECK_OK(voxseal_tls_context_add_trust(context, VOXSEAL_OUTBOUND, trust));
	CHECK_OK(voxseal_tls_context_load(context, now_ms(), text, sizeof(text)));
	return context;
}

static voxseal_tls_connection *make_connection(voxseal_tls_context *context, uint32_t direction, const char *name)
{
	voxseal_tls_connection *connection = NULL;

	CHECK_OK(voxseal_tls_connection_new(context, direction, name, now_ms(), &connection));
	return connection;
}

static uint32_t state_of(const voxseal_tls_connection *connection)
{
	voxseal_tls_connection_info info;

	info.struct_size = sizeof(info);
	CHECK_OK(voxseal_tls_connection_info_read(connection, &info));
	return info.state;
}

/* Carries what one end has to send to the other; gives 0 when there was nothing. */
static int carry(voxseal_tls_connection *from, voxseal_tls_connection *to)
{
	uint8_t bytes[700];
	size_t count = 0, all = 0;

	for (;;) {
		CHECK_OK(voxseal_tls_connection_take(from, bytes, sizeof(bytes), &count));
		if (count == 0) {
			return all > 0;
		}
		all += count;
		(void) voxseal_tls_connection_feed(to, bytes, count, now_ms());
	}
}

static void exchange(voxseal_tls_connection *a, voxseal_tls_connection *b)
{
	int more;

	do {
		more = carry(a, b);
		more |= carry(b, a);
	} while (more);
}

static void expect_text(const voxseal_tls_connection *connection, uint32_t which, const char *part)
{
	size_t needed = 0;

	CHECK_OK(voxseal_tls_connection_text(connection, which, text, sizeof(text), &needed));
	CHECK(needed == strlen(text) + 1);
	if (strstr(text, part) == NULL) {
		fprintf(stderr, "no \"%s\" in \"%s\"\n", part, text);
	}
	CHECK(strstr(text, part) != NULL);
}

static void plaintext_goes_both_ways_and_the_end_is_orderly(void)
{
	voxseal_tls_context *context = make_context(ca);
	voxseal_tls_connection *client = make_connection(context, VOXSEAL_OUTBOUND, "pbx.test");
	voxseal_tls_connection *server = make_connection(context, VOXSEAL_INBOUND, NULL);
	voxseal_tls_connection_info info;
	uint8_t bytes[64];
	size_t count = 77, half_open = 77;

	CHECK_STATUS(voxseal_tls_connection_write(client, bytes, 1), VOXSEAL_ERR_TLS_NOT_ESTABLISHED);
	CHECK_STATUS(voxseal_tls_connection_read(server, bytes, 1, &count), VOXSEAL_ERR_TLS_NOT_ESTABLISHED);
	CHECK(count == 77);
	CHECK_OK(voxseal_tls_context_half_open(context, &half_open));
	CHECK(half_open == 1);
	exchange(client, server);
	CHECK_OK(voxseal_tls_context_half_open(context, &half_open));
	CHECK(half_open == 0);
	info.struct_size = sizeof(info);
	CHECK_OK(voxseal_tls_connection_info_read(client, &info));
	CHECK(info.state == VOXSEAL_TLS_ESTABLISHED && info.verdict == VOXSEAL_TLS_ACCEPT && info.rule == VOXSEAL_OK);
	CHECK(info.version == 0x0304 && info.cipher_bits >= 128 && info.has_certificate && !info.resumed);
	CHECK(info.deadline_ms == 0 && info.failure == VOXSEAL_OK);
	expect_text(client, VOXSEAL_TLS_TEXT_REASON, "a good certificate for pbx.test");
	expect_text(client, VOXSEAL_TLS_TEXT_CIPHER, "TLS_");
	expect_text(client, VOXSEAL_TLS_TEXT_PEER_SUBJECT, "CN=pbx.test");
	expect_text(client, VOXSEAL_TLS_TEXT_PEER_NAMES, "DNS pbx.test");
	expect_text(client, VOXSEAL_TLS_TEXT_PEER_FINGERPRINT, ":");
	expect_text(client, VOXSEAL_TLS_TEXT_PEER_CERTIFICATE, "valid until");
	expect_text(server, VOXSEAL_TLS_TEXT_SERVER_NAME, "pbx.test");
	expect_text(server, VOXSEAL_TLS_TEXT_PEER_SUBJECT, "");
	CHECK_STATUS(voxseal_tls_connection_text(client, 99, text, sizeof(text), &count), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_tls_connection_text(client, 1, text, 3, &count), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK(count > 3);

	CHECK_OK(voxseal_tls_connection_write(client, (const uint8_t *) "hello", 5));
	exchange(client, server);
	CHECK_OK(voxseal_tls_connection_read(server, bytes, sizeof(bytes), &count));
	CHECK(count == 5 && memcmp(bytes, "hello", 5) == 0);
	CHECK_OK(voxseal_tls_connection_read(server, bytes, sizeof(bytes), &count));
	CHECK(count == 0);
	CHECK_OK(voxseal_tls_connection_close(client));
	exchange(client, server);
	CHECK_STATUS(voxseal_tls_connection_read(server, bytes, sizeof(bytes), &count), VOXSEAL_ERR_TLS_CLOSED);
	CHECK(state_of(client) == VOXSEAL_TLS_CLOSED && state_of(server) == VOXSEAL_TLS_CLOSED);

	/* The context may go first. */
	voxseal_tls_context_free(context);
	voxseal_tls_connection_free(client);
	voxseal_tls_connection_free(server);
}

static void the_hook_is_told_what_it_wants_to_hear(void)
{
	voxseal_tls_context *context = make_context(other_ca);
	voxseal_tls_connection *client, *server;
	struct told told;
	size_t count;
	uint8_t bytes[8];

	memset(&told, 0, sizeof(told));
	CHECK_STATUS(voxseal_tls_context_set_hook(context, 16, hook, &told), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_OK(voxseal_tls_context_set_hook(context, VOXSEAL_TLS_EVENT_ESTABLISHED | VOXSEAL_TLS_EVENT_REFUSED
		| VOXSEAL_TLS_EVENT_ALERT, hook, &told));
	client = make_connection(context, VOXSEAL_OUTBOUND, "pbx.test");
	server = make_connection(context, VOXSEAL_INBOUND, NULL);
	exchange(client, server);
	CHECK(told.established == 1 && told.refused == 1 && told.alerts >= 1 && told.keys == 0);
	CHECK_STATUS(told.rule, VOXSEAL_ERR_TLS_UNTRUSTED);
	CHECK(state_of(client) == VOXSEAL_TLS_FAILED);
	CHECK_STATUS(voxseal_tls_connection_read(client, bytes, sizeof(bytes), &count), VOXSEAL_ERR_TLS_UNTRUSTED);
	expect_text(client, VOXSEAL_TLS_TEXT_REASON, "no authority that we trust issued the certificate");
	voxseal_tls_connection_free(client);
	voxseal_tls_connection_free(server);

	/* Keys are told only when they are asked for. */
	CHECK_OK(voxseal_tls_context_set_hook(context, VOXSEAL_TLS_EVENT_KEY, hook, &told));
	client = make_connection(context, VOXSEAL_OUTBOUND, "pbx.test");
	server = make_connection(context, VOXSEAL_INBOUND, NULL);
	exchange(client, server);
	CHECK(told.keys > 0 && told.refused == 1);
	voxseal_tls_connection_free(client);
	voxseal_tls_connection_free(server);
	voxseal_tls_context_free(context);
}

static void bounds_and_deadlines_hold(void)
{
	voxseal_tls_context *context = make_context(ca);
	voxseal_tls_connection *first, *second, *third = NULL;

	CHECK_OK(voxseal_tls_context_set(context, "half_open", "2", text, sizeof(text)));
	CHECK_OK(voxseal_tls_context_set(context, "handshake_millis", "100", text, sizeof(text)));
	CHECK_STATUS(voxseal_tls_context_set(context, "half_open", "none", text, sizeof(text)),
		VOXSEAL_ERR_SETTING_REFUSED);
	CHECK(strcmp(text, "half_open: \"none\" is not a number from 1 to 1000000") == 0);
	CHECK_OK(voxseal_tls_context_load(context, now_ms(), text, sizeof(text)));
	CHECK_OK(voxseal_tls_connection_new(context, VOXSEAL_INBOUND, NULL, 1000000, &first));
	CHECK_OK(voxseal_tls_connection_new(context, VOXSEAL_INBOUND, NULL, 1000000, &second));
	CHECK_STATUS(voxseal_tls_connection_new(context, VOXSEAL_INBOUND, NULL, 1000000, &third),
		VOXSEAL_ERR_TLS_HALF_OPEN);
	CHECK(third == NULL);
	CHECK_OK(voxseal_tls_connection_check_time(first, 1000099));
	CHECK_STATUS(voxseal_tls_connection_check_time(first, 1000100), VOXSEAL_ERR_TLS_HANDSHAKE_TIMEOUT);
	CHECK_OK(voxseal_tls_connection_new(context, VOXSEAL_INBOUND, NULL, 1000100, &third));
	CHECK_STATUS(voxseal_tls_connection_end(second), VOXSEAL_ERR_TLS_TRUNCATED);
	voxseal_tls_connection_free(first);
	voxseal_tls_connection_free(second);
	voxseal_tls_connection_free(third);
	CHECK_STATUS(voxseal_tls_connection_new(context, 3, NULL, 0, &third), VOXSEAL_ERR_BAD_ARGUMENT);
	voxseal_tls_context_free(context);
}

static void a_load_that_fails_changes_nothing(void)
{
	const char *files[] = { "/nonexistent/pbx.pem" };
	voxseal_tls_context *context = make_context(ca);
	voxseal_tls_policy *policy = NULL;
	voxseal_tls_identity identity;
	voxseal_tls_connection *client, *server = NULL;

	memset(&identity, 0, sizeof(identity));
	identity.struct_size = sizeof(identity) - 1;
	CHECK_STATUS(voxseal_tls_context_add_identity(context, VOXSEAL_INBOUND, &identity), VOXSEAL_ERR_STRUCT_SIZE);
	identity.struct_size = sizeof(identity);
	CHECK_STATUS(voxseal_tls_context_add_identity(context, 0, &identity), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_tls_context_add_identity(context, 4, &identity), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_tls_identity_check(&identity, now_ms(), text, sizeof(text)), VOXSEAL_ERR_TLS_NO_KEY);
	identity.certificate_files = files;
	identity.certificate_file_count = 1;
	CHECK_OK(voxseal_tls_context_add_identity(context, VOXSEAL_INBOUND, &identity));
	CHECK_STATUS(voxseal_tls_context_load(context, now_ms(), text, sizeof(text)), VOXSEAL_ERR_TLS_FILE_MISSING);
	CHECK(strstr(text, "/nonexistent/pbx.pem: there is no such file") == text);
	client = make_connection(context, VOXSEAL_OUTBOUND, "pbx.test");
	server = make_connection(context, VOXSEAL_INBOUND, NULL);
	exchange(client, server);
	CHECK(state_of(client) == VOXSEAL_TLS_ESTABLISHED && state_of(server) == VOXSEAL_TLS_ESTABLISHED);
	voxseal_tls_connection_free(client);
	voxseal_tls_connection_free(server);

	/* Another policy, and no certificate: what was loaded before is gone with the next load. */
	CHECK_OK(voxseal_tls_policy_new(&policy));
	CHECK_OK(voxseal_tls_policy_set(policy, "verify", "none", NULL, 0));
	CHECK_OK(voxseal_tls_context_set_policy(context, policy));
	voxseal_tls_policy_free(policy);
	CHECK_OK(voxseal_tls_context_clear(context));
	CHECK_OK(voxseal_tls_context_load(context, now_ms(), text, sizeof(text)));
	server = NULL;
	CHECK_STATUS(voxseal_tls_connection_new(context, VOXSEAL_INBOUND, NULL, now_ms(), &server),
		VOXSEAL_ERR_TLS_NOT_LOADED);
	voxseal_tls_context_free(context);
}

static void sessions_are_resumed_by_name(void)
{
	voxseal_tls_context *context = make_context(ca);
	voxseal_tls_connection_info info;
	int round;

	info.struct_size = sizeof(info);
	for (round = 0; round < 3; round++) {
		voxseal_tls_connection *client = make_connection(context, VOXSEAL_OUTBOUND, "pbx.test");
		voxseal_tls_connection *server = make_connection(context, VOXSEAL_INBOUND, NULL);

		exchange(client, server);
		CHECK_OK(voxseal_tls_connection_info_read(client, &info));
		CHECK(info.state == VOXSEAL_TLS_ESTABLISHED && (info.resumed != 0) == (round > 0));
		voxseal_tls_connection_free(client);
		voxseal_tls_connection_free(server);
	}
	voxseal_tls_context_free(context);
}

static void certificates_are_described(void)
{
	size_t needed = 0;

	CHECK_STATUS(voxseal_tls_certificate_describe(pbx, text, 0, &needed), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK_OK(voxseal_tls_certificate_describe(pbx, text, sizeof(text), &needed));
	CHECK(needed == strlen(text) + 1 && strstr(text, "DNS pbx.test") != NULL);
	CHECK_STATUS(voxseal_tls_certificate_describe("/nonexistent", text, sizeof(text), &needed),
		VOXSEAL_ERR_TLS_FILE_MISSING);
}

int main(int argc, char **argv)
{
	CHECK(argc == 2);
	CHECK(snprintf(ca, sizeof(ca), "%s/ca.pem", argv[1]) < PATH_SIZE);
	CHECK(snprintf(other_ca, sizeof(other_ca), "%s/other.pem", argv[1]) < PATH_SIZE);
	CHECK(snprintf(pbx, sizeof(pbx), "%s/pbx.pem", argv[1]) < PATH_SIZE);
	plaintext_goes_both_ways_and_the_end_is_orderly();
	the_hook_is_told_what_it_wants_to_hear();
	bounds_and_deadlines_hold();
	a_load_that_fails_changes_nothing();
	sessions_are_resumed_by_name();
	certificates_are_described();
	return 0;
}
