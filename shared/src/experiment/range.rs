//! The values of one swept parameter: `{x, y, z}` or `{a...b:step}`.

use super::decimal::{Decimal, plain};

/// The values, in order; those of a number range are made when they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Values {
    /// As typed.
    List(Vec<String>),
    /// Numbers from a start on.
    Steps(Steps),
}

/// Numbers at equal distances, as whole numbers of `10^-scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Steps {
    start: i128,
    step: i128,
    count: u128,
    scale: u32,
    start_is_integer: bool,
    all_are_integers: bool,
}

/// What is wrong with a text that should hold values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It has no braces, or holds `...` and is no range.
    Format,
    /// The step is 0 or less.
    Step,
    /// The end is below the start.
    Empty,
}

impl Values {
    /// Reads a text in braces.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let inner = braced(text).ok_or(Wrong::Format)?;
        if let Some((start, rest)) = inner.split_once("...") {
            let (end, step) = rest.split_once(':').ok_or(Wrong::Format)?;
            return Steps::parse(start, end, step).map(Self::Steps);
        }
        Ok(Self::List(inner.split(',').map(|it| it.trim().to_owned()).collect()))
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> u128 {
        match self {
            Self::List(texts) => texts.len() as u128,
            Self::Steps(steps) => steps.count,
        }
    }

    /// Returns the text of the value at `index`, which is below [`Self::count`].
    pub(super) fn text(&self, index: usize) -> String {
        match self {
            Self::List(texts) => texts[index].clone(),
            Self::Steps(steps) => steps.text(index),
        }
    }
}

impl Steps {
    fn parse(start: &str, end: &str, step: &str) -> Result<Self, Wrong> {
        let number = |text: &str| Decimal::parse(text.trim()).ok_or(Wrong::Format);
        let (start, end, step) = (number(start)?, number(end)?, number(step)?);
        if step.mantissa <= 0 {
            return Err(Wrong::Step);
        }
        let scale = start.scale.max(end.scale).max(step.scale);
        let scaled = |it: Decimal| it.at_scale(scale).ok_or(Wrong::Format);
        let (first, last, distance) = (scaled(start)?, scaled(end)?, scaled(step)?);
        let room = last.checked_sub(first).ok_or(Wrong::Format)?;
        let count = u128::try_from(room / distance).map_err(|_| Wrong::Empty)? + 1;
        if room < 0 {
            return Err(Wrong::Empty);
        }
        let start_is_integer = start.is_integer;
        let all_are_integers = start_is_integer && step.is_integer;
        Ok(Self { start: first, step: distance, count, scale, start_is_integer, all_are_integers })
    }

    fn text(&self, index: usize) -> String {
        // No more than the end, which fits.
        let value = self.start + self.step * index as i128;
        let as_integer = if index == 0 { self.start_is_integer } else { self.all_are_integers };
        plain(value, self.scale, as_integer)
    }
}

/// Returns what stands between the braces; blanks around them do not matter.
pub(super) fn braced(text: &str) -> Option<&str> {
    text.trim().strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let values = Values::parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        (0..usize::try_from(values.count()).unwrap()).map(|it| values.text(it)).collect()
    }

    #[test]
    fn ranges_have_these_texts() {
        for (range, expected) in [
            ("{1...10:3}", "1 4 7 10"),
            ("{1...10:2}", "1 3 5 7 9"),
            ("{0.1...0.3:0.1}", "0.1 0.2 0.3"),
            ("{1...2:0.25}", "1 1.25 1.5 1.75 2.0"),
            ("{1.0...3.0:1.0}", "1.0 2.0 3.0"),
            ("{1.0...5.0:1.0}", "1.0 2.0 3.0 4.0 5.0"),
            ("{0.125...0.725:0.125}", "0.125 0.25 0.375 0.5 0.625"),
            ("{0.5...3:1}", "0.5 1.5 2.5"),
            ("{0.05...0.2:0.1}", "0.05 0.15"),
            ("{1e-3...1e-2:1e-3}", "0.001 0.002 0.003 0.004 0.005 0.006 0.007 0.008 0.009 0.01"),
            ("{1..3:1}", "1..3:1"),
            ("{-1...1:1}", "-1 0 1"),
            ("{-0.5...0.5:0.5}", "-0.5 0.0 0.5"),
            ("{1...1:1}", "1"),
            ("{1...3:1.0}", "1 2.0 3.0"),
            ("{1...3.5:1}", "1 2 3"),
            (" { 1 ... 3 : 1 } ", "1 2 3"),
            ("{100000000000000000000...100000000000000000001:1}", "100000000000000000000 100000000000000000001"),
        ] {
            assert_eq!(texts(range).join(" "), expected, "{range}");
        }
    }

    #[test]
    fn lists_are_split_at_commas_and_trimmed() {
        for (list, expected) in [
            ("{0.1, 0.2, 0.3}", &["0.1", "0.2", "0.3"][..]),
            (" {a b ,c}\n", &["a b", "c"]),
            ("{}", &[""]),
            ("{x,}", &["x", ""]),
            ("{{a}, [1,2]}", &["{a}", "[1", "2]"]),
            ("{a:1}", &["a:1"]),
        ] {
            assert_eq!(texts(list), expected, "{list}");
        }
    }

    #[test]
    fn wrong_texts_are_told_apart() {
        for (text, wrong) in [
            ("1,2", Wrong::Format),
            ("", Wrong::Format),
            ("{", Wrong::Format),
            ("{1,2", Wrong::Format),
            ("{1...3}", Wrong::Format),
            ("{1...3:}", Wrong::Format),
            ("{a...b:1}", Wrong::Format),
            ("{1...3:1:1}", Wrong::Format),
            ("{1...3:1, 5}", Wrong::Format),
            ("{1...3:0}", Wrong::Step),
            ("{1...3:-1}", Wrong::Step),
            ("{3...1:0.0}", Wrong::Step),
            ("{3...1:1}", Wrong::Empty),
            ("{1...0.9:1}", Wrong::Empty),
        ] {
            assert_eq!(Values::parse(text), Err(wrong), "{text}");
        }
    }

    #[test]
    fn a_huge_range_is_counted_and_not_made() {
        let values = Values::parse("{0...1e29:1e-1}");
        assert_eq!(values.map(|it| it.count()), Ok(10_u128.pow(30) + 1));
    }
}
