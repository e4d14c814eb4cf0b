/* SPDX-License-Identifier: GPL-2.0-only */

/*! \file
 * \brief What the files of this module share: the tables that module.c registers, settings, calls
 *
 * The module passes arguments between Asterisk and libvoxseal and maps results. What a crypto
 * attribute or a packet means is decided behind voxseal.h.
 */

#ifndef VOXSEAL_SHIM_H
#define VOXSEAL_SHIM_H

#include "asterisk/res_srtp.h"
#include "asterisk/sdp_srtp.h"

#include "companion.h"
#include "voxseal.h"

/*! \brief SRTP sessions: srtp_engine.c */
extern struct ast_srtp_res shim_srtp_engine;

/*! \brief What sessions are made with that this thread makes from now on; NULL for the defaults: srtp_engine.c */
void shim_session_config(const voxseal_session_config *config);

/*! \brief Suite, master key and SSRC on their way into a session: policy.c */
extern struct ast_srtp_policy_res shim_policy_engine;

/*! \brief SDES negotiation, the a=crypto lines of SDP: sdp_crypto.c */
extern struct ast_sdp_crypto_api shim_sdp_crypto;

/*!
 * \brief Put the negotiated keys into the SRTP session of this instance, and make the agreement final: sdes_activate.c
 *
 * \retval 0 success
 * \retval -1 what was agreed before stands; the reason was logged
 */
int shim_activate(struct ast_rtp_instance *rtp, voxseal_sdes *sdes, const voxseal_session_config *profile);

/*! \brief Log what the pending or agreed selection is: sdes_report.c */
void shim_report_agreed(const voxseal_sdes *sdes, const char *profile);

/*! \brief Log why the last line was refused, and write the sentence to reason; sdes may be NULL */
void shim_report_refused(struct ast_rtp_instance *rtp, const voxseal_sdes *sdes, voxseal_status status, char *reason,
	size_t reason_size);

/*! \brief Log a warning about the call of this instance: what, and why */
void shim_report(struct ast_rtp_instance *rtp, const char *what, const char *reason);

/*! \brief Whether one more warning of a call may be logged now; says how many were not, once there are fewer again: tally.c */
int shim_may_warn(void);

/*! \brief The same of a TLS connection */
int shim_may_warn_of_tls(void);

/*! \brief Whether managers may be told of one more refused line now */
int shim_may_tell(void);

/*! \brief What the policies of endpoints say: endpoint_rules.c */
extern const struct shim_policies shim_endpoint_policies;

/*!
 * \brief Start and end the thread that renews local keys before their lifetime is over: rekey.c
 *
 * \retval 0 success
 * \retval -1 there is no thread
 */
int shim_rekey_start(void);
void shim_rekey_stop(void);

/*!
 * \brief Read voxseal.conf and put it in force: settings.c
 *
 * \retval 0 success, also when there is no such file
 * \retval -1 it has errors: they were logged, and what was in force before still is
 */
int shim_settings_load(void);
int shim_settings_reload(void);
void shim_settings_free(void);

/*! \brief voxseal_settings_show() and voxseal_settings_profile_name() of the settings that are in force */
voxseal_status shim_settings_show(char *out, size_t out_size, size_t *needed);
voxseal_status shim_settings_profile_name(size_t index, char *out, size_t out_size, size_t *needed);

/*! \brief voxseal_profile_find() in the settings that are in force */
voxseal_status shim_settings_profile(const char *name, const char *user_agent, voxseal_profile **profile);

struct ast_config;
struct ast_variable;

/*! \brief Say which line of voxseal.conf, or row of this section, was refused and why; says nothing for NULL: settings.c */
void shim_settings_refuse(const char *section, const struct ast_variable *line, const char *reason);

/*! \brief The sections of voxseal.conf that are about TLS: tls_rules.c */
struct shim_tls;

int shim_tls_is_section(const char *section);

/*!
 * \brief Read all of them
 *
 * \param config NULL stands for an empty file
 * \param refused goes up by the number of lines that cannot be taken; they were logged
 * \retval NULL there is no memory
 */
struct shim_tls *shim_tls_read(struct ast_config *config, int *refused);
void shim_tls_free(struct shim_tls *tls);

/*! \brief From now on these hold; takes them over. NULL ends all. */
void shim_tls_put_in_force(struct shim_tls *tls);

