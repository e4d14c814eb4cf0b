/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What is kept of a session, and this module with it
 *
 * A session that is older than the module holds no reference to it. So each thing that is kept
 * holds one, and the module stays until the session that has to let go of it is gone.
 */

#include "asterisk.h"

#include "asterisk/datastore.h"
#include "asterisk/lock.h"
#include "asterisk/module.h"
#include "asterisk/res_pjsip.h"
#include "asterisk/res_pjsip_session.h"
#include "asterisk/utils.h"

#include "sip.h"

/*! \brief So that two threads do not keep two of a kind */
AST_MUTEX_DEFINE_STATIC(keeping_lock);

static void release(void *object)
{
	ao2_cleanup(object);
	ast_module_unref(AST_MODULE_SELF);
}

static const struct ast_datastore_info info = {
	.type = "voxseal",
	.destroy = release,
};

void *voxseal_kept(struct ast_sip_session *session, const char *name)
{
	struct ast_datastore *datastore = ast_sip_session_get_datastore(session, name);
	void *object = datastore ? ao2_bump(datastore->data) : NULL;

	ao2_cleanup(datastore);
	return object;
}

int voxseal_keep(struct ast_sip_session *session, const char *name, void *object)
{
	struct ast_datastore *datastore = ast_sip_session_alloc_datastore(&info, name);
	int res;

	if (!datastore) {
		return -1;
	}
	ast_module_ref(AST_MODULE_SELF);
	datastore->data = ao2_bump(object);
	res = ast_sip_session_add_datastore(session, datastore);
	ao2_ref(datastore, -1);
	return res;
}

void *voxseal_ensure_kept(struct ast_sip_session *session, const char *name, size_t size)
{
	void *object;

	ast_mutex_lock(&keeping_lock);
	object = voxseal_kept(session, name);
	if (!object && (object = ao2_alloc(size, NULL)) && voxseal_keep(session, name, object)) {
		ao2_ref(object, -1);
		object = NULL;
	}
	ast_mutex_unlock(&keeping_lock);
	return object;
}

/*! \brief Work on a session that waits for its serializer, with references to both */
struct pushed {
	struct ast_sip_session *session;
	void (*work)(struct ast_sip_session *session);
};

static int run(void *data)
{
	struct pushed *pushed = data;

	pushed->work(pushed->session);
	ao2_ref(pushed->session, -1);
	ast_free(pushed);
	ast_module_unref(AST_MODULE_SELF);
	return 0;
}

int voxseal_push(struct ast_sip_session *session, void (*work)(struct ast_sip_session *session))
{
	struct pushed *pushed = ast_malloc(sizeof(*pushed));

	if (!pushed) {
		return -1;
	}
	pushed->session = ao2_bump(session);
	pushed->work = work;
	ast_module_ref(AST_MODULE_SELF);
	if (ast_sip_push_task(session->serializer, run, pushed)) {
		ast_module_unref(AST_MODULE_SELF);
		ao2_ref(session, -1);
		ast_free(pushed);
		return -1;
	}
	return 0;
}
