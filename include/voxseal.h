/* voxseal: SRTP sessions, SDES negotiation and TLS for PBXs. Made by cbindgen from src/ffi; do not edit.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Rules that hold for every function:
 * - A fallible function returns a voxseal_status; 0 is success. Outputs are written on success alone,
 *   aside from the size that a text needs.
 * - Bytes are a pointer and a length. Keys, strings and structs are copied: no pointer of the caller's is kept.
 * - What _new gives, _free takes; _free(NULL) is fine.
 * - Every pointer is checked for NULL. No function unwinds into C: an internal fault becomes
 *   VOXSEAL_ERR_POISONED and puts that one object out of use.
 * - Structs that the caller fills begin with struct_size.
 * - Functions may be called from any thread; only _free of an object must be the last call on it.
 * - voxseal_tls_context_*, voxseal_tls_connection_*, voxseal_tls_identity_* and voxseal_tls_certificate_* are declared
 *   always, and in the library unless it was built without TLS (--no-default-features): then a program that calls
 *   one of them does not link.
 */

#ifndef VOXSEAL_H
#define VOXSEAL_H

#include <stddef.h>
#include <stdint.h>

// Media from us to the peer, protected with the local key.
#define VOXSEAL_OUTBOUND 1

// Media from the peer to us, opened with the remote key.
#define VOXSEAL_INBOUND 2

// SRTP payloads are authenticated but not encrypted (RFC 4568 §6.3.2).
#define VOXSEAL_UNENCRYPTED_SRTP 1

// SRTCP is authenticated but not encrypted.
#define VOXSEAL_UNENCRYPTED_SRTCP 2

// Keys may travel: the transport is secure.
#define VOXSEAL_SIGNALLING_SECURE 1

// Keys may travel: a trusted proxy has ended TLS, or will begin it.
#define VOXSEAL_SIGNALLING_TRUSTED 2

// Keys may travel in clear, as the profile requires nothing.
#define VOXSEAL_SIGNALLING_CLEAR 3

// Keys may travel in clear, and the reason belongs into the log.
#define VOXSEAL_SIGNALLING_WARN 4

// Keys must not travel.
#define VOXSEAL_SIGNALLING_REFUSE 5

// `media_policy = host`: the caller's own settings count.
#define VOXSEAL_MEDIA_POLICY_HOST 1

// Media in clear alone.
#define VOXSEAL_MEDIA_POLICY_FORBIDDEN 2

// Encrypted when both can, in clear otherwise.
#define VOXSEAL_MEDIA_POLICY_OPTIONAL 3

// Encrypted or not at all.
#define VOXSEAL_MEDIA_POLICY_MANDATORY 4

// The transport of the stream is a secure one, `RTP/SAVP` and so on.
#define VOXSEAL_STREAM_SAVP 1

// The stream has a crypto attribute.
#define VOXSEAL_STREAM_CRYPTO 2

// The stream, or its session, has a fingerprint for DTLS-SRTP.
#define VOXSEAL_STREAM_DTLS 4

// The stream is encrypted so far.
#define VOXSEAL_STREAM_ENCRYPTED 8

// The stream is in clear, and no key of it is to be used.
#define VOXSEAL_MEDIA_CLEAR 1

// The stream is encrypted, if one of its keys can be used.
#define VOXSEAL_MEDIA_ENCRYPTED 2

// The description is to be refused.
#define VOXSEAL_MEDIA_REFUSE 3

// The line says what is agreed already: there is nothing to activate.
#define VOXSEAL_SDES_UNCHANGED 0

// Keys wait: activate `voxseal_sdes_policies`, then `voxseal_sdes_commit`.
#define VOXSEAL_SDES_PENDING 1

// An RTP packet, SRTP on the wire.
#define VOXSEAL_RTP 1

// An RTCP packet, SRTCP on the wire.
#define VOXSEAL_RTCP 2

// Most bytes that `voxseal_session_protect` adds to a packet.
#define VOXSEAL_MAX_TRAILER_LEN 148

// The longest MKI, in bytes (RFC 4568 §6.1).
#define VOXSEAL_MAX_MKI_LEN 128

// The handshake is over and the policy accepts the connection.
#define VOXSEAL_TLS_EVENT_ESTABLISHED 1

// The policy refuses the connection, or its handshake or a record was bad.
#define VOXSEAL_TLS_EVENT_REFUSED 2

// An alert came from the peer, or was sent to it in the clear (RFC 8446 §6).
#define VOXSEAL_TLS_EVENT_ALERT 4

// A line for a key log file, as network analysers read it. A secret.
#define VOXSEAL_TLS_EVENT_KEY 8

// The handshake is under way.
#define VOXSEAL_TLS_HANDSHAKING 1

// The connection carries plaintext.
#define VOXSEAL_TLS_ESTABLISHED 2

// The connection was closed in order.
#define VOXSEAL_TLS_CLOSED 3

// The connection was refused or broke.
#define VOXSEAL_TLS_FAILED 4

// The verdict's sentence; empty before the end of the handshake.
#define VOXSEAL_TLS_TEXT_REASON 1

// The cipher's name in OpenSSL.
#define VOXSEAL_TLS_TEXT_CIPHER 2

// The name that the client asked for.
#define VOXSEAL_TLS_TEXT_SERVER_NAME 3

// The subject of the peer's certificate, "CN=pbx.example.org, O=Example".
#define VOXSEAL_TLS_TEXT_PEER_SUBJECT 4

// Its alternative names, "DNS pbx.example.org, IP 192.0.2.1".
#define VOXSEAL_TLS_TEXT_PEER_NAMES 5

// Its SHA-256 fingerprint.
#define VOXSEAL_TLS_TEXT_PEER_FINGERPRINT 6

// All of it, as `voxseal_tls_certificate_describe`.
#define VOXSEAL_TLS_TEXT_PEER_CERTIFICATE 7

// The peer is the client of the handshake.
#define VOXSEAL_TLS_CLIENT 1

// The peer is the server of the handshake.
#define VOXSEAL_TLS_SERVER 2

// The connection may be used.
#define VOXSEAL_TLS_ACCEPT 1

// The connection may be used, and the reason belongs into the log.
#define VOXSEAL_TLS_WARN 2

// The connection must be ended.
#define VOXSEAL_TLS_REFUSE 3

// A `dNSName` of the subject alternative names.
#define VOXSEAL_TLS_NAME_DNS 1

// An `iPAddress`, 4 or 16 bytes as they stand in the certificate.
#define VOXSEAL_TLS_NAME_IP 2

// A `uniformResourceIdentifier`.
#define VOXSEAL_TLS_NAME_URI 3

// The subject's common name, the most specific one.
#define VOXSEAL_TLS_NAME_COMMON 4

// Any other alternative name; it must be told, as the common name counts only
// where there is none.
#define VOXSEAL_TLS_NAME_OTHER 5

// Both directions of a TLS context.
#define VOXSEAL_TLS_BOTH 3

// Only its owner may be able to read the file with the private key: mode 0600.
#define VOXSEAL_TLS_KEY_OWNER 0

// Its group may as well: mode 0640.
#define VOXSEAL_TLS_KEY_GROUP 1

// Anybody may.
#define VOXSEAL_TLS_KEY_ANYONE 2

// Version of the C ABI that this header describes. It is raised whenever a
// program compiled against the old header would no longer work.
#define VOXSEAL_ABI_VERSION 1

// Keys, their suite, and the direction and SSRC they are for. Setters may come
// in any order; what they gave is checked as a whole by `voxseal_session_apply`.
typedef struct voxseal_policy voxseal_policy;

// The rules for one peer: a copy of the caller's own.
typedef struct voxseal_profile voxseal_profile;

// The negotiation of one media stream: what was offered, answered and agreed.
typedef struct voxseal_sdes voxseal_sdes;

// What a settings file says, over the shipped profiles. It is filled by
// `voxseal_settings_set`, and after `voxseal_settings_check` it stays as it is.
typedef struct voxseal_settings voxseal_settings;

// A TLS connection. Calls on it from several threads wait for each other.
typedef struct voxseal_tls_connection voxseal_tls_connection;

// What the connections of one transport share, in both directions: certificates,
// trust, versions and ciphers, policy, sessions that can be resumed, and bounds.
// Nothing of it is in use before it is loaded. Without sockets and without threads.
typedef struct voxseal_tls_context voxseal_tls_context;

// Who a peer has proved to be. It never changes.
typedef struct voxseal_tls_peer voxseal_tls_peer;

// What a transport demands of its TLS connections, in each direction.
typedef struct voxseal_tls_policy voxseal_tls_policy;

// What a fallible function returns: 0 is success. Bands: 1-99 the caller's
// mistake, 100-199 this packet, 200-299 this crypto attribute, 300-399 keys,
// 400-499 TLS, 900-999 a fault of this library. A number is never used again.
typedef int32_t voxseal_status;

// Number of a crypto-suite: one of the constants below. 0 is none.
typedef uint16_t voxseal_suite;

// What is pending or agreed. Nothing in it is secret.
typedef struct voxseal_agreement {
  // `sizeof(voxseal_agreement)`, set by the caller.
  size_t struct_size;
  // The tag of the line (RFC 4568 §4.1).
  uint32_t tag;
  // The suite of both directions.
  voxseal_suite suite;
  // The replay window that the peer suggests with WSH, in packets; 0 = none.
  uint32_t window_hint;
  // Keys on our line.
  uint32_t local_keys;
  // Keys on the peer's line.
  uint32_t remote_keys;
  // Bytes of MKI that our line announces; 0 = none.
  uint32_t local_mki_len;
  // Bytes of MKI that the peer's line announces; 0 = none.
  uint32_t remote_mki_len;
  // SRTP packets that each of our keys may protect.
  uint64_t local_lifetime;
  // SRTP packets that the peer's first key may protect.
  uint64_t remote_lifetime;
  // `n` of the peer's KDR: it derives its session keys anew every 2^n packets;
  // 0 = never.
  uint32_t remote_kdr;
  // `VOXSEAL_UNENCRYPTED_SRTP`, `VOXSEAL_UNENCRYPTED_SRTCP` or both: what neither
  // side encrypts, as the profile allows it; 0 = nothing.
  uint32_t unencrypted;
} voxseal_agreement;

