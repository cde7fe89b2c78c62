//! The timestamps that the API server puts before each line.

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// When a line was written, as its node's clock saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(i64);

impl Stamp {
    /// The earliest that there is.
    pub const MIN: Self = Self(i64::MIN);

    /// Returns the stamp of `nanoseconds` after 1970.
    pub fn from_nanoseconds(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// Returns the nanoseconds since 1970.
    pub fn nanoseconds(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970, rounded down.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }
}

/// Reads the timestamp in front of each line; remembers the last second, since lines come many a second.
///
/// ```
/// # use shared::logs::stamp::{Stamp, StampReader};
/// let mut reader = StampReader::default();
/// let line = b"1970-01-01T00:00:01.000000002Z hello";
/// assert_eq!(reader.read(line), Some((Stamp::from_nanoseconds(1_000_000_002), 31)));
/// assert_eq!(reader.read(b"hello"), None);
/// ```
#[derive(Debug, Clone, Default)]
pub struct StampReader {
    text: [u8; 19],
    seconds: i64,
}

impl StampReader {
    /// Returns the stamp before `line` and where the text behind it begins; `None` where there is none.
    ///
    /// Read is RFC 3339 with up to nine digits of a second and any offset, ended by a blank or the end of the line.
    pub fn read(&mut self, line: &[u8]) -> Option<(Stamp, usize)> {
        let (head, mut rest) = line.split_first_chunk::<19>()?;
        let seconds = if *head == self.text { self.seconds } else { self.second(head)? };
        let nanoseconds = match rest.split_first() {
            Some((b'.', digits)) => {
                let (fraction, length) = fraction(digits)?;
                rest = &digits[length..];
                fraction
            }
            _ => 0,
        };
        let offset = match rest.split_first()? {
            (b'Z', after) => {
                rest = after;
                0
            }
            (sign @ (b'+' | b'-'), after) => {
                let (zone, after) = after.split_first_chunk::<5>()?;
                rest = after;
                let [h1, h2, b':', m1, m2] = zone else { return None };
                let minutes = two(*h1, *h2)? * 60 + two(*m1, *m2)?;
                if *sign == b'+' { minutes * 60 } else { -minutes * 60 }
            }
            _ => return None,
        };
        let rest = match rest.split_first() {
            Some((b' ', text)) => text,
            None => rest,
            Some(_) => return None,
        };
        let stamp = (seconds - offset).saturating_mul(SECOND).saturating_add(nanoseconds);
        Some((Stamp(stamp), line.len() - rest.len()))
    }

    #[cold]
    fn second(&mut self, text: &[u8; 19]) -> Option<i64> {
        let [y1, y2, y3, y4, b'-', n1, n2, b'-', d1, d2, b'T', h1, h2, b':', m1, m2, b':', s1, s2] = *text else {
            return None;
        };
        let year = two(y1, y2)? * 100 + two(y3, y4)?;
        let (month, day) = (two(n1, n2)?, two(d1, d2)?);
        let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
        let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
        if !in_range {
            return None;
        }
        self.text = *text;
        self.seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
        Some(self.seconds)
    }
}

/// Returns the nanoseconds of a fraction of a second, and how many digits it has.
fn fraction(digits: &[u8]) -> Option<(i64, usize)> {
    let mut value = 0;
    let mut length = 0;
    for digit in digits.iter().take_while(|it| it.is_ascii_digit()).take(9) {
        value = value * 10 + i64::from(digit - b'0');
        length += 1;
    }
    for _ in length..9 {
        value *= 10;
    }
    (length > 0).then_some((value, length))
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Returns the days from 1970-01-01 to a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the odd day is the last of its year.
    let year = if month > 2 { year } else { year - 1 };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn stamps_are_those_of_the_calendar() {
        for text in [
            "2026-11-21T20:00:00.000000000Z",
            "2026-11-21T20:00:00Z",
            "2024-02-29T23:59:59.999999999Z",
            "1999-12-31T23:59:59.5Z",
            "1969-12-31T23:59:59.25Z",
            "2000-03-01T00:00:00.123+05:30",
            "2000-03-01T00:00:00.123456789-11:00",
        ] {
            let expected = i64::try_from(text.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap();
            for (line, at) in [(format!("{text} a b"), text.len() + 1), (text.to_owned(), text.len())] {
                let read = StampReader::default().read(line.as_bytes());
                assert_eq!(read, Some((Stamp(expected), at)), "{line}");
            }
        }
    }

    #[test]
    fn other_lines_have_none() {
        let mut reader = StampReader::default();
        for line in [
            "",
            "hello",
            "2026-11-21T20:00:00",
            "2026-11-21T20:00:00 x",
            "2026-11-21 20:00:00Z x",
            "2026-13-21T20:00:00Z x",
            "2026-11-21T25:00:00Z x",
            "2026-11-21T20:00:00.Z x",
            "2026-11-21T20:00:00.0000000001Z x",
            "2026-11-21T20:00:00+0100 x",
            "2026-11-21T20:00:00Zx",
            "\x002026-11-21T20:00:00Z x",
        ] {
            assert_eq!(reader.read(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn the_second_that_is_remembered_is_the_right_one() {
        let mut reader = StampReader::default();
        let stamps = [
            "2026-11-21T20:00:00.1Z ",
            "2026-11-21T20:00:00.2Z ",
            "2026-11-21T20:00:01Z ",
            "x",
            "2026-11-21T20:00:01.5Z ",
        ];
        let read: Vec<_> =
            stamps.iter().filter_map(|it| reader.read(it.as_bytes())).map(|it| it.0.0 % 10_000_000_000).collect();
        assert_eq!(read, [100_000_000, 200_000_000, 1_000_000_000, 1_500_000_000]);
        // The state before the first line is no second.
        assert_eq!(StampReader::default().read(&[0; 40]), None);
    }
}
