//! Tables exactly as kubectl prints them.

use std::io::{self, Write};

/// Rows under capital headers; a column is as wide as its longest cell and three blanks, at least six.
#[derive(Debug, Default)]
pub struct Table {
    headers: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Returns an empty table with these headers.
    pub fn new(headers: impl IntoIterator<Item = &'static str>) -> Self {
        Self { headers: headers.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row; a cell is cut at its first line break and gets `...`.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(cut).collect());
    }

    /// Tells whether no row was added.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes headers and rows; nothing at all if there are no rows.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let headers: Vec<String> = self.headers.iter().map(|it| (*it).to_owned()).collect();
        let widths = self.widths();
        for row in std::iter::once(&headers).chain(&self.rows) {
            write_row(row, &widths, out)?;
        }
        Ok(())
    }

    fn widths(&self) -> Vec<usize> {
        let longest = |column: usize, header: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
            cells.chain([header.chars().count()]).max().unwrap_or(0)
        };
        self.headers.iter().enumerate().map(|(column, header)| (longest(column, header) + 3).max(6)).collect()
    }
}

fn write_row(cells: &[String], widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.iter().enumerate() {
        let width = if index + 1 == cells.len() { 0 } else { widths[index] };
        write!(out, "{cell:<width$}")?;
    }
    writeln!(out)
}

fn cut(cell: String) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", &cell[..end]),
        None => cell,
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
    fn no_rows_print_no_header() {
        assert_eq!(printed(&Table::new(["NAME"])), "");
    }
}