// One of several master keys of a policy. Set `struct_size` to `sizeof` of this
// struct and all that is not used to 0.
typedef struct voxseal_master_key {
  // `sizeof(voxseal_master_key)`, set by the caller.
  size_t struct_size;
  // The master key, or master key and salt one after the other.
  const uint8_t *key;
  // Bytes at `key`.
  size_t key_len;
  // The master salt; NULL when it follows the key.
  const uint8_t *salt;
  // Bytes at `salt`.
  size_t salt_len;
  // The MKI that packets under this key carry (RFC 3711 §3.1); NULL for none.
  const uint8_t *mki;
  // Bytes at `mki`, at most 128.
  size_t mki_len;
  // SRTP packets that the key may protect; 0 = 2^48 (RFC 3711 §9.2).
  uint64_t srtp_lifetime;
  // SRTCP packets that the key may protect; 0 = 2^31.
  uint64_t srtcp_lifetime;
  // `n` of KDR: session keys are derived anew every 2^n packets, 1 to 24; 0 =
  // never (RFC 3711 §4.3.1, RFC 4568 §6.3.1).
  uint32_t kdr;
  // `VOXSEAL_UNENCRYPTED_SRTP`, `VOXSEAL_UNENCRYPTED_SRTCP` or both, added: what
  // is authenticated only, and readable for all on the way; 0 = nothing.
  uint32_t unencrypted;
} voxseal_master_key;

// Settings of a session. Set `struct_size` to `sizeof` of this struct and all
// else to 0 for the defaults.
typedef struct voxseal_session_config {
  // `sizeof(voxseal_session_config)`, set by the caller.
  size_t struct_size;
  // SRTP replay window in packets, 64 to 32768; 0 = 1024. The peer's WSH
  // (`window_hint` of `voxseal_agreement`) goes here if it is larger than what
  // would be set without it, 32768 at most: make the session once the line was
  // taken, as a window holds for the session's whole life. It is a hint and may
  // be left out (RFC 4568 §6.3.6).
  uint32_t rtp_window;
  // SRTCP replay window in packets, 64 to 32768; 0 = 128.
  uint32_t rtcp_window;
  // Packets received under a new key, or with a new tag length of the same key,
  // until the one before it is dropped; 0 = 1024. Whichever of this and
  // `overlap_millis` is reached first counts.
  uint32_t overlap_packets;
  // Milliseconds until a replaced inbound key or tag length is dropped; 0 =
  // 30000.
  uint32_t overlap_millis;
  // Not 0: SRTCP gets 32-bit tags once the peer was seen to send such with a
  // `_32` suite. 0: always the 80 bits of RFC 4568 §6.2.2.
  uint32_t answer_short_srtcp_tags;
  // How much of a key's lifetime may be used until `soft_limit_reached` asks for
  // another key, in thousandths, 1 to 990; 0 = 875.
  uint32_t soft_limit_thousandths;
} voxseal_session_config;

// Names a session: a number, not a pointer, so it cannot dangle. The number of
// a freed session is recognised and refused; 0 never names one.
typedef struct voxseal_session {
  // Opaque; non-zero for a session.
  uint64_t id;
} voxseal_session;

// Counters of a session. SRTP and SRTCP are counted together.
typedef struct voxseal_session_stats {
  // `sizeof(voxseal_session_stats)`, set by the caller.
  size_t struct_size;
  // Suite of the local key in use; 0 = no key yet.
  voxseal_suite outbound_suite;
  // Suite of the remote key in use, that for any SSRC before others; 0 = no key yet.
  voxseal_suite inbound_suite;
  // Packets protected, retransmissions included.
  uint64_t packets_protected;
  // Packets authenticated and opened.
  uint64_t packets_unprotected;
  // Packets that protect refused.
  uint64_t protect_refused;
  // Packets from the network whose tag did not fit.
  uint64_t auth_failures;
  // Packets from the network that were received before.
  uint64_t replays;
  // Packets from the network that were older than the replay window.
  uint64_t late;
  // Packets from the network refused for another reason.
  uint64_t unprotect_refused;
  // Times that the peer's ROC was found ahead of ours. This and the two below stop at
  // 2^32 - 1.
  uint64_t roc_recoveries;
  // Times that a stream's SRTCP tags turned out to be 32 bits, or 80 again.
  uint64_t srtcp_tag_changes;
  // Times that the peer's MKI turned out to have another length than it said.
  uint64_t mki_changes;
} voxseal_session_stats;

// The key in use of one direction, inbound that for any SSRC before others, and
// what is left of it.
typedef struct voxseal_key_info {
  // `sizeof(voxseal_key_info)`, set by the caller.
  size_t struct_size;
  // Its suite.
  voxseal_suite suite;
  // Not 0 once a lifetime is used up to the soft limit, seven eighths unless the
  // session's settings say otherwise: time for another key.
  uint32_t soft_limit_reached;
  // Milliseconds since it was applied first.
  uint64_t age_millis;
  // SRTP packets that are left of its lifetime.
  uint64_t srtp_remaining;
  // SRTCP packets that are left of its lifetime.
  uint64_t srtcp_remaining;
  // Bytes in `mki`; 0 = no MKI.
  size_t mki_len;
  // The MKI that its packets carry.
  uint8_t mki[128];
} voxseal_key_info;

// One SSRC under one key.
typedef struct voxseal_stream_info {
  // The SSRC.
  uint32_t ssrc;
  // Rollover counter of the highest packet (RFC 3711 §3.3.1).
  uint32_t roc;
  // Sequence number of the highest packet.
  uint16_t seq;
  // The suite of its key.
  voxseal_suite suite;
  // Not 0 when the peer puts 32-bit tags on SRTCP (inbound, `_32` suites).
  uint32_t short_srtcp_tag;
  // SRTP packets; 0 means that `roc` and `seq` say nothing yet.
  uint64_t packets;
  // Bytes of these packets without what protection adds.
  uint64_t bytes;
  // Packets with this SSRC, SRTP and SRTCP, whose tag did not fit (inbound, as all
  // below, where numbers stop at 2^32 - 1). An SSRC without an authentic packet has
  // no stream: its packets count for the session alone.
  uint32_t auth_failures;
  // Of both kinds: received before.
  uint32_t replays;
  // Of both kinds: older than the replay window.
  uint32_t late;
  // Times that the peer's ROC was found ahead of ours.
  uint32_t roc_recoveries;
} voxseal_stream_info;

// Something that happened to a connection.
typedef struct voxseal_tls_event {
  // `sizeof(voxseal_tls_event)` in the library; later versions have more fields.
  size_t struct_size;
  // One of `VOXSEAL_TLS_EVENT_…`.
  uint32_t kind;
  // Refused: the reason's number, of `VOXSEAL_ERR_TLS_…`; else `VOXSEAL_OK`.
  voxseal_status rule;
  // Alert: its number, 0 for a close-notify.
  uint32_t alert;
  // Alert: not 0 when we sent it.
  uint32_t alert_sent;
  // One sentence, the alert's name, or the line; valid during the call.
  const char *text;
} voxseal_tls_event;

// What is called back: `user` is what was set beside it, `event` is valid during the
// call. It is called on the thread, and before the end, of the call on the connection
// that made it happen, and no lock is held: it may call every function of contexts
// and connections but `voxseal_tls_connection_free` of this one and
// `voxseal_tls_context_free` of its context. It must not throw exceptions.
typedef void (*voxseal_tls_hook)(void *user,
                                 struct voxseal_tls_connection *connection,
                                 const struct voxseal_tls_event *event);

// Facts of a connection. Those of the peer are known from the end of the handshake on.
typedef struct voxseal_tls_connection_info {
  // `sizeof(voxseal_tls_connection_info)`, set by the caller.
  size_t struct_size;
  // One of `VOXSEAL_TLS_HANDSHAKING`, `_ESTABLISHED`, `_CLOSED`, `_FAILED`.
  uint32_t state;
  // Why it failed, of `VOXSEAL_ERR_TLS_…`; else `VOXSEAL_OK`.
  voxseal_status failure;
  // `VOXSEAL_TLS_ACCEPT`, `_WARN`, `_REFUSE`; 0 as long as there is none.
  uint32_t verdict;
  // The rule behind a warning or refusal; else `VOXSEAL_OK`.
  voxseal_status rule;
  // The version's number on the wire: 0x0304 is TLS 1.3.
  uint32_t version;
  // The cipher's strength.
  uint32_t cipher_bits;
  // Not 0 when a session was resumed.
  uint32_t resumed;
  // Not 0 when the peer showed a certificate.
  uint32_t has_certificate;
  // Bytes that wait to be taken.
  size_t unsent;
  // When the handshake has to be over, in milliseconds since 1970; 0 when it is.
  uint64_t deadline_ms;
} voxseal_tls_connection_info;

// One name of a certificate, byte for byte: a NUL byte in it is part of it.
typedef struct voxseal_tls_name {
  // One of `VOXSEAL_TLS_NAME_…`.
  uint32_t kind;
  // The name.
  const uint8_t *bytes;
  // Its length.
  size_t len;
} voxseal_tls_name;

