/* What can be seen of a session: its keys and its streams, exactly. */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, STREAMS = 3 };

static void session_without_keys_shows_nothing(void)
{
	voxseal_session session = { 0 };
	voxseal_key_info key;
	uint32_t direction;

	memset(&key, 0xa5, sizeof(key));
	key.struct_size = sizeof(key);
	CHECK_OK(voxseal_session_new(NULL, &session));
	for (direction = VOXSEAL_OUTBOUND; direction <= VOXSEAL_INBOUND; direction++) {
		CHECK_STATUS(voxseal_session_key(session, direction, &key), VOXSEAL_ERR_NO_KEY);
		CHECK(count_streams(session, direction) == 0);
	}
	CHECK(key.srtp_remaining == 0xa5a5a5a5a5a5a5a5u);
	CHECK_OK(voxseal_session_free(session));
}

static void list_is_filled_as_far_as_it_goes_and_the_count_is_of_all(uint32_t direction)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);
	voxseal_session session = direction == VOXSEAL_OUTBOUND ? a : b;
	voxseal_stream_info infos[STREAMS + 2];
	size_t capacity, count, i;

	for (i = 0; i < STREAMS; i++) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC + (uint32_t) i, 1));
	}
	for (capacity = 0; capacity <= STREAMS + 2; capacity++) {
		memset(infos, 0xa5, sizeof(infos));
		count = 4711;
		CHECK_OK(voxseal_session_streams(session, direction, infos, capacity, &count));
		CHECK(count == STREAMS);
		for (i = 0; i < STREAMS + 2; i++) {
			CHECK(infos[i].ssrc == (i < capacity && i < STREAMS ? SSRC + i : 0xa5a5a5a5u));
		}
	}
	CHECK(count_streams(session, direction) == STREAMS);
	/* Nothing went the other way. */
	CHECK(count_streams(session, VOXSEAL_OUTBOUND + VOXSEAL_INBOUND - direction) == 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void check_stream(voxseal_session session, uint32_t direction, voxseal_suite suite, uint32_t roc, uint16_t seq,
	uint64_t packets)
{
	voxseal_stream_info stream = read_stream(session, direction, SSRC);

	CHECK(stream.ssrc == SSRC && stream.suite == suite && stream.short_srtcp_tag == 0);
	CHECK(stream.roc == roc && stream.seq == seq);
	CHECK(stream.packets == packets && stream.bytes == packets * RTP_LEN);
}

static void stream_is_described_exactly_across_a_wrap(voxseal_suite suite)
{
	voxseal_session a = make_session(suite, 1, 2), b = make_session(suite, 2, 1);
	uint8_t late[ROOM], wire[ROOM];
	size_t late_len = 0, len;
	uint32_t index;

	/* A stream of SRTCP alone. */
	CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, 0));
	check_stream(a, VOXSEAL_OUTBOUND, suite, 0, 0, 0);
	check_stream(b, VOXSEAL_INBOUND, suite, 0, 0, 0);
	for (index = 65530; index < 65542; index++) {
		if (index == 65534) {
			late_len = protect_packet(a, VOXSEAL_RTP, SSRC, (uint16_t) index, late);
			continue;
		}
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) index));
		check_stream(a, VOXSEAL_OUTBOUND, suite, index >> 16, (uint16_t) index, index - 65529);
		check_stream(b, VOXSEAL_INBOUND, suite, index >> 16, (uint16_t) index, index - 65529 - (index > 65534));
	}
	/* One that comes late counts and takes nothing back; one that is refused is not seen at all. */
	CHECK_OK(voxseal_session_unprotect(b, VOXSEAL_RTP, late, &late_len));
	check_stream(b, VOXSEAL_INBOUND, suite, 1, 5, 12);
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, 5), VOXSEAL_ERR_REPLAYED);
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 6, wire);
	wire[20] ^= 1;
	CHECK_STATUS(voxseal_session_unprotect(b, VOXSEAL_RTP, wire, &len), VOXSEAL_ERR_AUTH_FAILED);
	check_stream(b, VOXSEAL_INBOUND, suite, 1, 5, 12);
	/* At the sender, what is sent again counts again. */
	check_stream(a, VOXSEAL_OUTBOUND, suite, 1, 6, 14);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* Sends packets of which the receiver misses so many that its ROC falls behind; how many were refused before it was found. */
