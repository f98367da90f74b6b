//! Regular expressions: sprig's `regex.go` over Go's RE2.

use std::rc::Rc;

use corten_gostd::regexp::{Regexp, quote_meta};
use corten_gostd::strconv;
use corten_gotmpl::{Call, Error, Function, List, ListType, Type, Val};

use crate::arguments::{bytes, int, text};
use crate::registry::fixed;

const TWO: &[Type] = &[Type::String, Type::String];
const THREE: &[Type] = &[Type::String, Type::String, Type::String];
const COUNTED: &[Type] = &[Type::String, Type::String, Type::Int];

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("mustRegexFind", TWO, |call, args| find(&*compile(call, args)?, args),
        "The first match; a bad expression fails.", (r#"{{ mustRegexFind "[a-z]+" "12ab3" }}"#, "ab")),
    fixed("mustRegexFindAll", COUNTED, |call, args| find_all(&*compile(call, args)?, args),
        "All matches up to a count; a bad expression fails.", (r#"{{ mustRegexFindAll "[0-9]" "1a2" -1 }}"#, "[1 2]")),
    fixed("mustRegexMatch", TWO, |call, args| Ok(Val::Bool(compile(call, args)?.is_match(bytes(args, 1)))),
        "Whether an expression matches; a bad one fails.", (r#"{{ mustRegexMatch "^a" "abc" }}"#, "true")),
    fixed("mustRegexReplaceAll", THREE, |call, args| replace_all(&*compile(call, args)?, args),
        "Matches replaced, $1 standing for a group; a bad expression fails.",
        (r#"{{ mustRegexReplaceAll "a(x*)b" "-axxb-" "${1}W" }}"#, "-xxW-")),
    fixed("mustRegexReplaceAllLiteral", THREE, |call, args| replace_all_literal(&*compile(call, args)?, args),
        "Matches replaced by a plain text; a bad expression fails.",
        (r#"{{ mustRegexReplaceAllLiteral "a+" "baab" "$1" }}"#, "b$1b")),
    fixed("mustRegexSplit", COUNTED, |call, args| split(&*compile(call, args)?, args),
        "The parts between matches; a bad expression fails.", (r#"{{ mustRegexSplit "z+" "pizza" -1 }}"#, "[pi a]")),
    fixed("regexFind", TWO, |call, args| find(&*must_compile(call, args)?, args),
        "The first match.", (r#"{{ regexFind "[a-z]+" "12ab3" }}"#, "ab")),
    fixed("regexFindAll", COUNTED, |call, args| find_all(&*must_compile(call, args)?, args),
        "All matches up to a count, which -1 does not limit.", (r#"{{ regexFindAll "[0-9]" "1a2" -1 }}"#, "[1 2]")),
    fixed("regexMatch", TWO, |call, args| Ok(Val::Bool(compile(call, args).is_ok_and(|regexp| regexp.is_match(bytes(args, 1))))),
        "Whether an expression matches; a bad one does not.", (r#"{{ regexMatch "^a" "abc" }}"#, "true")),
    fixed("regexQuoteMeta", &[Type::String], |_, args| Ok(Val::str(quote_meta(bytes(args, 0)))),
        "A text with everything special in expressions escaped.", (r#"{{ regexQuoteMeta "1.2" }}"#, r"1\.2")),
    fixed("regexReplaceAll", THREE, |call, args| replace_all(&*must_compile(call, args)?, args),
        "Matches replaced, $1 standing for a group.", (r#"{{ regexReplaceAll "a(x*)b" "-axxb-" "${1}W" }}"#, "-xxW-")),
    fixed("regexReplaceAllLiteral", THREE, |call, args| replace_all_literal(&*must_compile(call, args)?, args),
        "Matches replaced by a plain text.", (r#"{{ regexReplaceAllLiteral "a+" "baab" "$1" }}"#, "b$1b")),
    fixed("regexSplit", COUNTED, |call, args| split(&*must_compile(call, args)?, args),
        "The parts between matches, at most a count of them.", (r#"{{ regexSplit "z+" "pizza" -1 }}"#, "[pi a]")),
];

type Answer = Result<Val, Error>;

fn compile(call: &mut Call<'_>, args: &[Val]) -> Result<Rc<Regexp>, Error> {
    call.engine.regexp(&text(args, 0)).map_err(|error| Error::new(error.text()))
}

/// Go: `regexp.MustCompile`, whose panic the engine reports.
fn must_compile(call: &mut Call<'_>, args: &[Val]) -> Result<Rc<Regexp>, Error> {
    call.engine.regexp(&text(args, 0)).map_err(|error| {
        let pattern = bytes(args, 0);
        let mut text = b"regexp: Compile(".to_vec();
        if strconv::can_backquote(pattern) {
            text.push(b'`');
            text.extend_from_slice(pattern);
            text.push(b'`');
        } else {
            text.extend_from_slice(strconv::quote(pattern).as_bytes());
        }
        text.extend_from_slice(b"): ");
        text.extend_from_slice(error.text());
        Error::new(text)
    })
}

fn find(regexp: &Regexp, args: &[Val]) -> Answer {
    let text = bytes(args, 1);
    Ok(Val::str(regexp.find(text).map_or(&b""[..], |(start, end)| &text[start..end])))
}

fn find_all(regexp: &Regexp, args: &[Val]) -> Answer {
    let text = bytes(args, 1);
    let found = regexp.find_all(text, int(args, 2));
    // Go: no match is a nil slice.
    if found.is_empty() {
        return Ok(Val::List(List::nil(ListType::STRING)));
    }
    // Go: FindAllString begins with room for ten.
    let found = found.into_iter().map(|(start, end)| Val::str(&text[start..end])).collect();
    Ok(Val::List(List::grown(ListType::STRING, found, 10)))
}

fn replace_all(regexp: &Regexp, args: &[Val]) -> Answer {
    Ok(Val::str(regexp.replace_all(bytes(args, 1), bytes(args, 2))))
}

fn replace_all_literal(regexp: &Regexp, args: &[Val]) -> Answer {
    Ok(Val::str(regexp.replace_all_literal(bytes(args, 1), bytes(args, 2))))
}

fn split(regexp: &Regexp, args: &[Val]) -> Answer {
    let limit = int(args, 2);
    if limit == 0 {
        return Ok(Val::List(List::nil(ListType::STRING)));
    }
    let parts: Vec<Val> = regexp.split(bytes(args, 1), limit).into_iter().map(Val::str).collect();
    // Go: Split makes room for as many parts as there are matches, and appends the last part.
    let reserved = if limit < 0 { parts.len().saturating_sub(1) } else { parts.len() };
    Ok(Val::List(List::appended(ListType::STRING, parts, reserved)))
}
