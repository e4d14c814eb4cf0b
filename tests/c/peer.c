/* Peers that do it another way: what is recognised by authentication, and nothing but that. */

#include "media.h"

enum { SSRC = 0x11223344 };

/* The tags of the `_32` suites, and peers that have SRTCP tags of their own mind. */

enum { CUT = 10 - 4 };

static size_t sent_srtcp_len(voxseal_session session)
{
	uint8_t wire[ROOM];

	return protect_packet(session, VOXSEAL_RTCP, SSRC, 0, wire);
}

static void short_srtcp_tags_are_recognised_and_answered_where_the_setting_says_so(voxseal_suite suite, uint32_t answer)
{
	const size_t whole = RTCP_LEN + 4 + 10;
	voxseal_session_config config = { 0 };
	voxseal_session a = make_session(suite, 1, 2), b;
	uint8_t wire[ROOM];
	int round;

	config.struct_size = sizeof(config);
	config.answer_short_srtcp_tags = answer;
	b = make_session_with(&config, suite, 2, 1);
	CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, 0, wire) == RTP_LEN + 4);
	for (round = 1; round <= 3; round++) {
		CHECK(sent_srtcp_len(b) == (round == 1 || answer == 0 ? whole : whole - CUT));
		CHECK(protect_packet(a, VOXSEAL_RTCP, SSRC, 0, wire) == whole);
		CHECK_OK(receive_copy(b, VOXSEAL_RTCP, wire, whole - CUT));
		/* The same packet with its whole tag is the same packet. */
		CHECK(receive_copy(b, VOXSEAL_RTCP, wire, whole) != VOXSEAL_OK);
		CHECK(read_stats(b).srtcp_tag_changes == 1);
		CHECK(read_stream(b, VOXSEAL_INBOUND, SSRC).short_srtcp_tag != 0);
	}
	CHECK(sent_srtcp_len(b) == (answer == 0 ? whole : whole - CUT));
	/* And back: within two packets. */
	if (send_packet(a, b, VOXSEAL_RTCP, SSRC, 0) != VOXSEAL_OK) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, 0));
	}
	CHECK(read_stats(b).srtcp_tag_changes == 2);
	CHECK(read_stream(b, VOXSEAL_INBOUND, SSRC).short_srtcp_tag == 0);
	CHECK(sent_srtcp_len(b) == whole);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* The habit is that of the peer: one that takes its place, with a key of its own, is answered as it sends. */
static void new_peer_with_long_srtcp_tags_gets_long_ones(voxseal_suite suite)
{
	voxseal_session_config config = { 0 };
	voxseal_session a = make_session(suite, 1, 2), successor = make_session(suite, 3, 2), b;
	uint8_t wire[ROOM];
	size_t len = protect_packet(a, VOXSEAL_RTCP, SSRC, 0, wire), whole = len;

	config.struct_size = sizeof(config);
	config.answer_short_srtcp_tags = 1;
	b = make_session_with(&config, suite, 2, 1);
	CHECK_OK(receive_copy(b, VOXSEAL_RTCP, wire, len - CUT));
	CHECK(sent_srtcp_len(b) == whole - CUT);
	CHECK_OK(apply_key(b, suite, VOXSEAL_INBOUND, 0, 3));
	CHECK_OK(send_packet(successor, b, VOXSEAL_RTCP, SSRC, 0));
	CHECK(sent_srtcp_len(b) == whole);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
	CHECK_OK(voxseal_session_free(successor));
}

/*
 * An MKI is not authenticated: anyone may put one into a good packet, or cut it out, and be faster than the good one.
 * That must not cost more than a few packets. One that was received already is refused however it is taken apart.
 */
