//! Ages as kubectl prints them.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// Returns the text of an age in whole seconds; `<unknown>` for `None`, `<invalid>` for anything more than a second in
/// the future.
///
/// Units are cut off, not rounded, and a year has 365 days.
///
/// ```
/// # use shared::tfjob::age::age;
/// assert_eq!((age(Some(121)), age(Some(49 * 3600)), age(None)), ("2m1s".into(), "2d1h".into(), "<unknown>".into()));
/// ```
pub fn age(seconds: Option<i64>) -> String {
    let Some(seconds) = seconds else { return "<unknown>".to_owned() };
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1..0 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        it if it < 10 * MINUTE => two(it, MINUTE, 'm', 1, 's'),
        it if it < 3 * HOUR => format!("{}m", it / MINUTE),
        it if it < 8 * HOUR => two(it, HOUR, 'h', MINUTE, 'm'),
        it if it < 48 * HOUR => format!("{}h", it / HOUR),
        it if it < 8 * DAY => two(it, DAY, 'd', HOUR, 'h'),
        it if it < 2 * YEAR => format!("{}d", it / DAY),
        it if it < 8 * YEAR => two(it, YEAR, 'y', DAY, 'd'),
        it => format!("{}y", it / YEAR),
    }
}

/// Writes an age in two units, the smaller one only where it is not 0.
fn two(seconds: i64, big: i64, big_sign: char, small: i64, small_sign: char) -> String {
    let rest = seconds % big / small;
    if rest == 0 {
        format!("{}{big_sign}", seconds / big)
    } else {
        format!("{}{big_sign}{rest}{small_sign}", seconds / big)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_those_of_kubectl() {
        for (seconds, expected) in [
            (i64::MIN, "<invalid>"),
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (9 * MINUTE + 59, "9m59s"),
            (10 * MINUTE, "10m"),
            (10 * MINUTE + 59, "10m"),
            (179 * MINUTE, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + 59, "3h"),
            (7 * HOUR + 59 * MINUTE, "7h59m"),
            (8 * HOUR + 30 * MINUTE, "8h"),
            (47 * HOUR, "47h"),
            (48 * HOUR, "2d"),
            (49 * HOUR, "2d1h"),
            (8 * DAY - 1, "7d23h"),
            (8 * DAY, "8d"),
            (729 * DAY, "729d"),
            (730 * DAY, "2y"),
            (731 * DAY, "2y1d"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR, "8y"),
        ] {
            assert_eq!(age(Some(seconds)), expected, "{seconds}");
        }
        assert_eq!(age(None), "<unknown>");
    }
}
