/* The few calls of libsrtp that the tests need, without its structs: so no struct layout is repeated in Rust. */
#include <stdlib.h>
#include <string.h>
#include "srtp.h"

/* Numbers as in SUITES of src/libsrtp.rs; UNENCRYPTED_SRTP and UNENCRYPTED_SRTCP may be added. */
#define UNENCRYPTED_SRTP 0x100
#define UNENCRYPTED_SRTCP 0x200

static int fill(srtp_crypto_policy_t *rtp, srtp_crypto_policy_t *rtcp, int suite)
{
	switch (suite & 0xff) {
	case 1:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(rtp);
		break;
	case 2:
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(rtp);
		break;
	case 3:
		srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(rtp);
		break;
	case 4:
		srtp_crypto_policy_set_aes_cm_192_hmac_sha1_32(rtp);
		break;
	case 5:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(rtp);
		break;
	case 6:
		srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(rtp);
		break;
	case 7:
		srtp_crypto_policy_set_aes_gcm_128_16_auth(rtp);
		break;
	case 8:
		srtp_crypto_policy_set_aes_gcm_256_16_auth(rtp);
		break;
	default:
		return -1;
	}
	*rtcp = *rtp;
	if (rtp->auth_tag_len == 4) {
		/* RFC 4568 section 6.2.2: SRTCP keeps 80 bits. */
		rtcp->auth_tag_len = 10;
	}
	/* Authentication stays. */
	if (suite & UNENCRYPTED_SRTP) {
		rtp->sec_serv = sec_serv_auth;
	}
	if (suite & UNENCRYPTED_SRTCP) {
		rtcp->sec_serv = sec_serv_auth;
	}
	return 0;
}

/* libsrtp holds at most this many master keys for one stream. */
#define MOST_KEYS SRTP_MAX_NUM_MASTER_KEYS

/* What Rust holds: a session, and which of its keys protects. */
struct rig_session {
	srtp_t srtp;
	unsigned int use_mki;
	unsigned int current;
};

static int initialised(void)
{
	static int ready;

	if (!ready) {
		ready = srtp_init() == srtp_err_status_ok;
	}
	return ready;
}

/*
 * keys: `count` of them in one piece, each key_len bytes; mkis: likewise, each mki_len bytes, or mki_len 0 for none.
 * short_rtcp: 32-bit tags on SRTCP, as some peers have with the _32 suites.
 */
void *rig_srtp_new(int suite, int outbound, int short_rtcp, unsigned int count, unsigned char *keys,
	unsigned int key_len, unsigned char *mkis, unsigned int mki_len)
{
	srtp_master_key_t masters[MOST_KEYS];
	srtp_master_key_t *pointers[MOST_KEYS];
	srtp_policy_t policy;
	struct rig_session *session;
	unsigned int nth;

	memset(&policy, 0, sizeof(policy));
	if (!initialised() || count < 1 || count > MOST_KEYS || fill(&policy.rtp, &policy.rtcp, suite)) {
		return NULL;
	}
	if (short_rtcp) {
		policy.rtcp.auth_tag_len = 4;
	}
	for (nth = 0; nth < count; nth++) {
		masters[nth].key = keys + nth * key_len;
		masters[nth].mki_id = mki_len ? mkis + nth * mki_len : NULL;
		masters[nth].mki_size = mki_len;
		pointers[nth] = &masters[nth];
	}
	policy.ssrc.type = outbound ? ssrc_any_outbound : ssrc_any_inbound;
	if (mki_len) {
		policy.keys = pointers;
		policy.num_master_keys = count;
	} else {
		policy.key = keys;
	}
	policy.window_size = 128;
	session = calloc(1, sizeof(*session));
	if (!session || srtp_create(&session->srtp, &policy) != srtp_err_status_ok) {
		free(session);
		return NULL;
	}
	session->use_mki = mki_len > 0;
	return session;
}

void rig_srtp_free(struct rig_session *session)
{
	srtp_dealloc(session->srtp);
	free(session);
}

/* Which of several keys protects from now on. */
void rig_srtp_select(struct rig_session *session, unsigned int nth)
{
	session->current = nth;
}

/* These return libsrtp's status: 0 is ok, 7 authentication failed, 9 replayed, 10 too old, 25 unknown MKI. */
int rig_srtp_run(struct rig_session *session, int protect, int rtcp, void *packet, int *len)
{
	srtp_t srtp = session->srtp;
	unsigned int use_mki = session->use_mki;

	if (protect) {
		return rtcp ? srtp_protect_rtcp_mki(srtp, packet, len, use_mki, session->current)
			: srtp_protect_mki(srtp, packet, len, use_mki, session->current);
	}
	return rtcp ? srtp_unprotect_rtcp_mki(srtp, packet, len, use_mki)
		: srtp_unprotect_mki(srtp, packet, len, use_mki);
}
