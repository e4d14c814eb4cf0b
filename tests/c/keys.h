/* Several master keys at a time, for the programs beside this file. */
#ifndef KEYS_H
#define KEYS_H

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, PEER_SEED = 200 };

/* The key that follows from `seed`. An MKI of several bytes consists of zeros and `mki` at its end. */
static inline voxseal_status add_key(voxseal_policy *policy, voxseal_suite suite, uint8_t seed, uint8_t mki, size_t mki_len)
{
	uint8_t bytes[MAX_KEY_SALT_LEN], field[VOXSEAL_MAX_MKI_LEN + 1] = { 0 };
	voxseal_master_key key = { 0 };

	make_key(bytes, seed);
	key.struct_size = sizeof(key);
	key.key = bytes;
	key.key_len = key_salt_len(suite);
	if (mki_len > 0) {
		field[mki_len - 1] = mki;
		key.mki = field;
		key.mki_len = mki_len;
	}
	return voxseal_policy_add_key(policy, &key);
}

static inline voxseal_status select_mki(voxseal_session session, uint8_t mki, size_t mki_len)
{
	uint8_t field[VOXSEAL_MAX_MKI_LEN] = { 0 };

	field[mki_len - 1] = mki;
	return voxseal_session_select_mki(session, field, mki_len);
}

/* A session with one direction, whose `count` keys follow from the seeds 1, 2, … and have these numbers as MKIs. */
static inline voxseal_session session_with_keys(voxseal_suite suite, uint32_t direction, uint8_t count, size_t mki_len)
{
	voxseal_policy *policy = make_keyless_policy(suite, direction, 0);
	voxseal_session session = { 0 };
	uint8_t number;

	for (number = 1; number <= count; number++) {
		CHECK_OK(add_key(policy, suite, number, number, mki_len));
	}
	CHECK_OK(voxseal_session_new(NULL, &session));
	CHECK_OK(voxseal_session_apply(session, policy));
	voxseal_policy_free(policy);
	return session;
}

#endif