static void packet_with_an_mki_put_in_costs_a_few_packets_at_most(voxseal_suite suite, uint16_t start)
{
	voxseal_session a = make_session(suite, 1, 2), b = make_session(suite, 2, 1);
	const size_t mki_at = suite >= VOXSEAL_AEAD_AES_128_GCM ? 0 : trailer_len(suite, VOXSEAL_RTP);
	uint8_t wire[ROOM], changed[ROOM + 1];
	size_t len;
	uint16_t seq;
	int taken, lost = 0;

	for (seq = 0; seq < start; seq++) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, seq));
		CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, seq), VOXSEAL_ERR_REPLAYED);
	}
	len = protect_packet(a, VOXSEAL_RTP, SSRC, seq, wire);
	memcpy(changed, wire, len - mki_at);
	changed[len - mki_at] = 0x77;
	memcpy(changed + len - mki_at + 1, wire + len - mki_at, mki_at);
	/* Its seq says whether it is read this way at all. Either way, one of the two is taken and not both. */
	taken = receive_copy(b, VOXSEAL_RTP, changed, len + 1) == VOXSEAL_OK;
	CHECK(taken != (receive_copy(b, VOXSEAL_RTP, wire, len) == VOXSEAL_OK));
	for (seq++, lost = 0; send_packet(a, b, VOXSEAL_RTP, SSRC, seq) != VOXSEAL_OK; seq++) {
		CHECK(lost++ < 4);
	}
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) (seq + 1)));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void suite_with_long_tags_takes_no_shorter_ones(voxseal_suite suite)
{
	voxseal_session a = make_session(suite, 1, 2), b = make_session(suite, 2, 1);
	uint8_t wire[ROOM];
	uint32_t kind;
	size_t len;
	int round;

	for (round = 0; round < 8; round++) {
		for (kind = VOXSEAL_RTP; kind <= VOXSEAL_RTCP; kind++) {
			len = protect_packet(a, kind, SSRC, (uint16_t) round, wire);
			CHECK(receive_copy(b, kind, wire, len - CUT) != VOXSEAL_OK);
		}
	}
	CHECK(read_stats(b).packets_unprotected == 0 && read_stats(b).srtcp_tag_changes == 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* A peer that is ahead is found; there is no way back. */

enum { ROCS_AHEAD = 16, MOST_LOST = 4 * ROCS_AHEAD };

static void peer_whose_roc_is_ahead_is_found_and_going_back_is_refused(voxseal_suite suite, uint32_t rocs, int heard)
{
	voxseal_session a = make_session(suite, 1, 2), b = make_session(suite, 2, 1);
	uint8_t early[ROOM], wire[ROOM];
	size_t len = protect_packet(a, VOXSEAL_RTP, SSRC, 1000, early);
	voxseal_stream_info found;
	uint32_t index;
	uint16_t seq = 2000;

	if (heard) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1001));
	}
	for (index = 2000; index < rocs << 16; index += 16384) {
		protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) index, wire);
	}
	while (send_packet(a, b, VOXSEAL_RTP, SSRC, seq) != VOXSEAL_OK) {
		seq++;
		CHECK(seq < 2000 + MOST_LOST);
	}
	found = read_stream(b, VOXSEAL_INBOUND, SSRC);
	CHECK(found.roc == rocs && found.seq == seq);
	CHECK(read_stats(b).roc_recoveries == 1);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) (seq + 1)));
	/* One from long ago that never arrived, as often as all readings take. */
	for (index = 0; index < 2 * MOST_LOST; index++) {
		CHECK(receive_copy(b, VOXSEAL_RTP, early, len) != VOXSEAL_OK);
	}
	found = read_stream(b, VOXSEAL_INBOUND, SSRC);
	CHECK(found.roc == rocs && found.seq == seq + 1);
	CHECK(read_stats(b).roc_recoveries == 1);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

int main(void)
{
	voxseal_suite suite;
	uint32_t rocs, answer;
	uint16_t start;

	for (suite = FIRST_SUITE; suite <= LAST_SUITE; suite++) {
		for (answer = 0; answer <= 1 && trailer_len(suite, VOXSEAL_RTP) == 4; answer++) {
			short_srtcp_tags_are_recognised_and_answered_where_the_setting_says_so(suite, answer);
		}
		for (start = 0; start < 12; start++) {
			packet_with_an_mki_put_in_costs_a_few_packets_at_most(suite, start);
		}
		if (trailer_len(suite, VOXSEAL_RTP) == 4) {
			new_peer_with_long_srtcp_tags_gets_long_ones(suite);
		} else {
			suite_with_long_tags_takes_no_shorter_ones(suite);
		}
		for (rocs = 1; rocs <= ROCS_AHEAD; rocs += 5) {
			peer_whose_roc_is_ahead_is_found_and_going_back_is_refused(suite, rocs, 0);
			peer_whose_roc_is_ahead_is_found_and_going_back_is_refused(suite, rocs, 1);
		}
	}
	return 0;
}
