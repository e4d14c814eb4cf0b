/* Offer and answer between two ends that exchange text alone, then media with the keys agreed on. */

#include "sdes.h"

enum { SSRC = 0x11223344 };

/* Gives the pending keys to the session. */
static void activate(voxseal_sdes *sdes, voxseal_session session)
{
	voxseal_policy *local = NULL, *remote = NULL;

	CHECK_OK(voxseal_policy_new(&local));
	CHECK_OK(voxseal_policy_new(&remote));
	CHECK_OK(voxseal_sdes_policies(sdes, 0, local, remote));
	CHECK_OK(voxseal_session_apply(session, remote));
	CHECK_OK(voxseal_session_apply(session, local));
	CHECK_OK(voxseal_sdes_commit(sdes));
	voxseal_policy_free(local);
	voxseal_policy_free(remote);
}

static void media_flows(voxseal_session one, voxseal_session other, uint16_t number)
{
	CHECK_OK(send_packet(one, other, VOXSEAL_RTP, SSRC, number));
	CHECK_OK(send_packet(other, one, VOXSEAL_RTP, SSRC + 1, number));
	CHECK_OK(send_packet(one, other, VOXSEAL_RTCP, SSRC, number));
	CHECK_OK(send_packet(other, one, VOXSEAL_RTCP, SSRC + 1, number));
}

/* The answerer takes line `chosen` of an offer of every suite. */
static void offer_is_answered_and_media_flows(size_t chosen)
{
	voxseal_sdes *offerer = make_sdes(), *answerer = make_sdes();
	voxseal_session a = { 0 }, b = { 0 };
	voxseal_suite suites[LAST_SUITE], suite;
	char offer[TEXT_SIZE], answer[TEXT_SIZE], again[TEXT_SIZE];

	CHECK_OK(voxseal_session_new(NULL, &a));
	CHECK_OK(voxseal_session_new(NULL, &b));
	for (suite = FIRST_SUITE; suite <= LAST_SUITE; suite++) {
		suites[suite - FIRST_SUITE] = suite;
	}
	CHECK_OK(voxseal_sdes_offer(offerer, suites, LAST_SUITE));
	CHECK(voxseal_sdes_line_count(offerer) == LAST_SUITE && voxseal_sdes_suite(offerer) == 0);
	take_line(offerer, chosen, offer);

	/* A PBX reads an offer twice, before and while it applies it; there is one answer to it all the same. */
	CHECK(process(answerer, offer) == VOXSEAL_SDES_PENDING);
	CHECK(voxseal_sdes_line_count(answerer) == 1);
	take_line(answerer, 0, answer);
	CHECK(process(answerer, offer) == VOXSEAL_SDES_PENDING);
	take_line(answerer, 0, again);
	CHECK(strcmp(answer, again) == 0);
	activate(answerer, b);
	CHECK(process(answerer, offer) == VOXSEAL_SDES_UNCHANGED);

	CHECK(process(offerer, answer) == VOXSEAL_SDES_PENDING);
	activate(offerer, a);
	CHECK(process(offerer, answer) == VOXSEAL_SDES_UNCHANGED);
	CHECK(voxseal_sdes_suite(offerer) == suites[chosen] && voxseal_sdes_suite(answerer) == suites[chosen]);
	CHECK(voxseal_sdes_line_count(offerer) == 1);
	media_flows(a, b, 1);
	CHECK(read_stats(a).outbound_suite == suites[chosen] && read_stats(a).inbound_suite == suites[chosen]);

	voxseal_sdes_free(offerer);
	voxseal_sdes_free(answerer);
	/* The sessions have the keys. */
	media_flows(a, b, 2);
	CHECK_OK(voxseal_session_free(a));
	CHECK_OK(voxseal_session_free(b));
}

