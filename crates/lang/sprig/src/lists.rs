//! Lists: parts, growth, search and sets.
//!
//! Slices of every type are taken, as sprig does by reflection; results are `[]interface {}`,
//! except that `slice` keeps the type. Every `mustX` does what `X` does, as both end the template.

use std::collections::BTreeSet;

use corten_gotmpl::{Call, Error, Function, IntKind, List, ListType, Type, UintKind, Val};
use corten_value::number;

use crate::arguments::{NIL_DEREFERENCE, any, elements, int, length, nil_list, part, slice};
use crate::deep_equal::deep_equal;
use crate::registry::{fixed, variadic};
use crate::{cast, registry::Body};

const LIST: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const CHUNK: &[Type] = &[Type::Int, Type::Any];

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    variadic("all", LIST, |_, args| Ok(Val::Bool(args.iter().all(Val::is_true))), "Whether no value is empty.",
        ("{{ all 1 true }} {{ all 1 0 }}", "true false")),
    variadic("any", LIST, |_, args| Ok(Val::Bool(args.iter().any(Val::is_true))), "Whether any value is not empty.",
        ("{{ any 0 true }} {{ any 0 false }}", "true false")),
    fixed("append", TWO, append, "A list with a value added at its end.", ("{{ append (list 1 2) 3 }}", "[1 2 3]")),
    fixed("chunk", CHUNK, chunk, "Lists of so many elements each.", ("{{ chunk 2 (list 1 2 3) }}", "[[1 2] [3]]")),
    fixed("compact", LIST, compact, "A list without its empty values.", (r#"{{ compact (list 1 "" 2) }}"#, "[1 2]")),
    variadic("concat", LIST, concat, "The elements of all lists in one.", ("{{ concat (list 1) (list 2 3) }}", "[1 2 3]")),
    fixed("first", LIST, first, "The first element of a list.", ("{{ first (list 1 2 3) }}", "1")),
    fixed("has", TWO, has, "Whether a list holds a value, of the same type too.", ("{{ has 2 (list 1 2) }}", "true")),
    fixed("initial", LIST, initial, "A list without its last element.", ("{{ initial (list 1 2 3) }}", "[1 2]")),
    fixed("last", LIST, last, "The last element of a list.", ("{{ last (list 1 2 3) }}", "3")),
    variadic("list", LIST, list, "A list of values.", (r#"{{ list 1 "a" true }}"#, "[1 a true]")),
    must("mustAppend", TWO, append, ("{{ mustAppend (list 1 2) 3 }}", "[1 2 3]")),
    must("mustChunk", CHUNK, chunk, ("{{ mustChunk 2 (list 1 2 3) }}", "[[1 2] [3]]")),
    must("mustCompact", LIST, compact, (r#"{{ mustCompact (list 1 "" 2) }}"#, "[1 2]")),
    must("mustFirst", LIST, first, ("{{ mustFirst (list 1 2 3) }}", "1")),
    must("mustHas", TWO, has, ("{{ mustHas 2 (list 1 2) }}", "true")),
    must("mustInitial", LIST, initial, ("{{ mustInitial (list 1 2 3) }}", "[1 2]")),
    must("mustLast", LIST, last, ("{{ mustLast (list 1 2 3) }}", "3")),
    must("mustPrepend", TWO, prepend, ("{{ mustPrepend (list 1 2) 0 }}", "[0 1 2]")),
    must("mustPush", TWO, append, ("{{ mustPush (list 1 2) 3 }}", "[1 2 3]")),
    must("mustRest", LIST, rest, ("{{ mustRest (list 1 2 3) }}", "[2 3]")),
    must("mustReverse", LIST, reverse, ("{{ mustReverse (list 1 2 3) }}", "[3 2 1]")),
    variadic("mustSlice", TWO, cut, "Does the same as the function without `must`.",
        ("{{ mustSlice (list 1 2 3) 1 3 }}", "[2 3]")),
    must("mustUniq", LIST, uniq, ("{{ mustUniq (list 1 1 2) }}", "[1 2]")),
    variadic("mustWithout", TWO, without, "Does the same as the function without `must`.",
        ("{{ mustWithout (list 1 2 3) 2 }}", "[1 3]")),
    fixed("prepend", TWO, prepend, "A list with a value added at its start.", ("{{ prepend (list 1 2) 0 }}", "[0 1 2]")),
    fixed("push", TWO, append, "Does the same as `append`.", ("{{ push (list 1 2) 3 }}", "[1 2 3]")),
    fixed("rest", LIST, rest, "A list without its first element.", ("{{ rest (list 1 2 3) }}", "[2 3]")),
    fixed("reverse", LIST, reverse, "A list from back to front.", ("{{ reverse (list 1 2 3) }}", "[3 2 1]")),
    variadic("slice", TWO, cut, "The elements from a start up to an end.", ("{{ slice (list 1 2 3) 1 3 }}", "[2 3]")),
    variadic("tuple", LIST, list, "Does the same as `list`.", ("{{ tuple 1 2 }}", "[1 2]")),
    fixed("uniq", LIST, uniq, "A list without repeated values.", ("{{ uniq (list 1 1 2) }}", "[1 2]")),
    variadic("without", TWO, without, "A list without some values.", ("{{ without (list 1 2 3) 2 }}", "[1 3]")),
];

/// The variant of a function that returns an error where the other one panics, which is all one
/// to templates.
const fn must(
    name: &'static str,
    params: &'static [Type],
    call: Body,
    example: (&'static str, &'static str),
) -> Function {
    fixed(name, params, call, "Does the same as the function without `must`.", example)
}

fn append(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot push on type")?;
    let mut out = Vec::with_capacity(items.len() + 1);
    out.extend_from_slice(&items);
    out.push(any(args, 1));
    Ok(Val::List(List::appended(ListType::ANY, out, items.len())))
}

fn prepend(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot prepend on type")?;
    let mut out = Vec::with_capacity(items.len() + 1);
    out.push(any(args, 1));
    out.extend_from_slice(&items);
    Ok(Val::List(List::appended(ListType::ANY, out, 1)))
}

fn chunk(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let (size, list) = (int(args, 0), any(args, 1));
    let items = slice(&list, "Cannot chunk type")?;
    let lists = match usize::try_from(size) {
        Ok(size) if size > 0 => items.chunks(size).map(|chunk| Val::list(chunk.to_vec())).collect(),
        _ => backward_chunks(size, &items)?,
    };
    Ok(Val::List(List::new(ListType::LIST_ANY, lists)))
}

/// Go: what mustChunk's arithmetic makes of sizes below one: mostly a panic, sometimes no chunks,
/// and one chunk for one element and a size below -1.
fn backward_chunks(size: i64, items: &[Val]) -> Result<Vec<Val>, Error> {
    let length = length(items);
    // Go: int(math.Floor(float64(l-1)/float64(size)) + 1), where zero divides to an infinity.
    let count = (number::int_to_float(length - 1) / number::int_to_float(size)).floor() + 1.0;
    match number::float_to_int(count) {
        0 => Ok(Vec::new()),
        1 if length == 1 && size < -1 => Ok(vec![Val::list(items.to_vec())]),
        _ => Err(Error::new("runtime error: makeslice: len out of range")),
    }
}

fn compact(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot compact on type")?;
    Ok(grown(items.iter().filter(|item| item.is_true()).cloned().collect()))
}

fn concat(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let mut out = Vec::new();
    for list in args {
        let Some(items) = elements(list) else {
            let text = format!("Cannot concat type {} as list", list.kind().name());
            return Err(if list.is_nil() { Error::new(NIL_DEREFERENCE) } else { Error::new(text) });
        };
        out.extend_from_slice(&items);
    }
    Ok(if out.is_empty() { nil_list() } else { grown(out) })
}

fn first(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(slice(&any(args, 0), "Cannot find first on type")?.first().cloned().unwrap_or_default())
}

fn last(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(slice(&any(args, 0), "Cannot find last on type")?.last().cloned().unwrap_or_default())
}

fn has(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let (needle, haystack) = (any(args, 0), any(args, 1));
    if haystack.is_nil() {
        return Ok(Val::Bool(false));
    }
    let items = slice(&haystack, "Cannot find has on type")?;
    Ok(Val::Bool(items.iter().any(|item| deep_equal(&needle, item))))
}

fn initial(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot find initial on type")?;
    Ok(items.split_last().map_or_else(nil_list, |(_, before)| Val::list(before.to_vec())))
}

fn rest(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot find rest on type")?;
    Ok(items.split_first().map_or_else(nil_list, |(_, after)| Val::list(after.to_vec())))
}

fn list(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::list(args.to_vec()))
}

fn reverse(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot find reverse on type")?;
    Ok(Val::list(items.iter().rev().cloned().collect()))
}

/// Go's `slice` may reach behind the elements, where `append` left room; zero values are there.
fn cut(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let length = slice(&list, "list should be type of slice or array but")?.len();
    if length == 0 {
        return Ok(Val::Nil);
    }
    let capacity = list.as_list().map_or(length, List::capacity);
    let start = args.get(1).map_or(0, cast::to_int64);
    let end = args.get(2).map_or(number::length(length), cast::to_int64);
    match (number::index(start), number::index(end)) {
        (Some(start), Some(end)) if start <= end && end <= capacity => Ok(part(&list, start, end)),
        _ => Err(Error::new("reflect.Value.Slice: slice index out of bounds")),
    }
}

/// A list that Go appends to one by one.
fn grown(items: Vec<Val>) -> Val {
    Val::List(List::grown(ListType::ANY, items, 0))
}

fn uniq(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot find uniq on type")?;
    Ok(grown(distinct(&items)))
}

/// The elements without later equals of earlier ones; scalars are looked up, so that only lists of
/// lists and dicts cost the square of their length.
fn distinct(items: &[Val]) -> Vec<Val> {
    let mut scalars = BTreeSet::new();
    let mut others: Vec<&Val> = Vec::new();
    let mut out = Vec::new();
    for item in items {
        let is_new = if let Some(key) = scalar(item) {
            scalars.insert(key)
        } else if others.iter().any(|other| deep_equal(item, other)) {
            false
        } else {
            others.push(item);
            true
        };
        if is_new {
            out.push(item.clone());
        }
    }
    out
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Scalar<'a> {
    Bool(bool),
    Int(&'static str, i64),
    Uint(&'static str, u64),
    Str(&'a [u8]),
}

fn scalar(value: &Val) -> Option<Scalar<'_>> {
    match value {
        Val::Bool(truth) => Some(Scalar::Bool(*truth)),
        Val::Int(IntKind::Int, number) => Some(Scalar::Int("int", *number)),
        Val::Int(_, number) => Some(Scalar::Int(value.type_name(), *number)),
        Val::Uint(UintKind::Uint8, number) => Some(Scalar::Uint("uint8", *number)),
        Val::Uint(_, number) => Some(Scalar::Uint(value.type_name(), *number)),
        Val::Str(text) => Some(Scalar::Str(text.as_bytes())),
        _ => None,
    }
}

fn without(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let list = any(args, 0);
    let items = slice(&list, "Cannot find without on type")?;
    let omitted = args.get(1..).unwrap_or_default();
    let is_kept = |item: &&Val| !omitted.iter().any(|omitted| deep_equal(item, omitted));
    Ok(grown(items.iter().filter(is_kept).cloned().collect()))
}
