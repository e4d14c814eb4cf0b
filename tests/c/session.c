/* Two sessions back to back: what one protects, the other opens, and nothing else. */

#include "media.h"

enum { SSRC = 0x11223344, SEED_A = 1, SEED_B = 101 };

static void packets_arrive_as_they_were(voxseal_suite suite, uint32_t kind)
{
	voxseal_session a = make_session(suite, SEED_A, SEED_B), b = make_session(suite, SEED_B, SEED_A);
	uint8_t plain[RTP_LEN], wire[ROOM];
	size_t plain_len, len;
	uint16_t number;

	for (number = 0; number < 50; number++) {
		CHECK_OK(send_packet(a, b, kind, SSRC, number));
		CHECK_OK(send_packet(b, a, kind, SSRC, number));
	}
	plain_len = make_packet(plain, kind, SSRC, 50);
	len = protect_packet(a, kind, SSRC, 50, wire);
	CHECK(len == plain_len + trailer_len(suite, kind));
	/* The header stays readable (RFC 3711 section 3.1 and 3.4), the rest does not. */
	CHECK(memcmp(wire, plain, 8) == 0);
	CHECK(memcmp(wire + RTP_HEADER_LEN, plain + RTP_HEADER_LEN, plain_len - RTP_HEADER_LEN) != 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void duplicate_is_refused_and_unchanged(voxseal_suite suite, uint32_t kind)
{
	voxseal_session a = make_session(suite, SEED_A, SEED_B), b = make_session(suite, SEED_B, SEED_A);
	uint8_t wire[ROOM], first[ROOM], again[ROOM];
	size_t wire_len = protect_packet(a, kind, SSRC, 7, wire), len = wire_len;

	memcpy(first, wire, wire_len);
	memcpy(again, wire, wire_len);
	CHECK_OK(voxseal_session_unprotect(b, kind, first, &len));
	len = wire_len;
	CHECK_STATUS(voxseal_session_unprotect(b, kind, again, &len), VOXSEAL_ERR_REPLAYED);
	CHECK(len == wire_len && memcmp(again, wire, wire_len) == 0);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* One bit off anywhere: refused, left as it was, and no obstacle to the genuine packet. */
static void forged_is_refused_and_unchanged(voxseal_suite suite, uint32_t kind)
{
	voxseal_session a = make_session(suite, SEED_A, SEED_B), b = make_session(suite, SEED_B, SEED_A);
	uint8_t wire[ROOM], forged[ROOM], copy[ROOM];
	size_t wire_len = protect_packet(a, kind, SSRC, 7, wire), len, i;
	const size_t index_len = kind == VOXSEAL_RTCP ? 4 : 0;
	voxseal_status status;

	for (i = 0; i < wire_len; i++) {
		memcpy(forged, wire, wire_len);
		forged[i] ^= (uint8_t) (1u << (i % 8));
		memcpy(copy, forged, wire_len);
		len = wire_len;
		status = voxseal_session_unprotect(b, kind, forged, &len);
		CHECK(status >= 100 && status < 200);
		CHECK(len == wire_len && memcmp(forged, copy, wire_len) == 0);
	}
	for (i = 0; i < wire_len; i++) {
		/* Some peers send SRTCP with the tag length of SRTP, so that is read too: a packet cut off there is good. */
		if (i == wire_len - trailer_len(suite, kind) + index_len + trailer_len(suite, VOXSEAL_RTP)) {
			continue;
		}
		memcpy(forged, wire, i);
		len = i;
		status = voxseal_session_unprotect(b, kind, forged, &len);
		CHECK(status >= 100 && status < 200);
		CHECK(len == i && memcmp(forged, wire, i) == 0);
	}
	len = wire_len;
	CHECK_OK(voxseal_session_unprotect(b, kind, wire, &len));
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void packet_for_someone_else_fails_authentication(voxseal_suite suite, uint32_t kind)
{
	voxseal_session a = make_session(suite, SEED_A, SEED_B), other = make_session(suite, SEED_A, SEED_A + 1);

	CHECK_STATUS(send_packet(a, other, kind, SSRC, 7), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_STATUS(send_packet(a, a, kind, SSRC, 8), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(other));
}

/* An index is good for one packet. The same packet may go out again, as the same bytes. */
static void index_protects_one_packet_only(void)
{
	voxseal_session a = make_session(VOXSEAL_AEAD_AES_128_GCM, SEED_A, SEED_B);
	uint8_t first[ROOM], again[ROOM], plain[RTP_LEN];
	size_t len = protect_packet(a, VOXSEAL_RTP, SSRC, 7, first);

	CHECK(protect_packet(a, VOXSEAL_RTP, SSRC, 7, again) == len);
	CHECK(memcmp(first, again, len) == 0);
	make_rtp(plain, SSRC, 7);
	plain[RTP_LEN - 1] ^= 1;
	check_protect_refused(a, VOXSEAL_RTP, plain, RTP_LEN, VOXSEAL_ERR_INDEX_REUSED);
	CHECK_OK(voxseal_session_free(a));
}

static void no_key_means_no_packet(void)
{
	voxseal_session session = { 0 };
	uint8_t plain[RTP_LEN], out[ROOM];
	size_t len = make_rtp(plain, SSRC, 1), out_len = 4711;

	CHECK_OK(voxseal_session_new(NULL, &session));
	CHECK_STATUS(voxseal_session_protect(session, VOXSEAL_RTP, plain, len, out, ROOM, &out_len),
		VOXSEAL_ERR_NO_KEY);
	CHECK_STATUS(voxseal_session_unprotect(session, VOXSEAL_RTP, plain, &len), VOXSEAL_ERR_NO_KEY);
	CHECK(len == RTP_LEN && out_len == 4711);
	CHECK_OK(voxseal_session_free(session));
}

static void counters_count_each_packet_once(void)
{
	voxseal_session a = make_session(VOXSEAL_AES_CM_128_HMAC_SHA1_80, SEED_A, SEED_B);
	voxseal_session b = make_session(VOXSEAL_AES_CM_128_HMAC_SHA1_80, SEED_B, SEED_A);
	voxseal_session_stats stats;
	uint8_t wire[ROOM];
	size_t len, out_len = 0;
	uint16_t number;

	for (number = 0; number < 10; number++) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, number));
		CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, number));
	}
	/* The same packet again: protected once more, and a replay at the other end. */
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, 9), VOXSEAL_ERR_REPLAYED);
	/* Forged, twice; cut off; cut off before it is protected. */
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 10, wire);
	wire[20] ^= 1;
	CHECK_STATUS(voxseal_session_unprotect(b, VOXSEAL_RTP, wire, &len), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_STATUS(voxseal_session_unprotect(b, VOXSEAL_RTP, wire, &len), VOXSEAL_ERR_AUTH_FAILED);
	len = 11;
	CHECK_STATUS(voxseal_session_unprotect(b, VOXSEAL_RTP, wire, &len), VOXSEAL_ERR_PACKET_MALFORMED);
	CHECK_STATUS(voxseal_session_protect(a, VOXSEAL_RTP, (const uint8_t *) "short", 5, wire, ROOM, &out_len),
		VOXSEAL_ERR_PACKET_MALFORMED);
	stats = read_stats(a);
	CHECK(stats.struct_size == sizeof(stats));
	CHECK(stats.outbound_suite == VOXSEAL_AES_CM_128_HMAC_SHA1_80);
	CHECK(stats.inbound_suite == VOXSEAL_AES_CM_128_HMAC_SHA1_80);
	CHECK(stats.packets_protected == 22 && stats.protect_refused == 1);
	CHECK(stats.packets_unprotected == 0 && stats.auth_failures == 0);
	CHECK(stats.replays == 0 && stats.unprotect_refused == 0);
	stats = read_stats(b);
	CHECK(stats.packets_protected == 0 && stats.protect_refused == 0);
	CHECK(stats.packets_unprotected == 20 && stats.auth_failures == 2);
	CHECK(stats.replays == 1 && stats.unprotect_refused == 1);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

int main(void)
{
	voxseal_suite suite;
	uint32_t kind;

	for (suite = FIRST_SUITE; suite <= LAST_SUITE; suite++) {
		for (kind = VOXSEAL_RTP; kind <= VOXSEAL_RTCP; kind++) {
			packets_arrive_as_they_were(suite, kind);
			duplicate_is_refused_and_unchanged(suite, kind);
			forged_is_refused_and_unchanged(suite, kind);
			packet_for_someone_else_fails_authentication(suite, kind);
		}
	}
	index_protects_one_packet_only();
	no_key_means_no_packet();
	counters_count_each_packet_once();
	return 0;
}
