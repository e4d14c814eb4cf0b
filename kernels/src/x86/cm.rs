//! AES counter mode with HMAC-SHA1 over what it gives (RFC 3711 §4).

use super::aes::RoundKeys;
use super::lanes::{first_bytes, load, load_part, moved_down, moved_up, store_part};
use super::sha1::Hmac;
use core::arch::x86_64::*;

/// Session keys of AES-CM with HMAC-SHA1; `K` round keys.
pub(crate) struct AesCm<const K: usize> {
    keys: RoundKeys<K>,
    hmac: Hmac,
}

impl<const K: usize> AesCm<K> {
    pub(crate) fn new(enc_key: &[u8], auth_key: &[u8; 20]) -> Option<AesCm<K>> {
        super::has_cm().then(|| {
            // SAFETY: the CPU has the instructions, as was just asked.
            unsafe { Self::made(enc_key, auth_key) }
        })
    }

    #[target_feature(enable = "aes,avx2,vaes,sha")]
    fn made(enc_key: &[u8], auth_key: &[u8; 20]) -> AesCm<K> {
        AesCm { keys: RoundKeys::new(enc_key), hmac: Hmac::new(auth_key) }
    }

    #[inline]
    pub(crate) fn seal(
        &self,
        packet: &mut [u8],
        clear_len: usize,
        counter: u128,
        suffix: [u8; 4],
    ) -> [u8; 20] {
        // SAFETY: `new` made this, so the CPU has the instructions.
        unsafe { self.seal_here(packet, clear_len, counter, suffix) }
    }

    #[inline]
    pub(crate) fn seal_into(
        &self,
        packet: &[u8],
        out: &mut [u8],
        clear_len: usize,
        counter: u128,
        suffix: [u8; 4],
    ) -> [u8; 20] {
        if clear_len < 16 {
            // SAFETY: `new` made this, so the CPU has the instructions.
            return unsafe { self.seal_woven(packet, out, clear_len, counter, suffix) };
        }
        out.iter_mut().zip(packet).for_each(|(to, from)| *to = *from);
        self.seal(out, clear_len, counter, suffix)
    }

    #[inline]
    pub(crate) fn mac(&self, packet: &[u8], suffix: [u8; 4]) -> [u8; 20] {
        // SAFETY: `new` made this, so the CPU has the instructions.
        unsafe { self.mac_here(packet, suffix) }
    }

    #[inline]
    pub(crate) fn crypt(&self, data: &mut [u8], counter: u128) {
        // SAFETY: `new` made this, so the CPU has the instructions.
        unsafe { self.keys.apply(counter, data) }
    }

    #[target_feature(enable = "aes,avx2,vaes,sha")]
    fn seal_here(&self, packet: &mut [u8], clear_len: usize, counter: u128, suffix: [u8; 4]) -> [u8; 20] {
        self.keys.apply(counter, packet.get_mut(clear_len..).unwrap_or_default());
        self.hmac.mac(packet, suffix)
    }

    /// Block by block of SHA-1: while it waits for itself, the keystream of the
    /// next block is made, and what is hashed comes from the registers. For an RTP
    /// header without CSRCs and extension.
    // Without the feature `avx`: see `Hmac::mac`.
    #[inline(never)]
    #[target_feature(enable = "aes,sse4.1,sha")]
    fn seal_woven(
        &self,
        packet: &[u8],
        out: &mut [u8],
        clear_len: usize,
        counter: u128,
        suffix: [u8; 4],
    ) -> [u8; 20] {
        let mut stream = Stream { keys: &self.keys, counter, before: _mm_setzero_si128(), clear_len };
        let mut inner = self.hmac.inner();
        let (blocks, tail) = packet.as_chunks::<64>();
        let places = out.as_chunks_mut().0;
        for (block, place) in blocks.iter().zip(places) {
            inner.block(stream.block(block, place));
        }
        let sealed = stream.tail(packet, out, blocks.len() * 64);
        inner.tail(sealed, tail.len(), packet.len(), suffix);
        self.hmac.finish(inner)
    }

    #[target_feature(enable = "aes,avx2,vaes,sha")]
    fn mac_here(&self, packet: &[u8], suffix: [u8; 4]) -> [u8; 20] {
        self.hmac.mac(packet, suffix)
    }
}

/// A keystream that begins `clear_len` bytes behind where it is applied first.
struct Stream<'a, const K: usize> {
    keys: &'a RoundKeys<K>,
    counter: u128,
    /// The last block of what was made before.
    before: __m128i,
    clear_len: usize,
}

impl<const K: usize> Stream<'_, K> {
    /// The next 64 bytes of it.
    #[inline]
    #[target_feature(enable = "aes,sse4.1")]
    fn next(&mut self) -> [__m128i; 4] {
        let counter = |step: u128| load(&(self.counter + step).to_be_bytes());
        let [a, b, c, d] = self.keys.encrypt_four([counter(0), counter(1), counter(2), counter(3)]);
        let moved = |before, block| {
            _mm_or_si128(moved_down(before, 16 - self.clear_len), moved_up(block, self.clear_len))
        };
        let stream = [moved(self.before, a), moved(a, b), moved(b, c), moved(c, d)];
        self.before = d;
        self.counter += 4;
        stream
    }

    /// Encrypts 64 bytes and returns them as well.
    #[inline]
    #[target_feature(enable = "aes,sse4.1")]
    fn block(&mut self, data: &[u8; 64], out: &mut [u8; 64]) -> [__m128i; 4] {
        let [a, b, c, d] = self.next();
        let sealed = |stream, from| _mm_xor_si128(load_part(data, from), stream);
        let sealed = [sealed(a, 0), sealed(b, 16), sealed(c, 32), sealed(d, 48)];
        let [a, b, c, d] = sealed;
        store_part(out, 0, a);
        store_part(out, 16, b);
        store_part(out, 32, c);
        store_part(out, 48, d);
        sealed
    }

    /// Encrypts what is left, less than 64 bytes, and returns it with zeros behind it.
    #[inline]
    #[target_feature(enable = "aes,sse4.1")]
    fn tail(&mut self, packet: &[u8], out: &mut [u8], from: usize) -> [__m128i; 4] {
        let [a, b, c, d] = self.next();
        let a = sealed_part(packet, out, from, a);
        let b = sealed_part(packet, out, from + 16, b);
        let c = sealed_part(packet, out, from + 32, c);
        let d = sealed_part(packet, out, from + 48, d);
        [a, b, c, d]
    }
}

/// Up to 16 bytes encrypted, zeros behind them.
#[inline]
#[target_feature(enable = "sse4.1")]
fn sealed_part(packet: &[u8], out: &mut [u8], from: usize, stream: __m128i) -> __m128i {
    let len = packet.len().saturating_sub(from);
    if len == 0 {
        return _mm_setzero_si128();
    }
    let sealed = first_bytes(_mm_xor_si128(load_part(packet, from), stream), len);
    store_part(out, from, sealed);
    sealed
}