// What is known about a connection whose handshake is over. What is left at 0 or
// NULL is not known, and what is not known is denied where it counts.
typedef struct voxseal_tls_facts {
  // `sizeof(voxseal_tls_facts)`.
  size_t struct_size;
  // `VOXSEAL_INBOUND` when the peer opened the connection, `VOXSEAL_OUTBOUND`
  // when we did, or when a request of ours is to use the peer's.
  uint32_t direction;
  // `VOXSEAL_TLS_CLIENT` or `VOXSEAL_TLS_SERVER`: what the peer is in the handshake.
  uint32_t peer_role;
  // The version's number on the wire, as `SSL_version` gives it: 0x0303 is TLS 1.2.
  uint32_t version;
  // What `SSL_CIPHER_get_bits` gives.
  uint32_t cipher_bits;
  // What `SSL_CIPHER_get_name` gives.
  const char *cipher;
  // OpenSSL's `X509_V_…` codes: `X509_V_OK` alone, or each fault that was found.
  const int32_t *verify_results;
  // How many; 0 when nobody verified.
  size_t verify_result_count;
  // The subject alternative names and the common name of the peer's certificate.
  const struct voxseal_tls_name *names;
  // How many.
  size_t name_count;
  // The extended key usages as object identifiers, "1.3.6.1.5.5.7.3.1".
  const char *const *ekus;
  // How many.
  size_t eku_count;
  // The SIP domain that was asked for, before NAPTR and SRV, or that the peer
  // claims; NULL when there is none.
  const char *expected_name;
  // The first second of the certificate's validity, since 1970.
  int64_t not_before;
  // The last one.
  int64_t not_after;
  // The time now.
  int64_t now;
  // Not 0 when the verifier went on after each fault, so that
  // `verify_results` has all of them: its callback returned 1 always.
  uint8_t verify_complete;
  // Not 0 when the peer showed a certificate; else names, usages and dates do not count.
  uint8_t has_certificate;
  // Not 0 when the certificate has the extension for extended key usages.
  uint8_t has_ekus;
  // Not 0 when `not_before`, `not_after` and `now` are set.
  uint8_t has_dates;
  // Not 0 when the session was resumed.
  uint8_t resumed;
} voxseal_tls_facts;

// Somebody who is identified by certificates.
typedef struct voxseal_tls_claim {
  // Who it is, for sentences.
  const char *holder;
  // Names and SHA-256 fingerprints of the certificates, separated by commas; docs/tls.md.
  const char *certificates;
} voxseal_tls_claim;

// A certificate, those that issued it, and its key, as PEM: in one file, in several
// or in memory. What is left at 0 or NULL is not there.
typedef struct voxseal_tls_identity {
  // `sizeof(voxseal_tls_identity)`.
  size_t struct_size;
  // Paths: the certificate, then those above it; the key may be in one of them.
  const char *const *certificate_files;
  // How many.
  size_t certificate_file_count;
  // The path of the key, when it has a file of its own.
  const char *key_file;
  // PEM text of certificates and key, after the files.
  const uint8_t *pem;
  // Its length.
  size_t pem_len;
  // What encrypts the key.
  const uint8_t *passphrase;
  // Its length.
  size_t passphrase_len;
  // One of `VOXSEAL_TLS_KEY_…`: who may be able to read the key's file.
  uint32_t key_access;
  // Not 0: certificates out of their dates are taken all the same.
  uint32_t any_dates;
} voxseal_tls_identity;

// Success.
#define VOXSEAL_OK 0

// A required pointer was NULL.
#define VOXSEAL_ERR_NULL_POINTER 1

// A handle that never was, or is no longer, valid.
#define VOXSEAL_ERR_BAD_HANDLE 2

// The output buffer is too small.
#define VOXSEAL_ERR_BUFFER_TOO_SMALL 3

// An argument holds a value that has no meaning.
#define VOXSEAL_ERR_BAD_ARGUMENT 4

// A struct's `struct_size` is smaller than this version can read.
#define VOXSEAL_ERR_STRUCT_SIZE 5

// The session table is full.
#define VOXSEAL_ERR_TABLE_FULL 6

// A call came before the one that it depends on.
#define VOXSEAL_ERR_BAD_STATE 7

// A provider of primitives that is not built in or does not work here.
#define VOXSEAL_ERR_PROVIDER_UNAVAILABLE 8

// The provider of primitives failed.
#define VOXSEAL_ERR_PROVIDER_FAILED 9

// No profile has this name.
#define VOXSEAL_ERR_UNKNOWN_PROFILE 10

// A setting that is not known, malformed or does not go with the others.
#define VOXSEAL_ERR_SETTING_REFUSED 11

// Not an RTP or RTCP packet, or too short to be one.
#define VOXSEAL_ERR_PACKET_MALFORMED 100

// Longer than the engine handles.
#define VOXSEAL_ERR_PACKET_TOO_LONG 101

// The tag does not fit the packet.
#define VOXSEAL_ERR_AUTH_FAILED 102

// A packet with this index was accepted before.
#define VOXSEAL_ERR_REPLAYED 103

// Older than the replay window.
#define VOXSEAL_ERR_TOO_OLD 104

// No key is set for this direction.
#define VOXSEAL_ERR_NO_KEY 105

// Another packet was already sent with this index.
#define VOXSEAL_ERR_INDEX_REUSED 106

// The master key has protected as many packets as it may.
#define VOXSEAL_ERR_LIFETIME_EXHAUSTED 107

// SRTCP packet whose E flag says that it is not encrypted.
#define VOXSEAL_ERR_NOT_ENCRYPTED 108

// More streams than a session holds.
#define VOXSEAL_ERR_TOO_MANY_STREAMS 109

// The packet names a master key identifier that is not known.
#define VOXSEAL_ERR_UNKNOWN_MKI 110

// Not of the shape of RFC 4568 §9.1.
#define VOXSEAL_ERR_ATTRIBUTE_SYNTAX 200

// Longer than a crypto attribute may be.
#define VOXSEAL_ERR_ATTRIBUTE_TOO_LONG 201

// The attribute's tag is not 1 to 9 digits.
#define VOXSEAL_ERR_ATTRIBUTE_TAG 202

// A suite that is not known.
#define VOXSEAL_ERR_UNKNOWN_SUITE 203

// A suite that the settings leave out.
#define VOXSEAL_ERR_SUITE_NOT_ALLOWED 204

// A key method other than `inline`.
#define VOXSEAL_ERR_KEY_METHOD 205

// No key, or not strict base64.
#define VOXSEAL_ERR_KEY_ENCODING 206

// A lifetime that is zero, above the maximum or malformed.
#define VOXSEAL_ERR_LIFETIME_SYNTAX 207

// A lifetime below the minimum that the settings demand.
#define VOXSEAL_ERR_LIFETIME_TOO_SHORT 208

// MKI malformed, out of 1 to 128 bytes, or not alike on all keys.
#define VOXSEAL_ERR_MKI_SYNTAX 209

// A session parameter that is malformed or not known.
#define VOXSEAL_ERR_SESSION_PARAMETER 210

// A session parameter that weakens the call and is not allowed.
#define VOXSEAL_ERR_PARAMETER_REFUSED 211

// The answer's tag is none that was offered.
#define VOXSEAL_ERR_ANSWER_TAG 212

// The answer's suite is not the one offered under its tag.
#define VOXSEAL_ERR_ANSWER_SUITE 213

// An MKI, and the settings accept none.
#define VOXSEAL_ERR_MKI_REFUSED 214

// Another line of the same offer is preferred.
#define VOXSEAL_ERR_NOT_PREFERRED 215

// Key and salt have not the lengths of the suite.
#define VOXSEAL_ERR_KEY_LENGTH 300

// The master key is all zeros.
#define VOXSEAL_ERR_KEY_ALL_ZERO 301

// The random source failed.
#define VOXSEAL_ERR_RANDOM 302

// The peer sends back the key that we sent.
#define VOXSEAL_ERR_KEY_REFLECTED 303

// The session replaced this key so long ago that what was used under it is forgotten.
#define VOXSEAL_ERR_KEY_REUSED 304

// More keys than a session holds or remembers.
#define VOXSEAL_ERR_TOO_MANY_KEYS 305

// A file of certificates or keys is not there.
#define VOXSEAL_ERR_TLS_FILE_MISSING 400

// A file that this user may not read, or that cannot be read at all.
#define VOXSEAL_ERR_TLS_FILE_UNREADABLE 401

// A key that others than its owner can read.
#define VOXSEAL_ERR_TLS_KEY_EXPOSED 402

// No private key in the files.
#define VOXSEAL_ERR_TLS_NO_KEY 403

// No certificate in the files.
#define VOXSEAL_ERR_TLS_NO_CERTIFICATE 404

// The key belongs to another certificate.
#define VOXSEAL_ERR_TLS_KEY_MISMATCH 405

// The certificates do not follow each other.
#define VOXSEAL_ERR_TLS_CHAIN_ORDER 406

// An intermediate certificate is missing.
#define VOXSEAL_ERR_TLS_CHAIN_INCOMPLETE 407

// A certificate whose time is over.
#define VOXSEAL_ERR_TLS_EXPIRED 408

// A certificate whose time is to come.
#define VOXSEAL_ERR_TLS_NOT_YET_VALID 409

// The key is encrypted, and the passphrase is missing or wrong.
#define VOXSEAL_ERR_TLS_PASSPHRASE 410

// A key that is too short to be of use.
#define VOXSEAL_ERR_TLS_WEAK_KEY 411

// What stands in the file is damaged.
#define VOXSEAL_ERR_TLS_FILE_MALFORMED 412

// The connection's protocol version is below the minimum.
#define VOXSEAL_ERR_TLS_VERSION 420

// The connection's cipher is below the minimum.
#define VOXSEAL_ERR_TLS_CIPHER 421

// The peer showed no certificate.
#define VOXSEAL_ERR_TLS_NO_PEER_CERTIFICATE 422

// The peer's chain leads to no authority that is trusted.
#define VOXSEAL_ERR_TLS_UNTRUSTED 423

