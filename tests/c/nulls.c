/*
 * NULL for each pointer of each function, one at a time: refused, and nothing else happens. tests/c_abi.rs sees to it
 * that every exported function is called here.
 */

#include "media.h"
#include "tls_facts.h"

#define CHECK_NULL(call) CHECK_STATUS(call, VOXSEAL_ERR_NULL_POINTER)

enum { UNTOUCHED = 4711 };

static void policy_functions(void)
{
	voxseal_policy *policy = make_policy(VOXSEAL_AES_CM_128_HMAC_SHA1_80, VOXSEAL_OUTBOUND, 0, 1);
	voxseal_session session = make_session(VOXSEAL_AES_CM_128_HMAC_SHA1_80, 1, 2);
	const uint8_t key[30] = { 1 };

	CHECK_NULL(voxseal_policy_new(NULL));
	voxseal_policy_free(NULL);
	CHECK_NULL(voxseal_policy_set_suite(NULL, VOXSEAL_AEAD_AES_128_GCM));
	CHECK_NULL(voxseal_policy_set_ssrc(NULL, VOXSEAL_OUTBOUND, 0));
	CHECK_NULL(voxseal_policy_set_master_key(NULL, key, 16, key, 14));
	CHECK_NULL(voxseal_policy_set_master_key(policy, NULL, 16, key, 14));
	CHECK_NULL(voxseal_policy_set_master_key(policy, NULL, 0, key, 14));
	CHECK_NULL(voxseal_policy_set_master_key(policy, key, 16, NULL, 14));
	/* The key it had is still there: taken as the one that the session has, not as a new one. */
	CHECK_OK(voxseal_session_apply(session, policy));
	/* Documented: no salt of its own when key holds both. */
	CHECK_OK(voxseal_policy_set_master_key(policy, key, 30, NULL, 0));
	CHECK_OK(voxseal_session_apply(session, policy));
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(session));
}

static void keys_of_a_policy(void)
{
	voxseal_policy *policy = make_keyless_policy(VOXSEAL_AES_CM_128_HMAC_SHA1_80, VOXSEAL_OUTBOUND, 0);
	voxseal_session session = make_session(VOXSEAL_AES_CM_128_HMAC_SHA1_80, 1, 2);
	const uint8_t bytes[] = "sixteen bytes of key and 14 more";
	voxseal_master_key whole = { 0 }, key;

	whole.struct_size = sizeof(whole);
	whole.key = whole.salt = whole.mki = bytes;
	whole.key_len = 16;
	whole.salt_len = 14;
	whole.mki_len = 2;
	CHECK_NULL(voxseal_policy_add_key(NULL, &whole));
	CHECK_NULL(voxseal_policy_add_key(policy, NULL));
	key = whole;
	key.key = NULL;
	CHECK_NULL(voxseal_policy_add_key(policy, &key));
	key.key_len = 0;
	CHECK_NULL(voxseal_policy_add_key(policy, &key));
	key = whole;
	key.salt = NULL;
	CHECK_NULL(voxseal_policy_add_key(policy, &key));
	key = whole;
	key.mki = NULL;
	CHECK_NULL(voxseal_policy_add_key(policy, &key));
	/* None of these was taken. */
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_STATE);
	/* Documented: no salt of its own when key holds both, and no MKI. */
	key.salt = NULL;
	key.key_len = 30;
	key.salt_len = key.mki_len = 0;
	CHECK_OK(voxseal_policy_add_key(policy, &key));
	CHECK_OK(voxseal_session_apply(session, policy));
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(session));
}

