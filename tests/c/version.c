/* What the library says of itself. Compiles as C and as C++. */

#include <string.h>

#include "check.h"

static void library_is_the_one_that_the_header_describes(void)
{
	CHECK(voxseal_abi_version() == VOXSEAL_ABI_VERSION);
	CHECK(strchr(voxseal_version(), '.') != NULL);
}

static void every_status_number_has_a_text(void)
{
	int number;

	CHECK(strcmp(voxseal_status_str(VOXSEAL_OK), "ok") == 0);
	CHECK(strcmp(voxseal_status_str(VOXSEAL_ERR_AUTH_FAILED), voxseal_status_str(-1)) != 0);
	for (number = -1; number < 1000; number++) {
		CHECK(voxseal_status_str(number) != NULL && voxseal_status_str(number)[0] != '\0');
	}
	CHECK(voxseal_status_str(INT32_MIN) != NULL && voxseal_status_str(INT32_MAX) != NULL);
}

static void every_suite_is_found_by_its_name(void)
{
	voxseal_suite suite, found = 0;
	const char *name;

	for (suite = VOXSEAL_AES_CM_128_HMAC_SHA1_80; suite <= VOXSEAL_AEAD_AES_256_GCM; suite++) {
		name = voxseal_suite_name(suite);
		CHECK(name != NULL);
		CHECK_OK(voxseal_suite_find(name, strlen(name), &found));
		CHECK(found == suite);
		CHECK_STATUS(voxseal_suite_find(name, strlen(name) - 1, &found), VOXSEAL_ERR_UNKNOWN_SUITE);
		CHECK(found == suite);
	}
	CHECK(voxseal_suite_name(0) == NULL);
	CHECK(voxseal_suite_name(suite) == NULL);
	CHECK(voxseal_suite_name(UINT16_MAX) == NULL);
	CHECK_OK(voxseal_suite_find("AES_CM_256_HMAC_SHA1_80", 23, &found));
	CHECK(found == VOXSEAL_AES_256_CM_HMAC_SHA1_80);
	CHECK_STATUS(voxseal_suite_find("", 0, &found), VOXSEAL_ERR_UNKNOWN_SUITE);
	CHECK_STATUS(voxseal_suite_find("\xff\xfe", 2, &found), VOXSEAL_ERR_UNKNOWN_SUITE);
}

int main(void)
{
	library_is_the_one_that_the_header_describes();
	every_status_number_has_a_text();
	every_suite_is_found_by_its_name();
	return 0;
}
