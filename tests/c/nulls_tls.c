/* NULL for the pointers of TLS. */

#include "nulls.h"
#include "tls_facts.h"

static void tls_peers(const voxseal_tls_policy *policy)
{
	static const uint8_t fingerprint[32] = { 1 };
	voxseal_tls_facts facts = verified_facts(VOXSEAL_INBOUND, VOXSEAL_TLS_CLIENT);
	voxseal_tls_claim claim = { "alice", "a.sip.test" };
	voxseal_tls_peer *peer = NULL;
	char text[128] = "untouched";
	size_t place = UNTOUCHED;

	CHECK_NULL(voxseal_tls_peer_new(NULL, &facts, fingerprint, sizeof(fingerprint), &peer));
	CHECK_NULL(voxseal_tls_peer_new(policy, NULL, fingerprint, sizeof(fingerprint), &peer));
	CHECK_NULL(voxseal_tls_peer_new(policy, &facts, NULL, sizeof(fingerprint), &peer));
	CHECK_NULL(voxseal_tls_peer_new(policy, &facts, fingerprint, sizeof(fingerprint), NULL));
	CHECK(peer == NULL);
	/* Documented: of who proves nothing there is none. */
	CHECK_OK(voxseal_tls_peer_new(policy, &facts, NULL, 0, &peer));
	CHECK(peer == NULL);
	CHECK_OK(voxseal_tls_peer_new(policy, &facts, fingerprint, sizeof(fingerprint), &peer));
	CHECK(peer != NULL);
	CHECK_NULL(voxseal_tls_peer_find(NULL, &claim, 1, 0, &place, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_peer_find(peer, NULL, 1, 0, &place, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_peer_find(peer, &claim, 1, 0, NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_peer_find(peer, &claim, 1, 0, &place, NULL, sizeof(text)));
	claim.holder = NULL;
	CHECK_NULL(voxseal_tls_peer_find(peer, &claim, 1, 0, &place, text, sizeof(text)));
	claim.holder = "alice";
	claim.certificates = NULL;
	CHECK_NULL(voxseal_tls_peer_find(peer, &claim, 1, 0, &place, text, sizeof(text)));
	CHECK(place == UNTOUCHED && strcmp(text, "untouched") == 0);
	CHECK_OK(voxseal_tls_peer_find(peer, NULL, 0, 0, &place, NULL, 0));
	CHECK(place == 0);
	voxseal_tls_peer_free(peer);
	voxseal_tls_peer_free(NULL);
}

static void tls_functions(void)
{
	voxseal_tls_policy *policy = NULL;
	voxseal_tls_facts facts = { 0 };
	char text[128] = "untouched";
	uint32_t verdict = UNTOUCHED;
	voxseal_status rule = UNTOUCHED;

	CHECK_NULL(voxseal_tls_policy_new(NULL));
	voxseal_tls_policy_free(NULL);
	CHECK_OK(voxseal_tls_policy_new(&policy));
	CHECK_NULL(voxseal_tls_policy_set(NULL, "eku", "any", text, sizeof(text)));
	CHECK_NULL(voxseal_tls_policy_set(policy, NULL, "any", text, sizeof(text)));
	CHECK_NULL(voxseal_tls_policy_set(policy, "eku", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_policy_set(policy, "eku", "any", NULL, sizeof(text)));
	facts.struct_size = sizeof(facts);
	facts.direction = VOXSEAL_OUTBOUND;
	facts.peer_role = VOXSEAL_TLS_SERVER;
	CHECK_NULL(voxseal_tls_decide(NULL, &facts, &verdict, &rule, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_decide(policy, NULL, &verdict, &rule, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_decide(policy, &facts, NULL, &rule, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_decide(policy, &facts, &verdict, NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_decide(policy, &facts, &verdict, &rule, NULL, sizeof(text)));
	facts.verify_result_count = 1;
	CHECK_NULL(voxseal_tls_decide(policy, &facts, &verdict, &rule, text, sizeof(text)));
	facts.verify_result_count = 0;
	facts.has_certificate = 1;
	facts.name_count = 1;
	CHECK_NULL(voxseal_tls_decide(policy, &facts, &verdict, &rule, text, sizeof(text)));
	facts.name_count = 0;
	facts.eku_count = 1;
	CHECK_NULL(voxseal_tls_decide(policy, &facts, &verdict, &rule, text, sizeof(text)));
	CHECK(verdict == UNTOUCHED && rule == UNTOUCHED && strcmp(text, "untouched") == 0);
	/* Documented: no room for a reason. */
	CHECK_STATUS(voxseal_tls_policy_set(policy, "eku", "none", NULL, 0), VOXSEAL_ERR_SETTING_REFUSED);
	facts.eku_count = 0;
	CHECK_OK(voxseal_tls_decide(policy, &facts, &verdict, &rule, NULL, 0));
	CHECK(verdict == VOXSEAL_TLS_REFUSE && rule == VOXSEAL_ERR_TLS_VERSION);
	tls_peers(policy);
	voxseal_tls_policy_free(policy);
}

static void tls_contexts(voxseal_tls_policy *policy)
{
	static const uint8_t pem[] = "-----BEGIN CERTIFICATE-----";
	const char *path = "/nonexistent";
	voxseal_tls_context *context = NULL;
	voxseal_tls_identity identity = { 0 };
	char text[64];
	size_t size = UNTOUCHED;

	CHECK_NULL(voxseal_tls_context_new(NULL, &context));
	CHECK_NULL(voxseal_tls_context_new(policy, NULL));
	CHECK(context == NULL);
	voxseal_tls_context_free(NULL);
	CHECK_OK(voxseal_tls_context_new(policy, &context));
	CHECK_NULL(voxseal_tls_context_set(NULL, "tickets", "no", text, sizeof(text)));
	CHECK_NULL(voxseal_tls_context_set(context, NULL, "no", text, sizeof(text)));
	CHECK_NULL(voxseal_tls_context_set(context, "tickets", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_context_set(context, "tickets", "no", NULL, sizeof(text)));
	CHECK_NULL(voxseal_tls_context_set_policy(NULL, policy));
	CHECK_NULL(voxseal_tls_context_set_policy(context, NULL));
	CHECK_NULL(voxseal_tls_context_set_hook(NULL, 0, NULL, NULL));
	CHECK_OK(voxseal_tls_context_set_hook(context, VOXSEAL_TLS_EVENT_ALERT, NULL, NULL));
	CHECK_NULL(voxseal_tls_context_load(NULL, 0, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_context_load(context, 0, NULL, sizeof(text)));
	CHECK_NULL(voxseal_tls_context_half_open(NULL, &size));
	CHECK_NULL(voxseal_tls_context_half_open(context, NULL));
	CHECK_NULL(voxseal_tls_context_clear(NULL));
	CHECK_NULL(voxseal_tls_context_add_trust(NULL, VOXSEAL_TLS_BOTH, path));
	CHECK_NULL(voxseal_tls_context_add_trust(context, VOXSEAL_TLS_BOTH, NULL));
	CHECK_NULL(voxseal_tls_context_add_trust_pem(NULL, VOXSEAL_TLS_BOTH, pem, sizeof(pem)));
	CHECK_NULL(voxseal_tls_context_add_trust_pem(context, VOXSEAL_TLS_BOTH, NULL, sizeof(pem)));
	CHECK_NULL(voxseal_tls_context_add_crl(NULL, VOXSEAL_TLS_BOTH, path));
	CHECK_NULL(voxseal_tls_context_add_crl(context, VOXSEAL_TLS_BOTH, NULL));
	identity.struct_size = sizeof(identity);
	CHECK_NULL(voxseal_tls_context_add_identity(NULL, VOXSEAL_TLS_BOTH, &identity));
	CHECK_NULL(voxseal_tls_context_add_identity(context, VOXSEAL_TLS_BOTH, NULL));
	CHECK_NULL(voxseal_tls_identity_check(NULL, 0, text, sizeof(text)));
	CHECK_NULL(voxseal_tls_identity_check(&identity, 0, NULL, sizeof(text)));
	identity.certificate_file_count = 1;
	CHECK_NULL(voxseal_tls_context_add_identity(context, VOXSEAL_TLS_BOTH, &identity));
	identity.certificate_file_count = 0;
	identity.pem_len = 1;
	CHECK_NULL(voxseal_tls_context_add_identity(context, VOXSEAL_TLS_BOTH, &identity));
	identity.pem_len = 0;
	identity.passphrase_len = 1;
	CHECK_NULL(voxseal_tls_context_add_identity(context, VOXSEAL_TLS_BOTH, &identity));
	CHECK_NULL(voxseal_tls_certificate_describe(NULL, text, sizeof(text), &size));
	CHECK(size == UNTOUCHED);
	/* None of these was taken: there is nothing that cannot be loaded. */
	CHECK_OK(voxseal_tls_context_load(context, 0, NULL, 0));
	voxseal_tls_context_free(context);
}

static void tls_connections(voxseal_tls_policy *policy)
{
	voxseal_tls_context *context = NULL;
	voxseal_tls_connection *connection = NULL;
	voxseal_tls_connection_info info = { 0 };
	uint8_t data[8] = { 0 };
	char text[8];
	size_t size = UNTOUCHED;

	CHECK_OK(voxseal_tls_context_new(policy, &context));
	CHECK_OK(voxseal_tls_context_load(context, 0, NULL, 0));
	CHECK_NULL(voxseal_tls_connection_new(NULL, VOXSEAL_OUTBOUND, "a.test", 0, &connection));
	CHECK_NULL(voxseal_tls_connection_new(context, VOXSEAL_OUTBOUND, "a.test", 0, NULL));
	CHECK(connection == NULL);
	voxseal_tls_connection_free(NULL);
	/* Documented: the name may be NULL. */
	CHECK_OK(voxseal_tls_connection_new(context, VOXSEAL_OUTBOUND, NULL, 0, &connection));
	CHECK_NULL(voxseal_tls_connection_feed(NULL, data, sizeof(data), 0));
	CHECK_NULL(voxseal_tls_connection_feed(connection, NULL, sizeof(data), 0));
	CHECK_NULL(voxseal_tls_connection_end(NULL));
	CHECK_NULL(voxseal_tls_connection_take(NULL, data, sizeof(data), &size));
	CHECK_NULL(voxseal_tls_connection_take(connection, NULL, sizeof(data), &size));
	CHECK_NULL(voxseal_tls_connection_take(connection, data, sizeof(data), NULL));
	CHECK_NULL(voxseal_tls_connection_write(NULL, data, sizeof(data)));
	CHECK_NULL(voxseal_tls_connection_write(connection, NULL, sizeof(data)));
	CHECK_NULL(voxseal_tls_connection_read(NULL, data, sizeof(data), &size));
	CHECK_NULL(voxseal_tls_connection_read(connection, NULL, sizeof(data), &size));
	CHECK_NULL(voxseal_tls_connection_read(connection, data, sizeof(data), NULL));
	CHECK_NULL(voxseal_tls_connection_close(NULL));
	CHECK_NULL(voxseal_tls_connection_check_time(NULL, 0));
	info.struct_size = sizeof(info);
	CHECK_NULL(voxseal_tls_connection_info_read(NULL, &info));
	CHECK_NULL(voxseal_tls_connection_info_read(connection, NULL));
	CHECK_NULL(voxseal_tls_connection_text(NULL, VOXSEAL_TLS_TEXT_REASON, text, sizeof(text), &size));
	CHECK_NULL(voxseal_tls_connection_text(connection, VOXSEAL_TLS_TEXT_REASON, NULL, sizeof(text), &size));
	CHECK_NULL(voxseal_tls_connection_text(connection, VOXSEAL_TLS_TEXT_REASON, text, sizeof(text), NULL));
	CHECK(size == UNTOUCHED);
	/* The hello is still there. */
	CHECK_OK(voxseal_tls_connection_info_read(connection, &info));
	CHECK(info.state == VOXSEAL_TLS_HANDSHAKING && info.unsent > 0);
	voxseal_tls_connection_free(connection);
	voxseal_tls_context_free(context);
}

static void tls_transport(void)
{
	voxseal_tls_policy *policy = NULL;

	CHECK_OK(voxseal_tls_policy_new(&policy));
	tls_contexts(policy);
	tls_connections(policy);
	voxseal_tls_policy_free(policy);
}

int main(void)
{
	tls_functions();
	tls_transport();
	return 0;
}
