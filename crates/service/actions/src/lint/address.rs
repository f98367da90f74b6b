//! What counts as a mail address or a URL. Go: asaskevich/govalidator.

use corten_gostd::regexp::Regexp;
use corten_gostd::url::Url;

/// Characters beyond ASCII that addresses may hold.
const WIDE: &str = r"\x{A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}";

fn matches(pattern: &str, text: &str) -> bool {
    Regexp::compile(pattern).is_ok_and(|pattern| pattern.is_match(text))
}

/// Go: `govalidator.IsEmail`.
pub(super) fn is_email(text: &str) -> bool {
    let atom = format!(r"[a-zA-Z\d!#$%&'*+\-/=?^_`{{|}}~{WIDE}]+");
    let blank = r"(([ \t]*\r\n)?[ \t]+)?";
    let plain = format!(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\x21\x23-\x5b\x5d-\x7e{WIDE}]");
    let paren = format!(r"\([\x01-\x09\x0b\x0c\x0d-\x7f]|[{WIDE}]");
    let quoted = format!(r"\x22({blank}({plain}|{paren}))*{blank}\x22");
    let label = format!(r"[a-zA-Z\d{WIDE}]([a-zA-Z\d\-._~{WIDE}]*[a-zA-Z\d{WIDE}])?");
    let last = format!(r"[a-zA-Z{WIDE}]([a-zA-Z\d\-_~{WIDE}]*[a-zA-Z{WIDE}])?");
    matches(&format!(r"^({atom}(\.{atom})*|{quoted})@({label}\.)+{last}\.?$"), text)
}

/// Go: `govalidator.IsURL`.
pub(super) fn is_url(text: &str) -> bool {
    if text.chars().count() >= 2083 || text.len() <= 3 || text.starts_with('.') {
        return false;
    }
    let with_scheme = format!("http://{text}");
    let parsed = if text.contains(':') && !text.contains("://") { &with_scheme } else { text };
    let Ok(url) = Url::parse(parsed.as_bytes()) else { return false };
    if url.host.starts_with(b".") || (url.host.is_empty() && !url.path.is_empty() && !url.path.contains(&b'.')) {
        return false;
    }
    let scheme = r"((ftp|tcp|udp|wss?|https?)://)?";
    let user = r"(\S+(:\S*)?@)?";
    let word = r"[a-zA-Z\x{a1}-\x{ffff}0-9]";
    let subdomain = r"((www\.)|([a-zA-Z0-9]+([-_.]?[a-zA-Z0-9])*[a-zA-Z0-9]\.[a-zA-Z0-9]+))?";
    let start = format!(r"(([a-zA-Z0-9][a-zA-Z0-9_-]*[a-zA-Z0-9]([-.][a-zA-Z0-9]+)*)|{subdomain})?");
    let name = format!(r"{start}({word}+-?-?)*{word}+(\.[a-zA-Z\x{{a1}}-\x{{ffff}}]+)?");
    let (v4, v6) = (ip_v4(), ip_v6());
    matches(&format!(r"^{scheme}{user}({v4}|\[{v6}\]|{name})\.?(:\d{{1,5}})?([/?#]\S*)?$"), text)
}

fn ip_v4() -> String {
    let first = r"([1-9]\d?|1\d\d|2[01]\d|22[0-3]|24\d|25[0-5])";
    let middle = r"(\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){2}";
    format!(r"({first}{middle}\.([0-9]\d?|1\d\d|2[0-4]\d|25[0-5]))")
}

fn ip_v6() -> String {
    let hex = "[0-9a-fA-F]{1,4}";
    let octet = "(25[0-5]|(2[0-4]|1?[0-9])?[0-9])";
    let v4 = format!(r"({octet}\.){{3}}{octet}");
    let mut forms = vec![format!("({hex}:){{7}}{hex}"), format!("({hex}:){{1,7}}:")];
    forms.extend((1..=6).map(|tail| format!("({hex}:){{1,{}}}(:{hex}){{1,{tail}}}", 7 - tail)));
    forms.push(format!(":((:{hex}){{1,7}}|:)"));
    forms.push("fe80:(:[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]+".to_owned());
    forms.push(format!("::(ffff(:0{{1,4}})?:)?{v4}"));
    forms.push(format!("({hex}:){{1,4}}:{v4}"));
    format!("({})", forms.join("|"))
}

/// Go: `govalidator.IsRequestURL`: what `url.ParseRequestURI` takes, with a scheme.
pub(super) fn is_request_url(text: &str) -> bool {
    // A request has no fragment: `#` is an ordinary character there, forbidden where `^` is.
    let text = text.replace('#', "^");
    Url::parse(text.as_bytes()).is_ok_and(|url| !url.scheme.is_empty())
}
