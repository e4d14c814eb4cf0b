/* Packets, keys and sessions for the programs beside this file. */
#ifndef MEDIA_H
#define MEDIA_H

#include <string.h>

#include "check.h"

enum {
	FIRST_SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80,
	LAST_SUITE = VOXSEAL_AEAD_AES_256_GCM,
	RTP_HEADER_LEN = 12,
	PAYLOAD_LEN = 160,
	RTP_LEN = RTP_HEADER_LEN + PAYLOAD_LEN,
	RTCP_LEN = 28,
	ROOM = RTP_LEN + VOXSEAL_MAX_TRAILER_LEN
};

/* Master key and master salt of a suite, together. */
static inline size_t key_salt_len(voxseal_suite suite)
{
	static const size_t lens[] = { 0, 16 + 14, 16 + 14, 24 + 14, 24 + 14, 32 + 14, 32 + 14, 16 + 12, 32 + 12 };

	return lens[suite];
}

/* What protection adds to an RTP packet, or to an RTCP packet, whose index word is counted too. */
static inline size_t trailer_len(voxseal_suite suite, uint32_t kind)
{
	static const size_t rtp[] = { 0, 10, 4, 10, 4, 10, 4, 16, 16 };

	if (kind == VOXSEAL_RTP) {
		return rtp[suite];
	}
	return suite >= VOXSEAL_AEAD_AES_128_GCM ? 4 + 16 : 4 + 10;
}

enum { MAX_KEY_SALT_LEN = 46 };

/* The bytes of master key and master salt that follow from `seed`. */
static inline void make_key(uint8_t *key, uint8_t seed)
{
	size_t i;

	for (i = 0; i < MAX_KEY_SALT_LEN; i++) {
		key[i] = (uint8_t) (seed + 7 * i);
	}
}

/* A policy that still needs a key. */
static inline voxseal_policy *make_keyless_policy(voxseal_suite suite, uint32_t direction, uint32_t ssrc)
{
	voxseal_policy *policy = NULL;

	CHECK_OK(voxseal_policy_new(&policy));
	CHECK_OK(voxseal_policy_set_suite(policy, suite));
	CHECK_OK(voxseal_policy_set_ssrc(policy, direction, ssrc));
	return policy;
}

/* A policy whose key follows from `seed`. */
static inline voxseal_policy *make_policy(voxseal_suite suite, uint32_t direction, uint32_t ssrc, uint8_t seed)
{
	voxseal_policy *policy = make_keyless_policy(suite, direction, ssrc);
	uint8_t key[MAX_KEY_SALT_LEN];

	make_key(key, seed);
	CHECK_OK(voxseal_policy_set_master_key(policy, key, key_salt_len(suite), NULL, 0));
	return policy;
}

/* Gives a session the key that follows from `seed`. */
static inline voxseal_status apply_key(voxseal_session session, voxseal_suite suite, uint32_t direction,
	uint32_t ssrc, uint8_t seed)
{
	voxseal_policy *policy = make_policy(suite, direction, ssrc, seed);
	voxseal_status status = voxseal_session_apply(session, policy);

	voxseal_policy_free(policy);
	return status;
}

/* A session that protects with the key of `local_seed` and opens with that of `remote_seed`. */
static inline voxseal_session make_session_with(const voxseal_session_config *config, voxseal_suite suite,
	uint8_t local_seed, uint8_t remote_seed)
{
	voxseal_session session = { 0 };

	CHECK_OK(voxseal_session_new(config, &session));
	CHECK(session.id != 0);
	CHECK_OK(apply_key(session, suite, VOXSEAL_OUTBOUND, 0, local_seed));
	CHECK_OK(apply_key(session, suite, VOXSEAL_INBOUND, 0, remote_seed));
	return session;
}

static inline voxseal_session make_session(voxseal_suite suite, uint8_t local_seed, uint8_t remote_seed)
{
	return make_session_with(NULL, suite, local_seed, remote_seed);
}

static inline void put_u32(uint8_t *out, uint32_t value)
{
	out[0] = (uint8_t) (value >> 24);
	out[1] = (uint8_t) (value >> 16);
	out[2] = (uint8_t) (value >> 8);
	out[3] = (uint8_t) value;
}

/* 20 ms of G.711: RTP_LEN bytes. */
static inline size_t make_rtp(uint8_t *out, uint32_t ssrc, uint16_t seq)
{
	out[0] = 0x80;
	out[1] = 0;
	out[2] = (uint8_t) (seq >> 8);
	out[3] = (uint8_t) seq;
	put_u32(out + 4, (uint32_t) seq * PAYLOAD_LEN);
	put_u32(out + 8, ssrc);
	memset(out + RTP_HEADER_LEN, 0xd5 ^ (seq & 0xff), PAYLOAD_LEN);
	return RTP_LEN;
}

