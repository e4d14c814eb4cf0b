/* Receive keys that were replaced: how long they stay usable, and what is known of them when they return. */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, OTHER_TAG = VOXSEAL_AES_CM_128_HMAC_SHA1_32 };

static voxseal_session session_of(voxseal_suite suite, uint32_t packets, uint32_t millis)
{
	voxseal_session_config config = { 0 };

	config.struct_size = sizeof(config);
	config.overlap_packets = packets;
	config.overlap_millis = millis;
	return make_session_with(&config, suite, 2, 1);
}

static voxseal_session session_with_overlap(uint32_t packets, uint32_t millis)
{
	return session_of(SUITE, packets, millis);
}

static void replaced_receive_key_is_dropped_after_the_packets_of_the_overlap(void)
{
	voxseal_session old_sender = make_session(SUITE, 1, 2), new_sender = make_session(SUITE, 3, 2);
	voxseal_session b = session_with_overlap(5, UINT32_MAX);
	uint16_t number;

	CHECK_OK(send_packet(old_sender, b, VOXSEAL_RTP, SSRC, 0));
	CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, 3));
	for (number = 1; number <= 5; number++) {
		/* Each under the old key, in both kinds, and once only; these do not count. */
		CHECK_OK(send_packet(old_sender, b, VOXSEAL_RTP, SSRC, number));
		CHECK_OK(send_packet(old_sender, b, VOXSEAL_RTCP, SSRC, number));
		CHECK(send_packet(old_sender, b, VOXSEAL_RTP, SSRC, number) != VOXSEAL_OK);
		CHECK_OK(send_packet(new_sender, b, VOXSEAL_RTP, SSRC, number));
	}
	CHECK_STATUS(send_packet(old_sender, b, VOXSEAL_RTP, SSRC, 6), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_STATUS(send_packet(old_sender, b, VOXSEAL_RTCP, SSRC, 6), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(send_packet(new_sender, b, VOXSEAL_RTP, SSRC, 6));
	CHECK(count_streams(b, VOXSEAL_INBOUND) == 1);
	CHECK_OK(voxseal_session_free(old_sender));
	CHECK_OK(voxseal_session_free(new_sender));
	CHECK_OK(voxseal_session_free(b));
}

static void replaced_receive_key_is_dropped_after_the_time_of_the_overlap(void)
{
	voxseal_session old_sender = make_session(SUITE, 1, 2), new_sender = make_session(SUITE, 3, 2);
	voxseal_session b = session_with_overlap(UINT32_MAX, 1);
	int reads;

	CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, 3));
	/* The overlap is as old as the new key. */
	for (reads = 0; read_key(b, VOXSEAL_INBOUND).age_millis < 1; reads++) {
		CHECK(reads < 100000000);
	}
	CHECK_STATUS(send_packet(old_sender, b, VOXSEAL_RTP, SSRC, 0), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(send_packet(new_sender, b, VOXSEAL_RTP, SSRC, 0));
	CHECK_OK(voxseal_session_free(old_sender));
	CHECK_OK(voxseal_session_free(new_sender));
	CHECK_OK(voxseal_session_free(b));
}

/* What was received once is received, also when another key came in between and its time is over. */
static void receive_key_that_returns_knows_what_was_received_under_it(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), other = make_session(SUITE, 3, 2), b = session_with_overlap(1, 0);
	uint8_t wire[ROOM];
	size_t len = protect_packet(a, VOXSEAL_RTP, SSRC, 5, wire);

	CHECK_OK(receive_copy(b, VOXSEAL_RTP, wire, len));
	CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, 3));
	CHECK_OK(send_packet(other, b, VOXSEAL_RTP, SSRC, 0));
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, 1));
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_REPLAYED);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 6));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(other));
	CHECK_OK(voxseal_session_free(b));
}

/* Six are kept: the one in use, the one before it in its overlap, and four before that. */
static void receive_key_that_is_kept_is_in_use_again_when_it_returns(void)
{
	voxseal_session a, b;
	uint8_t returning, seed;

	for (returning = 1; returning <= 6; returning++) {
		a = make_session(SUITE, returning, 8);
		b = make_session(SUITE, 8, 7);
		for (seed = 1; seed <= 6; seed++) {
			CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, seed));
		}
		/* The seventh is forgotten. */
		CHECK_STATUS(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, 7), VOXSEAL_ERR_KEY_REUSED);
		CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, returning));
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
		CHECK_OK(voxseal_session_free(a));
		CHECK_OK(voxseal_session_free(b));
	}
}

/*
 * The same key with tags of another length: what was on its way is read with the length it has, each packet once whatever
 * its tag, and after the overlap no more.
 */
