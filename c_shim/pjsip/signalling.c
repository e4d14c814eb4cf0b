/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief How the signalling of a call travels
 */

#include "asterisk.h"

#include "asterisk/res_pjsip_session.h"
#include "asterisk/strings.h"

#include "sip.h"

void voxseal_signalling_of(attribute_unused const struct ast_sip_session *session, struct shim_signalling *signalling)
{
	memset(signalling, 0, sizeof(*signalling));
}
