//! Two plain shapes of text output: `name  value` lines and columns.

/// Lines of `name  value` with the values aligned; empty values are left out.
pub(crate) fn facts(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let shown = rows.iter().filter(|(_, value)| !value.is_empty());
    let lines: Vec<String> = shown
        .map(|(name, value)| format!("{name:width$}  {value}\n"))
        .collect();
    lines.concat()
}

/// Columns with a heading; the last column is not padded.
pub(crate) fn columns<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heading.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(&heading.map(str::to_owned), &widths);
    for row in rows {
        text.push_str(&line(row, &widths));
    }
    text
}

fn line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut text = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        text.push_str(cell);
        let gap = (width + 2).saturating_sub(cell.chars().count());
        text.extend(std::iter::repeat_n(' ', gap));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_values_and_drops_empty_ones() {
        let text = facts(&[
            ("a", "1".into()),
            ("long", "2".into()),
            ("none", String::new()),
        ]);
        assert_eq!(text, "a     1\nlong  2\n");
    }

    #[test]
    fn pads_all_columns_but_the_last() {
        let text = columns(["P", "STATE"], &[["work".into(), "fresh".into()]]);
        assert_eq!(text, "P     STATE\nwork  fresh\n");
    }
}
