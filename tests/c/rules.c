/*
 * What holds whatever the PBX or the network does, rule by rule. More of these rules: rekey.c has those about another
 * key in the middle of a call, peer.c those about peers of other habits, keys.c and lifetime.c what their names say.
 */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, REMEMBERED = 1024 };

/* No packet leaves in clear, and no index protects two packets. */

/* Another packet under the sequence number `seq`. */
static void check_other_bytes_are_refused(voxseal_session session, uint16_t seq)
{
	uint8_t plain[RTP_LEN];

	make_rtp(plain, SSRC, seq);
	plain[RTP_LEN - 1] ^= 1;
	check_protect_refused(session, VOXSEAL_RTP, plain, RTP_LEN, VOXSEAL_ERR_INDEX_REUSED);
	check_protect_refused(session, VOXSEAL_RTP, plain, RTP_LEN - 1, VOXSEAL_ERR_INDEX_REUSED);
	make_rtp(plain, SSRC, seq);
	plain[1] = 8;
	check_protect_refused(session, VOXSEAL_RTP, plain, RTP_LEN, VOXSEAL_ERR_INDEX_REUSED);
}

static void repeated_index_gives_the_same_bytes_or_nothing(voxseal_suite suite)
{
	voxseal_session a = make_session(suite, 1, 2);
	uint8_t first[ROOM], again[ROOM];
	size_t len = protect_packet(a, VOXSEAL_RTP, SSRC, 7, first);
	int round;

	protect_packet(a, VOXSEAL_RTP, SSRC, 8, again);
	for (round = 0; round < 3; round++) {
		CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, 7, again) == len);
		CHECK(memcmp(first, again, len) == 0);
		check_other_bytes_are_refused(a, 7);
	}
	CHECK_OK(voxseal_session_free(a));
}

static void stream_that_retransmits_can_repeat_a_thousand_packets(void)
{
	voxseal_session a = make_session(SUITE, 1, 2);
	uint8_t (*sent)[ROOM] = (uint8_t (*)[ROOM]) calloc(REMEMBERED, ROOM), again[ROOM], plain[RTP_LEN];
	uint16_t number;
	size_t len = 0;

	CHECK(sent != NULL);
	protect_packet(a, VOXSEAL_RTP, SSRC, 65000, sent[0]);
	protect_packet(a, VOXSEAL_RTP, SSRC, 65000, again);
	for (number = 1; number < REMEMBERED; number++) {
		len = protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) (65000 + number), sent[number]);
	}
	for (number = 0; number < REMEMBERED; number++) {
		CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) (65000 + number), again) == len);
		CHECK(memcmp(sent[number], again, len) == 0);
		check_other_bytes_are_refused(a, (uint16_t) (65000 + number));
	}
	/* What is no longer remembered is refused: it cannot be told from another packet. */
	protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) (65000 + REMEMBERED), again);
	check_protect_refused(a, VOXSEAL_RTP, plain, make_rtp(plain, SSRC, 65000), VOXSEAL_ERR_TOO_OLD);
	free(sent);
	CHECK_OK(voxseal_session_free(a));
}