/*! \brief What struct shim_companion has under these names */
void shim_tls_decide(const char *transport, const voxseal_tls_facts *facts, struct shim_tls_verdict *verdict);
voxseal_tls_peer *shim_tls_peer(const char *transport, const voxseal_tls_facts *facts, const unsigned char *fingerprint,
	size_t fingerprint_len);
void shim_tls_options(const char *transport, struct shim_tls_options *options);
void shim_tls_sections(void (*each)(const char *transport, void *data), void *data);

/*! \brief What holds where nothing is said: tls_options.c */
void shim_tls_options_default(struct shim_tls_options *options);

/*!
 * \brief Set one option
 *
 * \retval 1 done
 * \retval 0 there is no such option here
 * \retval -1 its value is refused, with the reason
 */
int shim_tls_options_set(struct shim_tls_options *options, const char *name, const char *value, char *reason,
	size_t reason_size);

/*! \brief Keep the oldest version of handshakes up to date, after the policy took this option */
void shim_tls_options_floor(struct shim_tls_options *options, unsigned int floors[2], const char *name, const char *value);

/*! \brief What struct shim_finder has under these names; nothing without res_pjsip_voxseal.so: call.c */
void shim_tls_connections(void (*each)(const struct shim_tls_connection *connection, void *data), void *data);
void shim_tls_certificates(void (*each)(const struct shim_tls_certificate *certificate, void *data), void *data);
void shim_tls_counts(struct shim_tls_counts *counts);
void shim_tls_changed(void);

/*!
 * \brief The call whose media stream has this node, the first of its list: call.c
 *
 * \retval 0 found
 * \retval -1 not known, and every field says so; always when res_pjsip_voxseal.so is not loaded
 */
int shim_call_find(const struct ast_sdp_srtp *srtp, struct shim_call *call);

/*! \brief Show the negotiation all crypto attributes of the stream's offer, if res_pjsip_voxseal.so is there */
void shim_call_survey(const struct ast_sdp_srtp *srtp, voxseal_sdes *sdes);

/*!
 * \brief Have a re-INVITE sent on this channel, with our lines as they are now: call.c
 *
 * \retval 0 it is on its way
 * \retval -1 nobody can send one, as when res_pjsip_voxseal.so is not loaded
 */
int shim_call_reinvite(const char *channel_id);

/*!
 * \brief How the signalling of this channel travels: call.c
 *
 * \retval 0 success
 * \retval -1 not known, and every field says so; always when res_pjsip_voxseal.so is not loaded
 */
int shim_call_signalling(struct ast_channel *channel, struct shim_signalling *signalling);

/*! \brief The session of this channel as in struct shim_call, or NULL: call.c */
const void *shim_call_session(struct ast_channel *channel);

/*!
 * \brief The profile for this call, to be freed by the caller
 *
 * That of the endpoint (@srtp_profile), else that of the User-Agent, else the general one; then
 * @srtp_suites of the endpoint, then the channel's variables.
 *
 * \return NULL when there is no memory, or a variable is wrong: then the call must not be made
 */
voxseal_profile *shim_profile_for_call(const struct shim_call *call);

/*!
 * \brief Change the profile as the variables of the channel that we call with say: variables.c
 *
 * \retval 0 success
 * \retval -1 one of them cannot be followed; that was logged
 */
int shim_variables_follow(const struct shim_call *call, voxseal_profile *profile);

/*!
 * \brief Whether this value of a variable can be followed: variables.c
 *
 * \param demands whether it demands security, where another value may allow less
 * \param reason gets what is wrong with it
 */
voxseal_status shim_variables_check(const char *name, const char *value, int *demands, char *reason, size_t reason_size);

/*! \brief What struct shim_policies has under this name: variables.c */
int shim_variables_wishes(struct ast_channel *channel, int secure_uri, struct shim_wishes *wishes);

/*!
 * \brief The variables of this channel have changed: call.c
 *
 * \retval 0 the calls that it makes follow them
 * \retval -1 nobody follows them, as when res_pjsip_voxseal.so is not loaded
 */
int shim_call_wish(struct ast_channel *channel);

/*!
 * \brief The engine's policy behind the host's opaque pointer
 *
 * `struct ast_srtp_policy` is declared by the host and defined by nobody: here it is another
 * name for a voxseal_policy.
 */
static inline voxseal_policy *shim_policy(struct ast_srtp_policy *policy)
{
	return (voxseal_policy *) policy;
}

#endif /* VOXSEAL_SHIM_H */
