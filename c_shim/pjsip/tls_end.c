/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief The end of a connection that a verdict refuses
 */

#include "asterisk.h"

#include "asterisk/module.h"
#include "asterisk/utils.h"

#include "tls.h"

/*! \brief A connection that is being ended, until the host has let go of it */
struct ending {
	pj_timer_entry entry;
	pjsip_transport *transport;
};

/* By now all have heard that it is connected, and hear once more that it is not. */
static void tell_again(attribute_unused pj_timer_heap_t *heap, pj_timer_entry *entry)
{
	struct ending *ending = entry->user_data;
	pjsip_tp_state_callback tell = pjsip_tpmgr_get_state_cb(ending->transport->tpmgr);
	const pjsip_transport_state_info info = { .status = PJ_ECANCELLED };

	if (tell) {
		tell(ending->transport, PJSIP_TP_STATE_SHUTDOWN, &info);
	}
	pjsip_transport_dec_ref(ending->transport);
	ast_free(ending);
	ast_module_unref(AST_MODULE_SELF);
}

/*!
 * \brief End a connection that was reported just now
 *
 * Nothing is read from it and nothing sent any more. Parts of the host that hear of the connection
 * only after this module keep it open, as pjproject tells the end but once: so they are told when
 * all have heard of its beginning, on the thread that reports both.
 */
void voxseal_tls_end(pjsip_transport *transport)
{
	struct ending *ending = ast_calloc(1, sizeof(*ending));
	const pj_time_val at_once = { 0, 0 };

	pjsip_transport_shutdown(transport);
	if (!ending) {
		return;
	}
	ending->transport = transport;
	pj_timer_entry_init(&ending->entry, 1, ending, tell_again);
	ast_module_ref(AST_MODULE_SELF);
	pjsip_transport_add_ref(transport);
	if (pjsip_endpt_schedule_timer(transport->endpt, &ending->entry, &at_once) != PJ_SUCCESS) {
		pjsip_transport_dec_ref(transport);
		ast_module_unref(AST_MODULE_SELF);
		ast_free(ending);
	}
}