// The peer's certificate was revoked, or that is not known.
#define VOXSEAL_ERR_TLS_REVOKED 424

// The peer's certificate is for another purpose.
#define VOXSEAL_ERR_TLS_PURPOSE 425

// The peer's certificate is for another name.
#define VOXSEAL_ERR_TLS_NAME 426

// None of the allowed names is the peer's.
#define VOXSEAL_ERR_TLS_NOT_ALLOWED 427

// The handshake failed.
#define VOXSEAL_ERR_TLS_HANDSHAKE 430

// The handshake took longer than allowed.
#define VOXSEAL_ERR_TLS_HANDSHAKE_TIMEOUT 431

// The peer sent more than allowed before the handshake was over.
#define VOXSEAL_ERR_TLS_HANDSHAKE_TOO_LONG 432

// As many handshakes as allowed are under way.
#define VOXSEAL_ERR_TLS_HALF_OPEN 433

// The peer ended the connection by an alert.
#define VOXSEAL_ERR_TLS_PEER_ALERT 434

// The connection was closed, by the peer or by us.
#define VOXSEAL_ERR_TLS_CLOSED 435

// The peer's bytes ended without a close-notify.
#define VOXSEAL_ERR_TLS_TRUNCATED 436

// The handshake is not over.
#define VOXSEAL_ERR_TLS_NOT_ESTABLISHED 437

// What has arrived must be read, or what is to be sent be taken, first.
#define VOXSEAL_ERR_TLS_BACKLOG 438

// A record that is damaged or out of place.
#define VOXSEAL_ERR_TLS_RECORD 439

// Nothing was loaded into the context.
#define VOXSEAL_ERR_TLS_NOT_LOADED 440

// A panic was caught at the boundary; the handle is out of use.
#define VOXSEAL_ERR_POISONED 900

// RFC 4568 §6.2.1
#define VOXSEAL_AES_CM_128_HMAC_SHA1_80 1

// RFC 4568 §6.2.2: 32-bit tags on SRTP, 80-bit tags on SRTCP
#define VOXSEAL_AES_CM_128_HMAC_SHA1_32 2

// RFC 6188 §7
#define VOXSEAL_AES_192_CM_HMAC_SHA1_80 3

// RFC 6188 §7
#define VOXSEAL_AES_192_CM_HMAC_SHA1_32 4

// RFC 6188 §7
#define VOXSEAL_AES_256_CM_HMAC_SHA1_80 5

// RFC 6188 §7
#define VOXSEAL_AES_256_CM_HMAC_SHA1_32 6

// RFC 7714 §14.2
#define VOXSEAL_AEAD_AES_128_GCM 7

// RFC 7714 §14.2
#define VOXSEAL_AEAD_AES_256_GCM 8

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// Reads what is pending, else what is agreed. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_STATE` when nothing is pending or agreed,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation; `agreement` is valid for reads and
// writes of its `struct_size`.
voxseal_status voxseal_sdes_agreement(const struct voxseal_sdes *sdes, struct voxseal_agreement *agreement);

// Writes the sentence that says why `voxseal_sdes_process` last refused a line,
// without any secret, and "" when it never did. Sizes as in
// `voxseal_sdes_line`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// As `voxseal_sdes_line`.
voxseal_status voxseal_sdes_reason(const struct voxseal_sdes *sdes,
                                   char *out,
                                   size_t out_size,
                                   size_t *needed);

// How many verdicts there are: one for each line of the peer's last offer or
// answer that was processed, 32 at most; 0 for NULL. Any thread.
//
// # Safety
// `sdes` is NULL or a live negotiation.
size_t voxseal_sdes_verdict_count(const struct voxseal_sdes *sdes);

// Writes verdict `index`, counted from 0 in the order of the lines: one
// sentence that says what was taken or why not, without any secret. Sizes as in
// `voxseal_sdes_line`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
// `VOXSEAL_ERR_BAD_ARGUMENT` when there is no such verdict,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// As `voxseal_sdes_line`.
voxseal_status voxseal_sdes_verdict(const struct voxseal_sdes *sdes,
                                    size_t index,
                                    char *out,
                                    size_t out_size,
                                    size_t *needed);

// The suite that is pending or agreed; 0 for none, and for NULL. Any thread.
//
// # Safety
// `sdes` is NULL or a live negotiation.
voxseal_suite voxseal_sdes_suite(const struct voxseal_sdes *sdes);

// Makes an empty policy. The caller owns it and gives it to
// `voxseal_policy_free`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
//
// # Safety
// `policy_out` is valid for a write.
voxseal_status voxseal_policy_new(struct voxseal_policy **policy_out);

// Wipes the key and frees the policy; NULL is fine. No other call on this
// policy may be running or come later.
//
// # Safety
// `policy` is NULL or from `voxseal_policy_new` and not freed yet.
void voxseal_policy_free(struct voxseal_policy *policy);

// Sets the crypto-suite. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`.
//
// # Safety
// `policy` is NULL or a live policy.
voxseal_status voxseal_policy_set_suite(struct voxseal_policy *policy, voxseal_suite suite);

// Copies the only master key and master salt in. `salt` may be NULL with length 0 when
// `key` holds both, one after the other. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_KEY_LENGTH` when longer
// than any suite's.
//
// # Safety
// `policy` is NULL or a live policy; `key` and `salt` are valid for reads of
// their lengths.
voxseal_status voxseal_policy_set_master_key(struct voxseal_policy *policy,
                                             const uint8_t *key,
                                             size_t key_len,
                                             const uint8_t *salt,
                                             size_t salt_len);

// Copies one more master key in, with its MKI and lifetimes. Several keys need
// MKIs of one length (RFC 4568 §6.1); outbound packets use the first until
// `voxseal_session_select_mki`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_KEY_LENGTH` when longer than any suite's,
// `VOXSEAL_ERR_BAD_ARGUMENT` for an MKI that is too long, a lifetime above the
// maximum, a `kdr` above 24, other bits in `unencrypted`, or more than 16 keys.
//
// # Safety
// `policy` is NULL or a live policy; `key` is valid for reads of its
// `struct_size`, and its pointers for reads of their lengths.
voxseal_status voxseal_policy_add_key(struct voxseal_policy *policy, const struct voxseal_master_key *key);

// Sets direction (`VOXSEAL_OUTBOUND` or `VOXSEAL_INBOUND`) and SSRC; SSRC 0
// stands for any. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`.
//
// # Safety
// `policy` is NULL or a live policy.
voxseal_status voxseal_policy_set_ssrc(struct voxseal_policy *policy, uint32_t direction, uint32_t ssrc);

// Finds a profile: the one called `name`; without a name (NULL) the one with the
// longest User-Agent pattern that fits `user_agent`, those of the file before
// the shipped ones; else the one called "general". `user_agent` may be NULL, or
// anything that a peer sends; its first 512 bytes count. `settings` may be NULL:
// the defaults and the shipped profiles. The profile is a copy of the caller's
// own, who gives it to `voxseal_profile_free`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_PROFILE`,
// `VOXSEAL_ERR_BAD_STATE` before `voxseal_settings_check`.
//
// # Safety
// `settings` is NULL or live settings; `name` and `user_agent` are NULL or strings
// that end with NUL; `profile_out` is valid for a write.
voxseal_status voxseal_profile_find(const struct voxseal_settings *settings,
                                    const char *name,
                                    const char *user_agent,
                                    struct voxseal_profile **profile_out);

// Changes one option on this copy, names and values as in the file; `like`,
// `user_agent` and `description` are of the file alone. The result must go
// together after each call: set `mki_length` before `keys`, and `lifetime` before
// `lifetime_in_offer`. When it is refused, the sentence that says why goes to
// `reason`, cut to `reason_size` with its NUL; `reason` may be NULL with size 0.
// Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
//
// # Safety
// `profile` is NULL or a live profile; `name` and `value` are NULL or strings that
// end with NUL; `reason` is valid for writes of `reason_size` bytes.
voxseal_status voxseal_profile_set(struct voxseal_profile *profile,
                                   const char *name,
                                   const char *value,
                                   char *reason,
                                   size_t reason_size);

// Writes the profile's name: "general" when none was named and none fitted. Sizes
// as in `voxseal_sdes_line`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `profile` is NULL or a live profile; `out` is valid for writes of `out_size`
// bytes, `needed` for a write.
voxseal_status voxseal_profile_name(const struct voxseal_profile *profile,
                                    char *out,
                                    size_t out_size,
                                    size_t *needed);

// Fills the settings for `voxseal_session_new`; the caller sets `struct_size`
// before. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `profile` is NULL or a live profile; `config_out` is valid for reads and writes
// of its `struct_size`.
voxseal_status voxseal_profile_session_config(const struct voxseal_profile *profile,
                                              struct voxseal_session_config *config_out);

// Follows a channel variable that says how one call is to be secured, on this
// copy: `SRTP_SUITES`, `SRTP_POLICY`, `SRTP_REQUIRE_TLS`, or one of the spellings
// from elsewhere that docs/dialplan.md names. An empty value changes nothing. A
// sentence goes to `note`, cut to `note_size` with its NUL: on success what to say
// about the spelling, or ""; else why it is refused. `note` may be NULL with size 0.
// Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
//
// # Safety
// As `voxseal_profile_set`, `note` as its `reason`.
voxseal_status voxseal_profile_set_variable(struct voxseal_profile *profile,
                                            const char *name,
                                            const char *value,
                                            char *note,
                                            size_t note_size);

// Writes every option and its value for people to read: lines of less than 80
// columns, each ended by a line feed. Sizes as in `voxseal_sdes_line`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// As `voxseal_profile_name`.
voxseal_status voxseal_profile_show(const struct voxseal_profile *profile,
                                    char *out,
                                    size_t out_size,
                                    size_t *needed);

