/* Keys of a policy: which are refused, which is the next, and what a crypto attribute says of them. */

#include "keys.h"

static void key_that_cannot_be_one_is_refused_and_the_others_stay(void)
{
	voxseal_session session = make_session(SUITE, PEER_SEED, PEER_SEED);
	voxseal_policy *policy = make_keyless_policy(SUITE, VOXSEAL_OUTBOUND, 0);
	uint8_t bytes[MAX_KEY_SALT_LEN + 1] = { 1 }, number;
	voxseal_master_key key = { 0 };
	size_t size;

	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_STATE);
	key.key = bytes;
	key.key_len = key_salt_len(SUITE);
	for (size = 0; size < sizeof(key); size++) {
		key.struct_size = size;
		CHECK_STATUS(voxseal_policy_add_key(policy, &key), VOXSEAL_ERR_STRUCT_SIZE);
	}
	key.struct_size = sizeof(key);
	key.srtp_lifetime = ((uint64_t) 1 << 48) + 1;
	CHECK_STATUS(voxseal_policy_add_key(policy, &key), VOXSEAL_ERR_BAD_ARGUMENT);
	key.srtp_lifetime = 0;
	key.srtcp_lifetime = ((uint64_t) 1 << 31) + 1;
	CHECK_STATUS(voxseal_policy_add_key(policy, &key), VOXSEAL_ERR_BAD_ARGUMENT);
	key.srtcp_lifetime = 0;
	key.kdr = 25;
	CHECK_STATUS(voxseal_policy_add_key(policy, &key), VOXSEAL_ERR_BAD_ARGUMENT);
	key.kdr = 0x100;
	CHECK_STATUS(voxseal_policy_add_key(policy, &key), VOXSEAL_ERR_BAD_ARGUMENT);
	key.kdr = 0;
	key.unencrypted = 4;
	CHECK_STATUS(voxseal_policy_add_key(policy, &key), VOXSEAL_ERR_BAD_ARGUMENT);
	key.unencrypted = 0;
	key.key_len = sizeof(bytes);
	CHECK_STATUS(voxseal_policy_add_key(policy, &key), VOXSEAL_ERR_KEY_LENGTH);
	CHECK_STATUS(add_key(policy, SUITE, 1, 1, VOXSEAL_MAX_MKI_LEN + 1), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_STATE);
	for (number = 1; number <= 16; number++) {
		CHECK_OK(add_key(policy, SUITE, number, number, 1));
	}
	CHECK_STATUS(add_key(policy, SUITE, 17, 17, 1), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_OK(voxseal_session_apply(session, policy));
	CHECK_OK(select_mki(session, 16, 1));
	CHECK_STATUS(select_mki(session, 17, 1), VOXSEAL_ERR_UNKNOWN_MKI);
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(session));
}

/* RFC 4568 section 6.1: one length for all MKIs, and each key and each MKI once. */
static void keys_that_cannot_be_told_apart_are_refused(uint32_t direction)
{
	static const struct {
		uint8_t seed, mki;
		size_t mki_len;
	} second[] = { { 2, 2, 3 }, { 2, 2, 0 }, { 2, 1, 2 }, { 1, 2, 2 } };
	voxseal_session session = make_session(SUITE, PEER_SEED, PEER_SEED);
	voxseal_policy *policy;
	size_t i;

	for (i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
		policy = make_keyless_policy(SUITE, direction, 0);
		CHECK_OK(add_key(policy, SUITE, 1, 1, 2));
		CHECK_OK(add_key(policy, SUITE, second[i].seed, second[i].mki, second[i].mki_len));
		CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_ARGUMENT);
		voxseal_policy_free(policy);
		/* The key before stands. */
		CHECK(read_key(session, direction).mki_len == 0);
	}
	policy = make_keyless_policy(SUITE, direction, 0);
	CHECK_OK(add_key(policy, SUITE, 1, 0, 0));
	CHECK_OK(add_key(policy, SUITE, 2, 0, 0));
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_ARGUMENT);
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(session));
}

