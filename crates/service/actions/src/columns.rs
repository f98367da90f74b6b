//! Tables in Helm's layout: cells padded to the width of their column and joined by tabs.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The rows without a last line end; cells wider than `widest` (0: no limit) are cut.
/// Go: gosuri/uitable.
pub(crate) fn columns(rows: &[Vec<String>], widest: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let longest = cells.map(|cell| cell.width()).max().unwrap_or_default();
        if widest == 0 { longest } else { longest.min(widest) }
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| resized(cell, *width));
            cells.collect::<Vec<_>>().join("\t")
        })
        .collect();
    lines.join("\n")
}

/// Go: uitable strutil.Resize writes a character before it looks at the room that is left.
fn resized(cell: &str, width: usize) -> String {
    let own = cell.width();
    if own <= width {
        return format!("{cell}{}", " ".repeat(width - own));
    }
    // A width of zero means no limit, as for a column of empty cells.
    if width == 0 {
        return cell.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for character in cell.chars() {
        out.push(character);
        used += character.width().unwrap_or_default();
        if used + 3 >= width {
            break;
        }
    }
    out + "..."
}

#[cfg(test)]
mod tests {
    use super::columns;

    fn rows(rows: &[&[&str]]) -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn cells_are_padded_and_cut() {
        let table = columns(&rows(&[&["NAME", "URL"], &["a-long-name", ""]]), 8);
        assert_eq!(table, "NAME    \tURL\na-lon...\t   ");
    }
}
