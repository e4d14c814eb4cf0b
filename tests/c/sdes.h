/* One end that negotiates, for the programs beside this file. */
#ifndef SDES_H
#define SDES_H

#include "media.h"

#define ZOIPER_KEY "WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy"
#define LINE_80(tag) tag " AES_CM_128_HMAC_SHA1_80 inline:" ZOIPER_KEY

enum { TEXT_SIZE = 256 };

static inline voxseal_sdes *make_sdes(void)
{
	voxseal_sdes *sdes = NULL;

	CHECK_OK(voxseal_sdes_new(&sdes));
	return sdes;
}

/* Line `index` of our SDP. */
static inline void take_line(const voxseal_sdes *sdes, size_t index, char *out)
{
	size_t needed = 0;

	CHECK_OK(voxseal_sdes_line(sdes, index, out, TEXT_SIZE, &needed));
	CHECK(needed == strlen(out) + 1);
}

/* What processing a line of the peer's SDP that is taken leads to. */
static inline uint32_t process(voxseal_sdes *sdes, const char *line)
{
	uint32_t outcome = 4711;

	CHECK_OK(voxseal_sdes_process(sdes, line, strlen(line), &outcome));
	CHECK(outcome == VOXSEAL_SDES_PENDING || outcome == VOXSEAL_SDES_UNCHANGED);
	return outcome;
}

#endif
