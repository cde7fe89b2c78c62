//! Numbers as Go reads and prints them.

use serde_json::{Number, Value};

/// Returns the number that a plain scalar stands for, as Go's YAML 1.1 reader sees it; `None` if it is none.
///
/// Underscores are ignored, a leading `0`, `0o`, `0x` or `0b` chooses the base, and what overflows 64 bits becomes a
/// float. A float without a fraction becomes an integer: Helm makes the same number of both.
pub(crate) fn parse(text: &str) -> Option<Value> {
    let first = text.as_bytes().first()?;
    if *first == b'.' {
        return float(text);
    }
    if !matches!(first, b'+' | b'-' | b'0'..=b'9') {
        return None;
    }
    let plain = text.replace('_', "");
    integer(&plain).or_else(|| float(&plain))
}

/// Returns the integer that `text` spells, read as Go's `strconv.ParseInt(text, 0, 64)`, or the unsigned variant.
fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None; // Rust would accept a second sign here, Go does not
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        let value = 0_i64.checked_sub_unsigned(magnitude)?;
        return Some(Value::from(value));
    }
    Some(Value::from(magnitude))
}

/// Returns the float that `text` spells, by YAML 1.1's expression and Go's range.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |it: &str| it.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_is_fine = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent_is_fine = exponent.is_none_or(|it| {
        let it = it.strip_prefix(['-', '+']).unwrap_or(it);
        !it.is_empty() && digits(it)
    });
    if !mantissa_is_fine || !exponent_is_fine {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    value.is_finite().then(|| from_float(value))
}

/// Returns a float as a JSON number, an integer where it is one and can be told exactly.
///
/// Infinity and NaN have no JSON number and become null; the readers refuse them before.
pub(crate) fn from_float(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "integral and below 2^53")]
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// Returns a number used as a key, printed as Go prints it: integers plainly, floats by `%g` in single precision.
pub(crate) fn key(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    #[expect(clippy::cast_possible_truncation, reason = "Helm prints such keys in single precision")]
    let value = number.as_f64().unwrap_or_default() as f32;
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..21).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