// Frees a profile; NULL is fine. No other call on it may be running or come
// later.
//
// # Safety
// `profile` is NULL or from `voxseal_profile_find` and not freed yet.
void voxseal_profile_free(struct voxseal_profile *profile);

// Whether keys in SDP may travel between us and `address`: one of
// `VOXSEAL_SIGNALLING_…`. `secure` is not 0 when the transport is TLS, or WebSocket
// over TLS. `address` is that of the other end of the transport, such as
// "192.0.2.1" or "2001:db8::1"; what is not an address is not trusted. The reason
// for `VOXSEAL_SIGNALLING_WARN` and `VOXSEAL_SIGNALLING_REFUSE` goes to `reason`,
// cut to `reason_size` with its NUL; `reason` may be NULL with size 0. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `profile` is NULL or a live profile; `address` is NULL or a string that ends with
// NUL; `verdict_out` is valid for a write, `reason` for writes of `reason_size`
// bytes.
voxseal_status voxseal_profile_signalling(const struct voxseal_profile *profile,
                                          uint8_t secure,
                                          const char *address,
                                          uint32_t *verdict_out,
                                          char *reason,
                                          size_t reason_size);

// The profile's `media_policy`: one of `VOXSEAL_MEDIA_POLICY_…`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `profile` is NULL or a live profile; `policy_out` is valid for a write.
voxseal_status voxseal_profile_media_policy(const struct voxseal_profile *profile, uint32_t *policy_out);

// What becomes of a stream that the peer describes in this way, a combination of
// `VOXSEAL_STREAM_…`: one of `VOXSEAL_MEDIA_…`. A stream that is encrypted stays
// encrypted under every policy. The reason for `VOXSEAL_MEDIA_REFUSE` goes to
// `reason`, cut to `reason_size` with its NUL; `reason` may be NULL with size 0. Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `profile` is NULL or a live profile; `verdict_out` is valid for a write, `reason`
// for writes of `reason_size` bytes.
voxseal_status voxseal_profile_media(const struct voxseal_profile *profile,
                                     uint32_t stream,
                                     uint32_t *verdict_out,
                                     char *reason,
                                     size_t reason_size);

// Chooses whose AES, HMAC and GCM all sessions of this process use:
// "rustcrypto", the default, or "openssl", which a library built with the
// feature `openssl` has. Call it once, before the first key is set; the same
// choice again is fine. OpenSSL is tried with every suite first, so a
// configuration of it that lacks one is found here and not in a call. Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (no
// provider's name), `VOXSEAL_ERR_PROVIDER_UNAVAILABLE` (not built in, or a
// suite does not work), `VOXSEAL_ERR_BAD_STATE` (another one is in use). The
// choice is then as it was.
//
// # Safety
// Unless it is NULL, `name` points to a string that ends in a NUL byte.
voxseal_status voxseal_provider_select(const char *name);

// The name of the provider in use, or of the default as long as none was
// chosen: static, never NULL. Any thread.
const char *voxseal_provider_name(void);

// The name of provider `index`, counted from 0, of those that are built in:
// static; NULL when there is none. Any thread.
const char *voxseal_provider_built_in(size_t index);

// Fills `out` with `out_len` random bytes fit for keys, from the operating
// system. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_RANDOM` (then nothing in
// `out` may be used).
//
// # Safety
// `out` is valid for writes of `out_len` bytes.
voxseal_status voxseal_random_fill(uint8_t *out, size_t out_len);

// Makes a negotiation in which nothing was said yet. Cheap: keys are made when
// they are needed. The caller owns it and gives it to `voxseal_sdes_free`. Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
//
// # Safety
// `sdes_out` is valid for a write.
voxseal_status voxseal_sdes_new(struct voxseal_sdes **sdes_out);

// Wipes the keys and frees the negotiation; NULL is fine. No other call on it
// may be running or come later.
//
// # Safety
// `sdes` is NULL or from `voxseal_sdes_new` and not freed yet.
void voxseal_sdes_free(struct voxseal_sdes *sdes);

// Follows the rules of a profile (`voxseal_profile_find`), which stays the
// caller's. Without this call the defaults hold. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` once something
// was offered or agreed, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation, `profile` NULL or a live profile.
voxseal_status voxseal_sdes_use_profile(struct voxseal_sdes *sdes, const struct voxseal_profile *profile);

// Puts a suite first among those that the profile offers. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`,
// `VOXSEAL_ERR_SUITE_NOT_ALLOWED` for one that the profile does not offer,
// `VOXSEAL_ERR_BAD_STATE` once something was offered or agreed,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation.
voxseal_status voxseal_sdes_prefer(struct voxseal_sdes *sdes, voxseal_suite suite);

// Makes an offer: one line for each of `suites` in their order, tags from 1,
// fresh keys on each (RFC 4568 §5.1.1). NULL with length 0 offers the suites of
// the profile, by default four. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`,
// `VOXSEAL_ERR_SUITE_NOT_ALLOWED` for one that the profile does not accept,
// `VOXSEAL_ERR_BAD_ARGUMENT` for no suite or one twice, `VOXSEAL_ERR_BAD_STATE`
// once something was offered or agreed, `VOXSEAL_ERR_RANDOM`,
// `VOXSEAL_ERR_POISONED`. On each of them nothing is offered.
//
// # Safety
// `sdes` is NULL or a live negotiation; `suites` is valid for reads of
// `suites_len` numbers.
voxseal_status voxseal_sdes_offer(struct voxseal_sdes *sdes, const voxseal_suite *suites, size_t suites_len);

// Makes fresh keys for what is agreed. The next line carries them, of the same
// suite and tag: send it in an offer (re-INVITE). They are in use once the
// peer's next line was taken. Calling it again before that changes nothing. Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` when nothing is
// agreed, `VOXSEAL_ERR_RANDOM`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation.
voxseal_status voxseal_sdes_rekey(struct voxseal_sdes *sdes);

// How many lines our SDP carries now: those of the offer; exactly one after a
// line of the peer's was taken; 0 before either, and for NULL. Any thread.
//
// # Safety
// `sdes` is NULL or a live negotiation.
size_t voxseal_sdes_line_count(const struct voxseal_sdes *sdes);

// Writes line `index`, counted from 0, as the value of a crypto attribute with
// a NUL: `1 AES_CM_128_HMAC_SHA1_80 inline:…`. `needed` is the size with NUL,
// written also when `out` is too small (`out` may then be NULL with size 0).
// The line holds a key: wipe it after use. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
// `VOXSEAL_ERR_BAD_ARGUMENT` when there is no such line,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation; `out` is valid for writes of `out_size`
// bytes, `needed` for a write.
voxseal_status voxseal_sdes_line(const struct voxseal_sdes *sdes,
                                 size_t index,
                                 char *out,
                                 size_t out_size,
                                 size_t *needed);

// Shows all crypto attributes of the peer's offer before they are processed one
// by one: their values joined by line feeds. With `order = ours` in the profile,
// `voxseal_sdes_process` then takes only the line whose suite we prefer; else
// this does nothing. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation; `lines` is valid for reads of
// `lines_len` bytes.
voxseal_status voxseal_sdes_survey(struct voxseal_sdes *sdes, const char *lines, size_t lines_len);

// Takes the value of one crypto attribute from the peer's SDP; `line` needs no
// NUL. Whether it is of an offer or an answer follows from what came before.
// Call it for each line in order until one is taken. Taking the same line twice
// has the effect of taking it once. `outcome` becomes `VOXSEAL_SDES_UNCHANGED`
// or `VOXSEAL_SDES_PENDING`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`, and all of 200
// to 399 when the line is refused: then nothing changed, and
// `voxseal_sdes_reason` tells why.
//
// # Safety
// `sdes` is NULL or a live negotiation; `line` is valid for reads of `line_len`
// bytes, `outcome` for a write.
voxseal_status voxseal_sdes_process(struct voxseal_sdes *sdes,
                                    const char *line,
                                    size_t line_len,
                                    uint32_t *outcome);

// Fills both policies from the pending keys, else from the agreed ones (for a
// session that was made anew): the local one outbound for `local_ssrc` (0 =
// any), the remote ones inbound for any SSRC, with their MKIs and lifetimes, what
// is not encrypted, and the remote ones with the peer's KDR. What the policies
// held before is replaced. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` when nothing is
// pending or agreed, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation; `local` and `remote` are NULL or live
// policies.
voxseal_status voxseal_sdes_policies(const struct voxseal_sdes *sdes,
                                     uint32_t local_ssrc,
                                     struct voxseal_policy *local,
                                     struct voxseal_policy *remote);

// Says that the pending keys are active; they are the agreed ones from now on.
// Without pending keys the agreed ones stay. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` when nothing is
// pending or agreed, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation.
voxseal_status voxseal_sdes_commit(struct voxseal_sdes *sdes);

// Drops the pending keys: they could not be activated. What was agreed before
// stands. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `sdes` is NULL or a live negotiation.
voxseal_status voxseal_sdes_discard(struct voxseal_sdes *sdes);

// Makes a session without keys: until `voxseal_session_apply`, every packet is
// refused with `VOXSEAL_ERR_NO_KEY`. `config` may be NULL for the defaults. The
// caller owns the session and gives it to `voxseal_session_free`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_TABLE_FULL`.
//
// # Safety
// `config` is NULL or valid for reads of its `struct_size`; `session_out` is
// valid for a write.
voxseal_status voxseal_session_new(const struct voxseal_session_config *config,
                                   struct voxseal_session *session_out);

// Frees a session and wipes its keys. A packet that another thread is working
// on is finished first; calls that come later are refused with
// `VOXSEAL_ERR_BAD_HANDLE`, as is freeing twice. Any thread.
//
// Statuses: `VOXSEAL_ERR_BAD_HANDLE`.
voxseal_status voxseal_session_free(struct voxseal_session session);

