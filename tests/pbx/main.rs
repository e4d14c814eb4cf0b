//! The module in a real PBX, seen from outside. Needs `make pbx` and `make module`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "these are tests, their helpers too"
)]

mod ami;
mod ami_client;
mod bundle;
mod bundle_called;
mod cli;
mod companion;
mod counters;
mod dialects;
mod dialplan;
mod direct_media;
mod dropped;
mod dtls;
mod edge;
mod fax;
mod inherited;
mod items;
mod lifetime;
mod manager;
mod mki;
mod mki_rollover;
mod module_life;
#[path = "../vectors/notation.rs"]
mod notation;
mod offers;
mod pbx_to_pbx;
mod peer_items;
mod phone;
mod policy_calls;
mod policy_copy;
mod policy_matrix;
mod policy_offers;
mod policy_site;
mod provider;
mod realtime;
mod records;
mod refusals;
mod reinvite;
mod rekey;
mod rekey_asked;
mod rules;
mod sections;
mod settings;
mod settings_file;
mod settings_site;
mod sipp;
mod streams;
mod suites;
mod tls_certificates;
mod tls_chains;
mod tls_hostile;
mod tls_identify;
mod tls_listener;
mod tls_method;
mod tls_peers;
mod tls_reload;
mod tls_reuse;
mod tls_verdicts;
mod transfer;
mod web_socket;
mod wishes;
