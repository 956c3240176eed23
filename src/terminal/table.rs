//! Tables and bar charts in plain text.

use std::fmt::Write as _;

/// Columns of a bar in a chart.
const BAR_COLUMNS: f64 = 40.0;

/// A table: a header and rows of cells; columns of numbers are flush right, others flush left.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column titles.
    #[must_use]
    pub(crate) fn new<const N: usize>(titles: [&str; N]) -> Self {
        Self {
            rows: vec![titles.map(str::to_owned).to_vec()],
        }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The table as lines, with a rule under the titles.
    #[must_use]
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let is_number =
            |cell: &String| cell == "-" || cell.starts_with(|c: char| c.is_ascii_digit());
        let numeric = |column: usize| {
            let mut cells = self.rows.iter().skip(1).filter_map(|row| row.get(column));
            cells.all(|cell| is_number(cell) && !cell.starts_with("0x"))
        };
        let numeric: Vec<bool> = (0..columns).map(numeric).collect();
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = row
                .iter()
                .zip(widths.iter().zip(&numeric))
                .map(|(cell, (&width, numeric))| match numeric {
                    true => format!("{cell:>width$}"),
                    false => format!("{cell:<width$}"),
                })
                .collect();
            text.push_str(cells.join("  ").trim_end());
            text.push('\n');
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
                text.push_str(&rules.join("  "));
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// A chart of parts of a whole, in seconds: one bar a line, as long as its share.
#[must_use]
pub(crate) fn bar_chart(parts: &[(&str, f64)]) -> String {
    let whole: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
    let width = parts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, seconds) in parts {
        let share = if whole > 0.0 { seconds / whole } else { 0.0 };
        let bar: String = (0..(share * BAR_COLUMNS).round() as usize)
            .map(|_| '#')
            .collect();
        let percent = share * 100.0;
        let line = format!("{name:<width$}  {seconds:>8.3} s {percent:>5.1} %  {bar}");
        writeln!(text, "{}", line.trim_end()).expect("writing to a string cannot fail");
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(["batch", "gas", "hash"]);
        table.row(["1".to_owned(), "330000".to_owned(), "0x1".to_owned()]);
        table.row(["total".to_owned(), "7".to_owned(), "-".to_owned()]);
        assert_eq!(
            table.render(),
            "batch     gas  hash\n-----  ------  ----\n1      330000  0x1\ntotal       7  -"
        );
    }

    #[test]
    fn bars_are_as_long_as_their_share() {
        let chart = bar_chart(&[("msm", 3.0), ("fft", 1.0)]);
        let bars: Vec<usize> = chart
            .lines()
            .map(|line| line.matches('#').count())
            .collect();
        assert_eq!(bars, [30, 10]);
        assert_eq!(bar_chart(&[("nothing", 0.0)]).matches('#').count(), 0);
    }
}
