/*
 * Answers the crypto attributes of an SDP offer (RFC 4568): each argument is the value of one a=crypto line. Prints the
 * line for the answer; for the lines that were refused, why.
 *
 *   answer_offer '1 AES_CM_128_HMAC_SHA1_80 inline:WpjkRMJa2SxB/MF0MKkdLG5R/VRHWLr7NgD6C7dy'
 */
#include <stdio.h>
#include <string.h>

#include "voxseal.h"

/* Gives the keys that were agreed on to the session, then says that they are in use. */
static voxseal_status activate(voxseal_sdes *sdes, voxseal_session session)
{
	voxseal_policy *local = NULL, *remote = NULL;
	voxseal_status status = voxseal_policy_new(&local);

	if (status == VOXSEAL_OK) {
		status = voxseal_policy_new(&remote);
	}
	if (status == VOXSEAL_OK) {
		status = voxseal_sdes_policies(sdes, 0, local, remote);
	}
	if (status == VOXSEAL_OK) {
		status = voxseal_session_apply(session, remote);
	}
	if (status == VOXSEAL_OK) {
		status = voxseal_session_apply(session, local);
	}
	if (status == VOXSEAL_OK) {
		status = voxseal_sdes_commit(sdes);
	} else {
		voxseal_sdes_discard(sdes);
	}
	voxseal_policy_free(local);
	voxseal_policy_free(remote);
	return status;
}

static voxseal_status answer(voxseal_sdes *sdes, voxseal_session session, int lines, char **line)
{
	char text[512];
	uint32_t outcome = 0;
	size_t needed = 0;
	voxseal_status status = VOXSEAL_ERR_ATTRIBUTE_SYNTAX;
	int i;

	for (i = 0; i < lines && status != VOXSEAL_OK; i++) {
		status = voxseal_sdes_process(sdes, line[i], strlen(line[i]), &outcome);
		if (status != VOXSEAL_OK && voxseal_sdes_reason(sdes, text, sizeof(text), &needed) == VOXSEAL_OK) {
			fprintf(stderr, "refused: %s\n", text);
		}
	}
	if (status == VOXSEAL_OK && outcome == VOXSEAL_SDES_PENDING) {
		status = activate(sdes, session);
	}
	if (status == VOXSEAL_OK) {
		status = voxseal_sdes_line(sdes, 0, text, sizeof(text), &needed);
	}
	if (status == VOXSEAL_OK) {
		printf("a=crypto:%s\n", text);
	}
	return status;
}

int main(int argc, char **argv)
{
	voxseal_sdes *sdes = NULL;
	voxseal_session session = { 0 };
	voxseal_status status = voxseal_session_new(NULL, &session);

	if (status == VOXSEAL_OK) {
		status = voxseal_sdes_new(&sdes);
	}
	if (status == VOXSEAL_OK) {
		status = answer(sdes, session, argc - 1, argv + 1);
	}
	if (status != VOXSEAL_OK) {
		fprintf(stderr, "no line was taken: %s\n", voxseal_status_str(status));
	}
	voxseal_sdes_free(sdes);
	voxseal_session_free(session);
	return status == VOXSEAL_OK ? 0 : 1;
}
