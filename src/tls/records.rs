//! Alerts in a flow of TLS records (RFC 8446 §5.1, §6), as far as they are in the
//! clear.

const HEADER_LEN: usize = 5;
const ALERT: u8 = 21;
const ALERT_LEN: usize = 2;

/// Follows a flow of records that comes in pieces.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// The header, and of an alert in the clear the rest as well.
    start: Vec<u8>,
    /// What is left of a record of another kind.
    skip: usize,
}

impl Records {
    /// The descriptions of the alerts that end in this piece.
    pub fn alerts(&mut self, mut piece: &[u8]) -> Vec<u8> {
        let mut alerts = Vec::new();
        while !piece.is_empty() {
            let wanted = if self.skip > 0 { self.skip } else { self.missing() };
            let (taken, rest) = piece.split_at(wanted.min(piece.len()));
            piece = rest;
            if self.skip > 0 {
                self.skip -= taken.len();
                continue;
            }
            self.start.extend_from_slice(taken);
            match (self.missing(), self.start.as_slice()) {
                (0, [ALERT, _, _, _, _, _, description]) => {
                    alerts.push(*description);
                    self.start.clear();
                }
                (0, [_, _, _, high, low]) => {
                    self.skip = usize::from(u16::from_be_bytes([*high, *low]));
                    self.start.clear();
                }
                _ => (),
            }
        }
        alerts
    }

    /// Bytes that are wanted before it is known what the record is.
    fn missing(&self) -> usize {
        let is_alert = matches!(self.start.as_slice(), [ALERT, _, _, 0, 2, ..]);
        let len = if is_alert { HEADER_LEN + ALERT_LEN } else { HEADER_LEN };
        len.saturating_sub(self.start.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_found_however_the_flow_is_cut() {
        let flow = [
            &[22, 3, 3, 0, 3, 21, 3, 3][..],
            &[21, 3, 3, 0, 2, 2, 40],
            &[21, 3, 3, 0, 26],
            &[0; 26],
            &[23, 3, 3, 0, 0, 21, 3, 3, 0, 2, 1, 0],
        ]
        .concat();
        for size in 1..flow.len() {
            let mut records = Records::default();
            let alerts: Vec<u8> = flow.chunks(size).flat_map(|piece| records.alerts(piece)).collect();
            assert_eq!(alerts, [40, 0], "pieces of {size}");
        }
    }
}