/* A sender report: RTCP_LEN bytes. */
static inline size_t make_rtcp(uint8_t *out, uint32_t ssrc, uint16_t number)
{
	out[0] = 0x80;
	out[1] = 200;
	out[2] = 0;
	out[3] = RTCP_LEN / 4 - 1;
	put_u32(out + 4, ssrc);
	memset(out + 8, number & 0xff, RTCP_LEN - 8);
	return RTCP_LEN;
}

static inline size_t make_packet(uint8_t *out, uint32_t kind, uint32_t ssrc, uint16_t number)
{
	return kind == VOXSEAL_RTP ? make_rtp(out, ssrc, number) : make_rtcp(out, ssrc, number);
}

/* Protects packet `number` into `out`, which has ROOM bytes. */
static inline size_t protect_packet(voxseal_session session, uint32_t kind, uint32_t ssrc, uint16_t number,
	uint8_t *out)
{
	uint8_t plain[RTP_LEN];
	size_t len = make_packet(plain, kind, ssrc, number), out_len = 0;

	CHECK_OK(voxseal_session_protect(session, kind, plain, len, out, ROOM, &out_len));
	CHECK(out_len > len && out_len <= len + VOXSEAL_MAX_TRAILER_LEN);
	return out_len;
}

/* Sends packet `number` from one session to the other and returns what the receiver says. */
static inline voxseal_status send_packet(voxseal_session from, voxseal_session to, uint32_t kind, uint32_t ssrc,
	uint16_t number)
{
	uint8_t plain[RTP_LEN], wire[ROOM];
	size_t plain_len = make_packet(plain, kind, ssrc, number);
	size_t len = protect_packet(from, kind, ssrc, number, wire);
	voxseal_status status = voxseal_session_unprotect(to, kind, wire, &len);

	if (status == VOXSEAL_OK) {
		CHECK(len == plain_len && memcmp(wire, plain, plain_len) == 0);
	}
	return status;
}

/* What the receiver says to a packet. One that it refuses it leaves as it was. */
static inline voxseal_status receive_copy(voxseal_session session, uint32_t kind, const uint8_t *wire, size_t len)
{
	uint8_t copy[ROOM];
	size_t copy_len = len;
	voxseal_status status;

	memcpy(copy, wire, len);
	status = voxseal_session_unprotect(session, kind, copy, &copy_len);
	if (status != VOXSEAL_OK) {
		CHECK(copy_len == len && memcmp(copy, wire, len) == 0);
	}
	return status;
}

static inline voxseal_session_stats read_stats(voxseal_session session)
{
	voxseal_session_stats stats;

	stats.struct_size = sizeof(stats);
	CHECK_OK(voxseal_session_stats_read(session, &stats));
	return stats;
}

static inline voxseal_key_info read_key(voxseal_session session, uint32_t direction)
{
	voxseal_key_info info;

	info.struct_size = sizeof(info);
	CHECK_OK(voxseal_session_key(session, direction, &info));
	return info;
}

static inline size_t count_streams(voxseal_session session, uint32_t direction)
{
	size_t count = 4711;

	CHECK_OK(voxseal_session_streams(session, direction, NULL, 0, &count));
	return count;
}

/* The stream of `ssrc` under the latest of its keys. */
static inline voxseal_stream_info read_stream(voxseal_session session, uint32_t direction, uint32_t ssrc)
{
	voxseal_stream_info infos[16];
	size_t count = 0;

	CHECK_OK(voxseal_session_streams(session, direction, infos, 16, &count));
	CHECK(count <= 16);
	while (count > 0 && infos[count - 1].ssrc != ssrc) {
		count--;
	}
	CHECK(count > 0);
	return infos[count - 1];
}

static inline int is_all(uint8_t byte, const uint8_t *bytes, size_t len)
{
	while (len > 0 && bytes[len - 1] == byte) {
		len--;
	}
	return len == 0;
}

/* Protect refuses the packet, and what it leaves in the output is nothing. */
static inline void check_protect_refused(voxseal_session session, uint32_t kind, const uint8_t *plain, size_t len,
	voxseal_status expected)
{
	uint8_t out[ROOM];
	size_t out_len = 4711;

	memset(out, 0xa5, sizeof(out));
	CHECK_STATUS(voxseal_session_protect(session, kind, plain, len, out, ROOM, &out_len), expected);
	CHECK(out_len == 4711);
	CHECK(is_all(0, out, len + VOXSEAL_MAX_TRAILER_LEN) || is_all(0xa5, out, ROOM));
}

#endif
