//! Semantic versions: `semver` and `semverCompare`.
//!
//! `semver` yields a Go pointer, whose changing methods yield values; values have fewer methods.

use std::any::Any;

use corten_gostd::semver::{Constraints, Version};
use corten_gotmpl::{Call, Error, Function, Kind, Method, Object, ObjectType, Text, Type, UintKind, Val};

use crate::arguments::{NIL_DEREFERENCE, bytes};
use crate::registry::fixed;

#[rustfmt::skip]
pub(crate) static TABLE: &[Function] = &[
    fixed("semver", &[Type::String], semver,
        "A semantic version with its parts.", (r#"{{ (semver "v1.2.3").Minor }}"#, "2")),
    fixed("semverCompare", &[Type::String, Type::String], semver_compare,
        "Whether a version satisfies a constraint.", (r#"{{ semverCompare ">=1.20-0" "v1.29.1-eks-1" }}"#, "true")),
];

type Answer = Result<Val, Error>;

fn fail(error: impl std::fmt::Display) -> Error {
    Error::new(error.to_string())
}

fn semver(_: &mut Call<'_>, args: &[Val]) -> Answer {
    Ok(Val::object(Pointer(Version::parse(bytes(args, 0)).map_err(fail)?)))
}

fn semver_compare(_: &mut Call<'_>, args: &[Val]) -> Answer {
    let constraints = Constraints::parse(bytes(args, 0)).map_err(fail)?;
    let version = Version::parse(bytes(args, 1)).map_err(fail)?;
    Ok(Val::Bool(constraints.check(&version)))
}

/// A Go `*semver.Version`.
#[derive(Debug)]
struct Pointer(Version);

/// A Go `semver.Version`.
#[derive(Debug)]
struct Plain(Version);

/// The methods of values, which pointers have too.
macro_rules! value_methods {
    ($($more:expr),* $(,)?) => {
        &[
            $($more,)*
            method("IncMajor", &[], |_, value, _| increased(value, "major", Version::inc_major)),
            method("IncMinor", &[], |_, value, _| increased(value, "minor", Version::inc_minor)),
            method("IncPatch", &[], |_, value, _| increased(value, "patch", Version::inc_patch)),
            method("Major", &[], |_, value, _| Ok(number(this(value)?.major))),
            method("MarshalJSON", &[], |_, value, _| Ok(Val::Bytes(format!("\"{}\"", this(value)?).into_bytes().into()))),
            method("MarshalText", &[], |_, value, _| Ok(Val::Bytes(this(value)?.to_string().into_bytes().into()))),
            method("Metadata", &[], |_, value, _| Ok(Val::str(&*this(value)?.metadata))),
            method("Minor", &[], |_, value, _| Ok(number(this(value)?.minor))),
            method("Patch", &[], |_, value, _| Ok(number(this(value)?.patch))),
            method("Prerelease", &[], |_, value, _| Ok(Val::str(&*this(value)?.pre))),
            method("SetMetadata", &[Type::String], |_, value, args| {
                Ok(Val::object(Plain(this(value)?.set_metadata(bytes(args, 0)).map_err(fail)?)))
            }),
            method("SetPrerelease", &[Type::String], |_, value, args| {
                Ok(Val::object(Plain(this(value)?.set_prerelease(bytes(args, 0)).map_err(fail)?)))
            }),
            method("String", &[], |_, value, _| Ok(Val::str(this(value)?.to_string()))),
            method("Value", &[], |_, value, _| Ok(Val::str(this(value)?.to_string()))),
        ]
    };
}

static PLAIN: ObjectType = ObjectType { name: "semver.Version", kind: Kind::Struct, methods: value_methods!() };

#[rustfmt::skip]
static POINTER: ObjectType = ObjectType {
    name: "*semver.Version",
    kind: Kind::Ptr,
    methods: value_methods!(
        method("Compare", &[Type::Object(&POINTER)], |_, value, args| Ok(Val::int(this(value)?.compare(other(args)?) as i64))),
        method("Equal", &[Type::Object(&POINTER)], |_, value, args| Ok(Val::Bool(other(args).is_ok_and(|other| this(value).is_ok_and(|own| own == other))))),
        method("GreaterThan", &[Type::Object(&POINTER)], |_, value, args| Ok(Val::Bool(this(value)? > other(args)?))),
        method("GreaterThanEqual", &[Type::Object(&POINTER)], |_, value, args| Ok(Val::Bool(this(value)? >= other(args)?))),
        method("LessThan", &[Type::Object(&POINTER)], |_, value, args| Ok(Val::Bool(this(value)? < other(args)?))),
        method("LessThanEqual", &[Type::Object(&POINTER)], |_, value, args| Ok(Val::Bool(this(value)? <= other(args)?))),
        method("Original", &[], |_, value, _| Ok(Val::str(&*this(value)?.original))),
    ),
};

const fn method(
    name: &'static str,
    params: &'static [Type],
    call: fn(&mut Call<'_>, &Val, &[Val]) -> Answer,
) -> Method {
    Method { name, params, variadic: false, call }
}

fn version(value: &Val) -> Option<&Version> {
    let pointer = value.as_object::<Pointer>().map(|pointer| &pointer.0);
    pointer.or_else(|| value.as_object::<Plain>().map(|plain| &plain.0))
}

fn this(value: &Val) -> Result<&Version, Error> {
    version(value).ok_or_else(|| Error::new(NIL_DEREFERENCE))
}

fn other(args: &[Val]) -> Result<&Version, Error> {
    args.first().and_then(version).ok_or_else(|| Error::new(NIL_DEREFERENCE))
}

fn number(number: u64) -> Val {
    Val::Uint(UintKind::Uint64, number)
}

fn increased(value: &Val, part: &str, increase: fn(&Version) -> Option<Version>) -> Answer {
    let overflow = || Error::new(format!("{part} version increment would overflow uint64"));
    Ok(Val::object(Plain(increase(this(value)?).ok_or_else(overflow)?)))
}

fn fields(version: &Version) -> Vec<(&'static str, Val)> {
    vec![
        ("major", number(version.major)),
        ("minor", number(version.minor)),
        ("patch", number(version.patch)),
        ("pre", Val::str(&*version.pre)),
        ("metadata", Val::str(&*version.metadata)),
        ("original", Val::str(&*version.original)),
    ]
}

impl Object for Pointer {
    fn go_type(&self) -> &'static ObjectType {
        &POINTER
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn all_fields(&self) -> Vec<(&'static str, Val)> {
        fields(&self.0)
    }

    fn display(&self) -> Option<Text> {
        Some(Text::from(self.0.to_string()))
    }

    fn to_json(&self) -> Option<Val> {
        Some(Val::str(self.0.to_string()))
    }

    fn deep_copy(&self) -> Option<Val> {
        Some(Val::object(Self(Version::default())))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        other.as_any().downcast_ref::<Self>().is_some_and(|other| std::ptr::eq(self, other))
    }
}

impl Object for Plain {
    fn go_type(&self) -> &'static ObjectType {
        &PLAIN
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn all_fields(&self) -> Vec<(&'static str, Val)> {
        fields(&self.0)
    }

    fn display(&self) -> Option<Text> {
        Some(Text::from(self.0.to_string()))
    }

    fn to_json(&self) -> Option<Val> {
        Some(Val::str(self.0.to_string()))
    }

    fn deep_copy(&self) -> Option<Val> {
        Some(Val::object(Self(Version::default())))
    }

    fn equals(&self, other: &dyn Object) -> bool {
        let Some(other) = other.as_any().downcast_ref::<Self>() else { return false };
        self.0 == other.0 && self.0.metadata == other.0.metadata && self.0.original == other.0.original
    }
}
