/* How many packets a master key may protect (RFC 3711 section 9.2). */

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, PEER_SEED = 200 };

static void apply_lifetime(voxseal_session session, uint32_t direction, uint8_t seed, uint64_t srtp, uint64_t srtcp)
{
	voxseal_policy *policy = make_keyless_policy(SUITE, direction, 0);
	uint8_t bytes[MAX_KEY_SALT_LEN];
	voxseal_master_key key = { 0 };

	make_key(bytes, seed);
	key.struct_size = sizeof(key);
	key.key = bytes;
	key.key_len = key_salt_len(SUITE);
	key.srtp_lifetime = srtp;
	key.srtcp_lifetime = srtcp;
	CHECK_OK(voxseal_policy_add_key(policy, &key));
	CHECK_OK(voxseal_session_apply(session, policy));
	voxseal_policy_free(policy);
}

static void check_remaining(voxseal_session session, uint32_t direction, uint64_t srtp, uint64_t srtcp, int soft)
{
	voxseal_key_info key = read_key(session, direction);

	CHECK(key.srtp_remaining == srtp && key.srtcp_remaining == srtcp);
	CHECK((key.soft_limit_reached != 0) == (soft != 0));
}

static void lifetime_is_reported_near_its_end_and_refused_past_it(void)
{
	voxseal_session a = make_session(SUITE, PEER_SEED, PEER_SEED);
	uint8_t plain[RTP_LEN], wire[ROOM];
	uint16_t number;

	apply_lifetime(a, VOXSEAL_OUTBOUND, 1, 16, 3);
	for (number = 0; number < 16; number++) {
		check_remaining(a, VOXSEAL_OUTBOUND, 16 - number, 3, number >= 14);
		protect_packet(a, VOXSEAL_RTP, SSRC, number, wire);
	}
	check_protect_refused(a, VOXSEAL_RTP, plain, make_rtp(plain, SSRC, 16), VOXSEAL_ERR_LIFETIME_EXHAUSTED);
	/* The same packet again is not another one, and SRTCP has a lifetime of its own. */
	protect_packet(a, VOXSEAL_RTP, SSRC, 15, wire);
	for (number = 0; number < 3; number++) {
		check_remaining(a, VOXSEAL_OUTBOUND, 0, 3 - number, 1);
		protect_packet(a, VOXSEAL_RTCP, SSRC, number, wire);
	}
	check_protect_refused(a, VOXSEAL_RTCP, plain, make_rtcp(plain, SSRC, 3), VOXSEAL_ERR_LIFETIME_EXHAUSTED);
	/* Applied again it gives nothing back; a longer one gives what it is longer by; another key is another key. */
	apply_lifetime(a, VOXSEAL_OUTBOUND, 1, 16, 3);
	check_remaining(a, VOXSEAL_OUTBOUND, 0, 0, 1);
	check_protect_refused(a, VOXSEAL_RTP, plain, make_rtp(plain, SSRC, 16), VOXSEAL_ERR_LIFETIME_EXHAUSTED);
	apply_lifetime(a, VOXSEAL_OUTBOUND, 1, 17, 3);
	protect_packet(a, VOXSEAL_RTP, SSRC, 16, wire);
	check_remaining(a, VOXSEAL_OUTBOUND, 0, 0, 1);
	apply_lifetime(a, VOXSEAL_OUTBOUND, 2, 0, 0);
	check_remaining(a, VOXSEAL_OUTBOUND, (uint64_t) 1 << 48, (uint64_t) 1 << 31, 0);
	protect_packet(a, VOXSEAL_RTP, SSRC, 17, wire);
	CHECK_OK(voxseal_session_free(a));
}

static void srtcp_past_its_lifetime_leaves_srtp_alone(void)
{
	voxseal_session a = make_session(SUITE, PEER_SEED, PEER_SEED);
	uint8_t plain[RTP_LEN], wire[ROOM];

	apply_lifetime(a, VOXSEAL_OUTBOUND, 1, 100, 1);
	protect_packet(a, VOXSEAL_RTCP, SSRC, 0, wire);
	check_protect_refused(a, VOXSEAL_RTCP, plain, make_rtcp(plain, SSRC, 1), VOXSEAL_ERR_LIFETIME_EXHAUSTED);
	protect_packet(a, VOXSEAL_RTP, SSRC, 0, wire);
	check_remaining(a, VOXSEAL_OUTBOUND, 99, 0, 1);
	CHECK_OK(voxseal_session_free(a));
}

