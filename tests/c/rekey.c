/* New keys and new SSRCs in the middle of a call. */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, OTHER_TAG = VOXSEAL_AES_CM_128_HMAC_SHA1_32 };

static void new_key_of_one_direction_leaves_the_other_alone(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);
	uint8_t in_flight[ROOM];
	size_t len;
	uint16_t number;

	for (number = 0; number < 10; number++) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, number));
		CHECK_OK(send_packet(b, a, VOXSEAL_RTP, SSRC, number));
	}
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 10, in_flight);
	CHECK_OK(apply_key(a, VOXSEAL_AEAD_AES_256_GCM, VOXSEAL_OUTBOUND, 0, 3));
	CHECK_OK(apply_key(b, VOXSEAL_AEAD_AES_256_GCM, VOXSEAL_INBOUND, 0, 3));
	CHECK(read_stats(a).outbound_suite == VOXSEAL_AEAD_AES_256_GCM && read_stats(a).inbound_suite == SUITE);
	/* What b has sent cannot be sent to a again: that direction goes on where it was. */
	CHECK_STATUS(send_packet(b, a, VOXSEAL_RTP, SSRC, 9), VOXSEAL_ERR_REPLAYED);
	CHECK_OK(send_packet(b, a, VOXSEAL_RTP, SSRC, 10));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 11));
	/* What was on its way when the key changed still arrives, once. */
	CHECK_OK(voxseal_session_unprotect(b, VOXSEAL_RTP, in_flight, &len));
	CHECK(len == RTP_LEN);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* A PBX applies the same answer twice: nothing may begin anew. */
static void same_key_again_changes_nothing(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);

	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 65535));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 0));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, 0));
	CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, 1));
	CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, 1));
	/* Neither rollover counter nor SRTCP index nor replay window is lost. */
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, 1));
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, 0), VOXSEAL_ERR_REPLAYED);
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, 65535), VOXSEAL_ERR_REPLAYED);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void replaced_outbound_key_never_begins_anew(void)
{
	voxseal_session a = make_session(SUITE, 1, 2);
	uint8_t plain[RTP_LEN], out[ROOM], seed;
	size_t out_len;

	protect_packet(a, VOXSEAL_RTP, SSRC, 7, out);
	CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, 10));
	/* Back soon: it goes on, and knows what it has protected. */
	CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, 1));
	make_rtp(plain, SSRC, 7);
	plain[RTP_LEN - 1] ^= 1;
	CHECK_STATUS(voxseal_session_protect(a, VOXSEAL_RTP, plain, RTP_LEN, out, ROOM, &out_len),
		VOXSEAL_ERR_INDEX_REUSED);
	/* Back after many others: what it has protected is forgotten, so it is not taken. */
	for (seed = 11; seed < 20; seed++) {
		CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, seed));
	}
	CHECK_STATUS(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, 1), VOXSEAL_ERR_KEY_REUSED);
	/* The key before the refusal stands. */
	CHECK_OK(voxseal_session_protect(a, VOXSEAL_RTP, plain, RTP_LEN, out, ROOM, &out_len));
	CHECK_OK(voxseal_session_free(a));
}

static void own_key_goes_with_a_renamed_ssrc(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), any = make_session(SUITE, 4, 1);
	voxseal_session one = make_session(SUITE, 4, 3);

	CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, SSRC, 3));
	CHECK_OK(send_packet(a, one, VOXSEAL_RTP, SSRC, 1));
	CHECK_OK(send_packet(a, any, VOXSEAL_RTP, SSRC + 1, 1));
	CHECK_OK(voxseal_session_rename_ssrc(a, SSRC, SSRC + 1));
	CHECK_OK(send_packet(a, one, VOXSEAL_RTP, SSRC + 1, 2));
	CHECK_OK(send_packet(a, any, VOXSEAL_RTP, SSRC, 2));
	/* A name that nobody has: nothing changes. */
	CHECK_OK(voxseal_session_rename_ssrc(a, SSRC + 7, SSRC + 8));
	CHECK_OK(send_packet(a, one, VOXSEAL_RTP, SSRC + 1, 3));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(any));
	CHECK_OK(voxseal_session_free(one));
}

/* A peer's new key is the peer's affair: ours goes on as if nothing had been. */
static void new_key_of_the_peer_leaves_our_direction_alone(void)
{
	voxseal_session a = make_session(SUITE, 1, 2);
	uint8_t first[ROOM], again[ROOM];
	voxseal_key_info before, after;
	voxseal_stream_info stream;
	size_t len;

	protect_packet(a, VOXSEAL_RTP, SSRC, 65535, again);
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 0, first);
	before = read_key(a, VOXSEAL_OUTBOUND);
	CHECK_OK(apply_key(a, VOXSEAL_AEAD_AES_128_GCM, VOXSEAL_INBOUND, 0, 3));
	after = read_key(a, VOXSEAL_OUTBOUND);
	CHECK(after.suite == SUITE && after.srtp_remaining == before.srtp_remaining);
	CHECK(after.age_millis >= before.age_millis);
	stream = read_stream(a, VOXSEAL_OUTBOUND, SSRC);
	CHECK(stream.roc == 1 && stream.seq == 0 && stream.packets == 2);
	CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, 0, again) == len && memcmp(first, again, len) == 0);
	CHECK_OK(voxseal_session_free(a));
}

