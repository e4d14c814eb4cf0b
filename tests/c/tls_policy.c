/* Facts of TLS connections as a host tells them, and the verdicts on them. */

#include <string.h>

#include "check.h"
#include "tls_facts.h"

enum { TEXT_SIZE = 512 };

static const int64_t now = 1790000000;
static const char *const server_usage[] = { "1.3.6.1.5.5.7.3.1" };

static voxseal_tls_name name_of(uint32_t kind, const char *bytes, size_t len)
{
	voxseal_tls_name name;

	name.kind = kind;
	name.bytes = (const uint8_t *) bytes;
	name.len = len;
	return name;
}

/* A server with a good certificate of this one name. */
static voxseal_tls_facts facts_of(const voxseal_tls_name *name)
{
	voxseal_tls_facts facts = verified_facts(VOXSEAL_OUTBOUND, VOXSEAL_TLS_SERVER);

	facts.verify_complete = 1;
	facts.names = name;
	facts.name_count = 1;
	facts.has_ekus = 1;
	facts.ekus = server_usage;
	facts.eku_count = 1;
	facts.not_before = now - 1;
	facts.not_after = now + 1;
	facts.now = now;
	facts.expected_name = "a.sip.test";
	return facts;
}

/* The verdict and its rule; the reason is left in `reason`. */
static char reason[TEXT_SIZE];

static void expect(const voxseal_tls_policy *policy, const voxseal_tls_facts *facts, uint32_t verdict,
	voxseal_status rule)
{
	uint32_t got = 0;
	voxseal_status got_rule = -1;

	CHECK_OK(voxseal_tls_decide(policy, facts, &got, &got_rule, reason, sizeof(reason)));
	CHECK_STATUS(got_rule, rule);
	CHECK(got == verdict);
	CHECK(reason[0] != '\0');
}

static voxseal_tls_policy *make_policy(void)
{
	voxseal_tls_policy *policy = NULL;

	CHECK_OK(voxseal_tls_policy_new(&policy));
	return policy;
}

static void wildcards_are_switched_on_by_an_option(void)
{
	voxseal_tls_policy *policy = make_policy();
	voxseal_tls_name name = name_of(VOXSEAL_TLS_NAME_DNS, "*.sip.test", 10);
	voxseal_tls_facts facts = facts_of(&name);

	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NAME);
	CHECK_OK(voxseal_tls_policy_set(policy, "outbound_wildcards", "yes", NULL, 0));
	expect(policy, &facts, VOXSEAL_TLS_ACCEPT, VOXSEAL_OK);
	facts.expected_name = "a.b.sip.test";
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NAME);
	CHECK(strcmp(reason, "the certificate is for *.sip.test, which does not cover a.b.sip.test: a wildcard stands"
		" for one label only (wildcards)") == 0);
	voxseal_tls_policy_free(policy);
}

static void each_rule_has_its_number(void)
{
	static const int32_t untrusted[] = { 20, 21 }, revoked[] = { 23 };
	voxseal_tls_policy *policy = make_policy();
	voxseal_tls_name name = name_of(VOXSEAL_TLS_NAME_DNS, "a.sip.test", 10);
	voxseal_tls_facts facts = facts_of(&name);

	expect(policy, &facts, VOXSEAL_TLS_ACCEPT, VOXSEAL_OK);
	facts.version = 0x0302;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_VERSION);
	facts = facts_of(&name);
	facts.cipher_bits = 56;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_CIPHER);
	facts = facts_of(&name);
	facts.cipher = NULL;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_CIPHER);
	facts = facts_of(&name);
	facts.has_certificate = 0;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NO_PEER_CERTIFICATE);
	facts = facts_of(&name);
	facts.verify_results = untrusted;
	facts.verify_result_count = 2;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_UNTRUSTED);
	facts.verify_result_count = 0;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_UNTRUSTED);
	facts.verify_results = revoked;
	facts.verify_result_count = 1;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_REVOKED);
	facts = facts_of(&name);
	facts.now = facts.not_after + 1;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_EXPIRED);
	facts.now = facts.not_before - 1;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NOT_YET_VALID);
	CHECK_OK(voxseal_tls_policy_set(policy, "dates", "no", NULL, 0));
	expect(policy, &facts, VOXSEAL_TLS_WARN, VOXSEAL_ERR_TLS_NOT_YET_VALID);
	facts = facts_of(&name);
	facts.peer_role = VOXSEAL_TLS_CLIENT;
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_PURPOSE);
	facts = facts_of(&name);
	CHECK_OK(voxseal_tls_policy_set(policy, "allow", "b.sip.test", NULL, 0));
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NOT_ALLOWED);
	voxseal_tls_policy_free(policy);
}

