//! Labels beyond ASCII in the form that DNS and certificates have (RFC 3492).

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
/// The longest label of DNS.
const MAX_LABEL_LEN: usize = 63;

/// The A-label of a label in lower case; one of ASCII stays as it is. A label that
/// is too long for DNS has none.
pub(super) fn a_label(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    if label.chars().count() > MAX_LABEL_LEN {
        return None;
    }
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let basic = u32::try_from(out.len()).ok()?;
    if basic > 0 {
        out.push('-');
    }
    let (mut handled, mut next, mut delta, mut bias) = (basic, 0x80_u32, 0_u32, 72_u32);
    while let Some(least) = label.chars().map(u32::from).filter(|code| *code >= next).min() {
        delta = delta.checked_add((least - next).checked_mul(handled + 1)?)?;
        next = least;
        for code in label.chars().map(u32::from) {
            if code < next {
                delta = delta.checked_add(1)?;
            }
            if code == next {
                push_number(&mut out, delta, bias)?;
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        next += 1;
    }
    Some(format!("xn--{out}"))
}

/// A number of variable length, its digits least significant first (§3.3).
fn push_number(out: &mut String, number: u32, bias: u32) -> Option<()> {
    let (mut rest, mut k) = (number, BASE);
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            break;
        }
        out.push(digit(threshold + (rest - threshold) % (BASE - threshold))?);
        rest = (rest - threshold) / (BASE - threshold);
        k += BASE;
    }
    out.push(digit(rest)?);
    Some(())
}

fn digit(value: u32) -> Option<char> {
    char::from_u32(if value < 26 { u32::from('a') + value } else { u32::from('0') + value - 26 })
}

/// §3.4.
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > (BASE - T_MIN) * T_MAX / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

#[cfg(test)]
mod tests {
    use super::a_label;

    #[test]
    fn labels_are_those_of_the_registries() {
        for (label, expected) in [
            ("pbx", "pbx"),
            ("bücher", "xn--bcher-kva"),
            ("münchen", "xn--mnchen-3ya"),
            ("straße", "xn--strae-oqa"),
            ("例え", "xn--r8jz45g"),
            ("пример", "xn--e1afmkfd"),
            // RFC 3492 §7.1 (B) and (L).
            ("他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"),
            ("3年b組金八先生", "xn--3b-ww4c5e180e575a65lsy2b"),
        ] {
            assert_eq!(a_label(label).as_deref(), Some(expected));
        }
        assert_eq!(a_label(&"ü".repeat(64)), None);
    }
}