// Sets or replaces the keys of the policy's direction and SSRC. The same key and
// suite again changes nothing. A new key starts at ROC 0 and leaves the other
// direction alone; the inbound key before it stays usable for a short overlap, and
// so does the tag length before it when the same inbound key comes with another.
// On an error nothing changed. The policy stays the caller's. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
// `VOXSEAL_ERR_BAD_STATE` when suite, key or direction was not set,
// `VOXSEAL_ERR_BAD_ARGUMENT` unless several keys have MKIs of one length and
// each its own key and MKI,
// `VOXSEAL_ERR_KEY_LENGTH`, `VOXSEAL_ERR_KEY_ALL_ZERO`,
// `VOXSEAL_ERR_KEY_REUSED` for a key that was replaced too long ago,
// `VOXSEAL_ERR_PROVIDER_FAILED` when that cannot be found out,
// `VOXSEAL_ERR_TOO_MANY_KEYS`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `policy` is NULL or a live policy.
voxseal_status voxseal_session_apply(struct voxseal_session session, const struct voxseal_policy *policy);

// Protects with the key of this MKI from now on, one of several of the same
// outbound policy. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
// `VOXSEAL_ERR_UNKNOWN_MKI`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `mki` is valid for reads of `mki_len` bytes.
voxseal_status voxseal_session_select_mki(struct voxseal_session session, const uint8_t *mki, size_t mki_len);

// Protects with the next key of the same outbound policy from now on, the first
// in its order whose lifetime is not nearly over. Any thread.
//
// Statuses: `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_UNKNOWN_MKI` when no other
// key is left, `VOXSEAL_ERR_POISONED`.
voxseal_status voxseal_session_select_next_key(struct voxseal_session session);

// How many times a key of this process has come to its soft limit. Who watches many sessions need look at each of them
// (`voxseal_session_key`) only when this number has changed. Any thread.
uint64_t voxseal_soft_limits_reached(void);

// Our SSRC `from` is called `to` from now on: a key meant for it alone goes
// with it. Any thread.
//
// Statuses: `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_POISONED`.
voxseal_status voxseal_session_rename_ssrc(struct voxseal_session session, uint32_t from, uint32_t to);

// Protects one packet (RFC 3711 §3.3, §3.4, RFC 7714) into `out`, which must
// not overlap `packet`, and writes the protected length to `out_len`. `kind` is
// `VOXSEAL_RTP` or `VOXSEAL_RTCP`. `packet_len + VOXSEAL_MAX_TRAILER_LEN` bytes
// of `out_size` always suffice. An RTP packet that was protected before gives
// the identical bytes again if it is among the stream's last 16, or, once the
// stream has repeated an index, among its last 1024. No allocation once the
// stream is known, that first repeat aside. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
// `VOXSEAL_ERR_PACKET_MALFORMED`, `VOXSEAL_ERR_PACKET_TOO_LONG`,
// `VOXSEAL_ERR_TOO_OLD`, `VOXSEAL_ERR_INDEX_REUSED` when another packet had
// this index, `VOXSEAL_ERR_NO_KEY`, `VOXSEAL_ERR_LIFETIME_EXHAUSTED`,
// `VOXSEAL_ERR_TOO_MANY_STREAMS`, `VOXSEAL_ERR_PROVIDER_FAILED`,
// `VOXSEAL_ERR_POISONED`. On each of them nothing may be sent, and `out` holds
// nothing of the packet.
//
// # Safety
// `packet` is valid for reads of `packet_len` bytes, `out` for writes of
// `out_size` bytes, `out_len` for a write.
voxseal_status voxseal_session_protect(struct voxseal_session session,
                                       uint32_t kind,
                                       const uint8_t *packet,
                                       size_t packet_len,
                                       uint8_t *out,
                                       size_t out_size,
                                       size_t *out_len);

// Authenticates and opens one packet in place (RFC 3711 §3.3, §3.4, RFC 7714).
// `packet_len` is the packet's length before and, on success, the plain
// packet's after. No allocation once the stream is known. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_HANDLE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_PACKET_MALFORMED`,
// `VOXSEAL_ERR_PACKET_TOO_LONG`, `VOXSEAL_ERR_AUTH_FAILED`,
// `VOXSEAL_ERR_REPLAYED`, `VOXSEAL_ERR_TOO_OLD`, `VOXSEAL_ERR_NO_KEY`,
// `VOXSEAL_ERR_NOT_ENCRYPTED`, `VOXSEAL_ERR_UNKNOWN_MKI`,
// `VOXSEAL_ERR_LIFETIME_EXHAUSTED`, `VOXSEAL_ERR_TOO_MANY_STREAMS`,
// `VOXSEAL_ERR_PROVIDER_FAILED`, `VOXSEAL_ERR_POISONED`. On each of them the
// packet must be dropped; on all but the last two it is as it was.
//
// # Safety
// `packet_len` is valid for a read and a write, `packet` for reads and writes
// of that many bytes.
voxseal_status voxseal_session_unprotect(struct voxseal_session session,
                                         uint32_t kind,
                                         uint8_t *packet,
                                         size_t *packet_len);

// Makes settings in which no line was set yet: the defaults and the shipped
// profiles. The caller owns them and gives them to `voxseal_settings_free`. Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
//
// # Safety
// `settings_out` is valid for a write.
voxseal_status voxseal_settings_new(struct voxseal_settings **settings_out);

// Frees settings; NULL is fine. Profiles that were found in them stay. No other
// call on them may be running or come later.
//
// # Safety
// `settings` is NULL or from `voxseal_settings_new` and not freed yet.
void voxseal_settings_free(struct voxseal_settings *settings);

// Takes one line of the file, in the file's order: `section` is "general" or the
// name of a profile, `name = value` the line; docs/settings.md lists the options.
// Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_STATE` after
// `voxseal_settings_check`, `VOXSEAL_ERR_POISONED`, `VOXSEAL_ERR_SETTING_REFUSED`:
// `voxseal_settings_reason` tells why. On each of them nothing changed.
//
// # Safety
// `settings` is NULL or live settings; `section`, `name` and `value` are NULL or
// strings that end with NUL.
voxseal_status voxseal_settings_set(struct voxseal_settings *settings,
                                    const char *section,
                                    const char *name,
                                    const char *value);

// Checks the file as a whole, to be called once after the last line: from then
// on profiles can be found and lines are no longer taken. Again has no effect.
// Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`,
// `VOXSEAL_ERR_SETTING_REFUSED`: `voxseal_settings_reason` tells why and names
// the section; nothing changed.
//
// # Safety
// `settings` is NULL or live settings.
voxseal_status voxseal_settings_check(struct voxseal_settings *settings);

// Writes the sentence that says why a line or the check was last refused, and
// "" when none ever was. Sizes as in `voxseal_sdes_line`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `settings` is NULL or live settings; `out` is valid for writes of `out_size`
// bytes, `needed` for a write.
voxseal_status voxseal_settings_reason(const struct voxseal_settings *settings,
                                       char *out,
                                       size_t out_size,
                                       size_t *needed);

// How many profiles there are, "general" aside: those of the file in its order,
// then the other shipped ones. NULL stands for the shipped ones alone; 0 before
// `voxseal_settings_check`. Any thread.
//
// # Safety
// `settings` is NULL or live settings.
size_t voxseal_settings_profile_count(const struct voxseal_settings *settings);

// Writes the name of profile `index`, counted from 0, of those that
// `voxseal_settings_profile_count` counts. Sizes as in `voxseal_sdes_line`. Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER` (not for `settings`),
// `VOXSEAL_ERR_BUFFER_TOO_SMALL`, `VOXSEAL_ERR_BAD_ARGUMENT` when there is no
// such profile, `VOXSEAL_ERR_BAD_STATE` before `voxseal_settings_check`.
//
// # Safety
// As `voxseal_settings_reason`.
voxseal_status voxseal_settings_profile_name(const struct voxseal_settings *settings,
                                             size_t index,
                                             char *out,
                                             size_t out_size,
                                             size_t *needed);

// Writes all profiles that `voxseal_settings_profile_count` counts for people to
// read, with what they are for: lines of less than 80 columns, each ended by a line
// feed. Sizes as in `voxseal_sdes_line`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER` (not for `settings`),
// `VOXSEAL_ERR_BUFFER_TOO_SMALL`, `VOXSEAL_ERR_BAD_STATE` before
// `voxseal_settings_check`.
//
// # Safety
// As `voxseal_settings_reason`.
voxseal_status voxseal_settings_show(const struct voxseal_settings *settings,
                                     char *out,
                                     size_t out_size,
                                     size_t *needed);

// The name of the provider that `[general] provider` asks for, which is for
// `voxseal_provider_select`: static, never NULL. That of the default before
// `voxseal_settings_check`, and when `settings` is NULL. Any thread.
//
// # Safety
// `settings` is NULL or live settings.
const char *voxseal_settings_provider(const struct voxseal_settings *settings);

// Reads the counters. Any thread; cheap, takes each direction's lock once.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `stats` is valid for reads and writes of its `struct_size`.
voxseal_status voxseal_session_stats_read(struct voxseal_session session,
                                          struct voxseal_session_stats *stats);

// Reads the counters of SRTCP packets alone: what is left of those that
// `voxseal_session_stats_read` gives is SRTP. They stop at 2^32 - 1; `roc_recoveries` and `mki_changes` are 0.
// Any thread; cheap, takes each direction's lock once.
//
// Statuses: as `voxseal_session_stats_read`.
//
// # Safety
// `stats` is valid for reads and writes of its `struct_size`.
voxseal_status voxseal_session_srtcp_stats(struct voxseal_session session,
                                           struct voxseal_session_stats *stats);

// Reads the key in use of one direction, `VOXSEAL_OUTBOUND` or
// `VOXSEAL_INBOUND`. Any thread; cheap.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_NO_KEY`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `info` is valid for reads and writes of its `struct_size`.
voxseal_status voxseal_session_key(struct voxseal_session session,
                                   uint32_t direction,
                                   struct voxseal_key_info *info);

