//! Tables exactly as kubectl prints them.

use std::io::{self, Write};

use super::escape::visible;

/// Rows under capital headers; a column is as wide as its longest cell and three blanks, at least six.
#[derive(Debug, Default)]
pub struct Table {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    hides_headers: bool,
}

/// Tables of the same headers written one below the other, as `kubectl get --watch` does: the headers come once, and
/// no column becomes narrower than it was.
#[derive(Debug, Default)]
pub struct Lines {
    widths: Vec<usize>,
}

impl Lines {
    /// Writes the rows of `table`, before the first of them the headers.
    pub fn write(&mut self, table: &Table, out: &mut dyn Write) -> io::Result<()> {
        if table.rows.is_empty() {
            return Ok(());
        }
        let is_first = self.widths.is_empty();
        self.widths.resize(table.headers.len(), 0);
        for (width, needed) in self.widths.iter_mut().zip(table.widths()) {
            *width = needed.max(*width);
        }
        if is_first && !table.hides_headers {
            write_row(&table.headers, &self.widths, out)?;
        }
        table.rows.iter().try_for_each(|row| write_row(row, &self.widths, out))
    }
}

impl Table {
    /// Returns an empty table with these headers.
    pub fn new(headers: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { headers: headers.into_iter().map(Into::into).collect(), rows: Vec::new(), hides_headers: false }
    }

    /// Adds a row; a cell is cut at its first line break and gets `...`, and its control characters are made visible.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|it| cut(&it)).collect());
    }

    /// Tells whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the headers away: only rows are written.
    #[must_use]
    pub fn without_headers(self) -> Self {
        Self { hides_headers: true, ..self }
    }

    /// Writes headers and rows; nothing at all if there are no rows.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        Lines::default().write(self, out)
    }

    fn widths(&self) -> Vec<usize> {
        let longest = |column: usize, header: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([header]).max().unwrap_or(0)
        };
        let shown = |header: &String| if self.hides_headers { 0 } else { header.chars().count() };
        self.headers.iter().map(shown).enumerate().map(|(column, it)| (longest(column, it) + 3).max(6)).collect()
    }
}

fn write_row(cells: &[String], widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.iter().enumerate() {
        let width = if index + 1 == cells.len() { 0 } else { widths[index] };
        out.write_all(cell.as_bytes())?;
        // Not by a formatter's width, which ends at 65,535.
        for _ in cell.chars().count()..width {
            out.write_all(b" ")?;
        }
    }
    writeln!(out)
}

/// Returns a cell's text, or the dash of a cell that has none: for what is absent, and for an empty text.
///
/// ```
/// # use shared::term::or_dash;
/// assert_eq!((or_dash(Some(3)), or_dash(None::<&str>), or_dash(Some(""))), ("3".into(), "-".into(), "-".into()));
/// ```
pub fn or_dash(value: Option<impl ToString>) -> String {
    let text = value.map(|it| it.to_string()).unwrap_or_default();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// Returns a cell as it will be shown: only of that is it known how wide it is.
fn cut(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", visible(&cell[..end])),
        None => visible(cell).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(table: &Table) -> String {
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_laid_out_as_kubectl_lays_them_out() {
        let mut table = Table::new(["NAME", "A", "LAST"]);
        table.row(["żółć".into(), String::new(), "x".into()]);
        table.row(["longer-name".into(), "1".into(), "two\nlines".into()]);
        assert_eq!(printed(&table), "NAME          A     LAST\nżółć                x\nlonger-name   1     two...\n");
    }

    #[test]
    fn cells_are_as_wide_as_they_are_shown() {
        let mut table = Table::new(["A", "B"]);
        table.row(["\u{1b}[2J\u{7}".into(), "x".into()]);
        table.row(["a".into(), "y".into()]);
        assert_eq!(printed(&table), "A            B\n^[[2J\\u{7}   x\na            y\n");
    }

    #[test]
    fn very_long_cells_are_cells() {
        let mut table = Table::new(["A", "B"]);
        table.row(["x".repeat(70_000), "y".into()]);
        assert!(printed(&table).ends_with("x   y\n"));
    }

    #[test]
    fn later_lines_keep_their_columns() {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        for name in ["longer-name", "a"] {
            let mut table = Table::new(["NAME", "B"]);
            table.row([name.into(), "x".into()]);
            lines.write(&table, &mut out).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), "NAME          B\nlonger-name   x\na             x\n");
        let mut table = Table::new(["LONG-HEADER", "B"]).without_headers();
        table.row(["a".into(), "x".into()]);
        assert_eq!(printed(&table), "a     x\n");
    }

    #[test]
    fn no_rows_print_no_header() {
        assert_eq!(printed(&Table::new(["NAME"])), "");
    }
}
