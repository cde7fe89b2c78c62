//! A page that is drawn again and again in the same place.

use std::fmt::Write as _;

use super::Terminal;
use super::escape::visible;
use crate::base::failure::CommandError;

/// Rows and columns of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many rows it shows.
    pub rows: usize,
    /// How many cells a row has.
    pub columns: usize,
}

/// Remembers how much of the terminal the last page took.
#[derive(Debug, Default)]
pub struct Screen {
    rows: usize,
}

impl Screen {
    /// Draws `page` where the last one was; what does not fit the terminal's height is left out, and said to be.
    ///
    /// # Errors
    ///
    /// Fails if the output breaks.
    pub fn draw(&mut self, page: &str, term: &mut Terminal) -> Result<(), CommandError> {
        let size = term.size();
        let shown = visible(page);
        let (lines, rows) = fitting(&shown, size);
        // Up to the page's first row, and away with all below it.
        let up =
            if self.rows > 0 { format!("\x1b[{}A", self.rows.min(size.rows.saturating_sub(1))) } else { String::new() };
        self.rows = rows;
        term.write(&format!("\r{up}\x1b[J{lines}"))
    }
}

/// Returns the lines of `page` that fit, and how many rows they take.
fn fitting(page: &str, size: Size) -> (String, usize) {
    let rows_of = |line: &str| console::measure_text_width(line).div_ceil(size.columns.max(1)).max(1);
    // The cursor stands in a row of its own, below the page.
    let room = size.rows.saturating_sub(1).max(1);
    let lines: Vec<&str> = page.lines().collect();
    let total: usize = lines.iter().map(|it| rows_of(it)).sum();
    if total <= room {
        return (lines.iter().flat_map(|it| [*it, "\n"]).collect(), total);
    }
    let mut text = String::new();
    let mut rows = 0;
    for (index, line) in lines.iter().enumerate() {
        if rows + rows_of(line) > room - 1 {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "… {} more lines: make the terminal taller", lines.len() - index);
            return (text, rows + 1);
        }
        rows += rows_of(line);
        text += line;
        text.push('\n');
    }
    (text, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_too_long_says_so() {
        let size = Size { rows: 4, columns: 5 };
        for (page, lines, rows) in [
            ("a\nb\nc\n", "a\nb\nc\n", 3),
            ("123456\nc\n", "123456\nc\n", 3),
            ("a\nb\nc\nd\n", "a\nb\n… 2 more lines: make the terminal taller\n", 3),
            ("a\n1234567890x\n", "a\n… 1 more lines: make the terminal taller\n", 2),
            ("", "", 0),
        ] {
            assert_eq!(fitting(page, size), (lines.to_owned(), rows), "{page:?}");
        }
    }
}
