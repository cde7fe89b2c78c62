//! Which part of a log is asked for.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::stamp::Stamp;

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Since {
    /// At the first line.
    #[default]
    Beginning,
    /// So many seconds ago, as the node's clock says.
    Seconds(u64),
    /// At a time.
    Time(Timestamp),
}

/// The part of a log that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Where to begin.
    pub since: Since,
    /// How many of the last lines at most.
    pub tail: Option<u64>,
    /// Whether the container's run before the present one is meant.
    pub previous: bool,
}

/// Why a text says no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// No length of time.
    #[error("`{0}` is no duration: write it like 30s, 5m, 1h30m or 2h")]
    Duration(String),
    /// No point in time.
    #[error("`{0}` is no RFC 3339 time: write it like 2026-01-31T12:00:00Z")]
    Time(String),
}

/// Returns the seconds of a length of time as kubectl reads it, rounded to whole ones; 0 only for none.
///
/// ```
/// # use shared::logs::window::parse_seconds;
/// assert_eq!(parse_seconds("1h30m"), Ok(5400));
/// assert_eq!(parse_seconds("0"), Ok(0));
/// assert!(parse_seconds("5").is_err());
/// ```
pub fn parse_seconds(text: &str) -> Result<u64, WindowError> {
    let malformed = || WindowError::Duration(text.to_owned());
    if text == "0" {
        return Ok(0);
    }
    let mut rest = text;
    let mut nanoseconds: u128 = 0;
    if rest.is_empty() {
        return Err(malformed());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(malformed)?;
        let (number, after) = rest.split_at(end);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len()));
        let more = amount(number, unit).ok_or_else(malformed)?;
        nanoseconds = nanoseconds.checked_add(more).ok_or_else(malformed)?;
        rest = after;
    }
    let seconds = u64::try_from((nanoseconds + 500_000_000) / 1_000_000_000).map_err(|_| malformed())?;
    // Go's durations end at 292 years.
    if seconds > 9_000_000_000 {
        return Err(malformed());
    }
    Ok(if nanoseconds == 0 { 0 } else { seconds.max(1) })
}

fn amount(number: &str, unit: &str) -> Option<u128> {
    let of_unit: u128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + fraction.len() == 0 || fraction.contains('.') || whole.len() > 18 {
        return None;
    }
    let fraction = &fraction[..fraction.len().min(12)];
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    Some(digits.checked_mul(of_unit)? / 10_u128.pow(u32::try_from(fraction.len()).ok()?))
}

/// Returns the time that an RFC 3339 text says.
pub fn parse_time(text: &str) -> Result<Timestamp, WindowError> {
    let is_rfc3339 = text.len() >= 20 && text.as_bytes()[10].eq_ignore_ascii_case(&b'T');
    text.parse().ok().filter(|_| is_rfc3339).ok_or_else(|| WindowError::Time(text.to_owned()))
}

impl Window {
    /// Tells whether the log's first lines may be left out.
    pub fn is_limited(&self) -> bool {
        self.since != Since::Beginning || self.tail.is_some()
    }

    /// Returns the time before which no line is wanted, where it is known.
    pub fn floor(&self) -> Option<Stamp> {
        match self.since {
            Since::Time(time) => i64::try_from(time.as_nanosecond()).ok().map(Stamp::from_nanoseconds),
            Since::Beginning | Since::Seconds(_) => None,
        }
    }

    /// Returns the second since which lines are wanted, where a server began to answer at `second`; `None` where that is
    /// not known: the last lines may have been written at any time.
    pub fn begins_at(&self, second: i64) -> Option<i64> {
        match (self.tail, self.since) {
            (Some(0), _) => Some(second),
            (None, Since::Seconds(seconds)) => Some(second.saturating_sub(i64::try_from(seconds).unwrap_or(i64::MAX))),
            _ => None,
        }
    }

    /// Returns the query of a request for a container's log, always with timestamps.
    ///
    /// `resume` is the second since which lines are asked for instead of the window's own beginning.
    ///
    /// ```
    /// # use shared::logs::window::{Since, Window};
    /// let window = Window { tail: Some(5), ..Window::default() };
    /// assert_eq!(window.query("c", true, None), "container=c&timestamps=true&follow=true&tailLines=5");
    /// assert_eq!(window.query("c", false, Some(0)), "container=c&timestamps=true&sinceTime=1970-01-01T00:00:00Z");
    /// ```
    pub fn query(&self, container: &str, follow: bool, resume: Option<i64>) -> String {
        let mut query = "container=".to_owned();
        for byte in container.bytes() {
            // Writing to a String cannot fail, here and below.
            let _ = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => write!(query, "{}", char::from(byte)),
                _ => write!(query, "%{byte:02X}"),
            };
        }
        query.push_str("&timestamps=true");
        if follow {
            query.push_str("&follow=true");
        }
        if self.previous {
            query.push_str("&previous=true");
        }
        let resumed = resume.and_then(|it| Timestamp::from_second(it).ok());
        let since = resumed.map_or(self.since, Since::Time);
        let _ = match since {
            Since::Beginning => Ok(()),
            Since::Seconds(seconds) => write!(query, "&sinceSeconds={seconds}"),
            Since::Time(time) => {
                let second = time.as_nanosecond().div_euclid(1_000_000_000);
                let second = i64::try_from(second).ok().and_then(|it| Timestamp::from_second(it).ok());
                write!(query, "&sinceTime={}", second.unwrap_or(Timestamp::MIN))
            }
        };
        if let Some(tail) = self.tail.filter(|_| resumed.is_none()) {
            let _ = write!(query, "&tailLines={tail}");
        }
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        for (text, seconds) in [
            ("5m", 300),
            ("1.5h", 5400),
            ("90s", 90),
            ("1h0m1s", 3601),
            ("100ms", 1),
            ("0s", 0),
            ("1500ms", 2),
            (".5m", 30),
        ] {
            assert_eq!(parse_seconds(text), Ok(seconds), "{text}");
        }
        for text in [
            "",
            "5",
            "m",
            "-5m",
            "5x",
            "5 m",
            "1.2.3s",
            "5m3",
            "999999999999999999.999999999999h",
            "99999999999999999999h",
            "99999999999h",
            ".s",
        ] {
            assert_eq!(parse_seconds(text), Err(WindowError::Duration(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn times_are_rfc_3339() {
        assert!(parse_time("2026-01-31T12:00:00.5+01:00").is_ok());
        for text in ["", "2026-01-31", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00", "yesterday"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn queries_say_what_is_wanted() {
        let time = parse_time("2026-01-31T12:00:00.7Z").unwrap();
        for (window, resume, query) in [
            (Window::default(), None, ""),
            (Window { since: Since::Seconds(5), ..Window::default() }, None, "&sinceSeconds=5"),
            (
                Window { since: Since::Time(time), tail: Some(0), previous: false },
                None,
                "&sinceTime=2026-01-31T12:00:00Z&tailLines=0",
            ),
            (Window { previous: true, ..Window::default() }, None, "&previous=true"),
            (
                Window { since: Since::Seconds(5), tail: Some(1), previous: true },
                Some(86_400),
                "&previous=true&sinceTime=1970-01-02T00:00:00Z",
            ),
        ] {
            assert_eq!(window.query("c", false, resume), format!("container=c&timestamps=true{query}"));
        }
        assert_eq!(Window::default().query("a&b", false, None), "container=a%26b&timestamps=true");
        assert_eq!(
            Window { since: Since::Time(time), ..Window::default() }.floor().map(Stamp::seconds),
            Some(1_769_860_800)
        );
    }
}