static void unknown_outbound_ssrc_uses_the_local_key(void)
{
	voxseal_session a = { 0 }, b = make_session(SUITE, 2, 1);

	CHECK_OK(voxseal_session_new(NULL, &a));
	CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, SSRC, 1));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC + 1, 1));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC + 2, 1));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void refused_packet_makes_no_stream(uint32_t kind)
{
	voxseal_session a = make_session(SUITE, 1, 2);
	uint8_t plain[RTP_LEN], out[ROOM];
	uint32_t number;
	size_t len, out_len = 4711;

	for (number = 0; number < 1024; number++) {
		len = make_packet(plain, kind, SSRC + number, 1);
		CHECK_STATUS(voxseal_session_protect(a, kind, plain, len, out, len, &out_len), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	}
	CHECK(count_streams(a, VOXSEAL_OUTBOUND) == 0);
	protect_packet(a, kind, SSRC, 1, out);
	CHECK(count_streams(a, VOXSEAL_OUTBOUND) == 1);
	CHECK_OK(voxseal_session_free(a));
}

static void without_a_key_everything_is_refused(void)
{
	voxseal_session session = { 0 };
	voxseal_policy *zero = make_keyless_policy(SUITE, VOXSEAL_OUTBOUND, 0);
	uint8_t plain[RTP_LEN], wire[ROOM];
	const uint8_t zeros[30] = { 0 };
	uint32_t kind;
	int round;

	CHECK_OK(voxseal_policy_set_master_key(zero, zeros, sizeof(zeros), NULL, 0));
	CHECK_OK(voxseal_session_new(NULL, &session));
	/* Before a key was applied, after one was refused, and while there is one for the other direction alone. */
	for (round = 0; round < 3; round++) {
		for (kind = VOXSEAL_RTP; kind <= VOXSEAL_RTCP; kind++) {
			check_protect_refused(session, kind, plain, make_packet(plain, kind, SSRC, 1), VOXSEAL_ERR_NO_KEY);
		}
		CHECK_STATUS(voxseal_session_apply(session, zero), VOXSEAL_ERR_KEY_ALL_ZERO);
		if (round == 1) {
			CHECK_OK(apply_key(session, SUITE, VOXSEAL_INBOUND, 0, 2));
		}
	}
	/* A refused key leaves the one before in use. */
	CHECK_OK(apply_key(session, SUITE, VOXSEAL_OUTBOUND, 0, 1));
	CHECK_STATUS(voxseal_session_apply(session, zero), VOXSEAL_ERR_KEY_ALL_ZERO);
	protect_packet(session, VOXSEAL_RTP, SSRC, 1, wire);
	voxseal_policy_free(zero);
	CHECK_OK(voxseal_session_free(session));
}

/* What is not authentic, or was received before, is refused and changes nothing. */

static void check_same_stream(voxseal_stream_info one, voxseal_stream_info other)
{
	CHECK(one.ssrc == other.ssrc && one.roc == other.roc && one.seq == other.seq);
	CHECK(one.packets == other.packets && one.bytes == other.bytes);
	CHECK(one.short_srtcp_tag == other.short_srtcp_tag);
}

static void nothing_that_is_refused_changes_or_resets_anything(voxseal_suite suite)
{
	voxseal_session a = make_session(suite, 1, 2), b = make_session(suite, 2, 1);
	uint8_t wire[ROOM], forged[ROOM];
	voxseal_stream_info before;
	size_t len;
	uint32_t number;

	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 65535));
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 0, wire);
	CHECK_OK(receive_copy(b, VOXSEAL_RTP, wire, len));
	before = read_stream(b, VOXSEAL_INBOUND, SSRC);
	CHECK(before.roc == 1 && before.seq == 0);
	/* A flood of each kind: duplicates, every sequence number, other SSRCs. */
	for (number = 0; number < 4096; number++) {
		CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_REPLAYED);
		memcpy(forged, wire, len);
		forged[2] = (uint8_t) (number >> 4);
		forged[3] = (uint8_t) (1 + (number << 4));
		CHECK(receive_copy(b, VOXSEAL_RTP, forged, len) != VOXSEAL_OK);
		put_u32(forged + 8, SSRC + 1 + number);
		CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, forged, len), VOXSEAL_ERR_AUTH_FAILED);
		CHECK(receive_copy(b, VOXSEAL_RTCP, forged, len) != VOXSEAL_OK);
	}
	CHECK(count_streams(b, VOXSEAL_INBOUND) == 1);
	check_same_stream(read_stream(b, VOXSEAL_INBOUND, SSRC), before);
	CHECK(read_stats(b).replays >= 4096 && read_stats(b).packets_unprotected == 2);
	CHECK(read_stats(b).roc_recoveries == 0 && read_stats(b).mki_changes == 0);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, 65535), VOXSEAL_ERR_REPLAYED);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static voxseal_session session_with_windows(uint32_t size)
{
	voxseal_session_config config = { 0 };

	config.struct_size = sizeof(config);
	config.rtp_window = config.rtcp_window = size;
	return make_session_with(&config, SUITE, 2, 1);
}

/* The oldest packet inside the window is taken, once; the one before it is too old. */
static void replay_window_is_as_large_as_was_asked_for(uint32_t kind, uint32_t size)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = session_with_windows(size);
	uint8_t too_old[ROOM], oldest[ROOM], wire[ROOM];
	size_t len = protect_packet(a, kind, SSRC, 0, too_old);
	uint32_t number;

	CHECK(protect_packet(a, kind, SSRC, 1, oldest) == len);
	for (number = 2; number <= size; number++) {
		CHECK(protect_packet(a, kind, SSRC, (uint16_t) number, wire) == len);
	}
	CHECK_OK(receive_copy(b, kind, wire, len));
	CHECK_STATUS(receive_copy(b, kind, too_old, len), VOXSEAL_ERR_TOO_OLD);
	CHECK_OK(receive_copy(b, kind, oldest, len));
	CHECK_STATUS(receive_copy(b, kind, oldest, len), VOXSEAL_ERR_REPLAYED);
	CHECK_STATUS(receive_copy(b, kind, wire, len), VOXSEAL_ERR_REPLAYED);
	CHECK(read_stats(b).late == 1 && read_stats(b).replays == 2 && read_stats(b).auth_failures == 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

int main(void)
{
	voxseal_suite suite;
	uint32_t kind;

	for (suite = FIRST_SUITE; suite <= LAST_SUITE; suite++) {
		repeated_index_gives_the_same_bytes_or_nothing(suite);
		nothing_that_is_refused_changes_or_resets_anything(suite);
	}
	stream_that_retransmits_can_repeat_a_thousand_packets();
	unknown_outbound_ssrc_uses_the_local_key();
	without_a_key_everything_is_refused();
	for (kind = VOXSEAL_RTP; kind <= VOXSEAL_RTCP; kind++) {
		refused_packet_makes_no_stream(kind);
		replay_window_is_as_large_as_was_asked_for(kind, 64);
		replay_window_is_as_large_as_was_asked_for(kind, 32768);
	}
	return 0;
}
