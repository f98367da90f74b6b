//! Go's `net/url`: references split and put together as Go does, which is not as browsers do.
//!
//! Texts are bytes and stay what they were where Go keeps a raw form beside the decoded one.

mod escape;
mod ip;
mod parse;
mod resolve;

pub use escape::{query_escape, query_unescape};
pub use ip::{Family, check as check_address};
pub use resolve::{path_escape, path_unescape};

use escape::{Part, escape, unescape, valid_encoded};

/// Go: `*url.Error`, and the errors inside it: only the text is ever seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlError(pub String);

impl std::fmt::Display for UrlError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for UrlError {}

/// Go: `url.URL`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// The scheme in lower case, without its colon.
    pub scheme: Vec<u8>,
    /// What follows the scheme when it does not start with a slash.
    pub opaque: Vec<u8>,
    /// User and password.
    pub user: Option<UserInfo>,
    /// `host` or `host:port`.
    pub host: Vec<u8>,
    /// The decoded path.
    pub path: Vec<u8>,
    /// The path as it was written, when the usual encoding of `path` differs.
    pub raw_path: Vec<u8>,
    /// Whether the host may be left out (`file:/x`).
    pub omit_host: bool,
    /// Whether an empty query has its question mark.
    pub force_query: bool,
    /// The query without its question mark.
    pub raw_query: Vec<u8>,
    /// The decoded fragment.
    pub fragment: Vec<u8>,
    /// The fragment as it was written, when the usual encoding of `fragment` differs.
    pub raw_fragment: Vec<u8>,
}

/// Go: `url.Userinfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInfo {
    /// The decoded name.
    pub username: Vec<u8>,
    /// The decoded password, when there is a colon.
    pub password: Option<Vec<u8>>,
}

impl UserInfo {
    /// Go: `Userinfo.String`.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = escape(&self.username, Part::UserPassword);
        if let Some(password) = &self.password {
            out.push(b':');
            out.extend_from_slice(&escape(password, Part::UserPassword));
        }
        out
    }
}

impl Url {
    /// Go: `url.Parse`.
    pub fn parse(text: &[u8]) -> Result<Self, UrlError> {
        parse::parse(text)
    }

    /// Go: `URL.Hostname`.
    pub fn hostname(&self) -> &[u8] {
        self.split_host().0
    }

    /// Go: `URL.Port`.
    pub fn port(&self) -> &[u8] {
        self.split_host().1
    }

    fn split_host(&self) -> (&[u8], &[u8]) {
        let colon = self.host.iter().rposition(|byte| *byte == b':');
        let (host, port) = match colon.filter(|colon| parse::is_optional_port(&self.host[*colon..])) {
            Some(colon) => (&self.host[..colon], &self.host[colon + 1..]),
            None => (&self.host[..], &b""[..]),
        };
        match host {
            [b'[', inner @ .., b']'] => (inner, port),
            _ => (host, port),
        }
    }

    /// Go: `URL.EscapedPath`.
    pub fn escaped_path(&self) -> Vec<u8> {
        if keeps_raw(&self.raw_path, &self.path, Part::Path) {
            return self.raw_path.clone();
        }
        if self.path == b"*" { self.path.clone() } else { escape(&self.path, Part::Path) }
    }

    /// Go: `URL.EscapedFragment`.
    pub fn escaped_fragment(&self) -> Vec<u8> {
        if keeps_raw(&self.raw_fragment, &self.fragment, Part::Fragment) {
            return self.raw_fragment.clone();
        }
        escape(&self.fragment, Part::Fragment)
    }

    /// Go: `URL.String`.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend_from_slice(&self.scheme);
            out.push(b':');
        }
        if self.opaque.is_empty() {
            self.encode_authority(&mut out);
            self.encode_path(&mut out);
        } else {
            out.extend_from_slice(&self.opaque);
        }
        if self.force_query || !self.raw_query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.raw_query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend_from_slice(&self.escaped_fragment());
        }
        out
    }

    fn encode_authority(&self, out: &mut Vec<u8>) {
        let no_host = self.host.is_empty() && self.user.is_none();
        if no_host && (self.scheme.is_empty() || self.omit_host) {
            return;
        }
        if !no_host || !self.path.is_empty() {
            out.extend_from_slice(b"//");
        }
        if let Some(user) = &self.user {
            out.extend_from_slice(&user.encode());
            out.push(b'@');
        }
        out.extend_from_slice(&escape(&self.host, Part::Host));
    }

    fn encode_path(&self, out: &mut Vec<u8>) {
        let path = self.escaped_path();
        if !path.is_empty() && path[0] != b'/' && !self.host.is_empty() {
            out.push(b'/');
        }
        // Go: RFC 3986 §4.2: a colon in the first segment would read as a scheme.
        if out.is_empty() && path.split(|byte| *byte == b'/').next().is_some_and(|first| first.contains(&b':')) {
            out.extend_from_slice(b"./");
        }
        out.extend_from_slice(&path);
    }
}

fn keeps_raw(raw: &[u8], decoded: &[u8], part: Part) -> bool {
    !raw.is_empty() && valid_encoded(raw, part) && unescape(raw, part).is_ok_and(|text| text == decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> Result<String, String> {
        let url = Url::parse(text.as_bytes()).map_err(|error| error.0)?;
        Ok(String::from_utf8_lossy(&url.encode()).into_owned())
    }

    #[test]
    fn urls_print_as_go_prints_them() {
        for (text, want) in [
            ("HTTP://a.b:80/c%20d?e=f#g h", "http://a.b:80/c%20d?e=f#g%20h"),
            ("http://u:p%40@h/%2f", "http://u:p%40@h/%2f"),
            ("mailto:a@b", "mailto:a@b"),
            ("file:/x", "file:/x"),
            ("//h", "//h"),
            ("a?", "a?"),
            ("http://[::1]:8/", "http://[::1]:8/"),
            ("http://u:@h", "http://u:@h"),
        ] {
            assert_eq!(again(text), Ok(want.to_owned()));
        }
    }

    #[test]
    fn errors_have_the_texts_of_go() {
        for (text, want) in [
            (":x", r#"parse ":x": missing protocol scheme"#),
            ("a b:c", r#"parse "a b:c": first path segment in URL cannot contain colon"#),
            ("http://h:x", r#"parse "http://h:x": invalid port ":x" after host"#),
            ("http://[::1", r#"parse "http://[::1": missing ']' in host"#),
            ("%zz", r#"parse "%zz": invalid URL escape "%zz""#),
            ("http://a b", r#"parse "http://a b": invalid character " " in host name"#),
            ("\u{7F}", r#"parse "\x7f": net/url: invalid control character in URL"#),
            ("http://[x]", r#"parse "http://[x]": invalid host: ParseAddr("x"): unable to parse IP"#),
        ] {
            assert_eq!(again(text), Err(want.to_owned()));
        }
    }
}