/* Each key serves until its lifetime is nearly over; then there is no other. */
static void next_key_is_the_next_whose_lifetime_is_not_nearly_over(void)
{
	voxseal_policy *policy = make_keyless_policy(SUITE, VOXSEAL_OUTBOUND, 0);
	voxseal_master_key key = { 0 };
	uint8_t bytes[MAX_KEY_SALT_LEN], wire[ROOM], mki;
	voxseal_session a = { 0 };
	uint16_t seq = 0;

	CHECK_OK(voxseal_session_new(NULL, &a));
	for (mki = 1; mki <= 3; mki++) {
		make_key(bytes, mki);
		key.struct_size = sizeof(key);
		key.key = bytes;
		key.key_len = key_salt_len(SUITE);
		key.mki = &mki;
		key.mki_len = 1;
		key.srtp_lifetime = 8;
		CHECK_OK(voxseal_policy_add_key(policy, &key));
	}
	CHECK_OK(voxseal_session_apply(a, policy));
	for (mki = 1; mki <= 3; mki++) {
		CHECK(read_key(a, VOXSEAL_OUTBOUND).mki[0] == mki);
		while (!read_key(a, VOXSEAL_OUTBOUND).soft_limit_reached) {
			protect_packet(a, VOXSEAL_RTP, SSRC, seq++, wire);
		}
		CHECK_STATUS(voxseal_session_select_next_key(a), mki < 3 ? VOXSEAL_OK : VOXSEAL_ERR_UNKNOWN_MKI);
	}
	CHECK(seq == 21 && read_key(a, VOXSEAL_OUTBOUND).mki[0] == 3);
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(a));
}

/* What a crypto attribute says of its keys holds for the session (RFC 4568 section 6.1). */
static void keys_of_a_crypto_attribute_have_its_mkis_and_lifetimes(void)
{
	static const char line[] = "1 AES_CM_128_HMAC_SHA1_80 inline:WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy|2^20|258:2;"
		"inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^40|7:2";
	voxseal_policy *local = make_keyless_policy(SUITE, VOXSEAL_OUTBOUND, 0);
	voxseal_policy *remote = make_keyless_policy(SUITE, VOXSEAL_INBOUND, 0);
	voxseal_session session = make_session(SUITE, PEER_SEED, PEER_SEED);
	voxseal_sdes *sdes = NULL;
	voxseal_key_info key;
	uint32_t outcome;

	CHECK_OK(voxseal_sdes_new(&sdes));
	CHECK_OK(voxseal_sdes_process(sdes, line, strlen(line), &outcome));
	CHECK_OK(voxseal_sdes_policies(sdes, 0, local, remote));
	CHECK_OK(voxseal_session_apply(session, remote));
	key = read_key(session, VOXSEAL_INBOUND);
	CHECK(key.mki_len == 2 && key.mki[0] == 1 && key.mki[1] == 2);
	CHECK(key.srtp_remaining == 1u << 20 && key.srtcp_remaining == 1u << 20);
	/* Ours mirrors the MKI's length, and has the lifetimes of RFC 3711. */
	CHECK_OK(voxseal_session_apply(session, local));
	key = read_key(session, VOXSEAL_OUTBOUND);
	CHECK(key.mki_len == 2 && key.mki[0] == 0 && key.mki[1] == 1);
	CHECK(key.srtcp_remaining == (uint64_t) 1 << 31);
	voxseal_sdes_free(sdes);
	voxseal_policy_free(local);
	voxseal_policy_free(remote);
	CHECK_OK(voxseal_session_free(session));
}

int main(void)
{
	next_key_is_the_next_whose_lifetime_is_not_nearly_over();
	key_that_cannot_be_one_is_refused_and_the_others_stay();
	keys_that_cannot_be_told_apart_are_refused(VOXSEAL_OUTBOUND);
	keys_that_cannot_be_told_apart_are_refused(VOXSEAL_INBOUND);
	keys_of_a_crypto_attribute_have_its_mkis_and_lifetimes();
	return 0;
}
