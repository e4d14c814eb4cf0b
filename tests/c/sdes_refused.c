/* Lines, answers and calls that are refused, and the texts that come of it. */

#include "sdes.h"

/* Room of every size, with a guard behind it; the size that is needed is told each time. */
static void text_fits_or_nothing_is_written(voxseal_sdes *sdes, int is_line)
{
	char buffer[TEXT_SIZE + 1], untouched[TEXT_SIZE + 1];
	size_t needed = 0, told, size;
	voxseal_status status;

	memset(untouched, 0x5a, sizeof(untouched));
	status = is_line ? voxseal_sdes_line(sdes, 0, NULL, 0, &needed) : voxseal_sdes_reason(sdes, NULL, 0, &needed);
	CHECK(status == VOXSEAL_ERR_BUFFER_TOO_SMALL);
	CHECK(needed > 1 && needed < TEXT_SIZE);
	for (size = 0; size <= TEXT_SIZE; size++) {
		memcpy(buffer, untouched, sizeof(buffer));
		told = 4711;
		status = is_line ? voxseal_sdes_line(sdes, 0, buffer, size, &told)
			: voxseal_sdes_reason(sdes, buffer, size, &told);
		CHECK(told == needed);
		if (size < needed) {
			CHECK_STATUS(status, VOXSEAL_ERR_BUFFER_TOO_SMALL);
			CHECK(memcmp(buffer, untouched, sizeof(buffer)) == 0);
		} else {
			CHECK_OK(status);
			CHECK(strlen(buffer) + 1 == needed);
			CHECK(memcmp(buffer + needed, untouched, sizeof(buffer) - needed) == 0);
		}
	}
}

