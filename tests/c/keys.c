/* Several master keys at a time, told apart by their MKIs. */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, PEER_SEED = 200 };

/* The key that follows from `seed`. An MKI of several bytes consists of zeros and `mki` at its end. */
static voxseal_status add_key(voxseal_policy *policy, voxseal_suite suite, uint8_t seed, uint8_t mki, size_t mki_len)
{
	uint8_t bytes[MAX_KEY_SALT_LEN], field[VOXSEAL_MAX_MKI_LEN + 1] = { 0 };
	voxseal_master_key key = { 0 };

	make_key(bytes, seed);
	key.struct_size = sizeof(key);
	key.key = bytes;
	key.key_len = key_salt_len(suite);
	if (mki_len > 0) {
		field[mki_len - 1] = mki;
		key.mki = field;
		key.mki_len = mki_len;
	}
	return voxseal_policy_add_key(policy, &key);
}

static voxseal_status select_mki(voxseal_session session, uint8_t mki, size_t mki_len)
{
	uint8_t field[VOXSEAL_MAX_MKI_LEN] = { 0 };

	field[mki_len - 1] = mki;
	return voxseal_session_select_mki(session, field, mki_len);
}

/* A session with one direction, whose `count` keys follow from the seeds 1, 2, … and have these numbers as MKIs. */
static voxseal_session session_with_keys(voxseal_suite suite, uint32_t direction, uint8_t count, size_t mki_len)
{
	voxseal_policy *policy = make_keyless_policy(suite, direction, 0);
	voxseal_session session = { 0 };
	uint8_t number;

	for (number = 1; number <= count; number++) {
		CHECK_OK(add_key(policy, suite, number, number, mki_len));
	}
	CHECK_OK(voxseal_session_new(NULL, &session));
	CHECK_OK(voxseal_session_apply(session, policy));
	voxseal_policy_free(policy);
	return session;
}

/* The MKI stands before the tag with AES-CM (RFC 3711 section 3.1) and last with AES-GCM (RFC 7714 section 8.2). */
static uint8_t mki_on_the_wire(voxseal_suite suite, uint32_t kind, const uint8_t *wire, size_t len)
{
	const size_t index_len = kind == VOXSEAL_RTCP ? 4 : 0;

	return wire[suite >= VOXSEAL_AEAD_AES_128_GCM ? len - 1 : len - (trailer_len(suite, kind) - index_len) - 1];
}

static void key_is_switched_by_its_mki_in_the_middle_of_a_stream(voxseal_suite suite, size_t mki_len)
{
	static const uint8_t order[] = { 1, 1, 2, 3, 2, 1, 3 };
	voxseal_session a = session_with_keys(suite, VOXSEAL_OUTBOUND, 3, mki_len);
	voxseal_session b = session_with_keys(suite, VOXSEAL_INBOUND, 3, mki_len);
	uint8_t plain[RTP_LEN], wire[ROOM];
	size_t plain_len, len;
	uint16_t step;
	uint32_t kind;

	for (step = 0; step < sizeof(order); step++) {
		/* The first key is used without having been selected. */
		if (step > 0) {
			CHECK_OK(select_mki(a, order[step], mki_len));
		}
		CHECK(read_key(a, VOXSEAL_OUTBOUND).mki_len == mki_len);
		CHECK(read_key(a, VOXSEAL_OUTBOUND).mki[mki_len - 1] == order[step]);
		for (kind = VOXSEAL_RTP; kind <= VOXSEAL_RTCP; kind++) {
			plain_len = make_packet(plain, kind, SSRC, step);
			len = protect_packet(a, kind, SSRC, step, wire);
			CHECK(len == plain_len + mki_len + trailer_len(suite, kind));
			CHECK(mki_on_the_wire(suite, kind, wire, len) == order[step]);
			CHECK_OK(voxseal_session_unprotect(b, kind, wire, &len));
			CHECK(len == plain_len && memcmp(wire, plain, len) == 0);
		}
	}
	CHECK(read_stats(b).mki_changes == 0 && read_stats(b).packets_unprotected == 2 * sizeof(order));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* One policy for a single SSRC and one for any other, with the same two MKIs. */
static void mki_is_selected_for_every_policy_that_has_it(void)
{
	voxseal_session a = session_with_keys(SUITE, VOXSEAL_OUTBOUND, 2, 1);
	voxseal_policy *own = make_keyless_policy(SUITE, VOXSEAL_OUTBOUND, SSRC);
	uint8_t wire[ROOM], mki;
	uint16_t step;
	size_t len;

	CHECK_OK(add_key(own, SUITE, 11, 1, 1));
	CHECK_OK(add_key(own, SUITE, 12, 2, 1));
	CHECK_OK(voxseal_session_apply(a, own));
	for (step = 0; step < 5; step++) {
		mki = (uint8_t) (1 + step % 2);
		CHECK_OK(select_mki(a, mki, 1));
		len = protect_packet(a, VOXSEAL_RTP, SSRC, step, wire);
		CHECK(mki_on_the_wire(SUITE, VOXSEAL_RTP, wire, len) == mki);
		len = protect_packet(a, VOXSEAL_RTP, SSRC + 1, step, wire);
		CHECK(mki_on_the_wire(SUITE, VOXSEAL_RTP, wire, len) == mki);
		CHECK(read_key(a, VOXSEAL_OUTBOUND).mki[0] == mki);
	}
	voxseal_policy_free(own);
	CHECK_OK(voxseal_session_free(a));
}

static void unknown_mki_is_refused(void)
{
	voxseal_session a = session_with_keys(SUITE, VOXSEAL_OUTBOUND, 3, 2);
	voxseal_session b = session_with_keys(SUITE, VOXSEAL_INBOUND, 2, 2);
	voxseal_session without = make_session(SUITE, 1, PEER_SEED);
	const uint8_t none = 0;

	CHECK_OK(select_mki(a, 2, 2));
	CHECK_STATUS(select_mki(a, 4, 2), VOXSEAL_ERR_UNKNOWN_MKI);
	CHECK_STATUS(select_mki(a, 2, 1), VOXSEAL_ERR_UNKNOWN_MKI);
	CHECK_STATUS(select_mki(a, 2, 3), VOXSEAL_ERR_UNKNOWN_MKI);
	CHECK_STATUS(voxseal_session_select_mki(a, &none, 0), VOXSEAL_ERR_UNKNOWN_MKI);
	CHECK_STATUS(voxseal_session_select_mki(without, &none, 0), VOXSEAL_ERR_UNKNOWN_MKI);
	/* The one that was selected before still is. */
	CHECK(read_key(a, VOXSEAL_OUTBOUND).mki[1] == 2);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	/* The receiver was not told of the third. */
	CHECK_OK(select_mki(a, 3, 2));
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, 2), VOXSEAL_ERR_UNKNOWN_MKI);
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTCP, SSRC, 2), VOXSEAL_ERR_UNKNOWN_MKI);
	CHECK(read_stats(b).unprotect_refused == 2);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
	CHECK_OK(voxseal_session_free(without));
}

