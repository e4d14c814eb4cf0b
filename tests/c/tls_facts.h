/* Facts of a TLS connection, for the programs beside this file. */
#ifndef TLS_FACTS_H
#define TLS_FACTS_H

#include <string.h>

#include "voxseal.h"

/*
 * A connection of which all is good; of the peer's certificate it is known that it is there and that its chain is
 * verified.
 */
static inline voxseal_tls_facts verified_facts(uint32_t direction, uint32_t peer_role)
{
	static const int32_t good_chain[] = { 0 };
	voxseal_tls_facts facts;

	memset(&facts, 0, sizeof(facts));
	facts.struct_size = sizeof(facts);
	facts.direction = direction;
	facts.peer_role = peer_role;
	facts.version = 0x0303;
	facts.cipher = "ECDHE-ECDSA-AES128-GCM-SHA256";
	facts.cipher_bits = 128;
	facts.verify_results = good_chain;
	facts.verify_result_count = 1;
	facts.has_certificate = 1;
	facts.has_dates = 1;
	return facts;
}

#endif
