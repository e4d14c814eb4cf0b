/* Several master keys at a time, told apart by their MKIs. */

#include "keys.h"

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

/* A line whose first key is new and whose second is the one from before: one line has one set of indexes. */
static void new_key_before_one_that_stays_goes_on_from_its_indexes(voxseal_suite suite)
{
	voxseal_session a = session_with_keys(suite, VOXSEAL_OUTBOUND, 1, 1);
	voxseal_session b = session_with_keys(suite, VOXSEAL_INBOUND, 1, 1);
	const voxseal_session sessions[] = { a, b };
	uint32_t packet, direction;
	voxseal_policy *policy;

	for (packet = 0; packet < 3 * 65536; packet += 20000) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) packet));
	}
	for (direction = VOXSEAL_OUTBOUND; direction <= VOXSEAL_INBOUND; direction++) {
		policy = make_keyless_policy(suite, direction, 0);
		CHECK_OK(add_key(policy, suite, 2, 2, 1));
		CHECK_OK(add_key(policy, suite, 1, 1, 1));
		CHECK_OK(voxseal_session_apply(sessions[direction - VOXSEAL_OUTBOUND], policy));
		voxseal_policy_free(policy);
	}
	CHECK(read_key(a, VOXSEAL_OUTBOUND).mki[0] == 2);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) packet));
	CHECK(read_stream(a, VOXSEAL_OUTBOUND, SSRC).roc == packet >> 16);
	CHECK_OK(select_mki(a, 1, 1));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) (packet + 1)));
	CHECK(read_stats(b).roc_recoveries == 0 && read_stats(b).auth_failures == 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* The ROC under keys that were replaced is theirs alone, also when their overlap is over. */
static void indexes_under_a_line_that_was_replaced_say_nothing_of_the_next_one(voxseal_suite suite)
{
	voxseal_session_config config = { .struct_size = sizeof(config), .overlap_packets = 1 };
	voxseal_session a = make_session(suite, PEER_SEED, PEER_SEED);
	voxseal_session b = make_session_with(&config, suite, PEER_SEED, PEER_SEED);
	const voxseal_session sessions[] = { a, b };
	uint32_t packet = 0, end, direction;
	voxseal_policy *policy;
	uint8_t number;

	for (number = 1; number <= 3; number++) {
		for (direction = VOXSEAL_OUTBOUND; direction <= VOXSEAL_INBOUND; direction++) {
			policy = make_keyless_policy(suite, direction, 0);
			CHECK_OK(add_key(policy, suite, number, number, 1));
			CHECK_OK(voxseal_session_apply(sessions[direction - VOXSEAL_OUTBOUND], policy));
			voxseal_policy_free(policy);
		}
		for (end = packet + 3 * 65536; packet < end; packet += 20000) {
			CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) packet));
		}
		CHECK(read_stream(b, VOXSEAL_INBOUND, SSRC).roc >= 2);
	}
	CHECK(read_stats(b).roc_recoveries == 0 && read_stats(b).auth_failures == 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
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
		new_key_before_one_that_stays_goes_on_from_its_indexes(suite);
		indexes_under_a_line_that_was_replaced_say_nothing_of_the_next_one(suite);
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
	unknown_mki_is_refused();
	return 0;
}
