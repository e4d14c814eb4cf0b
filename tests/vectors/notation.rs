//! How the files of crypto attributes write bytes.

/// Resolves `\xNN` to that byte and `{A*N}` to N times A.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['\\', '{']) {
        bytes.extend(rest[..start].bytes());
        rest = &rest[start..];
        if let Some(hex) = rest.strip_prefix("\\x") {
            bytes.push(u8::from_str_radix(&hex[..2], 16).unwrap());
            rest = &hex[2..];
        } else {
            let (repeat, after) = rest[1..].split_once('}').unwrap();
            let (unit, times) = repeat.rsplit_once('*').unwrap();
            bytes.extend(unescape(unit).repeat(times.parse().unwrap()));
            rest = after;
        }
    }
    bytes.extend(rest.bytes());
    bytes
}