static uint64_t fall_behind_and_be_found(voxseal_session a, voxseal_session b)
{
	uint8_t wire[ROOM];
	uint64_t refused = 0;
	uint16_t seq = 10001;

	protect_packet(a, VOXSEAL_RTP, SSRC, 30000, wire);
	protect_packet(a, VOXSEAL_RTP, SSRC, 60000, wire);
	protect_packet(a, VOXSEAL_RTP, SSRC, 10000, wire);
	while (send_packet(a, b, VOXSEAL_RTP, SSRC, seq++) != VOXSEAL_OK) {
		CHECK(++refused < 8);
	}
	return refused;
}

static void refused_packets_count_for_the_stream_that_they_name_and_unknown_ones_for_the_session_alone(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);
	uint8_t old[ROOM], wire[ROOM], report[ROOM];
	size_t old_len = protect_packet(a, VOXSEAL_RTP, SSRC, 1, old), len, report_len;
	uint64_t behind;
	voxseal_stream_info stream;
	int round;

	/* Before the first authentic packet there is no stream to count for. */
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 2, wire);
	wire[20] ^= 1;
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_AUTH_FAILED);
	wire[20] ^= 1;
	CHECK(count_streams(b, VOXSEAL_INBOUND) == 0 && read_stats(b).auth_failures == 1);
	CHECK_OK(receive_copy(b, VOXSEAL_RTP, wire, len));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC + 1, 1));
	report_len = protect_packet(a, VOXSEAL_RTCP, SSRC, 0, report);
	CHECK_OK(receive_copy(b, VOXSEAL_RTCP, report, report_len));
	for (round = 0; round < 3; round++) {
		CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_REPLAYED);
		CHECK_STATUS(receive_copy(b, VOXSEAL_RTCP, report, report_len), VOXSEAL_ERR_REPLAYED);
	}
	report[report_len - 1] ^= 1;
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTCP, report, report_len), VOXSEAL_ERR_REPLAYED);
	wire[3] = 99;
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_AUTH_FAILED);
	/* An SSRC that nobody has authenticated. */
	put_u32(wire + 8, SSRC + 2);
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, wire, len), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 3000));
	CHECK_STATUS(receive_copy(b, VOXSEAL_RTP, old, old_len), VOXSEAL_ERR_TOO_OLD);
	behind = fall_behind_and_be_found(a, b);
	stream = read_stream(b, VOXSEAL_INBOUND, SSRC);
	CHECK(stream.packets == 3 && stream.bytes == 3 * RTP_LEN && stream.roc == 1);
	CHECK(stream.replays == 7 && stream.auth_failures == 1 + behind && stream.late == 1 && stream.roc_recoveries == 1);
	CHECK(read_stats(b).replays == 7 && read_stats(b).auth_failures == 3 + behind);
	CHECK(read_stats(b).late == 1 && read_stats(b).roc_recoveries == 1);
	/* The other stream has seen none of it, and the sender refused nothing. */
	stream = read_stream(b, VOXSEAL_INBOUND, SSRC + 1);
	CHECK(stream.packets == 1 && !stream.replays && !stream.auth_failures && !stream.late && !stream.roc_recoveries);
	stream = read_stream(a, VOXSEAL_OUTBOUND, SSRC);
	CHECK(!stream.replays && !stream.auth_failures && !stream.late && !stream.roc_recoveries);
	CHECK(count_streams(b, VOXSEAL_INBOUND) == 2);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void ssrc_under_a_new_key_is_another_stream(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);
	voxseal_stream_info infos[2];
	size_t count;

	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 65535));
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 0));
	CHECK_OK(apply_key(a, VOXSEAL_AEAD_AES_128_GCM, VOXSEAL_OUTBOUND, 0, 3));
	CHECK_OK(apply_key(b, VOXSEAL_AEAD_AES_128_GCM, VOXSEAL_INBOUND, 0, 3));
	CHECK(count_streams(a, VOXSEAL_OUTBOUND) == 1 && count_streams(b, VOXSEAL_INBOUND) == 1);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	CHECK_OK(voxseal_session_streams(a, VOXSEAL_OUTBOUND, infos, 2, &count));
	CHECK(count == 2 && infos[0].ssrc == SSRC && infos[1].ssrc == SSRC);
	CHECK(infos[0].suite == SUITE && infos[0].roc == 1 && infos[0].seq == 0 && infos[0].packets == 2);
	CHECK(infos[1].suite == VOXSEAL_AEAD_AES_128_GCM && infos[1].roc == 0 && infos[1].seq == 1);
	CHECK(count_streams(b, VOXSEAL_INBOUND) == 2);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void key_in_use_is_described(uint32_t direction)
{
	static const uint8_t mki[] = { 0xde, 0xad, 0x00 };
	voxseal_policy *policy = make_keyless_policy(VOXSEAL_AEAD_AES_256_GCM, direction, 0);
	voxseal_session session = make_session(SUITE, 1, 2);
	voxseal_key_info info = read_key(session, direction), later;
	uint8_t bytes[MAX_KEY_SALT_LEN];
	voxseal_master_key key = { 0 };

	CHECK(info.suite == SUITE && info.mki_len == 0 && is_all(0, info.mki, sizeof(info.mki)));
	CHECK(info.srtp_remaining == (uint64_t) 1 << 48 && info.srtcp_remaining == (uint64_t) 1 << 31);
	CHECK(info.soft_limit_reached == 0);
	later = read_key(session, direction);
	CHECK(later.age_millis >= info.age_millis && later.age_millis < 600000);
	make_key(bytes, 3);
	key.struct_size = sizeof(key);
	key.key = bytes;
	key.key_len = key_salt_len(VOXSEAL_AEAD_AES_256_GCM);
	key.mki = mki;
	key.mki_len = sizeof(mki);
	key.srtp_lifetime = 1000;
	key.srtcp_lifetime = 100;
	CHECK_OK(voxseal_policy_add_key(policy, &key));
	CHECK_OK(voxseal_session_apply(session, policy));
	info = read_key(session, direction);
	CHECK(info.struct_size == sizeof(info) && info.suite == VOXSEAL_AEAD_AES_256_GCM);
	CHECK(info.mki_len == sizeof(mki) && memcmp(info.mki, mki, sizeof(mki)) == 0);
	CHECK(is_all(0, info.mki + sizeof(mki), sizeof(info.mki) - sizeof(mki)));
	CHECK(info.srtp_remaining == 1000 && info.srtcp_remaining == 100 && info.soft_limit_reached == 0);
	/* The other direction has the key it had. */
	later = read_key(session, VOXSEAL_OUTBOUND + VOXSEAL_INBOUND - direction);
	CHECK(later.suite == SUITE && later.mki_len == 0);
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(session));
}