/* Of the first twelve packets one is the first to be read; from then on, none is lost. */
static void peer_that_sends_another_mki_than_announced_is_recognised(voxseal_suite suite, uint32_t kind, size_t sent,
	size_t announced)
{
	voxseal_session a = session_with_keys(suite, VOXSEAL_OUTBOUND, 1, sent);
	voxseal_session b = session_with_keys(suite, VOXSEAL_INBOUND, 1, announced);
	uint16_t number = 0;

	while (send_packet(a, b, kind, SSRC, number) != VOXSEAL_OK) {
		number++;
		CHECK(number < 12);
	}
	CHECK(read_stats(b).mki_changes == 1);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 100));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, 100));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 101));
	CHECK(read_stats(b).mki_changes == 1);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

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

/* RFC 3711 sections 3.3.1 and 3.4: ROC and SRTCP index go on under the other key, in both directions. */
static void indexes_go_on_when_the_key_is_switched_by_mki(voxseal_suite suite)
{
	voxseal_session a = session_with_keys(suite, VOXSEAL_OUTBOUND, 2, 1);
	voxseal_session b = session_with_keys(suite, VOXSEAL_INBOUND, 2, 1);
	const size_t word = suite >= VOXSEAL_AEAD_AES_128_GCM ? 5 : trailer_len(suite, VOXSEAL_RTCP) + 1;
	uint8_t wire[ROOM], mki = 1;
	uint32_t packet, srtcp = 0;
	size_t len;

	/* Past 20 wraps, more than a search would find. */
	for (packet = 0; packet < 20 * 65536 + 5000; packet += 20000) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) packet));
	}
	for (; mki <= 5; mki++) {
		CHECK_OK(select_mki(a, (uint8_t) (1 + mki % 2), 1));
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) packet));
		packet += 20000;
		CHECK(read_stream(a, VOXSEAL_OUTBOUND, SSRC).roc >= 20);
		len = protect_packet(a, VOXSEAL_RTCP, SSRC, (uint16_t) srtcp, wire);
		CHECK((wire[len - word + 3] | wire[len - word + 2] << 8) == (int) srtcp++);
		CHECK_OK(voxseal_session_unprotect(b, VOXSEAL_RTCP, wire, &len));
	}
	CHECK(read_stats(b).roc_recoveries == 0 && read_stats(b).auth_failures == 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
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
	static const size_t mismatches[][2] = { { 0, 3 }, { 1, 0 }, { 2, 0 }, { 4, 0 }, { 1, 2 }, { 0, 128 } };
	voxseal_suite suite;
	uint32_t kind;
	size_t i;

	for (suite = FIRST_SUITE; suite <= LAST_SUITE; suite++) {
		key_is_switched_by_its_mki_in_the_middle_of_a_stream(suite, 1);
		key_is_switched_by_its_mki_in_the_middle_of_a_stream(suite, 2);
		key_is_switched_by_its_mki_in_the_middle_of_a_stream(suite, VOXSEAL_MAX_MKI_LEN);
		for (i = 0; i < sizeof(mismatches) / sizeof(mismatches[0]); i++) {
			for (kind = VOXSEAL_RTP; kind <= VOXSEAL_RTCP; kind++) {
				peer_that_sends_another_mki_than_announced_is_recognised(suite, kind, mismatches[i][0],
					mismatches[i][1]);
			}
		}
	}
	indexes_go_on_when_the_key_is_switched_by_mki(SUITE);
	indexes_go_on_when_the_key_is_switched_by_mki(VOXSEAL_AEAD_AES_256_GCM);
	mki_is_selected_for_every_policy_that_has_it();
	next_key_is_the_next_whose_lifetime_is_not_nearly_over();
	unknown_mki_is_refused();
	key_that_cannot_be_one_is_refused_and_the_others_stay();
	keys_that_cannot_be_told_apart_are_refused(VOXSEAL_OUTBOUND);
	keys_that_cannot_be_told_apart_are_refused(VOXSEAL_INBOUND);
	keys_of_a_crypto_attribute_have_its_mkis_and_lifetimes();
	return 0;
}
