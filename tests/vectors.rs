//! Packets sealed by another implementation, from the master key on. The
//! RFCs' own vectors set session keys and run inside the crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where the crate may not"
)]

#[path = "vectors/reader.rs"]
mod reader;

use voxseal::crypto::{Provider, Transform};
use voxseal::error::Error;
use voxseal::secret::MasterKey;
use voxseal::suite::CryptoSuite;

const INTEROP: &str = include_str!("vectors/interop.txt");

fn suite(block: &reader::Block) -> CryptoSuite {
    CryptoSuite::from_number(block.number("Suite") as u16).unwrap()
}

fn built_in() -> impl Iterator<Item = Provider> {
    Provider::ALL.iter().copied()
}

fn derive(provider: Provider, suite: CryptoSuite, key: &[u8]) -> Transform {
    Transform::derive_with(provider, &MasterKey::new(suite, key).unwrap()).unwrap()
}

#[test]
fn every_packet_is_the_other_implementations_and_no_bit_may_differ() {
    let mut suites = Vec::new();
    for block in reader::blocks(INTEROP) {
        suites.push(suite(&block));
        for provider in built_in() {
            reader::prove(&block, block.bytes("MasterKey"), |key| derive(provider, suite(&block), key));
        }
    }
    for suite in CryptoSuite::all() {
        assert_eq!(suites.iter().filter(|known| **known == suite).count(), 3, "{suite}");
    }
}

#[test]
fn a_tag_of_any_other_length_is_refused() {
    let blocks = reader::blocks(INTEROP);
    for (provider, block) in built_in().flat_map(|provider| blocks.iter().map(move |block| (provider, block)))
    {
        let transform = derive(provider, suite(block), block.bytes("MasterKey"));
        let tag = block.bytes("Tag");
        let mut long = tag.to_vec();
        long.resize(32, 0);
        // SRTCP is opened with SRTP's shorter tag as well.
        let params = suite(block).params();
        let short = block.get("Trailer").map_or(tag.len(), |_| params.srtp_tag_len);
        for len in (0..=32).filter(|len| *len != tag.len() && *len != short) {
            let mut packet = block.bytes("Sealed").to_vec();
            let opened = match block.get("Trailer") {
                None => transform.open_rtp(
                    &mut packet,
                    block.number("HeaderLen") as usize,
                    block.number("Index"),
                    &long[..len],
                ),
                Some(_) => transform.open_rtcp(&mut packet, block.number("Trailer") as u32, &long[..len]),
            };
            assert_eq!(opened.err(), Some(Error::AuthFailed), "{} {len}", block.title);
            assert_eq!(packet, block.bytes("Sealed"));
        }
    }
}
