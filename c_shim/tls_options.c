/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The options of a [tls] section that are for the host's part: certificates, handshakes, connections
 *
 * What a connection must be like is decided behind voxseal.h.
 */

#include "asterisk.h"

#include "asterisk/strings.h"
#include "asterisk/utils.h"

#include "voxseal_shim.h"

#define WATCH_BY_DEFAULT 60
#define MAX_WATCH 86400
#define MAX_HANDSHAKE 600
#define MAX_DAYS 3650

static const struct version {
	const char *name;
	unsigned int number;
} versions[] = { { "1.0", 0x0301 }, { "1.1", 0x0302 }, { "1.2", 0x0303 }, { "1.3", 0x0304 } };

void shim_tls_options_default(struct shim_tls_options *options)
{
	const struct shim_tls_options defaults = {
		.handshake_timeout = 30,
		.watch = WATCH_BY_DEFAULT,
		.expiry_warnings = { 30, 7, 1 },
		.reuse = 1,
	};

	*options = defaults;
}

/*! \brief A reader of one option: NULL, or what its value should be */
typedef const char *(*reader)(const char *value, void *field);

static const char *read_switch(const char *value, void *field)
{
	int *on = field;

	if (!ast_true(value) && !ast_false(value)) {
		return "yes or no";
	}
	*on = ast_true(value);
	return NULL;
}

static const char *read_version(const char *value, void *field)
{
	unsigned int *number = field;
	size_t i;

	for (i = 0; i < ARRAY_LEN(versions); i++) {
		if (!strcmp(versions[i].name, value)) {
			*number = versions[i].number;
			return NULL;
		}
	}
	return "1.0, 1.1, 1.2 or 1.3";
}

/*! \brief A whole number that is at most this; -1 when it is none */
static int number_of(const char *text, int most)
{
	int number = -1;

	/* No more digits than the bounds have. */
	if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 6) {
		number = atoi(text);
	}
	return number <= most ? number : -1;
}

static const char *read_handshake(const char *value, void *field)
{
	unsigned int *seconds = field;
	int number = strcasecmp(value, "none") ? number_of(value, MAX_HANDSHAKE) : 0;

	if (number < 0) {
		return "none, or a number of seconds from 1 to 600";
	}
	*seconds = number;
	return NULL;
}

static const char *read_watch(const char *value, void *field)
{
	unsigned int *seconds = field;
	int number = number_of(value, MAX_WATCH);

	if (number > 0) {
		*seconds = number;
	} else if (ast_true(value) || ast_false(value)) {
		*seconds = ast_true(value) ? WATCH_BY_DEFAULT : 0;
	} else {
		return "yes, no or a number of seconds from 1 to 86400";
	}
	return NULL;
}

/* From the longest to the shortest, and a 0 at the end. */
static const char *read_days(const char *value, void *field)
{
	unsigned int days[ARRAY_LEN(((struct shim_tls_options *) NULL)->expiry_warnings)] = { 0 };
	char *rest = ast_strdupa(value);
	unsigned int count = 0;
	char *word;

	while (strcasecmp(value, "none") && (word = strsep(&rest, ","))) {
		int number = number_of(ast_strip(word), MAX_DAYS);
		unsigned int place = count++;

		if (number < 1 || count >= ARRAY_LEN(days)) {
			return "none, or at most 7 numbers of days from 1 to 3650, separated by commas";
		}
		for (; place && days[place - 1] < (unsigned int) number; place--) {
			days[place] = days[place - 1];
		}
		days[place] = number;
	}
	memcpy(field, days, sizeof(days));
	return NULL;
}

static const char *read_file(const char *value, void *field)
{
	if (strlen(value) >= sizeof(((struct shim_tls_options *) NULL)->crl_file) || access(value, R_OK)) {
		return "a file that Asterisk can read";
	}
	strcpy(field, value); /* Fits, as was just seen. */
	return NULL;
}

static const struct option {
	const char *name;
	reader read;
	size_t offset;
} known[] = {
	{ "enforce", read_switch, offsetof(struct shim_tls_options, enforced) },
	{ "max_version", read_version, offsetof(struct shim_tls_options, max_version) },
	{ "handshake_timeout", read_handshake, offsetof(struct shim_tls_options, handshake_timeout) },
	{ "watch", read_watch, offsetof(struct shim_tls_options, watch) },
	{ "expiry_warnings", read_days, offsetof(struct shim_tls_options, expiry_warnings) },
	{ "reuse", read_switch, offsetof(struct shim_tls_options, reuse) },
	{ "identify_by_certificate", read_switch, offsetof(struct shim_tls_options, identify) },
	{ "ca_file", read_file, offsetof(struct shim_tls_options, inbound_ca_file) },
	{ "ca_file", read_file, offsetof(struct shim_tls_options, outbound_ca_file) },
	{ "inbound_ca_file", read_file, offsetof(struct shim_tls_options, inbound_ca_file) },
	{ "outbound_ca_file", read_file, offsetof(struct shim_tls_options, outbound_ca_file) },
	{ "crl_file", read_file, offsetof(struct shim_tls_options, crl_file) },
};

int shim_tls_options_set(struct shim_tls_options *options, const char *name, const char *value, char *reason,
	size_t reason_size)
{
	int found = 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++) {
		const char *wanted;

		if (strcasecmp(known[i].name, name)) {
			continue;
		}
		found = 1;
		wanted = known[i].read(value, (char *) options + known[i].offset);
		if (wanted) {
			snprintf(reason, reason_size, "%s: \"%.100s\" is not %s", known[i].name, value, wanted);
			return -1;
		}
	}
	return found;
}

/* Handshakes may have what either direction takes; the verdict knows the direction. */
void shim_tls_options_floor(struct shim_tls_options *options, unsigned int floors[2], const char *name, const char *value)
{
	unsigned int number = 0;

	if (read_version(value, &number)) {
		return;
	}
	if (!strcasecmp(name, "min_version") || !strcasecmp(name, "inbound_min_version")) {
		floors[0] = number;
	}
	if (!strcasecmp(name, "min_version") || !strcasecmp(name, "outbound_min_version")) {
		floors[1] = number;
	}
	options->min_version = floors[0] < floors[1] ? floors[0] : floors[1];
}
