/* A settings file line by line, as a host reads it, and the profiles that come of it. */

#include <string.h>

#include "check.h"

enum { TEXT_SIZE = 512 };

static voxseal_settings *make_settings(void)
{
	voxseal_settings *settings = NULL;

	CHECK_OK(voxseal_settings_new(&settings));
	return settings;
}

static void set(voxseal_settings *settings, const char *section, const char *name, const char *value)
{
	CHECK_OK(voxseal_settings_set(settings, section, name, value));
}

/* The line is refused, and this is said about it. */
static void refused(voxseal_settings *settings, const char *section, const char *name, const char *value,
	const char *expected)
{
	char reason[TEXT_SIZE];
	size_t needed = 0;

	CHECK_STATUS(voxseal_settings_set(settings, section, name, value), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK_OK(voxseal_settings_reason(settings, reason, sizeof(reason), &needed));
	CHECK(needed == strlen(reason) + 1);
	CHECK(strcmp(reason, expected) == 0);
}

/* The name of the profile that is found. */
static const char *found(const voxseal_settings *settings, const char *name, const char *user_agent)
{
	static char text[TEXT_SIZE];
	voxseal_profile *profile = NULL;
	size_t needed = 0;

	CHECK_OK(voxseal_profile_find(settings, name, user_agent, &profile));
	CHECK_OK(voxseal_profile_name(profile, text, sizeof(text), &needed));
	voxseal_profile_free(profile);
	return text;
}

static voxseal_session_config config_of(const voxseal_profile *profile)
{
	voxseal_session_config config = { 0 };

	config.struct_size = sizeof(config);
	CHECK_OK(voxseal_profile_session_config(profile, &config));
	CHECK(config.struct_size == sizeof(config));
	return config;
}

static void a_file_is_read_checked_and_used(void)
{
	voxseal_settings *settings = make_settings();
	voxseal_profile *profile = NULL;
	voxseal_session_config config;
	voxseal_session session = { 0 };

	set(settings, "general", "rtp_window", "2048");
	set(settings, "door", "like", "grandstream");
	set(settings, "door", "user_agent", "DoorPhone/?.*");
	set(settings, "door", "overlap_time", "5000");
	set(settings, "door", "short_srtcp_tags", "answer");
	set(settings, "door", "soft_limit", "62.5");
	CHECK_OK(voxseal_settings_check(settings));
	CHECK_OK(voxseal_settings_check(settings));
	CHECK(strcmp(found(settings, NULL, "doorphone/2.7"), "door") == 0);
	CHECK(strcmp(found(settings, "DOOR", NULL), "door") == 0);
	CHECK(strcmp(found(settings, NULL, "Aastra 57i/3.2"), "aastra") == 0);
	CHECK(strcmp(found(settings, NULL, "toaster"), "general") == 0);
	CHECK(strcmp(found(settings, NULL, NULL), "general") == 0);
	CHECK_OK(voxseal_profile_find(settings, "door", NULL, &profile));
	/* The profile is a copy: it outlives the settings. */
	voxseal_settings_free(settings);
	config = config_of(profile);
	CHECK(config.rtp_window == 2048 && config.rtcp_window == 128);
	CHECK(config.overlap_packets == 1024 && config.overlap_millis == 5000);
	CHECK(config.answer_short_srtcp_tags == 1 && config.soft_limit_thousandths == 625);
	CHECK_OK(voxseal_session_new(&config, &session));
	CHECK_OK(voxseal_session_free(session));
	voxseal_profile_free(profile);
}

static void the_provider_that_is_asked_for_is_named(void)
{
	voxseal_settings *settings = make_settings();

	set(settings, "general", "provider", "OpenSSL");
	refused(settings, "door", "provider", "openssl", "provider: this holds for all calls; move it to [general]");
	CHECK(strcmp(voxseal_settings_provider(settings), "rustcrypto") == 0);
	CHECK_OK(voxseal_settings_check(settings));
	CHECK(strcmp(voxseal_settings_provider(settings), "openssl") == 0);
	CHECK(strcmp(voxseal_settings_provider(NULL), "rustcrypto") == 0);
	CHECK(strcmp(voxseal_provider_built_in(0), "rustcrypto") == 0);
	voxseal_settings_free(settings);
}

static void refused_lines_say_why_and_change_nothing(void)
{
	voxseal_settings *settings = make_settings();
	char text[TEXT_SIZE];
	size_t needed = 0;

	CHECK_OK(voxseal_settings_reason(settings, text, sizeof(text), &needed));
	CHECK(needed == 1 && text[0] == '\0');
	refused(settings, "general", "min_lifetime", "2^99",
		"min_lifetime: \"2^99\" is not 0, a number of packets or 2^0 to 2^48");
	refused(settings, "general", "like", "stock",
		"like: this belongs in the section of a profile; move it there");
	refused(settings, "door", "suite", "default",
		"\"suite\": there is no such option (did you mean \"suites\"?); docs/settings.md lists them all");
	refused(settings, "door", "order", "\xff\n", "order: \"\xef\xbf\xbd\" is not theirs or ours");
	CHECK_OK(voxseal_settings_check(settings));
	CHECK(voxseal_settings_profile_count(settings) == voxseal_settings_profile_count(NULL));
	voxseal_settings_free(settings);
}

static void the_whole_is_checked_before_it_is_used(void)
{
	voxseal_settings *settings = make_settings();
	voxseal_profile *profile = NULL;
	char reason[TEXT_SIZE];
	size_t needed = 0;

	set(settings, "door", "like", "window");
	CHECK_STATUS(voxseal_profile_find(settings, NULL, NULL, &profile), VOXSEAL_ERR_BAD_STATE);
	CHECK(voxseal_settings_profile_count(settings) == 0);
	CHECK_STATUS(voxseal_settings_profile_name(settings, 0, reason, sizeof(reason), &needed), VOXSEAL_ERR_BAD_STATE);
	CHECK_STATUS(voxseal_settings_check(settings), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK_OK(voxseal_settings_reason(settings, reason, sizeof(reason), &needed));
	CHECK(strcmp(reason, "[door] like: there is no profile \"window\"; name one of the file or a shipped one") == 0);
	CHECK_STATUS(voxseal_profile_find(settings, NULL, NULL, &profile), VOXSEAL_ERR_BAD_STATE);
	/* The line that was missing. */
	set(settings, "window", "keys", "1");
	CHECK_OK(voxseal_settings_check(settings));
	CHECK_STATUS(voxseal_settings_set(settings, "window", "keys", "1"), VOXSEAL_ERR_BAD_STATE);
	CHECK_STATUS(voxseal_profile_find(settings, "wall", NULL, &profile), VOXSEAL_ERR_UNKNOWN_PROFILE);
	CHECK_STATUS(voxseal_profile_find(NULL, "door", NULL, &profile), VOXSEAL_ERR_UNKNOWN_PROFILE);
	CHECK_STATUS(voxseal_profile_find(settings, "", NULL, &profile), VOXSEAL_ERR_UNKNOWN_PROFILE);
	CHECK(profile == NULL);
	voxseal_settings_free(settings);
}

static void profiles_can_be_listed(void)
{
	voxseal_settings *settings = make_settings();
	char name[TEXT_SIZE];
	size_t count, index, needed = 0;

	set(settings, "general", "keys", "1");
	set(settings, "door", "keys", "1");
	CHECK_OK(voxseal_settings_check(settings));
	count = voxseal_settings_profile_count(settings);
	CHECK(count == voxseal_settings_profile_count(NULL) + 1);
	for (index = 0; index < count; index++) {
		CHECK_OK(voxseal_settings_profile_name(settings, index, name, sizeof(name), &needed));
		CHECK((index == 0) == (strcmp(name, "door") == 0));
		CHECK(strcmp(found(settings, name, NULL), name) == 0);
	}
	CHECK_STATUS(voxseal_settings_profile_name(settings, count, name, sizeof(name), &needed),
		VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_settings_profile_name(settings, 0, name, 4, &needed), VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK(needed == sizeof("door"));
	voxseal_settings_free(settings);
}

static void an_endpoint_changes_its_own_copy(void)
{
	voxseal_profile *profile = NULL, *other = NULL;
	char reason[TEXT_SIZE] = "untouched";
	voxseal_session_config config = { 0 };

	CHECK_OK(voxseal_profile_find(NULL, "twilio", NULL, &profile));
	CHECK_OK(voxseal_profile_find(NULL, "twilio", NULL, &other));
	CHECK_OK(voxseal_profile_set(profile, "rtp_window", "64", reason, sizeof(reason)));
	CHECK(strcmp(reason, "untouched") == 0);
	CHECK(config_of(profile).rtp_window == 64 && config_of(other).rtp_window == 1024);
	CHECK_STATUS(voxseal_profile_set(profile, "rtp_window", "63", reason, sizeof(reason)),
		VOXSEAL_ERR_SETTING_REFUSED);
	CHECK(strcmp(reason, "rtp_window: \"63\" is not a number of packets from 64 to 32768") == 0);
	CHECK_STATUS(voxseal_profile_set(profile, "keys", "2", reason, 6), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK(strcmp(reason, "keys:") == 0);
	CHECK_OK(voxseal_profile_set_variable(profile, "_SRTP_SUITES", "AEAD_AES_256_GCM", reason, sizeof(reason)));
	CHECK(strcmp(reason, "") == 0);
	CHECK_STATUS(voxseal_profile_set_variable(profile, "SRTP_SUITES", "AES_CM", reason, sizeof(reason)),
		VOXSEAL_ERR_SETTING_REFUSED);
	CHECK(strstr(reason, "\"AES_CM\" is not a crypto-suite") != NULL);
	CHECK_OK(voxseal_profile_set(profile, "mki_length", "1", reason, sizeof(reason)));
	CHECK_OK(voxseal_profile_set(profile, "keys", "2", reason, sizeof(reason)));
	CHECK(config_of(profile).rtp_window == 64);
	CHECK_STATUS(voxseal_profile_session_config(profile, &config), VOXSEAL_ERR_STRUCT_SIZE);
	voxseal_profile_free(other);
	voxseal_profile_free(profile);
}

static uint32_t signalling_of(const voxseal_profile *profile, uint8_t secure, const char *address, int has_reason)
{
	char reason[TEXT_SIZE] = "untouched";
	uint32_t verdict = 0;

	CHECK_OK(voxseal_profile_signalling(profile, secure, address, &verdict, reason, sizeof(reason)));
	CHECK((*reason != '\0') == has_reason);
	return verdict;
}

static void keys_travel_as_the_profile_says(void)
{
	voxseal_profile *profile = NULL;

	CHECK_OK(voxseal_profile_find(NULL, NULL, NULL, &profile));
	CHECK(signalling_of(profile, 0, "192.0.2.1", 1) == VOXSEAL_SIGNALLING_WARN);
	CHECK(signalling_of(profile, 1, "192.0.2.1", 0) == VOXSEAL_SIGNALLING_SECURE);
	CHECK_OK(voxseal_profile_set(profile, "require_secure_signalling", "yes", NULL, 0));
	CHECK_OK(voxseal_profile_set(profile, "trusted_proxy", "192.0.2.0/24", NULL, 0));
	CHECK(signalling_of(profile, 0, "192.0.2.1", 0) == VOXSEAL_SIGNALLING_TRUSTED);
	CHECK(signalling_of(profile, 0, "192.0.3.1", 1) == VOXSEAL_SIGNALLING_REFUSE);
	CHECK(signalling_of(profile, 0, "no address", 1) == VOXSEAL_SIGNALLING_REFUSE);
	CHECK_OK(voxseal_profile_set(profile, "require_secure_signalling", "no", NULL, 0));
	CHECK(signalling_of(profile, 0, "192.0.3.1", 0) == VOXSEAL_SIGNALLING_CLEAR);
	voxseal_profile_free(profile);
}

static uint32_t media_of(const voxseal_profile *profile, uint32_t stream)
{
	char reason[TEXT_SIZE] = "untouched";
	uint32_t verdict = 0;

	CHECK_OK(voxseal_profile_media(profile, stream, &verdict, reason, sizeof(reason)));
	CHECK((*reason != '\0') == (verdict == VOXSEAL_MEDIA_REFUSE));
	return verdict;
}

static void media_is_as_the_profile_says(void)
{
	static const char *const names[] = { "host", "forbidden", "optional", "mandatory" };
	voxseal_profile *profile = NULL;
	uint32_t policy = 0;
	uint32_t index;

	CHECK_OK(voxseal_profile_find(NULL, NULL, NULL, &profile));
	for (index = 0; index < 4; index++) {
		CHECK_OK(voxseal_profile_set(profile, "media_policy", names[index], NULL, 0));
		CHECK_OK(voxseal_profile_media_policy(profile, &policy));
		CHECK(policy == VOXSEAL_MEDIA_POLICY_HOST + index);
		CHECK(media_of(profile, VOXSEAL_STREAM_SAVP | VOXSEAL_STREAM_CRYPTO)
			== (policy == VOXSEAL_MEDIA_POLICY_FORBIDDEN ? VOXSEAL_MEDIA_REFUSE : VOXSEAL_MEDIA_ENCRYPTED));
		CHECK(media_of(profile, 0)
			== (policy == VOXSEAL_MEDIA_POLICY_MANDATORY ? VOXSEAL_MEDIA_REFUSE : VOXSEAL_MEDIA_CLEAR));
		CHECK(media_of(profile, VOXSEAL_STREAM_ENCRYPTED) == VOXSEAL_MEDIA_REFUSE);
	}
	voxseal_profile_free(profile);
}

static void hostile_texts_are_harmless(void)
{
	enum { LONG = 100000 };
	voxseal_settings *settings = make_settings();
	char *text = malloc(LONG + 1);
	voxseal_profile *profile = NULL;
	char reason[TEXT_SIZE];

	CHECK(text != NULL);
	memset(text, '*', LONG);
	text[LONG] = '\0';
	CHECK_STATUS(voxseal_settings_set(settings, text, "keys", "1"), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK_STATUS(voxseal_settings_set(settings, "x", text, "1"), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK_STATUS(voxseal_settings_set(settings, "x", "user_agent", text), VOXSEAL_ERR_SETTING_REFUSED);
	set(settings, "x", "user_agent", "*a*b*c*d*e*f*g*h*i*j*k*l");
	CHECK_OK(voxseal_settings_check(settings));
	memset(text, 'a', LONG);
	CHECK(strcmp(found(settings, NULL, text), "general") == 0);
	memset(text, 0xff, LONG);
	CHECK(strcmp(found(settings, NULL, text), "general") == 0);
	CHECK_STATUS(voxseal_profile_find(settings, text, NULL, &profile), VOXSEAL_ERR_UNKNOWN_PROFILE);
	CHECK_OK(voxseal_profile_find(settings, NULL, NULL, &profile));
	CHECK_STATUS(voxseal_profile_set(profile, text, text, reason, sizeof(reason)), VOXSEAL_ERR_SETTING_REFUSED);
	CHECK_STATUS(voxseal_profile_set(profile, "suites", text, reason, sizeof(reason)), VOXSEAL_ERR_SETTING_REFUSED);
	voxseal_profile_free(profile);
	voxseal_settings_free(settings);
	free(text);
}

int main(void)
{
	a_file_is_read_checked_and_used();
	the_provider_that_is_asked_for_is_named();
	refused_lines_say_why_and_change_nothing();
	the_whole_is_checked_before_it_is_used();
	profiles_can_be_listed();
	an_endpoint_changes_its_own_copy();
	keys_travel_as_the_profile_says();
	media_is_as_the_profile_says();
	hostile_texts_are_harmless();
	return 0;
}
