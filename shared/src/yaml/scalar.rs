//! Plain scalars as Helm 3 and 4 read them: YAML 1.1, by Go's reader.

use serde_json::Value;

use super::number;

/// What a plain scalar means.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// A value: null, boolean, number or string.
    Value(Value),
    /// An infinity or no number at all: Helm cannot load it.
    NotFinite,
    /// `<<`, as a key: the mapping behind it is merged.
    Merge,
}

/// Returns what the plain scalar `text` means.
///
/// ```
/// # use serde_json::json;
/// # use shared::yaml::scalar::{Plain, resolve};
/// assert_eq!(resolve("yes"), Plain::Value(json!(true)));
/// assert_eq!(resolve("0o17"), Plain::Value(json!(15)));
/// assert_eq!(resolve("12:30"), Plain::Value(json!("12:30")));
/// ```
pub fn resolve(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Value(Value::Null),
        "<<" => return Plain::Merge,
        _ => {}
    }
    if let Some(value) = boolean(text) {
        return Plain::Value(Value::Bool(value));
    }
    if is_not_finite(text) {
        return Plain::NotFinite;
    }
    Plain::Value(number::parse(text).unwrap_or_else(|| Value::String(text.to_owned())))
}

/// Returns the boolean that Helm reads in `text`, in one of its accepted spellings.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn is_not_finite(text: &str) -> bool {
    matches!(text, ".nan" | ".NaN" | ".NAN")
        || matches!(text.strip_prefix(['+', '-']).unwrap_or(text), ".inf" | ".Inf" | ".INF")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_are_read_as_helm_reads_them() {
        let table = [
            ("y Y yes Yes YES on On ON true True TRUE", json!(true)),
            ("n N no No NO off Off OFF false False FALSE", json!(false)),
            ("~ null Null NULL", json!(null)),
            ("010 0o10 8 08 +8 8.", json!(8)),
            ("007", json!(7)),
            ("0o17", json!(15)),
            ("0x1F 0X1f 0_x1F", json!(31)),
            ("-0x1f", json!(-31)),
            ("0b11", json!(3)),
            ("09", json!(9)),
            ("1_000 1e3 1E3 1_0_0_0", json!(1000)),
            ("1__0", json!(10)),
            ("1_ 1. +1", json!(1)),
            ("1_000.5", json!(1000.5)),
            (".5", json!(0.5)),
            ("-0", json!(0)),
            ("1.5e3", json!(1500)),
            ("1e+06", json!(1_000_000)),
            ("12e03", json!(12000)),
            ("9007199254740993", json!(9_007_199_254_740_993_i64)),
            ("18446744073709551615", json!(u64::MAX)),
            ("18446744073709551616", json!(18_446_744_073_709_551_616.0)),
            ("-9223372036854775808", json!(i64::MIN)),
        ];
        for (texts, value) in table {
            for text in texts.split(' ') {
                assert_eq!(resolve(text), Plain::Value(value.clone()), "{text}");
            }
        }
    }

    #[test]
    fn everything_else_is_a_string() {
        for text in [
            "tRuE",
            "yEs",
            "12:30",
            "1:30:00",
            "2019-01-01",
            "1,000",
            "1e",
            "0x",
            "0b2",
            "0o8",
            "_1",
            "1.2.3",
            "+",
            "-",
            "=",
            "None",
            "1e400",
            ".",
            ".e3",
            "0x1p4",
            "++1",
            "+-1",
            "0x+1",
            "1e+",
            "Infinity",
            "inf",
            "nan",
            ".1_0",
        ] {
            assert_eq!(resolve(text), Plain::Value(json!(text)), "{text}");
        }
    }

    #[test]
    fn helm_cannot_load_what_is_not_finite() {
        for text in [".inf", "-.Inf", "+.INF", ".nan", ".NaN"] {
            assert_eq!(resolve(text), Plain::NotFinite, "{text}");
        }
    }
}
