//! Tables in Helm's layout: cells padded to the width of their column and joined by tabs.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The rows without a last line end; cells wider than `widest` (0: no limit) are cut.
///
/// Colour codes take no room. A cell of several lines is as wide as its widest line, and is cut to that
/// width as a whole before its lines go below each other. Go: gosuri/uitable.
pub fn columns(rows: &[Vec<String>], widest: usize) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        let lines = rows.iter().filter_map(|row| row.get(column)).flat_map(|cell| cell.split('\n'));
        let longest = lines.map(shown_width).max().unwrap_or_default();
        if widest == 0 { longest } else { longest.min(widest) }
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let lines: Vec<String> = rows.iter().map(|row| laid_out(row, &widths)).collect();
    lines.join("\n")
}

fn laid_out(row: &[String], widths: &[usize]) -> String {
    let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| resized(cell, *width)).collect();
    let cells: Vec<Vec<&str>> = cells.iter().map(|cell| cell.split('\n').collect()).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    let line = |at: usize| {
        let parts = cells.iter().zip(widths).map(|(lines, width)| match lines.get(at) {
            Some(line) => resized(line, *width),
            // Go: a cell without data is a space, padded.
            None => " ".repeat((*width).max(1)),
        });
        parts.collect::<Vec<_>>().join("\t")
    };
    (0..height).map(line).collect::<Vec<_>>().join("\n")
}

/// The width without colour codes and line ends.
fn shown_width(text: &str) -> usize {
    if !text.contains(['\u{1b}', '\n']) {
        return text.width();
    }
    let mut width = 0;
    let mut in_code = false;
    for character in text.chars() {
        match character {
            '\u{1b}' => in_code = true,
            _ if in_code => in_code = !character.is_ascii_alphabetic(),
            _ => width += character.width().unwrap_or_default(),
        }
    }
    width
}

/// Go: uitable strutil.Resize writes a character before it looks at the room that is left.
fn resized(cell: &str, width: usize) -> String {
    let own = shown_width(cell);
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

    #[test]
    fn colours_take_no_room() {
        let table = columns(&rows(&[&["\u{1b}[1mNAME\u{1b}[0m", "X"], &["longer", "y"]]), 0);
        assert_eq!(table, "\u{1b}[1mNAME\u{1b}[0m  \tX\nlonger\ty");
    }

    #[test]
    fn several_lines_stand_below_each_other() {
        let table = columns(&rows(&[&["a", "first one\nb"], &["c", "d"]]), 0);
        assert_eq!(table, "a\tfirst ...\nc\td        ");
    }
}