static void sdes_offer_and_text(void)
{
	const voxseal_suite suites[] = { VOXSEAL_AEAD_AES_128_GCM };
	voxseal_sdes *sdes = NULL;
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;

	CHECK_NULL(voxseal_sdes_new(NULL));
	voxseal_sdes_free(NULL);
	CHECK_OK(voxseal_sdes_new(&sdes));
	CHECK_NULL(voxseal_sdes_offer(NULL, suites, 1));
	CHECK_NULL(voxseal_sdes_offer(sdes, NULL, 1));
	CHECK_NULL(voxseal_sdes_offer(NULL, NULL, 0));
	CHECK(voxseal_sdes_line_count(NULL) == 0);
	CHECK(voxseal_sdes_line_count(sdes) == 0);
	CHECK_OK(voxseal_sdes_offer(sdes, suites, 1));
	CHECK_NULL(voxseal_sdes_line(NULL, 0, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_line(sdes, 0, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_line(sdes, 0, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_sdes_reason(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_reason(sdes, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_reason(sdes, text, sizeof(text), NULL));
	CHECK(needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	/* Documented: NULL with size 0 asks for the size. */
	CHECK_STATUS(voxseal_sdes_line(sdes, 0, NULL, 0, &needed), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK(needed > 1 && needed < sizeof(text));
	voxseal_sdes_free(sdes);
	/* Documented: NULL with length 0 offers what the profile says. */
	CHECK_OK(voxseal_sdes_new(&sdes));
	CHECK_OK(voxseal_sdes_offer(sdes, NULL, 0));
	CHECK(voxseal_sdes_line_count(sdes) == 4);
	voxseal_sdes_free(sdes);
}

static void sdes_answer_and_keys(void)
{
	const char line[] = "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
	voxseal_policy *local = NULL, *remote = NULL;
	voxseal_session session = { 0 };
	voxseal_sdes *sdes = NULL;
	voxseal_agreement agreement = { .struct_size = sizeof(agreement) };
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;
	uint32_t outcome = UNTOUCHED;

	CHECK_OK(voxseal_sdes_new(&sdes));
	CHECK_OK(voxseal_policy_new(&local));
	CHECK_OK(voxseal_policy_new(&remote));
	CHECK_OK(voxseal_session_new(NULL, &session));
	CHECK_NULL(voxseal_sdes_process(NULL, line, strlen(line), &outcome));
	CHECK_NULL(voxseal_sdes_process(sdes, NULL, strlen(line), &outcome));
	CHECK_NULL(voxseal_sdes_process(sdes, line, strlen(line), NULL));
	CHECK(outcome == UNTOUCHED);
	CHECK(voxseal_sdes_suite(sdes) == 0);
	CHECK(voxseal_sdes_suite(NULL) == 0);
	CHECK(voxseal_sdes_verdict_count(NULL) == 0);
	CHECK_NULL(voxseal_sdes_survey(NULL, line, strlen(line)));
	CHECK_NULL(voxseal_sdes_survey(sdes, NULL, strlen(line)));
	CHECK_NULL(voxseal_sdes_rekey(NULL));
	CHECK_NULL(voxseal_sdes_use_profile(NULL, NULL));
	CHECK_NULL(voxseal_sdes_use_profile(sdes, NULL));
	CHECK_NULL(voxseal_sdes_prefer(NULL, VOXSEAL_AES_CM_128_HMAC_SHA1_32));
	CHECK_OK(voxseal_sdes_prefer(sdes, VOXSEAL_AES_CM_128_HMAC_SHA1_32));
	CHECK_STATUS(voxseal_sdes_rekey(sdes), VOXSEAL_ERR_BAD_STATE);
	CHECK_NULL(voxseal_sdes_agreement(NULL, &agreement));
	CHECK_NULL(voxseal_sdes_agreement(sdes, NULL));
	CHECK_STATUS(voxseal_sdes_agreement(sdes, &agreement), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_sdes_process(sdes, line, strlen(line), &outcome));
	CHECK(outcome == VOXSEAL_SDES_PENDING);
	CHECK(voxseal_sdes_verdict_count(sdes) == 1);
	CHECK_NULL(voxseal_sdes_verdict(NULL, 0, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_verdict(sdes, 0, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_verdict(sdes, 0, text, sizeof(text), NULL));
	CHECK_STATUS(voxseal_sdes_verdict(sdes, 1, text, sizeof(text), &needed), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK(needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	CHECK_OK(voxseal_sdes_verdict(sdes, 0, text, sizeof(text), &needed));
	CHECK(strcmp(text, "crypto line 1 taken: AES_CM_128_HMAC_SHA1_80") == 0);
	CHECK_OK(voxseal_sdes_agreement(sdes, &agreement));
	CHECK(agreement.tag == 1 && agreement.local_keys == 1 && agreement.remote_lifetime == (uint64_t) 1 << 48);
	CHECK_NULL(voxseal_sdes_policies(NULL, 0, local, remote));
	CHECK_NULL(voxseal_sdes_policies(sdes, 0, NULL, remote));
	CHECK_NULL(voxseal_sdes_policies(sdes, 0, local, NULL));
	CHECK_NULL(voxseal_sdes_commit(NULL));
	CHECK_NULL(voxseal_sdes_discard(NULL));
	/* Both policies are still empty, and the keys still wait. */
	CHECK_STATUS(voxseal_session_apply(session, local), VOXSEAL_ERR_BAD_STATE);
	CHECK_STATUS(voxseal_session_apply(session, remote), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_sdes_policies(sdes, 0, local, remote));
	CHECK_OK(voxseal_sdes_commit(sdes));
	CHECK_OK(voxseal_sdes_discard(sdes));
	CHECK_OK(voxseal_session_free(session));
	voxseal_policy_free(local);
	voxseal_policy_free(remote);
	voxseal_sdes_free(sdes);
}

static void session_functions(void)
{
	voxseal_session session = make_session(VOXSEAL_AES_CM_128_HMAC_SHA1_80, 1, 2);
	voxseal_session_config config = { 0 };
	uint8_t plain[RTP_LEN], out[ROOM] = { 0xa5 };
	size_t len = make_rtp(plain, 1, 1), out_len = UNTOUCHED;
	voxseal_session_stats stats;

	config.struct_size = sizeof(config);
	CHECK_NULL(voxseal_session_new(&config, NULL));
	CHECK_NULL(voxseal_session_new(NULL, NULL));
	CHECK_NULL(voxseal_session_apply(session, NULL));
	CHECK_OK(voxseal_session_rename_ssrc(session, 1, 2));
	CHECK_NULL(voxseal_session_protect(session, VOXSEAL_RTP, NULL, len, out, ROOM, &out_len));
	CHECK_NULL(voxseal_session_protect(session, VOXSEAL_RTP, NULL, 0, out, ROOM, &out_len));
	CHECK_NULL(voxseal_session_protect(session, VOXSEAL_RTP, plain, len, NULL, ROOM, &out_len));
	CHECK_NULL(voxseal_session_protect(session, VOXSEAL_RTP, plain, len, NULL, 0, &out_len));
	CHECK_NULL(voxseal_session_protect(session, VOXSEAL_RTP, plain, len, out, ROOM, NULL));
	CHECK(out[0] == 0xa5 && out_len == UNTOUCHED);
	CHECK_NULL(voxseal_session_unprotect(session, VOXSEAL_RTP, NULL, &len));
	CHECK_NULL(voxseal_session_unprotect(session, VOXSEAL_RTP, plain, NULL));
	CHECK(len == RTP_LEN);
	CHECK_NULL(voxseal_session_stats_read(session, NULL));
	CHECK_NULL(voxseal_session_srtcp_stats(session, NULL));
	stats = read_stats(session);
	CHECK(stats.protect_refused == 0 && stats.unprotect_refused == 0);
	CHECK_OK(voxseal_session_free(session));
}

static void session_snapshots(void)
{
	voxseal_session session = make_session(VOXSEAL_AES_CM_128_HMAC_SHA1_80, 1, 2);
	voxseal_stream_info stream;
	uint8_t wire[ROOM];
	uint32_t direction;
	size_t count = UNTOUCHED;

	memset(&stream, 0xa5, sizeof(stream));
	protect_packet(session, VOXSEAL_RTP, 1, 1, wire);
	CHECK_NULL(voxseal_session_select_mki(session, NULL, 1));
	CHECK_NULL(voxseal_session_select_mki(session, NULL, 0));
	CHECK_STATUS(voxseal_session_select_next_key(session), VOXSEAL_ERR_UNKNOWN_MKI);
	for (direction = VOXSEAL_OUTBOUND; direction <= VOXSEAL_INBOUND; direction++) {
		CHECK_NULL(voxseal_session_key(session, direction, NULL));
		CHECK_NULL(voxseal_session_streams(session, direction, NULL, 1, &count));
		CHECK_NULL(voxseal_session_streams(session, direction, &stream, 1, NULL));
		CHECK_NULL(voxseal_session_streams(session, direction, NULL, 0, NULL));
	}
	CHECK(count == UNTOUCHED && stream.ssrc == 0xa5a5a5a5u);
	/* Documented: NULL with capacity 0 asks for the count. */
	CHECK_OK(voxseal_session_streams(session, VOXSEAL_OUTBOUND, NULL, 0, &count));
	CHECK(count == 1);
	CHECK_OK(voxseal_session_free(session));
}

static void settings_functions(void)
{
	voxseal_settings *settings = NULL;
	voxseal_profile *profile = NULL;
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;

	CHECK_NULL(voxseal_settings_new(NULL));
	voxseal_settings_free(NULL);
	CHECK_OK(voxseal_settings_new(&settings));
	CHECK_NULL(voxseal_settings_set(NULL, "general", "keys", "1"));
	CHECK_NULL(voxseal_settings_set(settings, NULL, "keys", "1"));
	CHECK_NULL(voxseal_settings_set(settings, "general", NULL, "1"));
	CHECK_NULL(voxseal_settings_set(settings, "general", "keys", NULL));
	CHECK_NULL(voxseal_settings_reason(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_reason(settings, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_reason(settings, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_settings_check(NULL));
	CHECK_OK(voxseal_settings_check(settings));
	CHECK_NULL(voxseal_settings_profile_name(settings, 0, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_profile_name(settings, 0, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_settings_show(settings, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_show(settings, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_profile_find(settings, "stock", NULL, NULL));
	CHECK_NULL(voxseal_profile_find(NULL, NULL, NULL, NULL));
	CHECK(needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	/* Documented: no settings are the shipped profiles, no name and no User-Agent are "general". */
	CHECK(voxseal_settings_profile_count(NULL) == voxseal_settings_profile_count(settings));
	CHECK_OK(voxseal_settings_profile_name(NULL, 0, text, sizeof(text), &needed));
	CHECK(needed == strlen(text) + 1);
	CHECK_OK(voxseal_profile_find(NULL, NULL, NULL, &profile));
	voxseal_profile_free(profile);
	voxseal_settings_free(settings);
}

static void profile_functions(void)
{
	voxseal_session_config config = { 0 };
	voxseal_profile *profile = NULL;
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;
	uint32_t verdict = UNTOUCHED;

	config.struct_size = sizeof(config);
	CHECK_OK(voxseal_profile_find(NULL, "twilio", NULL, &profile));
	CHECK_NULL(voxseal_profile_set(NULL, "keys", "0", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set(profile, NULL, "0", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set(profile, "keys", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set(profile, "keys", "0", NULL, sizeof(text)));
	CHECK_NULL(voxseal_profile_name(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_name(profile, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_name(profile, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_profile_set_variable(NULL, "SRTP_SUITES", "default", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set_variable(profile, NULL, "default", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set_variable(profile, "SRTP_SUITES", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set_variable(profile, "SRTP_SUITES", "default", NULL, sizeof(text)));
	CHECK_NULL(voxseal_profile_show(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_show(profile, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_show(profile, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_profile_session_config(NULL, &config));
	CHECK_NULL(voxseal_profile_session_config(profile, NULL));
	CHECK_NULL(voxseal_profile_signalling(NULL, 0, "::1", &verdict, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_signalling(profile, 0, NULL, &verdict, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_signalling(profile, 0, "::1", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_signalling(profile, 0, "::1", &verdict, NULL, sizeof(text)));
	CHECK_NULL(voxseal_profile_media_policy(NULL, &verdict));
	CHECK_NULL(voxseal_profile_media_policy(profile, NULL));
	CHECK_NULL(voxseal_profile_media(NULL, 0, &verdict, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_media(profile, 0, NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_media(profile, 0, &verdict, NULL, sizeof(text)));
	CHECK(config.rtp_window == 0 && needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	CHECK(verdict == UNTOUCHED);
	/* Documented: no room for a reason, and the size of a name. */
	CHECK_OK(voxseal_profile_signalling(profile, 0, "::1", &verdict, NULL, 0));
	CHECK_OK(voxseal_profile_media(profile, VOXSEAL_STREAM_ENCRYPTED, &verdict, NULL, 0));
	CHECK_STATUS(voxseal_profile_set(profile, "keys", "0", NULL, 0), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK_STATUS(voxseal_profile_name(profile, NULL, 0, &needed), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK(needed == sizeof("twilio"));
	voxseal_profile_free(profile);
	voxseal_profile_free(NULL);
}

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

static void other_functions(void)
{
	const char name[] = "AEAD_AES_128_GCM";
	voxseal_suite suite = UNTOUCHED;

	CHECK_NULL(voxseal_provider_select(NULL));
	CHECK(voxseal_provider_name() != NULL);
	CHECK(voxseal_provider_built_in(0) != NULL && voxseal_provider_built_in(SIZE_MAX) == NULL);
	CHECK(strcmp(voxseal_settings_provider(NULL), "rustcrypto") == 0);
	CHECK(voxseal_soft_limits_reached() == 0);
	CHECK_NULL(voxseal_random_fill(NULL, 1));
	CHECK_OK(voxseal_random_fill(NULL, 0));
	CHECK_NULL(voxseal_suite_find(NULL, strlen(name), &suite));
	CHECK_NULL(voxseal_suite_find(name, strlen(name), NULL));
	CHECK_STATUS(voxseal_suite_find(NULL, 0, &suite), VOXSEAL_ERR_UNKNOWN_SUITE);
	CHECK(suite == UNTOUCHED);
	/* These take no pointer; what they give is never NULL, aside from the name of no suite. */
	CHECK(voxseal_suite_name(VOXSEAL_AEAD_AES_128_GCM) != NULL && voxseal_suite_name(0) == NULL);
	CHECK(voxseal_status_str(VOXSEAL_ERR_NULL_POINTER) != NULL);
	CHECK(voxseal_version() != NULL);
	CHECK(voxseal_abi_version() != 0);
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
	policy_functions();
	keys_of_a_policy();
	sdes_offer_and_text();
	sdes_answer_and_keys();
	session_functions();
	session_snapshots();
	settings_functions();
	profile_functions();
	tls_functions();
	tls_transport();
	other_functions();
	return 0;
}