static void age_counts_from_the_first_time_that_the_key_was_applied(void)
{
	voxseal_session session = make_session(SUITE, 1, 2);
	uint64_t age = 0;
	int reads;

	for (reads = 0; age < 2; reads++) {
		CHECK(reads < 100000000);
		CHECK(read_key(session, VOXSEAL_OUTBOUND).age_millis >= age);
		age = read_key(session, VOXSEAL_OUTBOUND).age_millis;
	}
	CHECK_OK(apply_key(session, SUITE, VOXSEAL_OUTBOUND, 0, 1));
	CHECK(read_key(session, VOXSEAL_OUTBOUND).age_millis >= age);
	CHECK_OK(voxseal_session_free(session));
}

static void struct_size_of_a_key_info_says_what_the_caller_knows(void)
{
	voxseal_session session = make_session(SUITE, 1, 2);
	struct {
		voxseal_key_info known;
		uint8_t later[8];
	} info;
	size_t size;

	memset(&info, 0xa5, sizeof(info));
	for (size = 0; size < sizeof(info.known); size++) {
		info.known.struct_size = size;
		CHECK_STATUS(voxseal_session_key(session, VOXSEAL_INBOUND, &info.known), VOXSEAL_ERR_STRUCT_SIZE);
		CHECK(info.known.struct_size == size && info.known.age_millis == 0xa5a5a5a5a5a5a5a5u);
	}
	info.known.struct_size = sizeof(info);
	CHECK_OK(voxseal_session_key(session, VOXSEAL_INBOUND, &info.known));
	CHECK(info.known.struct_size == sizeof(info) && info.known.suite == SUITE);
	CHECK(is_all(0xa5, info.later, sizeof(info.later)));
	CHECK_OK(voxseal_session_free(session));
}

int main(void)
{
	voxseal_suite suite;
	uint32_t direction;

	session_without_keys_shows_nothing();
	for (direction = VOXSEAL_OUTBOUND; direction <= VOXSEAL_INBOUND; direction++) {
		list_is_filled_as_far_as_it_goes_and_the_count_is_of_all(direction);
		key_in_use_is_described(direction);
	}
	for (suite = FIRST_SUITE; suite <= LAST_SUITE; suite++) {
		stream_is_described_exactly_across_a_wrap(suite);
	}
	refused_packets_count_for_the_stream_that_they_name_and_unknown_ones_for_the_session_alone();
	ssrc_under_a_new_key_is_another_stream();
	age_counts_from_the_first_time_that_the_key_was_applied();
	struct_size_of_a_key_info_says_what_the_caller_knows();
	return 0;
}
