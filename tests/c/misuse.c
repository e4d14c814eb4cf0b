/* Wrong arguments other than NULL: each is refused with a status of its own, and nothing happens. */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, GUARD_LEN = 32 };

/* Every call on a session, with a handle that names none. */
static void handle_names_no_session(voxseal_session session)
{
	voxseal_policy *policy = make_policy(SUITE, VOXSEAL_OUTBOUND, 0, 1);
	voxseal_session_stats stats;
	voxseal_key_info key;
	uint8_t plain[RTP_LEN], out[ROOM];
	size_t len = make_rtp(plain, SSRC, 1), out_len = 4711;

	memset(&stats, 0xa5, sizeof(stats));
	stats.struct_size = sizeof(stats);
	key.struct_size = sizeof(key);
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_HANDLE);
	CHECK_STATUS(voxseal_session_select_mki(session, plain, 1), VOXSEAL_ERR_BAD_HANDLE);
	CHECK_STATUS(voxseal_session_select_next_key(session), VOXSEAL_ERR_BAD_HANDLE);
	CHECK_STATUS(voxseal_session_key(session, VOXSEAL_INBOUND, &key), VOXSEAL_ERR_BAD_HANDLE);
	CHECK_STATUS(voxseal_session_streams(session, VOXSEAL_OUTBOUND, NULL, 0, &out_len), VOXSEAL_ERR_BAD_HANDLE);
	CHECK_STATUS(voxseal_session_rename_ssrc(session, 1, 2), VOXSEAL_ERR_BAD_HANDLE);
	CHECK_STATUS(voxseal_session_protect(session, VOXSEAL_RTP, plain, len, out, ROOM, &out_len),
		VOXSEAL_ERR_BAD_HANDLE);
	CHECK(out_len == 4711);
	CHECK_STATUS(voxseal_session_unprotect(session, VOXSEAL_RTP, plain, &len), VOXSEAL_ERR_BAD_HANDLE);
	CHECK(len == RTP_LEN);
	CHECK_STATUS(voxseal_session_stats_read(session, &stats), VOXSEAL_ERR_BAD_HANDLE);
	CHECK_STATUS(voxseal_session_srtcp_stats(session, &stats), VOXSEAL_ERR_BAD_HANDLE);
	CHECK(stats.packets_protected == 0xa5a5a5a5a5a5a5a5u);
	CHECK_STATUS(voxseal_session_free(session), VOXSEAL_ERR_BAD_HANDLE);
	voxseal_policy_free(policy);
}

static void freed_or_made_up_handle_is_recognised(void)
{
	voxseal_session never = { 0 }, freed = make_session(SUITE, 1, 2), successor;
	uint64_t ids[] = { 0, 1, 255, 256, UINT32_MAX, (uint64_t) 1 << 32, UINT64_MAX };
	size_t i;

	CHECK_OK(voxseal_session_free(freed));
	handle_names_no_session(freed);
	/* The place of the freed session is taken again; its handle does not come back to life. */
	successor = make_session(SUITE, 3, 4);
	CHECK(successor.id != freed.id);
	handle_names_no_session(freed);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		never.id = ids[i];
		if (never.id != successor.id) {
			handle_names_no_session(never);
		}
	}
	CHECK(read_stats(successor).protect_refused == 0);
	CHECK_OK(voxseal_session_free(successor));
}

/* Into a buffer of `size` bytes with a guard behind it. */
static voxseal_status protect_into(voxseal_session session, uint32_t kind, uint16_t number, size_t size)
{
	uint8_t plain[RTP_LEN], out[ROOM + GUARD_LEN], guard[GUARD_LEN];
	size_t len = make_packet(plain, kind, SSRC, number), out_len = 4711;
	voxseal_status status;

	CHECK(size <= ROOM);
	memset(out, 0xa5, sizeof(out));
	memset(guard, 0xa5, sizeof(guard));
	status = voxseal_session_protect(session, kind, plain, len, out, size, &out_len);
	CHECK(memcmp(out + size, guard, sizeof(guard)) == 0);
	CHECK(out_len == (status == VOXSEAL_OK ? size : 4711));
	return status;
}