static void inbound_packet_past_the_lifetime_is_refused(void)
{
	voxseal_session a = make_session(SUITE, 1, PEER_SEED), b = make_session(SUITE, PEER_SEED, PEER_SEED);
	uint8_t wire[ROOM], copy[ROOM];
	size_t len, wire_len;

	apply_lifetime(b, VOXSEAL_INBOUND, 1, 2, 1);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 0));
	/* What is refused uses nothing up. */
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTP, SSRC, 0), VOXSEAL_ERR_REPLAYED);
	len = protect_packet(a, VOXSEAL_RTP, SSRC, 1, wire);
	wire[20] ^= 1;
	CHECK_STATUS(voxseal_session_unprotect(b, VOXSEAL_RTP, wire, &len), VOXSEAL_ERR_AUTH_FAILED);
	check_remaining(b, VOXSEAL_INBOUND, 1, 1, 0);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, 1));
	apply_lifetime(b, VOXSEAL_INBOUND, 1, 2, 1);
	wire_len = len = protect_packet(a, VOXSEAL_RTP, SSRC, 2, wire);
	memcpy(copy, wire, len);
	CHECK_STATUS(voxseal_session_unprotect(b, VOXSEAL_RTP, wire, &len), VOXSEAL_ERR_LIFETIME_EXHAUSTED);
	CHECK(len == wire_len && memcmp(wire, copy, len) == 0);
	CHECK_OK(send_packet(a, b, VOXSEAL_RTCP, SSRC, 0));
	CHECK_STATUS(send_packet(a, b, VOXSEAL_RTCP, SSRC, 1), VOXSEAL_ERR_LIFETIME_EXHAUSTED);
	check_remaining(b, VOXSEAL_INBOUND, 0, 0, 1);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* Rounded up; seven eighths unless the settings of the session say otherwise. */
static void soft_limit_is_where_the_settings_say(uint32_t thousandths, uint64_t lifetime, uint64_t soft)
{
	voxseal_session_config config = { .struct_size = sizeof(config), .soft_limit_thousandths = thousandths };
	voxseal_session a = make_session_with(&config, SUITE, PEER_SEED, PEER_SEED);
	voxseal_session b = make_session_with(&config, SUITE, PEER_SEED, 1);
	uint64_t used, seen = voxseal_soft_limits_reached();

	apply_lifetime(a, VOXSEAL_OUTBOUND, 1, lifetime, 0);
	apply_lifetime(b, VOXSEAL_INBOUND, 1, lifetime, 0);
	for (used = 0; used < lifetime; used++) {
		check_remaining(a, VOXSEAL_OUTBOUND, lifetime - used, (uint64_t) 1 << 31, used >= soft);
		check_remaining(b, VOXSEAL_INBOUND, lifetime - used, (uint64_t) 1 << 31, used >= soft);
		/* Both keys, once each. */
		CHECK(voxseal_soft_limits_reached() - seen == (used >= soft ? 2 : 0));
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) used));
	}
	check_remaining(b, VOXSEAL_INBOUND, 0, (uint64_t) 1 << 31, 1);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

static void soft_limit_leaves_something_to_bring_a_new_key(void)
{
	static const uint32_t outside[] = { 991, 1000, 65536 + 875, UINT32_MAX };
	voxseal_session_config config = { .struct_size = sizeof(config) };
	voxseal_session session = { 4711 };
	size_t i;

	for (i = 0; i < sizeof(outside) / sizeof(*outside); i++) {
		config.soft_limit_thousandths = outside[i];
		CHECK_STATUS(voxseal_session_new(&config, &session), VOXSEAL_ERR_BAD_ARGUMENT);
		CHECK(session.id == 4711);
	}
}

int main(void)
{
	lifetime_is_reported_near_its_end_and_refused_past_it();
	srtcp_past_its_lifetime_leaves_srtp_alone();
	inbound_packet_past_the_lifetime_is_refused();
	soft_limit_is_where_the_settings_say(0, 1, 1);
	soft_limit_is_where_the_settings_say(0, 8, 7);
	soft_limit_is_where_the_settings_say(0, 9, 8);
	soft_limit_is_where_the_settings_say(0, 1000, 875);
	soft_limit_is_where_the_settings_say(500, 1000, 500);
	soft_limit_is_where_the_settings_say(1, 2000, 2);
	soft_limit_is_where_the_settings_say(990, 1000, 990);
	soft_limit_leaves_something_to_bring_a_new_key();
	return 0;
}
