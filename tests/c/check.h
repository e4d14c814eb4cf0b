/* Checks for the programs beside this file: the first one that fails says where and why, and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "voxseal.h"

#define CHECK(condition) check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__)

/* Runs `call` and expects it to return `expected`. */
#define CHECK_STATUS(call, expected) check_status((call), (expected), #call, __FILE__, __LINE__)

#define CHECK_OK(call) CHECK_STATUS(call, VOXSEAL_OK)

static inline void check_that(int holds, const char *condition, const char *file, int line)
{
	if (!holds) {
		fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
		exit(1);
	}
}

static inline void check_status(voxseal_status got, voxseal_status expected, const char *call, const char *file,
	int line)
{
	if (got != expected) {
		fprintf(stderr, "%s:%d: %s\n  gave %d (%s), expected %d (%s)\n", file, line, call, (int) got,
			voxseal_status_str(got), (int) expected, voxseal_status_str(expected));
		exit(1);
	}
}

#endif