static void buffer_one_byte_too_small_is_refused(voxseal_suite suite, uint32_t kind)
{
	voxseal_session session = make_session(suite, 1, 2);
	size_t enough = (kind == VOXSEAL_RTP ? RTP_LEN : RTCP_LEN) + trailer_len(suite, kind), size;

	for (size = 0; size < enough; size++) {
		CHECK_STATUS(protect_into(session, kind, 7, size), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	}
	/* The refusals used no index: the packet still goes. */
	CHECK_OK(protect_into(session, kind, 7, enough));
	CHECK(read_stats(session).protect_refused == enough);
	CHECK_OK(voxseal_session_free(session));
}

static void overlapping_buffers_are_refused(void)
{
	voxseal_session session = make_session(SUITE, 1, 2);
	uint8_t memory[ROOM + RTP_LEN + ROOM], before[sizeof(memory)];
	uint8_t *plain = memory + ROOM;
	size_t distance, out_len = 4711;

	memset(memory, 0xa5, sizeof(memory));
	make_rtp(plain, SSRC, 1);
	memcpy(before, memory, sizeof(memory));
	for (distance = 1; distance < (size_t) ROOM + RTP_LEN; distance++) {
		CHECK_STATUS(voxseal_session_protect(session, VOXSEAL_RTP, plain, RTP_LEN, memory + distance, ROOM,
			&out_len), VOXSEAL_ERR_BAD_ARGUMENT);
	}
	CHECK(out_len == 4711 && memcmp(memory, before, sizeof(memory)) == 0);
	/* Side by side is fine, on either side. */
	CHECK_OK(voxseal_session_protect(session, VOXSEAL_RTP, plain, RTP_LEN, memory, ROOM, &out_len));
	CHECK_OK(voxseal_session_protect(session, VOXSEAL_RTP, plain, RTP_LEN, plain + RTP_LEN, ROOM, &out_len));
	CHECK(memcmp(memory, plain + RTP_LEN, out_len) == 0);
	CHECK_OK(voxseal_session_free(session));
}

static void buffers_need_no_alignment(void)
{
	voxseal_session a = make_session(SUITE, 1, 2), b = make_session(SUITE, 2, 1);
	uint8_t plain[RTP_LEN + 16], wire[ROOM + 16];
	size_t shift, out_len;

	for (shift = 0; shift < 16; shift++) {
		make_rtp(plain + shift, SSRC, (uint16_t) shift);
		CHECK_OK(voxseal_session_protect(a, VOXSEAL_RTP, plain + shift, RTP_LEN, wire + 15 - shift, ROOM,
			&out_len));
		CHECK_OK(voxseal_session_unprotect(b, VOXSEAL_RTP, wire + 15 - shift, &out_len));
		CHECK(out_len == RTP_LEN && memcmp(wire + 15 - shift, plain + shift, RTP_LEN) == 0);
	}
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void packet_too_short_or_too_long_is_refused(void)
{
	voxseal_session session = make_session(SUITE, 1, 2);
	size_t size = 1 << 17, len, out_len = 4711;
	uint8_t *plain = (uint8_t *) calloc(1, size), *out = (uint8_t *) malloc(size);

	CHECK(plain != NULL && out != NULL);
	make_rtp(plain, SSRC, 1);
	for (len = 0; len < RTP_HEADER_LEN; len++) {
		CHECK_STATUS(voxseal_session_protect(session, VOXSEAL_RTP, plain, len, out, size, &out_len),
			VOXSEAL_ERR_PACKET_MALFORMED);
	}
	for (len = 0; len < 8; len++) {
		CHECK_STATUS(voxseal_session_protect(session, VOXSEAL_RTCP, plain, len, out, size, &out_len),
			VOXSEAL_ERR_PACKET_MALFORMED);
	}
	CHECK_STATUS(voxseal_session_protect(session, VOXSEAL_RTP, plain, size, out, size, &out_len),
		VOXSEAL_ERR_PACKET_TOO_LONG);
	CHECK_STATUS(voxseal_session_protect(session, VOXSEAL_RTCP, plain, size, out, size, &out_len),
		VOXSEAL_ERR_PACKET_TOO_LONG);
	CHECK(out_len == 4711);
	CHECK_STATUS(voxseal_session_unprotect(session, VOXSEAL_RTP, plain, &size), VOXSEAL_ERR_PACKET_TOO_LONG);
	/* No object is this long. */
	len = SIZE_MAX;
	CHECK_STATUS(voxseal_session_unprotect(session, VOXSEAL_RTP, plain, &len), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK(size == 1 << 17 && len == SIZE_MAX);
	free(plain);
	free(out);
	CHECK_OK(voxseal_session_free(session));
}

static void number_without_a_meaning_is_refused(void)
{
	voxseal_session session = make_session(SUITE, 1, 2);
	voxseal_policy *policy = make_policy(SUITE, VOXSEAL_OUTBOUND, 0, 1);
	uint32_t numbers[] = { 0, 3, 256, UINT32_MAX };
	uint16_t suites[] = { 0, LAST_SUITE + 1, 256, UINT16_MAX };
	uint8_t plain[RTP_LEN], out[ROOM];
	size_t len = make_rtp(plain, SSRC, 1), out_len = 4711, i;
	voxseal_key_info key;

	key.struct_size = sizeof(key);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		CHECK_STATUS(voxseal_session_protect(session, numbers[i], plain, len, out, ROOM, &out_len),
			VOXSEAL_ERR_BAD_ARGUMENT);
		CHECK_STATUS(voxseal_session_unprotect(session, numbers[i], plain, &len), VOXSEAL_ERR_BAD_ARGUMENT);
		CHECK_STATUS(voxseal_policy_set_ssrc(policy, numbers[i], 0), VOXSEAL_ERR_BAD_ARGUMENT);
		CHECK_STATUS(voxseal_session_key(session, numbers[i], &key), VOXSEAL_ERR_BAD_ARGUMENT);
		CHECK_STATUS(voxseal_session_streams(session, numbers[i], NULL, 0, &out_len), VOXSEAL_ERR_BAD_ARGUMENT);
		CHECK_STATUS(voxseal_policy_set_suite(policy, suites[i]), VOXSEAL_ERR_UNKNOWN_SUITE);
	}
	CHECK(len == RTP_LEN && out_len == 4711);
	/* The policy is still whole, and still that of the session's key. */
	CHECK_OK(voxseal_session_apply(session, policy));
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(session));
}

static void struct_size_says_what_the_caller_knows(void)
{
	struct {
		voxseal_session_config known;
		uint8_t later[8];
	} config;
	struct {
		voxseal_session_stats known;
		uint8_t later[8];
	} stats;
	voxseal_session session = { 4711 };
	size_t size;

	memset(&config, 0, sizeof(config));
	memset(&stats, 0xa5, sizeof(stats));
	for (size = 0; size < sizeof(config.known); size++) {
		config.known.struct_size = size;
		CHECK_STATUS(voxseal_session_new(&config.known, &session), VOXSEAL_ERR_STRUCT_SIZE);
		CHECK(session.id == 4711);
	}
	config.known.struct_size = sizeof(config);
	CHECK_OK(voxseal_session_new(&config.known, &session));
	for (size = 0; size < sizeof(stats.known); size++) {
		stats.known.struct_size = size;
		CHECK_STATUS(voxseal_session_stats_read(session, &stats.known), VOXSEAL_ERR_STRUCT_SIZE);
		CHECK(stats.known.struct_size == size && stats.known.replays == 0xa5a5a5a5a5a5a5a5u);
	}
	stats.known.struct_size = sizeof(stats);
	CHECK_OK(voxseal_session_stats_read(session, &stats.known));
	CHECK(stats.known.struct_size == sizeof(stats) && stats.known.replays == 0 && stats.later[0] == 0xa5);
	CHECK_OK(voxseal_session_free(session));
}

static void window_out_of_bounds_is_refused(void)
{
	const uint32_t bad[] = { 1, 63, 32769, UINT32_MAX }, good[] = { 0, 64, 32768 };
	voxseal_session_config config = { 0 };
	voxseal_session session = { 4711 };
	size_t i;

	config.struct_size = sizeof(config);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		config.rtp_window = bad[i];
		config.rtcp_window = 0;
		CHECK_STATUS(voxseal_session_new(&config, &session), VOXSEAL_ERR_BAD_ARGUMENT);
		config.rtp_window = 0;
		config.rtcp_window = bad[i];
		CHECK_STATUS(voxseal_session_new(&config, &session), VOXSEAL_ERR_BAD_ARGUMENT);
		CHECK(session.id == 4711);
	}
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		config.rtp_window = config.rtcp_window = good[i];
		CHECK_OK(voxseal_session_new(&config, &session));
		CHECK_OK(voxseal_session_free(session));
	}
}

