/*
 * A second of speech over UDP, encrypted: 50 RTP packets are protected, sent to a socket of this machine, received and
 * unprotected. Prints how many arrived, and what the receiving session counted.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "voxseal.h"

enum { HEADER_LEN = 12, PAYLOAD_LEN = 160, RTP_LEN = HEADER_LEN + PAYLOAD_LEN, PACKETS = 50, KEY_SALT_LEN = 30 };

static void must(voxseal_status status, const char *what)
{
	if (status != VOXSEAL_OK) {
		fprintf(stderr, "protect_loop: %s: %s\n", what, voxseal_status_str(status));
		exit(1);
	}
}

/* One direction of a session: its key, for packets of any SSRC. */
static void set_key(voxseal_session session, uint32_t direction, const uint8_t *key)
{
	voxseal_policy *policy = NULL;

	must(voxseal_policy_new(&policy), "policy");
	must(voxseal_policy_set_suite(policy, VOXSEAL_AES_CM_128_HMAC_SHA1_80), "suite");
	must(voxseal_policy_set_ssrc(policy, direction, 0), "direction");
	must(voxseal_policy_set_master_key(policy, key, KEY_SALT_LEN, NULL, 0), "key");
	must(voxseal_session_apply(session, policy), "apply");
	voxseal_policy_free(policy);
}

static void make_rtp(uint8_t *packet, uint16_t seq)
{
	static const uint8_t ssrc[] = { 0x11, 0x22, 0x33, 0x44 };

	memset(packet, 0xd5, RTP_LEN); /* silence in A-law */
	memset(packet, 0, HEADER_LEN);
	packet[0] = 0x80;
	packet[1] = 8;
	packet[2] = (uint8_t) (seq >> 8);
	packet[3] = (uint8_t) seq;
	packet[6] = (uint8_t) (seq * PAYLOAD_LEN >> 8);
	packet[7] = (uint8_t) (seq * PAYLOAD_LEN);
	memcpy(packet + 8, ssrc, sizeof(ssrc));
}

/* Two sockets of this machine, connected with each other. */
static void connect_both(int *sender, int *receiver)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*sender = socket(AF_INET, SOCK_DGRAM, 0);
	*receiver = socket(AF_INET, SOCK_DGRAM, 0);
	if (*sender < 0 || *receiver < 0 || bind(*receiver, (struct sockaddr *) &address, size)
		|| getsockname(*receiver, (struct sockaddr *) &address, &size)
		|| connect(*sender, (struct sockaddr *) &address, size)) {
		perror("protect_loop: socket");
		exit(1);
	}
}

int main(void)
{
	uint8_t key[KEY_SALT_LEN], plain[RTP_LEN], wire[RTP_LEN + VOXSEAL_MAX_TRAILER_LEN];
	voxseal_session ours = { 0 }, theirs = { 0 };
	voxseal_session_stats stats;
	unsigned good = 0;
	uint16_t seq;
	ssize_t arrived;
	size_t len;
	int sender, receiver;

	must(voxseal_random_fill(key, sizeof(key)), "random");
	must(voxseal_session_new(NULL, &ours), "session");
	must(voxseal_session_new(NULL, &theirs), "session");
	set_key(ours, VOXSEAL_OUTBOUND, key);
	set_key(theirs, VOXSEAL_INBOUND, key);
	memset(key, 0, sizeof(key)); /* the sessions have copies */
	connect_both(&sender, &receiver);
	for (seq = 0; seq < PACKETS; seq++) {
		make_rtp(plain, seq);
		must(voxseal_session_protect(ours, VOXSEAL_RTP, plain, sizeof(plain), wire, sizeof(wire), &len), "protect");
		if (send(sender, wire, len, 0) != (ssize_t) len) {
			perror("protect_loop: send");
			return 1;
		}
		arrived = recv(receiver, wire, sizeof(wire), 0);
		if (arrived < 0) {
			perror("protect_loop: receive");
			return 1;
		}
		len = (size_t) arrived;
		/* What does not unprotect is dropped: it is somebody else's. */
		if (voxseal_session_unprotect(theirs, VOXSEAL_RTP, wire, &len) == VOXSEAL_OK && len == sizeof(plain)
			&& memcmp(wire, plain, len) == 0) {
			good++;
		}
	}
	stats.struct_size = sizeof(stats);
	must(voxseal_session_stats_read(theirs, &stats), "counters");
	printf("%u of %d packets arrived as they were; unprotected %llu, refused %llu\n", good, PACKETS,
		(unsigned long long) stats.packets_unprotected, (unsigned long long) stats.auth_failures);
	close(sender);
	close(receiver);
	must(voxseal_session_free(ours), "free");
	must(voxseal_session_free(theirs), "free");
	return good == PACKETS ? 0 : 1;
}
