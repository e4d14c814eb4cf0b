/* The names that the text around the code of docs/c has spoken of, so that the code can be compiled. */
#ifndef DOCS_H
#define DOCS_H

#include "voxseal.h"

extern voxseal_session session;
extern voxseal_policy *policy;
extern voxseal_sdes *sdes;
extern voxseal_tls_policy *tls_policy;
extern voxseal_tls_context *context;
extern voxseal_tls_connection *connection;
extern voxseal_status status;
extern char reason[512], text[512];
extern const char *line;
extern uint8_t packet[1500], out[2048], bytes[16384];
extern size_t packet_len, out_len, count, needed;
extern uint64_t now_ms;

#endif