/* The offerer here says KDR and does not follow it: so its packets tell which keys the answerer reads them with. */
static void kdr_is_applied_to_what_the_peer_sends_and_to_nothing_else(void)
{
	voxseal_sdes *offerer = make_sdes(), *answerer = make_sdes();
	const voxseal_suite suite = VOXSEAL_AES_CM_128_HMAC_SHA1_80;
	voxseal_agreement agreement = { .struct_size = sizeof(agreement) };
	voxseal_session one = { 0 }, other = { 0 };
	char offer[TEXT_SIZE], answer[TEXT_SIZE];

	CHECK_OK(voxseal_session_new(NULL, &one));
	CHECK_OK(voxseal_session_new(NULL, &other));
	CHECK_OK(voxseal_sdes_offer(offerer, &suite, 1));
	take_line(offerer, 0, offer);
	strcat(offer, " KDR=1");
	CHECK(process(answerer, offer) == VOXSEAL_SDES_PENDING);
	CHECK_OK(voxseal_sdes_agreement(answerer, &agreement));
	CHECK(agreement.remote_kdr == 1 && agreement.unencrypted == 0);
	take_line(answerer, 0, answer);
	CHECK(strstr(answer, "KDR") == NULL);
	activate(answerer, other);
	CHECK(process(offerer, answer) == VOXSEAL_SDES_PENDING);
	activate(offerer, one);

	media_flows(one, other, 0);
	media_flows(one, other, 1);
	CHECK_STATUS(send_packet(one, other, VOXSEAL_RTP, SSRC, 2), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_STATUS(send_packet(one, other, VOXSEAL_RTCP, SSRC, 2), VOXSEAL_ERR_AUTH_FAILED);
	CHECK_OK(send_packet(other, one, VOXSEAL_RTP, SSRC + 1, 2));
	CHECK_OK(send_packet(other, one, VOXSEAL_RTCP, SSRC + 1, 2));
	CHECK_OK(voxseal_session_free(one));
	CHECK_OK(voxseal_session_free(other));
	voxseal_sdes_free(offerer);
	voxseal_sdes_free(answerer);
}

static void discarded_keys_leave_what_was_agreed(void)
{
	voxseal_sdes *sdes = make_sdes();
	char agreed[TEXT_SIZE], line[TEXT_SIZE];
	const char other[] = "1 AEAD_AES_128_GCM inline:PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWVw==";

	CHECK(process(sdes, LINE_80("1")) == VOXSEAL_SDES_PENDING);
	CHECK_OK(voxseal_sdes_discard(sdes));
	CHECK(voxseal_sdes_suite(sdes) == 0 && voxseal_sdes_line_count(sdes) == 0);
	CHECK_STATUS(voxseal_sdes_commit(sdes), VOXSEAL_ERR_BAD_STATE);
	CHECK(process(sdes, LINE_80("1")) == VOXSEAL_SDES_PENDING);
	CHECK_OK(voxseal_sdes_commit(sdes));
	take_line(sdes, 0, agreed);
	CHECK(process(sdes, other) == VOXSEAL_SDES_PENDING);
	CHECK(voxseal_sdes_suite(sdes) == VOXSEAL_AEAD_AES_128_GCM);
	CHECK_OK(voxseal_sdes_discard(sdes));
	CHECK(voxseal_sdes_suite(sdes) == VOXSEAL_AES_CM_128_HMAC_SHA1_80);
	take_line(sdes, 0, line);
	CHECK(strcmp(line, agreed) == 0);
	CHECK(process(sdes, LINE_80("1")) == VOXSEAL_SDES_UNCHANGED);
	voxseal_sdes_free(sdes);
}

static void use_two_keys_with_mki(voxseal_sdes *sdes)
{
	voxseal_profile *profile = NULL;

	CHECK_OK(voxseal_profile_find(NULL, NULL, NULL, &profile));
	CHECK_OK(voxseal_profile_set(profile, "mki_length", "1", NULL, 0));
	CHECK_OK(voxseal_profile_set(profile, "keys", "2", NULL, 0));
	CHECK_OK(voxseal_sdes_use_profile(sdes, profile));
	voxseal_profile_free(profile);
}

/* One whose own keys have an MKI, or had one, or have none now: what we offered holds for what we send. */
static void keys_of_our_offer_stay_whatever_mki_the_peer_has(const char *first, const char *second)
{
	const voxseal_suite suite = VOXSEAL_AES_CM_128_HMAC_SHA1_80;
	voxseal_sdes *sdes = make_sdes();
	voxseal_session session = { 0 };
	char offer[TEXT_SIZE], line[TEXT_SIZE];
	voxseal_key_info key;

	use_two_keys_with_mki(sdes);
	CHECK_OK(voxseal_session_new(NULL, &session));
	CHECK_OK(voxseal_sdes_offer(sdes, &suite, 1));
	take_line(sdes, 0, offer);
	CHECK(process(sdes, first) == VOXSEAL_SDES_PENDING);
	activate(sdes, session);
	CHECK_OK(voxseal_session_select_next_key(session));
	CHECK(process(sdes, first) == VOXSEAL_SDES_UNCHANGED);
	if (process(sdes, second) == VOXSEAL_SDES_PENDING) {
		activate(sdes, session);
	}
	take_line(sdes, 0, line);
	CHECK(strcmp(line, offer) == 0);
	/* The second key is still the one in use. */
	key = read_key(session, VOXSEAL_OUTBOUND);
	CHECK(key.mki_len == 1 && key.mki[0] == 2);
	CHECK_OK(voxseal_session_free(session));
	voxseal_sdes_free(sdes);
}

int main(void)
{
	size_t chosen;

	for (chosen = 0; chosen < LAST_SUITE; chosen++) {
		offer_is_answered_and_media_flows(chosen);
	}
	kdr_is_applied_to_what_the_peer_sends_and_to_nothing_else();
	discarded_keys_leave_what_was_agreed();
	keys_of_our_offer_stay_whatever_mki_the_peer_has(LINE_80("1"), LINE_80("1"));
	keys_of_our_offer_stay_whatever_mki_the_peer_has(LINE_80("1") "|7:1", LINE_80("1"));
	return 0;
}
