/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief Totals of all calls since the module was loaded
 */

#include "asterisk.h"

#include "asterisk/lock.h"
#include "asterisk/vector.h"

#include "console.h"

AST_MUTEX_DEFINE_STATIC(totals_lock);
/*! \brief Of sessions that have ended, and of negotiations */
static struct shim_totals ended;
static AST_VECTOR(, uint64_t) alive;

static void add(struct shim_totals *totals, uint64_t id)
{
	voxseal_session_stats stats = { .struct_size = sizeof(stats) };

	if (voxseal_session_stats_read((voxseal_session) { .id = id }, &stats) == VOXSEAL_OK) {
		totals->packets_protected += stats.packets_protected;
		totals->packets_unprotected += stats.packets_unprotected;
		totals->auth_failures += stats.auth_failures;
		totals->replayed += stats.replays + stats.late;
		totals->other_refused += stats.protect_refused + stats.unprotect_refused;
	}
}

void shim_totals_session_begins(voxseal_session session)
{
	ast_mutex_lock(&totals_lock);
	ended.sessions++;
	if (AST_VECTOR_APPEND(&alive, session.id)) {
		/* No memory: what it does is not counted. */
		ended.sessions--;
	}
	ast_mutex_unlock(&totals_lock);
}

void shim_totals_session_ends(voxseal_session session)
{
	ast_mutex_lock(&totals_lock);
	add(&ended, session.id);
	AST_VECTOR_REMOVE_ELEM_UNORDERED(&alive, session.id, AST_VECTOR_ELEM_CLEANUP_NOOP);
	ast_mutex_unlock(&totals_lock);
}

void shim_totals_free(void)
{
	ast_mutex_lock(&totals_lock);
	AST_VECTOR_FREE(&alive);
	ast_mutex_unlock(&totals_lock);
}

static void count(uint64_t *counter)
{
	ast_mutex_lock(&totals_lock);
	(*counter)++;
	ast_mutex_unlock(&totals_lock);
}

void shim_totals_negotiated(void)
{
	count(&ended.negotiated);
}

void shim_totals_refused(void)
{
	count(&ended.refused);
}

void shim_totals_rekeyed(void)
{
	count(&ended.rekeyed);
}

void shim_totals_read(struct shim_totals *totals, uint64_t *sessions_now)
{
	size_t i;

	ast_mutex_lock(&totals_lock);
	*totals = ended;
	*sessions_now = AST_VECTOR_SIZE(&alive);
	for (i = 0; i < AST_VECTOR_SIZE(&alive); i++) {
		add(totals, AST_VECTOR_GET(&alive, i));
	}
	ast_mutex_unlock(&totals_lock);
}
