//! Columns made of spaces, as kubectl lays them out. Go: text/tabwriter with kubectl's settings.
//!
//! A cell belongs to a column when a tab ends it; a column reaches over the lines below each other that
//! have it. The last cell of a line is not padded.

const NARROWEST: usize = 6;
const GAP: usize = 3;

/// Lays out lines of cells; every line is ended.
pub(crate) fn aligned(lines: &[Vec<String>]) -> String {
    let mut out = String::new();
    let mut widths = Vec::new();
    block(lines, &mut widths, &mut out);
    out
}

/// Go: tabwriter.format, a recursion by columns.
fn block(lines: &[Vec<String>], widths: &mut Vec<usize>, out: &mut String) {
    let column = widths.len();
    let has_column = |line: &Vec<String>| column + 1 < line.len();
    let mut rest = lines;
    while let Some(start) = rest.iter().position(has_column) {
        let (before, after) = rest.split_at(start);
        write(before, widths, out);
        let end = after.iter().position(|line| !has_column(line)).unwrap_or(after.len());
        let (inside, below) = after.split_at(end);
        let longest = inside.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
        widths.push((longest + GAP).max(NARROWEST));
        block(inside, widths, out);
        widths.pop();
        rest = below;
    }
    write(rest, widths, out);
}

fn write(lines: &[Vec<String>], widths: &[usize], out: &mut String) {
    for line in lines {
        for (at, cell) in line.iter().enumerate() {
            out.push_str(cell);
            if let Some(width) = widths.get(at) {
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::aligned;

    fn lines(lines: &[&[&str]]) -> Vec<Vec<String>> {
        lines.iter().map(|line| line.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    }

    #[test]
    fn columns_are_wide_enough_and_three_apart() {
        let text = aligned(&lines(&[&["NAME", "READY", "AGE"], &["web-0", "1/1", "5s"]]));
        assert_eq!(text, "NAME    READY   AGE\nweb-0   1/1     5s\n");
        assert_eq!(aligned(&lines(&[&["a", "b"]])), "a     b\n");
    }

    #[test]
    fn a_line_without_the_column_parts_it() {
        let text = aligned(&lines(&[&["longer-name", "b"], &["alone"], &["a", "b"]]));
        assert_eq!(text, "longer-name   b\nalone\na     b\n");
    }
}