/* Only the tag's length differs, so the keystream is the same: what was used or received under one stays so. */
static void same_key_with_another_suite_takes_effect_and_keeps_its_indexes(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);
	uint8_t plain[RTP_LEN], wire[ROOM], short_wire[ROOM];
	size_t len = protect_packet(a, VOXSEAL_RTP, SSRC, 7, wire);
	uint8_t seed;

	CHECK(len == RTP_LEN + 10);
	CHECK_OK(receive_copy(b, VOXSEAL_RTP, wire, len));
	CHECK_OK(apply_key(a, OTHER_TAG, VOXSEAL_OUTBOUND, 0, 1));
	CHECK_OK(apply_key(b, OTHER_TAG, VOXSEAL_INBOUND, 0, 1));
	CHECK(read_stats(a).outbound_suite == OTHER_TAG && read_stats(b).inbound_suite == OTHER_TAG);
	CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, 8, short_wire) == RTP_LEN + 4);
	CHECK_OK(receive_copy(b, VOXSEAL_RTP, short_wire, RTP_LEN + 4));
	/* The packet from before, with the tag that it has now. */
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, RTP_LEN + 4), VOXSEAL_ERR_REPLAYED);
	CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, 7, short_wire) == RTP_LEN + 4);
	CHECK(memcmp(wire, short_wire, RTP_LEN + 4) == 0);
	make_rtp(plain, SSRC, 7);
	plain[RTP_LEN - 1] ^= 1;
	check_protect_refused(a, VOXSEAL_RTP, plain, RTP_LEN, VOXSEAL_ERR_INDEX_REUSED);
	/* A key that was replaced too long ago is known again by either suite. */
	for (seed = 11; seed < 20; seed++) {
		CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, seed));
	}
	CHECK_STATUS(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, 1), VOXSEAL_ERR_KEY_REUSED);
	CHECK_STATUS(apply_key(a, OTHER_TAG, VOXSEAL_OUTBOUND, 0, 1), VOXSEAL_ERR_KEY_REUSED);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static uint32_t srtcp_index(const uint8_t *wire, size_t len)
{
	const uint8_t *word = wire + len - 14;

	return (uint32_t) (word[0] & 0x7f) << 24 | (uint32_t) word[1] << 16 | (uint32_t) word[2] << 8 | word[3];
}

static void key_that_returns_goes_on_from_its_last_index(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);
	uint8_t plain[RTP_LEN], first[ROOM], wire[ROOM];
	size_t len, rtcp_len;
	uint32_t next;
	int round;

	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 65535));
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 0, first);
	for (round = 0, next = 0; round < 5; round++, next++) {
		rtcp_len = protect_packet(a, VOXSEAL_RTCP, SSRC, 0, wire);
		CHECK(srtcp_index(wire, rtcp_len) == next);
		CHECK_OK(receive_copy(b, VOXSEAL_RTCP, wire, rtcp_len));
		CHECK_OK(apply_key(a, VOXSEAL_AEAD_AES_128_GCM, VOXSEAL_OUTBOUND, 0, (uint8_t) (10 + round % 3)));
		protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) round, wire);
		CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, 1));
		CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, 0, wire) == len && memcmp(wire, first, len) == 0);
		make_rtp(plain, SSRC, 0);
		plain[RTP_LEN - 1] ^= 1;
		check_protect_refused(a, VOXSEAL_RTP, plain, RTP_LEN, VOXSEAL_ERR_INDEX_REUSED);
	}
	CHECK(read_stream(a, VOXSEAL_OUTBOUND, SSRC).roc == 1);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void key_of_two_rules_has_one_set_of_indexes(void)
{
	voxseal_session a = make_session(SUITE, 1, 2);
	uint8_t plain[RTP_LEN], wire[ROOM];

	protect_packet(a, VOXSEAL_RTP, SSRC, 7, wire);
	CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, SSRC, 1));
	make_rtp(plain, SSRC, 7);
	plain[RTP_LEN - 1] ^= 1;
	check_protect_refused(a, VOXSEAL_RTP, plain, RTP_LEN, VOXSEAL_ERR_INDEX_REUSED);
	CHECK_OK(voxseal_session_rename_ssrc(a, SSRC, SSRC + 1));
	check_protect_refused(a, VOXSEAL_RTP, plain, RTP_LEN, VOXSEAL_ERR_INDEX_REUSED);
	CHECK_OK(voxseal_session_free(a));
}

int main(void)
{
	new_key_of_the_peer_leaves_our_direction_alone();
	same_key_with_another_suite_takes_effect_and_keeps_its_indexes();
	key_that_returns_goes_on_from_its_last_index();
	key_of_two_rules_has_one_set_of_indexes();
	new_key_of_one_direction_leaves_the_other_alone();
	same_key_again_changes_nothing();
	replaced_outbound_key_never_begins_anew();
	own_key_goes_with_a_renamed_ssrc();
	return 0;
}