static void bytes_of_names_are_taken_whole(void)
{
	static const char with_nul[] = "a.sip.test\0.evil.test";
	static const char address[] = { (char) 192, 0, 2, 1 };
	voxseal_tls_policy *policy = make_policy();
	voxseal_tls_name name = name_of(VOXSEAL_TLS_NAME_DNS, with_nul, sizeof(with_nul) - 1);
	voxseal_tls_facts facts = facts_of(&name);

	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NAME);
	CHECK(strstr(reason, "NUL byte") != NULL);
	name = name_of(VOXSEAL_TLS_NAME_IP, address, sizeof(address));
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NAME);
	facts.expected_name = "192.0.2.1";
	expect(policy, &facts, VOXSEAL_TLS_ACCEPT, VOXSEAL_OK);
	name = name_of(VOXSEAL_TLS_NAME_COMMON, "192.0.2.1", 9);
	expect(policy, &facts, VOXSEAL_TLS_REFUSE, VOXSEAL_ERR_TLS_NAME);
	voxseal_tls_policy_free(policy);
}

static void misuse_is_told_and_writes_nothing(void)
{
	voxseal_tls_policy *policy = make_policy();
	voxseal_tls_name name = name_of(VOXSEAL_TLS_NAME_DNS, "a.sip.test", 10);
	voxseal_tls_facts facts = facts_of(&name);
	uint32_t verdict = 77;
	voxseal_status rule = 77;
	char text[8] = "before";

#define REFUSED(status) CHECK_STATUS(voxseal_tls_decide(policy, &facts, &verdict, &rule, text, sizeof(text)), (status))
	facts.struct_size = sizeof(facts) - 1;
	REFUSED(VOXSEAL_ERR_STRUCT_SIZE);
	facts = facts_of(&name);
	facts.direction = 3;
	REFUSED(VOXSEAL_ERR_BAD_ARGUMENT);
	facts = facts_of(&name);
	facts.peer_role = 0;
	REFUSED(VOXSEAL_ERR_BAD_ARGUMENT);
	facts = facts_of(&name);
	facts.name_count = (size_t) -1;
	REFUSED(VOXSEAL_ERR_BAD_ARGUMENT);
	facts = facts_of(&name);
	name.kind = 6;
	REFUSED(VOXSEAL_ERR_BAD_ARGUMENT);
	CHECK(verdict == 77 && rule == 77 && strcmp(text, "before") == 0);
	CHECK_STATUS(voxseal_tls_policy_set(policy, "verify", "maybe", reason, sizeof(reason)),
		VOXSEAL_ERR_SETTING_REFUSED);
	CHECK(strcmp(reason, "verify: \"maybe\" is not none, optional, require or require+name") == 0);
	voxseal_tls_policy_free(policy);
}

static void a_certificate_identifies_the_one_who_claims_it(void)
{
	static const uint8_t fingerprint[32] = { 0xab };
	static const voxseal_tls_claim claims[] = { { "bob", "b.sip.test" }, { "alice", "sip:x@sip.test, a.sip.test" },
		{ "eve", "ab:00, a.sip.test" } };
	voxseal_tls_policy *policy = make_policy();
	voxseal_tls_peer *peer = NULL;
	voxseal_tls_name name = name_of(VOXSEAL_TLS_NAME_DNS, "a.sip.test", 10);
	voxseal_tls_facts facts = facts_of(&name);
	size_t place = 99;

	CHECK_OK(voxseal_tls_peer_new(policy, &facts, fingerprint, sizeof(fingerprint), &peer));
	CHECK(peer == NULL);
	facts.direction = VOXSEAL_INBOUND;
	facts.peer_role = VOXSEAL_TLS_CLIENT;
	facts.has_ekus = 0;
	facts.eku_count = 0;
	CHECK_OK(voxseal_tls_peer_new(policy, &facts, fingerprint, sizeof(fingerprint), &peer));
	CHECK(peer != NULL);
	CHECK_OK(voxseal_tls_peer_find(peer, claims, 2, now, &place, reason, sizeof(reason)));
	CHECK(place == 1 && reason[0] == '\0');
	CHECK_OK(voxseal_tls_peer_find(peer, claims, 1, now, &place, reason, sizeof(reason)));
	CHECK(place == 1);
	CHECK_OK(voxseal_tls_peer_find(peer, claims, 3, now, &place, reason, sizeof(reason)));
	CHECK(place == 3 && strstr(reason, "both alice and eve claim it") != NULL);
	CHECK_OK(voxseal_tls_peer_find(peer, claims, 2, now + 2, &place, reason, sizeof(reason)));
	CHECK(place == 2);
	voxseal_tls_peer_free(peer);
	voxseal_tls_policy_free(policy);
}

int main(void)
{
	wildcards_are_switched_on_by_an_option();
	each_rule_has_its_number();
	bytes_of_names_are_taken_whole();
	misuse_is_told_and_writes_nothing();
	a_certificate_identifies_the_one_who_claims_it();
	return 0;
}
