/* The few calls of libsrtp that the tests need, without its structs: so no struct layout is repeated in Rust. */
#include <stdlib.h>
#include <string.h>
#include "srtp.h"

/* Numbers as in SUITES of src/libsrtp.rs. */
static int fill(srtp_crypto_policy_t *rtp, srtp_crypto_policy_t *rtcp, int suite)
{
	switch (suite) {
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
	return 0;
}

void *rig_srtp_new(int suite, int outbound, unsigned char *key)
{
	static int ready;
	srtp_policy_t policy;
	srtp_t session = NULL;

	if (!ready) {
		if (srtp_init() != srtp_err_status_ok) {
			return NULL;
		}
		ready = 1;
	}
	memset(&policy, 0, sizeof(policy));
	if (fill(&policy.rtp, &policy.rtcp, suite)) {
		return NULL;
	}
	policy.ssrc.type = outbound ? ssrc_any_outbound : ssrc_any_inbound;
	policy.key = key;
	policy.window_size = 128;
	if (srtp_create(&session, &policy) != srtp_err_status_ok) {
		return NULL;
	}
	return session;
}

void rig_srtp_free(void *session)
{
	srtp_dealloc(session);
}

/* These return libsrtp's status: 0 is ok, 7 authentication failed, 9 replayed, 10 too old. */
int rig_srtp_run(void *session, int protect, int rtcp, void *packet, int *len)
{
	if (protect) {
		return rtcp ? srtp_protect_rtcp(session, packet, len) : srtp_protect(session, packet, len);
	}
	return rtcp ? srtp_unprotect_rtcp(session, packet, len) : srtp_unprotect(session, packet, len);
}