// Lists the streams of one direction: as many as `capacity` to `infos`, the
// number of all to `count`. `infos` may be NULL with capacity 0. Any thread;
// keeps the direction's lock for a moment.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
// `VOXSEAL_ERR_BAD_HANDLE`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `infos` is valid for writes of `capacity` structs, `count` for a write.
voxseal_status voxseal_session_streams(struct voxseal_session session,
                                       uint32_t direction,
                                       struct voxseal_stream_info *infos,
                                       size_t capacity,
                                       size_t *count);

// The text of a status, one sentence without a full stop: static, never NULL,
// also for numbers that mean nothing. Any thread.
const char *voxseal_status_str(voxseal_status status);

// The registered name of a suite: static; NULL when there is no such suite.
// Any thread.
const char *voxseal_suite_name(voxseal_suite suite);

// Finds a suite by its registered name or by an old spelling such as
// `AES_CM_256_HMAC_SHA1_80`, in any case. `name` needs no NUL. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_UNKNOWN_SUITE`.
//
// # Safety
// `name` is valid for reads of `name_len` bytes, `suite_out` for a write.
voxseal_status voxseal_suite_find(const char *name, size_t name_len, voxseal_suite *suite_out);

// Makes a connection with a peer that connected to us (`VOXSEAL_INBOUND`, we are the
// server) or that we connected to (`VOXSEAL_OUTBOUND`, the client). `expected_name`
// is the SIP domain that was asked for, before NAPTR and SRV (RFC 5922 §7.3); it is
// what the certificate is held against and what the client asks for by name
// (RFC 6066 §3), and sessions are resumed by it. It may be NULL. `now_ms` is the time
// in milliseconds since 1970. A client's hello can be taken at once. The caller owns
// the connection and gives it to `voxseal_tls_connection_free`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
// `VOXSEAL_ERR_TLS_NOT_LOADED`, `VOXSEAL_ERR_TLS_HALF_OPEN` (close the peer's
// socket), `VOXSEAL_ERR_PROVIDER_FAILED`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context; `expected_name` is NULL or ends with NUL;
// `connection_out` is valid for a write.
voxseal_status voxseal_tls_connection_new(struct voxseal_tls_context *context,
                                          uint32_t direction,
                                          const char *expected_name,
                                          uint64_t now_ms,
                                          struct voxseal_tls_connection **connection_out);

// Frees a connection; NULL is fine. It sends nothing: `voxseal_tls_connection_close`
// and `_take` before it do. It must be the last call on the connection.
//
// # Safety
// `connection` is NULL or from `voxseal_tls_connection_new`, and not freed yet.
void voxseal_tls_connection_free(struct voxseal_tls_connection *connection);

// Takes all of what has come from the peer's socket, or on `VOXSEAL_ERR_TLS_BACKLOG`
// nothing: then there is too much to be read (`_read`) or sent (`_take`), up to 256
// KiB each. Afterwards there may be bytes to be taken, also after an error: an alert
// that tells the peer. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_TLS_BACKLOG`,
// `VOXSEAL_ERR_POISONED`; and when the connection has ended, why, from then on: the
// rule of the policy that it breaks, 420 to 427, `VOXSEAL_ERR_TLS_HANDSHAKE`,
// `_HANDSHAKE_TIMEOUT`, `_HANDSHAKE_TOO_LONG`, `_PEER_ALERT`, `_CLOSED`,
// `_TRUNCATED`, `_RECORD`.
//
// # Safety
// `connection` is NULL or a live connection; `data` is valid for reads of `data_len`
// bytes.
voxseal_status voxseal_tls_connection_feed(struct voxseal_tls_connection *connection,
                                           const uint8_t *data,
                                           size_t data_len,
                                           uint64_t now_ms);

// Tells that the peer's socket was closed. What has arrived can still be read; after
// it comes `VOXSEAL_ERR_TLS_TRUNCATED`, as the peer sent no close-notify. Any thread.
//
// Statuses: as `voxseal_tls_connection_feed`.
//
// # Safety
// `connection` is NULL or a live connection.
voxseal_status voxseal_tls_connection_end(struct voxseal_tls_connection *connection);

// Moves up to `out_size` bytes for the peer's socket to `out` and their number to
// `taken_out`, 0 when there are none: after each other call, and in every state. Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `connection` is NULL or a live connection; `out` is valid for writes of `out_size`
// bytes, `taken_out` for a write.
voxseal_status voxseal_tls_connection_take(struct voxseal_tls_connection *connection,
                                           uint8_t *out,
                                           size_t out_size,
                                           size_t *taken_out);

// Encrypts all of `data` for the peer, or on an error nothing. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_TLS_NOT_ESTABLISHED`,
// `VOXSEAL_ERR_TLS_BACKLOG` (take and send first; 256 KiB may wait), and as
// `voxseal_tls_connection_feed` when the connection has ended.
//
// # Safety
// `connection` is NULL or a live connection; `data` is valid for reads of `data_len`
// bytes.
voxseal_status voxseal_tls_connection_write(struct voxseal_tls_connection *connection,
                                            const uint8_t *data,
                                            size_t data_len);

// Moves plaintext of the peer's, at most one record of it, to `out` and its length to
// `read_out`, 0 when there is none as yet; call it until then after each feed. A
// connection that its policy refuses never gives any. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_TLS_NOT_ESTABLISHED`, and as
// `voxseal_tls_connection_feed` when the connection has ended: `VOXSEAL_ERR_TLS_CLOSED`
// is the orderly end.
//
// # Safety
// `connection` is NULL or a live connection; `out` is valid for writes of `out_size`
// bytes, `read_out` for a write.
voxseal_status voxseal_tls_connection_read(struct voxseal_tls_connection *connection,
                                           uint8_t *out,
                                           size_t out_size,
                                           size_t *read_out);

// Ends a connection in order: afterwards there is a close-notify to be taken
// (RFC 8446 §6.1), and reading and writing give `VOXSEAL_ERR_TLS_CLOSED`. On a
// connection that has ended it does nothing. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `connection` is NULL or a live connection.
voxseal_status voxseal_tls_connection_close(struct voxseal_tls_connection *connection);

// Ends the connection when its handshake is not over in time (`handshake_millis`);
// a peer that sends nothing is seen by this alone, so it belongs into the host's
// timer. Any thread.
//
// Statuses: as `voxseal_tls_connection_feed`.
//
// # Safety
// `connection` is NULL or a live connection.
voxseal_status voxseal_tls_connection_check_time(struct voxseal_tls_connection *connection, uint64_t now_ms);

// Makes a context with a copy of the policy, no certificates and no trust. The
// caller owns it and gives it to `voxseal_tls_context_free`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `policy` is NULL or a live policy; `context_out` is valid for a write.
voxseal_status voxseal_tls_context_new(const struct voxseal_tls_policy *policy,
                                       struct voxseal_tls_context **context_out);

// Frees a context; NULL is fine. Its connections go on until they are freed
// themselves, and its hook is called for them no more. It must be the last call on
// the context.
//
// # Safety
// `context` is NULL or from `voxseal_tls_context_new`, and not freed yet.
void voxseal_tls_context_free(struct voxseal_tls_context *context);

// Sets one option of docs/c/tls.md for the next load, for both directions, or with
// "inbound_" or "outbound_" before its name for one: `min_version`, `max_version`,
// `ciphers`, `suites`, `groups`, `sessions`, `tickets`; and for all handshakes
// `handshake_millis`, `handshake_bytes`, `half_open`. When it is refused, the
// sentence that says why goes to `reason`, cut to `reason_size` with its NUL;
// `reason` may be NULL with size 0. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
//
// # Safety
// `context` is NULL or a live context; `name` and `value` are NULL or strings that
// end with NUL; `reason` is valid for writes of `reason_size` bytes.
voxseal_status voxseal_tls_context_set(struct voxseal_tls_context *context,
                                       const char *name,
                                       const char *value,
                                       char *reason,
                                       size_t reason_size);

// Has the next load take a copy of this policy. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context, `policy` NULL or a live policy.
voxseal_status voxseal_tls_context_set_policy(struct voxseal_tls_context *context,
                                              const struct voxseal_tls_policy *policy);

// Has `hook` called for these `VOXSEAL_TLS_EVENT_…`, added up, on all connections of
// the context from now on; NULL for none. The keys of handshakes are handed out only
// when `VOXSEAL_TLS_EVENT_KEY` is among them: whoever has these can read the
// connection. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (another event),
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context; `hook` is NULL or can be called with `user`
// on any thread that calls functions of connections, until another is set or the
// context is freed and no call on a connection is under way.
voxseal_status voxseal_tls_context_set_hook(struct voxseal_tls_context *context,
                                            uint32_t events,
                                            voxseal_tls_hook hook,
                                            void *user);

// Reads all files anew and puts them to use, together with what was set and added
// since the last time: all of it, for connections that are made from now on, or
// after an error nothing. Connections that there are go on with what they began
// with; sessions are not resumed across a load. `now_ms` is the time in milliseconds
// since 1970, by which certificates are within their dates or not. When it fails,
// the sentence that says why goes to `reason`, cut to `reason_size` with its NUL;
// `reason` may be NULL with size 0. Any thread; it reads files.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED` (versions,
// ciphers, suites or groups that OpenSSL does not have), `VOXSEAL_ERR_TLS_FILE_…`,
// `_KEY_…`, `_NO_KEY`, `_NO_CERTIFICATE`, `_CHAIN_…`, `_EXPIRED`, `_NOT_YET_VALID`,
// `_PASSPHRASE`, `_WEAK_KEY`, `VOXSEAL_ERR_PROVIDER_FAILED`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context; `reason` is valid for writes of `reason_size`
// bytes.
voxseal_status voxseal_tls_context_load(struct voxseal_tls_context *context,
                                        uint64_t now_ms,
                                        char *reason,
                                        size_t reason_size);

