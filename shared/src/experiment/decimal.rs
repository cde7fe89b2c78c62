//! Decimal numbers as people type them, and exact sums of them.

/// A number as typed: `mantissa · 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) mantissa: i128,
    pub(super) scale: u32,
    /// Whether it was typed without a point and without an exponent.
    pub(super) is_integer: bool,
}

/// The most digits, before and behind the point together: any sum and product of a range fits into an `i128` then.
const MOST_DIGITS: usize = 30;

impl Decimal {
    /// Reads `1`, `-0.5`, `.5`, `1e-3`; `None` for everything else, and for more than [`MOST_DIGITS`] digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, Some(exponent_of(exponent)?)),
            None => (text, None),
        };
        let (is_negative, digits) = match digits.strip_prefix(['-', '+']) {
            Some(rest) => (digits.starts_with('-'), rest),
            None => (false, digits),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || !all.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let scale = i64::try_from(fraction.len()).ok()? - exponent.unwrap_or(0);
        let zeros = usize::try_from(-scale).unwrap_or(0);
        if all.trim_start_matches('0').len() + zeros > MOST_DIGITS {
            return None;
        }
        let digits = format!("{all}{:0<zeros$}", "");
        let magnitude: i128 = digits.parse().ok()?;
        let scale = u32::try_from(scale.max(0)).ok().filter(|it| *it as usize <= MOST_DIGITS)?;
        let mantissa = if is_negative { -magnitude } else { magnitude };
        Some(Self { mantissa, scale, is_integer: exponent.is_none() && !text.contains('.') })
    }

    /// Returns the mantissa for a larger scale; `None` if it does not fit.
    pub(super) fn at_scale(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }
}

fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|it| it.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Writes `mantissa · 10^-scale` in its shortest plain form: without a point if `as_integer`, else with at least one
/// digit behind it.
pub(super) fn plain(mantissa: i128, scale: u32, as_integer: bool) -> String {
    let sign = if mantissa < 0 { "-" } else { "" };
    let scale = scale as usize;
    let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    match fraction {
        "" if as_integer => format!("{sign}{whole}"),
        "" => format!("{sign}{whole}.0"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_and_written_plainly() {
        for (typed, shown) in [
            ("1", "1"),
            ("+007", "7"),
            ("-3", "-3"),
            ("-0", "0"),
            ("1.0", "1.0"),
            ("-0.50", "-0.5"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("1e-3", "0.001"),
            ("1.5E+2", "150.0"),
            ("1e0", "1.0"),
            ("0.1000000000000000000000000001", "0.1000000000000000000000000001"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ] {
            let read = Decimal::parse(typed).expect(typed);
            assert_eq!(plain(read.mantissa, read.scale, read.is_integer), shown, "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        let long = "1".repeat(31);
        for text in
            ["", ".", "-", "e", "1e", "e1", "1e-", "1_000", "0x1", "inf", "nan", "1,5", "1 0", "１", "--1", &long]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        for text in ["1e31", "1e-31", "1e99999999999", "1.5.2", "+-1", "1e+-1"] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
