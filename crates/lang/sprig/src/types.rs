//! What a value is: sprig's `reflect.go`.

use corten_gotmpl::{Call, Error, Function, Type, Val};

use crate::arguments;
use crate::deep_equal::deep_equal;
use crate::registry::fixed;

pub(crate) static TABLE: &[Function] = &[
    fixed(
        "deepEqual",
        &[Type::Any, Type::Any],
        deep_equals,
        "Tells whether two values are equal in depth, types included.",
        ("{{ deepEqual (list 1) (list 1) }}", "true"),
    ),
    fixed(
        "kindIs",
        &[Type::String, Type::Any],
        kind_is,
        "Tells whether a value is of a kind.",
        (r#"{{ kindIs "int" 1 }}"#, "true"),
    ),
    fixed("kindOf", &[Type::Any], kind_of, "Names the kind of a value.", ("{{ kindOf (list 1) }}", "slice")),
    fixed(
        "typeIs",
        &[Type::String, Type::Any],
        type_is,
        "Tells whether a value is of a type.",
        (r#"{{ typeIs "string" "a" }}"#, "true"),
    ),
    fixed(
        "typeIsLike",
        &[Type::String, Type::Any],
        type_is_like,
        "Tells whether a value is of a type or a pointer to it.",
        (r#"{{ typeIsLike "string" "a" }}"#, "true"),
    ),
    fixed(
        "typeOf",
        &[Type::Any],
        type_of,
        "Names the type of a value.",
        ("{{ typeOf (dict) }}", "map[string]interface {}"),
    ),
];

fn deep_equals(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::Bool(deep_equal(&arguments::any(args, 0), &arguments::any(args, 1))))
}

fn kind_of(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(arguments::any(args, 0).kind().name()))
}

fn kind_is(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::Bool(arguments::bytes(args, 0) == arguments::any(args, 1).kind().name().as_bytes()))
}

fn type_of(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::str(arguments::any(args, 0).type_name()))
}

fn type_is(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    Ok(Val::Bool(arguments::bytes(args, 0) == arguments::any(args, 1).type_name().as_bytes()))
}

fn type_is_like(_: &mut Call<'_>, args: &[Val]) -> Result<Val, Error> {
    let value = arguments::any(args, 1);
    let (name, target) = (value.type_name().as_bytes(), arguments::bytes(args, 0));
    // Go: the type may be the target's pointer; it is written on the target's side.
    Ok(Val::Bool(target == name || name.strip_prefix(b"*") == Some(target)))
}