// How many peers have connected and are in their handshakes. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
//
// # Safety
// `context` is NULL or a live context; `count_out` is valid for a write.
voxseal_status voxseal_tls_context_half_open(const struct voxseal_tls_context *context, size_t *count_out);

// Reads what is known about a connection. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `connection` is NULL or a live connection; `info` is valid for reads and writes of
// its `struct_size`.
voxseal_status voxseal_tls_connection_info_read(const struct voxseal_tls_connection *connection,
                                                struct voxseal_tls_connection_info *info);

// Copies a text about a connection, one of `VOXSEAL_TLS_TEXT_…`; what is not known is
// empty. `needed` gets the size of the text with its NUL; call with `out_size` 0 to
// learn it. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (no such text),
// `VOXSEAL_ERR_BUFFER_TOO_SMALL` (then `needed` is written), `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `connection` is NULL or a live connection; `out` is valid for writes of `out_size`
// bytes, `needed` for a write.
voxseal_status voxseal_tls_connection_text(const struct voxseal_tls_connection *connection,
                                           uint32_t which,
                                           char *out,
                                           size_t out_size,
                                           size_t *needed);

// Makes an object of a peer that connected, and of what it has proved. `peer_out` gets it, or NULL when
// the certificate proves nothing: the peer showed none or is no client, or
// `voxseal_tls_decide` would do anything but accept it without a warning, or `verify`
// is `none`. `fingerprint` is the certificate's SHA-256, 32 bytes. The caller owns the peer
// and gives it to `voxseal_tls_peer_free`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `policy` is NULL or a live policy; `facts` is as for `voxseal_tls_decide`;
// `fingerprint` is valid for reads of `fingerprint_len` bytes; `peer_out` is valid
// for a write.
voxseal_status voxseal_tls_peer_new(const struct voxseal_tls_policy *policy,
                                    const struct voxseal_tls_facts *facts,
                                    const uint8_t *fingerprint,
                                    size_t fingerprint_len,
                                    struct voxseal_tls_peer **peer_out);

// Finds the one of these claims that the peer fits at the time `now`, in seconds since
// 1970. `place_out` gets its place, or `claim_count` when there is none, or more than
// one. `reason` gets what an administrator should know, or an empty text: that two claim
// the same, or that a claim cannot be read; it is cut to `reason_size` with its NUL, or
// NULL with size 0. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT` (impossibly many).
//
// # Safety
// `peer` is NULL or a live peer; `claims` is NULL with `claim_count` 0, or valid for
// reads of so many, whose fields are NULL or strings that end with NUL; `place_out` is valid
// for a write, `reason` for writes of `reason_size` bytes.
voxseal_status voxseal_tls_peer_find(const struct voxseal_tls_peer *peer,
                                     const struct voxseal_tls_claim *claims,
                                     size_t claim_count,
                                     int64_t now,
                                     size_t *place_out,
                                     char *reason,
                                     size_t reason_size);

// Frees a peer; NULL is fine. No other call on it may be running or come later.
//
// # Safety
// `peer` is NULL or from `voxseal_tls_peer_new` and not freed yet.
void voxseal_tls_peer_free(struct voxseal_tls_peer *peer);

// Makes a policy with the defaults: inbound `verify` is optional, outbound
// require+name; at least TLS 1.2 and 128 bits. docs/tls.md has the options. The
// caller owns it and gives it to `voxseal_tls_policy_free`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`.
//
// # Safety
// `policy_out` is valid for a write.
voxseal_status voxseal_tls_policy_new(struct voxseal_tls_policy **policy_out);

// Sets one option of docs/tls.md, for both directions, or with "inbound_" or
// "outbound_" before its name for one. When it is refused, the sentence that says
// why goes to `reason`, cut to `reason_size` with its NUL; `reason` may be NULL
// with size 0. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_SETTING_REFUSED`,
// `VOXSEAL_ERR_POISONED`. On each of them nothing changed.
//
// # Safety
// `policy` is NULL or a live policy; `name` and `value` are NULL or strings that
// end with NUL; `reason` is valid for writes of `reason_size` bytes.
voxseal_status voxseal_tls_policy_set(struct voxseal_tls_policy *policy,
                                      const char *name,
                                      const char *value,
                                      char *reason,
                                      size_t reason_size);

// Holds a connection against a policy. `verdict_out` gets `VOXSEAL_TLS_ACCEPT`,
// `_WARN` or `_REFUSE`; `rule_out` the number of the rule that is broken, of
// `VOXSEAL_ERR_TLS_…`, or `VOXSEAL_OK`; `reason` one sentence, cut to
// `reason_size` with its NUL, or NULL with size 0. A caller that gets any other
// status than `VOXSEAL_OK` must end the connection. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `policy` is NULL or a live policy; `facts` is NULL or valid for reads of its
// `struct_size`, and each of its pointers for reads of as many elements as are
// counted beside it, or a string that ends with NUL; `verdict_out` and `rule_out`
// are valid for a write, `reason` for writes of `reason_size` bytes.
voxseal_status voxseal_tls_decide(const struct voxseal_tls_policy *policy,
                                  const struct voxseal_tls_facts *facts,
                                  uint32_t *verdict_out,
                                  voxseal_status *rule_out,
                                  char *reason,
                                  size_t reason_size);

// Frees a policy; NULL is fine. No other call on it may be running or come later.
//
// # Safety
// `policy` is NULL or from `voxseal_tls_policy_new` and not freed yet.
void voxseal_tls_policy_free(struct voxseal_tls_policy *policy);

// Adds an identity for the next load, in `VOXSEAL_INBOUND`, `VOXSEAL_OUTBOUND` or
// `VOXSEAL_TLS_BOTH`. Inbound, the one is shown whose names have the one that the
// client asks for (RFC 6066 §3), by itself before by a wildcard, else the first that
// was added; several for the same name, with keys of several kinds, stand side by
// side. Outbound, the first is what we show to servers that ask for a certificate.
// Files are read at each load. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context; `identity` is NULL or valid for reads of its
// `struct_size`, its strings end with NUL, and its other pointers are valid for reads
// of as many elements as are told.
voxseal_status voxseal_tls_context_add_identity(struct voxseal_tls_context *context,
                                                uint32_t directions,
                                                const struct voxseal_tls_identity *identity);

// Adds authorities for the next load, from a PEM file or from all files of a folder:
// those who may have issued the certificates of peers that connect to us
// (`VOXSEAL_INBOUND`), that we connect to (`VOXSEAL_OUTBOUND`), or of
// `VOXSEAL_TLS_BOTH`. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context; `path` is NULL or ends with NUL.
voxseal_status voxseal_tls_context_add_trust(struct voxseal_tls_context *context,
                                             uint32_t directions,
                                             const char *path);

// As `voxseal_tls_context_add_trust`, with PEM text that is in memory.
//
// Statuses: the same.
//
// # Safety
// `context` is NULL or a live context; `pem` is valid for reads of `pem_len` bytes.
voxseal_status voxseal_tls_context_add_trust_pem(struct voxseal_tls_context *context,
                                                 uint32_t directions,
                                                 const uint8_t *pem,
                                                 size_t pem_len);

// Adds a PEM file of revocation lists for the next load. With any, there must be one
// of each authority of a peer's chain, and it must be in force (RFC 5280 §6.3). Any
// thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BAD_ARGUMENT`,
// `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context; `path` is NULL or ends with NUL.
voxseal_status voxseal_tls_context_add_crl(struct voxseal_tls_context *context,
                                           uint32_t directions,
                                           const char *path);

// Forgets all identities, authorities and revocation lists that were added, for the
// next load; what is in use stays. Any thread.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_POISONED`.
//
// # Safety
// `context` is NULL or a live context.
voxseal_status voxseal_tls_context_clear(struct voxseal_tls_context *context);

// Reads an identity and checks all that a load checks, without a context. When
// something is wrong, the sentence that says what and what to do goes to `reason`,
// cut to `reason_size` with its NUL; `reason` may be NULL with size 0. Any thread;
// it reads files.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_STRUCT_SIZE`,
// `VOXSEAL_ERR_BAD_ARGUMENT`, and for each fault its own of `VOXSEAL_ERR_TLS_…`, 400
// to 412.
//
// # Safety
// `identity` as for `voxseal_tls_context_add_identity`; `reason` is valid for writes
// of `reason_size` bytes.
voxseal_status voxseal_tls_identity_check(const struct voxseal_tls_identity *identity,
                                          uint64_t now_ms,
                                          char *reason,
                                          size_t reason_size);

// Describes the certificates of a PEM file as text: subject, issuer, names, usages,
// dates, key, serial number, SHA-256 fingerprint. `needed` gets the size of the text
// with its NUL; call with `out_size` 0 to learn it. Any thread; it reads the file.
//
// Statuses: `VOXSEAL_ERR_NULL_POINTER`, `VOXSEAL_ERR_BUFFER_TOO_SMALL` (then `needed`
// is written), `VOXSEAL_ERR_TLS_FILE_…`, `VOXSEAL_ERR_TLS_NO_CERTIFICATE`.
//
// # Safety
// `path` is NULL or ends with NUL; `out` is valid for writes of `out_size` bytes,
// `needed` for a write.
voxseal_status voxseal_tls_certificate_describe(const char *path, char *out, size_t out_size, size_t *needed);

// The ABI version of the library that is loaded. Compare it with
// `VOXSEAL_ABI_VERSION` before any other call. Any thread.
uint32_t voxseal_abi_version(void);

// The library's version, such as "0.1.0": static, never NULL. Any thread.
const char *voxseal_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* VOXSEAL_H */