static void text_goes_into_a_buffer_of_the_caller(void)
{
	const voxseal_suite suites[] = { VOXSEAL_AES_256_CM_HMAC_SHA1_80 };
	voxseal_sdes *sdes = make_sdes();
	char text[TEXT_SIZE];
	uint32_t outcome = 0;
	size_t needed = 4711;

	CHECK_STATUS(voxseal_sdes_line(sdes, 0, text, TEXT_SIZE, &needed), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK(needed == 4711);
	CHECK_OK(voxseal_sdes_reason(sdes, text, 1, &needed));
	CHECK(needed == 1 && text[0] == '\0');
	CHECK_OK(voxseal_sdes_offer(sdes, suites, 1));
	CHECK_STATUS(voxseal_sdes_line(sdes, 1, text, TEXT_SIZE, &needed), VOXSEAL_ERR_BAD_ARGUMENT);
	text_fits_or_nothing_is_written(sdes, 1);
	CHECK_STATUS(voxseal_sdes_process(sdes, "1", 1, &outcome), VOXSEAL_ERR_ATTRIBUTE_SYNTAX);
	text_fits_or_nothing_is_written(sdes, 0);
	voxseal_sdes_free(sdes);
}

/* The reason of the last refusal: one printable line, and never eight characters of the key in a row. */
static void reason_explains_without(const voxseal_sdes *sdes, const char *key)
{
	char reason[TEXT_SIZE], piece[9] = "";
	size_t needed, i;

	CHECK_OK(voxseal_sdes_reason(sdes, reason, sizeof(reason), &needed));
	CHECK(needed == strlen(reason) + 1 && needed > 10);
	for (i = 0; reason[i] != '\0'; i++) {
		CHECK(reason[i] >= ' ' && reason[i] <= '~');
	}
	for (i = 0; i + 8 <= strlen(key); i++) {
		memcpy(piece, key + i, 8);
		CHECK(strstr(reason, piece) == NULL);
	}
}

static void refused_line_is_explained_and_changes_nothing(void)
{
	static const struct {
		voxseal_status status;
		const char *line;
	} refused[] = {
		{ VOXSEAL_ERR_ATTRIBUTE_SYNTAX, "" },
		{ VOXSEAL_ERR_ATTRIBUTE_SYNTAX, LINE_80("1") "\n" },
		{ VOXSEAL_ERR_ATTRIBUTE_TAG, LINE_80("01") },
		{ VOXSEAL_ERR_ATTRIBUTE_TAG, ZOIPER_KEY },
		{ VOXSEAL_ERR_UNKNOWN_SUITE, "1 F8_128_HMAC_SHA1_80 inline:" ZOIPER_KEY },
		{ VOXSEAL_ERR_KEY_METHOD, "1 AES_CM_128_HMAC_SHA1_80 " ZOIPER_KEY },
		{ VOXSEAL_ERR_KEY_ENCODING, "1 AES_CM_128_HMAC_SHA1_80 inline:" },
		{ VOXSEAL_ERR_KEY_ENCODING, "1 AES_CM_128_HMAC_SHA1_80 inline:" ZOIPER_KEY "!" },
		{ VOXSEAL_ERR_KEY_LENGTH, "1 AES_256_CM_HMAC_SHA1_80 inline:" ZOIPER_KEY },
		{ VOXSEAL_ERR_KEY_ALL_ZERO, "1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		{ VOXSEAL_ERR_LIFETIME_SYNTAX, LINE_80("1") "|0" },
		{ VOXSEAL_ERR_LIFETIME_TOO_SHORT, LINE_80("1") "|2^4" },
		{ VOXSEAL_ERR_MKI_SYNTAX, LINE_80("1") "|2^31|1:129" },
		{ VOXSEAL_ERR_MKI_SYNTAX, LINE_80("1") "|1:4;inline:" ZOIPER_KEY "|2:4" },
		{ VOXSEAL_ERR_SESSION_PARAMETER, LINE_80("1") " " ZOIPER_KEY },
		{ VOXSEAL_ERR_PARAMETER_REFUSED, LINE_80("1") " UNENCRYPTED_SRTP" },
	};
	voxseal_sdes *sdes = make_sdes();
	char answer[TEXT_SIZE], after[TEXT_SIZE];
	uint32_t outcome;
	size_t i;

	CHECK(process(sdes, LINE_80("1")) == VOXSEAL_SDES_PENDING);
	take_line(sdes, 0, answer);
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		outcome = 4711;
		CHECK_STATUS(voxseal_sdes_process(sdes, refused[i].line, strlen(refused[i].line), &outcome),
			refused[i].status);
		CHECK(outcome == 4711);
		reason_explains_without(sdes, ZOIPER_KEY);
		take_line(sdes, 0, after);
		CHECK(strcmp(answer, after) == 0);
	}
	CHECK_OK(voxseal_sdes_commit(sdes));
	CHECK(process(sdes, LINE_80("1")) == VOXSEAL_SDES_UNCHANGED);
	voxseal_sdes_free(sdes);
}

static void answer_must_fit_the_offer(void)
{
	const voxseal_suite suites[] = { VOXSEAL_AEAD_AES_128_GCM, VOXSEAL_AES_CM_128_HMAC_SHA1_80 };
	voxseal_sdes *sdes = make_sdes();
	char offer[TEXT_SIZE];
	uint32_t outcome = 4711;

	CHECK_OK(voxseal_sdes_offer(sdes, suites, 2));
	take_line(sdes, 1, offer);
	CHECK_STATUS(voxseal_sdes_process(sdes, LINE_80("3"), strlen(LINE_80("3")), &outcome),
		VOXSEAL_ERR_ANSWER_TAG);
	CHECK_STATUS(voxseal_sdes_process(sdes, LINE_80("1"), strlen(LINE_80("1")), &outcome),
		VOXSEAL_ERR_ANSWER_SUITE);
	/* Our own line comes back: the peer would use our key in its direction. */
	CHECK_STATUS(voxseal_sdes_process(sdes, offer, strlen(offer), &outcome), VOXSEAL_ERR_KEY_REFLECTED);
	reason_explains_without(sdes, strstr(offer, "inline:") + strlen("inline:"));
	CHECK(outcome == 4711 && voxseal_sdes_suite(sdes) == 0 && voxseal_sdes_line_count(sdes) == 2);
	CHECK(process(sdes, LINE_80("2")) == VOXSEAL_SDES_PENDING);
	voxseal_sdes_free(sdes);
}

static void calls_out_of_order_are_refused(void)
{
	const voxseal_suite twice[] = { VOXSEAL_AEAD_AES_128_GCM, VOXSEAL_AEAD_AES_128_GCM };
	const voxseal_suite unknown[] = { VOXSEAL_AEAD_AES_128_GCM, 99 };
	voxseal_policy *local = NULL, *remote = NULL;
	voxseal_sdes *sdes = make_sdes();

	CHECK_STATUS(voxseal_sdes_commit(sdes), VOXSEAL_ERR_BAD_STATE);
	CHECK_OK(voxseal_policy_new(&local));
	CHECK_OK(voxseal_policy_new(&remote));
	CHECK_STATUS(voxseal_sdes_policies(sdes, 0, local, remote), VOXSEAL_ERR_BAD_STATE);
	voxseal_policy_free(local);
	voxseal_policy_free(remote);
	CHECK_OK(voxseal_sdes_discard(sdes));
	CHECK_STATUS(voxseal_sdes_offer(sdes, twice, 0), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_sdes_offer(sdes, twice, 2), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_sdes_offer(sdes, twice, SIZE_MAX), VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK_STATUS(voxseal_sdes_offer(sdes, unknown, 2), VOXSEAL_ERR_UNKNOWN_SUITE);
	CHECK(voxseal_sdes_line_count(sdes) == 0);
	CHECK_OK(voxseal_sdes_offer(sdes, twice, 1));
	CHECK_STATUS(voxseal_sdes_offer(sdes, twice, 1), VOXSEAL_ERR_BAD_STATE);
	CHECK_STATUS(voxseal_sdes_commit(sdes), VOXSEAL_ERR_BAD_STATE);
	voxseal_sdes_free(sdes);
}

int main(void)
{
	text_goes_into_a_buffer_of_the_caller();
	refused_line_is_explained_and_changes_nothing();
	answer_must_fit_the_offer();
	calls_out_of_order_are_refused();
	return 0;
}
