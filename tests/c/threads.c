/* Sessions may be used and freed from any thread at any time. Every loop here is bounded by a count. */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>

#include "media.h"

enum { SSRC = 0x11223344, SUITE = VOXSEAL_AES_CM_128_HMAC_SHA1_80, MOST_PACKETS = 5000000 };

static pthread_t start(void *(*run)(void *), void *argument)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, run, argument) == 0);
	return thread;
}

static void finish(pthread_t thread)
{
	CHECK(pthread_join(thread, NULL) == 0);
}

/* Eight sessions on four threads: two calls each, made, used and freed there. */

enum { THREADS = 4, CALL_PACKETS = 5000 };

static void *two_calls(void *argument)
{
	uint8_t seed = *(const uint8_t *) argument;
	voxseal_session a = make_session(SUITE, seed, seed + 1), b = make_session(SUITE, seed + 1, seed);
	int number;

	for (number = 0; number < CALL_PACKETS; number++) {
		CHECK_OK(send_packet(a, b, VOXSEAL_RTP, SSRC, (uint16_t) number));
		CHECK_OK(send_packet(b, a, VOXSEAL_RTP, SSRC, (uint16_t) number));
	}
	CHECK(read_stats(a).packets_protected == CALL_PACKETS && read_stats(a).packets_unprotected == CALL_PACKETS);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
	return NULL;
}

static void sessions_on_several_threads_do_not_meet(void)
{
	uint8_t seeds[THREADS];
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		seeds[i] = (uint8_t) (1 + 10 * i);
		threads[i] = start(two_calls, &seeds[i]);
	}
	for (i = 0; i < THREADS; i++) {
		finish(threads[i]);
	}
}

/* One session, one thread for each direction: as a PBX has it. */

enum { SHARED_PACKETS = 20000 };

struct pair {
	voxseal_session shared;
	voxseal_session peer;
};

static void *protect_all(void *argument)
{
	const struct pair *pair = (const struct pair *) argument;
	uint8_t wire[ROOM];
	int number;

	for (number = 0; number < SHARED_PACKETS; number++) {
		protect_packet(pair->shared, VOXSEAL_RTP, SSRC, (uint16_t) number, wire);
	}
	return NULL;
}

static void *unprotect_all(void *argument)
{
	const struct pair *pair = (const struct pair *) argument;
	int number;

	for (number = 0; number < SHARED_PACKETS; number++) {
		CHECK_OK(send_packet(pair->peer, pair->shared, VOXSEAL_RTP, SSRC, (uint16_t) number));
	}
	return NULL;
}

static void both_directions_of_one_session_run_at_once(void)
{
	struct pair pair;
	pthread_t sender, receiver;
	voxseal_session_stats stats;

	pair.shared = make_session(SUITE, 1, 2);
	pair.peer = make_session(SUITE, 2, 1);
	sender = start(protect_all, &pair);
	receiver = start(unprotect_all, &pair);
	finish(sender);
	finish(receiver);
	stats = read_stats(pair.shared);
	CHECK(stats.packets_protected == SHARED_PACKETS && stats.packets_unprotected == SHARED_PACKETS);
	CHECK(stats.protect_refused == 0 && stats.auth_failures == 0 && stats.replays == 0);
	CHECK_OK(voxseal_session_free(pair.shared));
	CHECK_OK(voxseal_session_free(pair.peer));
}

/* A session that is freed while two threads are at it: both notice, and nobody touches who comes next in its place. */

enum { ROUNDS = 200, WARM_UP = 50 };

struct doomed {
	voxseal_session session;
	pthread_mutex_t lock;
	pthread_cond_t warm;
	int warm_threads;
};

static void say_warm(struct doomed *doomed)
{
	pthread_mutex_lock(&doomed->lock);
	doomed->warm_threads++;
	pthread_cond_signal(&doomed->warm);
	pthread_mutex_unlock(&doomed->lock);
}

static void *protect_until_freed(void *argument)
{
	struct doomed *doomed = (struct doomed *) argument;
	uint8_t plain[RTP_LEN], out[ROOM];
	size_t len, out_len;
	voxseal_status status;
	int number;

	for (number = 0; number < MOST_PACKETS; number++) {
		len = make_rtp(plain, SSRC, (uint16_t) number);
		out_len = 4711;
		status = voxseal_session_protect(doomed->session, VOXSEAL_RTP, plain, len, out, ROOM, &out_len);
		if (status == VOXSEAL_ERR_BAD_HANDLE) {
			CHECK(out_len == 4711);
			return NULL;
		}
		CHECK_OK(status);
		if (number == WARM_UP) {
			say_warm(doomed);
		}
	}
	CHECK(!"the session is freed at last");
	return NULL;
}

static void *unprotect_until_freed(void *argument)
{
	struct doomed *doomed = (struct doomed *) argument;
	voxseal_session peer = make_session(SUITE, 2, 1);
	voxseal_status status;
	int number;

	for (number = 0; number < MOST_PACKETS; number++) {
		status = send_packet(peer, doomed->session, VOXSEAL_RTP, SSRC, (uint16_t) number);
		if (status == VOXSEAL_ERR_BAD_HANDLE) {
			CHECK_OK(voxseal_session_free(peer));
			return NULL;
		}
		CHECK_OK(status);
		if (number == WARM_UP) {
			say_warm(doomed);
		}
	}
	CHECK(!"the session is freed at last");
	return NULL;
}

static void free_under_way_is_noticed_by_all(void)
{
	struct doomed doomed;
	voxseal_session successor;
	voxseal_session_stats stats;
	pthread_t sender, receiver;

	doomed.session = make_session(SUITE, 1, 2);
	doomed.warm_threads = 0;
	CHECK(pthread_mutex_init(&doomed.lock, NULL) == 0 && pthread_cond_init(&doomed.warm, NULL) == 0);
	sender = start(protect_until_freed, &doomed);
	receiver = start(unprotect_until_freed, &doomed);
	pthread_mutex_lock(&doomed.lock);
	while (doomed.warm_threads < 2) {
		pthread_cond_wait(&doomed.warm, &doomed.lock);
	}
	pthread_mutex_unlock(&doomed.lock);
	CHECK_OK(voxseal_session_free(doomed.session));
	successor = make_session(SUITE, 1, 2);
	finish(sender);
	finish(receiver);
	stats = read_stats(successor);
	CHECK(stats.packets_protected == 0 && stats.packets_unprotected == 0);
	CHECK(stats.protect_refused == 0 && stats.unprotect_refused == 0);
	CHECK_OK(voxseal_session_free(successor));
	pthread_cond_destroy(&doomed.warm);
	pthread_mutex_destroy(&doomed.lock);
}

int main(void)
{
	int round;

	sessions_on_several_threads_do_not_meet();
	both_directions_of_one_session_run_at_once();
	for (round = 0; round < ROUNDS; round++) {
		free_under_way_is_noticed_by_all();
	}
	return 0;
}
