/* NULL for the pointers of SDES, settings and profiles. */

#include <string.h>

#include "nulls.h"

static void sdes_offer_and_text(void)
{
	const voxseal_suite suites[] = { VOXSEAL_AEAD_AES_128_GCM };
	voxseal_sdes *sdes = NULL;
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;

	CHECK_NULL(voxseal_sdes_new(NULL));
	voxseal_sdes_free(NULL);
	CHECK_OK(voxseal_sdes_new(&sdes));
	CHECK_NULL(voxseal_sdes_offer(NULL, suites, 1));
	CHECK_NULL(voxseal_sdes_offer(sdes, NULL, 1));
	CHECK_NULL(voxseal_sdes_offer(NULL, NULL, 0));
	CHECK(voxseal_sdes_line_count(NULL) == 0);
	CHECK(voxseal_sdes_line_count(sdes) == 0);
	CHECK_OK(voxseal_sdes_offer(sdes, suites, 1));
	CHECK_NULL(voxseal_sdes_line(NULL, 0, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_line(sdes, 0, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_line(sdes, 0, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_sdes_reason(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_reason(sdes, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_reason(sdes, text, sizeof(text), NULL));
	CHECK(needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	/* Documented: NULL with size 0 asks for the size. */
	CHECK_STATUS(voxseal_sdes_line(sdes, 0, NULL, 0, &needed), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK(needed > 1 && needed < sizeof(text));
	voxseal_sdes_free(sdes);
	/* Documented: NULL with length 0 offers what the profile says. */
	CHECK_OK(voxseal_sdes_new(&sdes));
	CHECK_OK(voxseal_sdes_offer(sdes, NULL, 0));
	CHECK(voxseal_sdes_line_count(sdes) == 4);
	voxseal_sdes_free(sdes);
}

static void sdes_answer_and_keys(void)
{
	const char line[] = "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
	voxseal_policy *local = NULL, *remote = NULL;
	voxseal_session session = { 0 };
	voxseal_sdes *sdes = NULL;
	voxseal_agreement agreement = { .struct_size = sizeof(agreement) };
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;
	uint32_t outcome = UNTOUCHED;

	CHECK_OK(voxseal_sdes_new(&sdes));
	CHECK_OK(voxseal_policy_new(&local));
	CHECK_OK(voxseal_policy_new(&remote));
	CHECK_OK(voxseal_session_new(NULL, &session));
	CHECK_NULL(voxseal_sdes_process(NULL, line, strlen(line), &outcome));
	CHECK_NULL(voxseal_sdes_process(sdes, NULL, strlen(line), &outcome));
	CHECK_NULL(voxseal_sdes_process(sdes, line, strlen(line), NULL));
	CHECK(outcome == UNTOUCHED);
	CHECK(voxseal_sdes_suite(sdes) == 0);
	CHECK(voxseal_sdes_suite(NULL) == 0);
	CHECK(voxseal_sdes_verdict_count(NULL) == 0);
	CHECK_NULL(voxseal_sdes_survey(NULL, line, strlen(line)));
	CHECK_NULL(voxseal_sdes_survey(sdes, NULL, strlen(line)));
	CHECK_NULL(voxseal_sdes_rekey(NULL));
	CHECK_NULL(voxseal_sdes_use_profile(NULL, NULL));
	CHECK_NULL(voxseal_sdes_use_profile(sdes, NULL));
	CHECK_NULL(voxseal_sdes_prefer(NULL, VOXSEAL_AES_CM_128_HMAC_SHA1_32));
	CHECK_OK(voxseal_sdes_prefer(sdes, VOXSEAL_AES_CM_128_HMAC_SHA1_32));
	CHECK_STATUS(voxseal_sdes_rekey(sdes), VOXSEAL_ERR_BAD_STATE);
	CHECK_NULL(voxseal_sdes_agreement(NULL, &agreement));
	CHECK_NULL(voxseal_sdes_agreement(sdes, NULL));
	CHECK_STATUS(voxseal_sdes_agreement(sdes, &agreement), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_sdes_process(sdes, line, strlen(line), &outcome));
	CHECK(outcome == VOXSEAL_SDES_PENDING);
	CHECK(voxseal_sdes_verdict_count(sdes) == 1);
	CHECK_NULL(voxseal_sdes_verdict(NULL, 0, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_verdict(sdes, 0, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_sdes_verdict(sdes, 0, text, sizeof(text), NULL));
	CHECK_STATUS(voxseal_sdes_verdict(sdes, 1, text, sizeof(text), &needed), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK(needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	CHECK_OK(voxseal_sdes_verdict(sdes, 0, text, sizeof(text), &needed));
	CHECK(strcmp(text, "crypto line 1 taken: AES_CM_128_HMAC_SHA1_80") == 0);
	CHECK_OK(voxseal_sdes_agreement(sdes, &agreement));
	CHECK(agreement.tag == 1 && agreement.local_keys == 1 && agreement.remote_lifetime == (uint64_t) 1 << 48);
	CHECK_NULL(voxseal_sdes_policies(NULL, 0, local, remote));
	CHECK_NULL(voxseal_sdes_policies(sdes, 0, NULL, remote));
	CHECK_NULL(voxseal_sdes_policies(sdes, 0, local, NULL));
	CHECK_NULL(voxseal_sdes_commit(NULL));
	CHECK_NULL(voxseal_sdes_discard(NULL));
	/* Both policies are still empty, and the keys still wait. */
	CHECK_STATUS(voxseal_session_apply(session, local), VOXSEAL_ERR_BAD_STATE);
	CHECK_STATUS(voxseal_session_apply(session, remote), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_sdes_policies(sdes, 0, local, remote));
	CHECK_OK(voxseal_sdes_commit(sdes));
	CHECK_OK(voxseal_sdes_discard(sdes));
	CHECK_OK(voxseal_session_free(session));
	voxseal_policy_free(local);
	voxseal_policy_free(remote);
	voxseal_sdes_free(sdes);
}

static void settings_functions(void)
{
	voxseal_settings *settings = NULL;
	voxseal_profile *profile = NULL;
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;

	CHECK_NULL(voxseal_settings_new(NULL));
	voxseal_settings_free(NULL);
	CHECK_OK(voxseal_settings_new(&settings));
	CHECK_NULL(voxseal_settings_set(NULL, "general", "keys", "1"));
	CHECK_NULL(voxseal_settings_set(settings, NULL, "keys", "1"));
	CHECK_NULL(voxseal_settings_set(settings, "general", NULL, "1"));
	CHECK_NULL(voxseal_settings_set(settings, "general", "keys", NULL));
	CHECK_NULL(voxseal_settings_reason(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_reason(settings, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_reason(settings, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_settings_check(NULL));
	CHECK_OK(voxseal_settings_check(settings));
	CHECK_NULL(voxseal_settings_profile_name(settings, 0, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_profile_name(settings, 0, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_settings_show(settings, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_settings_show(settings, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_profile_find(settings, "stock", NULL, NULL));
	CHECK_NULL(voxseal_profile_find(NULL, NULL, NULL, NULL));
	CHECK(needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	/* Documented: no settings are the shipped profiles, no name and no User-Agent are "general". */
	CHECK(voxseal_settings_profile_count(NULL) == voxseal_settings_profile_count(settings));
	CHECK_OK(voxseal_settings_profile_name(NULL, 0, text, sizeof(text), &needed));
	CHECK(needed == strlen(text) + 1);
	CHECK_OK(voxseal_profile_find(NULL, NULL, NULL, &profile));
	voxseal_profile_free(profile);
	voxseal_settings_free(settings);
}

static void profile_functions(void)
{
	voxseal_session_config config = { 0 };
	voxseal_profile *profile = NULL;
	char text[128] = "untouched";
	size_t needed = UNTOUCHED;
	uint32_t verdict = UNTOUCHED;

	config.struct_size = sizeof(config);
	CHECK_OK(voxseal_profile_find(NULL, "twilio", NULL, &profile));
	CHECK_NULL(voxseal_profile_set(NULL, "keys", "0", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set(profile, NULL, "0", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set(profile, "keys", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set(profile, "keys", "0", NULL, sizeof(text)));
	CHECK_NULL(voxseal_profile_name(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_name(profile, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_name(profile, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_profile_set_variable(NULL, "SRTP_SUITES", "default", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set_variable(profile, NULL, "default", text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set_variable(profile, "SRTP_SUITES", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_set_variable(profile, "SRTP_SUITES", "default", NULL, sizeof(text)));
	CHECK_NULL(voxseal_profile_show(NULL, text, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_show(profile, NULL, sizeof(text), &needed));
	CHECK_NULL(voxseal_profile_show(profile, text, sizeof(text), NULL));
	CHECK_NULL(voxseal_profile_session_config(NULL, &config));
	CHECK_NULL(voxseal_profile_session_config(profile, NULL));
	CHECK_NULL(voxseal_profile_signalling(NULL, 0, "::1", &verdict, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_signalling(profile, 0, NULL, &verdict, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_signalling(profile, 0, "::1", NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_signalling(profile, 0, "::1", &verdict, NULL, sizeof(text)));
	CHECK_NULL(voxseal_profile_media_policy(NULL, &verdict));
	CHECK_NULL(voxseal_profile_media_policy(profile, NULL));
	CHECK_NULL(voxseal_profile_media(NULL, 0, &verdict, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_media(profile, 0, NULL, text, sizeof(text)));
	CHECK_NULL(voxseal_profile_media(profile, 0, &verdict, NULL, sizeof(text)));
	CHECK(config.rtp_window == 0 && needed == UNTOUCHED && strcmp(text, "untouched") == 0);
	CHECK(verdict == UNTOUCHED);
	/* Documented: no room for a reason, and the size of a name. */
	CHECK_OK(voxseal_profile_signalling(profile, 0, "::1", &verdict, NULL, 0));
	CHECK_OK(voxseal_profile_media(profile, VOXSEAL_STREAM_ENCRYPTED, &verdict, NULL, 0));
	CHECK_STATUS(voxseal_profile_set(profile, "keys", "0", NULL, 0), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK_STATUS(voxseal_profile_name(profile, NULL, 0, &needed), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK(needed == sizeof("twilio"));
	voxseal_profile_free(profile);
	voxseal_profile_free(NULL);
}

int main(void)
{
	sdes_offer_and_text();
	sdes_answer_and_keys();
	settings_functions();
	profile_functions();
	return 0;
}
