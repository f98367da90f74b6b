//! Strings: cases, trimming, cutting, wrapping, quoting, indenting, splitting and joining.
//!
//! sprig counts bytes nearly everywhere, and so do these; what a cut leaves may not be UTF-8.

mod cases;
mod classes;
mod words;

use corten_gostd::{strconv, text};
use corten_gotmpl::{Call, Error, Function, List, ListType, Map, MapEntries, MapType, Text, Type, Val};
use memchr::memmem;

use crate::arguments::{any, bytes, elements, int, shortened};
use crate::print;
use crate::registry::{fixed, variadic};

const TEXT: &[Type] = &[Type::String];
const TWO: &[Type] = &[Type::String, Type::String];
const THREE: &[Type] = &[Type::String, Type::String, Type::String];
const COUNTED: &[Type] = &[Type::Int, Type::String];
const VALUES: &[Type] = &[Type::Any];

// compat: largest-text
/// The most bytes that one call makes; Go would try, and end for want of memory.
const LARGEST: usize = 1 << 30;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("abbrev", COUNTED, abbrev, "Cuts a text to a width, with `...` at its end.",
        (r#"{{ abbrev 5 "hello world" }}"#, "he...")),
    fixed("abbrevboth", &[Type::Int, Type::Int, Type::String], abbrevboth, "Cuts a text at both ends, with `...` there.",
        (r#"{{ abbrevboth 5 10 "1234 5678 9123" }}"#, "...5678...")),
    fixed("camelcase", TEXT, |_, args| Ok(Val::str(cases::pascal(bytes(args, 0)))), "Joins words, each with a capital.",
        (r#"{{ camelcase "http_server" }}"#, "HttpServer")),
    variadic("cat", VALUES, cat, "Joins values with spaces, without nils.",
        (r#"{{ cat "hello" 1 true }}"#, "hello 1 true")),
    fixed("contains", TWO, |_, args| Ok(Val::Bool(memmem::find(bytes(args, 1), bytes(args, 0)).is_some())),
        "Whether the second text contains the first.", (r#"{{ contains "cat" "concatenate" }}"#, "true")),
    fixed("hasPrefix", TWO, |_, args| Ok(Val::Bool(bytes(args, 1).starts_with(bytes(args, 0)))),
        "Whether the second text begins with the first.", (r#"{{ hasPrefix "cat" "catch" }}"#, "true")),
    fixed("hasSuffix", TWO, |_, args| Ok(Val::Bool(bytes(args, 1).ends_with(bytes(args, 0)))),
        "Whether the second text ends with the first.", (r#"{{ hasSuffix "cat" "tomcat" }}"#, "true")),
    fixed("hello", &[], |_, _| Ok(Val::str("Hello!")), "Greets.", ("{{ hello }}", "Hello!")),
    fixed("indent", COUNTED, indent, "Puts spaces before each line, empty lines too.",
        (r#"{{ indent 2 "a\nb" }}"#, "  a\n  b")),
    fixed("initials", TEXT, |_, args| Ok(Val::str(words::initials(bytes(args, 0)))), "The first letter of each word.",
        (r#"{{ initials "First Try" }}"#, "FT")),
    fixed("join", &[Type::String, Type::Any], join, "Joins the texts of a list with a separator.",
        (r#"{{ join "-" (list 1 2 3) }}"#, "1-2-3")),
    fixed("kebabcase", TEXT, |_, args| Ok(Val::str(cases::connect(bytes(args, 0), b'-'))),
        "Joins words in small letters with hyphens.", (r#"{{ kebabcase "FirstName" }}"#, "first-name")),
    fixed("lower", TEXT, |_, args| Ok(Val::str(text::to_lower(bytes(args, 0)))), "Makes all letters small.",
        (r#"{{ lower "HELLO" }}"#, "hello")),
    fixed("nindent", COUNTED, nindent, "Begins a new line and puts spaces before each line.",
        (r#"{{ nindent 2 "a\nb" }}"#, "\n  a\n  b")),
    fixed("nospace", TEXT, nospace, "Removes all white space.", (r#"{{ nospace "h e l l o" }}"#, "hello")),
    fixed("plural", &[Type::String, Type::String, Type::Int],
        |_, args| Ok(any(args, usize::from(int(args, 2) != 1))), "Chooses the first text for one, else the second.",
        (r#"{{ plural "one pod" "many pods" 2 }}"#, "many pods")),
    variadic("quote", VALUES, quote, "Puts values in double quotes with Go's escapes, without nils.",
        (r#"{{ quote "a \"b\"" 1 }}"#, r#""a \"b\"" "1""#)),
    fixed("repeat", COUNTED, |_, args| repeat(bytes(args, 1), int(args, 0)).map(Val::str),
        "Writes a text a number of times.", (r#"{{ repeat 3 "ab" }}"#, "ababab")),
    fixed("replace", THREE, replace, "Replaces the first text by the second everywhere in the third.",
        (r#"{{ replace " " "-" "I am here" }}"#, "I-am-here")),
    fixed("snakecase", TEXT, |_, args| Ok(Val::str(cases::connect(bytes(args, 0), b'_'))),
        "Joins words in small letters with underscores.", (r#"{{ snakecase "FirstName" }}"#, "first_name")),
    fixed("sortAlpha", VALUES, sort_alpha, "The texts of a list in byte order.",
        (r#"{{ sortAlpha (list "b" "a" 1) }}"#, "[1 a b]")),
    fixed("split", TWO, |_, args| Ok(numbered(&parts(bytes(args, 0), bytes(args, 1), -1))),
        "Splits a text by a separator into a dict with keys `_0`, `_1` and so on.",
        (r#"{{ (split "/" "foo/bar")._1 }}"#, "bar")),
    fixed("splitList", TWO, |_, args| Ok(Val::strings(parts(bytes(args, 0), bytes(args, 1), -1))),
        "Splits a text by a separator into a list.", (r#"{{ splitList "/" "foo/bar" }}"#, "[foo bar]")),
    fixed("splitn", &[Type::String, Type::Int, Type::String],
        |_, args| Ok(numbered(&parts(bytes(args, 0), bytes(args, 2), int(args, 1)))),
        "Splits a text into at most so many parts, as a dict with keys `_0`, `_1` and so on.",
        (r#"{{ (splitn "/" 2 "a/b/c")._1 }}"#, "b/c")),
    variadic("squote", VALUES, squote, "Puts values in single quotes without escapes, without nils.",
        (r#"{{ squote "it" 1 }}"#, "'it' '1'")),
    fixed("substr", &[Type::Int, Type::Int, Type::String], substr, "The bytes of a text from a start up to an end.",
        (r#"{{ substr 0 5 "hello world" }}"#, "hello")),
    fixed("swapcase", TEXT, |_, args| Ok(Val::str(cases::swap(bytes(args, 0)))),
        "Swaps the case of letters; words begin with a capital.", (r#"{{ swapcase "This Is" }}"#, "tHIS iS")),
    fixed("title", TEXT, |_, args| Ok(Val::str(text::title(bytes(args, 0)))), "Begins each word with a capital.",
        (r#"{{ title "hello world" }}"#, "Hello World")),
    fixed("toString", VALUES, |_, args| Ok(Val::Str(print::text(&any(args, 0)))), "The text of a value.",
        ("{{ toString 12 | typeOf }}", "string")),
    fixed("toStrings", VALUES, to_strings, "The texts of a list, without nils.",
        ("{{ toStrings (list 1 2) | typeOf }}", "[]string")),
    fixed("trim", TEXT, |_, args| Ok(shortened(args, 0, text::trim_space(bytes(args, 0)))),
        "Removes white space from both ends.", (r#"{{ trim "   hello " }}"#, "hello")),
    fixed("trimAll", TWO, trim_all, "Removes the characters of the first text from both ends of the second.",
        (r#"{{ trimAll "$" "$5.00$" }}"#, "5.00")),
    fixed("trimPrefix", TWO, trim_prefix, "Removes the first text from the start of the second.",
        (r#"{{ trimPrefix "-" "-hello" }}"#, "hello")),
    fixed("trimSuffix", TWO, trim_suffix, "Removes the first text from the end of the second.",
        (r#"{{ trimSuffix "-" "hello-" }}"#, "hello")),
    fixed("trimall", TWO, trim_all, "Does the same as `trimAll`.", (r#"{{ trimall "$" "$5.00" }}"#, "5.00")),
    fixed("trunc", COUNTED, |_, args| Ok(shortened(args, 1, words::truncate(bytes(args, 1), int(args, 0)))),
        "The first bytes of a text, or the last ones for a negative count.", (r#"{{ trunc -5 "hello world" }}"#, "world")),
    fixed("untitle", TEXT, |_, args| Ok(Val::str(words::uncapitalize(bytes(args, 0)))),
        "Begins each word with a small letter.", (r#"{{ untitle "Hello World" }}"#, "hello world")),
    fixed("upper", TEXT, |_, args| Ok(Val::str(text::to_upper(bytes(args, 0)))), "Makes all letters capitals.",
        (r#"{{ upper "hello" }}"#, "HELLO")),
    fixed("wrap", COUNTED, |_, args| Ok(Val::str(words::wrap(bytes(args, 1), int(args, 0), b"", false))),
        "Breaks a text into lines at spaces.", (r#"{{ wrap 5 "hello big world" }}"#, "hello\nbig\nworld")),
    fixed("wrapWith", &[Type::Int, Type::String, Type::String],
        |_, args| Ok(Val::str(words::wrap(bytes(args, 2), int(args, 0), bytes(args, 1), true))),
        "Breaks a text with a separator, inside long words too.", (r#"{{ wrapWith 5 "|" "HelloWorld" }}"#, "Hello|World")),
];

fn abbrev(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let width = int(args, 0);
    if width < 4 {
        return Ok(any(args, 1));
    }
    Ok(Val::str(words::abbreviate(bytes(args, 1), 0, width)))
}

fn abbrevboth(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let (left, right) = (int(args, 0), int(args, 1));
    if right < 4 || left > 0 && right < 7 {
        return Ok(any(args, 2));
    }
    Ok(Val::str(words::abbreviate(bytes(args, 2), left, right)))
}

fn cat(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let mut out = Vec::new();
    for (position, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if position > 0 {
            out.push(b' ');
        }
        print::append_plain(&mut out, value);
    }
    Ok(Val::str(out))
}

fn indent(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    indented(b"", int(args, 0), bytes(args, 1))
}

fn nindent(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    indented(b"\n", int(args, 0), bytes(args, 1))
}

fn indented(head: &[u8], spaces: i64, text: &[u8]) -> Result<Val, Error> {
    let pad = repeat(b" ", spaces)?;
    let lines = memchr::memchr_iter(b'\n', text).count() + 1;
    let size = lines.saturating_mul(pad.len()).saturating_add(text.len());
    if size > LARGEST {
        return Err(too_large());
    }
    let mut out = Vec::with_capacity(head.len() + size);
    out.extend_from_slice(head);
    out.extend_from_slice(&pad);
    let mut start = 0;
    for newline in memchr::memchr_iter(b'\n', text) {
        out.extend_from_slice(&text[start..=newline]);
        out.extend_from_slice(&pad);
        start = newline + 1;
    }
    out.extend_from_slice(&text[start..]);
    Ok(Val::str(out))
}

fn join(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let separator = bytes(args, 0);
    let list = any(args, 1);
    let Some(items) = elements(&list) else {
        return Ok(if list.is_nil() { Val::str("") } else { Val::Str(print::text(&list)) });
    };
    let mut out = Vec::new();
    for (position, item) in items.iter().filter(|item| !item.is_nil()).enumerate() {
        if position > 0 {
            out.extend_from_slice(separator);
        }
        print::append(&mut out, item);
    }
    Ok(Val::str(out))
}

fn nospace(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(words::without_space(bytes(args, 0)).map_or_else(|| any(args, 0), Val::from))
}

fn quote(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let mut out = Vec::new();
    for (position, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        if position > 0 {
            out.push(b' ');
        }
        match value {
            Val::Str(text) => strconv::append_quote(&mut out, text.as_bytes()),
            other => strconv::append_quote(&mut out, print::text(other).as_bytes()),
        }
    }
    Ok(Val::str(out))
}

fn squote(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let mut out = Vec::new();
    for (position, value) in args.iter().filter(|value| !value.is_nil()).enumerate() {
        out.extend_from_slice(if position > 0 { b" '" } else { b"'" });
        print::append_plain(&mut out, value);
        out.push(b'\'');
    }
    Ok(Val::str(out))
}

/// Go: `strings.Repeat` with the texts of its panics.
pub(crate) fn repeat(text: &[u8], count: i64) -> Result<Vec<u8>, Error> {
    if count < 0 {
        return Err(Error::new("strings: negative Repeat count"));
    }
    let size = usize::try_from(count).ok().and_then(|count| count.checked_mul(text.len()));
    match size {
        Some(size) if size <= LARGEST => Ok(text.repeat(size.checked_div(text.len()).unwrap_or(0))),
        Some(size) if size < usize::MAX / 2 => Err(too_large()),
        _ => Err(Error::new("strings: Repeat output length overflow")),
    }
}

fn too_large() -> Error {
    Error::new("runtime error: makeslice: len out of range")
}

fn replace(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let (old, new, source) = (bytes(args, 0), bytes(args, 1), bytes(args, 2));
    if memmem::find(source, old).is_none() {
        return Ok(any(args, 2));
    }
    let most = if old.is_empty() { source.len() + 1 } else { source.len() / old.len() };
    let is_large = |count: usize| new.len().saturating_mul(count) > LARGEST;
    if is_large(most) && is_large(memmem::find_iter(source, old).count()) {
        return Err(too_large());
    }
    Ok(Val::str(text::replace_all(source, old, new)))
}

fn sort_alpha(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    if elements(&list).is_none() {
        return Ok(Val::strings([print::text(&list)]));
    }
    if list.as_list().is_some_and(|list| list.is_nil() && list.list_type().name == ListType::STRING.name) {
        return Ok(list);
    }
    // compat: sort-alpha-copies
    let mut texts = print::texts(&list);
    texts.sort_unstable();
    Ok(Val::strings(texts))
}

fn substr(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let part = words::part(bytes(args, 2), int(args, 0), int(args, 1)).map_err(Error::new)?;
    Ok(shortened(args, 2, part))
}

fn to_strings(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    match args.first() {
        Some(Val::List(list)) if list.list_type().name == ListType::STRING.name => Ok(Val::List(list.clone())),
        Some(other) => Ok(Val::strings(print::texts(other))),
        None => Ok(Val::List(List::nil(ListType::STRING))),
    }
}

fn trim_all(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let cutset: Vec<char> = text::runes(bytes(args, 0)).map(|(rune, _)| rune).collect();
    let is_cut = |rune| cutset.contains(&rune);
    Ok(shortened(args, 1, text::trim_right(text::trim_left(bytes(args, 1), is_cut), is_cut)))
}

fn trim_prefix(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let whole = bytes(args, 1);
    Ok(shortened(args, 1, whole.strip_prefix(bytes(args, 0)).unwrap_or(whole)))
}

fn trim_suffix(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let whole = bytes(args, 1);
    Ok(shortened(args, 1, whole.strip_suffix(bytes(args, 0)).unwrap_or(whole)))
}

/// Go: `strings.SplitN`: all parts for a negative count; an empty separator splits into runes.
fn parts<'a>(separator: &[u8], whole: &'a [u8], count: i64) -> Vec<&'a [u8]> {
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    if most == 0 || separator.is_empty() && whole.is_empty() {
        return parts;
    }
    let mut start = 0;
    if separator.is_empty() {
        for (_, width) in text::runes(whole) {
            if start + width == whole.len() || parts.len() + 1 == most {
                break;
            }
            parts.push(&whole[start..start + width]);
            start += width;
        }
    } else {
        for found in memmem::find_iter(whole, separator).take(most - 1) {
            parts.push(&whole[start..found]);
            start = found + separator.len();
        }
    }
    parts.push(&whole[start..]);
    parts
}

fn numbered(parts: &[&[u8]]) -> Val {
    let entries = parts.iter().enumerate().map(|(number, part)| (Text::from(format!("_{number}")), Val::str(*part)));
    Val::Map(Map::new(MapType::STRING, entries.collect::<MapEntries>()))
}
