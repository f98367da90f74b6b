//! Log lines as Go's slog text handler prints them.

use std::io::Write as _;

use corten_gotmpl::LogLevel;

/// Where log lines go: standard error, from a level up.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    /// The lowest level that is printed; without one nothing is.
    pub level: Option<LogLevel>,
}

impl Log {
    /// Prints a line when its level is high enough.
    pub fn write(self, level: LogLevel, message: &str, attributes: &[(&str, &str)]) {
        if self.level.is_none_or(|lowest| level < lowest) {
            return;
        }
        let line = log_line(level, message, attributes);
        // A log that cannot be written has no one to tell.
        drop(std::io::stderr().lock().write_all(line.as_bytes()));
    }
}

/// `level=WARN msg="two words" key=value` and a newline.
pub fn log_line(level: LogLevel, message: &str, attributes: &[(&str, &str)]) -> String {
    let name = match level {
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
        LogLevel::Warn => "WARN",
        LogLevel::Error => "ERROR",
    };
    let mut line = format!("level={name} msg={}", quoted(message));
    for (key, value) in attributes {
        line.extend([" ", &quoted(key), "=", &quoted(value)]);
    }
    line.push('\n');
    line
}

/// Go: slog `text_handler.go` needsQuoting.
fn quoted(text: &str) -> String {
    let is_plain = |char: char| match char {
        ' ' | '"' | '=' => false,
        char if char.is_ascii() => !char.is_ascii_control(),
        char => char != char::REPLACEMENT_CHARACTER && corten_gostd::strconv::is_print(char),
    };
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    corten_gostd::strconv::quote(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_that_need_it_are_quoted() {
        assert_eq!(
            log_line(LogLevel::Warn, "two words", &[("file", "a.yaml"), ("empty", ""), ("q", "a=b")]),
            "level=WARN msg=\"two words\" file=a.yaml empty=\"\" q=\"a=b\"\n"
        );
    }
}
