/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief How much may be said in one second: nobody can fill the log, or keep managers busy
 */

#include "asterisk.h"

#include "asterisk/lock.h"
#include "asterisk/logger.h"

#include "voxseal_shim.h"

#define MOST_PER_SECOND 250

/*! \brief How often something was wanted in this second */
struct tally {
	time_t second;
	unsigned int count;
};

AST_MUTEX_DEFINE_STATIC(tally_lock);

/*!
 * \brief Whether it may be done once more in this second
 *
 * \param unsaid what the log says behind the number of those that were left out, once there are fewer again; or NULL
 */
static int once_more(struct tally *tally, const char *unsaid)
{
	time_t now = time(NULL);
	unsigned int left_out = 0;
	int may;

	ast_mutex_lock(&tally_lock);
	if (now != tally->second) {
		left_out = tally->count > MOST_PER_SECOND ? tally->count - MOST_PER_SECOND : 0;
		tally->second = now;
		tally->count = 0;
	}
	may = tally->count++ < MOST_PER_SECOND;
	ast_mutex_unlock(&tally_lock);
	if (left_out && unsaid) {
		ast_log(LOG_WARNING, "%u %s\n", left_out, unsaid);
	}
	return may;
}

int shim_may_warn(void)
{
	static struct tally warnings;

	return once_more(&warnings, "more refused calls or crypto lines were not logged");
}

/* Who calls by the hundred must not keep the end of a connection out of the log, nor the other way round. */
int shim_may_warn_of_tls(void)
{
	static struct tally warnings;

	return once_more(&warnings, "more TLS connections were not logged");
}

int shim_may_tell(void)
{
	static struct tally events;

	return once_more(&events, NULL);
}
