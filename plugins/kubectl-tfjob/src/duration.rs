//! Times as kubectl's users write them.

use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A week: what kubectl takes a negative time for.
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long somebody is ready to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience(Duration);

impl FromStr for Patience {
    type Err = String;

    /// Reads `90s`, `1h30m`, or a bare number of seconds; what is negative is a week, as in `kubectl wait`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (is_negative, amount) = text.strip_prefix('-').map_or((false, text), |it| (true, it));
        let duration = match amount.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => Duration::try_from(amount.parse::<SignedDuration>().map_err(|_| wrong(text))?)
                .map_err(|_| wrong(text))?,
        };
        Ok(Self(if is_negative { WEEK } else { duration }))
    }
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no time: write a number with a unit, such as 90s, 10m or 2h")
}

impl Patience {
    /// Tells whether nothing is to be waited for: one look will do.
    pub(crate) fn is_one_look(self) -> bool {
        self.0.is_zero()
    }

    /// Returns when the patience that begins at `start` ends.
    pub(crate) fn after(self, start: Timestamp) -> Timestamp {
        start.checked_add(self.0).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_kubectl_writes_them() {
        for (text, seconds) in [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("30", Some(30)),
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("1h30m", Some(5400)),
            ("-1s", Some(604_800)),
            ("-1", Some(604_800)),
            ("", None),
            ("soon", None),
            ("10 parsecs", None),
        ] {
            assert_eq!(text.parse::<Patience>().ok().map(|it| it.0.as_secs()), seconds, "{text}");
        }
    }
}
