//! Reads vector files, blocks of `Name = hex` lines, and proves one packet of
//! them both ways. Shared by the tests inside the crate, which set session
//! keys, and those outside, which set master keys; the parent module says
//! which `Transform` is meant.

use super::Transform;

/// One block of a vector file.
pub struct Block {
    /// The comment above it, to name a failure.
    pub title: String,
    fields: Vec<(String, Vec<u8>)>,
}

/// The blocks of a file. Blank lines part them; `#` begins a comment.
pub fn blocks(text: &str) -> Vec<Block> {
    text.split("\n\n").filter_map(Block::parse).collect()
}

impl Block {
    fn parse(text: &str) -> Option<Block> {
        let title = text.lines().filter_map(|line| line.strip_prefix("# ")).collect();
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let fields: Vec<_> = lines
            .map(|line| {
                let (name, hex) = line.split_once(" = ").expect("Name = hex");
                (name.to_owned(), bytes(hex))
            })
            .collect();
        (!fields.is_empty()).then_some(Block { title, fields })
    }

    /// The field, if the block has it.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1.as_slice())
    }

    /// The field; the test fails without it.
    pub fn bytes(&self, name: &str) -> &[u8] {
        self.get(name).unwrap_or_else(|| panic!("{}: no {name}", self.title))
    }

    /// The field as a big-endian number.
    pub fn number(&self, name: &str) -> u64 {
        number(self.bytes(name))
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0, "{hex}");
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// What seals or opens a packet besides the key: each part can be bent.
#[derive(Clone)]
struct Inputs {
    /// Six bytes of packet index, or four of E flag and SRTCP index.
    position: Vec<u8>,
    packet: Vec<u8>,
    tag: Vec<u8>,
}

impl Inputs {
    fn seal(&mut self, transform: &Transform, header_len: Option<usize>) {
        let at = number(&self.position);
        let tag = match header_len {
            Some(len) => transform.seal_rtp(&mut self.packet, len, at),
            None => transform.seal_rtcp(&mut self.packet, at as u32),
        };
        self.tag = tag.expect("a packet of the file can be sealed").to_vec();
    }

    fn open(&mut self, transform: &Transform, header_len: Option<usize>) -> bool {
        let (at, before) = (number(&self.position), self.packet.clone());
        let opened = match header_len {
            Some(len) => transform.open_rtp(&mut self.packet, len, at, &self.tag),
            None => transform.open_rtcp(&mut self.packet, at as u32, &self.tag),
        };
        assert!(opened.is_ok() || self.packet == before, "a refused packet was written to");
        opened.is_ok()
    }
}

/// Proves that the block's packet seals and opens as the file says, and that
/// with any one bit of any input the other way it does not.
pub fn prove(block: &Block, key: &[u8], make: impl Fn(&[u8]) -> Transform) {
    let header_len = block.get("HeaderLen").map(|len| number(len) as usize);
    let position = block.bytes(if header_len.is_some() { "Index" } else { "Trailer" }).to_vec();
    let plain = Inputs { position, packet: block.bytes("Packet").to_vec(), tag: Vec::new() };
    let (sealed, tag) = (block.bytes("Sealed"), block.bytes("Tag"));
    let transform = make(key);
    let mut inputs = plain.clone();
    inputs.seal(&transform, header_len);
    assert_eq!((&*inputs.packet, &*inputs.tag), (sealed, tag), "{}", block.title);
    let good = inputs.clone();
    assert!(inputs.open(&transform, header_len), "{}", block.title);
    assert_eq!(inputs.packet, plain.packet, "{}", block.title);

    for bit in 0..key.len() * 8 {
        let other = make(&flipped(key, bit));
        assert!(!good.clone().open(&other, header_len), "{}: key bit {bit}", block.title);
        let mut inputs = plain.clone();
        inputs.seal(&other, header_len);
        assert_ne!(inputs.tag, tag, "{}: key bit {bit}", block.title);
    }
    let parts: [fn(&mut Inputs) -> &mut Vec<u8>; 3] =
        [|inputs| &mut inputs.packet, |inputs| &mut inputs.tag, |inputs| &mut inputs.position];
    for part in parts {
        for bit in 0..part(&mut good.clone()).len() * 8 {
            let mut bent = good.clone();
            let bytes = part(&mut bent);
            *bytes = flipped(bytes, bit);
            // AES-CM's tag covers the rollover counter, but of the sequence
            // number only the header's copy: a wrong one gives other text.
            let opened = bent.open(&transform, header_len);
            assert!(!opened || bent.packet != plain.packet, "{}: bit {bit}", block.title);
            assert!(!opened || bent.position != good.position, "{}: bit {bit}", block.title);
        }
    }
    for bit in 0..plain.packet.len() * 8 {
        let mut bent = plain.clone();
        bent.packet = flipped(&bent.packet, bit);
        bent.seal(&transform, header_len);
        assert_ne!(bent.tag, tag, "{}: packet bit {bit}", block.title);
    }
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}
