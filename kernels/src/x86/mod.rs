//! For x86-64 with VAES, SHA and VPCLMULQDQ.

mod aes;
mod cm;
mod ctr;
mod gcm;
mod ghash;
mod lanes;
mod sha1;

pub(crate) use cm::AesCm;
pub(crate) use gcm::AesGcm;
pub(crate) use lanes::read_ahead;

/// Whether this CPU, and the system that runs on it, has what AES-CM takes.
fn has_cm() -> bool {
    is_x86_feature_detected!("vaes")
        && is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("sha")
}

/// Whether this CPU, and the system that runs on it, has what AES-GCM takes.
fn has_gcm() -> bool {
    is_x86_feature_detected!("vaes")
        && is_x86_feature_detected!("aes")
        && is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("pclmulqdq")
        && is_x86_feature_detected!("vpclmulqdq")
}
