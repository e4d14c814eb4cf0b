/* Random bytes: exactly as many as asked for, and others every time. */

#include <string.h>

#include "check.h"

enum { GUARD_LEN = 16, MOST = 300 };

static void exactly_the_bytes_asked_for_are_written(void)
{
	uint8_t buffer[GUARD_LEN + MOST + GUARD_LEN], guard[GUARD_LEN], untouched[MOST];
	size_t len;

	memset(guard, 0xa5, sizeof(guard));
	memset(untouched, 0xa5, sizeof(untouched));
	for (len = 0; len <= MOST; len++) {
		memset(buffer, 0xa5, sizeof(buffer));
		CHECK_OK(voxseal_random_fill(buffer + GUARD_LEN, len));
		CHECK(memcmp(buffer, guard, GUARD_LEN) == 0);
		CHECK(memcmp(buffer + GUARD_LEN + len, guard, GUARD_LEN) == 0);
		/* A filling of 16 bytes is all 0xa5 once in 2^128 runs. */
		CHECK(len < 16 || memcmp(buffer + GUARD_LEN, untouched, len) != 0);
	}
}

/* Each byte of a block takes another value sooner or later; that 64 fills agree on one happens once in 2^504 runs. */
static void every_byte_is_filled(void)
{
	uint8_t first[46] = { 0 }, next[46] = { 0 };
	int differs[46] = { 0 }, round;
	size_t i;

	CHECK_OK(voxseal_random_fill(first, sizeof(first)));
	for (round = 0; round < 64; round++) {
		CHECK_OK(voxseal_random_fill(next, sizeof(next)));
		CHECK(memcmp(first, next, sizeof(first)) != 0);
		for (i = 0; i < sizeof(first); i++) {
			differs[i] |= first[i] != next[i];
		}
	}
	for (i = 0; i < sizeof(first); i++) {
		CHECK(differs[i]);
	}
}

int main(void)
{
	exactly_the_bytes_asked_for_are_written();
	every_byte_is_filled();
	return 0;
}
