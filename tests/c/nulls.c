/* NULL for the pointers of policies, sessions and what stands by itself. */

#include "media.h"
#include "nulls.h"

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

int main(void)
{
	policy_functions();
	keys_of_a_policy();
	session_functions();
	session_snapshots();
	other_functions();
	return 0;
}
