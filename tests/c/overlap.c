/* Receive keys that were replaced: how long they stay usable, and what is known of them when they return. */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80 };

static voxseal_session session_with_overlap(uint32_t packets, uint32_t millis)
{
	voxseal_session_config config = { 0 };

	config.struct_size = sizeof(config);
	config.overlap_packets = packets;
	config.overlap_millis = millis;
	return make_session_with(&config, SUITE, 2, 1);
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

int main(void)
{
	replaced_receive_key_is_dropped_after_the_packets_of_the_overlap();
	replaced_receive_key_is_dropped_after_the_time_of_the_overlap();
	receive_key_that_returns_knows_what_was_received_under_it();
	receive_key_that_is_kept_is_in_use_again_when_it_returns();
	return 0;
}