static void former_tag_length_is_read_for_the_packets_of_the_overlap(voxseal_suite before, voxseal_suite after)
{
	voxseal_session a = make_session(before, 1, 2), b = session_of(before, 5, UINT32_MAX);
	uint8_t late[6][ROOM], wire[ROOM];
	size_t late_len = 0, len;
	uint16_t number;

	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 65529));
	for (number = 0; number < 6; number++) {
		late_len = protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) (65530 + number), late[number]);
	}
	CHECK_OK(apply_key(a, after, VOXSEAL_OUTBOUND, 0, 1));
	CHECK_OK(apply_key(b, after, VOXSEAL_INBOUND, 0, 1));
	CHECK(read_stats(b).inbound_suite == after);
	for (number = 0; number < 5; number++) {
		CHECK_OK(receive_copy(b, VOXSEAL_RTP, late[number], late_len));
		CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, late[number], late_len), VOXSEAL_ERR_REPLAYED);
		/* A retransmission has the tag of now. */
		len = protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) (65530 + number), wire);
		CHECK(len != late_len);
		CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_REPLAYED);
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, number));
		/* The same again changes nothing: the end comes no later for it. */
		CHECK_OK(apply_key(b, after, VOXSEAL_INBOUND, 0, 1));
	}
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, late[5], late_len), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 65535));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 5));
	CHECK(count_streams(b, VOXSEAL_INBOUND) == 1 && read_stream(b, VOXSEAL_INBOUND, SSRC).roc == 1);
	CHECK(read_stats(b).auth_failures == 1);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void former_tag_length_is_read_for_the_time_of_the_overlap(voxseal_suite before, voxseal_suite after)
{
	voxseal_session a = make_session(before, 1, 2), b = session_of(before, UINT32_MAX, 1);
	uint8_t late[ROOM];
	size_t late_len = protect_packet(a, VOXSEAL_RTP, SSRC, 1, late);
	uint64_t applied;
	int reads;

	CHECK_OK(apply_key(a, after, VOXSEAL_OUTBOUND, 0, 1));
	CHECK_OK(apply_key(b, after, VOXSEAL_INBOUND, 0, 1));
	applied = read_key(b, VOXSEAL_INBOUND).age_millis;
	/* The key's age has gone on by one millisecond or more since the change. */
	for (reads = 0; read_key(b, VOXSEAL_INBOUND).age_millis <= applied; reads++) {
		CHECK(reads < 100000000);
	}
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, late, late_len), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* A peer that puts 32 bits on SRTCP too; tags of the other suite are of 80. */
static void short_srtcp_tag_is_read_for_the_overlap(void)
{
	voxseal_session a = make_session(OTHER_TAG, 1, 2), b = session_of(OTHER_TAG, 1, UINT32_MAX);
	uint8_t wire[4][ROOM];
	size_t len = 0;
	uint16_t number;

	for (number = 0; number < 4; number++) {
		len = protect_packet(a, VOXSEAL_RTCP, SSRC, number, wire[number]) - 6;
	}
	CHECK_OK(receive_copy(b, VOXSEAL_RTCP, wire[0], len));
	CHECK(read_stream(b, VOXSEAL_INBOUND, SSRC).short_srtcp_tag);
	CHECK_OK(apply_key(a, SUITE, VOXSEAL_OUTBOUND, 0, 1));
	CHECK_OK(apply_key(b, SUITE, VOXSEAL_INBOUND, 0, 1));
	CHECK_OK(receive_copy(b, VOXSEAL_RTCP, wire[2], len));
	CHECK(receive_copy(b, VOXSEAL_RTCP, wire[2], len + 6) == VOXSEAL_ERR_REPLAYED);
	CHECK_OK(receive_copy(b, VOXSEAL_RTCP, wire[1], len));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, 4));
	CHECK(receive_copy(b, VOXSEAL_RTCP, wire[3], len) != VOXSEAL_OK);
	CHECK_OK(receive_copy(b, VOXSEAL_RTCP, wire[3], len + 6));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

int main(void)
{
	former_tag_length_is_read_for_the_packets_of_the_overlap(SUITE, OTHER_TAG);
	former_tag_length_is_read_for_the_packets_of_the_overlap(OTHER_TAG, SUITE);
	former_tag_length_is_read_for_the_time_of_the_overlap(SUITE, OTHER_TAG);
	former_tag_length_is_read_for_the_time_of_the_overlap(OTHER_TAG, SUITE);
	short_srtcp_tag_is_read_for_the_overlap();
	replaced_receive_key_is_dropped_after_the_packets_of_the_overlap();
	replaced_receive_key_is_dropped_after_the_time_of_the_overlap();
	receive_key_that_returns_knows_what_was_received_under_it();
	receive_key_that_is_kept_is_in_use_again_when_it_returns();
	return 0;
}
