//! Character classes: Perl's, POSIX's and Unicode's.

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::unicode_names::{CATEGORIES, CATEGORY_ALIASES, SCRIPTS};

/// Ranges of ASCII characters.
type Ranges = &'static [(u8, u8)];

const DIGIT: Ranges = &[(b'0', b'9')];
const PERL_SPACE: Ranges = &[(b'\t', b'\n'), (0x0c, b'\r'), (b' ', b' ')];
const WORD: Ranges = &[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')];

const POSIX: &[(&[u8], Ranges)] = &[
    (b"alnum", &[(b'0', b'9'), (b'A', b'Z'), (b'a', b'z')]),
    (b"alpha", &[(b'A', b'Z'), (b'a', b'z')]),
    (b"ascii", &[(0, 0x7f)]),
    (b"blank", &[(b'\t', b'\t'), (b' ', b' ')]),
    (b"cntrl", &[(0, 0x1f), (0x7f, 0x7f)]),
    (b"digit", DIGIT),
    (b"graph", &[(b'!', b'~')]),
    (b"lower", &[(b'a', b'z')]),
    (b"print", &[(b' ', b'~')]),
    (b"punct", &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')]),
    (b"space", &[(b'\t', b'\r'), (b' ', b' ')]),
    (b"upper", &[(b'A', b'Z')]),
    (b"word", WORD),
    (b"xdigit", &[(b'0', b'9'), (b'A', b'F'), (b'a', b'f')]),
];

/// The class of `\d` and its kin by their letter.
pub(super) fn perl(letter: u8, folded: bool) -> Option<ClassUnicode> {
    let ranges = match letter.to_ascii_lowercase() {
        b'd' => DIGIT,
        b's' => PERL_SPACE,
        b'w' => WORD,
        _ => return None,
    };
    Some(group(ranges, letter.is_ascii_uppercase(), folded))
}

/// The class of `[:name:]` or `[:^name:]` by what stands between the colons.
pub(super) fn posix(name: &[u8], folded: bool) -> Option<ClassUnicode> {
    let negated = name.first() == Some(&b'^');
    let name = &name[usize::from(negated)..];
    let (_, ranges) = POSIX.iter().find(|(own, _)| *own == name)?;
    Some(group(ranges, negated, folded))
}

fn group(ranges: &[(u8, u8)], negated: bool, folded: bool) -> ClassUnicode {
    let ranges = ranges.iter().map(|(low, high)| ClassUnicodeRange::new(char::from(*low), char::from(*high)));
    finish(ClassUnicode::new(ranges), negated, folded)
}

/// Folds before it negates, as Go does.
fn finish(mut class: ClassUnicode, negated: bool, folded: bool) -> ClassUnicode {
    if folded {
        fold(&mut class);
    }
    if negated {
        class.negate();
    }
    class
}

/// Adds all characters that differ only in case, as Unicode 15 has it.
pub(super) fn fold(class: &mut ClassUnicode) {
    let newer = ClassUnicode::new(NEWER_CASE.iter().map(|(low, high)| ClassUnicodeRange::new(*low, *high)));
    let mut folded = class.clone();
    folded.difference(&newer);
    // The tables are compiled in, so folding cannot fail.
    let _ = folded.try_case_fold_simple();
    folded.difference(&newer);
    class.union(&folded);
}

/// Letters that got their case partner after Unicode 15, which Go 1.26 is at.
const NEWER_CASE: &[(char, char)] = &[
    ('\u{A7CB}', '\u{A7CF}'),
    ('\u{A7D2}', '\u{A7D2}'),
    ('\u{A7D4}', '\u{A7D4}'),
    ('\u{A7DA}', '\u{A7DC}'),
    ('\u{10D50}', '\u{10D65}'),
    ('\u{10D70}', '\u{10D85}'),
    ('\u{16EA0}', '\u{16ED3}'),
];

/// Adds code points; surrogates, which no text holds, are left out.
pub(super) fn push_range(class: &mut ClassUnicode, low: u32, high: u32) {
    for (low, high) in [(low, high.min(0xd7ff)), (low.max(0xe000), high)] {
        if low <= high
            && let (Some(low), Some(high)) = (char::from_u32(low), char::from_u32(high))
        {
            class.push(ClassUnicodeRange::new(low, high));
        }
    }
}

/// The class of `\p{name}`. Go: `unicodeTable`, which does not find names of several words.
// compat: regex-script-names
pub(super) fn unicode(name: &str, negated: bool, folded: bool) -> Option<ClassUnicode> {
    let name = canonical(name);
    let class = match name.as_str() {
        "Any" => full(),
        "Ascii" => ClassUnicode::new([ClassUnicodeRange::new('\0', '\x7f')]),
        "Assigned" => {
            // Go: the table of unassigned code points, negated, and folded before that.
            return Some(finish(unassigned(), !negated, folded));
        }
        "Lc" => category("LC"),
        name => {
            let alias = CATEGORY_ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, own)| *own);
            match CATEGORIES.iter().find(|own| **own == name).copied().or(alias) {
                Some(own) => category(own),
                None if SCRIPTS.contains(&name) => assigned(&format!("sc={name}")),
                None => return None,
            }
        }
    };
    Some(finish(class, negated, folded))
}

/// Go: `canonicalName`: first letter upper, others lower, no `_`, `-` or space.
fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for rune in name.chars().filter(|rune| !matches!(rune, '_' | '-' | ' ')) {
        out.push(if out.is_empty() { rune.to_ascii_uppercase() } else { rune.to_ascii_lowercase() });
    }
    out
}

fn category(name: &str) -> ClassUnicode {
    match name {
        "Cn" => unassigned(),
        // No text holds surrogates.
        "Cs" => ClassUnicode::empty(),
        "C" => ["Cc", "Cf", "Cn", "Co"].iter().fold(ClassUnicode::empty(), |mut all, name| {
            all.union(&category(name));
            all
        }),
        name => assigned(&format!("gc={name}")),
    }
}

/// A property's class without what came after Unicode 15.
fn assigned(property: &str) -> ClassUnicode {
    let mut class = property_class(property);
    class.intersect(&property_class("age=15.0"));
    class
}

/// What Unicode 15 leaves unassigned, noncharacters included.
fn unassigned() -> ClassUnicode {
    let mut class = property_class("age=15.0");
    class.negate();
    class.union(&property_class("gc=Cn"));
    class
}

fn full() -> ClassUnicode {
    ClassUnicode::new([ClassUnicodeRange::new('\0', char::MAX)])
}

fn property_class(property: &str) -> ClassUnicode {
    let Ok(hir) = regex_syntax::parse(&format!("[\\p{{{property}}}]")) else { return ClassUnicode::empty() };
    match hir.into_kind() {
        HirKind::Class(Class::Unicode(class)) => class,
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0).into_owned();
            ClassUnicode::new(text.chars().map(|rune| ClassUnicodeRange::new(rune, rune)))
        }
        _ => ClassUnicode::empty(),
    }
}
