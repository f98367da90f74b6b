//! Paths with slashes; the functions that start with `os` are the same on the systems Helm runs on.

use corten_gostd::path;
use corten_gotmpl::{Function, Type, Val};

use crate::arguments::bytes;
use crate::registry::fixed;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("base", ONE, |_, args| Ok(Val::str(path::base(bytes(args, 0)))),
        "The last element of a path.", (r#"{{ base "a/b.txt" }}"#, "b.txt")),
    fixed("clean", ONE, |_, args| Ok(Val::str(path::clean(bytes(args, 0)))),
        "The shortest path that means the same.", (r#"{{ clean "a/../b//c" }}"#, "b/c")),
    fixed("dir", ONE, |_, args| Ok(Val::str(path::dir(bytes(args, 0)))),
        "A path without its last element.", (r#"{{ dir "a/b.txt" }}"#, "a")),
    fixed("ext", ONE, |_, args| Ok(Val::str(path::ext(bytes(args, 0)))),
        "The extension of a path, with its dot.", (r#"{{ ext "a/b.txt" }}"#, ".txt")),
    fixed("isAbs", ONE, |_, args| Ok(Val::Bool(path::is_abs(bytes(args, 0)))),
        "Whether a path is absolute.", (r#"{{ isAbs "/a" }}"#, "true")),
    fixed("osBase", ONE, |_, args| Ok(Val::str(path::base(bytes(args, 0)))),
        "The last element of a path.", (r#"{{ osBase "a/b.txt" }}"#, "b.txt")),
    fixed("osClean", ONE, |_, args| Ok(Val::str(path::clean(bytes(args, 0)))),
        "The shortest path that means the same.", (r#"{{ osClean "a/../b//c" }}"#, "b/c")),
    fixed("osDir", ONE, |_, args| Ok(Val::str(path::dir(bytes(args, 0)))),
        "A path without its last element.", (r#"{{ osDir "a/b.txt" }}"#, "a")),
    fixed("osExt", ONE, |_, args| Ok(Val::str(path::ext(bytes(args, 0)))),
        "The extension of a path, with its dot.", (r#"{{ osExt "a/b.txt" }}"#, ".txt")),
    fixed("osIsAbs", ONE, |_, args| Ok(Val::Bool(path::is_abs(bytes(args, 0)))),
        "Whether a path is absolute.", (r#"{{ osIsAbs "/a" }}"#, "true")),
];

const ONE: &[Type] = &[Type::String];
