//! Comments, brackets, anchors, tags, and block scalars with a comment.

use super::Writer;

/// Go: `is_break`.
fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

impl Writer {
    /// Whether the line is empty.
    pub(in crate::emit) fn is_at_line_start(&self) -> bool {
        self.column == 0
    }

    /// What was just written is a foot comment with this indentation; -1 forgets it.
    pub(in crate::emit) fn set_foot(&mut self, indent: isize) {
        self.foot_indent = indent;
    }

    /// Go: the part of `yaml_emitter_write_indent` about feet.
    #[cold]
    pub(super) fn leave_foot(&mut self, indent: usize) {
        if self.foot_indent.unsigned_abs() == indent {
            self.line_feed();
        }
        self.foot_indent = -1;
    }

    /// An empty line.
    pub(in crate::emit) fn empty_line(&mut self) {
        self.line_feed();
    }

    /// `[` or `{`.
    pub(in crate::emit) fn bracket(&mut self, bracket: &str) {
        self.indicator(bracket, true);
        self.whitespace = true;
    }

    /// Go: `yaml_emitter_process_anchor`.
    pub(in crate::emit) fn anchor(&mut self, sign: &str, name: &str) {
        self.indicator(sign, true);
        self.put_text(name);
    }

    /// Go: `yaml_emitter_process_tag`.
    pub(in crate::emit) fn full_tag(&mut self, handle: &str, suffix: &str) {
        if handle.is_empty() {
            self.indicator("!<", true);
            self.tag_content(suffix);
            self.indicator(">", false);
        } else {
            self.indicator(handle, true);
            self.tag_content(suffix);
        }
    }

    /// Go: `yaml_emitter_write_tag_content`.
    fn tag_content(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"_-;/?:@&=+$,.~*'()[]".contains(&byte) {
                self.put(byte);
            } else {
                self.put_text(&format!("%{byte:02X}"));
            }
        }
    }

    /// Go: `yaml_emitter_process_line_comment`.
    pub(in crate::emit) fn line_comment(&mut self, text: &str, indent: isize) {
        if text.is_empty() {
            return;
        }
        if !self.whitespace {
            self.put(b' ');
        }
        self.comment(text, indent);
    }

    /// Go: `yaml_emitter_write_comment`.
    pub(in crate::emit) fn comment(&mut self, text: &str, indent: isize) {
        let (mut breaks, mut has_sign) = (false, false);
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if is_break(first) {
                self.write_break(first);
                (breaks, has_sign) = (true, false);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            if breaks {
                self.indent(indent);
            }
            if !has_sign && first != '#' {
                self.put_text("# ");
            }
            has_sign = true;
            let end = rest.find(is_break).unwrap_or(rest.len());
            self.put_text(&rest[..end]);
            self.indention = false;
            breaks = false;
            rest = &rest[end..];
        }
        if !breaks {
            self.line_feed();
        }
        self.whitespace = true;
    }

    /// The first line of a block scalar. Go: `yaml_emitter_process_line_comment_linebreak`.
    fn block_header(&mut self, sign: &str, text: &str, comment: &str, indent: isize) {
        self.indicator(sign, true);
        self.block_hints(text);
        if comment.is_empty() {
            self.line_feed();
        } else {
            self.line_comment(comment, indent);
        }
        self.whitespace = true;
    }

    /// Go: `yaml_emitter_write_literal_scalar`.
    pub(in crate::emit) fn commented_literal(&mut self, text: &str, comment: &str, indent: isize) {
        self.block_header("|", text, comment, indent);
        self.literal_lines(text, indent);
    }

    /// Go: `yaml_emitter_write_folded_scalar`, whose lines are never too long.
    pub(in crate::emit) fn commented_folded(&mut self, text: &str, comment: &str, indent: isize) {
        self.block_header(">", text, comment, indent);
        // Go: it looks at the start of the whole text, whichever line ends.
        // compat: yaml-folded-start
        let start = text.trim_start_matches(is_break);
        let starts_blank = start.is_empty() || start.starts_with([' ', '\t', '\0']);
        let (mut breaks, mut leading_spaces) = (true, true);
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if is_break(first) {
                if !breaks && !leading_spaces && first == '\n' && !starts_blank {
                    self.line_feed();
                }
                self.write_break(first);
                breaks = true;
                rest = &rest[first.len_utf8()..];
                continue;
            }
            if breaks {
                self.indent(indent);
                leading_spaces = matches!(first, ' ' | '\t');
            }
            let end = rest.find(is_break).unwrap_or(rest.len());
            self.put_text(&rest[..end]);
            self.indention = false;
            breaks = false;
            rest = &rest[end..];
        }
    }
}
