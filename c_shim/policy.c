/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The host's policy table on top of voxseal_policy
 *
 * The host calls set_master_key, set_suite, set_ssrc in that order, so the length of a key can
 * only be checked when a session takes the policy: see srtp_engine.c.
 */

#include "asterisk.h"

#include "asterisk/logger.h"

#include "voxseal_shim.h"

/*! \brief The host's suite numbers in ours; a hole is 0, which is no suite */
static const voxseal_suite suites[] = {
	[AST_AES_CM_128_HMAC_SHA1_80] = VOXSEAL_AES_CM_128_HMAC_SHA1_80,
	[AST_AES_CM_128_HMAC_SHA1_32] = VOXSEAL_AES_CM_128_HMAC_SHA1_32,
	[AST_AES_CM_192_HMAC_SHA1_80] = VOXSEAL_AES_192_CM_HMAC_SHA1_80,
	[AST_AES_CM_192_HMAC_SHA1_32] = VOXSEAL_AES_192_CM_HMAC_SHA1_32,
	[AST_AES_CM_256_HMAC_SHA1_80] = VOXSEAL_AES_256_CM_HMAC_SHA1_80,
	[AST_AES_CM_256_HMAC_SHA1_32] = VOXSEAL_AES_256_CM_HMAC_SHA1_32,
	[AST_AES_GCM_128] = VOXSEAL_AEAD_AES_128_GCM,
	[AST_AES_GCM_256] = VOXSEAL_AEAD_AES_256_GCM,
	/* The GCM suites with a tag of 8 bytes (RFC 7714 dropped them) stay holes. */
};

static struct ast_srtp_policy *policy_alloc(void)
{
	voxseal_policy *policy = NULL;
	voxseal_status status = voxseal_policy_new(&policy);

	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "No SRTP policy: %s\n", voxseal_status_str(status));
	}
	return (struct ast_srtp_policy *) policy;
}

static void policy_destroy(struct ast_srtp_policy *policy)
{
	voxseal_policy_free(shim_policy(policy));
}

static int policy_set_suite(struct ast_srtp_policy *policy, enum ast_srtp_suite suite)
{
	voxseal_suite ours = (size_t) suite < ARRAY_LEN(suites) ? suites[suite] : 0;
	voxseal_status status = voxseal_policy_set_suite(shim_policy(policy), ours);

	if (status != VOXSEAL_OK) {
		ast_log(LOG_ERROR, "SRTP suite %d is not supported: %s\n", (int) suite, voxseal_status_str(status));
	}
	return status == VOXSEAL_OK ? 0 : -1;
}

static int policy_set_master_key(struct ast_srtp_policy *policy, const unsigned char *key, size_t key_len,
	const unsigned char *salt, size_t salt_len)
{
	voxseal_status status = voxseal_policy_set_master_key(shim_policy(policy), key, key_len, salt, salt_len);

	return status == VOXSEAL_OK ? 0 : -1;
}

/*
 * The local key serves every SSRC that the host sends with: it changes SSRCs without a word, and a
 * packet under an unknown one must not be lost. Cannot report: a policy that got no direction is
 * refused when a session is to take it.
 */
static void policy_set_ssrc(struct ast_srtp_policy *policy, unsigned long ssrc, int inbound)
{
	if (inbound) {
		voxseal_policy_set_ssrc(shim_policy(policy), VOXSEAL_INBOUND, (uint32_t) ssrc);
	} else {
		voxseal_policy_set_ssrc(shim_policy(policy), VOXSEAL_OUTBOUND, 0);
	}
}

struct ast_srtp_policy_res shim_policy_engine = {
	.alloc = policy_alloc,
	.destroy = policy_destroy,
	.set_suite = policy_set_suite,
	.set_master_key = policy_set_master_key,
	.set_ssrc = policy_set_ssrc,
};