static void policy_is_checked_as_a_whole(void)
{
	voxseal_session session = { 0 };
	voxseal_policy *policy = NULL;
	uint8_t key[47] = { 0 };

	CHECK_OK(voxseal_session_new(NULL, &session));
	CHECK_OK(voxseal_policy_new(&policy));
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_policy_set_suite(policy, SUITE));
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_policy_set_ssrc(policy, VOXSEAL_OUTBOUND, 0));
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_policy_set_master_key(policy, key, 16, key, 14));
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_KEY_ALL_ZERO);
	key[3] = 1;
	CHECK_OK(voxseal_policy_set_master_key(policy, key, 16, key, 13));
	CHECK_STATUS(voxseal_session_apply(session, policy), VOXSEAL_ERR_KEY_LENGTH);
	CHECK_OK(voxseal_policy_set_master_key(policy, key, 16, key, 14));
	/* Longer than any suite's: refused at once, and the key before stays. */
	CHECK_STATUS(voxseal_policy_set_master_key(policy, key, 47, NULL, 0), VOXSEAL_ERR_KEY_LENGTH);
	CHECK_STATUS(voxseal_policy_set_master_key(policy, key, 33, key, 14), VOXSEAL_ERR_KEY_LENGTH);
	CHECK_STATUS(voxseal_policy_set_master_key(policy, key, SIZE_MAX, NULL, 0), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK(read_stats(session).outbound_suite == 0);
	CHECK_OK(voxseal_session_apply(session, policy));
	CHECK(read_stats(session).outbound_suite == SUITE && read_stats(session).inbound_suite == 0);
	voxseal_policy_free(policy);
	CHECK_OK(voxseal_session_free(session));
}

int main(void)
{
	voxseal_suite suite;

	freed_or_made_up_handle_is_recognised();
	for (suite = FIRST_SUITE; suite <= LAST_SUITE; suite++) {
		buffer_one_byte_too_small_is_refused(suite, VOXSEAL_RTP);
		buffer_one_byte_too_small_is_refused(suite, VOXSEAL_RTCP);
	}
	overlapping_buffers_are_refused();
	buffers_need_no_alignment();
	packet_too_short_or_too_long_is_refused();
	number_without_a_meaning_is_refused();
	struct_size_says_what_the_caller_knows();
	window_out_of_bounds_is_refused();
	policy_is_checked_as_a_whole();
	return 0;
}
